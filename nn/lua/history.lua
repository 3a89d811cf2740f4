--- history.lua: what net:fit returns: a row an epoch, a list of each number by its name, and a table as text.
local History = {}

local first = { "epoch", "loss" } -- columns; then the others by name, and last what it cost
local last = { steps = true, seconds = true }

local function columns_of(history)
  local names, seen = {}, { epoch = true, loss = true }
  for _, row in ipairs(history) do
    for name in pairs(row) do
      if not seen[name] and not last[name] then names[#names + 1] = name end
      seen[name] = true
    end
  end
  table.sort(names)
  table.move(names, 1, #names, 3)
  names[1], names[2] = first[1], first[2]
  names[#names + 1] = "seconds"
  return names
end

--- history.loss: that number of every epoch; nil where no epoch has it.
function History.__index(history, name)
  local list = {}
  for i = 1, #history do list[i] = rawget(history, i)[name] end
  return #list > 0 and list or nil
end

local function cell(name, v)
  if lunette.is_tensor(v) then return lunette.typename(v) end -- a confusion matrix takes more than a line
  if type(v) ~= "number" then return v == nil and "" or tostring(v) end
  if name == "seconds" then return ("%.2f"):format(v) end
  return math.type(v) == "integer" and ("%d"):format(v) or ("%.4g"):format(v)
end

--- A line an epoch; of many the first and the last.
function History.__tostring(history)
  local names, lines, many = columns_of(history), {}, #history > 20
  local function line(f)
    local parts = {}
    for i, name in ipairs(names) do parts[i] = ("%" .. math.max(8, #name) .. "s"):format(f(name)) end
    lines[#lines + 1] = table.concat(parts, "  ")
  end
  line(function(name) return name end)
  for i, row in ipairs(history) do
    if many and i == 6 then lines[#lines + 1] = "     ..." end
    if not many or i <= 5 or i > #history - 10 then line(function(name) return cell(name, row[name]) end) end
  end
  return table.concat(lines, "\n")
end

--- One line: what each number was in the first epoch and is in the last.
function History.__summary(history)
  local parts, from, to, seconds = {}, rawget(history, 1), rawget(history, #history), 0
  if not from then return "no epochs" end
  for _, row in ipairs(history) do seconds = seconds + (row.seconds or 0) end
  for _, name in ipairs(columns_of(history)) do
    if name ~= "epoch" and name ~= "seconds" and to[name] ~= nil then
      local before = from ~= to and from[name] ~= nil and cell(name, from[name]) .. " -> " or ""
      parts[#parts + 1] = name .. " " .. before .. cell(name, to[name])
    end
  end
  return ("%d epoch%s, %.2f s: %s"):format(#history, #history == 1 and "" or "s", seconds, table.concat(parts, ", "))
end

return function() return setmetatable({}, History) end
