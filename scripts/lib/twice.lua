--- twice.lua: samples that are in training and among those held out: what is learnt by heart is judged as if it had
-- been understood.

local PLACES = 64                                                          -- values that candidates are found by

--- twice(x [m, ...], held [n, ...], path, what) -> how many of held are in x, every value the same; where there are
-- any, a line says so, of the set at path if that is given.  what: their name, pictures.
return function(x, held, path, what)
  local a, b = x:reshape(x:size(1), -1), held:reshape(held:size(1), -1)
  if a:size(2) ~= b:size(2) or a:size(2) == 0 then return 0 end
  local at = tensor.randint(1, a:size(2), PLACES, { rng = tensor.rng(1) })
  if a:size(2) <= PLACES then at = tensor.arange(a:size(2), { dtype = "i64" }) end
  local rows, count = {}, 0
  for i, values in ipairs(a:index_select(2, at):totable()) do
    local key = table.concat(values, " ")
    rows[key] = rows[key] or {}
    table.insert(rows[key], i)
  end
  for j, values in ipairs(b:index_select(2, at):totable()) do
    for _, i in ipairs(rows[table.concat(values, " ")] or {}) do
      if a[i] == b[j] then
        count = count + 1
        break
      end
    end
  end
  if count > 0 then
    print(("%s%d of %d %s held out are among those to learn from, too"):format(
      path and ("--data: %s: "):format(path) or "", count, b:size(1), what or "pictures"))
  end
  return count
end
