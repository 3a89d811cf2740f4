--- grammar.lua: sentences from patterns.
--   local g = require "lib.grammar" (lists, rng)
--   g:say("[the|a] {food} was {taste}", { taste = "salty" })
-- [a|b|] takes one of what stands between the bars, which may be nothing, and {name} what `bound` or `lists` has under
-- that name, from a list one of its entries; what is taken may hold patterns again.  Words are separated by one blank.

local Grammar = {}
Grammar.__index = Grammar

local function split(text)
  local list = {}
  for part in (text .. "|"):gmatch "(.-)|" do list[#list + 1] = part end
  return list
end

--- Words of a text as a list.
local function words(text)
  local list = {}
  for word in text:gmatch "%S+" do list[#list + 1] = word end
  return list
end

--- A number from 0 to below 1: drawn a block at a time, which is faster.
function Grammar:chance()
  local at = self.at % 4096 + 1
  if at == 1 then self.block = tensor.rand { 4096, rng = self.rng }:totable() end
  self.at = at
  return self.block[at]
end

--- One of a list.
function Grammar:pick(list) return list[self:chance() * #list // 1 + 1] end

--- A list in random order (Fisher and Yates), the list itself.
function Grammar:shuffle(list)
  for i = #list, 2, -1 do
    local j = self:chance() * i // 1 + 1
    list[i], list[j] = list[j], list[i]
  end
  return list
end

--- A sentence of the pattern.
function Grammar:say(pattern, bound)
  local function choice(inner) return self:pick(split(inner:sub(2, -2))) end
  local function slot(name)
    local value = bound and bound[name] or self.lists[name]
    if not value then error(("grammar: nothing is called '%s' in: %s"):format(name, pattern), 0) end
    return type(value) == "table" and self:pick(value) or value
  end
  local text, again = pattern, 1
  while again > 0 do
    local choices, slots
    text, choices = text:gsub("%[[^%[%]]*%]", choice)
    text, slots = text:gsub("{([%w_]+)}", slot)
    again = choices + slots
  end
  return (text:gsub("%s+", " "):gsub("^ ", ""):gsub(" $", ""))
end

return setmetatable({ words = words }, {
  __call = function(_, lists, rng)
    local split_lists = {}
    for name, list in pairs(lists) do split_lists[name] = type(list) == "string" and words(list) or list end
    return setmetatable({ lists = split_lists, rng = rng, at = 0 }, Grammar)
  end,
})
