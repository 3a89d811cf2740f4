--- jazz_live.lua: a solo over bass, chords and drums: in files, and through the speakers while it is invented.
local jazz, synth, tokens = require "lib.jazz", require "lib.synth", require "lib.jazz_tokens"
local live = {}

-- Where beat b stands when off-beats come at `swing` of theirs.
local function swung(b, swing) return b % 1 == 0.5 and b - 0.5 + swing or b end

--- live.save(folder, notes, chords, {bpm=, swing=}): jazz_solo.mid with the solo, straight, and jazz_solo.wav with all.
function live.save(folder, notes, chords, opt)
  local rows, second = {}, 60 / opt.bpm
  local band = synth.band(chords, jazz.kinds, opt.bpm, opt.swing)
  for _, n in ipairs(tokens.rows(notes)) do
    rows[#rows + 1] = { n[1], n[2], n[3], 100, 1, 66 }
    band[#band + 1] = { swung(n[1], opt.swing) * second, n[2] * second, n[3], 0.32, "horn" }
  end
  assert(audio.midi.save(folder .. "/jazz_solo.mid", rows, { tempo = opt.bpm }))
  assert(audio.save(folder .. "/jazz_solo.wav", synth.render(band), { rate = synth.rate }))
end

-- Rows {start, beats, pitch, loudness, instrument} in beats by the beat in which they begin, from 0.
local function by_beat(rows)
  local list = {}
  for _, n in ipairs(rows) do
    local b = n[1] // 1 | 0
    list[b] = list[b] or {}
    table.insert(list[b], n)
  end
  return list
end

local LEAD = 0.3                                                         -- seconds that wait for the speakers

-- Waits until little is left to be heard; the playhead moves.  at: the beat up to which all has been handed over.
local function wait(at, second, rows)
  repeat
    local left = audio.left()
    local now = at - left / second
    if #rows > 0 then viz.roll("solo", tensor(rows), { playhead = math.max(0, now) }) end
    viz.gate()
    if left > LEAD then lunette.sleep(math.min(0.04, left - LEAD)) end
  until left <= LEAD
end

--- live.play(chords, next_note, {bpm=, swing=, choruses=}) -> beats played: `choruses` times over the chords, beat by
-- beat.  next_note(): the solo's next note {pitch, beats}, asked for when its beat is next; swing(): where off-beats
-- fall now.  Both are heard LEAD seconds and a beat later at most.
function live.play(chords, next_note, opt)
  local second, total = 60 / opt.bpm, jazz.beats(chords)
  local band = by_beat(synth.band(chords, jazz.kinds, 60, 0.5))          -- straight, a beat a second
  local sound, rows, beat, played = synth.player(), {}, 0, 0
  for at = 0, opt.choruses * total - 1 do
    local b, now = at % total, opt.swing()
    if b == 0 then rows, beat = {}, 0 end
    local notes = {}
    local function put(n, pitch, loud, who)
      notes[#notes + 1] = { (swung(n[1], now) - b) * second, n[2] * second, pitch, loud, who }
    end
    for _, n in ipairs(band[b] or {}) do put(n, n[3], n[4], n[5]) end
    while beat < b + 1 - 1e-6 do
      local n = next_note()
      if n[1] > 0 then
        rows[#rows + 1] = { beat, n[2], n[1], 0.9 }
        put({ beat, n[2] }, n[1], 0.32, "horn")
      end
      beat = tokens.after(beat, n)
    end
    local ok, why = audio.play(sound(notes, second), synth.rate, { more = true })
    if not ok then
      print(why)
      return played
    end
    played = at + 1
    wait(b + 1, second, rows)
  end
  audio.play(sound({}, 0.5), synth.rate, { more = true, wait = true })
  return played
end

return live
