--- docs/dist.lua: what help says of many processes.
local doc = lunette.doc

local alone = " (alone: nothing happens)"
for _, d in ipairs {
  { "rank", "()", "this process's number in the run, from 0 on; 0 in a process of its own", "print(dist.rank())",
    "if dist.rank() == 0 then print 'the first' end", "dist.size" },
  { "size", "()", "how many processes the run has: mpirun -n 4 lunette script.lua; 1 without mpirun", "print(dist.size())",
    "print(64 // dist.size())", "dist.rank" },
  { "all_reduce", '(t, "sum")', "t, or each of a table, becomes the sum, mean, min or max of all processes' t, in place; bools: sum is whether "
    .. "one is true" .. alone, 'print(dist.all_reduce(tensor{1, 2}, "mean"))', "a, b = tensor.ones(2), tensor.zeros(3)\ndist.all_reduce{a, b}",
    "dist.reduce_scatter" },
  { "broadcast", "(t, from = 0)", "t, or each of a table, becomes what it is in process `from`, in place" .. alone, "print(dist.broadcast(tensor{1, 2}))",
    "net = nn.Linear(2, 1)\ntensor.no_grad(dist.broadcast, net:state(), 0)", "dist.all_gather" },
  { "all_gather", "(t)", "[size, ...]: the t of every process, stacked; of a table a table", "print(dist.all_gather(tensor{1, 2}))",
    "print(dist.all_gather(tensor(dist.rank())):max())", "dist.reduce_scatter" },
  { "reduce_scatter", '(t, "sum")', "the sum, mean, min or max of all processes' t in equal parts of its first dimension: this process's part",
    "print(dist.reduce_scatter(tensor{1, 2}))", 'print(dist.reduce_scatter(tensor.ones(4, 2), "max"))', "dist.all_reduce" },
  { "barrier", "()", "waits until all processes have come here", "dist.barrier()", "dist.barrier() print 'all here'", "dist.broadcast" },
  { "send", "(t, to)", "t, or each of a table, to process `to`, which calls dist.recv; a large one waits for that, so of two that send to each other "
    .. "one must receive first", "if dist.size() > 1 and dist.rank() == 0 then dist.send(tensor{1, 2}, 1) end",
    "if dist.rank() > 0 then dist.send(tensor{1, 2}, 0) end", "dist.recv" },
  { "recv", "(t, from)", "fills t, or each of a table, with what process `from` sends; shape and dtype must be the same",
    "if dist.rank() == 1 then print(dist.recv(tensor.zeros(2), 0)) end",
    "if dist.rank() == 0 then\n  for from = 1, dist.size() - 1 do dist.recv(tensor.zeros(2), from) end\nend", "dist.send" },
} do
  doc { name = "dist." .. d[1], sig = "dist." .. d[1] .. d[2], doc = d[3], example = d[4], example2 = d[5], see = d[6] }
end
