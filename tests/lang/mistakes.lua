--- mistakes.lua: what a beginner gets wrong in the first hour, and the exact text that the prompt says.
local test = dofile "tests/check.lua"

-- What is written to standard error when these lines are typed.
local function typed(code)
  local text = test.typed(code):gsub("\n$", "")
  -- check.lua is below the line that is typed, and no prompt, which would leave out the place of what was just typed.
  return (text:gsub("\n at tests/check.lua:%d+", ""):gsub("\n at stdin:1", ""))
end

local grads = "change it inside tensor.no_grad(function() ... end)"
local lists = {
  { "names", {
    { "tensr", "tensr is nil. Did you mean 'tensor'?" },
    { "tensor.zeross(2)", "attempt to call a nil value (field 'zeross'). Did you mean 'tensor.zeros'?" },
    { "nn.Linaer(3, 2)", "attempt to call a nil value (field 'Linaer'). Did you mean 'nn.Linear'?" },
    { "nn.Linear(3, 2):ft{}", "attempt to call a nil value (method 'ft'). Did you mean ':fit'?" },
    { "tensor.bernoulli(0.5)",
      "bernoulli: tensor expected, got number (of one probability: tensor.full({8}, 0.5):bernoulli())" },
    { ":gradcheck nn.Linear(2, 3), 5", ":gradcheck: a shape is a list of sizes, {4, 8}; got number" },
    { ":gradcheck nn.Linear(2, 3), {0, 2}", ":gradcheck: a shape is a list of sizes, {4, 8}; got table" },
    { ":gradcheck nn.ReLU(), nn", ":gradcheck: a shape is a list of sizes, {4, 8}; got table" },
    { "nn.ReLu()", "attempt to call a nil value (field 'ReLu'). Did you mean 'nn.ReLU'?" },
    { "nn.Sequential{nn.Linear(2, 3), nn.RelU, nn.Linear(3, 1)}", "nn.RelU is nil. Did you mean 'nn.ReLU'?\n" ..
      "nn.Sequential: element 2 of 3 is nil, behind Linear(2,3), before Linear(3,1)" },
    { "nn.Sequential{nil, nn.ReLU()}", "nn.Sequential: element 1 of 2 is nil, before ReLU" },
    { "n2 = nn.Sequential{nn.Linear(2, 3), nn.Relu}", "nn.Relu is nil. Did you mean 'nn.ReLU'?" },
    { "n2 = nn.Sequential{nn.Linear(3, 2), nn.ReLU(), nn.Linear(2, 1)}\nn2[2] = nil\nn2(x)",
      "nn.Sequential: element 2 of 3 is nil, behind Linear(3,2), before Linear(2,1)\n"
      .. " in net > Sequential      input of net was f32[2,3]" },
    { "n2 = nn.Sequential{nn.Linear(3, 2), nn.ReLU(), nn.Linear(2, 1)}\nn2[2] = nil\nn2",
      "nn.Sequential: element 2 of 3 is nil, behind Linear(3,2), before Linear(2,1)" },
    { "n2 = nn.Parallel{nn.Linear(3, 2), nn.ReLU(), nn.Linear(2, 1)}\nn2[2] = nil\nn2:save 'x.safetensors'",
      "nn.Parallel: element 2 of 3 is nil, behind Linear(3,2), before Linear(2,1)" },
    { "n2 = nn.Sequential{nn.Linear(3, 2), nn.ReLU()}\nn2[2] = nil\ny = n2(x)", "" },
    { "t, i = {}, 2\nt[i](x)", "attempt to call a nil value (field '?'). Nothing is there" },
    { "nn.Sequential{}:push(nn.Tanh)", "net:push: element 1 is the class nn.Tanh; nn.Tanh() makes one of it" },
    { "Holed = nn.class 'Holed'\nfunction Holed:init() self.list = {nn.ReLU(), nil, nn.ReLU()} end\n" ..
      "Holed():parameters()",
      "list: element 2 of 3 is nil, behind ReLU, before ReLU" },
    { "nn.init.he_norm", "nn.init.he_norm is nil. Did you mean 'nn.init.he_normal'?" },
    { "nn.cross_entropy(x, {1, 2})", "cross_entropy: target must be a tensor, got table" },
    { "nn.boxes.nms(x)", "nn.boxes.nms: scores is missing: a tensor expected" },
    { "viz.save()", "viz.save: path is missing: a text expected" },
    { "viz.layout(3)", "viz.layout: rows must be a list, got 3" },
    { "nn.relU(x)", "attempt to call a nil value (field 'relU'). Did you mean 'nn.ReLU' or 'x:relu'?" },
    { "optim.SDG{net}", "attempt to call a nil value (field 'SDG'). Did you mean 'optim.SGD'?" },
    { "net:forwrad(x)", "attempt to call a nil value (method 'forwrad'). Did you mean ':forward'?" },
    { "x:summ()", "f32[2,3] has no field or method 'summ'. Did you mean 'sum'?" },
    { "x.sum()", "sum: x must be a tensor, got nothing (a method takes a colon: x:sum())" },
    { "x:shape()", "attempt to call a table value (method 'shape'). shape is a field: x.shape, or x:size(1)" },
    { "x.foo = 1", "f32[2,3]: field 'foo' cannot be set" },
    { "x()", "attempt to call a tensor value (global 'x'). A tensor is indexed with brackets: x[i]" },
  } },
  { "syntax", {
    { "x += 1", "syntax error near '+'\nhint: x = x + 1 or x:add_(1)" },
    { "x @ x", "syntax error near '@'\nhint: matrix product is a:mm(b)" },
    { "x != 1", "syntax error near '!'\nhint: not equal is ~=" },
    { "x[1:2]", "']' expected near ':'\nhint: a slice is x[\"1:3\"] or x[{{1, 3}}]" },
    { "import numpy", "syntax error near 'numpy'\nhint: nothing to import: tensor, nn, optim, data and viz are there" },
    { "def f(x):", "syntax error near 'f'\nhint: function name(a, b) ... end" },
    { "optim.Adam(net:parameters(), lr=1e-3)",
      "')' expected near '='\nhint: options by name stand in a table: f(x, {lr = 0.1}) or f{x, lr = 0.1}" },
    { "x:mean(dim=0)",
      "')' expected near '='\nhint: options by name stand in a table: f(x, {lr = 0.1}) or f{x, lr = 0.1}" },
    { "if x = 3 then", "'then' expected near '='\nhint: equal is ==" },
    { "if x == 3 print(1) end", "'then' expected near 'print'\nhint: if condition then ... end" },
    { "1:10", "unexpected symbol near '1'\n" ..
      "hint: a range is tensor.arange(1, 10), with steps tensor.arange(0, 1, 0.1)" },
    { "% note", "unexpected symbol near '%'\nhint: a comment begins with --" },
    { "help sum", "syntax error near 'sum'\nhint: ?name explains" },
    { "f(x) = x^2", "syntax error near '='\nhint: function f(x) return ... end" },
    { "f = x -> x^2", "unexpected symbol near '>'\nhint: function(x) return ... end" },
    { "end", "<eof> expected near 'end'\nhint: this end closes nothing: nothing is open at a prompt >" },
    { "x .+ 1", "<name> expected near '+'\nhint: + and - are elementwise" },
    { "net = nn.Sequential{nn.Linear(2, 3) nn.ReLU()}",
      "'}' expected near 'nn'\nhint: a comma parts the fields of a table" },
    { "function add(a, b) { return a + b }",
      "unexpected symbol near '{'\nhint: a body stands without braces: function(a, b) ... end" },
    { "f = function(a) { return a }",
      "unexpected symbol near '{'\nhint: a body stands without braces: function(a, b) ... end" },
    { "α = 3", "unexpected symbol near '<\\206>'\nhint: names are made of a-z, A-Z, 0-9 and _" },
    { "x ≠ 3", "syntax error near '<\\226>'\nhint: not equal is ~=" },
    { "y = tensor[1, 2]", "']' expected near ','\nhint: tensor{1, 2, 3} makes one" },
    { "y = tensor{1 2}", "'}' expected near '2'\nhint: commas part the values: {1, 2, 3}" },
    { "1 = x", "unexpected symbol near '1'\nhint: a name stands before =: x = 1" },
    { "1 + 1 = 2", "unexpected symbol near '1'\nhint: == compares" },
    { "print(x))", "unexpected symbol near ')'\nhint: one ) too many" },
    { "x[2][1:2]", "']' expected near ':'\nhint: a slice is x[\"2, 1:3\"] or x[{2, {1, 3}}]" },
    { "i++", "syntax error near '+'\nhint: i = i + 1" },
  } },
  { "indices", {
    { "x[0]", "index 0 of f32[2,3]: indices count from 1" },
    { "x[3]", "index 3 outside 1..2 (dim 1 of f32[2,3])" },
    { "x[{1, 4}]", "index 4 outside 1..3 (dim 2 of f32[2,3])" },
    { 'x["1:9"]', "index range 1:9 outside 1..2 (dim 1 of f32[2,3])" },
    { 'x["[1,3], :"]', 'index "[1,3], :": part 1 is not one of i, a:b, a:b:step, :, ..., new; '
      .. 'several rows are x[tensor{1, 3, dtype="i64"}]' },
    { "tensor.linspace(0, 1)", "linspace: how many is missing: tensor.linspace(0, 1, 100)" },
    { "tensor.randint(5)", "randint: lo and hi are wanted, which may both come: tensor.randint(1, 6, 10)" },
    { "x:fft()", "fft: x must be [..., numbers, 2], pairs of real and imaginary part, got f32[2,3]; "
      .. "of real numbers it is x:rfft()" },
    { "for _, p in pairs(net:state()) do print(p.grad:norm()) end",
      "attempt to index a nil value (field 'grad'). net:state() is without gradients; "
      .. "for _, p in ipairs(net:named_parameters()) do print(p[1], p[2].grad) end" },
    { "tensor.grad(x:sum(), x)",
      "attempt to call a nil value (field 'grad'). loss:backward() puts gradients into w.grad" },
    { "!false", "status 1" }, { "!true", "" },
    { "!cd /tmp", ":cd /tmp changes the folder here; !cd that of a shell which ends" },
    { 'x["a:b"]', 'index "a:b": part 1 is not one of i, a:b, a:b:step, :, ..., new' },
    { "x.shape[0]", "shape[0]: dimensions count from 1 (shape[-1] is the last)" },
    { 'x["end"]', "f32[2,3] has no field or method 'end'. -1 is the last: x[-1]" },
    { 'y = x["2:2:10"]', "a range is first:last:step, here one element" },
    { "x[1.5]", "index: whole number expected, got 1.5" },
    { "x:sum(3)", "sum: dim 3 outside 1..2 for f32[2,3]" },
    { "x:permute(1, 3)", "permute: dim 3 outside 1..2 for f32[2,3]" },
  } },
  { "comparisons", {
    { "x:sum() == 55", "a tensor never is a number: x:sum():item() == 55, x:sum():eq(55)" },
    { "x:mean()==2.5;", "a tensor never is a number: x:mean():item() == 2.5, x:mean():eq(2.5)" },
    { "y = x:sum() ~= -1e3", "a tensor never is a number: x:sum():item() ~= -1e3, x:sum():ne(-1e3)" },
    { "if x[1] == 3 then end", "a tensor never is a number: x[1]:item() == 3, x[1]:eq(3)" },
    { "if true and x:sum() == 6 or nil then end", "a tensor never is a number: x:sum():item() == 6, x:sum():eq(6)" },
    { "y = w[1] == 3", "" }, { "y = x[1][2] == 3", "" }, { "y = x[{1, 2}] == 3", "" }, { "y = x:size(1) == 3", "" },
    { "y = x:sum() == 3 * x:sum()", "" }, { "y = 'x:sum() == 3'", "" }, { "y = 1 -- x:sum() == 3", "" },
    { "function f9(x) return x == 3 end", "" }, { "for x = 1, 2 do y = x == 3 end", "" },
    { "if x:gt(3) then end", "gt gives a tensor, which is true to Lua: x:gt(y):all():item(), or any" },
    { "if not x:eq(x + x:sum()) then end", "eq gives a tensor, which is true to Lua: x:eq(y):all():item(), or any" },
    { "if y == 3 and (x:lt(0)) then end", "lt gives a tensor, which is true to Lua: x:lt(y):all():item(), or any" },
    { "if nil then elseif x:ne(0) then end", "ne gives a tensor, which is true to Lua: x:ne(y):all():item(), or any" },
    { "while x:gt(3) do break end", "gt gives a tensor, which is true to Lua: x:gt(y):all():item(), or any" },
    { "if x:gt(3):any() then end", "any() and all() give a tensor, which is true to Lua: x:any():item()" },
    { "if x:gt(3):any():item() then end", "" }, { "if x:gt(3):sum():item() > 2 then end", "" },
    { "if x then y = x:gt(3) end", "" },
  } },
  { "arithmetic", {
    { "x + nil", "add: right is nil; a tensor or a number is wanted" },
    { 'x * "a"', "mul: right is string; a tensor or a number is wanted" },
    { "{1, 2} - x", "sub: left is table; a tensor or a number is wanted (tensor{...} makes one)" },
    { "x + tensor.ones(4)", "add: shapes do not broadcast: left f32[2,3], right f32[4]" },
    { "x:mm(x)", "mm: inner sizes differ: left f32[2,3], right f32[2,3]   (3 must equal 2)" },
    { "x .. x", "..: both sides are tensors (f32[2,3], f32[2,3]); join them with tensor.cat{a, b, dim=1}" },
    { "x < 0", "< gives one boolean, and f32[2,3] has 6 elements; elementwise: x:lt(y)" },
    { "x:item()", "item: f32[2,3] has 6 elements, not 1" },
    { "x:view(4, 2)", "view: f32[2,3] has 6 elements, [4,2] needs 8" },
    { "x:sum{dims = 1}", "sum: unknown option 'dims'. Did you mean 'dim'?" },
    { 'x:to "float"', "to: unknown dtype 'float' (f32 f64 i64 i32 u8 bool). Did you mean 'f32'?" },
    { 'x:to "half"', "to: unknown dtype 'half' (f32 f64 i64 i32 u8 bool)" },
  } },
  { "making", {
    { "tensor{{1, 2}, {3}}", "tensor: ragged table: a table at depth 2 has 1 elements, the first there has 2" },
    { 'tensor{1, "2"}', "tensor: element 2 is a string, not a number" },
    { "tensor.zeros(-1)", "zeros: impossible shape [-1]" },
    { 'tensor.zeros{2, dtype = "float32"}',
      "zeros: unknown dtype 'float32' (f32 f64 i64 i32 u8 bool). Did you mean 'f32'?" },
    { "tensor([[1, 2], [3, 4]])",
      "tensor: a table of numbers expected, got string '1, 2], [3, 4' (a list is {1, 2}, [[ ]] a string)" },
    { "tensor.cat{x, tensor.ones(2, 4), dim = 1}", "cat: tensor 2 is f32[2,4], the first is f32[2,3] (dim 1)" },
    { "tensor.stack{x, tensor.ones(2, 4)}", "stack: tensor 2 is f32[2,4], the first is f32[2,3] (dim 1)" },
  } },
  { "layers", {
    { "net(tensor.ones(2, 4))", "mm: inner sizes differ: left f32[2,4], right f32[3,2]   (4 must equal 3)\n"
      .. " in net > Linear(3,2)      input of net was f32[2,4]" },
    { "nn.Sequential{nn.Linear(3, 4), nn.Linear(5, 2)}(x)",
      "mm: inner sizes differ: left f32[2,4], right f32[5,2]   (4 must equal 5)\n"
      .. " in net > Sequential[2] > Linear(5,2)      input of net was f32[2,3]" },
    { "nn.Conv2d(3, 8, 3)(tensor.ones(1, 8, 8, 1))",
      "conv2d: channels differ: x f32[1,8,8,1] has 1, w f32[3,3,3,8] takes 3 in 1 groups\n"
      .. " in net > Conv2d(3,8,3x3)      input of net was f32[1,8,8,1]" },
    { "nn.Conv2d(3, 8, 3)(tensor.ones(8, 8, 3))",
      "conv2d: x must be [N,H,W,C] and w [kh,kw,C/groups,O], got f32[8,8,3] and f32[3,3,3,8]\n"
      .. " in net > Conv2d(3,8,3x3)      input of net was f32[8,8,3]" },
    { "nn.Conv2d(3, 8, 9)(tensor.ones(1, 4, 4, 3))",
      "conv2d: kernel 9x9 (dilated 9x9) is larger than the padded input 4x4\n"
      .. " in net > Conv2d(3,8,9x9)      input of net was f32[1,4,4,3]" },
    { "nn.BatchNorm(4)(x)",
      "batch_norm: gamma must be f32[3] for f32[2,3], got f32[4]. The layer takes 4 channels, what came in has 3\n"
      .. " in net > BatchNorm(4)      input of net was f32[2,3]" },
    { "nn.LayerNorm(4)(x)",
      "layer_norm: gamma must be f32[3] for f32[2,3], got f32[4]. The layer takes 4 channels, what came in has 3\n"
      .. " in net > LayerNorm(4)      input of net was f32[2,3]" },
    { "nn.LSTM(4, 8)(tensor.ones(2, 4))", "lstm: x must be [N, T, F], got f32[2,4]\n"
      .. " in net > LSTM(4,8)      input of net was f32[2,4]" },
    { 'nn.Embedding(5, 2)(tensor{0, dtype = "i64"})',
      "embedding: id 0 outside 1..5 (ids are 1-based; data.labels{base=0} converts)\n"
      .. " in net > Embedding(5,2)      input of net was i64[1]" },
    { "nn.MultiheadAttention(6, 4)", "nn.MultiheadAttention: 6 features do not split into 4 heads" },
    { "nn.MaxPool2d()", "nn.MaxPool2d: kernel is missing" },
    { "nn.Linear(3)", "nn.Linear: out must be a whole number from 1 on, got nil" },
    { "nn.Conv2d(3, 8, 3, 1, 1)", "nn.Conv2d: 3 values at most, got 5; "
      .. "options go by name: act bias dilation groups kernel padding slope stride" },
    { "nn.ReLU(3)", "nn.ReLU: no values, got 1" },
    { "nn.Flatten(2)", "nn.Flatten: no values, got 1" },
    { "nn.Linear(3, 2, {bais = false})", "nn.Linear: unknown option 'bais'. Did you mean 'bias'?" },
    { 'nn.Sequential{nn.Linear(3, 2), "relu"}', "nn.Sequential: element 2 is a string, not a module" },
    { "nn.Sequential{nn.Linear(3, 2), nil, nn.Linear(2, 1)}",
      "nn.Sequential: element 2 of 3 is nil, behind Linear(3,2), before Linear(2,1)" },
    { "nn.Sequential(nn.Linear(3, 2), nil, nn.Linear(2, 1))",
      "nn.Sequential: element 2 of 3 is nil, behind Linear(3,2), before Linear(2,1)" },
    { "nn.Sequential(nn.Linear(3, 2), nil)", "nn.Sequential: element 2 of 2 is nil, behind Linear(3,2)" },
    { "nn.Parallel{nn.Linear(3, 2), nil, nn.Linear(2, 1)}",
      "nn.Parallel: element 2 of 3 is nil, behind Linear(3,2), before Linear(2,1)" },
    { "nn.Sequential{nn.Linear(3, 2), nn.ReLU}",
      "nn.Sequential: element 2 is the class nn.ReLU; nn.ReLU() makes one of it" },
    { "net = nn.Sequential{nn.Linear(3, 2), nn.RelU}", "nn.RelU is nil. Did you mean 'nn.ReLU'?" },
    { 'nn.class "Net"()(x)', "Net has no forward: function Net:forward(x) ... end\n"
      .. " in net > Net      input of net was f32[2,3]" },
  } },
  { "losses", {
    { 'nn.cross_entropy(x, tensor{0, 1, dtype = "i64"})',
      "cross_entropy: target 0 outside 1..3 (labels are 1-based; data.labels{base=0} converts)" },
    { 'nn.cross_entropy(x, tensor{1, 4, dtype = "i64"})',
      "cross_entropy: target 4 outside 1..3 (labels are 1-based; data.labels{base=0} converts)" },
    { "nn.cross_entropy(x, tensor{1, 2})",
      'cross_entropy: target is f32[2]; it must hold integers (x:to"i64" converts)' },
    { "nn.mse(tensor.ones(2, 1), tensor.ones(2))",
      "mse: shapes differ: f32[2,1] and f32[2] (a loss does not broadcast)" },
  } },
  { "gradients", {
    { "x:sum():backward()", "backward: f32[] does not depend on anything that requires grad" },
    { "(w * 2):backward()",
      "backward: f32[2] has 2 elements; reduce it first (x:sum(), x:mean()) or give a gradient" },
    { "l = (w * w):sum()\nl:backward()\nl:backward()",
      "backward: the graph was freed by an earlier backward (keep it with backward{retain=true})" },
    { "w:sub_(0.1)", "sub_: f32[2] requires grad and is a leaf; " .. grads },
    { "w[1] = 3", "x[...] = value: f32[2] requires grad and is a leaf; " .. grads },
    { "a = w * 1\nl = (a * a):sum()\ntensor.no_grad(function() a:add_(1) end)\nl:backward()",
      "backward of mul: its input f32[2] was changed in place after the forward pass" },
    { 'tensor{1, 2, dtype = "i64"}:requires_grad()',
      'requires_grad: i64[2] is not f32 or f64; gradients need a float (x:to"f32")' },
    { "tensor.no_grad(3)", "no_grad: a function expected, got number" },
  } },
  { "what a tensor is to Lua's own functions", {
    { "type(x)", "to Lua a tensor is userdata; lunette.typename(x) tells what it is" },
    { "y = type(x)", "" },
    { "math.max(x)", "math.max compares arguments, and gives one alone back: x:max() looks through a tensor" },
    { "math.max(tensor{3}, 4)", "" },
    { "x ~= 3", "a tensor never is a number: x:item() ~= 3, x:ne(3)" },
    { "y = tensor{{1, 2}, {3, 4}}\ny:eigh()", "y is not symmetric: these are of (y + y:t()) / 2" },
    { "y = tensor{{1, 2}, {2, 4}}\ny:eigh()", "" },
    { "loadstring", "loadstring is nil. load(text) compiles it." },
  } },
  { "training", {
    { "o = optim.Adam{net} o.learning_rate = 0.1", "opt.learning_rate is read by nobody. Did you mean 'opt.lr'?" },
    { "o = optim.Adam{net} o.shedule = optim.cosine{0.1, steps = 5}",
      "opt.shedule is read by nobody. Did you mean 'opt.schedule'?" },
    { "optim.Adam()", "optim.Adam: optim.Adam{net, lr=...} expected" },
    { "optim.Adam{lr = 0.1}:step(tensor(1))",
      "opt:step: this optimiser has no parameters yet; give it the network: optim.Adam{net}" },
    { "optim.Adam{lr = 0.1}:zero_grad()",
      "opt:zero_grad: this optimiser has no parameters yet; give it the network: optim.Adam{net}" },
    { "optim.SGD{lr = 0.1}:update()",
      "opt:update: this optimiser has no parameters yet; give it the network: optim.SGD{net}" },
    { "optim.Adam{tensor.ones(2):requires_grad(), tensor.ones(3):requires_grad()}",
      "optim.Adam: one network or list of parameters comes first, got f32[3] too; " ..
      "several are optim.Adam{{a, b}, lr=...}" },
    { "optim.LBFGS{{net.weight, nil, net.bias}}",
      "optim.LBFGS: element 2 of 3 is nil, behind f32[3,2], before f32[2]" },
    { "optim.SGD{{{{net.weight}}, nil, {{net.bias}}}}",
      "optim.SGD: element 2 of 3 is nil, behind table, before table" },
    { "optim.Adam{nn.ReLU()}", "optim.Adam: no parameter that requires grad" },
    { "optim.Adam{net, learning_rate = 0.1}",
      "optim.Adam: unknown option 'learning_rate'. Did you mean 'lr'?" },
    { "net:fit{{x, tensor.ones(2, 2)}}", "fit: loss=nn.cross_entropy or another function is missing" },
    { 'net:fit{{x, tensor.ones(2, 2)}, loss = nn.mse, metric = {"accuracy"}}',
      "fit: unknown option 'metric'. Did you mean 'metrics'?" },
    { "net:fit{{x, tensor.ones(3, 2)}, loss = nn.mse}", "data: first sizes differ: f32[2,3] and f32[3,2]" },
    { "net:fit{{x, tensor.ones(2, 2)}, loss = nn.mse, lr = 0.1}",
      "fit: unknown option 'lr'. The optimiser has it: opt = optim.Adam{lr = 0.001}" },
    { "net:fit{{x}, loss = nn.mse, quiet = true}", "fit: the data have no targets: {X, Y}\n in fit: epoch 1, step 1" },
    { 'nn.Linear(3, 1):fit{{x, tensor{1, 1, dtype = "i64"}}, loss = nn.cross_entropy, quiet = true}',
      "fit: cross_entropy of one class is always 0; of one output the loss is nn.bce_logits\n"
      .. " in fit: epoch 1, step 1" },
    { "net:evaluate{{x, tensor.ones(2, 2)}}",
      "evaluate: nothing to measure: loss=nn.cross_entropy or another function, or metrics, is missing" },
    { "o = optim.SGD{net}\no.momentum = 0.9",
      "opt.momentum: set when the optimiser is made: optim.SGD{net, momentum=0.9}; "
      .. "opt.lr and opt.schedule may be set" },
    { "o = optim.LBFGS{net}\no.history = 3",
      "opt.history: set when the optimiser is made: optim.LBFGS{net, history=3}; "
      .. "opt.lr and opt.schedule may be set" },
    { "o = optim.SGD{net}\no.lr = 'a'\no:step()", "optim.SGD: lr must be at least 0 and finite, got string" },
    { "o = optim.Adam{net}\no.lr = -1\no:update()", "optim.Adam: lr must be at least 0 and finite, got -1" },
    { "o = optim.Adam{net}\no.lr = 0.5\no.schedule = optim.cosine{0.1, steps = 5}\no.note = 1", "" },
    { "net:save_checkpoint('x.png')",
      "save_checkpoint: a file of several tensors (.safetensors .npz .h5 .hdf5) expected, got 'x.png'" },
    { "net:save 'x.png'",
      "tensor.save: x.png: a PNG file holds one tensor, got a table (.safetensors .npz .h5 .hdf5 hold several)" },
    { "net:fit{loss = nn.mse}", "fit: data expected first: net:fit{{x, y}, loss=...}" },
    { "data.loader{x}", "data: a list of tensors {x, y} or a data set expected, got f32[2,3]" },
    { "data.loader{{x}, shufle = true}", "data.loader: unknown option 'shufle'. Did you mean 'shuffle'?" },
  } },
  { "from PyTorch", {
    { "torch.zeros(2)", "torch is nil. Did you mean 'tensor'?\nattempt to index a nil value (global 'torch')" },
    { "from torch import nn",
      "syntax error near 'torch'\nhint: nothing to import: tensor, nn, optim, data and viz are there" },
    { 'require "torch"', "module 'torch' not found. tensor, nn, optim, data and viz are there without require" },
    { "x:matmul(x)", "f32[2,3] has no field or method 'matmul'. Did you mean 'mm'?" },
    { "x:cuda()", "f32[2,3] has no field or method 'cuda'. Everything runs on the processor" },
    { "tensor.manual_seed(3)", "attempt to call a nil value (field 'manual_seed'). Did you mean 'tensor.seed'?" },
    { "nn.CrossEntropyLoss()",
      "attempt to call a nil value (field 'CrossEntropyLoss'). Did you mean 'nn.cross_entropy'?" },
    { "nn.functional.relu(x)",
      "attempt to index a nil value (field 'functional'). Functions are nn.relu, nn.softmax, ..." },
    { "nn.ReLU(x)", "nn.ReLU makes a layer; of a tensor it is nn.relu(x), or nn.ReLU()(x)" },
    { "nn.Conv2d{3, 8, 3, kernel_size = 3}", "nn.Conv2d: unknown option 'kernel_size'. Did you mean 'kernel'?" },
    { "nn.Conv2d{3, 8, 3, stride = 0}",
      "nn.Conv2d: stride must be a whole number from 1 on, or a list of them, got 0" },
    { "optim.Adam(net:parameters(), 0.1)",
      "optim.Adam: one table expected: optim.Adam{net, lr=...}; a second argument is number" },
    { "optim.Adam{net, lr = -1}", "optim.Adam: lr must be at least 0 and finite, got -1" },
    { "w.requires_grad = true", "f32[2]: field 'requires_grad' cannot be set; x:requires_grad() asks for gradients" },
    { "w.grad:zero_()", "attempt to index a nil value (field 'grad'). grad is nil until backward() has run, "
      .. "and of what was computed from others" },
    { "l = (w * w):sum()\nl.backward()",
      "backward: tensor expected, got nothing (a method takes a colon: x:backward())" },
    { "net.forward(x)", "f32[2,3] has no field or method 'weight'. A method takes a colon: net:forward(...)" },
    { "x.mean(2)", "mean: x must be a tensor, got number (a method takes a colon: x:mean())" },
    { "x.exp(1)", "exp: x must be a tensor, got number (a method takes a colon: x:exp())" },
    { "x.clamp(0, 1)", "clamp: x must be a tensor, got number (a method takes a colon: x:clamp())" },
    { "x.sum{dim = 1}", "sum: x must be a tensor, got nothing (a method takes a colon: x:sum())" },
    { "x.mm(x)", "mm: b must be a tensor, got nothing (a method takes a colon: a:mm(b))" },
    { "x.add_(1)", "add: a must be a tensor, got number (a method takes a colon: a:add(b))" },
    { "x.view(3, 2)", "view: x must be a tensor, got number (a method takes a colon: x:view(shape))" },
    { "x.masked_fill(x, 1)",
      "masked_fill: value is missing (a method takes a colon: x:masked_fill(mask, value))" },
    { "x.size(1)", "size: tensor expected, got number (a method takes a colon: x:size(...))" },
    { "x.split(2)", "split: tensor expected, got number (a method takes a colon: x:split(...))" },
    { "net.parameters()", "attempt to index a nil value (local 'self'). A method takes a colon: net:parameters(...)" },
    { "net.train()", "no network. A method takes a colon: net:train(...)" },
    { "net.save('f')", "attempt to call a nil value (method 'state'). A method takes a colon: net:save(...)" },
    { "o = optim.SGD{net}\no.step()",
      "attempt to index a nil value (local 'self'). A method takes a colon: opt:step(...)" },
    { "nn.relu(1)", "relu: x must be a tensor, got number (a method takes a colon: x:relu())" },
    { "o = optim.SGD{net}\no:step(3)", "opt:step: a loss expected, a tensor of one number; got number" },
    { "net:fit(x, x)", "fit: one table expected: net:fit{{x, y}, loss=nn.mse}; got f32[2,3]" },
    { 'net:fit{{x, x}, loss = "mse"}', "fit: loss must be a function such as nn.cross_entropy, got string" },
    { 'net:fit{{x, x}, loss = nn.mse, epochs = "3"}', "fit: epochs must be a whole number from 1 on, got '3'" },
    { 'net:fit{{x, x}, loss = nn.mse, opt = "adam"}',
      "fit: opt must be an optimiser such as optim.Adam{lr=1e-3}, got string" },
    { 'net:fit{{x, x}, loss = nn.mse, metrics = "accuracy"}',
      'fit: metrics must be a list such as {"accuracy"}, got string' },
    { "data.loader(x, 3)", "data.loader: one table expected: data.loader{{x, y}, batch=32}; got f32[2,3]" },
  } },
  { "from NumPy and Python", {
    { "np.zeros(2)", "np is nil. Did you mean 'tensor'?\nattempt to index a nil value (global 'np')" },
    { "tensor.array{1, 2}", "attempt to call a nil value (field 'array'). tensor{1, 2, 3} makes one" },
    { "x:sum{axis = 1}", "sum: unknown option 'axis'. Did you mean 'dim'?" },
    { "x.T", "f32[2,3] has no field or method 'T'. Did you mean 't'?" },
    { "x:astype(3)", "f32[2,3] has no field or method 'astype'. Did you mean 'to'?" },
    { "x[1, 2]", "']' expected near ','\nhint: several indices are x[{1, 2}]" },
    { "x[:, 1]", "unexpected symbol near ':'\nhint: a slice is x[\"1:3\"] or x[{{1, 3}}]" },
    { "x ** 2", "syntax error near '*'\nhint: a power is x ^ 2" },
    { "lambda x: x", "syntax error near 'x'\nhint: function(x) return ... end" },
    { "print x", "syntax error near 'x'\nhint: a call takes brackets: print(x)" },
    { "while true: x()", "'do' expected near ':'\nhint: while condition do ... end" },
    { "None", "None is nil. Lua calls it nil." },
    { "len(x)", "len is nil. The length is #x; of a tensor x:size(1).\nattempt to call a nil value (global 'len')" },
    { "for i in range(3) do end",
      "range is nil. for i = 1, n do ... end counts.\nattempt to call a nil value (global 'range')" },
    { '"a" + 1', "attempt to add a 'string' with a 'number'. Strings are joined by .." },
    { "if x > 0 then end", "< or > gives one boolean, and f32[2,3] has 6 elements; elementwise: x:gt(y)" },
    { "x:t():shape", "function arguments expected near <eof>\nhint: a field takes a point: x.shape" },
    { "x:t():sum", "function arguments expected near <eof>\nhint: a call takes brackets: x:sum()" },
    { "x.device", "f32[2,3] has no field or method 'device'. Everything runs on the processor" },
    { 'raise ValueError("bad")', "syntax error near 'ValueError'\nhint: error(\"what went wrong\")" },
    { "assert x.shape == (2,3)", "syntax error near 'x'\nhint: a call takes brackets: assert(x == 1)" },
    { 'print(f"{x}")', "f is nil.\nattempt to call a nil value (global 'f')\n"
      .. 'hint: ("%d of %s"):format(a, b), or a .. " of " .. b' },
    { '"%d" % 3', "attempt to mod a 'string' with a 'number'. (\"%d of %s\"):format(a, b) puts values into a text" },
    { '"%d %s" % (1, 2)', "unexpected symbol near '\"%d %s\"'\nhint: "
      .. '("%d of %s"):format(a, b), or a .. " of " .. b' },
    { '"abc".upper()', "unexpected symbol near '\"abc\"'\nhint: of a string in brackets: (\"abc\"):upper()" },
    { "3 in y", "unexpected symbol near '3'\nhint: for i, v in ipairs(list) do ... end looks through a list" },
    { "y = (1, 2, 3)", "')' expected near ','\nhint: a list is {1, 2, 3}; a, b = 1, 2 sets two" },
    { "%timeit x:sum()", "unexpected symbol near '%'\nhint: :bench x:sum() does that here" },
    { "%who", "unexpected symbol near '%'\nhint: :who does that here" },
    { "x:inv()", "f32[2,3] has no field or method 'inv'. Did you mean 'x:inverse'?" },
    { "tensor.inv(x)", "attempt to call a nil value (field 'inv'). Did you mean 'x:inverse'?" },
    { "x:eig()", "f32[2,3] has no field or method 'eig'. x:eigh() has those of a symmetric matrix, "
      .. "x:svd() the singular values of any" },
    { "x[1][1]:item()",
      "attempt to index a number value (field 'integer index'). An element is a number already: x[1]" },
    { "net[0].weight", "attempt to index a nil value (field 'integer index'). Nothing is there; indices count from 1" },
    { "net.state_dict()", "attempt to call a nil value (field 'state_dict'). Did you mean 'net:save' or 'net:state'?" },
    { "net:predict(x)", "attempt to call a nil value (method 'predict'). Did you mean 'net:eval' or 'net:forward'?" },
    { "optim.lr_scheduler.StepLR(1)", "attempt to index a nil value (field 'lr_scheduler'). "
      .. "Did you mean 'optim.cosine' or 'optim.step_decay'?" },
    { "w -= 0.1 * w.grad",
      "syntax error near '-'\nhint: tensor.no_grad(function() w:sub_(0.1 * w.grad) end), or opt:step()" },
    { "w.grad", "w has none before backward()" },
    { "x.grad", "x asks for no gradient: x:requires_grad()" },
    { "net[0]", "net: indices count from 1" },
    { "for name, p in net:named_parameters() do end", "attempt to call a table value (for iterator 'for iterator'). "
      .. "for _, p in ipairs(net:named_parameters()) do print(p[1], p[2]) end" },
    { "for v in x do end",
      "attempt to call a tensor value (for iterator 'for iterator'). for i, v in ipairs(t) do ... end" },
    { "Print(x)", "Print is nil. Did you mean 'print'?\nattempt to call a nil value (global 'Print')" },
    { "N = nn.class 'N'\nfunction N:forward(v) return v.no end\nN().forward(x)",
      "attempt to index a nil value (local 'v'). A method takes a colon: net:forward(...)" },
    { "N = nn.class 'N'\nfunction N:forward(v) return self.no(v) end\nN().forward(x)",
      "f32[2,3] has no field or method 'no'. A method takes a colon: net:forward(...)" },
    { "y = x:mean() == 2", "a tensor never is a number: x:mean():item() == 2, x:mean():eq(2)" },
    { "x:mean() == 2", "a tensor never is a number: x:mean():item() == 2, x:mean():eq(2)" },
    { "if x:gt(3):any() then end", "any() and all() give a tensor, which is true to Lua: x:any():item()" },
    { "x - x:mean(2)", "sub: shapes do not broadcast: left f32[2,3], right f32[2]. "
      .. "{dim, keepdim=true} keeps a dimension of 1: x - x:mean{2, keepdim=true}" },
    { "math.sqroot(2)", "attempt to call a nil value (field 'sqroot'). Did you mean 'math.sqrt'?" },
    { "for i = 1, 3 do print(i) end end", "<eof> expected near 'end'\nhint: one end too many" },
    { "x:eq 1", "function arguments expected near '1'\nhint: a call takes brackets: x:eq(1)" },
    { "sqrt(2)", "sqrt is nil. Of a number it is math.sqrt(x), of a tensor x:sqrt().\n"
      .. "attempt to call a nil value (global 'sqrt')" },
    { "sin", "sin is nil. Of a number it is math.sin(x), of a tensor x:sin()." },
    { "os.getcwd()", "attempt to call a nil value (field 'getcwd'). :pwd tells the folder" },
    { "y = 3 % remark",
      "remark is nil.\nattempt to perform arithmetic on a nil value (global 'remark'). A comment begins with --" },
    { "x:add(1, 2)", "add: 1 argument too many (?add explains)" },
  } },
  { "from MATLAB", {
    { "A = [1 2; 3 4]", "unexpected symbol near '['\nhint: tensor{{1, 2}, {3, 4}}" },
    { "A = [1, 2.5, -3]", "unexpected symbol near '['\nhint: tensor{1, 2.5, -3}" },
    { "[x x]", "unexpected symbol near '['\nhint: side by side is tensor.cat{x, x, dim = 2}" },
    { "[x; x]", "unexpected symbol near '['\nhint: one below the other is tensor.cat{x, x, dim = 1}" },
    { "[V, D] = eig(x)", "unexpected symbol near '['\nhint: several results: a, b = f(x)" },
    { "x\\[1;2]", "syntax error near '\\'\nhint: a linear system is a:solve(b)" },
    { "x.'", "unfinished string near <eof>\nhint: the transpose is x:t()" },
    { "x(end, end)", "unexpected symbol near 'end'\nhint: -1 counts from the end: x[-1], x[{-1, 2}]" },
    { "x(:)", "unexpected symbol near ':'\nhint: all in a row is x:flatten()" },
    { "x(x>2) = 0", "syntax error near '='\nhint: elements are set in brackets: x[i] = v, x[x:gt(2)] = v" },
    { "clear all", "syntax error near 'all'\nhint: x = nil lets one go; :who lists variables" },
    { "load data.mat", "syntax error near 'data'\nhint: tensor.load \"data.mat\"" },
    { "tic; x(); toc", "syntax error near ';'\nhint: :time e tells how long e takes" },
    { "3 + 2i", "unexpected symbol near '3'\nhint: numbers are real here; fft gives two parts" },
    { "pi", "pi is nil. math.pi." },
    { "ans", "ans is nil. _ is the last value." },
  } },
  { "from Torch7 and Lua", {
    { "tensor.Tensor(2, 3)",
      "attempt to call a nil value (field 'Tensor'). tensor{1, 2, 3} makes one, tensor.zeros(2, 3) one of a shape" },
    { "tensor(2, 3)",
      "tensor: one value expected, got 2 numbers; a list is tensor{...}, a shape tensor.zeros(...)" },
    { "x:resize(3, 2)", "f32[2,3] has no field or method 'resize'. Did you mean 'reshape'?" },
    { "x:fill(3)", "f32[2,3] has no field or method 'fill'. Did you mean 'fill_'?" },
    { "net:add(nn.ReLU())",
      "attempt to call a nil value (method 'add'). Layers are a list: nn.Sequential{a, b}" },
    { "nn.SpatialConvolution(3, 8, 3)",
      "attempt to call a nil value (field 'SpatialConvolution'). Did you mean 'nn.Conv2d'?" },
    { "for i in 3 do end",
      "attempt to call a number value (for iterator 'for iterator'). for i = 1, n do ... end counts" },
    { "x:chunk(0)", "chunk: n must be a whole number from 1 on, got 0" },
    { "x[1] = nil", "x[...] = value: a number, tensor or table expected, got nil" },
    { "# remark", "syntax error near '#'\nhint: a comment begins with --" },
    { "# of two words", "syntax error near '#'\nhint: a comment begins with --" },
    { "# x", "" },
  } },
  { "files and commands", {
    { 'assert(tensor.load "nosuch.npy")', "nosuch.npy: No such file or directory" },
    { 'assert(net:load "nosuch.safetensors")', "nosuch.safetensors: No such file or directory" },
    { 'net:load "nosuch.safetensors"', "" },
    { ":run nosuch.lua", "cannot open nosuch.lua: No such file or directory" },
    { ":run tests/check", "cannot open tests/check: No such file. Did you mean tests/check.lua?" },
    { ":tiem 1", ":tiem is no command. Did you mean :time?" },
    { ":digits 0", ":digits wants a whole number from 1 to 17, got '0'" },
    { ":demo planer", ":demo: no project 'planer'. Did you mean 'planar'?" },
    { "viz.plot(3, 4)", "viz.plot: a name expected, got number" },
  } },
}

local count = 0
for _, list in ipairs(lists) do
  for _, case in ipairs(list[2]) do
    count = count + 1
    test(list[1] .. ": " .. case[1]:gsub("\n", " "), function()
      x, net = tensor.ones(2, 3), nn.Linear(3, 2)  -- luacheck: ignore
      w = tensor.ones(2):requires_grad()           -- luacheck: ignore
      test.equal(typed(case[1]), case[2])
      test.truth(select(2, case[2]:gsub("\n", "")) < 8, "at most 8 lines")
    end)
  end
end
test("ipairs of a tensor ends with its last row", function()
  local sum, last = 0, 0
  for i, row in ipairs(tensor { { 1, 2 }, { 3, 4 } }) do sum, last = sum + row:sum():item(), i end
  test.equal(sum, 10.0)
  test.equal(last, 2)
end)
test("NaN is written without a sign", function()
  local minus = tensor { 0 } / 0
  for _, nan in ipairs { minus:item(), (-minus):item() } do test.equal(tostring(nan), "nan") end
  for _, t in ipairs { minus, -minus } do
    test.equal(("%.3g"):format(t:item()), "nan")
    test.equal(tostring(t:sum()), "nan")
    test.equal("loss " .. t:sum(), "loss nan")
    test.equal("loss " .. t:totable()[1], "loss nan")
    test.equal(tostring(t):match "%S+", "nan")
  end
  local all = tensor.full({ 40, 40 }, -(0 / 0))
  test.equal(tostring(all):match "[^\n]*$", "f32[40,40] min nan max nan mean nan nan 1600")
  all[{ 1, 1 }], all[{ 1, 2 }] = math.huge, -math.huge
  test.equal(tostring(all):match "[^\n]*$", "f32[40,40] min -inf max inf mean nan nan 1598")
  test.equal(tostring(3), "3")
  test.equal(tostring(-0.5), "-0.5")
end)
test("a vector that fills more than the screen shows both of its ends", function()
  local text = tostring(tensor.arange(1000):to "f32")
  test.truth(text:find "^ +1 +2 " and text:find " 999  +1000\n" and text:find "%.%.%.", text)
  test.truth(text:find("f32[1000] min 1 max 1000 mean 500.5 nan 0", 1, true), text)
  test.equal(tostring(tensor.arange(10000)):match "[^\n]*$", "i64[10000] min 1 max 10000 mean 5000.5")
end)
test("no tensor takes more than 30 lines", function()
  for _, shape in ipairs { { 1000, 1000 }, { 25, 36, 1, 1 }, { 10, 10, 10 }, { 37, 8, 10, 4 }, { 100 },
    { 2, 2, 2, 2, 2, 2 },
    { 200, 1 }, { 1, 200 }, { 24, 5 }, { 25, 5 } } do
    local text = tostring(tensor.zeros(shape))
    local name = table.concat(shape, ",")
    test.truth(select(2, text:gsub("\n", "")) < 30, name)
    test.truth(text:find("f32[" .. name .. "]", 1, true), name .. " ends in its type")
  end
end)
test("the colon is missed within functions of a script too; Lua's own errors within ours name its line", function()
  local path = os.tmpname()
  local function said(line)
    test.write(path, ([[
local net = nn.Sequential { nn.Linear(2, 3) }
local opt = optim.SGD { net, lr = 0.1 }
local function inner()
  %s
end
inner()
]]):format(line))
    return test.output(("%s %s 2>&1"):format(os.getenv "LUNETTE" or "build/lunette", path))
  end
  for call, want in pairs { ["net.parameters()"] = "net:parameters", ["return net.train()"] = "net:train",
    ["net.save('f')"] = "net:save", ["net.forward(tensor.ones(1, 2))"] = "net:forward", ["net.fit{}"] = "net:fit",
    ["net.state()"] = "net:state",
    ["opt.step()"] = "opt:step", ["return opt.zero_grad()"] = "opt:", ["opt.load_state{}"] = "opt:load_state" } do
    local text = said(call)
    local placed = text:find("at " .. path, 1, true)
    test.truth(placed and text:find("A method takes a colon: " .. want, 1, true), call .. ": " .. text)
  end
  os.remove(path)
end)
test("networks of any depth and names of any length print", function()
  local net = nn.Linear(2, 2)
  for _ = 1, 200 do net = nn.Sequential { net } end
  local text = net:summary { 1, 2 }
  test.truth(text:find(("  "):rep(200) .. "Linear(2,2)", 1, true) and text:find("6 parameters", 1, true), "layers")
end)
test("a message that is too long loses its middle: the reason stands at its end", function()
  local path = "/dev/null/" .. ("d"):rep(200) .. ("/x"):rep(900)
  for _, ending in ipairs { ".npy", ".npz", ".h5", ".mat", ".safetensors", ".csv", ".wav", ".png" } do
    local load = ({ [".csv"] = data.csv, [".wav"] = audio.load, [".png"] = data.image.load })[ending] or tensor.load
    local value, why = load(path .. ending)
    test.truth(value == nil and #why < 1200, ending)
    test.truth(why:find("/dev/null/ddd", 1, true) and why:find " %.%.%. ", ending .. ": " .. why)
    test.truth(why:find("[Nn]ot a directory", -60) or why:find("cannot", -60), ending .. ": " .. why)
  end
  test.fails_with({ ("y"):rep(300), " ... ", "at " }, function() return tensor.ones(2)[("y"):rep(3000)] end)
end)
test("an optimiser says what it is", function()
  local opt = optim.SGD { nn.Linear(2, 1), lr = 0.5, momentum = 0.9 }
  test.equal(tostring(opt),
    "SGD{lr=0.5, dampening=0, momentum=0.9, nesterov=false, weight_decay=0}: 2 parameters, 0 steps")
end)
test("fifty mistakes and more", function() test.truth(count >= 50, "at least 50") end)
test("the session goes on after all of them", function() test.equal(typed "1 + 1", "") end)
test("a loss refuses what it is not defined for", function()
  local x, t = tensor { 0.5, 1.5 }, tensor { 1, 0 }
  test.fails("bce: x holds 1.5; probabilities lie in 0..1 (nn.bce_logits takes scores)", nn.bce, x, t)
  test.fails("bce: x holds -0.5; probabilities lie in 0..1 (nn.bce_logits takes scores)", nn.bce, x - 1, t)
  test.truth(nn.bce(tensor { 0, 1 }, t):item() == 100, "bounded logarithms")
  test.fails("huber: delta is 0; it must be positive", nn.huber, { x, t, delta = 0 })
  test.fails("smooth_l1: beta is -1; it must be 0 or more", nn.smooth_l1, { x, t, beta = -1 })
  test.close(nn.smooth_l1 { x, t, beta = 0 }, 1.0)
end)
test("a tensor of a shape only is an error wherever a number is read from it", function()
  local m, m1, x, why = tensor.meta {}, tensor.meta { 3 }, tensor { 1, 2, 3 }, "shape only"
  local w = tensor.zeros(3):requires_grad()
  for _, f in ipairs {
    function() return x:clamp(m, 3) end, function() return tensor { m, m } end, function() return tensor { 1, m } end,
    function() return tensor { m1, m1 } end, function() return x:topk(m) end, function() return x:narrow(1, m, 1) end,
    function() return x:narrow(1, 1, m) end, function() return m < 1 end, function() return "a" .. m end,
    function() return m:item() end, function() return m1:totable() end, function() return m1[1] end,
    function() x[1] = m end, function() x["1:3"] = m1 end, function() m1[1] = 1 end, function() x:add_(m1) end,
    function() x:copy_(m1) end, function() m1:zero_() end, function() w.grad = m1 end,
    function() w:sum():backward(m) end, function() return m1:allclose(x) end, function() x[x:gt(0)] = m end,
    function() x[tensor.meta { 3, dtype = "bool" }] = 1 end, function() x[tensor.meta { 1, dtype = "i64" }] = 1 end,
    function() return x:masked_fill(x:gt(0), m) end, function() return x:pad({ 1, 1 }, "constant", m) end,
  } do
    test.fails_with({ why }, f)
  end
  test.same(x, { 1, 2, 3 })
end)
test.done()
