--- Jazz solo: an LSTM that hears the chords improvises over them.  Hochreiter and Schmidhuber 1997
-- Claim: held-out solos cost at least 0.8 bits a note less than the better of two trigrams takes; what it plays has the
-- corpus' share of chord tones on strong beats within 5 points; a note costs it 0.4 bits more with another tune's
-- chords, 0.7 without memory.  Of more than 12 notes no run is copied: such a note is drawn anew.
-- Takes: 25 s.
local opt = lunette.options {
  data = false,                -- a folder of MIDI files; see lib/tunes.lua for what is taken from them
  course = false,              -- the course's network, windows and training, see lib/jazz_course.lua
  values = 78,                 -- of the course's tokens: 78, in later versions 90
  lr = 4e-3,                   -- first rate of Adam, falling to 0 along a cosine
  steps = 1600,                -- updates
  batch = 16,                  -- solos in a step
  window = 64,                 -- notes of each
  units = 128,                 -- of the LSTM
  train = 1200,                -- solos to learn from
  held = 40,                   -- held out
  temperature = 0.9,           -- of what is played: below 1 safer, above 1 bolder
  swing = 0.64,                -- where an off-beat falls within its beat
  bpm = 150,                   -- beats a minute of what is played
  play = 0,                    -- choruses through the speakers when it has learnt; the sliders are heard at once
  seed = 1,                    -- of solos, weights and playing
  range = { swing = { 0.5, 0.9 }, values = { 20, 316 }, bpm = { 4, 1000 } },
  needs = { values = "course" },
  not_with = { train = "data", held = "data" },
  only = { course = "values data train out" },
  quick = { steps = 400, train = 240, held = 15, units = 96 },
}
local jazz, ngram, tunes = require "lib.jazz", require "lib.ngram", require "lib.tunes"
local tokens, live, sampling = require "lib.jazz_tokens", require "lib.jazz_live", require "lib.sampling"
local is = require "lib.shapes" ()     -- is(x, "m 4"): x must have this shape; a letter is one size everywhere

-- 1 Data --------------------------------------------------------------------------------------------------------------
-- Solos from a grammar over ii-V-I, turnarounds, blues and rhythm changes in all keys, held-out ones from another
-- random stream; or melodies of MIDI files, every fifth held out.  A note is one token: its pitch, from the root
-- of the chord of the moment (or a rest), and its length (lib/jazz_tokens.lua).

local V, token, after = tokens.V, tokens.of, tokens.after

local function corpus(count, stream)
  local rng = tensor.rng(stream)
  local function random(a, b) return tensor.randint(a, b, 1, { rng = rng })[1] end
  local songs = {}
  for i = 1, count do
    local tune = jazz.tune(random)
    tune.notes = jazz.solo(tune.chords, random)
    songs[i] = tune
  end
  return songs
end
local train, held = {}, {}
if opt.data then
  for k, song in ipairs(tunes.folder(opt.data)) do table.insert(k % 5 == 2 and held or train, song) end
else
  train, held = corpus(opt.train, 2 * opt.seed), corpus(opt.held, 2 * opt.seed + 1)
end

if opt.course then return require "lib.jazz_course" (train, opt) end

-- What the network hears at a beat: the kind of the chord, the next one from this one's root, how far that is, the
-- place in the bar, and how high the last note was.
local inputs = 4 + 12 + 4 + 1 + 4 + 6 + 1
local kind_number = {}
for k, name in ipairs(jazz.kind_names) do kind_number[name] = k end
local function hear(chords, beat, last)
  local chord, following, left = jazz.chord_at(chords, beat)
  local row = {}
  for k = 1, inputs do row[k] = 0 end
  row[kind_number[chord[2]]], row[4 + (following[1] - chord[1]) % 12 + 1], row[16 + kind_number[following[2]]] = 1, 1, 1
  row[21] = math.min(left, 8) / 8
  row[22 + math.floor(beat % 4)] = 1                                     -- which beat of the bar
  row[26 + math.floor(beat % 1 * 6 + 0.5)] = 1                           -- and where within it
  row[32] = last and last[1] > 0 and (last[1] - 69) / 12 or 0
  return row, chord
end

-- A solo as the tokens [t], each one's last note from the same root [t], and what is heard at each [t, inputs]: of its
-- own chords, or of others.
local function sequence(song, others)
  local ids, before, heard, beat, last, long = {}, {}, {}, 0, nil, jazz.beats(others or song.chords)
  for k, n in ipairs(song.notes) do
    local chord, row = jazz.chord_at(song.chords, beat), hear(others or song.chords, beat % long, last)
    ids[k], before[k], heard[k] = token(n, chord), last and token(last, chord) or 1, row
    beat, last = after(beat, n), n
  end
  return tensor(ids, { dtype = "i64" }), tensor(before, { dtype = "i64" }), tensor(heard)
end

-- 2 Model -------------------------------------------------------------------------------------------------------------
-- p(x_t | x_1 .. x_(t-1), chords) = softmax(W h_t + b), h_t = LSTM([E x_(t-1); what is heard at t]).

local embed, memory = nn.Embedding(V, 48), nn.LSTM(48 + inputs, opt.units)
local out = nn.Linear(opt.units, V)
local net = nn.Sequential { embed, memory, out }

--- before [n, t]: the last note before each, heard [n, t, inputs] -> scores [n, t, V] and the state.
local function scores(before, heard, state)
  local x = tensor.cat({ embed(before), heard }, 3)
  local y, h, c = memory(x, state)
  return out(y), { h = h, c = c }
end

-- 3 Loss --------------------------------------------------------------------------------------------------------------
-- -log p(x_t | ...), averaged, on windows of solos; the bits of a held-out solo are read at one go.  Without the chords
-- (those of another tune are heard) or without memory (every note is a sequence by itself) it must cost more.

local function bits(songs, without)
  local _ <close> = tensor.no_grad()                                   -- no gradients until the block ends
  local sum, n = 0, 0
  for k, song in ipairs(songs) do
    local ids, before, heard = sequence(song, without == "chords" and songs[k % #songs + 1].chords)
    local steps = without == "memory" and 2 or 1
    local s = scores(before:unsqueeze(steps), heard:unsqueeze(steps)):reshape(-1, V)
    sum, n = sum + nn.cross_entropy(s, ids, { reduction = "sum" }):item(), n + ids:numel()
  end
  return sum / n / math.log(2)
end

-- Trigrams of the same tokens, and of pitches as they are.
local function trigram_bits(name, root)
  local function ids(songs)
    local list = {}
    for k, song in ipairs(songs) do list[k] = tokens.all(song, root) end
    return list
  end
  local reached = ngram(ids(train), V):bits(ids(held), true)
  print(("trigram of pitches %s: %.3f bits a note"):format(name, reached))
  return reached
end

-- 4 Show --------------------------------------------------------------------------------------------------------------
-- The network plays over a tune that it has not heard: each note drawn from p sharpened by a temperature.

local corpus_runs = jazz.runs(train, 13)
local temperature = viz.slider("temperature", opt.temperature, { 0.2, 1.5 })
local swing = viz.slider("swing", opt.swing, { 0.5, 0.9 })

--- A function that gives one note after another over the chords, round and round; heat(): the temperature.
local function improviser(chords, rng, heat)
  local notes, at, beat, last, state, total = {}, 1, 0, nil, nil, jazz.beats(chords)
  return function()
    local _ <close> = tensor.no_grad()
    if beat >= total - 1e-6 then notes, at, beat = {}, 1, 0 end
    local s
    local row, chord = hear(chords, beat, last)
    s, state = scores(tensor({ { last and token(last, chord) or 1 } }, { dtype = "i64" }), tensor { { row } }, state)
    for _ = 1, 20 do                                                     -- a run of 13 notes of the corpus is no idea
      last = tokens.note(math.max(2, (sampling.draw(s:reshape(-1), heat(), rng))), chord)
      last[2] = math.min(last[2], total - beat)
      notes[at] = last
      if not corpus_runs[jazz.run(notes, 13) or 0] then break end
    end
    at, beat = at + 1, after(beat, last)
    return last
  end
end

local function improvise(chords, rng, heat)
  local next_note, notes, beat = improviser(chords, rng, heat), {}, 0
  repeat
    notes[#notes + 1] = next_note()
    beat = after(beat, notes[#notes])
  until beat >= jazz.beats(chords) - 1e-6
  return notes
end

local function show(notes) viz.roll("solo", tensor(tokens.rows(notes))) end

-- 5 Train, and the result ---------------------------------------------------------------------------------------------

local adam = optim.Adam { net, lr = opt.lr }
adam.schedule = optim.cosine { opt.lr, steps = opt.steps, warmup = 20 }
adam.clip = 1
local bar = math.min(trigram_bits "from the chord's root", trigram_bits("as they are", { 0 }))
local chance = tensor.rng(opt.seed + 100)
local function random(a, b) return tensor.randint(a, b, 1, { rng = chance })[1] end
local stage = held[1].chords
local ready = {}
for k, song in ipairs(train) do ready[k] = { sequence(song) } end

local sum, count = 0, 0
for step = 1, opt.steps do
  local before, heard, want = {}, {}, {}
  for k = 1, opt.batch do
    local ids, last, sound = table.unpack(ready[random(1, #ready)])
    local at = random(1, math.max(1, ids:numel() - opt.window + 1))
    local n = math.min(opt.window, ids:numel() - at + 1)
    local pad = opt.window - n
    before[k] = last:narrow(1, at, n):pad { { 0, pad } }:clamp(1, V)
    heard[k] = sound:narrow(1, at, n):pad { { 0, pad, 0, 0 } }
    want[k] = ids:narrow(1, at, n):pad { { 0, pad } }                    -- 0: not counted
  end
  local s = is(scores(tensor.stack(before), tensor.stack(heard)), "b t v")
  local loss = nn.cross_entropy(s:reshape(-1, V), tensor.stack(want):reshape(-1), { ignore = 0 })
  adam:step(loss)
  sum, count = sum + loss:item(), count + 1
  if step % math.max(1, opt.steps // 10) == 0 then
    local now = bits(held)
    viz.plot("bits a note/training", sum / count / math.log(2), { step = step })
    viz.plot("bits a note/held out", now, { step = step })
    viz.plot("bits a note/trigram", bar, { step = step })
    show(improvise(stage, chance, temperature))
    print(("step %5d   training %.3f   held out %.3f bits a note"):format(step, sum / count / math.log(2), now))
    sum, count = 0, 0
  end
end

local reached = bits(held)
local chords_worth, memory_worth = bits(held, "chords") - reached, bits(held, "memory") - reached

-- What it plays over held-out tunes: chord tones on strong beats beside the corpus', and its longest copied run.
local function strong(songs)
  local all, tones = 0, 0
  for _, song in ipairs(songs) do
    local a, t = jazz.strong_tones(song.notes, song.chords)
    all, tones = all + a, tones + t
  end
  return tones / all
end
local played = {}
for k = 1, math.min(20, #held) do
  local chords = held[k].chords
  played[k] = { chords = chords, notes = improvise(chords, chance, function() return opt.temperature end) }
end
local share, corpus_share = strong(played), strong(train)
local copied, natural = jazz.longest_copy(played, train), jazz.longest_copy({ table.unpack(held, 1, #played) }, train)
print(("held out: %.3f bits a note, the better trigram %.3f"):format(reached, bar))
print(("with another tune's chords %.3f more, without memory %.3f"):format(chords_worth, memory_worth))
print(("chord tones on strong beats: %.3f played, %.3f in the corpus"):format(share, corpus_share))
print(("longest run that stands in the corpus: %d notes played, %d of held-out solos"):format(copied, natural))

if opt.out then
  live.save(opt.out, improvise(stage, chance, temperature), stage, opt)
  assert(net:save(opt.out .. "/jazz_solo.safetensors"))
end
if opt.play > 0 then
  live.play(stage, improviser(stage, chance, temperature), { bpm = opt.bpm, swing = swing, choruses = opt.play })
end
local also = { { "chord_tones_apart", math.abs(share - corpus_share), below = opt.quick and 0.3 or 0.05 },
  { "copied", copied, below = 12 } }
if not opt.data then
  also[3] = { "chords_worth", chords_worth, above = opt.quick and 0.1 or 0.4 }
  also[4] = { "memory_worth", memory_worth, above = opt.quick and 0.5 or 0.7 }
end
return { measure = "gain", gain = bar - reached, above = opt.quick and 0.3 or 0.8, bits = reached, trigram = bar,
  also = also }
