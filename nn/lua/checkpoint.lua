--- checkpoint.lua: everything that a training needs to go on, in one .safetensors file: parameters and buffers, the
-- optimiser's state, where the random generator stands, and the caller's numbers.
local record = require "nn.record"

local Module = nn.Module

local function number(v) return tensor { v, dtype = math.type(v) == "integer" and "i64" or "f64" } end

local function add(all, prefix, list)
  for k, v in pairs(list) do all[prefix .. k] = v end
end

local function under(all, prefix)
  local out = {}
  for k, v in pairs(all) do
    if k:sub(1, #prefix) == prefix then out[k:sub(#prefix + 1)] = v end
  end
  return out
end

record.method { name = "save_checkpoint", args = "(path, opt, {epoch=3})", see = "net:load_checkpoint, net:save",
  doc = "parameters, optimiser, random generator and numbers in one .safetensors file; true, or nil and why",
  example = 'opt = optim.Adam{net}\nassert(net:save_checkpoint("/tmp/lunette-help.safetensors", opt, {epoch = 3}))',
  example2 = 'print(net:save_checkpoint "/dev/null/nosuch/x.safetensors")' }
function Module:save_checkpoint(path, opt, numbers)
  if type(path) == "string" and path:find "%.%w+$" then
    local _, several, endings = lunette.io.format(path)
    if not several then
      lunette.raise(("save_checkpoint: a file of several tensors (%s) expected, got '%s'"):format(endings, path))
    end
  end
  local all = {}
  add(all, "net/", self:state())
  if opt then add(all, "opt/", opt:state()) end
  local at = tensor.rng_state()
  all["random/seed"], all["random/offset"] = number(at[1]), number(at[2])
  for k, v in pairs(numbers or {}) do
    local counts = lunette.is_tensor(v) and v:dim() == 2 -- a confusion matrix of a stopped epoch
    if type(v) ~= "number" and not counts then
      lunette.raise(("save_checkpoint: %s must be a number, got %s"):format(k, lunette.typename(v)))
    end
    all["numbers/" .. k] = counts and v or number(v)
  end
  return tensor.save(path, all)
end

record.method { name = "load_checkpoint", args = "(path, opt)", see = "net:save_checkpoint, net:load",
  doc = "what save_checkpoint wrote, back in place: the next step gives the same bits; returns the numbers, or nil "
    .. "and why",
  example = 'opt = optim.Adam{net}\nassert(net:save_checkpoint("/tmp/lunette-help.safetensors", opt, {epoch = 3}))\n'
    .. 'print(net:load_checkpoint("/tmp/lunette-help.safetensors", opt).epoch)',
  example2 = 'print(net:load_checkpoint "/dev/null/nosuch/x.safetensors")' }
function Module:load_checkpoint(path, opt)
  local all, why, left = tensor.load(path)
  if not all then return nil, why end
  local lost = next(left or {})
  if lost then return nil, ("%s: '%s' %s"):format(path, lost, left[lost]) end
  if not lunette.is_tensor(all["random/seed"]) then return nil, path .. ": not a checkpoint of save_checkpoint" end
  self:load_state(under(all, "net/"))
  if opt then
    if not all["opt/steps"] then return nil, path .. ": it holds no optimiser" end
    opt:load_state(under(all, "opt/"))
  end
  tensor.rng_state { all["random/seed"][1], all["random/offset"][1] }
  local numbers = {}
  for k, v in pairs(under(all, "numbers/")) do numbers[k] = v:dim() == 2 and v or v[1] end
  return numbers
end
