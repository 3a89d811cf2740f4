--- tunes.lua: melodies with chords from MIDI files, in the form of lib/jazz.lua.
-- Melody: of the channels other than the drums', the one with the highest mean pitch among those that play at least a
-- quarter as many notes as the busiest; of notes that begin together the highest; lengths up to the next onset, rounded
-- to twelfths of a beat; longer gaps are rests.  Chords: for every two beats, the root and kind whose four tones hold
-- most of what the other channels sound, less what lies outside; what is silent keeps the last chord.
local jazz = require "lib.jazz"
local tunes = {}

local function grid(beat) return math.floor(beat * 12 + 0.5) / 12 end

-- The rows of each channel but 10, as lists {start, duration, pitch}.
local function channels(notes)
  local list = {}
  for i = 1, notes:size(1) do
    local channel = notes[{ i, 5 }]
    if channel ~= 10 then
      list[channel] = list[channel] or {}
      table.insert(list[channel], { notes[{ i, 1 }], notes[{ i, 2 }], notes[{ i, 3 }] // 1 })
    end
  end
  return list
end

local function melody_channel(list)
  local most, best, height = 0, nil, -1
  for _, rows in pairs(list) do most = math.max(most, #rows) end
  for channel, rows in pairs(list) do
    local sum = 0
    for _, n in ipairs(rows) do sum = sum + n[3] end
    if #rows >= most / 4 and sum / #rows > height then best, height = channel, sum / #rows end
  end
  return best
end

-- Notes one after the other from beat `from`, in octaves of the instrument.
local function line(rows)
  local top = {}                                                         -- the highest of each onset
  for _, n in ipairs(rows) do
    local at = grid(n[1])
    if not top[at] or n[3] > top[at][3] then top[at] = { at, n[2], n[3] } end
  end
  local onsets = {}
  for at in pairs(top) do onsets[#onsets + 1] = at end
  table.sort(onsets)
  local notes, from = {}, math.floor(onsets[1])
  if onsets[1] > from then notes[1] = { 0, onsets[1] - from } end
  for k, at in ipairs(onsets) do
    local n = top[at]
    local gap = (onsets[k + 1] or at + n[2]) - at
    local length = math.max(1 / 12, math.min(gap, grid(n[2]) + (gap - n[2] < 0.5 and 0.5 or 0)))
    local pitch = n[3]
    while pitch > jazz.high do pitch = pitch - 12 end
    while pitch < jazz.low do pitch = pitch + 12 end
    notes[#notes + 1] = { pitch, grid(math.min(length, gap)) }
    if gap - length >= 1 / 3 then notes[#notes + 1] = { 0, grid(gap - length) } end
  end
  return notes, from
end

local function chord_of(weight)
  local best, root, kind = 0, nil, nil
  for r = 0, 11 do
    for _, name in ipairs(jazz.kind_names) do
      local score = 0
      for c = 0, 11 do
        score = score + (weight[c] or 0) * (jazz.is_tone({ r, name }, c) and 1 or -1)
      end
      score = score + 0.5 * (weight[r] or 0)                              -- the root is played
      if score > best + 1e-9 then best, root, kind = score, r, name end
    end
  end
  return root, kind
end

local function chords(list, melody, from, beats)
  local out, last = {}, { 0, "maj7" }
  for at = from, from + beats - 1, 2 do
    local weight = {}
    for channel, rows in pairs(list) do
      for _, n in ipairs(channel ~= melody and rows or {}) do
        local inside = math.min(n[1] + n[2], at + 2) - math.max(n[1], at)
        if inside > 0 then weight[n[3] % 12] = (weight[n[3] % 12] or 0) + inside end
      end
    end
    local root, kind = chord_of(weight)
    if root then last = { root, kind } end
    out[#out + 1] = { last[1], last[2], 2 }
  end
  return out
end

--- tunes.read(path) -> {name, chords, notes}, or nil and why.
function tunes.read(path)
  local notes, why = audio.midi.load(path)
  if not notes then return nil, why end
  local list = channels(notes)
  local melody = melody_channel(list)
  if not melody then return nil, path .. ": no notes but drums" end
  local solo, from = line(list[melody])
  local total = 0
  for _, n in ipairs(solo) do total = total + n[2] end
  return { name = path, notes = solo, chords = chords(list, melody, from, math.ceil(total)) }
end

--- tunes.folder(path) -> every tune of a folder's .mid files, in the order of their names; raises when there are fewer
-- than two.
function tunes.folder(path)
  local here, inside = lunette.folder(path)
  local names, songs = {}, {}
  for name, is_folder in pairs(here and type(inside) == "table" and inside or {}) do
    if not is_folder and name:lower():find "%.midi?$" then names[#names + 1] = name end
  end
  table.sort(names)
  for _, name in ipairs(names) do
    local song, why = tunes.read(path .. "/" .. name)
    if not song then lunette.raise("--data: " .. why) end
    songs[#songs + 1] = song
  end
  if #songs < 2 then
    lunette.raise(("--data: %s: a folder of at least two .mid files expected, found %d"):format(path, #songs))
  end
  return songs
end

return tunes
