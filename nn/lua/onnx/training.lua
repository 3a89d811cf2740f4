--- training.lua: ai.onnx.preview.training: a step of an optimiser, and gradients, as nodes of a graph.
-- Formulas: github.com/onnx/onnx, docs/Operators.md.
local operators = require "nn.onnx.operators"
local v = require "nn.onnx.values"

local domain = "ai.onnx.preview.training:"

-- step(n, R, T, x, g, ...) gives new x and its new states.  Inputs stand by kind: R, T, all x, all g, all of the first
-- state ...; outputs as well.
local function optimiser(name, states, step)
  operators.add(domain .. name, { 1, function(n, R, T, ...)
    local given, kinds = { ... }, 2 + states
    local count = #given // kinds
    if #given ~= count * kinds then
      lunette.raise(("%d inputs behind R and T; a multiple of %d expected"):format(#given, kinds))
    end
    local out = {}
    for i = 1, count do
      local one = {}
      for k = 1, kinds do one[k] = given[(k - 1) * count + i] end
      local new = { step(n, R, T:item(), table.unpack(one)) }
      for k, x in ipairs(new) do out[(k - 1) * count + i] = x end
    end
    return table.unpack(out)
  end })
end

-- The gradient with that of norm_coefficient / 2 |x|^2.
local function regularised(n, x, g) return x * (n.attr.norm_coefficient or 0) + g end

optimiser("Adagrad", 1, function(n, R, T, x, g, H)
  local r = R / (1 + T * (n.attr.decay_factor or 0))
  g = regularised(n, x, g)
  H = H + g * g
  return x - r * g / (H:sqrt() + (n.attr.epsilon or 1e-6)), H
end)

optimiser("Adam", 2, function(n, R, T, x, g, V, H)
  local alpha, beta = n.attr.alpha or 0.9, n.attr.beta or 0.999
  g = regularised(n, x, g)
  V = V * alpha + g * (1 - alpha)
  H = H * beta + g * g * (1 - beta)
  local r = T > 0 and R * ((1 - beta ^ T) ^ 0.5 / (1 - alpha ^ T)) or R
  return (x - r * V / (H:sqrt() + (n.attr.epsilon or 1e-6))) * (1 - (n.attr.norm_coefficient_post or 0)), V, H
end)

optimiser("Momentum", 1, function(n, R, T, x, g, V)
  g = regularised(n, x, g)
  V = V * n.attr.alpha + g * (T > 0 and n.attr.beta or 1)
  return x - R * (n.attr.mode == "nesterov" and g + V * n.attr.alpha or V), V
end)

-- --- gradients -------------------------------------------------------------------------------------------------------

-- What y is made of from `given` (names): the nodes of g on the way.
local function way_to(g, y, given)
  local wanted, nodes, made = { [y or ""] = true }, {}, given[y or ""]
  for i = #g.nodes, 1, -1 do
    local n, on_way = g.nodes[i], false
    for _, name in ipairs(n.outputs) do
      on_way, made = on_way or name ~= "" and wanted[name] and not given[name], made or name == y
    end
    if on_way then
      table.insert(nodes, 1, n)
      for _, name in ipairs(n.inputs) do wanted[name] = true end
      if n.pure == false then
        lunette.raise(("the gradient through node '%s' (%s) is not done"):format(n.name, n.op))
      end
    end
  end
  if not made then lunette.raise(("no node of its own graph makes y, '%s'"):format(tostring(y))) end
  return nodes
end

-- The inputs are the values of xs, then of zs, at which the sum of y is differentiated by xs.
local row = operators.add(domain .. "Gradient", { 1, function(n, ...)
  local xs, zs = n.attr.xs or {}, n.attr.zs or {}
  local names, values, given, inputs = v.join(xs, zs), { ... }, {}, {}
  for i, name in ipairs(names) do
    if not values[i] then lunette.raise(("no value of '%s'"):format(name)) end
    values[i] = i <= #xs and values[i]:detach():clone():requires_grad() or values[i]
    given[name], inputs[i] = true, { name = name }
  end
  local way = { nodes = way_to(n.within, n.attr.y, given), inputs = inputs, outputs = { { name = n.attr.y } },
    constants = n.within.constants }
  tensor.enable_grad(function()
    local y = n.run(way, values)[1]
    if y and y.needs_grad then y:sum():backward() end
  end)
  local grads = {}
  for i = 1, #xs do grads[i] = values[i].grad or tensor.zeros_like(values[i]) end
  return table.unpack(grads)
end })
row.pure = false
-- Names of values that it uses beside its inputs.
row.names = function(n) return v.join({ n.attr.y }, n.attr.xs or {}, n.attr.zs or {}) end
