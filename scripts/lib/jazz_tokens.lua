--- jazz_tokens.lua: a note as one token: its pitch from the root of the chord of the moment (or a rest), and length.
local jazz = require "lib.jazz"
local tokens = {}

tokens.lengths = { 1 / 3, 0.5, 1, 1.5, 2 }                               -- beats
local lengths = tokens.lengths
local pitches = jazz.high - jazz.low + 13                                -- from 11 below the lowest; 0 is the rest
tokens.V = pitches * #lengths + 1                                        -- 1: nothing yet

--- tokens.of(note, chord) -> 2..V; the nearest of the lengths.
function tokens.of(note, chord)
  local above, length = note[1] > 0 and note[1] - chord[1] - jazz.low + 12 or 0, 1
  for k, l in ipairs(lengths) do
    if math.abs(l - note[2]) < math.abs(lengths[length] - note[2]) then length = k end
  end
  return 2 + above * #lengths + length - 1
end

--- tokens.note(id, chord) -> {pitch, beats}, the pitch within the instrument's range.
function tokens.note(id, chord)
  local above = (id - 2) // #lengths
  local pitch = above > 0 and above + chord[1] + jazz.low - 12 or 0
  if pitch > jazz.high then pitch = pitch - 12 elseif pitch > 0 and pitch < jazz.low then pitch = pitch + 12 end
  return { pitch, lengths[(id - 2) % #lengths + 1] }
end

--- tokens.after(beat, note) -> the beat after it, on a grid of twelfths.
function tokens.after(beat, note) return math.floor((beat + note[2]) * 12 + 0.5) / 12 end

--- tokens.all(song, root) -> the song's tokens; root: a chord in place of those of the song.
function tokens.all(song, root)
  local list, beat = {}, 0
  for k, n in ipairs(song.notes) do
    list[k] = tokens.of(n, root or jazz.chord_at(song.chords, beat))
    beat = tokens.after(beat, n)
  end
  return list
end

--- tokens.rows(notes) -> { {start, beats, pitch, 0.9}, ... } without the rests, as viz.roll wants them.
function tokens.rows(notes)
  local rows, beat = {}, 0
  for _, n in ipairs(notes) do
    if n[1] > 0 then rows[#rows + 1] = { beat, n[2], n[1], 0.9 } end
    beat = tokens.after(beat, n)
  end
  return rows
end

return tokens
