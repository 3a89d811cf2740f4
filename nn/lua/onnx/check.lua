--- check.lua: ONNX files that contradict themselves are refused when they are loaded, by the node's name.
local check = {}

local function fail(text, ...) error({ odd = text:format(...) }, 0) end

--- What Lua itself says of an operator's function is the file's fault: the place in it is left.
function check.words(message)
  local place, what = message:match "([%w_]+%.lua:%d+): (.*)$"
  if not place or not (what:find "^attempt to " or what:find "^bad argument #%d+ to '") then return message end
  return ("an input or attribute that it needs is missing, or of another kind (%s)"):format(place)
end

--- Why a file is refused; n: the node that was read, or nil.
function check.refusal(path, message, n)
  if type(message) ~= "table" or not message.odd then
    message = { odd = check.words(tostring(message):match "^[^\n]*"), damaged = true }
  end
  if n then return ("%s: node '%s' (%s): %s"):format(path, n.name, n.op, message.odd) end
  return ("%s: %s%s"):format(path, message.damaged and "damaged: " or "", message.odd)
end

-- --- names -----------------------------------------------------------------------------------------------------------

--- Nodes stand in an order in which every value is there before it is used; nil, or what is wrong.
function check.order(path, g, each_use)
  local known = {}
  for name in pairs(g.constants) do known[name] = true end
  for _, input in ipairs(g.inputs) do known[input.name] = true end
  local made, bad = {}, nil
  for i, n in ipairs(g.nodes) do
    for _, name in ipairs(n.outputs) do made[name] = i end
  end
  each_use(g, function(name, n, _, i)
    if not known[name] and not (made[name] and made[name] < i) then bad = bad or { name, n.name } end
  end)
  for _, out in ipairs(g.outputs) do
    if not known[out.name] and not made[out.name] then bad = bad or { out.name, "the outputs" } end
  end
  return bad and ("%s: '%s', which %s wants, is never made before"):format(path, bad[1], bad[2])
end

--- proto: a GraphProto.  Every value has one origin; an input may have its usual value among the constants.
function check.names(proto)
  local made = {}
  for what, list in pairs { input = proto.input or {}, constant = proto.initializer or {} } do
    local seen = {}
    for _, x in ipairs(list) do
      local name = x.name or ""
      if name ~= "" and seen[name] then fail("two %ss are called '%s'", what, name) end
      seen[name], made[name] = true, true
    end
  end
  for _, n in ipairs(proto.node or {}) do
    for _, name in ipairs(n.output or {}) do
      if name ~= "" and made[name] then
        fail("'%s' is made twice, the second time by node '%s' (%s)", name, n.name or name, n.op_type or "")
      end
      made[name] = true
    end
  end
end

-- --- attributes ------------------------------------------------------------------------------------------------------

-- Names that mean the same kind of value in all of ONNX's own operators; whole numbers do for floats.
local kinds = {}
for kind, names in pairs { i = "axis batch_axis time_axis keepdims group hidden_size linear_before_reset "
  .. "noop_with_empty_axes select_last_index largest sorted allowzero num_scan_inputs num_outputs blocksize ceil_mode "
  .. "count_include_pad storage_order transA transB exclusive reverse fmod batch_dims new_axis dtype input_forget "
  .. "layout num_groups upper exclude_outside antialias broadcast detect_negative detect_positive",
  ints = "axes perm pads strides dilations kernel_shape starts ends output_shape output_padding scan_input_axes "
    .. "scan_output_axes scan_input_directions scan_output_directions",
  s = "auto_pad direction equation coordinate_transformation_mode nearest_mode", g = "then_branch else_branch body" } do
  for name in names:gmatch "%S+" do kinds[name] = kind end
end
local words = { f = "a fraction", i = "a whole number", s = "a text", t = "a tensor", g = "a graph",
  floats = "a list of fractions", ints = "a list of whole numbers", strings = "a list of texts",
  tensors = "a list of tensors", graphs = "a list of graphs" }

--- kind: the field of AttributeProto that holds it; nil: none does.
function check.attribute(n, name, kind)
  local want = (n.domain == "" or n.domain == "ai.onnx") and kinds[name]
  if want and kind and kind ~= want then
    fail("its %s is %s, but %s is expected", name, words[kind], words[want])
  end
end

-- --- nodes -----------------------------------------------------------------------------------------------------------

-- A graph inside takes and gives what its node does; takes, gives: nil where any number does.
local function body_fits(n, name, takes, gives)
  local body = n.attr[name]
  if not body then fail("it has no %s", name) end
  if takes and #body.inputs ~= takes then
    fail("its %s takes %d inputs, but the node gives it %d", name, #body.inputs, takes)
  end
  if #body.outputs < gives then
    fail("its %s has %d outputs, but the node wants %d", name, #body.outputs, gives)
  end
end

local function sizes(x) return x and x.shape end

-- W [directions, gates H, F], R [directions, gates H, H], B [directions, 2 gates H], P [directions, 3 H].
local function recurrent(gates)
  return function(n, constant)
    local directions, H = n.attr.direction == "bidirectional" and 2 or 1, n.attr.hidden_size
    local function fits(k, name, nd, last)
      local s = sizes(constant(k))
      if not s then return end
      H = H or #s == 3 and s[2] // gates
      local rows = H * (k == 4 and 2 * gates or k == 8 and 3 or gates)
      if #s ~= nd or s[1] ~= directions or s[2] ~= rows or last and s[3] ~= H then
        fail("hidden_size %d and %d direction%s want %d x %d%s of %s, which is %s", H, directions,
          directions == 1 and "" or "s", directions, rows, nd == 3 and (" x %s"):format(last and H or "n") or "", name,
          tostring(s))
      end
    end
    fits(2, "W", 3)
    fits(3, "R", 3, true)
    fits(4, "B", 2)
    fits(8, "P", 2)
  end
end

-- kernel_shape is that of W, the input k.
local function kernel(k)
  return function(n, constant)
    local s, given = sizes(constant(k)), n.attr.kernel_shape
    if not s or not given then return end
    local same = #s == #given + 2
    for i, size in ipairs(given) do same = same and s[i + 2] == size end
    if not same then fail("kernel_shape [%s] is not that of W, %s", table.concat(given, ","), tostring(s)) end
  end
end

local rows = {
  If = function(n)
    body_fits(n, "then_branch", 0, #n.outputs)
    body_fits(n, "else_branch", 0, #n.outputs)
  end,
  Loop = function(n)
    local carried = math.max(#n.inputs - 2, 0)
    body_fits(n, "body", 2 + carried, 1 + math.max(carried, #n.outputs))
  end,
  Scan = function(n)
    local given, count = #n.inputs - (n.version == 8 and 1 or 0), n.attr.num_scan_inputs
    if not count or count < 1 or count > given then
      fail("num_scan_inputs %s of %d inputs", tostring(count), given)
    end
    body_fits(n, "body", given, math.max(given - count, #n.outputs))
  end,
  SequenceMap = function(n) body_fits(n, "body", #n.inputs, #n.outputs) end,
  RNN = recurrent(1), GRU = recurrent(3), LSTM = recurrent(4),
  Conv = kernel(2), ConvTranspose = kernel(2), ConvInteger = kernel(2), QLinearConv = kernel(4),
}

--- n: a node of ONNX's own operators, of a graph with those constants.
function check.node(n, constants)
  local row = (n.domain == "" or n.domain == "ai.onnx") and rows[n.op]
  if row then row(n, function(k) return constants[n.inputs[k] or ""] end) end
end

return check
