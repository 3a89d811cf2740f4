--- What jazz_solo stands on: grammar, measures of a solo, tunes from MIDI files, synthesiser; and broken copies.
local test = dofile "tests/check.lua"
local jazz, tunes, synth = require "lib.jazz", require "lib.tunes", require "lib.synth"
local run = require "vm.run"

local function random_of(seed)
  local rng = tensor.rng(seed)
  return function(a, b) return tensor.randint(a, b, 1, { rng = rng })[1] end
end
local function songs(n, seed)
  local random, list = random_of(seed), {}
  for k = 1, n do
    list[k] = jazz.tune(random)
    list[k].notes = jazz.solo(list[k].chords, random)
  end
  return list
end

test("a solo fills its tune, within the range, on a grid of twelfths, chord tones mainly on strong beats", function()
  local all, tones = 0, 0
  for _, song in ipairs(songs(60, 3)) do
    local sum = 0
    for _, n in ipairs(song.notes) do
      sum = sum + n[2]
      test.truth(n[1] == 0 or n[1] >= jazz.low and n[1] <= jazz.high, n[1] .. ": that it is within the range")
      test.close(n[2] * 12, math.floor(n[2] * 12 + 0.5), 1e-6)
    end
    test.close(sum, jazz.beats(song.chords), 1e-6)
    local a, t = jazz.strong_tones(song.notes, song.chords)
    all, tones = all + a, tones + t
  end
  test.truth(tones / all > 0.85 and tones / all < 1, ("%.3f: a share from 0.85 to 1"):format(tones / all))
end)

test("the same stream gives the same solos, another one others", function()
  local function text(list)
    local parts = {}
    for _, song in ipairs(list) do
      for _, n in ipairs(song.notes) do parts[#parts + 1] = ("%d %.3f"):format(n[1], n[2]) end
    end
    return table.concat(parts, " ")
  end
  test.equal(text(songs(5, 1)), text(songs(5, 1)))
  test.truth(text(songs(5, 1)) ~= text(songs(5, 2)), "that streams differ")
end)

test("chords at a beat, chord tones, and runs counted by hand", function()
  local chords = { { 2, "m7", 4 }, { 7, "7", 4 }, { 0, "maj7", 8 } }
  local c, following, left = jazz.chord_at(chords, 5)
  test.equal(("%d %s %d %d"):format(c[1], c[2], following[1], left), "7 7 0 3")
  local tones = {}
  for p = 60, 71 do tones[#tones + 1] = jazz.is_tone(chords[1], p) and p or nil end
  test.equal(table.concat(tones, " "), "60 62 65 69")                      -- D F A C
  local notes = { { 62, 1 }, { 61, 1 }, { 65, 1 }, { 64, 1 }, { 71, 2 }, { 0, 2 } }
  test.equal(table.concat({ jazz.strong_tones(notes, chords) }, " "), "3 3")
  notes[3][1] = 66
  test.equal(table.concat({ jazz.strong_tones(notes, chords) }, " "), "3 2")
end)

test("the longest copied run", function()
  local corpus = { { notes = { { 60, 1 }, { 62, 0.5 }, { 64, 0.5 }, { 65, 1 }, { 67, 1 } } } }
  local played = { { notes = { { 70, 1 }, { 62, 0.5 }, { 64, 0.5 }, { 65, 1 }, { 67, 2 } } } }
  test.equal(jazz.longest_copy(played, corpus), 3)
  test.equal(jazz.longest_copy(corpus, corpus), 5)
  local runs = jazz.runs(corpus, 3)
  test.truth(runs[jazz.run({ { 50, 1 }, { 62, 0.5 }, { 64, 0.5 }, { 65, 1 } }, 3)], "that the run is known")
  test.truth(not runs[jazz.run({ { 62, 0.5 }, { 64, 0.5 }, { 65, 2 } }, 3)], "that another length is another run")
  test.truth(jazz.run({ { 62, 1 } }, 3) == nil, "that two notes are no run of three")
end)

local folder = os.tmpname()
os.remove(folder)
test("a tune comes back from a MIDI file: its melody, its rests, its chords", function()
  assert(lunette.mkdir(folder))
  local rows = { { 0, 1, 72, 90, 2, 1 }, { 1, 0.5, 74, 90, 2, 1 }, { 1.5, 0.5, 76, 90, 2, 1 }, { 3, 1, 77, 90, 2, 1 },
    { 4, 2, 79, 90, 2, 1 }, { 6, 2, 76, 90, 2, 1 }, { 0, 0.2, 36, 90, 10, 1 }, { 4, 0.2, 90, 90, 10, 1 } }
  for k, chord in ipairs { { 50, 53, 57, 60 }, { 55, 59, 62, 65 } } do     -- Dm7 G7, four beats each
    for _, p in ipairs(chord) do rows[#rows + 1] = { 4 * (k - 1), 4, p, 60, 1, 1 } end
  end
  for _, name in ipairs { "a.mid", "b.mid" } do assert(audio.midi.save(folder .. "/" .. name, rows)) end
  local song = assert(tunes.read(folder .. "/a.mid"))
  local notes, chords = {}, {}
  for k, n in ipairs(song.notes) do notes[k] = ("%d:%g"):format(n[1], n[2]) end
  for k, c in ipairs(song.chords) do chords[k] = ("%d%s:%d"):format(table.unpack(c)) end
  test.equal(table.concat(notes, " "), "72:1 74:0.5 76:0.5 0:1 77:1 79:2 76:2")
  test.equal(table.concat(chords, " "), "2m7:2 2m7:2 77:2 77:2")
  test.equal(#tunes.folder(folder), 2)
end)

test("--data: a folder without tunes, and a file that is none, are named", function()
  test.fails_with({ "/dev/null", "at least two .mid files" }, tunes.folder, "/dev/null")
  local f = assert(io.open(folder .. "/c.mid", "w"))
  f:write "no music"
  f:close()
  test.fails_with({ "--data", "c.mid", "MThd" }, tunes.folder, folder)
  os.remove(folder .. "/c.mid")
end)

test("the synthesiser: finite, within -1..1, as long as its notes, in less than a tenth of their time", function()
  local song = songs(1, 7)[1]
  local notes = synth.band(song.chords, jazz.kinds, 150, 0.64)
  local started = os.clock()
  local sound = synth.render(notes)
  local seconds = sound:numel() / synth.rate
  test.truth(sound:isfinite():all():item() and sound:abs():max():item() <= 1, "that it is finite and within -1..1")
  test.truth(sound:std():item() > 0.01, "that it sounds")
  test.close(seconds, jazz.beats(song.chords) * 60 / 150 + 1, 1)
  if not test.sanitized then
    test.truth(os.clock() - started < seconds / 10, ("%.2f s for %.0f s"):format(os.clock() - started, seconds))
  end
  -- A tone of A 4 has its energy at 440 Hz.
  local a = synth.render { { 0, 1, 69, 1, "horn" } }:narrow(1, 1, 16384)
  local spectrum = tensor.rfft(a):abs()
  test.close((spectrum:argmax():item() - 1) * synth.rate / 16384, 440, 2)
end)

if not test.sanitized then
  test("--out writes MIDI and sound that read back; --data learns from MIDI files", function()
    local out = folder .. "/out"
    local result = run.project("jazz_solo", { quick = true, viz = "off", out = out, steps = "20", train = "30",
      held = "5" })
    test.truth(result, "a claim")
    local notes = assert(audio.midi.load(out .. "/jazz_solo.mid"))
    test.truth(notes:size(1) > 5, "that it plays")
    local sound, rate = assert(audio.load(out .. "/jazz_solo.wav"))
    test.truth(sound:size(1) / rate > 10 and rate == synth.rate, "seconds of sound")
    test.truth(run.project("jazz_solo", { quick = true, viz = "off", data = folder, steps = "10" }), "a claim")
  end)

  local broken = {
    ["targets of other places"] = { "want[k] = ids:narrow(1, at, n)",
      "want[k] = ids[tensor.randperm(ids:numel())]:narrow(1, at, n)" },
    ["the last note is not heard"] = { "tensor.cat({ embed(before), heard }, 3)",
      "tensor.cat({ embed(before) * 0, heard }, 3)" },
  }
  test.fall_short("jazz_solo", broken)
end

os.execute(("rm -r '%s'"):format(folder))
test.done()
