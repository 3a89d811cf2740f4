--- boot.lua: what is in place before the first line of a user's: the modules, and a warning for undefined globals.
-- This chunk and those that it requires run in an environment of their own (vm/embedded.c); _G are the user's globals.
require "vm.strict"
require "vm.explain"
require "vm.grad"
require "vm.tensor_more"
require "vm.einsum"
require "vm.arrange"
require "vm.viz"
require "vm.window"
require "vm.watch"
require "nn.module"
require "nn.init"
for _, path in ipairs(lunette.files "nn/lua/layers/") do -- whatever lies there
  require("nn.layers." .. path:match "([^/]*)%.lua$")
end
require "nn.stream"
require "nn.optim"
require "nn.lbfgs"
require "nn.data"
require "nn.signal"
require "nn.checkpoint"
require "nn.fit"
require "nn.boxes"
require "nn.metrics"

--- t[name]: its module is loaded at the first call, and puts the function itself there.
lunette.later_modules = { "nn.models", "nn.data.tokenizer" } -- and those that are loaded when they are first asked for
local function later(t, name, module)
  table.insert(lunette.later_modules, module)
  t[name] = function(...)
    require(module)
    return t[name](...)
  end
end
later(nn, "darknet", "nn.darknet")
later(nn.Module, "load", "nn.import")
later(nn, "keras", "nn.keras")
later(nn, "onnx", "nn.onnx")
later(data, "onnx_value", "nn.onnx")
later(_ENV, "help", "vm.help")
later(lunette, "doc", "vm.entries")
later(lunette, "options", "vm.run")
later(lunette, "option", "vm.run")
later(lunette, "given", "vm.run")
nn.models = setmetatable({}, { __index = function(t, key)
  setmetatable(t, nil)
  for name, f in pairs(require "nn.models") do t[name] = f end
  return t[key]
end, __pairs = function(t)
  local _ = t.resnet50
  return next, t
end })
lunette.folder = lunette.io.folder
require "vm.dist"
require "vm.arguments"

-- What scripts and the prompt see.  Of `lunette` that is what `help` explains; the rest is for our own chunks.
local names = [[
  chdir checked clock file files flops folder is_tensor isa isatty memory memory_limit mkdir modified nearest none op
  ops param raise reset_peak sleep stop_requested threads training trim typename version whole width]]
local public = {}
for name in names:gmatch "%S+" do public[name] = assert(lunette[name], name) end
for _, name in ipairs { "options", "option", "given", "doc" } do
  public[name] = function(...) return lunette[name](...) end
end

-- A table that ours look names up in too, for scripts to add to: what is ours they cannot put something else for.
local function extended(path, t)
  local ours = {}
  for name in next, t do ours[name] = true end
  return setmetatable({}, { __index = function(_, name) return rawget(t, name) end,
    __newindex = function(_, name, v)
      if ours[name] then
        lunette.raise(("%s: '%s' is there already; add yours under another name"):format(path, tostring(name)))
      end
      rawset(t, name, v)
    end,
    __pairs = function() return next, t end })
end

-- The modules are handed out as copies: what a script writes over in its own takes nothing from ours, and a field set
-- to nil is the original again.  Classes and other tables with a metatable are the same on both sides.
local function handed_out(t, path)
  local copy, originals = {}, {}
  for name, v in next, t do
    local library = type(v) == "table" and not getmetatable(v) and not rawget(v, "__index")
    originals[name] = v == tensor.methods and extended("tensor.methods", v)
      or v == nn.metrics and extended("nn.metrics", v) or library and handed_out(v, path .. "." .. name) or v
    copy[name] = originals[name]
  end
  local mt = { __index = function(_, name)
    local v = originals[name]
    if v == nil then lunette.lacks(originals, path, name) end
    return v
  end }
  for name, v in next, getmetatable(t) or {} do mt[name] = v end
  return setmetatable(copy, mt)
end

lunette.room_names = { "tensor", "nn", "optim", "data", "viz", "draw", "audio", "dist" }
lunette.rooms = {}  -- the modules as scripts have them, and their names
for _, name in ipairs(lunette.room_names) do
  local copy = handed_out(_ENV[name], name)
  _G[name], package.loaded[name], lunette.rooms[copy] = copy, copy, name
end
_G.lunette, package.loaded.lunette, lunette.rooms[public] = public, public, "lunette"
function _G.help(...) return help(...) end
