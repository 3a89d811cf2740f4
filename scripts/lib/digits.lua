--- digits.lua: digits to be reversed or sorted, as sequences of ids, with some held out.
local digits = {}

digits.words = { "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "reverse", "sort", "<start>", "<end>", "<pad>" }
local REVERSE, SORT, START, END, PAD = 11, 12, 13, 14, 15
digits.START, digits.END, digits.PAD = START, END, PAD

local Set = {}
Set.__index = Set

-- source {what to do, digits}, target {digits}, of least to most digits that are not held out.
local function example(self, rng, least, most)
  local u = tensor.rand { most + 2, rng = rng }:totable()
  local n, todo = least + math.floor(u[1] * (most - least + 1)), u[2] < 0.5 and REVERSE or SORT
  local source, target = { todo }, {}
  for i = 1, n do
    local digit = 1 + math.floor(10 * u[2 + i])
    source[i + 1] = digit
    target[todo == REVERSE and n + 1 - i or i] = digit
  end
  local key = table.concat(source, " ", 2)
  if self.held[key] then return example(self, rng, least, most) end
  if todo == SORT then table.sort(target) end
  return source, target, key
end

-- Lists of ids as i64 [N, T], with `first` before and `last` behind each, padded to the length T.
local function padded(rows, T, first, last)
  local out = {}
  for i, row in ipairs(rows) do
    local line = { first }
    table.move(row, 1, #row, #line + 1, line)
    line[#line + 1] = last
    for t = #line + 1, T do line[t] = PAD end
    out[i] = line
  end
  return tensor(out, { dtype = "i64" })
end

--- set:draw(n, rng, least, most) -> sources [n, S], targets behind <start> [n, T], the same before <end> [n, T], and
-- the targets as lists of ids; none of the digits is held out.  S and T are most + 1, however few are drawn.
function Set:draw(n, rng, least, most)
  local sources, targets, keys = {}, {}, {}
  for i = 1, n do sources[i], targets[i], keys[i] = example(self, rng, least, most) end
  local T = most + 1                                       -- what to do and digits; <start> or <end> and digits
  return padded(sources, T), padded(targets, T, START), padded(targets, T, nil, END), targets, keys
end

--- set:hold(...): the same, and from now on held out.
function Set:hold(...)
  local source, given, wanted, targets, keys = self:draw(...)
  for _, key in ipairs(keys) do self.held[key] = true end
  return source, given, wanted, targets
end

--- digits() -> a set of which nothing is held out yet.
return setmetatable(digits, { __call = function() return setmetatable({ held = {} }, Set) end })
