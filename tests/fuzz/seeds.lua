--- seeds.lua FOLDER: writes small good files of every format into FOLDER/NAME/, from which the fuzzers start.
-- The fuzzers of pictures and CSV take their options from a first byte of their own.
local root = assert(arg[1], "a folder expected")

local function write(name, file, bytes)
  os.execute(("mkdir -p '%s/%s'"):format(root, name))
  local f = assert(io.open(("%s/%s/%s"):format(root, name, file), "wb"))
  f:write(bytes)
  f:close()
end
local function read(path)
  local f = assert(io.open(path, "rb"))
  local bytes = f:read "a"
  f:close()
  os.remove(path)
  return bytes
end

local path = os.tmpname()
for c = 1, 4 do
  assert(data.image.save(path .. ".png", (tensor.rand(7, 5, c) * 255):to "u8"))
  write("image", "c" .. c .. ".png", string.char(c) .. read(path .. ".png"))
end
if data.image.save(path .. ".jpg", tensor.rand(9, 17, 3)) then
  write("image", "rgb.jpg", "\0" .. read(path .. ".jpg"))
end
for _, case in ipairs { { ".wav", 16 }, { ".wav", 24 }, { ".wav", 32 }, { ".flac", 16 }, { ".flac", 24 } } do
  if audio.save(path .. case[1], tensor.rand(50, 2) - 0.5, { bits = case[2] }) then
    write("audio", case[2] .. case[1], read(path .. case[1]))
  end
end
assert(audio.midi.save(path .. ".mid", { { 0, 1, 60, 90, 1, 1 }, { 0.5, 0, 64, 9, 10, 7 } },
  { tempo = { { 0, 99 }, { 1, 50 } } }))
local two = read(path .. ".mid")
write("midi", "two.mid", two)
write("midi", "riff.mid", string.pack("<c4I4c4c4s4", "RIFF", #two + 12, "RMID", "data", two))
write("midi", "smpte.mid", "MThd\0\0\0\6\0\0\0\1\xe7\x28MTrk\0\0\0\12\0\x90\60\64\x83\x68\60\0\0\xff\x2f\0")
for code, size in pairs { [8] = 1, [9] = 1, [11] = 2, [12] = 4, [13] = 4, [14] = 8 } do
  write("idx", "type" .. code, string.pack(">BBBBI4I4", 0, 0, code, 2, 2, 3) .. ("\1"):rep(6 * size))
end
write("cifar", "two", ("\3"):rep(2 * 3073))
write("glove", "plain", "the 0.5 -1.25 3e-1\n, 1 2 3\n. . . 4 5 6\n")
write("glove", "head", "2 3\ncat 1 2 3 \ndog 4 5 6 \n")
write("glove", "binary", "2 2\ncat " .. string.pack("<ff", 0.5, -1) .. "\ndog " .. string.pack("<ff", 2, 3))
write("csv", "header", "\0a,b,c\n1,2.5,-3e2\n4,,NA\n")
write("csv", "quotes", '\2id,"say ""hi"", now",w\r\n"1",2,"a,\nb"\r\n3,4,"c""d"\n')
write("json", "object", '{"a": 1, "b": [1.5, null, true], "c": {"d": "text \\u00e9\\n"}}')
local arrays = { x = tensor.randn(2, 3), y = tensor.arange(5), u = tensor.arange(6):to "u8":view(2, 3),
  d = tensor.randn(3):to "f64", b = tensor { 1, 0 }:gt(0), s = tensor(2.5), e = tensor.zeros(0, 3) }
for _, format in ipairs { "safetensors", "npz", "hdf5", "mat" } do -- whole, and each array alone
  for name, x in pairs(arrays) do
    if tensor.save(path .. "." .. format, { [name] = x }) then write(format, name, read(path .. "." .. format)) end
  end
  if tensor.save(path .. "." .. format, arrays) then write(format, "all", read(path .. "." .. format)) end
end
for name, x in pairs(arrays) do
  assert(tensor.save(path .. ".npy", x))
  write("npy", name, read(path .. ".npy"))
end
if tensor.save(path .. ".h5", { ["group/classes"] = { "cat", "non-cat" } }) then
  write("hdf5", "strings", read(path .. ".h5"))
end
for name, format in pairs { ["arrays.h5"] = "hdf5", ["keras.h5"] = "hdf5", ["arrays.mat"] = "mat",
  ["packed.npz"] = "npz" } do
  local f = assert(io.open("tests/golden/arrays/" .. name, "rb"))
  write(format, name, f:read "a")
  f:close()
end
for _, name in ipairs { "everything.pt", "legacy.pth", "checkpoint.pt", "single.pt", "list.pt", "whole.pt" } do
  local f = assert(io.open("tests/golden/weights/" .. name, "rb"))
  write("torch", name, f:read "a")
  f:close()
end
for _, name in ipairs { "yolo.cfg", "region.cfg", "pool.weights" } do -- an odd first byte: weights
  local f = assert(io.open("tests/golden/darknet/" .. name, "rb"))
  write("darknet", name, (name:find "cfg" and "" or "\1") .. f:read "a")
  f:close()
end
for _, name in ipairs { "cnn.onnx", "words.onnx", "loop.onnx", "names.onnx", "outside.onnx", "function.onnx",
  "cnn.in.pb", "words.in.pb" } do -- a first byte says which message it is
  local f = assert(io.open("tests/golden/onnx/" .. name, "rb"))
  write("onnx", name, (name:find "onnx$" and "\0" or "\1") .. f:read "a")
  f:close()
end
local dict = "{'descr': '>i2', 'fortran_order': True, 'shape': (2, 3), }"
write("npy", "fortran", "\x93NUMPY\2\0" .. string.pack("<I4", #dict) .. dict .. ("\1\2"):rep(6))
os.remove(path)
