--- dist.lua: many processes: the functions of bind_dist.c on lists of tensors too.

-- f(t, ...) of one tensor, or of each of a list in turn; then a list of what it gives.
local function each(name)
  local one = dist[name]
  dist[name] = function(t, ...)
    if type(t) ~= "table" or lunette.is_tensor(t) then return one(t, ...) end
    local list = {}
    for i, x in ipairs(t) do list[i] = one(x, ...) end
    return list
  end
end
for _, name in ipairs { "all_reduce", "broadcast", "all_gather", "reduce_scatter", "send", "recv" } do each(name) end

-- Of several processes the first prints, draws and saves (what the others print goes nowhere: vm/prompt/main.c).
if lunette.is_first() then return end

viz.mode "off"
local mode = viz.mode
function viz.mode() return mode() end
function viz.record() return setmetatable({}, { __index = function() return function() return true end end }) end
local function done() return true end
for _, writer in ipairs { { tensor, "save" }, { viz, "save" }, { data.image, "save" }, { data.video, "save" },
  { audio, "save" }, { audio.midi, "save" }, { nn.Module, "export" } } do
  local room, name = table.unpack(writer)
  assert(room[name])
  room[name] = done
end
