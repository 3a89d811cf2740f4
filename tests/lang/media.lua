-- Pictures and sound in files: what is written comes back; what is broken is refused with file and reason.
local test = dofile "tests/check.lua"

local function path_of(name) return os.tmpname() .. name end
local write = test.write
local read = test.read

--- nil and a message that starts with the path and contains every text.
local function refused(path, texts, ...) test.refused({ path, table.unpack(texts) }, ...) end

-- Is a library left out of this build?
local function left_out(_, why)
  return why ~= nil and (why:find "was built without" or why:find "is not there") ~= nil
end

-- --- PNG files made by hand: CRC-32, Adler-32, stored deflate blocks ----------------------------------------------

local function crc32(s)
  local crc = 0xffffffff
  for i = 1, #s do
    crc = crc ~ s:byte(i)
    for _ = 1, 8 do crc = (crc >> 1) ~ (crc & 1 == 1 and 0xedb88320 or 0) end
  end
  return crc ~ 0xffffffff
end
local function chunk(kind, body)
  return string.pack(">I4", #body) .. kind .. body .. string.pack(">I4", crc32(kind .. body))
end
local function zlib(s)
  local a, b = 1, 0
  for i = 1, #s do
    a = (a + s:byte(i)) % 65521
    b = (b + a) % 65521
  end
  return "\x78\x01\1" .. string.pack("<I2I2", #s, ~#s & 0xffff) .. s .. string.pack(">I2I2", b, a)
end
local magic = "\x89PNG\r\n\x1a\n"
local function png(w, h, depth, kind, rows, extra, interlace)
  return magic .. chunk("IHDR", string.pack(">I4I4BBBBB", w, h, depth, kind, 0, 0, interlace or 0)) .. (extra or "")
    .. chunk("IDAT", zlib("\0" .. table.concat(rows, "\0"))) .. chunk("IEND", "")
end
local function loaded(bytes, options) return assert(data.image.load(write(path_of ".png", bytes), options)) end

local jpegs = not left_out(data.image.save(path_of ".jpg", tensor.zeros(1, 1)))
local function jpeg_test(name, body)
  if jpegs then test(name, body) else print("ok " .. name .. " (left out: no SDL2_image)") end
end

test("PNG of 1 to 4 channels comes back bit for bit", function()
  local g = tensor.rng(3)
  for c = 1, 4 do
    local x = tensor.randint(0, 255, { 13, 17, c }, { rng = g }):to "u8"
    local path = path_of ".png"
    test.truth(data.image.save(path, x))
    local y = assert(data.image.load(path))
    test.dtype(y, "u8")
    test.same(y, x)
  end
end)
test("PNG from floats and from a matrix", function()
  local path = path_of ".png"
  test.truth(data.image.save(path, tensor { { 0, 0.5, 1 }, { -3, 7, 0 / 0 } }))
  test.same(assert(data.image.load(path)):view(2, 3), { { 0, 128, 255 }, { 0, 255, 0 } })
  test.truth(data.image.save(path, tensor.ones(4, 6, 3)["1::2, :, :"]))
  test.shape(assert(data.image.load(path)), { 2, 6, 3 })
end)
test("grey of 1, 2, 4 and 16 bits", function()
  test.same(loaded(png(4, 1, 1, 0, { "\xa0" })):view(4), { 255, 0, 255, 0 })
  test.same(loaded(png(4, 1, 2, 0, { "\x1b" })):view(4), { 0, 85, 170, 255 })
  test.same(loaded(png(2, 1, 4, 0, { "\x3f" })):view(2), { 51, 255 })
  test.same(loaded(png(2, 1, 16, 0, { "\x12\x34\xff\xff" })):view(2), { 0x12, 255 })
  local wide = loaded(png(2, 1, 16, 0, { "\x12\x34\xff\xff" }), { bits = 16 })
  test.dtype(wide, "i32")
  test.same(wide, { { { 0x1234 }, { 0xffff } } })
  local clear = chunk("tRNS", "\1\0\2\0\3\0")
  wide = loaded(png(1, 2, 16, 2, { "\0\1\0\2\0\3", "\1\0\2\0\3\0" }, clear), { bits = 16 })
  test.same(wide, { { { 1, 2, 3, 65535 } }, { { 256, 512, 768, 0 } } })
  local narrow = write(path_of ".png", png(2, 1, 8, 0, { "\1\2" }))
  refused(narrow, { "has 8 bits a channel, not 16" }, data.image.load(narrow, { bits = 16 }))
  test.fails_with({ "bits must be 8 or 16" }, data.image.load, narrow, { bits = 12 })
end)
test("interlaced, of every depth, equals the plain one", function()
  -- Adam7 by its definition: pass by pass, the pixels at (x0 + i dx, y0 + j dy)
  local passes = { { 0, 0, 8, 8 }, { 4, 0, 8, 8 }, { 0, 4, 4, 8 },
    { 2, 0, 4, 4 }, { 0, 2, 2, 4 }, { 1, 0, 2, 2 }, { 0, 1, 1, 2 } }
  local w, h = 11, 9
  for _, depth in ipairs { 1, 2, 4, 8 } do
    local top = (1 << depth) - 1
    local function at(x, y) return (x * 7 + y * 3) % (top + 1) end
    local function row(x0, dx, y)
      local bytes, bits, n = {}, 0, 0
      for x = x0, w - 1, dx do
        bits, n = bits << depth | at(x, y), n + depth
        if n == 8 then bytes[#bytes + 1], bits, n = string.char(bits), 0, 0 end
      end
      if n > 0 then bytes[#bytes + 1] = string.char(bits << (8 - n)) end
      return table.concat(bytes)
    end
    local rows, plain = {}, {}
    for _, p in ipairs(passes) do
      for y = p[2], h - 1, p[4] do if p[1] < w then rows[#rows + 1] = row(p[1], p[3], y) end end
    end
    for y = 0, h - 1 do plain[#plain + 1] = row(0, 1, y) end
    local x, y = loaded(png(w, h, depth, 0, rows, nil, 1)), loaded(png(w, h, depth, 0, plain))
    test.same(x, y)
    test.equal(x[{ 3, 5, 1 }], at(4, 2) * 255 // top)
  end
end)
test("every filter", function()
  -- 5 rows of 2 RGB pixels with filters 0 to 4; expected by the standard's formulas
  local rows = { "\0\1\2\3\4\5\6", "\1\1\2\3\4\5\6",
    "\2\1\2\3\4\5\6", "\3\1\2\3\4\5\6", "\4\1\2\3\4\5\6" }
  local bytes = magic .. chunk("IHDR", string.pack(">I4I4BBBBB", 2, 5, 8, 2, 0, 0, 0))
    .. chunk("IDAT", zlib(table.concat(rows)))
    .. chunk("IEND", "")
  test.same(loaded(bytes):view(5, 6), { { 1, 2, 3, 4, 5, 6 }, { 1, 2, 3, 5, 7, 9 }, { 2, 4, 6, 9, 12, 15 },
    { 2, 4, 6, 9, 13, 16 }, { 3, 6, 9, 13, 18, 22 } })
end)
test("RGB and RGBA of 16 bits", function()
  test.same(loaded(png(1, 1, 16, 2, { "\1\2\3\4\5\6" })), { { { 1, 3, 5 } } })
  test.same(loaded(png(1, 1, 16, 6, { "\1\2\3\4\5\6\7\8" })), { { { 1, 3, 5, 7 } } })
end)
test("grey with alpha has two channels", function()
  test.same(loaded(png(2, 1, 8, 4, { "\10\20\30\40" })), { { { 10, 20 }, { 30, 40 } } })
end)
test("a palette gives colours, and alpha when it has a clear one", function()
  local palette = chunk("PLTE", "\1\2\3\4\5\6")
  test.same(loaded(png(2, 1, 8, 3, { "\1\0" }, palette)), { { { 4, 5, 6 }, { 1, 2, 3 } } })
  local clear = palette .. chunk("tRNS", "\0\xff")
  test.same(loaded(png(2, 1, 8, 3, { "\1\0" }, clear))["..., 4"], { { 255, 0 } })
  local half = palette .. chunk("tRNS", "\x80\x40")
  test.same(loaded(png(2, 1, 8, 3, { "\1\0" }, half)), { { { 4, 5, 6, 64 }, { 1, 2, 3, 128 } } })
end)
test("a clear colour in RGB and in grey", function()
  local rgb = loaded(png(2, 1, 8, 2, { "\1\2\3\4\5\6" }, chunk("tRNS", "\0\4\0\5\0\6")))
  test.same(rgb["..., 4"], { { 255, 0 } })
  local grey = loaded(png(2, 1, 8, 0, { "\7\9" }, chunk("tRNS", "\0\7")))
  test.same(grey, { { { 7, 0 }, { 9, 255 } } })
end)
test("channels as asked", function()
  local rgb = png(1, 1, 8, 2, { "\200\100\50" })
  test.same(loaded(rgb, { channels = 1 }), { { { 124 } } })   -- 0.299 * 200 + 0.587 * 100 + 0.114 * 50 = 124.2
  test.same(loaded(rgb, { channels = 4 }), { { { 200, 100, 50, 255 } } })
  test.same(loaded(png(1, 1, 8, 0, { "\9" }), { channels = 3 }), { { { 9, 9, 9 } } })
end)
jpeg_test("JPEG comes back within its loss", function()
  local path = path_of ".jpg"
  local ramp = tensor.linspace(0, 1, 48):view(1, 48, 1):expand(32, 48, 3):contiguous()
  test.truth(data.image.save(path, ramp, { quality = 95 }))
  local y = assert(data.image.load(path))
  test.shape(y, { 32, 48, 3 })
  test.truth((y:to "f32" / 255 - ramp):abs():max():item() < 0.03)
  test.truth(data.image.save(path, ramp["..., 1"]))
  test.shape(assert(data.image.load(path, { channels = 1 })), { 32, 48, 1 })
end)
-- libwebp's own lossless files of 9 x 13 pixels (10 x, 20 y, 77, alpha 100 + x), x and y from 0
jpeg_test("WebP, with and without alpha", function()
  local files = {
    { 3, "524946462c000000574542505650384c1f0000002f0c00020099"
      .. "8ce87f6c220adfff80908030c2ffb99a3e0ad3141380946d0300" },
    { 4, "5249464630000000574542505650384c240000002f0c000210998ce8"
      .. "7f6c220adfff80908030c2ffb99a3e0ad324104861c33e013895cd06" },
  }
  for _, case in ipairs(files) do
    local bytes = case[2]:gsub("%x%x", function(h) return string.char(tonumber(h, 16)) end)
    local path = write(path_of ".webp", bytes)
    local x = assert(data.image.load(path))
    test.shape(x, { 9, 13, case[1] })
    for _, at in ipairs { { 1, 1 }, { 3, 4 }, { 9, 13 } } do
      local want = { 10 * (at[2] - 1), 20 * (at[1] - 1), 77, 100 + at[2] - 1 }
      for k = 1, case[1] do test.equal(x[{ at[1], at[2], k }], want[k]) end
    end
    for n = 0, #bytes - 1, 5 do refused(path, {}, data.image.load(write(path, bytes:sub(1, n)))) end
  end
end)
test("every cut of a PNG is refused", function()
  local x = tensor.randint(0, 255, { 9, 9, 3 }, { rng = tensor.rng(1) }):to "u8"
  local path = path_of ".png"
  assert(data.image.save(path, x))
  local whole = read(path)
  for n = 0, #whole - 1, 7 do refused(path, {}, data.image.load(write(path, whole:sub(1, n)))) end
  for n = #whole - 12, #whole - 1 do refused(path, { "is cut off" }, data.image.load(write(path, whole:sub(1, n)))) end
end)
jpeg_test("every cut of a JPEG is refused", function()
  local path = path_of ".jpg"
  assert(data.image.save(path, tensor.rand { 24, 24, 3, rng = tensor.rng(1) }))
  local whole = read(path)
  for n = 0, #whole - 1, 11 do refused(path, {}, data.image.load(write(path, whole:sub(1, n)))) end
end)
jpeg_test("flipped bytes end in a picture or a message, never worse", function()
  local g = tensor.rng(5)
  for _, ending in ipairs { ".png", ".jpg" } do
    local path = path_of(ending)
    assert(data.image.save(path, tensor.rand { 20, 20, 3, rng = g }))
    local whole = read(path)
    local places = tensor.randint(1, #whole, 60, { rng = g }):totable()
    for _, at in ipairs(places) do
      local broken = whole:sub(1, at - 1) .. string.char(whole:byte(at) ~ 0x55) .. whole:sub(at + 1)
      local x, why = data.image.load(write(path, broken))
      test.truth(x or why:find(path, 1, true))
    end
  end
end)
test("bombs and lies are refused before they take memory", function()
  local before = lunette.memory().resident
  local path = path_of ".png"
  refused(path, { "bomb" }, data.image.load(write(path, png(60000, 60000, 8, 6, { "" }))))
  refused(path, { "claims 0 x 5" }, data.image.load(write(path, png(0, 5, 8, 6, { "" }))))
  refused(path, { "colour type 5" }, data.image.load(write(path, png(5, 5, 8, 5, { "" }))))
  refused(path, { "with 3 bits" }, data.image.load(write(path, png(5, 5, 3, 2, { "" }))))
  refused(path, {}, data.image.load(write(path, png(3000, 3000, 8, 6, { "\0\0\0" }))))
  if not test.sanitized then test.truth(lunette.memory().resident - before < 64e6, "little memory") end
end)
test("JPEG bombs and lies are refused before they are decoded", function()
  local path = path_of ".jpg"
  local jpeg = "\xff\xd8\xff\xc0\0\x11\8\xff\xff\xff\xff\3\1\x11\0\2\x11\0\3\x11\0"
    .. "\xff\xda\0\x0c\3\1\0\2\0\3\0\0\x3f\0\xff\xd9"
  refused(path, { "bomb" }, data.image.load(write(path, jpeg)))
  refused(path, { "two frames" }, data.image.load(write(path, jpeg:sub(1, 21) .. jpeg:sub(3))))
end)
test("what is no picture is refused", function()
  local path = write(path_of ".png", "hello")
  refused(path, { "no PNG, JPEG or WebP" }, data.image.load(path))
  local kinds = { ["GIF89a\1\0\1\0"] = "but a GIF", ["II*\0\8\0\0\0"] = "but a TIFF", ["MM\0*"] = "but a TIFF",
    ["BM" .. ("\0"):rep(30)] = "but a BMP", ["\0\0\0\24ftypheic"] = "but a HEIC", ["%PDF-1.4"] = "but a PDF",
    ["\0\0\0\24ftypavif"] = "but an AVIF", [""] = "it is empty", GIF = "picture", BM = "picture" }
  for bytes, kind in pairs(kinds) do
    refused(path, { "no PNG, JPEG or WebP picture", kind }, data.image.load(write(path, bytes)))
  end
  refused("/nowhere/x.png", { "No such file" }, data.image.load "/nowhere/x.png")
  refused("/tmp", { "not a regular file" }, data.image.load "/tmp")
end)
test("tensor.load and tensor.save know pictures and sound by their ending", function()
  local x = (tensor.rand { 5, 4, 3, rng = tensor.rng(1) } * 255):to "u8"
  local path = path_of ".PNG"
  test.truth(tensor.save(path, x))
  test.same(assert(tensor.load(path)), x)
  local bare = write(path_of "", read(path))
  test.same(assert(tensor.load(bare)), x)   -- by its first bytes
  refused("/nowhere/x.jpg", { "No such file" }, tensor.load "/nowhere/x.jpg")
  test.fails_with({ "tensor.save", "table" }, tensor.save, path, { x = x })
  test.fails_with({ "webp", "WebP", ".png .jpg" }, tensor.save, path_of ".webp", x)
  local wav = path_of ".wav"
  if not left_out(tensor.save(wav, tensor.zeros(10, 2))) then
    local y, rate = tensor.load(wav)
    test.shape(y, { 10, 2 })
    test.equal(rate, 44100)
  end
end)
test("pictures that no file can hold", function()
  local path = path_of ".png"
  refused(path, { "f32[2,2,5]" }, data.image.save(path, tensor.ones(2, 2, 5)))
  refused(path, { "i64[2,2]" }, data.image.save(path, tensor { { 1, 2 }, { 3, 4 }, dtype = "i64" }))
  refused(path, { "f32[0,2]" }, data.image.save(path, tensor.zeros(0, 2)))
  test.fails_with({ "x.gif", ".png" }, data.image.save, "x.gif", tensor.ones(2, 2))
  test.fails_with({ "chanels", "channels" }, data.image.load, path, { chanels = 3 })
  test.fails_with({ "channels must be" }, data.image.load, path, { channels = 5 })
end)

-- --- sound --------------------------------------------------------------------------------------------------------

local sound = not left_out(audio.save(path_of ".wav", tensor.zeros(1)))
local function sound_test(name, body)
  if sound then test(name, body) else print("ok " .. name .. " (left out: no libsndfile)") end
end
local wave = (tensor.arange(1000):to "f32" * 0.05):sin() * 0.9

sound_test("WAV and FLAC come back within their bits", function()
  for _, case in ipairs { { ".wav", 16, 0.5 / 32768 }, { ".wav", 24, 0.51 / 8388608 },
    { ".wav", 32, 0 }, { ".flac", 16, 0.5 / 32768 },
    { ".flac", 24, 0.51 / 8388608 } } do
    local path = path_of(case[1])
    local stereo = tensor.stack({ wave, -wave }, 2)
    test.truth(audio.save(path, stereo, { rate = 22050, bits = case[2] }))
    local x, rate = assert(audio.load(path))
    test.equal(rate, 22050)
    test.dtype(x, "f32")
    test.shape(x, { 1000, 2 })
    test.truth((x - stereo):abs():max():item() <= case[3], case[1] .. case[2])
  end
end)
sound_test("one channel, clamped, silent and empty", function()
  local path = path_of ".wav"
  for channels = 1, 8 do                                                 -- more than one block of samples
    local many = tensor.rand(20000, channels) * 1.9 - 0.95
    assert(audio.save(path, many, { rate = 8000.0 }))
    local back = assert(audio.load(path))
    test.truth((back - many):abs():max():item() <= 0.5 / 32768 + 1e-7, channels .. " channels: the nearest steps")
    test.truth((back - many):mean():abs():item() < 4e-7, channels .. " channels: no shift")
  end
  local _, said = test.caught(audio.save, path, tensor { 0, 2, -3 })
  test.equal(said, ("audio.save: %s: 2 of 3 values lie beyond -1..1, up to 3; they are cut\n"):format(path))
  _, said = test.caught(audio.save, path, tensor { 0, 1, -1 })
  test.equal(said, "")
  test.truth(audio.save(path, tensor { 0, 2, -2 }, { bits = 32 }))
  local back, _, beyond = assert(audio.load(path))
  test.same(back:view(3), { 0, 1, -1 })
  test.equal(beyond, nil)
  refused(path, { "f32[2] has NaN or infinity" }, audio.save(path, tensor { 0, 0 / 0 }))
  refused(path, { "f32[1] has NaN or infinity" }, audio.save(path, tensor { math.huge }))
  test.same(assert(audio.load(path)):view(3), { 0, 1, -1 })                -- nothing was half written
  test.truth(audio.save(path, tensor.zeros(0, 1)))
  test.shape(assert(audio.load(path)), { 0, 1 })
end)
sound_test("8 bits and u-law WAV made by hand", function()
  local function wav(kind, bits, bytes, claim)
    return "RIFF" .. string.pack("<I4", 36 + #bytes) .. "WAVEfmt " .. string.pack("<I4I2I2I4I4I2I2", 16, kind, 1, 8000,
      8000 * bits // 8, bits // 8, bits) .. "data" .. string.pack("<I4", claim or #bytes) .. bytes
  end
  local path = path_of ".wav"
  local x, rate = assert(audio.load(write(path, wav(1, 8, "\0\128\255"))))
  test.equal(rate, 8000)
  test.close(x:view(3), { -1, 0, 127 / 128 }, 1e-6)
  test.close(assert(audio.load(write(path, wav(7, 8, "\xff\x00"))))["1, 1"], 0, 1e-6)
  refused(path, { "cut off" }, audio.load(write(path, wav(1, 8, "\0\128\255", 400))))
  refused(path, { "cut off: 3 bytes are no whole frames of 2" }, audio.load(write(path, wav(1, 16, "\0\1\2"))))
  refused(path, {}, audio.load(write(path, wav(1, 8, "\0", 1):gsub("fmt ", "fmt_"))))
end)
sound_test("heads of streams, whose writer knew no length; big-endian; with sizes of 64 bits; no numbers", function()
  local path = path_of ".wav"
  -- 16 bits, one channel; order "<" or ">"; the claimed length of the samples
  local function wav(order, claim, more, head, extra)
    local samples = string.pack(order .. "i2i2i2", 16384, -16384, 8192)
    return (head or order == ">" and "RIFX" or "RIFF") .. string.pack(order .. "I4", claim) .. "WAVE" .. (extra or "")
      .. "fmt " .. string.pack(order .. "I4I2I2I4I4I2I2", 16, 1, 1, 8000, 16000, 2, 16)
      .. "data" .. string.pack(order .. "I4", claim) .. samples .. (more or "")
  end
  local function load_wav(bytes) return assert(audio.load(write(path, bytes))) end
  for _, claim in ipairs { 6, 0, 0x7ffff000, 0x80000000, 0xffffffff } do
    test.close(load_wav(wav("<", claim)):view(3), { 0.5, -0.5, 0.25 }, 1e-6)
    test.close(load_wav(wav(">", claim)):view(3), { 0.5, -0.5, 0.25 }, 1e-6)
  end
  refused(path, { "cut off" }, audio.load(write(path, wav("<", 0x70000000))))
  refused(path, { "cut off" }, audio.load(write(path, wav(">", 7))))
  -- an empty chunk of samples, and another chunk after it: no stream
  local empty = "RIFF" .. string.pack("<I4", 60) .. "WAVEfmt " .. string.pack("<I4I2I2I4I4I2I2", 16, 1, 1, 8000, 16000,
    2, 16) .. "data" .. string.pack("<I4", 0) .. "LIST" .. string.pack("<I4", 4) .. "INFO"
  test.shape(load_wav(empty), { 0, 1 })
  local function ds64(length) return "ds64" .. string.pack("<I4I8I8I8I4", 28, 0, length, 3, 0) end
  test.close(load_wav(wav("<", 0xffffffff, nil, "RF64", ds64(6))):view(3), { 0.5, -0.5, 0.25 }, 1e-6)
  refused(path, { "cut off" }, audio.load(write(path, wav("<", 0xffffffff, nil, "RF64", ds64(1 << 40)))))
  local function floats(...)
    local bytes = string.pack("<fff", ...)
    return "RIFF" .. string.pack("<I4", 36 + #bytes) .. "WAVEfmt " .. string.pack("<I4I2I2I4I4I2I2", 16, 3, 1, 8000,
      32000, 4, 32) .. "data" .. string.pack("<I4", #bytes) .. bytes
  end
  test.close(load_wav(floats(0, 2, -3)):view(3), { 0, 2, -3 }, 1e-6)
  test.equal(select(3, audio.load(path)), path .. ": values beyond -1..1, up to 3")
  refused(path, { "sample 2 of channel 1 is NaN" }, audio.load(write(path, floats(0, 0 / 0, 0))))
  refused(path, { "sample 3 of channel 1 is infinite" }, audio.load(write(path, floats(0, 0, math.huge))))
end)
sound_test("a named pipe that nobody writes to does not block", function()
  local path = path_of ".wav"
  os.remove(path)
  assert(os.execute(("mkfifo '%s'"):format(path)))
  refused(path, { "not a regular file" }, audio.load(path))
  os.remove(path)
end)
sound_test("cut and broken sound is refused or read, never worse", function()
  for _, ending in ipairs { ".wav", ".flac" } do
    local path = path_of(ending)
    assert(audio.save(path, wave))
    local whole = read(path)
    for n = 0, #whole - 1, 97 do refused(path, {}, audio.load(write(path, whole:sub(1, n)))) end
    for at = 1, math.min(#whole, 200), 3 do
      local broken = whole:sub(1, at - 1) .. string.char(whole:byte(at) ~ 0xff) .. whole:sub(at + 1)
      local x, why = audio.load(write(path, broken))
      test.truth(x or why:find(path, 1, true))
    end
  end
end)
sound_test("a FLAC that claims hours is refused", function()
  local path = path_of ".flac"
  assert(audio.save(path, wave))
  local whole = read(path)
  local lie = whole:sub(1, 21) .. string.char(whole:byte(22) | 0x0f) .. "\xff\xff\xff\xff" .. whole:sub(27)
  refused(path, { "bomb" }, audio.load(write(path, lie)))
end)
sound_test("sound that no file can hold", function()
  local path = path_of ".flac"
  refused(path, { ".flac (16, 24)" }, audio.save(path, wave, { bits = 32 }))
  refused(path, { "no frames" }, audio.save(path, tensor.zeros(0)))
  test.fails_with({ "audio.save: the path", "goes on after a zero byte" }, audio.save, path .. "\0.wav", wave)
  test.fails_with({ "audio.load: takes a path alone" }, audio.load, path, { rate = 16000 })
  refused(path, { "u8[3]" }, audio.save(path, tensor { 1, 2, 3, dtype = "u8" }))
  test.fails_with({ "rate must be" }, audio.save, path, wave, { rate = 8000.5 })
  refused(path .. ".ogg", { ".wav" }, audio.save(path .. ".ogg", wave))
end)
test("what is no sound is refused", function()
  local path = write(path_of ".wav", "hello")
  refused(path, { "no WAV, FLAC or OGG" }, audio.load(path))
end)
test.done()
