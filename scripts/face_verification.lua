--- Face verification: pictures of one person become vectors that lie close.  Schroff et al. 2015, arXiv:1503.03832
-- Claim: at least 0.95 of balanced pairs of people never seen before are told same from different, and at least 0.85
-- of pictures find their person among 20 of whom one picture is known.
-- Takes: 140 s.
local opt = lunette.options {
  data = false,                -- a folder of people in LFW's layout: person/person_0001.jpg
  pairs = false,               -- of the people in --data, who are then the test: LFW's list, pairs.txt
  weights = false,             -- no training: what --out saved, nn4's folder of .csv, or a network: .onnx .h5 .keras
  prepare = "unit",            -- what a network takes: unit 0..1, signed -1..1, whitened: each by its own deviation
  camera = false,              -- a camera to name people in at the end: --camera, or --camera /dev/video1
  video = false,               -- a video file in its place
  enrol = false,               -- a folder of people to know beforehand, in the same layout
  net = "small",               -- small, or inception: nn4.small2, 96 x 96 to 128 numbers, 3 743 280 parameters
  threshold = 0.0,             -- distance under which two are one person; 0: from validation (inception: 0.7)
  size = 48,                   -- height and width of the pictures
  share = 1.0,                 -- of the middle of a file's or camera's pictures that is looked at (LFW: 0.6)
  people = 1000,               -- to learn from, drawn
  each = 6,                    -- pictures of each
  steps = 2200,                -- of training
  P = 16,                      -- people in a batch
  K = 4,                       -- pictures of each in it
  alpha = 0.2,                 -- margin of the triplet loss, in squared distance
  lr = 2e-3,                   -- first rate of AdamW, falling to 0 along a cosine
  linear = 4000,               -- steps of the linear model beside it
  frames = 200,                -- of the film at the end; 0: none
  seed = 1,                    -- of people and weights
  range = { frames = { 0 }, threshold = { 0, 2 }, share = { 0.05, 1 }, size = { 16, 256 },
    P = { 2, 128 }, K = { 2, 32 }, people = { 2, 20000 }, each = { 2, 200 }, alpha = { 0.001, 4 } },
  choice = { net = "small inception", prepare = "unit signed whitened" },
  needs = { pairs = "data", enrol = "video camera", share = "data video camera", prepare = "weights" },
  not_with = { size = "net=inception", people = "data weights", each = "data weights", steps = "weights", P = "weights",
    K = "weights", alpha = "weights", lr = "weights", linear = "weights",
    frames = "data video camera", video = "camera" },
  quick = { people = 260, each = 4, steps = 340, linear = 250, size = 32, frames = 20 },
}
local people, files, verify = require "lib.people", require "lib.people_files", require "lib.verify"
local seen, panels, results = require "lib.people_seen", require "lib.people_panels", require "lib.results"
local batches, network = require "lib.people_batches", require "lib.people_network"
local in_batches, saved, heart = require "lib.in_batches", require "lib.saved", require "lib.by_heart"
local is = require "lib.shapes" ()    -- is(x, "m 4"): x must have this shape

local elsewhere = opt.weights and network.read(opt)                    -- a network with layers of its own, or nil
local own = opt.weights and not elsewhere and network.known(opt)       -- what --out saved
local size = elsewhere and elsewhere.side or own and own.side or opt.net == "inception" and 96 or opt.size
local source, live = opt.video or opt.camera, viz.mode() == "window"
local function camera() return lunette.option(opt.video and "video" or "camera", seen.camera, source, size, opt.share,
  live) end
if source then select(2, camera()):close() end                         -- what cannot be seen is told before learning

-- 1 Data ------------------------------------------------------------------------------------------------------------
-- Pictures u8 [m, 48, 48, 3] with the number of the person on each.  Nobody is in two of the three parts: the network
-- has to find out what makes a person, not who these are.

local train, val, test, asked
if opt.data then
  train, val, test, asked = files.parts(opt.data, size, opt.share, opt.pairs or nil, own and own.learnt)
else
  local function stream(k, n, each)
    local x, ids, who = people.album(n, each, size, tensor.rng(4 * opt.seed + k))
    return { x = x, ids = ids, who = who }
  end
  train = opt.weights and {} or stream(0, opt.people, opt.each)
  local n, each = opt.quick and 40 or 100, opt.quick and 5 or 10
  val, test = stream(1, n, each), stream(2, n, each)
end
is(test.x, "m h h 3")
is(test.ids, "m")
local function ours(x) return x / 255 - (opt.net == "inception" and 0 or 0.5) end
local function scaled(x) return (elsewhere and network.prepared[opt.prepare] or ours)(x:to "f32") end

local batch = not opt.weights and batches(train, opt.P, opt.K)         -- P people, K of each: u8 [b, h, h, 3], ids [b]

-- 2 Model -----------------------------------------------------------------------------------------------------------
-- f(x) on the unit sphere: |f(x)| = 1.  Five convolutions halve height and width three times; a dense layer, which
-- still knows where things are, makes 64 numbers of the map.  --net inception: the course's network, 128 numbers.

local function convolutions()
  local w, d = 24, (size + 7) // 8
  return nn.Sequential { nn.ConvNorm { 3, w, 5, stride = 2 }, nn.ConvNorm { w, 2 * w, 3, stride = 2 },
    nn.ConvNorm { 2 * w, 2 * w, 3 }, nn.ConvNorm { 2 * w, 4 * w, 3, stride = 2 }, nn.ConvNorm { 4 * w, 4 * w, 3 },
    nn.Flatten(), nn.Linear(d * d * 4 * w, 64) }
end

local Face = nn.class "Face"
function Face:init(body)
  self.body = body
  self:buffer("threshold", tensor.zeros(1))                            -- saved with the weights
end
function Face:forward(x) return nn.normalize(self.body(x)) end
local net = Face(elsewhere or opt.net == "inception" and require "lib.inception" () or convolutions())
local count = 0
for _, p in pairs(net.body:state()) do count = count + p:numel() end
print(("%s: %d parameters, pictures %d x %d"):format(elsewhere and opt.weights or opt.net, count, size, size))
if opt.net == "inception" then assert(count == 3743280, "nn4.small2 has 3 743 280 parameters") end

--- Unit vectors of many pictures.
local function embed(model, x)
  model:eval()
  return in_batches(function(xs) return model(scaled(xs)) end, x)
end

-- 3 Loss ------------------------------------------------------------------------------------------------------------
-- An anchor a shall be nearer to a picture p of the same person than to n of another one, by the margin alpha:
--   L = mean over triplets of max(0, |f(a) - f(p)|^2 - |f(a) - f(n)|^2 + alpha)
-- Most triplets already hold, the hardest make all vectors fall together: of a batch take every pair (a, p), and the
-- nearest n that is farther than p (semi-hard when it is within alpha).  Where none is farther: the farthest there is.

--- e [b, d] unit vectors, ids [b] -> rows of anchors, positives, negatives, i64 [t] each.
local function semi_hard(e, ids)
  local b = e:size(1)
  local d = 2 - 2 * e:mm(e:t())                                        -- |f(i) - f(j)|^2
  local same = ids:unsqueeze(2):eq(ids:unsqueeze(1))                   -- [b, b]
  local pairs = (same & tensor.eye(b):lt(0.5)):nonzero()
  local a, p = pairs[{ {}, 1 }], pairs[{ {}, 2 }]                      -- [t]
  local to_p, others = d[a]:gather(2, p:unsqueeze(2)), ~same[a]        -- [t, 1], [t, b]
  local least, nearest = tensor.where(others & d[a]:gt(to_p), d[a], math.huge):min(2)
  local farthest = tensor.where(others, d[a], -1):argmax(2)
  return a, p, tensor.where(least:lt(math.huge), nearest, farthest)
end

--- f(a), f(p), f(n) are rows a, p, n of e [b, d] -> the loss, a number that carries gradients.
local function triplet_loss(e, a, p, n)
  local to_p, to_n = (e[a] - e[p]):square():sum(2), (e[a] - e[n]):square():sum(2)
  return (to_p - to_n + opt.alpha):relu():mean()
end

-- 4 Show ------------------------------------------------------------------------------------------------------------
-- Triplets of the batch, a map of people whom training has not seen, their distances with the threshold; who is seen.

--- Name who is before the camera, in a video or in a drawn film.
local function watch(book)
  if source then
    local again = viz.button "enrol who is seen"
    local function enrol(known)                                        -- without a window: who is seen first
      if (again() or 0) > 0 or (not live and known == 0) then return "person " .. known + 1 end
    end
    return seen.watch(book, (camera()), { panel = "camera", enrol = enrol })
  elseif test.who and opt.frames > 0 then
    for p, rows in ipairs(verify.by_person(test.ids)) do               -- three pictures of each of 20
      for k = 1, people.names[p] and 3 or 0 do book:enrol(test.x[rows[k]], people.names[p]) end
    end
    return seen.watch(book, panels.film(test, opt.frames, size, tensor.rng(4 * opt.seed + 3)), { panel = "film" })
  end
end

-- 5 Train, and the result ---------------------------------------------------------------------------------------------

local function pairs_of(part, k) return verify.pairs(part.ids, opt.quick and 2000 or 3000, tensor.rng(40 + k)) end
local vi, vj, vsame = pairs_of(val, 1)
local ti, tj, tsame
if asked then ti, tj, tsame = asked.i, asked.j, asked.same else ti, tj, tsame = pairs_of(test, 2) end

--- Vectors of both parts -> share of the test's pairs right at validation's threshold, one-shot recognition, threshold,
-- and among how many people one was found.
local function judge(ev, et, threshold)
  threshold = threshold or verify.threshold(verify.distances(ev, vi, vj), vsame)
  local shot, among = verify.one_shot(et, test.ids, { among = 20, rounds = 30, rng = tensor.rng(43) })
  return verify.accuracy(verify.distances(et, ti, tj), tsame, threshold), shot, threshold, among
end

local function learn(model, steps, lr, quiet)
  local adam = optim.AdamW { model, lr = lr, weight_decay = 0.02 }
  adam.schedule = optim.cosine { lr, steps = steps, warmup = math.min(20, steps // 5) }
  local every, sum = math.max(1, steps // 14), 0
  for step = 1, steps do
    model:train()
    local x, ids = batch()
    local e = model(scaled(x))
    local a, p, n = tensor.no_grad(semi_hard, e, ids)
    local loss = triplet_loss(e, a, p, n)
    adam:step(loss)
    sum = sum + loss:item()
    viz.gate()                                                         -- the window's pause and step hold here
    if not quiet and step % every == 0 then
      local ev = embed(model, val.x)
      local d = verify.distances(ev, vi, vj)
      local threshold, right = verify.threshold(d, vsame)
      viz.plot("loss/triplet", sum / every, { step = step })
      viz.plot("validation/pairs right", right, { step = step })
      panels.triplets(x, e:detach(), a, p, n)
      panels.map(ev, val)
      panels.distances(d, vsame, threshold)
      print(("step %5d   loss %.4f   validation: %.3f of pairs at %.2f"):format(step, sum / every, right, threshold))
      sum = 0
    end
  end
end

local fixed = opt.threshold > 0 and opt.threshold or opt.net == "inception" and 0.7 or nil
if not opt.weights then learn(net, opt.steps, opt.lr)
elseif not elsewhere then fixed = network.load(net, opt, own, fixed) end
local ev, et = embed(net, val.x), embed(net, test.x)
local right, shot, threshold, among = judge(ev, et, fixed)
net.threshold:fill_(threshold)
local d = verify.distances(et, ti, tj)
panels.map(et, test, true)
panels.distances(d, tsame, threshold)
local wrong = panels.mistakes(test.x, ti, tj, d, tsame, threshold)

-- Beside it: pixels as they are (less the mean picture, at length 1), and one matrix from pixels to 64 numbers that
-- learns with the same loss from the same batches, at the rate of two that validation's pairs prefer.
local rows = { { "network", right, shot, threshold, among } }
local function beside(name, ...)
  rows[#rows + 1] = { name, judge(...) }
  return rows[#rows][2]
end
local middle = scaled(val.x):mean(1)
local function flat(x) return nn.normalize((scaled(x) - middle):reshape(x:size(1), -1)) end
local nearest, linear = beside("nearest pixels", flat(val.x), flat(test.x)), nil
if not opt.weights then
  local line, most = nil, -1
  for _, rate in ipairs { opt.lr, opt.lr / 4 } do
    local one = Face(nn.Sequential { nn.Flatten(), nn.Linear(size * size * 3, 64) })
    learn(one, opt.linear, rate, true)
    local _, share = verify.threshold(verify.distances(embed(one, val.x), vi, vj), vsame)
    if share > most then line, most = one, share end
  end
  linear = beside("linear", embed(line, val.x), embed(line, test.x))
end
results.few(test.ids:max():item(), "people")
print(("on people never seen before     pairs right   found among %-2d   threshold"):format(among))
for _, r in ipairs(rows) do print(("%-32s %8.3f %14.3f %13.2f"):format(table.unpack(r))) end
if not linear then print "linear                           not trained with --weights" end
if asked then require "lib.people_pairs".tell(asked, d) end

if opt.out then
  if not elsewhere then
    saved.write(opt.out .. "/face_verification.safetensors", "face_verification", net, { net = { opt.net },
      size = { size }, share = { own and own.share or opt.data and opt.share or nil } }, heart.known(own, opt, train.x))
  end
  assert(results.table(opt.out .. "/face_verification.csv", { "model", "pairs right", "one-shot", "threshold",
    "among" }, rows))
  assert(tensor.save(opt.out .. "/face_verification.png", wrong))
end

-- Two questions, two thresholds.  Do two pictures show one person?  The one above: fewest mistakes in as many pairs of
-- one person as of two.  Who of many is this, or a stranger?  Everybody known is a chance to be taken for another, so
-- the distance must be so small that only 1 in 500 of validation's pairs of two people lie nearer.
local strict, found = verify.at_far(verify.distances(ev, vi, vj), vsame, 0.002)
print(("to name one of many: nearer than %.2f (validation: %.3f of pairs of one, 0.002 of two)"):format(strict, found))
local book = seen.book(function(x) return embed(net, x) end, opt.threshold > 0 and opt.threshold or strict)
if opt.enrol then files.enrol(book, opt.enrol, size, opt.share) end
print(watch(book) or "nobody is watched")

local claim = { measure = "accuracy", accuracy = right, above = opt.quick and 0.75 or 0.95, linear = linear,
  nearest = nearest, majority = 0.5, semi_hard = semi_hard, triplet_loss = triplet_loss, net = net,
  also = { opt.data and { "one_shot_gain", shot - math.max(rows[2][3], linear and rows[3][3] or 0), above = 0 }
    or { "one_shot", shot, above = opt.quick and 0.3 or 0.85 },
    opt.quick and linear and not opt.data and { "over_line", right - linear, above = 0.035 } or nil } }
return opt.data and results.beside(claim, "gain", right, linear, nearest, claim.majority) or claim
