--- Dinosaurus: a recurrent network invents names, letter by letter.  Elman 1990, doi:10.1207/s15516709cog1402_1
-- Claim: 0.01 bits per character fewer on held-out names than the best of n-gram models up to 5 (the rnn: up to 3),
-- which need 2.6 at most (up to 3: 3.1); 0.9 of its names are new, and like others: by that n-gram at most 0.5
-- bits more than held-out ones, last letters 0.3 apart.  On --data: no more bits than the best n-gram.
-- --course: its loss of a name falls to 22.4, where the course ends.
-- Takes: 9 s.
local opt = lunette.options {
  data = false,                -- a text in UTF-8: a name or a sentence a line, each read once; or prose, for the lstm
  model = "lstm",              -- rnn or lstm; the lstm writes in the style of a longer text
  course = false,              -- as the course has it: an rnn of 50 units, 27 characters, a name a step, rate 0.01
  units = 128,                 -- of the memory
  drop = 0.5,                  -- share of the memory that is hidden from the answer while it learns
  batch = 32,                  -- names in a step
  lr = 6e-3,                   -- first rate of AdamW, falling to 0 along a cosine
  clip = 5.0,                  -- largest element of a gradient
  steps = 35000,               -- names read
  temperature = 0.8,           -- of the names invented: lower is safer, higher bolder
  length = 60,                 -- longest line of a text given by --data, 62 at most; others are cut at a space
  show = 500,                  -- names between two points of the curve
  seed = 1,                    -- of the split and the weights
  range = { length = { 2, 62 }, drop = { 0, 0.95 } },
  preset = { course = { model = "rnn", units = 50, drop = 0, batch = 1, lr = 0.01 } }, not_with = { model = "course" },
  paths = { data = "file" },
  quick = { steps = 25000 },
}
local characters, sampling = require "lib.characters", require "lib.sampling"
local ngram, likeness = require "lib.ngram", require "lib.likeness"
local is = require "lib.shapes" ()     -- is(x, "m 4"): x must have this shape; a letter is one size everywhere

-- 1 Data --------------------------------------------------------------------------------------------------------------
-- Names of genera, one a line; every tenth of a random order is held out.  A name is a sequence of ids: the network
-- reads (end, d, i, n, o) and is asked for (d, i, n, o, end), so that it also learns how names begin and end.

local whole = opt.data and characters.text(opt.data, opt.course) or lunette.file "scripts/lib/dinosaurs.txt"
local lines = characters.lines(whole, opt.length)
local what = characters.names(lines) and "name" or "line"
if what == "line" and opt.model == "lstm" and utf8.len(whole) >= 2000 then return require "lib.longer" (whole, opt) end
if opt.data then lines = characters.distinct(opt.data, lines) end
if opt.course then lines = characters.plain(lines) end
local alphabet = characters.alphabet(opt.course and { "abcdefghijklmnopqrstuvwxyz" } or lines)
local V, H = #alphabet, opt.units
local train, held, known = {}, {}, {}
for i, k in ipairs(tensor.randperm(#lines):totable()) do
  local ids = alphabet:encode(lines[k])
  known[lines[k]] = true
  table.insert(i % 10 == 0 and held or train, ids)
end

--- Names as tensors [n, T]: what is read, what follows, and 1 where there is something to ask for; T of the longest.
local function pack(names)
  local T, read, want, asked = 0, {}, {}, {}
  for _, ids in ipairs(names) do T = math.max(T, #ids + 1) end
  for i, ids in ipairs(names) do
    local r, w, a = {}, {}, {}
    for t = 1, T do r[t], w[t], a[t] = ids[t - 1] or 1, ids[t] or 1, t <= #ids + 1 and 1 or 0 end
    read[i], want[i], asked[i] = r, w, a
  end
  return tensor(read, { dtype = "i64" }), tensor(want, { dtype = "i64" }), tensor(asked)
end
print(("%d %ss to learn from, %d held out, %d characters"):format(#train, what, #held, V))

-- 2 Model -------------------------------------------------------------------------------------------------------------
-- a_t = tanh(x_t Wx + a_(t-1) Wa + b)       the memory: what was read so far, in H numbers
-- p(next | read so far) = softmax(a_t Wy + by)
-- x_t is one-hot, so x_t Wx is row x_t of Wx.  The lstm's memory has gates, which keep it: Hochreiter and Schmidhuber
-- 1997.  Names are few: while it learns, a part of memory and letters is hidden (dropout, Srivastava et al. 2014).

if opt.model ~= "rnn" and opt.model ~= "lstm" then
  lunette.raise(("--model must be rnn or lstm, got '%s'"):format(opt.model))
end
local function weight(i, o)
  local w = tensor.randn(i, o) * 0.01
  return (opt.course and w or nn.init.xavier_uniform(w)):requires_grad()
end
local gates, letter = 1, V
if opt.model == "lstm" then gates, letter = 4, 32 end
local P = {
  E = gates == 4 and tensor.randn(V, letter):requires_grad() or nil,   -- the lstm learns a vector for each letter
  Wx = weight(letter, gates * H), Wa = weight(H, gates * H), b = tensor.zeros(gates * H):requires_grad(),
  Wy = weight(H, V), by = tensor.zeros(V):requires_grad(),
}

local memory = {}

--- ids [N, T], state or nil -> every a_t [N, T, H], the last state.
function memory.rnn(ids, a)
  local N, T = ids:size(1), ids:size(2)
  local from_input, states = nn.embedding(ids, P.Wx), {}               -- [N, T, H]
  if opt.course and not a then                                         -- the course reads zeros before the first letter
    from_input = from_input * tensor.arange(0, T - 1):gt(0):to "f32":view(1, T, 1)
  end
  from_input = from_input + P.b
  a = a or tensor.zeros(N, H)
  for t = 1, T do
    a = (from_input:select(2, t) + a:mm(P.Wa)):tanh()
    states[t] = a
  end
  return tensor.stack(states, 2), a
end

function memory.lstm(ids, state, drop)
  local x = nn.embedding(ids, P.E)                                     -- [N, T, 32]
  if drop then x = nn.dropout(x, drop / 2) end
  local y, h, c = nn.lstm { x, wx = P.Wx, wh = P.Wa, bx = P.b, h0 = state and state[1],
    c0 = state and state[2] }
  return y, { h, c }
end

--- ids [N, T] -> scores [N, T, V] of what follows, the last state.
local function scores(ids, state, drop)
  local a, last = memory[opt.model](ids, state, drop)
  if drop then a = nn.dropout(a, drop) end
  return a:mm(P.Wy) + P.by, last
end

-- 3 Loss --------------------------------------------------------------------------------------------------------------
-- L = -sum_t log p(x_(t+1) | x_1 ... x_t), in nats for a whole name; bits per character are L / (T log 2).
-- Gradients are clipped to -clip..clip element by element: through many steps they can explode.

--- The mean over names.
local function loss_of(read, want, asked)
  local z = scores(read, nil, opt.drop > 0 and opt.drop)
  local each = nn.cross_entropy(z:reshape(-1, V), want:reshape(-1), { reduction = "none" })
  return (each * asked:reshape(-1)):sum() / read:size(1)
end

--- Held out: log p of each letter that follows what was read, and of the end.
local function bits(names)
  local _ <close> = tensor.no_grad()                                   -- no gradients until the block ends
  local sum, n = 0, 0
  for _, ids in ipairs(names) do
    local log_p = scores(tensor({ { 1, table.unpack(ids) } }, { dtype = "i64" }))[1]:log_softmax(2)
    for t = 1, #ids + 1 do sum = sum - log_p[{ t, ids[t] or 1 }] end
    n = n + #ids + 1
  end
  return sum / n / math.log(2)
end

-- 4 Show --------------------------------------------------------------------------------------------------------------
-- New names, each letter drawn from p sharpened by a temperature, and shaded by its probability.

local chance, temperature = tensor.rng(opt.seed + 1), viz.slider("temperature", opt.temperature, { 0.1, 2 })

local function invent(heat)
  local _ <close> = tensor.no_grad()
  local id, state, letters, shade = 1, nil, {}, {}
  while #letters < 2 * opt.length do
    local z, p
    z, state = scores(tensor({ { id } }, { dtype = "i64" }), state)
    id, p = sampling.draw(z[{ 1, 1 }], heat, chance)
    if id == 1 then break end
    letters[#letters + 1] = alphabet[id]
    for _ = 1, #alphabet[id] do shade[#shade + 1] = p end
  end
  return table.concat(letters), shade
end

local function show_samples()
  local text, shade = {}, {}
  for k = 1, 7 do
    local name, p = invent(temperature())
    text[k] = name
    table.move(p, 1, #p, #shade + 1, shade)
    shade[#shade + 1] = 1                                  -- the line's end
  end
  viz.text(("new %ss"):format(what), table.concat(text, "\n") .. "\n", { shade = shade })
  return text[1]
end

-- 5 Train, and the result ---------------------------------------------------------------------------------------------
-- The bar: interpolated n-gram models, which count what followed the last n - 1 letters; the best one.

is(scores((pack { train[1] })), ("1 %d %d"):format(#train[1] + 1, V))
local best, order_of_best, judge = math.huge, 0, nil
for n = 1, opt.model == "rnn" and 3 or 5 do
  local model = ngram(train, V, n)
  local b = model:bits(held)
  print(("%d-gram model: %.3f bits per character on held-out %ss"):format(n, b, what))
  if b < best then best, order_of_best, judge = b, n, model end
end
local bar = ("best n-gram (%d)"):format(order_of_best)

local weights = { P.Wx, P.Wa, P.b, P.Wy, P.by, P.E }
local descent = opt.course and optim.SGD { weights, lr = opt.lr }
  or optim.AdamW { weights, lr = opt.lr, weight_decay = 0.01 }
local updates = (opt.steps + opt.batch - 1) // opt.batch
if not opt.course then descent.schedule = optim.cosine { opt.lr, steps = updates } end
descent.clip_value = opt.clip

-- The course's curve: every loss counts for a thousandth; it begins at that of a name of 7 letters, all alike.
local smooth, order, sum, count, shown, told = 7 * math.log(V), nil, 0, 0, 0, 0
local at = #train
for update = 1, updates do
  local names = {}
  for k = 1, math.min(opt.batch, #train) do
    if at == #train then                                               -- all read: again, in another order
      at = 0
      if not (opt.course and order) then order = tensor.randperm(#train):totable() end
    end
    at = at + 1
    names[k] = train[order[at]]
  end
  local loss = loss_of(pack(names))
  descent:step(loss)
  sum, count = sum + loss:item(), count + 1
  if opt.course then smooth = 0.999 * smooth + 0.001 * loss:item() end
  local read = update * opt.batch
  if read // opt.show > shown then
    shown = read // opt.show
    viz.plot(("loss of a %s/training"):format(what), sum / count, { step = read })
    if opt.course then viz.plot(("loss of a %s/smoothed as there"):format(what), smooth, { step = read }) end
    if shown // 10 > told then
      told = shown // 10
      local now = bits(held)
      viz.plot("bits per character/held out", now, { step = read })
      viz.plot("bits per character/" .. bar, best, { step = read })
      local loss_now = opt.course and smooth or sum / count
      print(("%6d names  loss %.2f  held out %.3f bits  %s"):format(read, loss_now, now, show_samples()))
    end
    sum, count = 0, 0
  end
end

local reached, novel, names, invented = bits(held), 0, {}, {}
for k = 1, 200 do
  names[k] = invent(opt.temperature)
  invented[k] = alphabet:encode(names[k])
  if names[k] ~= "" and not known[names[k]] then                       -- and each is counted once
    novel, known[names[k]] = novel + 1, true
  end
end
print(("held out %.3f bits per character, %s %.3f"):format(reached, bar, best))
print(("%d of 200 invented %ss are new: %s"):format(novel, what, table.concat(names, ", ", 1, 8)))

if opt.out then assert(tensor.save(opt.out .. "/dinosaurus.safetensors", P)) end
local claim = { measure = "gain", gain = best - reached, above = opt.data and 0 or 0.01, bits = reached, ngram = best,
  training = bits(train), novel = novel / 200 }
if not opt.data then
  local read, want, asked = pack(held)
  opt.drop = 0                                                         -- the same bits, all names at once
  local recount = loss_of(read, want, asked):item() * #held / asked:sum():item() / math.log(2) / reached
  claim.also = { { "novel", novel / 200, above = 0.9 }, { "ngram", best, below = opt.model == "rnn" and 3.1 or 2.6 },
    { "recount", math.abs(recount - 1), below = 1e-3 }, likeness.strange(judge, invented, best),
    likeness.ends(invented, train), likeness.twins(held, train) }
end
if opt.course then                                                     -- it makes no claim about held-out names
  print(("smoothed loss %.2f, from %.2f; the course's falls from 23.09 to about 22.4"):format(smooth, 7 * math.log(V)))
  claim.measure, claim.smoothed, claim.above, claim.below = "smoothed", smooth, nil, not opt.data and 22.4 or nil
end
return claim
