--- Vectorisation: the same sums in loops and in tensor calls.  Harris et al. 2020, doi:10.1038/s41586-020-2649-2
-- Claim: the matrix product of the engine is at least 100 times as fast as three loops; all sums agree to 1e-3.
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
-- Each quantity twice: as a tensor, and as Lua tables of numbers.

local n, N = opt.n, opt.elements
local is = require "lib.shapes" ()     -- is(x, "m 4"): x must have this shape; a letter is one size everywhere
local u, v = is(tensor.randn(N), "N"), is(tensor.randn(N), "N")
local A, B = is(tensor.randn(n, n), "n n"), is(tensor.randn(n, n), "n n")
local R = is(tensor.randn(N // 100, 100), "rows 100")
local lu, lv, lA, lB, lR = u:totable(), v:totable(), A:totable(), B:totable(), R:totable()

-- 2 The sums, in loops ------------------------------------------------------------------------------------------------

local loops = {}

--- y = sum_k u_k v_k
function loops.dot()
  local s = 0
  for k = 1, #lu do s = s + lu[k] * lv[k] end
  return s
end

--- Y_ij = u_i v_j, of the first n numbers
function loops.outer()
  local Y = {}
  for i = 1, n do
    local row = {}
    for j = 1, n do row[j] = lu[i] * lv[j] end
    Y[i] = row
  end
  return Y
end

--- y_k = u_k v_k
loops["elementwise product"] = function()
  local y = {}
  for k = 1, #lu do y[k] = lu[k] * lv[k] end
  return y
end

--- Y_ij = sum_k A_ik B_kj
loops["matrix product"] = function()
  local Y = {}
  for i = 1, n do
    local row, a = {}, lA[i]
    for j = 1, n do
      local s = 0
      for k = 1, n do s = s + a[k] * lB[k][j] end
      row[j] = s
    end
    Y[i] = row
  end
  return Y
end

--- y_k = 1 / (1 + e^-u_k)
function loops.sigmoid()
  local y = {}
  for k = 1, #lu do y[k] = 1 / (1 + math.exp(-lu[k])) end
  return y
end

--- Y_ij = e^(R_ij - max_i) / sum_k e^(R_ik - max_i)
function loops.softmax()
  local Y = {}
  for i, r in ipairs(lR) do
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
loops["row normalisation"] = function()
  local Y = {}
  for i, r in ipairs(lR) do
    local sum, row = 0, {}
    for j = 1, #r do sum = sum + r[j] * r[j] end
    for j = 1, #r do row[j] = r[j] / math.sqrt(sum) end
    Y[i] = row
  end
  return Y
end

--- y = sum_k |u_k - v_k|
loops["L1 loss"] = function()
  local s = 0
  for k = 1, #lu do s = s + math.abs(lu[k] - lv[k]) end
  return s
end

--- y = sum_k (u_k - v_k)^2
loops["L2 loss"] = function()
  local s = 0
  for k = 1, #lu do s = s + (lu[k] - lv[k]) ^ 2 end
  return s
end

-- 3 The same, in tensor calls -----------------------------------------------------------------------------------------

local calls = {
  { "dot", function() return u:dot(v) end },
  { "outer", function() return is(u[{ { 1, n } }]:outer(v[{ { 1, n } }]), "n n") end },
  { "elementwise product", function() return is(u * v, "N") end },
  { "matrix product", function() return is(A:mm(B), "n n") end },
  { "sigmoid", function() return u:sigmoid() end },
  { "softmax", function() return is(R:softmax(2), "rows 100") end },
  { "row normalisation", function() return is(R / R:square():sum { dim = 2, keepdim = true }:sqrt(), "rows 100") end },
  { "L1 loss", function() return (u - v):abs():sum() end },
  { "L2 loss", function() return (u - v):square():sum() end },
}

-- 4 Show --------------------------------------------------------------------------------------------------------------

local function show(names, ratios) viz.bars("times as fast as loops", ratios, { labels = names, log = true }) end

-- 5 Measure, and the result -------------------------------------------------------------------------------------------

--- Least seconds of a call, over repetitions that together last `span` at least.
local function seconds(f, span)
  local best, start = math.huge, lunette.clock()
  repeat
    local t = lunette.clock()
    f()
    best = math.min(best, lunette.clock() - t)
  until lunette.clock() - start > span
  return best
end

--- The largest |loop - call| / (1 + |loop|).
local function apart(loop, call)
  local want = type(loop) == "table" and tensor(loop, { dtype = "f64" }) or tensor { loop, dtype = "f64" }
  return ((want - call:reshape(want.shape)):abs() / (1 + want:abs())):max():item()
end

local names, ratios, differences, product = {}, {}, {}, nil
print(("vectors %s, matrices %s, rows %s"):format(lunette.typename(u), lunette.typename(A), lunette.typename(R)))
print "sum                     loops          tensors        faster"
for i, call in ipairs(calls) do
  local name, f = call[1], call[2]
  differences[i] = apart(loops[name](), f())
  local slow, fast = seconds(loops[name], 0.1), seconds(f, 0.1)
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
local worst = tensor(differences):max():item()                         -- NaN, too, is no small difference
return { measure = "speedup", speedup = product, above = 100, also = { { "difference", worst, below = 1e-3 } } }
