--- What jazz_solo stands on: grammar, measures of a solo, tunes from MIDI files, synthesiser; and broken copies.
local test = dofile "tests/check.lua"
local jazz, tunes, synth = require "lib.jazz", require "lib.tunes", require "lib.synth"
local tokens = require "lib.jazz_tokens"
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

test("the player: beat by beat the same as at one go, what rings goes on, loud moments are bent", function()
  local notes = { { 0, 0.4, 60, 0.3, "piano" }, { 0.5, 0.6, 67, 0.2, "horn" }, { 1.2, 0.2, 43, 0.4, "bass" } }
  local whole, play, parts = synth.render(notes), synth.player(), {}
  for k = 0, 4 do
    local here = {}
    for _, n in ipairs(notes) do
      if n[1] >= 0.4 * k - 1e-9 and n[1] < 0.4 * (k + 1) - 1e-9 then
        here[#here + 1] = { n[1] - 0.4 * k, table.unpack(n, 2) }
      end
    end
    parts[k + 1] = play(here, 0.4)
  end
  local x = tensor.cat(parts)
  test.equal(x:numel(), 44100)
  test.truth((x - (whole:narrow(1, 1, 44100) * 0.8):tanh()):abs():max():item() < 2e-2, "that both are alike")
  local loud = synth.player()({ { 0, 1, 60, 20, "horn" } }, 1)
  test.truth(loud:abs():max():item() <= 1, "that it stays within -1..1")
  test.equal(play({}, 1 / 3):numel() + play({}, 1 / 3):numel() + play({}, 1 / 3):numel(), 22050)
end)

test("tokens: every note of a solo comes back, whatever its chord; of lengths the nearest", function()
  for _, song in ipairs(songs(20, 9)) do
    local beat = 0
    for k, id in ipairs(tokens.all(song)) do
      local n, chord = song.notes[k], jazz.chord_at(song.chords, beat)
      test.truth(id >= 2 and id <= tokens.V, id .. " is a token")
      local back = tokens.note(id, chord)
      test.equal(back[1], n[1])
      if n[2] > 0.3 and n[2] <= 2 then test.truth(math.abs(back[2] - n[2]) <= 0.26, n[2] .. " beats") end
      beat = tokens.after(beat, n)
    end
  end
  test.close(tokens.note(tokens.of({ 60, 0.6 }, { 0, "m7" }), { 0, "m7" })[2], 0.5, 1e-9)
end)

-- --- through the speakers, here SDL's disk driver --------------------------------------------------------------------

-- Samples that a script of its own plays over two bars of a chord; `code` makes what live.play asks for.
local function heard(code)
  local at = folder .. "/play"
  assert(lunette.mkdir(at))
  test.write(at .. "/play.lua", ([[
    package.path = %q .. "/scripts/?.lua;" .. package.path
    viz.mode "off"
    local live = require "lib.jazz_live"
    %s
  ]]):format(os.getenv "PWD", code))
  local program = os.getenv "LUNETTE" or "build/lunette"
  local text = test.output(("SDL_AUDIODRIVER=disk SDL_DISKAUDIODELAY=5 SDL_DISKAUDIOFILE='%s/out.raw' %s "
    .. "'%s/play.lua' 2>&1"):format(at, program, at))
  local bytes, list = test.read(at .. "/out.raw"), {}
  for k = 1, #bytes // 4 do list[k] = string.unpack("<f", bytes, 4 * k - 3) end
  os.remove(at .. "/out.raw")
  os.remove(at .. "/play.lua")
  os.remove(at)
  local x = tensor(list)
  return x:masked_select(x:ne(0)), text                                  -- without the silence of a busy machine
end

test("a solo is heard over the band; swing and notes that change meanwhile are heard from then on", function()
  local x, text = heard [[
    local asked, note = 0, 0
    local played = live.play({ { 0, "maj7", 4 } }, function()            -- off-beats only: a rest, a note
      note = note + 1
      return { note % 2 == 1 and 0 or note <= 8 and 73 or 80, 0.5 }
    end, { bpm = 120, choruses = 2, swing = function()
      asked = asked + 1
      return asked > 6 and 0.9 or 0.5
    end })
    print(played, asked, note)
  ]]
  test.equal(text, "8\t8\t16\n")
  local function power(beat, pitch)                                      -- from 0.27 to 0.4 s of its half second
    local from, hertz = 1 + math.floor((beat / 2 + 0.27) * synth.rate), 440 * 2 ^ ((pitch - 69) / 12)
    local part = x:narrow(1, from, math.floor(0.13 * synth.rate))
    local t = tensor.arange(part:numel()):to "f32" * (2 * math.pi * hertz / synth.rate)
    return (part * t:sin()):sum():item() ^ 2 + (part * t:cos()):sum():item() ^ 2
  end
  for beat, want in pairs { [1] = 73, [2] = 73, [4] = 80, [5] = 80 } do
    local other = want == 73 and 80 or 73
    test.truth(power(beat, want) > 20 * power(beat, other), ("beat %d: pitch %d"):format(beat, want))
  end
  test.truth(power(5, 80) > 20 * power(7, 80), "at half a beat a note, none when it comes at nine tenths")
end)

if not test.sanitized then
  test("--course: its numbers, and its figure", function()
    local _, text = test.project("jazz_solo", { course = true, viz = "off", train = "100" })
    test.truth(text:find "course: 41678 numbers, 60 windows of 30 out of %d+ notes, 78", text)
    test.truth(text:find "claim\tjazz_solo\tloss\t[%d.]+\t<= 15\tok", text)
    for said, options in pairs { ["--units means nothing with --course"] = { course = true, units = "3" },
      ["--values means nothing without --course"] = { values = "90" }, ["--bpm must be"] = { bpm = "1" },
      ["--train means nothing with --data"] = { train = "3", data = "/dev" } } do
      options.viz = "off"
      test.fails_with({ said }, run.project, "jazz_solo", options)
    end
    test.fails_with({ "--values", "few as 20 different" }, run.project, "jazz_solo", { course = true, viz = "off",
      train = "3", values = "20" })
  end)

  test("--out writes MIDI and sound that read back; --data learns from MIDI files", function()
    local out = folder .. "/out"
    local result = run.project("jazz_solo", { quick = true, viz = "off", out = out, steps = "20", train = "30",
      held = "5", play = "0" })
    test.truth(result, "a claim")
    local notes = assert(audio.midi.load(out .. "/jazz_solo.mid"))
    test.truth(notes:size(1) > 5, "that it plays")
    local sound, rate = assert(audio.load(out .. "/jazz_solo.wav"))
    test.truth(sound:size(1) / rate > 10 and rate == synth.rate, "seconds of sound")
    test.truth(run.project("jazz_solo", { quick = true, viz = "off", data = folder, steps = "7" }), "a claim")
  end)

  local broken = {
    ["targets of other places"] = { "want[k] = ids:narrow(1, at, n)",
      "want[k] = ids[tensor.randperm(ids:numel())]:narrow(1, at, n)" },
    ["the last note is not heard"] = { "tensor.cat({ embed(before), heard }, 3)",
      "tensor.cat({ embed(before) * 0, heard }, 3)" },
    ["the chords are not heard"] = { "tensor.cat({ embed(before), heard }, 3)",
      "tensor.cat({ embed(before), heard * 0 }, 3)" },
    ["no memory"] = { "local y, h, c = memory(x, state)", [[
      local n, t = x:size(1), x:size(2)
      local y, h, c = memory(x:reshape(n * t, 1, -1))
      y = y:reshape(n, t, -1)]] },
  }
  test.fall_short("jazz_solo", broken)
end

os.execute(("rm -r '%s'"):format(folder))
test.done()
