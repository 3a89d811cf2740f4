--- Dinosaurus: a recurrent network invents names, letter by letter.  Elman 1990, doi:10.1207/s15516709cog1402_1
-- Claim: fewer bits per character on held-out names than an interpolated trigram model needs.
-- Takes: 2 s.
local opt = lunette.options {
  data = false,                -- a text in UTF-8: a name or a sentence a line, each read once; or prose, for the lstm
  model = "rnn",               -- rnn or lstm; the lstm writes in the style of a longer text
  course = false,              -- lower case, 27 characters, and the course's rate and smoothed loss
  units = 50,                  -- of the memory; 128 at least for a longer text
  lr = 0.01,                   -- first rate, falling to 0 in a line
  clip = 5,                    -- largest element of a gradient
  steps = 35000,               -- names read
  temperature = 0.8,           -- of the names invented: lower is safer, higher bolder
  length = 60,                 -- longest line of a text given by --data, 62 at most; others are cut at a space
  show = 500,                  -- steps between two points of the curve
  seed = 1,                    -- of the split and the weights
  range = { length = { 2, 62 } },
  quick = { steps = 20000 },
}
local characters = require "lib.characters"
local sampling = require "lib.sampling"
local ngram = require "lib.ngram"
local is = require "lib.shapes" ()

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

local function pair(ids)
  local read, want = { 1 }, table.move(ids, 1, #ids, 1, {})
  table.move(ids, 1, #ids, 2, read)
  want[#want + 1] = 1
  return tensor(read, { dtype = "i64" }), tensor(want, { dtype = "i64" })
end
print(("%d %ss to learn from, %d held out, %d characters"):format(#train, what, #held, V))

-- 2 Model -------------------------------------------------------------------------------------------------------------
-- a_t = tanh(x_t Wx + a_(t-1) Wa + b)       the memory: what was read so far, in H numbers
-- p(next | read so far) = softmax(a_t Wy + by)
-- x_t is one-hot, so x_t Wx is row x_t of Wx.  With --model lstm the memory has gates: Hochreiter and Schmidhuber 1997.

local function weight(...) return (tensor.randn(...) * 0.01):requires_grad() end
local gates = opt.model == "lstm" and 4 or 1
if opt.model ~= "rnn" and gates == 1 then lunette.raise(("--model must be rnn or lstm, got '%s'"):format(opt.model)) end
local P = {
  Wx = weight(V, gates * H), Wa = weight(H, gates * H), b = tensor.zeros(gates * H):requires_grad(),
  Wy = weight(H, V), by = tensor.zeros(V):requires_grad(),
}

-- The course's network reads zeros before the first letter, and not a one-hot end.
local function first_is_nothing(T) return tensor.arange(0, T - 1):gt(0):to "f32":view(T, 1) end

local memory = {}

--- ids [T], state or nil -> every a_t [T, H], the last state.
function memory.rnn(ids, a)
  local from_input, states = nn.embedding(ids, P.Wx), {}
  if opt.course and not a then from_input = from_input * first_is_nothing(ids:size(1)) end
  from_input = from_input + P.b
  a = a or tensor.zeros(1, H)
  for t = 1, ids:size(1) do
    a = (from_input:narrow(1, t, 1) + a:mm(P.Wa)):tanh()
    states[t] = a
  end
  return #states == 1 and a or tensor.cat(states, 1), a
end

function memory.lstm(ids, state)
  local x = tensor.eye(V)[ids]:unsqueeze(1)
  local y, h, c = nn.lstm { x, wx = P.Wx, wh = P.Wa, bx = P.b, h0 = state and state[1], c0 = state and state[2] }
  return y:squeeze(1), { h, c }
end

local function scores(ids, state)
  local a, last = memory[opt.model](ids, state)
  return a:mm(P.Wy) + P.by, last
end

-- 3 Loss --------------------------------------------------------------------------------------------------------------
-- L = -sum_t log p(x_(t+1) | x_1 ... x_t), in nats for a whole name; bits per character are L / (T log 2).
-- Gradients are clipped to -clip..clip element by element: through many steps they can explode.

local function loss_of(read, want) return nn.cross_entropy(scores(read), want, { reduction = "sum" }) end

local function bits(names)
  local _ <close> = tensor.no_grad()
  local sum, n = 0, 0
  for _, ids in ipairs(names) do
    sum, n = sum + loss_of(pair(ids)):item(), n + #ids + 1
  end
  return sum / n / math.log(2)
end

-- 4 Show --------------------------------------------------------------------------------------------------------------
-- New names, each letter drawn from p sharpened by a temperature, and shaded by its probability.

local chance = tensor.rng(opt.seed + 1)
local temperature = viz.slider("temperature", opt.temperature, { 0.1, 2 })

local function invent(heat)
  local _ <close> = tensor.no_grad()
  local id, state, letters, shade = 1, nil, {}, {}
  while #letters < 2 * opt.length do
    local z, p
    z, state = scores(tensor { id, dtype = "i64" }, state)
    id, p = sampling.draw(z[1], heat, chance)
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
-- One name a step, as the course does it, but in a new order each time round and with a rate that falls to 0.

local pairs_of = {}
for i, ids in ipairs(train) do pairs_of[i] = { pair(ids) } end
is(scores(pairs_of[1][1]), ("%d %d"):format(#train[1] + 1, V))

local weights = { P.Wx, P.Wa, P.b, P.Wy, P.by }
local descent = opt.model == "rnn" and optim.SGD { weights, lr = opt.lr } or optim.Adam { weights, lr = opt.lr / 2 }
descent.clip_value = opt.clip
local rate = descent.lr

local trigram = ngram(train, V):bits(held)
print(("trigram model: %.3f bits per character on held-out %ss"):format(trigram, what))

-- The course's curve: every loss counts for a thousandth; it begins at that of a name of 7 letters, all alike.
local smooth, order, sum, count = 7 * math.log(V), nil, 0, 0
for step = 1, opt.steps do
  local at = (step - 1) % #train + 1
  if at == 1 and not (opt.course and order) then order = tensor.randperm(#train):totable() end
  local loss = loss_of(table.unpack(pairs_of[order[at]]))
  descent.lr = opt.course and rate or rate * (1 - (step - 1) / opt.steps)
  descent:step(loss)
  sum, count = sum + loss:item(), count + 1
  smooth = 0.999 * smooth + 0.001 * loss:item()
  if step % opt.show == 0 then
    viz.plot(("loss of a %s/training"):format(what), sum / count, { step = step })
    if opt.course then viz.plot(("loss of a %s/smoothed as in the course"):format(what), smooth, { step = step }) end
    if step % (10 * opt.show) == 0 then
      local now = bits(held)
      viz.plot("bits per character/held out", now, { step = step })
      viz.plot("bits per character/trigram", trigram, { step = step })
      print(("step %6d  loss %.2f  held out %.3f bits  %s"):format(step, opt.course and smooth or sum / count, now,
        show_samples()))
    end
    sum, count = 0, 0
  end
end

local reached, novel, names = bits(held), 0, {}
for k = 1, 200 do
  names[k] = invent(opt.temperature)
  if not known[names[k]] then novel = novel + 1 end
end
print(("held out %.3f bits per character, trigram %.3f"):format(reached, trigram))
print(("%d of 200 invented %ss are in no list: %s"):format(novel, what, table.concat(names, ", ", 1, 8)))
if opt.course then print(("smoothed loss %.2f; the course's falls from 23.09 to about 22.4"):format(smooth)) end

if opt.out then assert(tensor.save(opt.out .. "/dinosaurus.safetensors", P)) end
return { measure = "bits", bits = reached, below = trigram, novel = novel / 200, training = bits(train) }
