--- Gradient checking: derivatives by hand against central differences.  Bengio 2012, arXiv:1206.5533, section 4.2
-- Claim: by-hand gradients differ from central differences by at most 1e-7; every planted error is found and placed.
-- Takes: under a second.
local opt = lunette.options {
  epsilon = 1e-7,              -- step of the central differences
  batch = 3,                   -- samples
  planted = 1.5,               -- factor of the planted errors
  seed = 1,                    -- of inputs and weights
}
local is = require "lib.shapes" ()

-- 1 Data --------------------------------------------------------------------------------------------------------------
-- A few random inputs and labels in f64: a check needs no more.

local X = is(tensor.randn { opt.batch, 4, dtype = "f64" }, "m 4")
local Y = is(tensor.rand(opt.batch, 1):gt(0.5):to "f64", "m 1")

-- 2 Model -------------------------------------------------------------------------------------------------------------
-- 4-5-3-1: z_l = a_(l-1) W_l + b_l, a_l = relu(z_l), and p = sigmoid(z_3).

local sizes = { 4, 5, 3, 1 }
local names, theta = {}, {}
for l = 1, 3 do
  names[#names + 1], names[#names + 2] = "W" .. l, "b" .. l
  theta["W" .. l] = is(tensor.randn { sizes[l], sizes[l + 1], dtype = "f64" }, ("%d %d"):format(sizes[l], sizes[l + 1]))
  theta["b" .. l] = tensor.randn { sizes[l + 1], dtype = "f64" }
end

local function forward()
  local a, z = { [0] = X }, {}
  for l = 1, 3 do
    z[l] = a[l - 1]:mm(theta["W" .. l]) + theta["b" .. l]
    a[l] = l < 3 and z[l]:relu() or z[l]:sigmoid()
  end
  return a, z
end

-- 3 Loss --------------------------------------------------------------------------------------------------------------
-- J = -1/m sum y log p + (1 - y) log(1 - p), and its gradient by the chain rule, written out:
--   dz_3 = (p - y) / m;   dW_l = a_(l-1)' dz_l;   db_l = sum over rows of dz_l
--   da_(l-1) = dz_l W_l';   dz_l = da_l where z_l > 0, else 0

local function loss()
  local a = forward()
  local p = a[3]
  return -(Y * p:log() + (1 - Y) * (1 - p):log()):mean():item()
end

local function gradients()
  local a, z = forward()
  local d, dz = {}, (a[3] - Y) / opt.batch
  for l = 3, 1, -1 do
    d["W" .. l] = is(a[l - 1]:t():mm(dz), ("%d %d"):format(sizes[l], sizes[l + 1]))
    d["b" .. l] = dz:sum(1)
    if l > 1 then dz = dz:mm(theta["W" .. l]:t()) * z[l - 1]:gt(0):to "f64" end
  end
  return d
end

--- (J(theta_i + e) - J(theta_i - e)) / 2e for every element of a parameter: two losses an element, slow but certain.
local function differences(p)
  local flat, g = p:view(-1), tensor.zeros { p:numel(), dtype = "f64" }
  for i = 1, p:numel() do
    local kept = flat[i]
    flat[i] = kept + opt.epsilon
    local above = loss()
    flat[i] = kept - opt.epsilon
    g[i] = (above - loss()) / (2 * opt.epsilon)
    flat[i] = kept
  end
  return g:reshape(p.shape)
end

--- |g - g~| / (|g| + |g~|): 1e-7 or less when right, near 1 when wrong.
local function relative(g, other)
  return (g - other):square():sum():sqrt():item() / (g:square():sum():sqrt() + other:square():sum():sqrt()):item()
end

-- 4 Show --------------------------------------------------------------------------------------------------------------

local function show(title, labels, values)
  for i, label in ipairs(labels) do
    local verdict = values[i] <= 1e-7 and "right" or "WRONG"
    print(("%-12s %-3s %.2e  %s"):format(i == 1 and title or "", label, values[i], verdict))
  end
  viz.bars(title, values, { labels = labels, threshold = 1e-7, log = true })
end

--- rows [k]: the differences of all parameters after an error in parameter k; only the diagonal should be large.
local function show_where(rows)
  viz.heatmap("log10 of the difference, one error a row", tensor(rows):log() / math.log(10), { x = names, y = names,
    xname = "gradient of", yname = "error in", numbers = true })
end

-- 5 Check, and the result ---------------------------------------------------------------------------------------------

local numeric = {}
for _, name in ipairs(names) do numeric[name] = differences(theta[name]) end

--- The difference of each parameter by itself tells where an error sits; one number for all, only that there is one.
local function check(d)
  local values, wrong = {}, {}
  for i, name in ipairs(names) do
    values[i] = relative(d[name], numeric[name])
    if values[i] > 1e-7 then wrong[#wrong + 1] = name end
  end
  return values, table.concat(wrong, " ")
end

local right = check(gradients())
local worst = math.max(table.unpack(right))
show("by hand", names, right)

-- One error at a time: the gradient of one parameter too large by a factor, as a doubled term makes it.
local found, rows = 0, {}
for i, name in ipairs(names) do
  local d = gradients()
  d[name] = d[name] * opt.planted
  local values, blamed = check(d)
  rows[i] = values
  if blamed == name then found = found + 1 end
  print(("error in %s   found in %s"):format(name, blamed))
end
show_where(rows)
print(("%d of %d planted errors were found in their place"):format(found, #names))

-- The error of the course: dW2 doubled and db1 four times too large.
local d = gradients()
d.W2, d.b1 = d.W2 * 2, d.b1 * 4
local flat, want = {}, {}
for i, name in ipairs(names) do flat[i], want[i] = d[name]:reshape(-1), numeric[name]:reshape(-1) end
show("dW2 doubled and db1 four times", names, (check(d)))
print(("dW2 doubled and db1 four times: %.4f over all parameters"):format(
  relative(tensor.cat(flat, 1), tensor.cat(want, 1))))

assert(found == #names, "a planted error was not found")
return { measure = "difference", difference = worst, below = 1e-7, found = found }
