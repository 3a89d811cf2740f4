--- dist.lua: many processes: the functions of bind_dist.c on tables of tensors too.
local record = require "nn.record"

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

local alone = " (alone: nothing happens)"
local function declare(name, args, doc, example, example2, see)
  record.declare { name = "dist." .. name, sig = "dist." .. name .. args, doc = doc, example = example,
    example2 = example2, see = "dist." .. see }
end

declare("rank", "()", "this process's number in the run, from 0 on; 0 in a process of its own", "print(dist.rank())",
  "if dist.rank() == 0 then print 'the first' end", "size")
declare("size", "()", "how many processes the run has: mpirun -n 4 lunette script.lua; 1 without mpirun",
  "print(dist.size())", "print(64 // dist.size())", "rank")
declare("barrier", "()", "waits until all processes have come here", "dist.barrier()",
  "dist.barrier() print 'all here'", "broadcast")

declare("all_reduce", '(t, "sum")', "t, or each of a table, becomes the sum, mean, min or max of all processes' t, in "
  .. "place; bools: sum is whether one is true" .. alone, 'print(dist.all_reduce(tensor{1, 2}, "mean"))',
  "a, b = tensor.ones(2), tensor.zeros(3)\ndist.all_reduce{a, b}", "reduce_scatter")
each "all_reduce"

declare("broadcast", "(t, from = 0)", "t, or each of a table, becomes what it is in process `from`, in place" .. alone,
  "print(dist.broadcast(tensor{1, 2}))", "net = nn.Linear(2, 1)\ntensor.no_grad(dist.broadcast, net:state(), 0)",
  "all_gather")
each "broadcast"

declare("all_gather", "(t)", "[size, ...]: the t of every process, stacked; of a table a table",
  "print(dist.all_gather(tensor{1, 2}))", "print(dist.all_gather(tensor(dist.rank())):max())", "reduce_scatter")
each "all_gather"

declare("reduce_scatter", '(t, "sum")', "the sum, mean, min or max of all processes' t in equal parts of its first "
  .. "dimension: this process's part", "print(dist.reduce_scatter(tensor{1, 2}))",
  'print(dist.reduce_scatter(tensor.ones(4, 2), "max"))', "all_reduce")
each "reduce_scatter"

declare("send", "(t, to)", "t, or each of a table, to process `to`, which calls dist.recv; a large one waits for "
  .. "that, so of two that send to each other one must receive first",
  "if dist.size() > 1 and dist.rank() == 0 then dist.send(tensor{1, 2}, 1) end",
  "if dist.rank() > 0 then dist.send(tensor{1, 2}, 0) end", "recv")
each "send"

declare("recv", "(t, from)", "fills t, or each of a table, with what process `from` sends; shape and dtype must be the "
  .. "same", "if dist.rank() == 1 then print(dist.recv(tensor.zeros(2), 0)) end",
  "if dist.rank() == 0 then\n  for from = 1, dist.size() - 1 do dist.recv(tensor.zeros(2), from) end\nend", "send")
each "recv"

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
