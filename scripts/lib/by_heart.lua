--- by_heart.lua: pictures that are learnt from and also among those held out: what is known by heart would be judged
-- as if it had been understood.  They are left out of what is judged.  A picture is known by its mark, a number of 62
-- bits.
local by_heart = {}

--- by_heart.marks(x [m, ...]: u8, or f32 of 0..1) -> i64 [m]: sum of the bytes of each picture times numbers of 2^34 at
-- most, which are always the same; 2^20 bytes of 2^8 stay within 2^62.
function by_heart.marks(x)
  local rows = x:reshape(x:size(1), -1)
  local marks = tensor.zeros { rows:size(1), dtype = "i64" }
  local key = tensor.randint(1, 2 ^ 34, rows:size(2), { rng = tensor.rng(1) })
  for i = 1, rows:size(1) do
    local row = rows[i]
    if row.dtype ~= "u8" then row = (row * 255 + 0.5):clamp(0, 255):to "u8" end
    marks[i] = (row:to "i64" * key):sum()
  end
  return marks
end

--- by_heart.rows(learnt, held): marks i64 [m] and [n] -> those rows of held, a list, whose marks are not in learnt.
function by_heart.rows(learnt, held)
  local known, rows = {}, {}
  for _, mark in ipairs(learnt:totable()) do known[mark] = true end
  for j, mark in ipairs(held:totable()) do
    if not known[mark] then rows[#rows + 1] = j end
  end
  return rows
end

local function taken(part, rows)
  if lunette.is_tensor(part) then return part[tensor(rows, { dtype = "i64" })] end
  local some = {}
  for k, i in ipairs(rows) do some[k] = part[i] end
  return some
end

local LEAST = 2                                                            -- pictures, to be judged at all

--- by_heart.apart(before, path, held [n, ...], ...) -> held and what belongs to it (tensors or lists of n) without the
-- pictures that are learnt from: the pictures of a training set, or marks of those that a file of weights has learnt (a
-- table {marks=, file=}; nil: none).  A line says how many; of too few that stay nothing can be judged: an error.
function by_heart.apart(before, path, held, ...)
  if not before then return held, ... end
  local own = lunette.is_tensor(before)
  local marks = own and by_heart.marks(before) or before.marks
  local rows, n = by_heart.rows(marks, by_heart.marks(held)), held:size(1)
  if #rows == n then return held, ... end
  local whose = own and "those to learn from, too" or ("those that %s has learnt from"):format(before.file)
  local found = ("--data: %s: %d of %d pictures held out are among %s"):format(path, n - #rows, n, whose)
  if #rows < LEAST then
    lunette.raise(("%s; %d of others expected, found %d"):format(found, LEAST, #rows))
  end
  print(found .. ": left out")
  local parts = { held, ... }
  for k, part in ipairs(parts) do parts[k] = taken(part, rows) end
  return table.unpack(parts)
end

--- by_heart.known(known, opt, x) -> the marks that saved.write keeps beside weights: of the pictures x of --data that
-- are learnt from, or those of the file that they are from (`known` of lib.saved); nil for drawn pictures.
function by_heart.known(known, opt, x)
  if known then return known.learnt and known.learnt.marks end
  return opt.data and by_heart.marks(x) or nil
end

return by_heart
