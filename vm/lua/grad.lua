--- grad.lua: recording on and off, and the check of gradients against central differences.
local record = require "nn.record"

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

record.declare { name = "tensor.no_grad", sig = "tensor.no_grad(f, ...)   local _ <close> = tensor.no_grad()",
  see = "x:detach, tensor.enable_grad",
  doc = "calls f, or goes on to the end of the block, without recording gradients",
  example = "print(tensor.no_grad(function() return tensor.ones(2):sum() end))",
  example2 = "w = tensor.ones(2):requires_grad()\ntensor.no_grad(function() w:sub_(0.1) end)\nprint(w)" }
tensor.no_grad = switch(false)

record.declare { name = "tensor.enable_grad", sig = "tensor.enable_grad(f, ...)", see = "tensor.no_grad",
  doc = "records gradients again within no_grad",
  example = "tensor.no_grad(function() print(tensor.enable_grad(tensor.is_recording)) end)",
  example2 = "do local _ <close> = tensor.enable_grad(); print(tensor.is_recording()) end" }
tensor.enable_grad = switch(true)

record.declare { name = "tensor.scope", sig = "tensor.scope(f, ...)", see = "lunette.memory",
  doc = "calls f and frees its temporaries at its end, all but what it returns",
  example = "print(tensor.scope(function() local t = tensor.ones(9); return t:sum() end))",
  example2 = "y = tensor.scope(function(x) return x + 1 end, tensor.zeros(2))" }
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

local about_gradcheck = record.declare { name = "tensor.gradcheck",
  sig = "tensor.gradcheck(f, x, ...)   tensor.gradcheck{f, x, eps=1e-6, tol=1e-6}", see = ":gradcheck",
  doc = "compares backward with central differences: ok, greatest error, text",
  options = { { "eps", 1e-06, "the difference" }, { "tol", 1e-06, "error that still passes" } },
  example = 'print(tensor.gradcheck(function(x) return x:tanh() end, tensor.randn{3, dtype="f64"}))',
  example2 = 'print(tensor.gradcheck{function(x) return x * x end, tensor.rand{2, dtype="f64"}, tol = 1e-5})' }
-- For every float input, best in f64; the error is relative to 1 + |numeric|.
function tensor.gradcheck(f, ...)
  local opt, args = record.known(about_gradcheck.options), table.pack(...)
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
  if not lunette.is_tensor(y) then
    lunette.raise(("gradcheck: the function must return a tensor, got %s"):format(lunette.typename(y)))
  end
  if not y.needs_grad then lunette.raise "gradcheck: what the function returns depends on none of its inputs" end
  local weight = tensor.rand(table.unpack(y.shape)):to "f64" + 0.5
  y = y * 1 -- of an input itself too
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
