--- boot.lua: what is in place before the first line of a user's: the modules, and a warning for undefined globals.
-- This chunk and those that it requires run in an environment of their own (vm/embedded.c); _G are the user's globals.
require "vm.strict"
require "vm.explain"
require "vm.grad"
require "vm.tensor_more"
require "vm.einsum"
require "vm.viz"
require "nn.module"
require "nn.init"
require "nn.layers"
require "nn.norm"
require "nn.conv"
require "nn.recurrent"
require "nn.attention"
require "nn.blocks"
require "nn.stream"
require "nn.optim"
require "nn.lbfgs"
require "nn.data"
require "nn.import"
require "nn.signal"
require "nn.checkpoint"
require "nn.fit"
require "nn.boxes"
require "nn.metrics"

--- nn.darknet(cfg, weights), nn.keras(path), nn.models.NAME{...}: loaded when first used, as help is.
function nn.darknet(...)
  require "nn.darknet"
  return nn.darknet(...)
end
function nn.keras(...)
  require "nn.keras"
  return nn.keras(...)
end
nn.models = setmetatable({}, { __index = function(t, key)
  setmetatable(t, nil)
  for name, f in pairs(require "nn.models") do t[name] = f end
  return t[key]
end, __pairs = function(t)
  local _ = t.resnet50
  return next, t
end })
function help(...)  -- luacheck: ignore
  require "vm.help"
  return help(...)
end
function lunette.options(defaults)
  require "vm.run"
  return lunette.options(defaults)
end

function lunette.doc(entry)
  require "vm.help"
  return lunette.doc(entry)
end
lunette.folder = lunette.io.folder
function nn.onnx(...)
  require "nn.onnx"
  return nn.onnx(...)
end
function data.onnx_value(...)
  require "nn.onnx"
  return data.onnx_value(...)
end

-- What scripts and the prompt see.  Of `lunette` that is what `help` explains; the rest is for our own chunks.
local names = [[
  chdir checked clock file files flops folder is_tensor isa isatty memory memory_limit mkdir modified nearest none op
  ops raise reset_peak sleep stop_requested threads training trim typename version whole width]]
local public = {}
for name in names:gmatch "%S+" do public[name] = assert(lunette[name], name) end
for _, name in ipairs { "options", "doc" } do
  public[name] = function(t) return lunette[name](t) end
end
for _, name in ipairs { "tensor", "nn", "optim", "data", "viz", "draw", "audio" } do
  _G[name], package.loaded[name] = _ENV[name], _ENV[name]
end
_G.lunette, package.loaded.lunette = public, public
function _G.help(...) return help(...) end
