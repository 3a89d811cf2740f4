--- MIDI files, byte by byte as the standard and real programs write them; the expected rows are worked out by hand.
local test = dofile "tests/check.lua"

local function write(bytes)
  local path = os.tmpname()
  return test.write(path, bytes)
end
local function head(format, tracks, division) return "MThd" .. (">I4I2I2I2"):pack(6, format, tracks, division) end
local function chunk(name, bytes) return name .. (">s4"):pack(bytes) end
local function hex(text)
  return (text:gsub("%s+", ""):gsub("%x%x", function(h) return string.char(tonumber(h, 16)) end))
end
-- A file of one track of 96 ticks a beat.
local function song(track, division) return head(0, 1, division or 96) .. chunk("MTrk", hex(track)) end

local function load(bytes, options)
  local path = write(bytes)
  local notes, info = audio.midi.load(path, options)
  os.remove(path)
  return notes, info
end
local function rows(name, bytes, expected, options)
  test(name, function()
    local notes, info = load(bytes, options)
    test.truth(notes, tostring(info))
    test.equal(notes.dtype, "f64")
    test.shape(notes, { #expected, 6 })
    for i, row in ipairs(expected) do
      for k, v in ipairs(row) do test.close(notes[{ i, k }], v, 1e-9) end
    end
  end)
end
local function refused(name, bytes, ...)
  local parts = { ... }
  test(name, function()
    local notes, why = load(bytes)
    test.truth(notes == nil, "that it is refused")
    for _, part in ipairs(parts) do test.truth(why:find(part, 1, true), ("%s: %s"):format(why, part)) end
  end)
end

rows("a note, its end a note-off or a velocity of 0, by running status",
  song "00 90 3C 40  60 3C 00  00 80 40 10  00 90 40 50  30 80 40 00  00 FF2F00",
  { { 0, 1, 60, 64, 1, 1 }, { 1, 0.5, 64, 80, 1, 1 } })
rows("running status goes on after a meta event and after sysex",
  song "00 90 3C 40  00 FF 01 02 4142  60 3C 00  00 F0 03 010203  00 3E 41  60 3E 00  00 FF2F00",
  { { 0, 1, 60, 64, 1, 1 }, { 1, 1, 62, 65, 1, 1 } })
rows("an end at the same tick makes a note of no length, not one up to the next end",
  song "00 90 3C 40  00 80 3C 00  60 90 3C 41  60 80 3C 00  00 FF2F00",
  { { 0, 0, 60, 64, 1, 1 }, { 1, 1, 60, 65, 1, 1 } })
rows("one pitch struck twice ends first in, first out; stray ends are nothing",
  song "00 80 3C 00  00 90 3C 40  30 90 3C 41  30 80 3C 00  30 80 3C 00  00 80 3C 00  00 FF2F00",
  { { 0, 1, 60, 64, 1, 1 }, { 0.5, 1, 60, 65, 1, 1 } })
rows("channels are apart, and programs hold from where they stand",
  song "00 C0 05  00 C9 00  00 90 3C 40  00 99 3C 41  60 80 3C 00  00 89 3C 00  00 C0 06  00 90 3E 40  60 80 3E 00 \z
    00 FF2F00",
  { { 0, 1, 60, 64, 1, 6 }, { 0, 1, 60, 65, 10, 1 }, { 1, 1, 62, 64, 1, 7 } })
rows("what is left open ends with its track", song "00 90 3C 40  60 FF2F00", { { 0, 1, 60, 64, 1, 1 } })
rows("no end of track, a length past the file, a message cut off",
  head(0, 1, 96) .. "MTrk" .. (">I4"):pack(9999) .. hex "00 90 3C 40  60 80 3C 00 \z
    00 90 3C", { { 0, 1, 60, 64, 1, 1 } })
rows("rubbish after the end of a track, foreign chunks, an empty track, a wrong count",
  head(1, 9, 96) .. chunk("XFIH", "abc") .. chunk("MTrk", hex "00 90 3C 40 60 80 3C 00 00 FF2F00 FF FF FF")
    .. chunk("MTrk", "") .. chunk("MTrk", hex "60 91 3E 41 60 81 3E 00 00 FF2F00"),
  { { 0, 1, 60, 64, 1, 1 }, { 1, 1, 62, 65, 2, 1 } })
rows("system messages in a track are skipped: F1 and F3 one byte, F2 two, F4 F5 F6 F9 FD none, F7 a packet",
  song "00 90 3C 40  00 F1 01  00 F2 01 02  00 F3 01  00 F4 00 F5 00 F6 00 F9 00 FD  00 F7 02 0102  60 3C 00 \z
    00 FF2F00",
  { { 0, 1, 60, 64, 1, 1 } })
rows("a meter of two bytes, an impossible key and a tempo of 0 say nothing",
  song "00 FF58 02 0402  00 FF59 02 7F09  00 FF51 03 000000  00 90 3C 40  60 80 3C 00 \z
    00 FF2F00", { { 0, 1, 60, 64, 1, 1 } },
  { unit = "beats" })
rows("a RIFF file holds it in its data chunk",
  (function()
    local inner = song "00 90 3C 40 60 80 3C 00 00 FF2F00"
    local body = "RMID" .. "info" .. ("<I4"):pack(3) .. "abc\0" .. "data" .. ("<I4"):pack(#inner) .. inner
    return "RIFF" .. ("<s4"):pack(body)
  end)(), { { 0, 1, 60, 64, 1, 1 } })
-- -25 frames of 40 ticks: a tick is a millisecond, and tempo says nothing.
rows("SMPTE division: time in frames", song("00 FF51 03 0F4240  00 90 3C 40  8368 80 3C 00  00 FF2F00", 0xe728),
  { { 0, 0.488, 60, 64, 1, 1 } }, { unit = "seconds" })
rows("29 frames are 29.97", song("00 90 3C 40  64 80 3C 00  00 FF2F00", 0xe364),
  { { 0, 1001 / 30000, 60, 64, 1, 1 } }, { unit = "seconds" })
-- 120 a minute for a beat, then 60: tempo in a later track holds for all.
rows("seconds under a tempo map, which a later track may hold",
  head(1, 2, 96) .. chunk("MTrk", hex "00 90 3C 40 8140 80 3C 00 00 90 3E 40 60 80 3E 00 00 FF2F00")
    .. chunk("MTrk", hex "00 FF51 03 07A120  60 FF51 03 0F4240  00 FF2F00"),
  { { 0, 1.5 + 0, 60, 64, 1, 1 }, { 1.5, 1, 62, 64, 1, 1 } }, { unit = "seconds" })

test("what else a file says: tempo, meter, tracks", function()
  local _, info = load(head(1, 2, 96)
    .. chunk("MTrk", hex "00 FF51 03 07A120 00 FF58 04 03 02 18 08 60 FF51 03 0F4240 00 FF2F00")
    .. chunk("MTrk", hex "00 90 3C 40 60 80 3C 00 00 FF2F00"))
  test.equal(info.format, 1)
  test.equal(info.division, 96)
  test.truth(info.tempo == tensor({ { 0, 120 }, { 1, 60 } }, { dtype = "f64" }), tostring(info.tempo))
  test.truth(info.meter == tensor({ { 0, 3, 4 } }, { dtype = "f64" }), tostring(info.meter))
  test.equal(info.track[1], 2)
end)

refused("a data byte beyond 127", song "00 90 3C 80", "beyond 127 at byte 25")
refused("a data byte where an event begins", song "00 3C 40", "a data byte where an event begins at byte 23")
refused("a delta time of five bytes", song "81 81 81 81 01 90 3C 40", "more than four bytes")
refused("format 2", head(2, 1, 96) .. chunk("MTrk", ""), "format 2")
refused("format 0 with two tracks", head(0, 2, 96) .. chunk("MTrk", "") .. chunk("MTrk", ""), "two tracks")
refused("no track", head(1, 0, 96), "no track")
refused("a division of 0", head(0, 1, 0) .. chunk("MTrk", ""), "division of 0")
refused("another file", "GIF89a..........", "MThd")
refused("nothing", "", "MThd")
test("a missing file is named", function()
  local notes, why = audio.midi.load "/dev/null/none.mid"
  test.truth(notes == nil and why:find("/dev/null/none.mid", 1, true), tostring(why))
end)

test("hundreds of thousands of notes of one pitch, and as many tempi, cost time in proportion", function()
  local n = test.sanitized and 20000 or 200000
  local bytes = head(0, 1, 96) .. chunk("MTrk", ("\0\144\60\64" .. "\1\255\81\3\7\161\32"):rep(n))
  local started = os.clock()
  local notes = load(bytes, { unit = "seconds" })
  test.shape(notes, { n, 6 })
  test.truth(os.clock() - started < 20, "that it does not grow with the square")
end)

test("what is saved comes back: overlaps, programs, no length, tempo and meter; in beats and in seconds", function()
  local rng = tensor.rng(5)
  local n = 400
  local function column(low, high) return tensor.randint(low, high, n, 1, { rng = rng }):to "f64" end
  local notes = tensor.cat({ column(0, 4000) / 480, column(0, 900) / 480, column(40, 90), column(1, 127), column(1, 16),
    tensor.ones(n, 1, { dtype = "f64" }) }, 2)
  notes[":, 6"] = notes[":, 5"] * 7 + 1
  local path = os.tmpname() .. ".mid"
  for unit, tempo in pairs { beats = 97, seconds = { { 0, 120 }, { 2, 60 }, { 3, 240 } } } do
    assert(audio.midi.save(path, notes, { unit = unit, tempo = tempo, meter = { 3, 4 }, division = 9600 }))
    local back, info = assert(audio.midi.load(path, { unit = unit }))
    test.shape(back, { n, 6 })
    test.close(info.meter[{ 1, 2 }], 3, 0)
    local function key(t) return t[":, 1"] * 1000 + t[":, 3"] + t[":, 5"] / 100 end
    local _, a = key((notes * 9600):round() / 9600):sort()
    local _, b = key((back * 9600):round() / 9600):sort()
    test.truth((notes[a]["..., 3:6"] - back[b]["..., 3:6"])["..., 1"]:abs():max():item() < 1e-9, unit .. ": pitches")
    test.close((notes[":, 1"]:sum() - back[":, 1"]:sum()):item() / n, 0, 2e-4)
    test.close((notes[":, 2"]:sum() - back[":, 2"]:sum()):item() / n, 0, 2e-4)
    test.close((notes[":, 4"]:sum() - back[":, 4"]:sum()):item(), 0, 1e-9)
    test.close((notes[":, 6"]:sum() - back[":, 6"]:sum()):item(), 0, 1e-9)
  end
  os.remove(path)
end)

test("a program holds for what is struck after it, at one tick too; saved rows keep theirs", function()
  local notes = load(song "00 90 3C 40  00 C0 05  00 90 3E 40  60 80 3C 00  00 80 3E 00  00 FF2F00")
  test.same(notes[":, 6"], { 1, 6 })
  local path = os.tmpname() .. ".mid"
  local four = { { 0, 1, 60, 90, 1, 1 }, { 0, 1, 62, 80, 1, 41 }, { 0, 1, 64, 80, 1, 7 }, { 1, 1, 60, 90, 1, 41 } }
  assert(audio.midi.save(path, four))
  test.close(assert(audio.midi.load(path)), four)
  os.remove(path)
end)

test("what is cut off is read as far as it goes, and said", function()
  local note = "00 90 3C 40  60 80 3C 00 "
  local cases = {
    [head(0, 1, 96) .. "MTrk" .. (">I4"):pack(500) .. hex(note)] = "the chunk of track 1 claims 500 bytes, 8 are",
    [song(note .. "00 90 3C")] = "a message of track 1 claims 2 bytes, 1 are there",
    [song(note .. "00 FF 01 09 41")] = "a meta event of track 1 claims 9 bytes, 1 are there",
    [song(note .. "00 F0 09 41")] = "a system message of track 1 claims 9 bytes, 1 are there",
    [head(1, 5, 96) .. chunk("MTrk", hex(note))] = "5 tracks are claimed, 1 are there",
    [song(note .. "00 FF2F00")] = false, [song(note)] = false }
  for bytes, said in pairs(cases) do
    local path = write(bytes)
    local notes, _, why = audio.midi.load(path)
    os.remove(path)
    test.shape(notes, { 1, 6 })
    if said then test.truth(why and why:find("cut off: " .. said, 1, true), tostring(why))
    else test.equal(why, nil) end
  end
end)

test("what a file of notes cannot tell is told", function()
  local path = os.tmpname() .. ".mid"
  local _, said = test.caught(audio.midi.save, path, { { 0, 4, 60, 90, 1, 1 }, { 1, 1, 60, 80, 1, 1 } })
  test.truth(said:find("1 notes end before an earlier one", 1, true), said)
  _, said = test.caught(audio.midi.save, path, { { 0.25, 0.2, 60, 90, 1, 1 } }, { division = 1 })
  test.truth(said:find("1 notes last less than a tick", 1, true), said)
  _, said = test.caught(audio.midi.save, path, { { 0, 0, 60, 90, 1, 1 }, { 1, 1, 61, 80, 1, 1 },
    { 1, 2, 61, 80, 2, 1 } })
  test.equal(said, "")
  os.remove(path)
  for _, wrong in ipairs { "x.rmi", "x.wav", "x" } do
    local ok, why = audio.midi.save(wrong, {})
    test.truth(not ok and why:find("as .mid or .midi", 1, true), tostring(why))
  end
end)

test("no notes at all are a file too", function()
  local path = os.tmpname() .. ".mid"
  assert(audio.midi.save(path, {}))
  test.shape(assert(audio.midi.load(path)), { 0, 6 })
  os.remove(path)
end)

test("what cannot be written is refused by note and column, and nothing is left", function()
  local path = os.tmpname() .. ".mid"
  for _, case in ipairs { { { 0, 1, 128, 90, 1, 1 }, "note 1: pitch" }, { { 0, 1, 60, 0, 1, 1 }, "velocity" },
    { { 0, 1, 60.5, 90, 1, 1 }, "pitch" }, { { -1, 1, 60, 90, 1, 1 }, "start of -1" },
    { { 0, 0 / 0, 60, 90, 1, 1 }, "duration" }, { { 0, 1, 60, 90, 17, 1 }, "channel" }, { { 1e9, 1, 60, 9, 1, 1 },
    "time" } } do
    local ok, why = audio.midi.save(path, { case[1] })
    test.truth(not ok and why:find(case[2], 1, true), tostring(why))
    test.truth(io.open(path) == nil, "that nothing is written")
  end
  test.fails_with({ "audio.midi.save", "[n, 6]" }, audio.midi.save, path, tensor.zeros(3, 5))
  test.fails_with({ "tempo", "beat 0" }, audio.midi.save, path, {}, { tempo = { { 1, 120 } } })
  test.fails_with({ "beats", "seconds" }, audio.midi.load, path, { unit = "ticks" })
end)

test.done()
