--- Vectorisation: the same sums in loops and in tensor calls.  Harris et al. 2020, doi:10.1038/s41586-020-2649-2
-- Claim: the matrix product of the engine is at least 100 times as fast as three loops; all sums agree to 1e-3;
-- of four numbers and less both give to 1e-6 what is known by hand.
-- Takes: 2 s.
local opt = lunette.options {
  n = 192,                     -- rows and columns of the matrices
  elements = 100000,           -- length of the vectors
  seed = 1,                    -- of the random numbers
  range = { n = { 2, 1000 }, elements = { 100, 10000000 } },
  quick = { n = 96, elements = 20000 },
}
if opt.n > opt.elements then
  lunette.raise(("--elements: at least --n, %d, expected, found %d"):format(opt.n, opt.elements))
end

-- 1 Data --------------------------------------------------------------------------------------------------------------
-- Each quantity twice: as a tensor, for the calls, and as Lua tables of numbers, for the loops.

local n, N = opt.n, opt.elements
local is = require "lib.shapes" ()     -- is(x, "m 4"): x must have this shape; a letter is one size everywhere
local function numbers(x)
  local l = {}
  for name, t in pairs(x) do l[name] = t:totable() end
  return l
end
local large = { u = is(tensor.randn(N), "N"), v = is(tensor.randn(N), "N"), A = is(tensor.randn(n, n), "n n"),
  B = is(tensor.randn(n, n), "n n"), R = is(tensor.randn(N // 100, 100), "rows 100") }

-- Sums of so many numbers do not tell whether one is left out; of these few the results are known.
local small = { u = tensor { 1, 2 }, v = tensor { 3, -1 }, A = tensor { { 1, 2 }, { 3, 4 } },
  B = tensor { { 5, 6 }, { 7, 8 } }, R = tensor { { 3, 4 }, { 8, 6 } } }
local known = { dot = { 1 }, outer = { 3, -1, 6, -2 }, ["elementwise product"] = { 3, -2 },
  ["matrix product"] = { 19, 22, 43, 50 }, sigmoid = { 0.7310586, 0.8807971 },
  softmax = { 0.2689414, 0.7310586, 0.8807971, 0.1192029 }, ["row normalisation"] = { 0.6, 0.8, 0.8, 0.6 },
  ["L1 loss"] = { 5 }, ["L2 loss"] = { 13 } }

-- 2 The sums, in loops ------------------------------------------------------------------------------------------------

local loops = {}

--- y = sum_k u_k v_k
function loops.dot(l)
  local s = 0
  for k = 1, #l.u do s = s + l.u[k] * l.v[k] end
  return s
end

--- Y_ij = u_i v_j, of as many numbers as A has rows
function loops.outer(l)
  local Y = {}
  for i = 1, #l.A do
    local row = {}
    for j = 1, #l.A do row[j] = l.u[i] * l.v[j] end
    Y[i] = row
  end
  return Y
end

--- y_k = u_k v_k
loops["elementwise product"] = function(l)
  local y = {}
  for k = 1, #l.u do y[k] = l.u[k] * l.v[k] end
  return y
end

--- Y_ij = sum_k A_ik B_kj
loops["matrix product"] = function(l)
  local Y = {}
  for i, a in ipairs(l.A) do
    local row = {}
    for j = 1, #l.B[1] do
      local s = 0
      for k = 1, #a do s = s + a[k] * l.B[k][j] end
      row[j] = s
    end
    Y[i] = row
  end
  return Y
end

--- y_k = 1 / (1 + e^-u_k)
function loops.sigmoid(l)
  local y = {}
  for k = 1, #l.u do y[k] = 1 / (1 + math.exp(-l.u[k])) end
  return y
end

--- Y_ij = e^(R_ij - max_i) / sum_k e^(R_ik - max_i)
function loops.softmax(l)
  local Y = {}
  for i, r in ipairs(l.R) do
    local most, sum, row = math.max(table.unpack(r)), 0, {}
    for j = 1, #r do
      row[j] = math.exp(r[j] - most)
      sum = sum + row[j]
    end
    for j = 1, #r do row[j] = row[j] / sum end
    Y[i] = row
  end
  return Y
end

--- Y_i = R_i / |R_i|
loops["row normalisation"] = function(l)
  local Y = {}
  for i, r in ipairs(l.R) do
    local sum, row = 0, {}
    for j = 1, #r do sum = sum + r[j] * r[j] end
    for j = 1, #r do row[j] = r[j] / math.sqrt(sum) end
    Y[i] = row
  end
  return Y
end

--- y = sum_k |u_k - v_k|
loops["L1 loss"] = function(l)
  local s = 0
  for k = 1, #l.u do s = s + math.abs(l.u[k] - l.v[k]) end
  return s
end

--- y = sum_k (u_k - v_k)^2
loops["L2 loss"] = function(l)
  local s = 0
  for k = 1, #l.u do s = s + (l.u[k] - l.v[k]) ^ 2 end
  return s
end

-- 3 The same, in tensor calls -----------------------------------------------------------------------------------------

local calls = {
  { "dot", function(x) return x.u:dot(x.v) end },
  { "outer", function(x) return x.u:narrow(1, 1, x.A:size(1)):outer(x.v:narrow(1, 1, x.A:size(1))) end },
  { "elementwise product", function(x) return x.u * x.v end },
  { "matrix product", function(x) return x.A:mm(x.B) end },
  { "sigmoid", function(x) return x.u:sigmoid() end },
  { "softmax", function(x) return x.R:softmax(2) end },
  { "row normalisation", function(x) return x.R / x.R:square():sum { dim = 2, keepdim = true }:sqrt() end },
  { "L1 loss", function(x) return (x.u - x.v):abs():sum() end },
  { "L2 loss", function(x) return (x.u - x.v):square():sum() end },
}

-- 4 Show --------------------------------------------------------------------------------------------------------------

local function show(names, ratios) viz.bars("times as fast as loops", ratios, { labels = names, log = true }) end

-- 5 Measure, and the result -------------------------------------------------------------------------------------------

--- Least seconds of f(x), over repetitions that together last `span` at least.
local function seconds(f, x, span)
  local best, start = math.huge, lunette.clock()
  repeat
    local t = lunette.clock()
    f(x)
    best = math.min(best, lunette.clock() - t)
  until lunette.clock() - start > span
  return best
end

local function as_tensor(x)
  return lunette.is_tensor(x) and x or tensor(type(x) == "table" and x or { x }, { dtype = "f64" })
end

--- The largest |want - got| / (1 + |want|).
local function apart(want, got)
  want, got = as_tensor(want), as_tensor(got)
  return ((want - got):abs() / (1 + want:abs())):max():item()
end

local lists, few = numbers(large), numbers(small)
local names, ratios, differences, by_hand, product = {}, {}, {}, {}, nil
print(("vectors %s, matrices %s, rows %s"):format(lunette.typename(large.u), lunette.typename(large.A),
  lunette.typename(large.R)))
print "sum                     loops          tensors        faster"
for i, call in ipairs(calls) do
  local name, f = call[1], call[2]
  local loop, want = loops[name], tensor(known[name], { dtype = "f64" })
  differences[i] = apart(loop(lists), f(large))
  by_hand[i] = math.max(apart(want, as_tensor(loop(few)):reshape(-1)), apart(want, f(small):reshape(-1)))
  local slow, fast = seconds(loop, lists, 0.1), seconds(f, large, 0.1)
  names[i], ratios[i] = name, slow / fast
  if name == "matrix product" then product = slow / fast end
  print(("%-20s %9.3f ms %12.4f ms %9.0f x"):format(name, slow * 1e3, fast * 1e3, slow / fast))
  show(names, ratios)
end
if opt.out then
  local rows = {}
  for i, name in ipairs(names) do rows[i] = { name, ratios[i] } end
  assert(require "lib.results".table(opt.out .. "/vectorization.csv", { "sum", "times as fast" }, rows))
end
local function worst(list) return tensor(list, { dtype = "f64" }):max():item() end     -- NaN, too, is no small one
return { measure = "speedup", speedup = product, above = 100,
  also = { { "difference", worst(differences), below = 1e-3 }, { "by_hand", worst(by_hand), below = 1e-6 } } }
