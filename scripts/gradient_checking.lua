--- Gradient checking: derivatives by hand against central differences.  Bengio 2012, arXiv:1206.5533, section 4.2
-- Claim: by-hand gradients differ from central differences by at most 1e-7; every planted error is found and placed.
-- Takes: under a second.
local opt = lunette.options {
  epsilon = 1e-6,              -- step of the central differences (the course: 1e-7)
  batch = 8,                   -- samples
  seed = 1,                    -- of inputs and weights
}
local is = require "lib.shapes" ()     -- is(x, "m 4"): x must have this shape; a letter is one size everywhere

-- 1 Data --------------------------------------------------------------------------------------------------------------
-- A few random inputs and labels in f64: a check needs no more.

local X, Y, theta

local function draw_samples()
  X = is(tensor.randn { opt.batch, 4, dtype = "f64" }, "m 4")
  Y = is(tensor.rand(opt.batch, 1):gt(0.5):to "f64", "m 1")
end

-- 2 Model -------------------------------------------------------------------------------------------------------------
-- 4-5-3-1: z_l = a_(l-1) W_l + b_l, a_l = relu(z_l), and p = sigmoid(z_3).

local sizes = { 4, 5, 3, 1 }
local names = { "W1", "b1", "W2", "b2", "W3", "b3" }

local function draw_weights()
  theta = {}
  for l = 1, 3 do
    local scale = math.sqrt(2 / sizes[l])                              -- He's
    theta["W" .. l] = is(tensor.randn { sizes[l], sizes[l + 1], dtype = "f64" } * scale,
      ("%d %d"):format(sizes[l], sizes[l + 1]))
    theta["b" .. l] = tensor.randn { sizes[l + 1], dtype = "f64" } * 0.3
  end
end

local function forward()
  local a, z = { [0] = X }, {}
  for l = 1, 3 do
    z[l] = a[l - 1]:mm(theta["W" .. l]) + theta["b" .. l]
    a[l] = l < 3 and z[l]:relu() or z[l]:sigmoid()
  end
  return a, z
end

--- Where can a difference say nothing?  A relu that is dead (or always alive) on these samples has no gradient (or no
-- kink) to check; a step across its kink measures two slopes; a saturated p leaves no digits of J.
local function checkable()
  local a, z = forward()
  for l = 1, 2 do
    local alive = z[l]:gt(0):to "f64":sum(1)
    if alive:min():item() < 2 or alive:max():item() == opt.batch then return false end
    if z[l]:abs():min():item() < 1e3 * opt.epsilon then return false end
  end
  return (a[3] - 0.5):abs():max():item() < 0.45
end

local draws = 0
repeat
  draw_samples()
  draw_weights()
  draws = draws + 1
  if draws > 10000 then lunette.raise "no samples and weights that can be checked: a larger --batch?" end
until checkable()
print(("4-5-3-1 on %d samples; draw %d is the first without dead units or kinks within a step"):format(opt.batch,
  draws))

-- 3 Loss --------------------------------------------------------------------------------------------------------------
-- J = -1/m sum y log p + (1 - y) log(1 - p), and its gradient by the chain rule, written out:
--   dz_3 = (p - y) / m;   dW_l = a_(l-1)' dz_l;   db_l = sum over rows of dz_l
--   da_(l-1) = dz_l W_l';   dz_l = da_l where z_l > 0, else 0

local function loss()
  local a = forward()
  local p = a[3]
  return -(Y * p:log() + (1 - Y) * (1 - p):log()):mean():item()
end

--- Gradients by name, a_l and dz_l.  To plant errors: spoil(l, dz_l) may give another dz_l; `unmasked` is a layer whose
-- relu is forgotten on the way back.
local function gradients(spoil, unmasked)
  local a, z = forward()
  local d, dz = {}, { [3] = (a[3] - Y) / opt.batch }
  for l = 3, 1, -1 do
    if spoil then dz[l] = spoil(l, dz[l]) end
    d["W" .. l] = is(a[l - 1]:t():mm(dz[l]), ("%d %d"):format(sizes[l], sizes[l + 1]))
    d["b" .. l] = dz[l]:sum(1)
    if l > 1 then
      dz[l - 1] = dz[l]:mm(theta["W" .. l]:t())
      if unmasked ~= l - 1 then dz[l - 1] = dz[l - 1] * z[l - 1]:gt(0):to "f64" end
    end
  end
  return d, a, dz
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
  local size = g:square():sum():sqrt():item() + other:square():sum():sqrt():item()
  return size == 0 and 0 or (g - other):square():sum():sqrt():item() / size
end

-- 4 Show --------------------------------------------------------------------------------------------------------------

local function show(title, labels, values)
  for i, label in ipairs(labels) do
    local verdict = values[i] <= 1e-7 and "right" or "WRONG"
    print(("%-12s %-3s %.2e  %s"):format(i == 1 and title or "", label, values[i], verdict))
  end
  viz.bars(title, values, { labels = labels, threshold = 1e-7, log = true })
end

--- rows [errors, parameters]: the difference of every parameter after each planted error.
local function show_where(rows, errors)
  viz.heatmap("log10 of the difference, one error a row", tensor(rows):clamp(1e-16):log() / math.log(10), { x = names,
    y = errors, xname = "gradient of", yname = "error" })
end

-- 5 Check, and the result ---------------------------------------------------------------------------------------------

local numeric = {}
for _, name in ipairs(names) do numeric[name] = differences(theta[name]) end

--- The difference of each parameter by itself tells where an error sits; one number for all, only that there is one.
local function check(d)
  local values, wrong = {}, {}
  for i, name in ipairs(names) do
    values[i] = relative(d[name], numeric[name])
    if values[i] > 1e-7 or values[i] ~= values[i] then wrong[#wrong + 1] = name end
  end
  return values, table.concat(wrong, " ")
end

--- Reads the place out of what is wrong: one parameter is wrong by itself; when a layer and all below it are, its dz
-- is, since the layers below are made of it.
local function place(wrong)
  for l, all in ipairs { "W1 b1", "W1 b1 W2 b2", "W1 b1 W2 b2 W3 b3" } do
    if wrong == all then return "dz" .. l end
  end
  return wrong == "" and "nowhere" or "d" .. wrong
end

local right = check(gradients())
local worst = tensor { right, dtype = "f64" }:max():item()             -- NaN, too, is no small difference
show("by hand", names, right)

-- The slips of a hand, one at a time, in every layer.
local found, rows, errors = 0, {}, {}
local function plant(what, where, d)
  local values, wrong = check(d)
  local blamed = place(wrong)
  rows[#rows + 1], errors[#errors + 1] = values, ("%s: %s"):format(where, what)
  if blamed == where then found = found + 1 end
  print(("%-22s in %s   found in %s"):format(what, where, blamed))
end

for l = 1, 3 do
  local _, a, dz = gradients()
  local last = { { opt.batch, opt.batch }, {} }
  local slips = {                                                      -- of dW_l, of db_l
    { "sign", function(g) return -g end },
    { "1/m left out", function(g) return g * opt.batch end },
    { "index off by one", function(g) return g:roll(1, 1) end },
    { "sum left out", function(g)                                      -- the last sample overwrites the others
      return g:dim() == 1 and dz[l][opt.batch] or a[l - 1][last]:t():mm(dz[l][last])
    end },
  }
  for _, name in ipairs { "W" .. l, "b" .. l } do
    for _, slip in ipairs(slips) do
      local d = gradients()
      if d[name]:size(1) > 1 or not slip[1]:find "index" then          -- the only element has no other place
        d[name] = slip[2](d[name])
        plant(slip[1], "d" .. name, d)
      end
    end
  end
  plant("sign", "dz" .. l, (gradients(function(k, g) return k == l and -g or g end)))
  if l < 3 then plant("relu's zero left out", "dz" .. l, (gradients(nil, l))) end
end
show_where(rows, errors)
print(("%d of %d planted errors were found in their place"):format(found, #rows))

-- The error of the course: dW2 doubled and db1 four times too large.
local d = gradients()
d.W2, d.b1 = d.W2 * 2, d.b1 * 4
local flat, want = {}, {}
for i, name in ipairs(names) do flat[i], want[i] = d[name]:reshape(-1), numeric[name]:reshape(-1) end
show("dW2 doubled and db1 four times", names, (check(d)))
print(("dW2 doubled and db1 four times: %.4f over all parameters"):format(
  relative(tensor.cat(flat, 1), tensor.cat(want, 1))))

if opt.out then assert(tensor.save(opt.out .. "/gradient_checking.safetensors", theta)) end
return { measure = "difference", difference = worst, below = 1e-7, also = { { "found", found, above = 28 } } }
