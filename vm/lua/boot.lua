--- boot.lua: what is in place before the first line of a user's: the modules, and a warning for undefined globals.
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
require "nn.optim"
require "nn.lbfgs"
require "nn.data"
require "nn.signal"
require "nn.checkpoint"
require "nn.fit"
require "nn.boxes"
require "nn.metrics"

--- help(x): the entries are loaded at the first question.
function _G.help(...)
  require "vm.help"
  return _G.help(...)
end
