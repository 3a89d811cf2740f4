--- What trigger_word stands on: speakers and words in parts, scenes, events, the course's labels, numbers and files, a
-- sound file marked, the microphone; and broken copies.
local test = dofile "tests/check.lua"
local events, course, spoken = require "lib.events", require "lib.trigger_course", require "lib.spoken"
local soundscape, dice = require "lib.soundscape", require "lib.dice"
local run = require "vm.run"

test("events: two steps above the threshold, then none for a while", function()
  local p = { 0, 0.9, 0, 0.9, 0.9, 0.9, 0.9, 0, 0, 0.9, 0.9, 0, 0.9, 0.9, 0.9 }
  local found = events.find(p, 0.5, { step = 0.1, first = 1, hold = 0.75 })
  test.close(tensor(found), { 1.4, 2.3 }, 1e-6)
  test.equal(#events.find(p, 0.95, { step = 0.1 }), 0)
  test.equal(#events.find(p, 0.5, { step = 0.1, hold = 0 }), 4)
  test.close(tensor(events.find(tensor { 1, 1, 1 }, 0.5, { step = 1, steps = 3 })), { 2 }, 1e-6)
end)

test("events meet words once each, from before to after their ends", function()
  local hits, wrong, missed, lags = events.match({ 1.0, 1.4, 3.05, 9 }, { 0.9, 3.1, 5 }, 0.15, 0.7)
  test.equal(("%d %d %d"):format(hits, wrong, missed), "2 2 1")
  test.close(tensor(lags), { 0.1, -0.05 }, 1e-5)
  test.close(events.f1(2, 2, 1), 2 / 3.5, 1e-12)
  test.equal(events.f1(0, 3, 3), 0)
end)

test("the threshold: the best F1, but for false alarms beyond what is allowed", function()
  local p, ends = { { 0.1, 0.8, 0.8, 0.1, 0.1 }, { 0.1, 0.1, 0.95, 0.95, 0.1 } }, { { 2 }, { 3 } }
  local q = { { 0.1, 0.1, 0.85, 0.85, 0.1 } }
  local how = { step = 1, first = 0, seconds = 60 }                      -- an alarm: 10 in ten minutes
  local t, f1, alarms = events.choose(p, ends, q, how)
  test.truth(t > 0.85 and t < 0.95, "above the talk's: " .. t)
  test.close(tensor { f1, alarms }, { 2 / 3, 0 }, 1e-6)
  how.allowed = 10
  t, f1, alarms = events.choose(p, ends, q, how)
  test.truth(t > 0.25 and t < 0.75, "all words, and far from 0.1 and 0.8: " .. t)
  test.close(tensor { f1, alarms }, { 1, 10 }, 1e-6)
end)

test("the course's labels: 50 steps after a word's last, cut at the end", function()
  local y = course.labels { 9.7, 4.251 }                                 -- steps from 0: 1333 and 584
  test.shape(y, { 1375 })
  test.equal(y[1333 + 1], 0.0)
  test.equal(y[1334 + 1], 1.0)
  test.equal(y[584 + 1], 0.0)
  test.equal(y[634 + 1], 1.0)
  test.equal(y[635 + 1], 0.0)
  test.equal(y:sum():item(), 41.0 + 50)
  test.close(tensor(course.ends(y:unsqueeze(1))[1]), { 585 / 137.5, 1334 / 137.5 }, 1e-6)
end)

test("the course's spectrogram: 5511 frames of 101, a tone's power per Hz where it belongs", function()
  local t = tensor.arange(441000):to "f64" - 1
  local x = (t * (2 * math.pi * 25 / 200)):sin():to "f32" * 0.5          -- 25 periods a window
  local s = course.features(x)
  test.shape(s, { 5511, 101 })
  test.equal(s[{ 2000, {} }]:argmax():item(), 26)
  -- |X|^2 of a sine of amplitude a is (a sum w / 2)^2; Hann, symmetric, 200: sum w = 99.5, sum w^2 = 74.625
  test.close(s[{ 2000, 26 }] / (2 * (16384 * 99.5 / 2) ^ 2 / (8000 * 74.625)), 1, 1e-3)
end)

test("the course's examples: words and negatives apart, -20 dB full scale, ends where words end", function()
  local d = dice(tensor.rng(3))
  local pool = { activates = { tensor.ones(22050) * 0.5 }, negatives = { tensor.ones(11025) * -0.25 },
    backgrounds = { tensor.zeros(441000) } }
  local words = 0
  for _ = 1, 10 do
    local x, ends = course.example(pool, d)
    words = words + #ends
    if x:abs():max():item() > 0 then test.close(x:square():mean():sqrt():item(), 0.1, 1e-3) end
    local ones = x:gt(0):to "f32":sum():item()                             -- each word whole, none under another
    test.close(ones / 22050, #ends, 1e-6)
    for _, e in ipairs(ends) do
      local at = math.floor(e * 44100)
      test.truth(x[at - 40] > 0 and (at + 100 > 441000 or x[at + 100] <= 0), "that a word ends here")
    end
  end
  test.truth(words > 5)
end)

test("what is like a word: its parts, rhymes and endings, never itself", function()
  for word, one in pairs { activate = "motivate", marvin = "marvity", ["hey robot"] = "hey rober" } do
    local list, swapped = spoken.near(word)
    local seen, n = {}, #list
    test.truth(n > 40 and #swapped >= 8, word .. ": many")
    for _, w in ipairs(table.move(swapped, 1, #swapped, n + 1, list)) do
      test.truth(not seen[w] and not w:find(word, 1, true), w .. ": once, and not the word")
      seen[w] = true
    end
    test.truth(seen[one], word .. ": " .. one)
  end
end)

test("what sounds like the word is told from what does not, by English spelling", function()
  local alike = { { "activate", "aktivate" }, { "activate", "acdivate" }, { "activate", "uctivate" },
    { "knight", "nite" }, { "phone", "fone" }, { "quick", "kwik", false }, { "see", "sees", false }, { "face", "fase" },
    { "write", "rite" },
    { "activate", "activote", false }, { "activate", "acfivate", false }, { "activate", "activity", false },
    { "marvin", "marfin" }, { "marvin", "martin", false }, { "kitten", "kiten" }, { "hey robot", "heyrobot" } }
  for _, row in ipairs(alike) do
    test.equal(spoken.sounds(row[1]) == spoken.sounds(row[2]), row[3] ~= false, table.concat(row, " ", 1, 2))
  end
  for _, word in ipairs { "activate", "marvin", "hello", "phone", "hey robot" } do
    local list, swapped = spoken.near(word)
    for _, w in ipairs(table.move(swapped, 1, #swapped, #list + 1, list)) do
      test.truth(not spoken.sounds(w):find(spoken.sounds(word), 1, true), w .. " is not heard as " .. word)
    end
  end
end)

test("the clip that stands out least is as far above what is behind it as asked, pauses or none", function()
  local echo, t = soundscape.echo, tensor.arange(4000):to "f32" / 8000
  local clip = (t * (2 * math.pi * 440)):sin() * 0.1
  soundscape.echo = function(x) return x end
  soundscape.kinds.level = function(n) return tensor.ones(n) end
  local pool, d = { word = { clip }, other = { clip }, near = { clip }, talk = { clip } }, dice(tensor.rng(4))
  local x, ends = soundscape.scene(pool, 8, 8000, d, tensor.rng(4), { word = 1, near = 0, kinds = { "level" },
    snr = { 12, 12 } })
  soundscape.echo, soundscape.kinds.level = echo, nil
  local least = math.huge
  for _, e in ipairs(ends) do
    local part = x:narrow(1, math.floor(e * 8000 + 0.5) - 3999, 4000)
    local level = part:mean():item()
    least = math.min(least, (part - level):square():mean():item() / level ^ 2)
  end
  test.truth(#ends >= 3, "some clips")
  test.close(10 * math.log(least, 10), 12, 1e-3)
end)

test("parts have nothing in common", function()
  local parts = spoken.split((spoken.near "activate"), { 0.5, 0.2, 0.3 }, dice(tensor.rng(1)))
  local seen, n = {}, 0
  for _, part in ipairs(parts) do
    test.truth(#part > 5)
    for _, w in ipairs(part) do
      test.truth(not seen[w], w .. " is in one part")
      seen[w], n = true, n + 1
    end
  end
  test.equal(n, #(spoken.near "activate"))
end)

test("a room keeps the sound and adds its tail; backgrounds are finite, alive and of the length asked for", function()
  local x = tensor.zeros(8000)
  x[1000] = 1
  local y = soundscape.echo(x, 0.2, 0.25, 8000, tensor.rng(1))
  test.close(y[1000], 1, 1e-4)
  test.truth(y["1:999"]:abs():max():item() < 1e-4, "nothing before")
  test.close(y["1001:"]:square():sum():item(), 0.25, 0.02)
  test.truth(y["3000:"]:abs():max():item() < 1e-4, "and it dies")
  local pool = { talk = { tensor.randn(4000) }, music = { tensor.randn(20000) } }
  for name, make in pairs(soundscape.kinds) do
    local b = make(16000, 8000, dice(tensor.rng(2)), tensor.rng(3), pool)
    test.shape(b, { 16000 })
    test.truth(b:isfinite():all():item() and b:std():item() > 1e-4, name)
  end
end)

test("spectrograms in bytes come back within half a step, and what lies beyond is cut", function()
  local x = tensor.rand { 3, 50, 40, rng = tensor.rng(1) } * 7.9 - 4
  local bytes = soundscape.packed(x)
  test.equal(bytes.dtype, "u8")
  test.truth((soundscape.unpacked(bytes) - x):abs():max():item() <= 1 / 64 + 1e-6)
  test.close(soundscape.unpacked(soundscape.packed(tensor { -9, 9 })), { -4, 255 / 32 - 4 }, 1e-6)
  test.same(soundscape.unpacked(x), x)
end)

test("the average of a network's numbers, buffers too, by its definition", function()
  local net = nn.Sequential { nn.Linear(2, 2), nn.BatchNorm(2) }
  local update, settle = require "lib.averaged" (net, 300)
  local want, mean = 0, 0
  for k = 1, 60 do
    tensor.no_grad(function()
      net[1].weight:fill_(k * k)
      net:state()["2.running_mean"]:fill_(-k)
    end)
    update()
    local decay = math.min(1 - 15 / 300, k / (k + 10))
    want, mean = k == 1 and 1 or decay * want + (1 - decay) * k * k, k == 1 and -1 or decay * mean - (1 - decay) * k
  end
  settle()
  test.close(net[1].weight, tensor.full({ 2, 2 }, want), 1e-2)
  test.close(net:state()["2.running_mean"], { mean, mean }, 1e-3)
end)

-- --- files -----------------------------------------------------------------------------------------------------------

local folder = os.tmpname() .. ".d"
local function path(name) return folder .. "/" .. name end

test("--data: folders that are missing or empty are named", function()
  test.fails("--data: /dev/null/activates: a folder of .wav files expected", course.folders, "/dev/null")
  assert(os.execute(("mkdir -p '%s/raw_data/activates'"):format(folder)))
  test.fails(("--data: %s/raw_data/activates: no .wav files"):format(folder), course.folders, folder)
end)

test("--data: folders are read at any rate, arrays of the course's shapes", function()
  for _, name in ipairs { "activates", "negatives", "backgrounds" } do
    assert(os.execute(("mkdir -p '%s/raw_data/%s'"):format(folder, name)))
    local seconds = name == "backgrounds" and 21 or 0.5
    for k, rate in ipairs { 44100, 22050, 44100, 44100 } do
      assert(audio.save(("%s/raw_data/%s/%d (copy).wav"):format(folder, name, k),
        tensor.randn(math.floor(seconds * rate), 2) * 0.1, { rate = rate }))
    end
  end
  local pool = course.folders(folder)
  test.equal(("%d %d %d"):format(#pool.activates, #pool.negatives, #pool.backgrounds), "4 4 4")
  test.shape(pool.activates[2], { 22050 })
  assert(os.execute(("mkdir -p '%s/XY_train' '%s/XY_dev'"):format(folder, folder)))
  assert(tensor.save(path "XY_train/X.npy", tensor.zeros(1, 5511, 101)))
  assert(tensor.save(path "XY_train/Y.npy", tensor.zeros(1, 1375, 1)))
  local x, y = course.arrays(folder, "train")
  test.shape(x, { 1, 5511, 101 })
  test.shape(y, { 1, 1375 })
  assert(tensor.save(path "XY_dev/X_dev.npy", tensor.zeros(1, 55, 101, { dtype = "f64" })))
  test.fails_with({ "--data: ", "X_dev.npy: [n, 5511, 101] expected, found f64[1,55,101]" }, course.arrays, folder,
    "dev")
  os.remove(path "XY_dev/X_dev.npy")
  os.remove(path "XY_dev")
  assert(tensor.save(path "XY_train/X.npy", tensor.full({ 1, 5511, 101 }, 0 / 0)))
  test.fails_with({ "X.npy: has NaN" }, course.arrays, folder, "train")
  assert(tensor.save(path "XY_train/X.npy", tensor.zeros(1, 5511, 101)))
end)

test("--data: the two backgrounds of the course are held out by time; what is no word is named", function()
  for _, k in ipairs { 1, 2 } do os.remove(("%s/raw_data/backgrounds/%d (copy).wav"):format(folder, k)) end
  for k = 3, 4 do                                                        -- ten seconds each, as the course's
    assert(audio.save(("%s/raw_data/backgrounds/%d (copy).wav"):format(folder, k), tensor.arange(441000):to "f32"
      / 441000 * 0.5, { rate = 44100 }))
  end
  local least, most = { 5, 1.25, 1.1 }, { 30, 1.6, 1.4 }                 -- 9, 1.38 and 1.26 without negatives
  for part = 1, 3 do
    local seen = course.drawer(folder, part, dice(tensor.rng(part)), function(list) return { list, list, list } end)
    local q = seen(false):quantile { 0.1, 0.9 }                        -- of a ramp: they tell where it was cut
    local ratio = q[2] / q[1]
    test.truth(ratio > least[part] and ratio < most[part], ("part %d: %.2f"):format(part, ratio))
  end
  local long = path "raw_data/activates/long.wav"
  assert(audio.save(long, tensor.rand(44100 * 11) * 0.1, { rate = 44100 }))
  test.fails_with({ "--data: ", "long.wav: lasts 11.0 s" }, course.folders, folder)
  assert(audio.save(long, tensor.zeros(4410), { rate = 44100 }))
  test.fails_with({ "--data: ", "long.wav: is silent" }, course.folders, folder)
  os.remove(long)
  assert(audio.save(path "raw_data/backgrounds/short.wav", tensor.rand(8000), { rate = 8000 }))
  local lines = test.caught(course.folders, folder)
  test.truth(table.concat(lines):find "short.wav: 1.0 s, left out", table.concat(lines))
end)

-- --- the project -----------------------------------------------------------------------------------------------------

local there, why = audio.voices()
if not there then
  test("without espeak-ng it says so in one line", function()
    test.fails_with({ why }, run.project, "trigger_word", { quick = true, viz = "off" })
  end)
else
  test("one sound another and nothing else: never the word, never what is held out", function()
    local minimal = require "lib.minimal"
    local sounds = minimal.sounds "'aktI#v,eIt tSi:"
    local parts = {}
    for k, one in ipairs(sounds) do parts[k] = table.concat { one[1], one[2], one[3] or "?" } end
    test.equal(table.concat(parts, " "), "'av kc tc I#v vc ,eIv tc  ? tSc i:v")
    test.equal(minimal.heard(minimal.sounds "b'aDz"), minimal.heard(minimal.sounds "p'ETs"))
    local list, seen = minimal.edits("activate", { "activote", "aftivate" }, 50, dice(tensor.rng(2))), {}
    test.truth(#list > 150, #list .. " of them")
    for _, text in ipairs(list) do
      test.truth(text:find "^%[%[[^%[%]]+%]%]$" and not seen[text], text .. ": once, and a text of phonemes")
      seen[text] = true
      local heard = minimal.heard(minimal.sounds(text:sub(3, -3)))
      for _, other in ipairs { "activate", "activote", "aftivate" } do
        test.truth(heard ~= minimal.heard(minimal.sounds(audio.phonemes(other))), text .. " is not " .. other)
      end
    end
    test.truth(seen["[['aptI#v,eIt]]"] and seen["[['aktI#n,eIt]]"] and seen["[['aktI#v,aIt]]"], "one sound another")
    test.truth(seen["[['atI#v,eIt]]"] and seen["[['arktI#v,eIt]]"], "one less, one more")
    test.truth(not seen["[['agtI#v,eIt]]"] and not seen["[['aktEv,eIt]]"], "what nobody hears is left")
  end)
end
if there and not test.sanitized then
  test("a scene: clips one after another, words' ends, within -1..1, the same for a seed", function()
    local function scene()
      local d = dice(tensor.rng(5))
      local split = spoken.split_all("activate", { 0.6, 0.15, 0.25 }, d)
      local seen = {}
      for _, w in ipairs(split.near[1]) do seen[w] = true end
      for _, held in ipairs { split.near[2], split.near[3], split.swapped[3] } do
        for _, w in ipairs(held) do test.truth(not seen[w], w .. " is in one part") end
      end
      local pool = spoken.material("activate", split.voices[2], split.words[2], split.near[2],
        { word = 4, other = 4, near = 4, talk = 3, like = 0.1 }, 16000, d)
      return soundscape.scene(pool, 10, 16000, d, tensor.rng(6), { word = 0.9, near = 0.1, kinds = { "hum" },
        snr = { 30, 31 } })
    end
    local x, ends, kind = scene()
    test.shape(x, { 160000 })
    test.equal(kind, "hum")
    test.truth(#ends >= 3 and x:abs():max():item() <= 1)
    for k = 2, #ends do test.truth(ends[k] - ends[k - 1] > 0.4, "one after another") end
    test.same(scene(), x)
  end)

  local result = run.project("trigger_word", { quick = true, viz = "off", out = path "out" })
  test("--out: weights, table and a sound; --weights with --wav marks and chimes a file", function()
    test.truth(result, "a claim")
    local clip = audio.speak("activate", { voice = "f2", rate = 160 })
    local x = tensor.cat { tensor.zeros(22050), clip, tensor.zeros(22050) }
    assert(audio.save(path "one.wav", x, { rate = 22050 }))
    local lines, _, ok, why_not = test.caught(run.project, "trigger_word", { viz = "off",   -- its sizes are the file's
      out = path "out", weights = path "out/trigger_word.safetensors", wav = path "one.wav" })
    local text = table.concat(lines, "\n")
    test.truth(ok, why_not)
    test.truth(text:find "one.wav: 'activate' %d+ times in", text)
    test.shape(assert(audio.load(path "out/chimed.wav")), { x:numel(), 1 })
  end)

  test("faults of options are told in one line, before anything is learnt", function()
    local weights = path "out/trigger_word.safetensors"
    test.write(path "empty.wav", test.read(path "one.wav"):sub(1, 40) .. string.pack("<I4", 0))
    for text, options in pairs { ["--word must be a value, got ''"] = { word = "" },
      ["--word: '...' has no letters"] = { word = "..." },
      ["--snr must be a whole number from -20 to 24"] = { snr = "25" },
      ["0.00 s of sound, too little for a word"] = { weights = weights, wav = path "empty.wav" },
      ["it listens for 'activate', not 'computer'"] = { weights = weights, wav = path "one.wav", word = "computer" },
      ["it was learnt without --course"] = { weights = weights, wav = path "one.wav", course = true },
      ["a .safetensors file that --out wrote"] = { weights = path "out/trigger_word.csv", wav = path "one.wav" },
      ["--weights"] = { weights = weights } } do
      options.quick, options.viz = true, "off"
      test.fails_with({ text }, run.project, "trigger_word", options)
    end
  end)

  test("what is played is heard: PulseAudio's sink, its monitor as the microphone, chimes in between", function()
    local server, why_not = dofile "tests/pulse.lua"(test)
    if not server then
      print("# no loop: " .. why_not)
      return
    end
    local parts = { tensor.zeros(16000) }
    for k, voice in ipairs { "m1", "f2", "m3", "f4", "m1", "f2" } do
      local clip, rate = audio.speak("activate", { voice = voice, rate = 150 + 5 * k })
      parts[#parts + 1] = audio.resample(clip, rate, 16000)
      parts[#parts + 1] = tensor.zeros(16000)
    end
    assert(audio.save(path "many.wav", tensor.cat(parts), { rate = 16000 }))
    local weights = assert(tensor.load(path "out/trigger_word.safetensors"))
    weights.threshold[1] = 0.3                                           -- a quick net is none too sure
    assert(tensor.save(path "easy.safetensors", weights))
    local command = ("'%s' run trigger_word --quick --viz=off --weights '%s'"):format(
      os.getenv "LUNETTE" or "build/lunette", path "easy.safetensors")
    local count = server:shell(("%s --wav '%s'"):format(command, path "many.wav")):match "'activate' (%d+) times"
    local text = server:shell(("sh -c \"%s --listen >'%s' 2>&1 & listener=\\$!; "
      .. "for k in 1 2 3 4 5 6 7 8 9 10; do grep -q listening '%s' && break; sleep 0.5; done; "
      .. "'%s' '%s'; sleep 1; kill -INT \\$listener; wait; cat '%s'\""):format(command, path "heard", path "heard",
      os.getenv "LUNETTE" or "build/lunette", test.write(path "play.lua",
      ("audio.play(audio.load(%q), 16000, {wait = true})"):format(path "many.wav")), path "heard"))
    server:stop()
    local _, heard = text:gsub("heard: %d+ ms", "")
    test.truth(tonumber(count) >= 2, count .. " in the file")
    test.truth(heard >= 1 and heard <= tonumber(count) + 3, heard .. " heard of " .. count .. ":\n" .. text)
  end)

  test("--listen hears the microphone, here SDL's disk driver with that file, until ^C", function()
    local word = assert(audio.load(path "one.wav"))[":, 1"]:contiguous()
    local x = tensor.cat { tensor.zeros(8000), audio.resample(word, 22050, 16000) }
    local parts = {}
    for k, v in ipairs(x:totable()) do parts[k] = string.pack("<f", v) end
    test.write(path "in.raw", table.concat(parts))
    local text = test.output(("SDL_AUDIODRIVER=disk SDL_DISKAUDIOFILE='%s' SDL_DISKAUDIOFILEIN='%s' timeout -s "
      .. "INT 6 %s run trigger_word --quick --viz=off --listen --weights '%s' 2>&1"):format(path "out.raw",
      path "in.raw", os.getenv "LUNETTE" or "build/lunette", path "out/trigger_word.safetensors"))
    test.truth(text:find("listening for 'activate'; ^C ends", 1, true), text)
    test.truth(not text:find "attempt to" and not text:find "no microphone", text)
  end)

  test("--course: its numbers, on its folders", function()
    local _, text = test.project("trigger_word", { course = true, data = folder, viz = "off", train = "2", test = "2",
      epochs = "1", batch = "2" })
    test.truth(text:find("course: 522561 numbers", 1, true) and text:find("523329 with the later one", 1, true), text)
    test.truth(text:find("data: 1 scenes to learn from", 1, true), "those of XY_train")
  end)

  test.fall_short("trigger_word", {
    ["labels three seconds late"] = { "floor((at - first) / step) + 2", "floor((at + 3 - first) / step) + 2" },
    ["labels of other scenes"] = { "loss_of(model, xs, ys)", "loss_of(model, xs, ys[tensor.randperm(ys:size(1))])" },
    ["uphill"] = { "adam:step(l)", "adam:step(-l)" },
  })
end

os.execute("rm -r '" .. folder .. "'")
test.done()
