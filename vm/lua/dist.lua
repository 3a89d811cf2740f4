--- dist.lua: many processes: the functions of bind_dist.c on tables of tensors too.

-- f(t, ...) of one tensor, or of each of a table in turn, in the order of a list or of names, as in net:state(); then a
-- table of what it gives.  Tables may hold tables.
local function each(name)
  local one = dist[name]
  local function all(t, ...)
    if type(t) ~= "table" or getmetatable(t) then return one(t, ...) end
    local out = {}
    for i, x in ipairs(lunette.unbroken("dist." .. name, t)) do out[i] = all(x, ...) end
    for _, key in ipairs(lunette.names_of(t)) do out[key] = all(t[key], ...) end
    return out
  end
  dist[name] = all
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
