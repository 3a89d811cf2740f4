--- operators.lua: the table of ONNX's operators: one row an operator, its meanings by version of the operator set.
--   add("Softmax", { 1, f }, { 13, g })     f up to set 12, g from 13 on
-- f(n, ...) takes the node and its inputs (nil: left out) and gives the outputs.  n.attr are its attributes as Lua
-- values, n.version the set's version, n.outputs its outputs' names, n.kinds the element types of its inputs.
-- `weights`: which inputs are parameters when they are constants; `buffers`: kept with the network, but fixed;
-- `refuses(n)`: what a node asks for that is not done, or nil; `pointwise`: works on single elements;
-- `pure = false`: never computed ahead (random numbers, graphs inside).  Names of other domains: "domain:name".
-- Sets: github.com/onnx/onnx, docs/Operators.md.  Those above NEWEST are refused: a name may mean another thing there.
-- operators.training: is the network that runs in training?
local operators = { rows = {}, NEWEST = 21, training = false }

function operators.add(name, ...)
  local row = { name = name, meanings = { ... } }
  operators.rows[name] = row
  return row
end

--- Several operators with one meaning in every set.
function operators.each(list, make)
  for name, value in pairs(list) do operators.add(name, { 1, make(value) }) end
end

--- The function of an operator in a set, and its row; nil: not done.
function operators.find(domain, name, version)
  local row, found = operators.rows[(domain == "" or domain == "ai.onnx") and name or domain .. ":" .. name], nil
  for _, meaning in ipairs(row and row.meanings or {}) do
    if meaning[1] <= version then found = meaning[2] end
  end
  return found, row
end

return operators
