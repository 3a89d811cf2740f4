--- bench.lua: `lunette bench [NAME ...]`, `... ops [PATTERN]`, `... viz`, `... onnx FILE`, `... scale`,
-- `lunette bench --list`: the workloads of scripts/bench, the same shapes and steps as the peer's, a line each: name,
-- median milliseconds, steps.
local time = require "vm.bench_time"
local bench = {}

--- What the workloads of networks share, as they get it.
bench.steps = {}

--- A step of an optimiser (Adam unless given) on loss_of().
function bench.steps.trainer(net, loss_of, opt)
  opt = opt or optim.Adam { net, lr = 1e-3 }
  return function() opt:step(loss_of()) end
end

--- t, which has this shape.
function bench.steps.shaped(t, ...)
  local want = table.pack(...)
  for d = 1, want.n do assert(t:size(d) == want[d], "the output has another shape") end
  return t
end

--- net of x, which has this shape, without gradients.
function bench.steps.inference(net, x, ...)
  net:eval()
  local want = table.pack(...)
  return function() return bench.steps.shaped(tensor.no_grad(net, x), table.unpack(want)) end
end

local function load_all()
  local list, byname = {}, {}
  local function add(name, doc, make)
    local w = { name = name, doc = doc, make = make }
    list[#list + 1] = w
    byname[name] = w
  end
  for _, path in ipairs(lunette.files "scripts/bench/") do
    if path:match "%.lua$" and not path:match "compare" then
      local chunk, why = lunette.load(path)
      if not chunk then error(why, 0) end
      chunk(add, bench.steps)
    end
  end
  return list, byname
end

function bench.main(...)
  local list, byname = load_all()
  local wanted = { ... }
  if wanted[1] == "viz" then return require("vm.bench_viz").main(wanted[2], wanted[3]) end
  if wanted[1] == "scale" then return require("vm.bench_scale").main(table.unpack(wanted, 2)) end
  if wanted[1] == "ops" then return require("vm.bench_ops").main(wanted[2]) end
  if wanted[1] == "onnx" then return require("vm.bench_onnx").main(table.unpack(wanted, 2)) end
  if wanted[1] == "--list" then
    for _, w in ipairs(list) do print(w.name .. "\t" .. w.doc) end
    return 0
  end
  local chosen = #wanted == 0 and list or {}
  for i, name in ipairs(wanted) do
    if not byname[name] then
      io.stderr:write("bench: unknown workload: ", name, " (see: lunette bench --list)\n")
      return 1
    end
    chosen[i] = byname[name]
  end
  for _, w in ipairs(chosen) do
    tensor.seed(1)
    local ms, n = time(w.make())
    print(("%s\t%.3f\t%d"):format(w.name, ms, n))
    io.stdout:flush()
    collectgarbage()
  end
  return 0
end

return bench
