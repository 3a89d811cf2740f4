--- write.lua: ONNX's messages on protobuf's wire, as lists of pieces: strings, and tensors that are written as their
-- numbers, so that weights are not copied into strings.
local v = require "nn.onnx.values"

local write = {}

local function varint(n)
  local bytes = {}
  repeat
    local low = n & 127
    n = n >> 7
    bytes[#bytes + 1] = string.char(n ~= 0 and low | 128 or low)
  until n == 0
  return table.concat(bytes)
end

-- A message: pieces, and .n bytes in all.
function write.message() return { n = 0 } end
local function put(m, piece, n)
  m[#m + 1] = piece
  m.n = m.n + (n or #piece)
end
function write.int(m, number, value) put(m, varint(number << 3) .. varint(value)) end
function write.float(m, number, value) put(m, varint(number << 3 | 5) .. string.pack("<f", value)) end
function write.text(m, number, text) put(m, varint(number << 3 | 2) .. varint(#text) .. text) end
function write.inside(m, number, other)
  put(m, varint(number << 3 | 2) .. varint(other.n))
  table.move(other, 1, #other, #m + 1, m)
  m.n = m.n + other.n
end

function write.tensor(x, name)
  local t = write.message()
  for _, size in ipairs(x.shape) do write.int(t, 1, size) end
  write.int(t, 2, v.kind_of[x.dtype])
  write.text(t, 8, name)
  put(t, varint(9 << 3 | 2) .. varint(x:nbytes()))
  put(t, x:detach(), x:nbytes())
  return t
end

local function fractions(list)
  for _, x in ipairs(list) do
    if not math.tointeger(x) then return true end
  end
  return false
end

-- An attribute by the Lua value that it has: whole numbers, fractions, texts, lists, tensors.
local function attribute(name, value)
  local a = write.message()
  write.text(a, 1, name)
  local kind
  if lunette.is_tensor(value) then
    write.inside(a, 5, write.tensor(value, ""))
    kind = 4
  elseif type(value) == "string" then
    write.text(a, 4, value)
    kind = 3
  elseif math.type(value) == "integer" then
    write.int(a, 3, value)
    kind = 2
  elseif type(value) == "number" then
    write.float(a, 2, value)
    kind = 1
  elseif type(value[1]) == "string" then
    for _, text in ipairs(value) do write.text(a, 9, text) end
    kind = 8
  elseif fractions(value) then
    for _, x in ipairs(value) do write.float(a, 7, x) end
    kind = 6
  else
    for _, n in ipairs(value) do write.int(a, 8, n) end
    kind = 7
  end
  write.int(a, 20, kind)
  return a
end

function write.node(n)
  local m = write.message()
  for _, name in ipairs(n.inputs) do write.text(m, 1, name) end
  for _, name in ipairs(n.outputs) do write.text(m, 2, name) end
  write.text(m, 3, n.name)
  write.text(m, 4, n.op)
  local names = {}
  for name in pairs(n.attr) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do write.inside(m, 5, attribute(name, n.attr[name])) end
  return m
end

--- shape: sizes; a string is the name of one that is open.
function write.value(name, dtype, shape)
  local dims = write.message()
  for _, size in ipairs(shape) do
    local d = write.message()
    if type(size) == "string" then write.text(d, 2, size) else write.int(d, 1, size) end
    write.inside(dims, 1, d)
  end
  local tensor_type, type_, info = write.message(), write.message(), write.message()
  write.int(tensor_type, 1, v.kind_of[dtype])
  write.inside(tensor_type, 2, dims)
  write.inside(type_, 1, tensor_type)
  write.text(info, 1, name)
  write.inside(info, 2, type_)
  return info
end

--- g: nodes, constants (list of {name, tensor}), inputs and outputs (lists of {name, dtype, shape}).
function write.model(g, opset)
  local graph = write.message()
  for _, n in ipairs(g.nodes) do write.inside(graph, 1, write.node(n)) end
  write.text(graph, 2, "lunette")
  for _, c in ipairs(g.constants) do write.inside(graph, 5, write.tensor(c[2], c[1])) end
  for _, x in ipairs(g.inputs) do write.inside(graph, 11, write.value(table.unpack(x))) end
  for _, x in ipairs(g.outputs) do write.inside(graph, 12, write.value(table.unpack(x))) end
  local set, model = write.message(), write.message()
  write.text(set, 1, "")
  write.int(set, 2, opset)
  write.int(model, 1, 8)
  write.text(model, 2, "lunette")
  write.inside(model, 7, graph)
  write.inside(model, 8, set)
  return model
end

return write
