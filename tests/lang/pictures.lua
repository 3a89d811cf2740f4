-- Pictures: resize, crop, flip, rotate, colour, noise; image folders; loaders with workers.
local test = dofile "tests/check.lua"

local function numbers(h, w, c)
  local v = {}
  for i = 0, h * w * (c or 1) - 1 do v[i + 1] = i * 37 % 64 / 64 end
  return c and tensor(v):view(h, w, c) or tensor(v):view(h, w)
end

-- --- changes ------------------------------------------------------------------------------------------------------

-- The triangle filter by its definition, weights of one axis.
local function weights(n_in, n_out)
  local scale, rows = n_in / n_out, {}
  local wide = math.max(scale, 1)
  for o = 0, n_out - 1 do
    local row, sum = {}, 0
    for i = 0, n_in - 1 do
      row[i + 1] = math.max(0, 1 - math.abs((i + 0.5 - (o + 0.5) * scale) / wide))
      sum = sum + row[i + 1]
    end
    for i = 1, n_in do row[i] = row[i] / sum end
    rows[o + 1] = row
  end
  return tensor(rows, { dtype = "f64" })
end

test("resize is the triangle filter on both axes", function()
  local x = numbers(7, 9)
  for _, size in ipairs { { 3, 4 }, { 7, 5 }, { 14, 20 }, { 1, 1 }, { 5, 9 }, { 7, 9 }, { 2, 30 } } do
    local want = weights(7, size[1]):mm(x:to "f64"):mm(weights(9, size[2]):t())
    test.close(data.image.resize(x, size[1], size[2]), want:totable(), 2e-6)
  end
end)
test("resize equals PyTorch's antialiased interpolate", function()
  local y = data.image.resize(numbers(7, 9), 3, 4)   -- F.interpolate(..., mode="bilinear", antialias=True)
  test.close(y["1, :"], { 0.453125, 0.548617, 0.487315, 0.440497 }, 2e-6)
end)
test("resize of channels, of u8 and of a batch", function()
  local x = numbers(6, 8, 3)
  local y = data.image.resize(x, 3, 5)
  for k = 1, 3 do test.close(y["..., " .. k], data.image.resize(x["..., " .. k], 3, 5):totable(), 1e-6) end
  local bytes = (x * 255):to "u8"
  local want = (data.image.resize(bytes:to "f32" / 255, 3, 5) * 255 + 0.5):floor()
  test.dtype(data.image.resize(bytes, 3, 5), "u8")
  test.truth((data.image.resize(bytes, 3, 5):to "f32" - want):abs():max():item() <= 1)
  local batch = tensor.stack { x, x * 0.5 }
  test.close(data.image.resize(batch, 3, 5)["2"], (y * 0.5):totable(), 1e-6)
  test.same(data.image.resize(tensor.full({ 1, 1, 1 }, 7):to "u8", 4, 3), tensor.full({ 4, 3, 1 }, 7):to "u8")
end)
test("u8 goes through unchanged when nothing changes it", function()
  local x = tensor.arange(0, 255):to "u8":view(16, 16, 1)
  test.same(data.image.flip(data.image.flip(x)), x)
  test.same(data.image.colour(x), x)
end)
test("flip and crop", function()
  local x = numbers(3, 4, 2)
  test.same(data.image.flip(x), x:flip(2):totable())
  test.same(data.image.flip(x, { vertical = true }), x:flip(1):totable())
  test.same(data.image.crop(x, 2, 3, 2, 2), x["2:3, 3:4"]:totable())
  test.same(data.image.crop(tensor.stack { x, x }, 1, 2, 1, 3), tensor.stack { x, x }[":, 1:1, 2:4"]:totable())
  test.same(data.image.augment(x, { { "crop", 1, 2, centre = true } }), x["2:2, 2:3"]:totable())
  local padded = data.image.augment(tensor.ones(2, 2), { { "crop", 4, 4, pad = 1, centre = true, fill = 0.5 } })
  test.same(padded, { { 0.5, 0.5, 0.5, 0.5 }, { 0.5, 1, 1, 0.5 }, { 0.5, 1, 1, 0.5 }, { 0.5, 0.5, 0.5, 0.5 } })
end)
test("rotate counts counter-clockwise and keeps quarter turns exact", function()
  local x = tensor { { 1, 2, 3 }, { 4, 5, 6 }, { 7, 8, 9 } } / 10
  test.close(data.image.rotate(x, 90), { { 0.3, 0.6, 0.9 }, { 0.2, 0.5, 0.8 }, { 0.1, 0.4, 0.7 } }, 1e-6)
  test.close(data.image.rotate(x, 180), x:flip(1):flip(2):totable(), 1e-6)
  test.close(data.image.rotate(x, 360), x:totable(), 1e-6)
  local y = data.image.rotate(tensor.ones(5, 5), 45, { fill = 0.25 })
  test.close(y["3, 3"], 1, 1e-6)
  -- the corner lies 2 sqrt 2 above the middle, 0.83 outside
  test.close(y["1, 1"], 0.25 + 0.75 * (3 - 2 * math.sqrt(2)), 1e-5)
end)
test("colour: each by its formula", function()
  local x = tensor { { { 0.2, 0.4, 0.6 }, { 0.9, 0.1, 0.5 } } }
  test.close(data.image.colour(x, { brightness = 1.5 }), { { { 0.3, 0.6, 0.9 }, { 1, 0.15, 0.75 } } }, 1e-6)
  local function luma(p) return 0.299 * p[1] + 0.587 * p[2] + 0.114 * p[3] end
  local a, b = luma { 0.2, 0.4, 0.6 }, luma { 0.9, 0.1, 0.5 }
  local m = (a + b) / 2
  test.close(data.image.colour(x, { contrast = 0.5 }), ((x + m) / 2):totable(), 1e-6)
  test.close(data.image.colour(x, { saturation = 0 }), { { { a, a, a }, { b, b, b } } }, 1e-6)
  -- a third of the circle turns red, green, blue into green, blue, red
  test.close(data.image.colour(x, { hue = 1 / 3 }), { { { 0.6, 0.2, 0.4 }, { 0.5, 0.9, 0.1 } } }, 1e-5)
  test.close(data.image.colour(x, { hue = -1 / 3 }), { { { 0.4, 0.6, 0.2 }, { 0.1, 0.5, 0.9 } } }, 1e-5)
  test.same(data.image.colour(tensor.full({ 1, 1, 4 }, 0.5), { brightness = 0 }), { { { 0, 0, 0, 0.5 } } })
  local grey = tensor.full({ 2, 2, 1 }, 0.25)
  test.close(data.image.colour(grey, { brightness = 2 }), tensor.full({ 2, 2, 1 }, 0.5):totable())
end)
test("noise has its deviation and its generator", function()
  local x = tensor.full({ 100, 100, 3 }, 0.5)
  local y = data.image.noise(x, 0.1, { rng = tensor.rng(3) })
  test.same(y, data.image.noise(x, 0.1, { rng = tensor.rng(3) }):totable())
  test.close((y - 0.5):mean():item(), 0, 0.003)
  test.close((y - 0.5):std():item(), 0.1, 0.003)
  local two = data.image.noise(tensor.zeros(2, 50, 50, 1), 1)
  test.truth(two["1"] ~= two["2"], "each picture has its own")
end)
test("random changes stay in their ranges", function()
  local g = tensor.rng(8)
  local flipped = 0
  for _ = 1, 200 do
    local y = data.image.augment(tensor { { 0, 1 } }, { { "flip", p = 0.25 } }, { rng = g })
    flipped = flipped + (y["1, 1"] == 1 and 1 or 0)
    local b = data.image.augment(tensor.full({ 1, 1 }, 0.5), { { "colour", brightness = 0.2 } }, { rng = g })["1, 1"]
    test.truth(b >= 0.4 - 1e-6 and b <= 0.6 + 1e-6)
  end
  test.truth(flipped > 25 and flipped < 80, flipped .. " of 200 flipped")
  local places = {}
  for _ = 1, 100 do
    local y = data.image.augment(numbers(4, 4), { { "crop", 2, 2 } }, { rng = g })
    places[("%.4f"):format(y["1, 1"])] = true
  end
  local count = 0
  for _ in pairs(places) do count = count + 1 end
  test.equal(count, 9)
end)
test("wrong changes are refused by name", function()
  local x = tensor.ones(4, 4)
  test.fails_with({ "'flop'", "'flip'" }, data.image.augment, x, { { "flop" } })
  test.fails_with({ "crop", "unknown option 'padd'" }, data.image.augment, x, { { "crop", 2, 2, padd = 1 } })
  test.fails_with({ "crop to 9 x 9 from a picture of 4 x 4" }, data.image.augment, x, { { "crop", 9, 9 } })
  test.fails_with({ "resize", "h must be" }, data.image.resize, x, 0, 3)
  test.fails_with({ "degrees must be" }, data.image.rotate, x, "a")
  test.fails_with({ "f64[4,4]" }, data.image.resize, x:to "f64", 2, 2)
  test.fails_with({ "f32[4]" }, data.image.flip, tensor.ones(4))
  test.fails_with({ "f32[0,3]" }, data.image.flip, tensor.ones(0, 3))
  test.fails_with({ "p must be a number from 0 to 1" }, data.image.augment, x, { { "flip", p = 2 } })
  test.fails_with({ "flip: vertical must be true or false, got number" }, data.image.augment, x,
    { { "flip", vertical = 1 } })
  test.fails_with({ "crop: pad must be a whole number from 0 to 65536, got -1" }, data.image.augment, x,
    { { "crop", 2, 2, pad = -1 } })
  test.fails_with({ "hue must be a number from -0.5 to 0.5, got 1" }, data.image.augment, x,
    { { "colour", hue = { 0, 1 } } })
end)

-- --- folders ------------------------------------------------------------------------------------------------------

local root = os.tmpname()
os.remove(root)
local function sh(command) assert(os.execute(command)) end
sh(("mkdir -p %s/dog %s/cat/deep.png %s/empty"):format(root, root, root))
local g = tensor.rng(2)
for i = 1, 23 do
  local x = tensor.rand { 20 + i % 3, 24, 3, rng = g }
  assert(data.image.save(("%s/%s/%03d.%s"):format(root, i % 3 == 0 and "cat" or "dog", i, "png"), x))
end
sh(("echo hello > %s/cat/notes.txt; touch %s/cat/.hidden.png %s/loose.png"):format(root, root, root))

test("an image folder lists classes and files by name", function()
  local ds = assert(data.image_folder(root))
  test.equal(#ds, 23)
  test.equal(table.concat(ds.classes, " "), "cat dog empty")
  test.equal(ds.labels:eq(1):sum():item(), 7)
  test.equal(ds.paths[1], root .. "/cat/003.png")
  local x, y = ds:get(1)
  test.shape(x, { 20, 24, 3 })
  test.equal(y:item(), 1)
  test.shape((ds:subset(tensor { 1, 9, dtype = "i64" }).labels), { 2 })
  local none, why = data.image_folder(root .. "/empty")
  test.equal(none, nil)
  test.truth(why:find("no folders with pictures", 1, true))
  test.truth(select(2, data.image_folder(root .. "/nowhere")):find "No such file")
  local rest, held = data.split(ds, 0.2)
  test.equal(#rest + #held, 23)
  test.equal(#held, 5)
end)

-- --- loaders ------------------------------------------------------------------------------------------------------

local changes = { { "flip" }, { "rotate", 20 }, { "resize", 18, 18 }, { "crop", 16, 16, pad = 2 },
  { "colour", brightness = 0.2, contrast = 0.2, saturation = 0.3, hue = 0.1 }, { "noise", 0.02 } }

local function all(options)
  tensor.seed(5)
  local ds = assert(data.image_folder(root))
  local arg = { ds, batch = 4, shuffle = true, seed = 3, augment = changes }
  for k, v in pairs(options) do arg[k] = v end
  local loader <close> = data.loader(arg)
  local out = {}
  for _ = 1, 2 do
    for x, y in loader do out[#out + 1], out[#out + 2] = x, y end
  end
  return out, loader
end

test("the same batches at any number of workers", function()
  local want, loader = all { workers = 0 }
  test.equal(#want, 2 * 2 * 6)
  test.equal(#loader, 6)
  test.shape(want[1], { 4, 16, 16, 3 })
  test.dtype(want[1], "u8")
  test.dtype(want[2], "i64")
  test.shape(want[11], { 3, 16, 16, 3 })
  for workers = 1, 5 do
    local got = all { workers = workers, prefetch = workers - 1 }
    test.equal(#got, #want)
    for i = 1, #want do test.truth(got[i] == want[i], ("batch %d at %d workers"):format(i, workers)) end
  end
end)
test("another seed, another epoch: other pictures", function()
  local a, b = all { workers = 2 }, all { workers = 2, seed = 4 }
  test.truth(a[1] ~= b[1], "seed")
  local still = all { shuffle = false, workers = 2 }
  test.truth(still[1] ~= still[13], "epoch")
  test.truth(still[2] == still[14], "same labels")
  local again = all { shuffle = false, workers = 2, augment = { { "resize", 8, 8 } } }
  test.truth(again[1] == again[13], "nothing random in a resize")
end)
test("drop_last, dtype, channels, weights", function()
  local x = all({ drop_last = true, dtype = "f32" })
  test.equal(#x, 2 * 2 * 5)
  test.dtype(x[1], "f32")
  test.truth(x[1]:min():item() > -0.2 and x[1]:max():item() < 1.2)
  local grey = assert(data.image_folder(root, { channels = 1 }))
  local tiny = { { "resize", 4, 4 } }
  test.shape((data.loader { grey, batch = 2, augment = tiny })(), { 2, 4, 4, 1 })
  local weights_of_cats = grey.labels:eq(1):to "f32"
  for _, y in data.loader { grey, batch = 8, workers = 2, weights = weights_of_cats, augment = tiny } do
    test.truth(y:eq(1):all():item(), "cats only")
  end
end)
test("sampling weights without pictures", function()
  local seen = { 0, 0, 0, 0 }
  local x = tensor.arange(4)
  local loader = data.loader { { x }, batch = 3, weights = tensor { 0, 1, 3, 0 }, rng = tensor.rng(4) }
  for _ = 1, 500 do
    for v in loader do
      for k = 1, v:numel() do seen[v[k]] = seen[v[k]] + 1 end
    end
  end
  test.equal(seen[1] + seen[4], 0)
  test.truth(math.abs(seen[3] / 2000 - 0.75) < 0.05, seen[3] .. " of 2000")
  local wrong = { tensor { 0, 0, 0, 0 }, tensor { 1, -1, 1, 1 }, tensor { 1, 1 }, tensor { 0 / 0, 1, 1, 1 } }
  for _, w in ipairs(wrong) do
    test.fails_with({ "weight" }, function()
      for _ in data.loader { { x }, weights = w } do test.fail "ran" end
    end)
  end
end)
test("pictures in a tensor", function()
  local x, y = tensor.rand { 10, 6, 6, 2, rng = g }, tensor.arange(10)
  local seen = {}
  for a, b in data.loader { { x, y }, batch = 3, shuffle = true, workers = 2, augment = { { "flip", p = 1 } } } do
    for k = 1, b:numel() do
      test.same(a[k], x[b[k]]:flip(2):totable())
      seen[b[k]] = true
    end
  end
  test.equal(#seen, 10)
  local bytes = (tensor.rand { 5, 6, 6, rng = g } * 255):to "u8"
  for a in data.loader { { bytes }, batch = 5, augment = {} } do test.same(a, bytes:totable()) end
  for a in data.loader { { bytes }, batch = 5, dtype = "f32", augment = {} } do
    test.close(a, (bytes:to "f32" / 255):totable(), 1e-6)
  end
end)
test("a loop left early, a closed loader, one never used", function()
  local ds = assert(data.image_folder(root))
  local before = test.live()
  for workers = 0, 3 do
    local loader = data.loader { ds, batch = 4, workers = workers, prefetch = 4, augment = changes }
    for _ = 1, 3 do
      for x in loader do
        test.shape(x, { 4, 16, 16, 3 })
        if x then break end
      end
    end
    loader:close()
    test.fails_with({ "closed" }, function() for _ in loader do test.fail "ran" end end)
    data.loader { ds, workers = 2, augment = changes }
  end
  collectgarbage()
  test.equal(test.live(), before)
end)
test("a loader makes no garbage that stays", function()
  local ds = assert(data.image_folder(root))
  local loader <close> = data.loader { ds, batch = 4, workers = 2, augment = changes }
  for _ in loader do end
  local before = test.live()
  for _ = 1, 10 do for _ in loader do end end
  test.equal(test.live(), before)
end)
test("sizes that differ are named with their file", function()
  local ds = assert(data.image_folder(root))
  for workers = 0, 2 do
    test.fails_with({ root .. "/dog/001.png: 21 x 24 x 3 where the batch is 20 x 24 x 3" }, function()
      for _ in data.loader { ds, batch = 23, workers = workers } do test.fail "ran" end
    end)
  end
  test.fails_with({ root .. "/cat/", "crop to 21 x 24" }, function()
    for _ in data.loader { ds:subset(tensor { 8, 1, dtype = "i64" }), batch = 2,
      augment = { { "rotate", 1 }, { "crop", 21, 24 } } } do
      test.fail "ran"
    end
  end)
end)
test("a broken file ends the loop with its name, the loader stays usable", function()
  local ds = assert(data.image_folder(root))
  local path = ds.paths[9]
  local f = assert(io.open(path, "rb"))
  local whole = f:read "a"
  f:close()
  f = assert(io.open(path, "wb"))
  f:write(whole:sub(1, 100))
  f:close()
  for workers = 0, 3 do
    local loader <close> = data.loader { ds, batch = 4, workers = workers, augment = changes }
    local n = 0
    for _ = 1, 2 do
      test.fails_with({ path, "cut off" }, function() for _ in loader do n = n + 1 end end)
    end
    test.equal(n, 4)
  end
  f = assert(io.open(path, "wb"))
  f:write(whole)
  f:close()
end)
test("pictures without pixels or of too many channels", function()
  for _, x in ipairs { tensor.ones(2, 3, 3, 65), tensor.ones(2, 0, 3, 1), tensor.ones(2, 3, 3, 0) } do
    for workers = 0, 1 do
      test.fails_with({ "1 to 64 can be worked on" }, function()
        for _ in data.loader { { x }, workers = workers, augment = { { "rotate", 10 } } } do test.fail "ran" end
      end)
    end
  end
  for _ in data.loader { { tensor.ones(0, 3, 3, 1) }, augment = {} } do test.fail "ran" end
end)
test("an allocation that fails is an error, not an end", function()
  local ds = assert(data.image_folder(root))
  local x = tensor.ones(3, 4, 4)
  local before = test.live()
  local function each(f)
    for n = 0, 5 do
      test.inside.lunette.fail_after(n)
      pcall(f)
      test.inside.lunette.fail_after(-1)
    end
  end
  each(function() return data.image.load(ds.paths[1]) end)
  each(function() return data.image.resize(x, 2, 2) end)
  each(function() return data.image.save(root .. "/x.png", x) end)
  for workers = 0, 2 do
    each(function() for _ in data.loader { ds, batch = 4, workers = workers, augment = changes } do _ = nil end end)
  end
  test.equal(test.live(), before)
end)
test("wrong loaders", function()
  local ds = assert(data.image_folder(root))
  local lua_set = setmetatable({ get = function() return 1 end }, { __len = function() return 3 end })
  test.fails_with({ "has one thread" }, data.loader, { lua_set, workers = 2 })
  test.fails_with({ "computes in Lua" }, data.loader, { lua_set, augment = {} })
  test.fails_with({ "pictures first", "f32[3,2]" }, data.loader, { { tensor.ones(3, 2) }, augment = {} })
  test.fails_with({ "workers must be" }, data.loader, { ds, workers = -1 })
  test.fails_with({ "prefetch must be" }, data.loader, { ds, prefetch = 100 })
  test.fails_with({ "dtype must be" }, data.loader, { ds, dtype = "i64" })
  test.fails_with({ "augment must be a list" }, data.loader, { ds, augment = 3 })
  test.fails_with({ "unknown option 'worker'" }, data.loader, { ds, worker = 3 })
end)
sh("rm -r " .. root)
test.done()
