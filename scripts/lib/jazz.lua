--- jazz.lua: solos over chord changes from a grammar: what jazz_solo learns from, and measures itself by.
-- A tune is a list of chords {root 0..11, kind, beats}; a solo a list of notes {pitch (MIDI), beats}, pitch 0 a rest,
-- of the same length in beats.  A line is made of cells, as players practise them: runs along the chord's scale,
-- arpeggios, enclosures (a step above, a half step below, the tone), half steps into a chord tone, turns in triplets,
-- long tones, and motifs: a cell that returns on the chord of that moment.  Beats 1 and 3 carry mainly chord tones.
local jazz = {}

--- Chord tones and scales in half steps above the root.
jazz.kinds = {
  maj7 = { tones = { 0, 4, 7, 11 }, scale = { 0, 2, 4, 5, 7, 9, 11 } },                -- major
  m7 = { tones = { 0, 3, 7, 10 }, scale = { 0, 2, 3, 5, 7, 9, 10 } },                  -- dorian
  ["7"] = { tones = { 0, 4, 7, 10 }, scale = { 0, 2, 4, 5, 7, 9, 10 } },               -- mixolydian
  m7b5 = { tones = { 0, 3, 6, 10 }, scale = { 0, 1, 3, 5, 6, 8, 10 } },                -- locrian
}
jazz.kind_names = { "maj7", "m7", "7", "m7b5" }
jazz.low, jazz.high = 55, 84                                             -- the instrument's range

-- Changes in the key of 0; root, kind, beats.
local forms = {
  { "ii-V-I", { { 2, "m7", 4 }, { 7, "7", 4 }, { 0, "maj7", 8 } }, 2 },
  { "minor ii-V-i", { { 2, "m7b5", 4 }, { 7, "7", 4 }, { 0, "m7", 8 } }, 2 },
  { "turnaround", { { 0, "maj7", 2 }, { 9, "7", 2 }, { 2, "m7", 2 }, { 7, "7", 2 } }, 4 },
  { "blues", { { 0, "7", 4 }, { 5, "7", 4 }, { 0, "7", 8 }, { 5, "7", 8 }, { 0, "7", 4 }, { 9, "7", 4 }, { 2, "m7", 4 },
    { 7, "7", 4 }, { 0, "7", 4 }, { 7, "7", 4 } }, 1 },
  { "rhythm changes", { { 0, "maj7", 2 }, { 9, "m7", 2 }, { 2, "m7", 2 }, { 7, "7", 2 }, { 4, "m7", 2 }, { 9, "7", 2 },
    { 2, "m7", 2 }, { 7, "7", 2 }, { 4, "7", 8 }, { 9, "7", 8 }, { 2, "7", 8 }, { 7, "7", 8 } }, 1 },
}

--- jazz.tune(random) -> {name, chords}: a form in a key; random(a, b): a whole number.
function jazz.tune(random)
  local form = forms[random(1, #forms)]
  local key, chords = random(0, 11), {}
  for _ = 1, form[3] do
    for _, c in ipairs(form[2]) do chords[#chords + 1] = { (c[1] + key) % 12, c[2], c[3] } end
  end
  return { name = form[1], key = key, chords = chords }
end

--- jazz.chord_at(chords, beat) -> chord, the next one, beats until that.
function jazz.chord_at(chords, beat)
  local at = 0
  for k, c in ipairs(chords) do
    if beat < at + c[3] - 1e-6 then return c, chords[k + 1] or c, at + c[3] - beat end
    at = at + c[3]
  end
  return chords[#chords], chords[#chords], 0
end

--- jazz.beats(chords): their sum.
function jazz.beats(chords)
  local sum = 0
  for _, c in ipairs(chords) do sum = sum + c[3] end
  return sum
end

local function contains(list, v)
  for _, x in ipairs(list) do
    if x == v then return true end
  end
  return false
end

--- jazz.is_tone(chord, pitch): is it one of the four tones of the chord?
function jazz.is_tone(chord, pitch) return contains(jazz.kinds[chord[2]].tones, (pitch - chord[1]) % 12) end

-- The pitch nearest to `near` whose class is in `classes` (above the chord's root), in range.
local function nearest(chord, classes, near)
  for d = 0, 11 do
    for _, p in ipairs { near + d, near - d } do
      if p >= jazz.low and p <= jazz.high and contains(classes, (p - chord[1]) % 12) then return p end
    end
  end
  return near
end

-- n steps along the classes from a pitch that is one of them; turns round at the ends of the range.
local function along(chord, classes, pitch, n)
  local step = n < 0 and -1 or 1
  for _ = 1, math.abs(n) do
    repeat
      pitch = pitch + step
      if pitch > jazz.high or pitch < jazz.low then step = -step end
    until contains(classes, (pitch - chord[1]) % 12) and pitch >= jazz.low and pitch <= jazz.high
  end
  return pitch
end

-- --- cells: (chord, pitch to begin near, direction, random) -> notes; the first stands on a beat ---------------------

local cells = {}
function cells.run(chord, pitch, direction, random)
  local kind, notes = jazz.kinds[chord[2]], {}
  local p = nearest(chord, kind.tones, pitch)
  for k = 1, 2 * random(2, 4) do
    notes[k] = { p, 0.5 }
    local chance = random(1, 10)                                         -- a leap, or a turn, now and then
    if chance <= 2 then direction = -direction end
    p = along(chord, kind.scale, p, chance > 6 and 2 * direction or direction)
  end
  return notes
end
function cells.arpeggio(chord, pitch, direction, random)
  local kind, notes = jazz.kinds[chord[2]], {}
  local p = nearest(chord, kind.tones, pitch)
  for k = 1, 4 do
    notes[k] = { p, 0.5 }
    p = along(chord, kind.tones, p, direction)
  end
  if random(1, 2) == 1 then notes[4] = { along(chord, kind.scale, notes[3][1], direction), 0.5 } end
  return notes
end
function cells.enclosure(chord, pitch, direction, random)
  local kind = jazz.kinds[chord[2]]
  local target = nearest(chord, kind.tones, pitch + direction * random(1, 4))
  local above = along(chord, kind.scale, target, 1)
  return { { nearest(chord, kind.tones, pitch), 0.5 }, { target, 0.5 }, { above, 0.5 }, { target - 1, 0.5 },
    { target, 1 } }
end
function cells.approach(chord, pitch, direction, random)
  local kind = jazz.kinds[chord[2]]
  local first = nearest(chord, kind.tones, pitch)
  local second = along(chord, kind.tones, first, direction * random(1, 2))
  return { { first, 0.5 }, { second - direction, 0.5 }, { second, 1 } }
end
function cells.turn(chord, pitch, direction)
  local kind = jazz.kinds[chord[2]]
  local p = nearest(chord, kind.tones, pitch)
  return { { p, 1 / 3 }, { along(chord, kind.scale, p, 1), 1 / 3 }, { p, 1 / 3 },
    { along(chord, kind.tones, p, direction), 1 } }
end
function cells.long(chord, pitch, _, random)
  return { { nearest(chord, jazz.kinds[chord[2]].tones, pitch), random(2, 4) / 2 + 0 } }
end
local cell_names = { "run", "run", "run", "arpeggio", "arpeggio", "enclosure", "enclosure", "approach", "turn", "long" }

local function length(notes)
  local sum = 0
  for _, n in ipairs(notes) do sum = sum + n[2] end
  return sum
end

--- jazz.solo(chords, random) -> notes.  A motif of the solo comes back in about a third of the phrases.
function jazz.solo(chords, random)
  local notes, beat, total = {}, 0, jazz.beats(chords)
  local pitch, direction, motif = random(64, 74), 1, nil
  local function put(p, d)
    d = math.min(d, total - beat)
    if d < 1e-6 then return end
    if p > 0 then p = math.max(jazz.low, math.min(jazz.high, p)) end
    notes[#notes + 1] = { p, d }
    beat = beat + d
  end
  while beat < total - 1e-6 do
    local phrase = beat + 4 * random(1, 3) - random(0, 2)
    local returns = motif and random(1, 3) == 1
    while beat < math.min(phrase, total) - 1e-6 do
      local chord, _, left = jazz.chord_at(chords, beat)
      if pitch > 78 then direction = -1 elseif pitch < 60 then direction = 1 end
      local name = cell_names[random(1, #cell_names)]
      local way = direction
      if returns then name, way = motif.name, motif.direction end
      local cell = cells[name](chord, pitch, way, random)
      if not returns and #cell >= 4 and random(1, 3) == 1 then motif = { name = name, direction = way } end
      local room = math.max(1, math.min(left, total - beat))
      for _, n in ipairs(cell) do
        if length { n } > room + 1e-6 then break end
        put(n[1], n[2])
        room = room - n[2]
        pitch = n[1]
      end
      local off = beat % 1
      if off > 1e-6 then put(pitch, 1 - off) end                         -- the next cell begins on a beat
      if random(1, 4) == 1 then direction = -direction end
    end
    put(0, random(1, 3) == 1 and 2 or 1)
  end
  return notes
end

--- jazz.strong_tones(notes, chords) -> how many notes begin on beats 1 and 3, and how many of them are chord tones.
function jazz.strong_tones(notes, chords)
  local beat, all, tones = 0, 0, 0
  for _, n in ipairs(notes) do
    if n[1] > 0 and beat % 2 < 1e-6 then
      all = all + 1
      if jazz.is_tone(jazz.chord_at(chords, beat), n[1]) then tones = tones + 1 end
    end
    beat = math.floor((beat + n[2]) * 12 + 0.5) / 12
  end
  return all, tones
end

-- Pitches and lengths of notes as text.
local function marks(notes)
  local list = {}
  for k, n in ipairs(notes) do list[k] = ("%d:%.2f"):format(n[1], n[2]) end
  return list
end

--- jazz.runs(songs, n) -> the set of all runs of n notes, pitches and lengths, as jazz.run(notes, n) names them.
function jazz.runs(songs, n)
  local set = {}
  for _, song in ipairs(songs) do
    local list = marks(song.notes)
    for k = 1, #list - n + 1 do set[table.concat(list, " ", k, k + n - 1)] = true end
  end
  return set
end

--- jazz.run(notes, n): the last n notes as one name; nil when there are fewer.
function jazz.run(notes, n)
  return #notes >= n and table.concat(marks({ table.unpack(notes, #notes - n + 1) }), " ") or nil
end

--- jazz.longest_copy(played, songs): notes in the longest run that stands in songs too.
function jazz.longest_copy(played, songs)
  local places, lists = {}, {}                                           -- of every mark: {song, index}
  for s, song in ipairs(songs) do
    lists[s] = marks(song.notes)
    for k, m in ipairs(lists[s]) do
      places[m] = places[m] or {}
      table.insert(places[m], { s, k })
    end
  end
  local longest = 0
  for _, one in ipairs(played) do
    local list = marks(one.notes)
    for k, m in ipairs(list) do
      for _, at in ipairs(places[m] or {}) do
        local other, n = lists[at[1]], 0
        while list[k + n] and list[k + n] == other[at[2] + n] do n = n + 1 end
        longest = math.max(longest, n)
      end
    end
  end
  return longest
end

return jazz
