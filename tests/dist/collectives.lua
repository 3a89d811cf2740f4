--- collectives.lua: every function of `dist` against the same computed in one process, at any number of processes:
-- run.sh starts it with two and with four.
local test = dofile "tests/check.lua"
local rank, size = dist.rank(), dist.size()
local types = { "f32", "f64", "i64", "i32", "u8", "bool" }

-- What process r holds: numbers that each process can compute of each other.
local function part(r, shape, dtype)
  local n = 1
  for _, d in ipairs(shape) do n = n * d end
  local x = (tensor.arange(1, n + 1) * (r + 2) % 7)[{ { 1, n } }]:reshape(shape)
  if dtype == "bool" then return (x % 2):eq(1) end
  return x:to(dtype)
end

local function reduced(how, shape, dtype)
  local all = {}
  for r = 0, size - 1 do all[r + 1] = part(r, shape, dtype):to "f64" end
  local x = tensor.stack(all)
  if how == "sum" then x = dtype == "bool" and x:max(1) or x:sum(1) end
  if how == "mean" then x = x:mean(1) end
  if how == "min" then x = x:min(1) end
  if how == "max" then x = x:max(1) end
  return x
end

local shapes = { { 5 }, { 2, 3 }, { 4, 2, 3 }, { 1 } }

for _, how in ipairs { "sum", "mean", "min", "max" } do
  test("all_reduce: " .. how, function()
    for _, dtype in ipairs(types) do
      for _, shape in ipairs(shapes) do
        local t = part(rank, shape, dtype)
        if how == "mean" and not dtype:find "^f" then
          test.fails(('all_reduce: a mean of %s; x:to"f32" makes it one of f32'):format(dtype), dist.all_reduce, t, how)
        else
          local same = dist.all_reduce(t, how)
          test.truth(rawequal(same, t), "it gives t back")
          test.dtype(t, dtype)
          test.close(t:to "f64", reduced(how, shape, dtype), 1e-6)
        end
      end
    end
  end)
end

test("views change where they lie, and nothing beside them", function()
  for _, dtype in ipairs(types) do
    local whole = part(rank, { 4, 6 }, dtype)
    local before = whole:clone()
    local view = whole["2:3, 1:6:2"]:t()
    local want = tensor.stack((function()
      local all = {}
      for r = 0, size - 1 do all[r + 1] = part(r, { 4, 6 }, dtype)["2:3, 1:6:2"]:t():to "f64" end
      return all
    end)()):max(1)
    dist.all_reduce(view, "max")
    test.close(whole["2:3, 1:6:2"]:t():to "f64", want, 0)
    for _, rest in ipairs { "1", "4", "2:3, 2:6:2" } do test.same(whole[rest], before[rest]) end
    local other = part(rank, { 3, 3 }, dtype)
    dist.broadcast(other:t(), size - 1)
    test.same(other, part(size - 1, { 3, 3 }, dtype))
  end
end)

test("empty tensors and numbers without a dimension", function()
  for _, dtype in ipairs(types) do
    local none = tensor.zeros { 0, 3, dtype = dtype }
    test.shape(dist.all_reduce(none), { 0, 3 })
    test.shape(dist.broadcast(none), { 0, 3 })
    test.shape(dist.all_gather(none), { size, 0, 3 })
    test.shape(dist.reduce_scatter(none), { 0, 3 })
  end
  test.equal(dist.all_reduce(tensor(rank + 1)):item(), size * (size + 1) / 2)
  test.shape(dist.all_gather(tensor(rank)), { size })
end)

test("broadcast: from each process in turn", function()
  for _, dtype in ipairs(types) do
    for from = 0, size - 1 do
      local t = part(rank, { 2, 3 }, dtype)
      test.truth(rawequal(dist.broadcast(t, from), t), "it gives t back")
      test.same(t, part(from, { 2, 3 }, dtype))
    end
  end
end)

test("all_gather: row r is that of process r", function()
  for _, dtype in ipairs(types) do
    local all = dist.all_gather(part(rank, { 2, 3 }, dtype):t())
    test.shape(all, { size, 3, 2 })
    test.dtype(all, dtype)
    for r = 0, size - 1 do test.same(all[r + 1], part(r, { 2, 3 }, dtype):t()) end
  end
end)

test("reduce_scatter: this process's part of the reduction", function()
  for _, dtype in ipairs(types) do
    for _, how in ipairs { "sum", "min", "max" } do
      local got = dist.reduce_scatter(part(rank, { 2 * size, 3 }, dtype), how)
      test.dtype(got, dtype)
      test.close(got:to "f64", reduced(how, { 2 * size, 3 }, dtype)[{ { 2 * rank + 1, 2 * rank + 2 } }], 1e-6)
    end
  end
  test.close(dist.reduce_scatter(part(rank, { size }, "f32"), "mean"):to "f64",
    reduced("mean", { size }, "f32")[{ { rank + 1, rank + 1 } }], 1e-6)
end)

test("lists: each in turn, and a list of what comes back", function()
  local a, b = tensor { rank }, tensor { { 1, 2 } }
  local back = dist.all_reduce({ a, b }, "max")
  test.truth(rawequal(back[1], a) and rawequal(back[2], b), "the same tensors")
  test.same(a, tensor { size - 1 })
  local all = dist.all_gather { tensor { rank }, tensor { { rank, 0 } } }
  test.shape(all[1], { size, 1 })
  test.shape(all[2], { size, 1, 2 })
  dist.broadcast({ a, b }, 0)
end)

test("tables by name and in tables, in the order of names; what is no tensor is refused", function()
  local t = { net = { b = tensor { rank }, a = tensor { 10 * rank } }, { tensor { -rank } } }
  local back = dist.broadcast(t, size - 1)
  test.truth(rawequal(back.net.a, t.net.a) and rawequal(back[1][1], t[1][1]), "the same tensors")
  test.same(t.net.a, tensor { 10 * (size - 1) })
  test.same(t.net.b, tensor { size - 1 })
  test.same(t[1][1], tensor { 1 - size })
  local net = nn.Linear(2, 2)
  tensor.no_grad(function() net.weight:fill_(rank) end)
  tensor.no_grad(dist.all_reduce, net:state(), "max")
  test.same(net.weight:detach(), tensor.full({ 2, 2 }, size - 1))
  test.shape(dist.all_gather(net:state()).weight, { size, 2, 2 })
  test.fails_with({ "all_reduce: tensor expected, got number" }, dist.all_reduce, { x = 3 })
  test.fails_with({ "all_reduce: tensor expected" }, dist.all_reduce, net)
  test.fails_with({ "dist.all_reduce: element 1 of 2 is nil" }, dist.all_reduce, { nil, tensor.ones(1) })
end)

test("send and recv: round the ring, all dtypes, views and lists", function()
  if size == 1 then return end
  local to, from = (rank + 1) % size, (rank - 1) % size
  for _, dtype in ipairs(types) do
    local mine, got = part(rank, { 3, 2 }, dtype), tensor.zeros { 2, 3, dtype = dtype }
    local pair = { tensor { rank }, tensor { rank, rank } }
    local others = { tensor { 0 }, tensor { 0, 0 } }
    if rank % 2 == 0 then
      dist.send(mine:t(), to)
      dist.recv(got, from)
      dist.send(pair, to)
      dist.recv(others, from)
    else
      dist.recv(got, from)
      dist.send(mine:t(), to)
      dist.recv(others, from)
      dist.send(pair, to)
    end
    test.same(got, part(from, { 3, 2 }, dtype):t())
    test.same(others[2], tensor { from, from })
  end
end)

test("what is received must have the shape that is sent", function()
  if size == 1 or rank > 1 then return end
  if rank == 0 then dist.send(tensor { 1, 2, 3 }, 1) end
  if rank == 1 then
    test.fails("recv: process 0 sends f32[3], this one takes f32[2]", dist.recv, tensor.zeros(2), 0)
  end
end)

test("mistakes are named", function()
  test.fails('all_reduce: "sum", "mean", "min" or "max" expected, got avg', dist.all_reduce, tensor.ones(1), "avg")
  test.fails_with({ "all_reduce: tensor expected" }, dist.all_reduce, 3)
  test.fails_with({ "broadcast: no process -1" }, dist.broadcast, tensor.ones(1), -1)
  local beyond = ("broadcast: no process %d; they are 0 to %d"):format(size, size - 1)
  test.fails(beyond, dist.broadcast, tensor.ones(1), size)
  test.fails_with({ "send: to and from oneself" }, dist.send, tensor.ones(1), rank)
  test.fails_with({ "send: no process " .. size }, dist.send, tensor.ones(1), size)
  test.fails_with({ "all_reduce", "leaf" }, dist.all_reduce, tensor.ones(1):requires_grad())
  if size > 1 then
    test.fails_with({ "reduce_scatter: f32[" .. size + 1 .. "] does not part into " .. size }, dist.reduce_scatter,
      tensor.ones(size + 1))
  end
end)

test("barrier: nobody leaves before the last has come", function()
  local start = lunette.clock()
  if rank == size - 1 then lunette.sleep(0.2) end
  dist.barrier()
  test.truth(lunette.clock() - start > 0.15, "waited")
end)

test.done()
