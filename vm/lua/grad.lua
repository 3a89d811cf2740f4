--- grad.lua: recording on and off, and the check of gradients against central differences.

local function switch(on)
  return function(f, ...)
    if f == nil then return lunette.held_block(on) end  -- a tail call: the caller's local variable holds it
    if type(f) ~= "function" and not (getmetatable(f) or {}).__call then
      lunette.raise(("%s: a function expected, got %s"):format(on and "enable_grad" or "no_grad", lunette.typename(f)))
    end
    local guard <close> = lunette.block(on)  -- luacheck: ignore
    local results = table.pack(f(...))
    return table.unpack(results, 1, results.n)
  end
end

--- tensor.no_grad(f, ...) calls f without recording; `local _ <close> = tensor.no_grad()` holds to the block's end.
tensor.no_grad = switch(false)
tensor.enable_grad = switch(true)

--- Temporaries made in f are freed at its end, except what it returns.
function tensor.scope(f, ...)
  local results = table.pack(f(...))
  collectgarbage()
  return table.unpack(results, 1, results.n)
end

-- The numeric derivative of sum(f(...) * weight) along element i of x.
local function numeric(f, args, flat, i, eps, weight)
  local old = flat[i]
  flat[i] = old + eps
  local up = (f(table.unpack(args)):to "f64" * weight):sum():item()
  flat[i] = old - eps
  local down = (f(table.unpack(args)):to "f64" * weight):sum():item()
  flat[i] = old
  return (up - down) / (2 * eps)
end

--- tensor.gradcheck(f, x, ...) or tensor.gradcheck{f, x, eps=1e-6, tol=1e-6}: compares backward with central
-- differences for every float input (best in f64).  Returns ok, greatest error (relative to 1 + |numeric|), text.
function tensor.gradcheck(f, ...)
  local opt, args = { eps = 1e-6, tol = 1e-6 }, table.pack(...)
  if type(f) == "table" and not getmetatable(f) then
    opt = lunette.checked("gradcheck", f, opt)
    args = table.pack(table.unpack(f, 2))
    f = f[1]
  end
  for i = 1, args.n do
    local x = args[i]
    if lunette.is_tensor(x) and (x.dtype == "f64" or x.dtype == "f32") then
      args[i] = x:detach():clone():requires_grad()
    end
  end
  local y = f(table.unpack(args, 1, args.n))
  local weight = tensor.rand(table.unpack(y.shape)):to "f64" + 0.5
  y:backward(weight:to(y.dtype))
  local worst, text = 0, "ok"
  for a = 1, args.n do
    local x = args[a]
    if lunette.is_tensor(x) and x.needs_grad then
      local plain = x:detach()
      local copies = table.move(args, 1, args.n, 1, {})
      copies[a] = plain
      local flat = plain:view(-1)
      local analytic = x.grad and x.grad:reshape(-1) or tensor.zeros(plain:numel())
      local check <close> = tensor.no_grad()  -- luacheck: ignore
      for i = 1, plain:numel() do
        local want = numeric(f, copies, flat, i, opt.eps, weight)
        local err = math.abs(want - analytic[i]) / (1 + math.abs(want))
        if err ~= err or err > worst then
          worst = err
          text = ("input %d element %d: backward %.9g, differences %.9g"):format(a, i, analytic[i], want)
          if err ~= err then return false, err, text end
        end
      end
    end
  end
  return worst <= opt.tol, worst, text
end
