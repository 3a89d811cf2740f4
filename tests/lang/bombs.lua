--- bombs.lua: small files that claim, or unpack to, more than they hold: refused with file and reason, in a process of
-- its own that never takes more memory than the file's size and 64 MB.
local test = dofile "tests/check.lua"
local MB = 1 << 20
local program = arg[-1]

local function write(name, bytes)
  local path = os.tmpname() .. name
  return test.write(path, bytes)
end
-- What a program packs to a gzip stream.
local function gzip(command) return test.output(command .. " | gzip -6") end
local zeros = gzip "head -c 300000000 /dev/zero"
local deflated, checksum, length = zeros:sub(11, -9), string.unpack("<I4I4", zeros, -8)

-- Loads a file and says what happened and how much memory the process had at most, before and after.
local loader = write("load.lua", [[
local function most()
  for line in io.lines "/proc/self/status" do
    local kB = line:match "^VmHWM:%s+(%d+)"
    if kB then return tonumber(kB) end
  end
end
local load = assert(_ENV.load("return " .. arg[1]))()
collectgarbage()
local before = most()
local ok, value, why = pcall(load, arg[2])
print(before, most(), ok, value ~= nil, ok and why or value)
]])

local function bomb(name, load, bytes, reason)
  test("a bomb: " .. name, function()
    local path = write(name, bytes)
    local said = test.output(("%s %s '%s' %s 2>&1"):format(program, loader, load, path))
    local before, after, _, loaded, why = said:match "^(%d+)\t(%d+)\t(%a+)\t(%a+)\t(.*)"
    if not before then test.fail("the program died: " .. said) end
    test.truth(loaded == "false" or why:find(path, 1, true), "a refusal, not '" .. said .. "',")
    test.truth(why:find(path, 1, true), "'" .. why .. "' naming the file")
    test.truth(why:find(reason), "'" .. why .. "' giving the reason")
    local more = (after - before) * 1024
    if not test.sanitized then
      test.truth(more <= #bytes + 64 * MB, ("%d MB more for a file of %d bytes, which"):format(more // MB, #bytes))
    end
    os.remove(path)
  end)
end

local function npy(shape)
  local header = ("{'descr': '<f8', 'fortran_order': False, 'shape': (%s), }"):format(shape)
  header = header .. (" "):rep((64 - (11 + #header) % 64) % 64) .. "\n"
  return "\x93NUMPY\1\0" .. string.pack("<I2", #header) .. header
end
bomb("claims.npy", "tensor.load", npy "1000000, 1000000" .. ("\0"):rep(80),
  "more numbers than the file has")
bomb("overflows.npy", "tensor.load", npy "4294967296, 4294967296, 4" .. ("\0"):rep(80),
  "more numbers than the file has")

-- A zip file of one deflated member.
local function zip(name, data, crc, size)
  local entry = string.pack("<I2I2I2I2I2I4I4I4I2", 20, 0, 8, 0, 0, crc, #data, size, #name)
  local here = "PK\3\4" .. entry .. "\0\0" .. name .. data
  local central = "PK\1\2\20\0" .. entry .. ("\0"):rep(2 + 2 + 2 + 2 + 4 + 4) .. name
  return here .. central .. "PK\5\6" .. string.pack("<I2I2I2I2I4I4I2", 0, 0, 1, 1, #central, #here, 0)
end
bomb("unpacks.npz", "tensor.load", zip("x.npy", deflated, checksum, length), "claims 286 MB")
bomb("claims.npz", "tensor.load", zip("x.npy", deflated:sub(1, 100), checksum, 0xfffffff0), "claims 4096 MB")

bomb("header.safetensors", "tensor.load", string.pack("<I8", 1 << 62) .. "{}", "claims 4611686018427387904 bytes of 10")
bomb("offsets.safetensors", "tensor.load", (function()
  local head = '{"x":{"dtype":"F32","shape":[1000000,1000000],"data_offsets":[0,4000000000000]}}'
  return string.pack("<I8", #head) .. head .. "\0\0\0\0"
end)(), "outside the file")
bomb("deep.safetensors", "tensor.load", (function()
  local head = '{"x":' .. ("["):rep(200000)
  return string.pack("<I8", #head) .. head
end)(), "not a JSON object")

local function chunk(kind, data) return string.pack(">I4", #data) .. kind .. data .. "\0\0\0\0" end
local function png(side) return "\x89PNG\r\n\x1a\n"
  .. chunk("IHDR", string.pack(">I4I4BBBBB", side, side, 8, 2, 0, 0, 0)) end
bomb("claims.png", "data.image.load", png(60000)
  .. chunk("IDAT", "\x78\x9c" .. deflated:sub(1, 1000)) .. chunk("IEND", ""), "bomb")
bomb("unpacks.png", "data.image.load", png(9999)
  .. chunk("IDAT", "\x78\x9c" .. deflated .. string.pack(">I4", 1)) .. chunk("IEND", ""), "bomb")

bomb("claims.idx", "data.idx", string.pack(">BBBBI4I4I4", 0, 0, 8, 3, 60000, 6000, 6000)
  .. "\0\0\0\0", "bomb")
bomb("unpacks.idx.gz", "data.idx", gzip("(printf '\\0\\0\\010\\003\\0\\0\\003\\350\\0\\0\\002\\130\\0\\0\\001\\364';"
  .. " head -c 300000000 /dev/zero)"), "bomb")
bomb("claims.glove", "data.glove", "2000000000 300\nthe" .. (" 0.5"):rep(300) .. "\n",
  "claims 2000000000 words, 1 are there")
bomb("claims.wav", "audio.load", "RIFF\xf0\xff\xff\xffWAVEfmt "
  .. string.pack("<I4I2I2I4I4I2I2", 16, 1, 2, 44100, 176400, 4, 16)
  .. "data\xf0\xff\xff\xff\0\0\0\0", "cut off")
bomb("deep.jsonl", "data.jsonl", ("["):rep(1000000) .. "\n", "deeper")
bomb("unpacks.mat", "tensor.load", ("MATLAB 5.0 MAT-file, Platform: GLNXA64"):sub(1, 116) .. (" "):rep(116 - 38)
  .. ("\0"):rep(8) .. "\0\1IM" .. (function()
    local packed = "\x78\x9c" .. deflated .. string.pack(">I4", 1)
    return string.pack("<I4I4", 15, #packed) .. packed
  end)(), "damaged")
local h5 = os.tmpname() .. ".h5"
if tensor.save(h5, { x = tensor.zeros(1234) }) then
  local f = assert(io.open(h5, "rb"))
  local bytes = f:read "a"
  f:close()
  local small, large = string.pack("<I8", 1234), string.pack("<I8", 1 << 40)
  bomb("claims.h5", "tensor.load", (bytes:gsub(small:gsub("%p", "%%%0"), (large:gsub("%%", "%%%%")))),
    "claims 4194304 MB")
end
test.done()
