--- people_pairs.lua: the list of pairs of Labeled Faces in the Wild, pairs.txt, fields apart by tabs or spaces:
--   10  300                        folds, and pairs of each kind in a fold; a single number, or no such line, too
--   Some_Name  1  4                two pictures of one person: Some_Name_0001.jpg and Some_Name_0004.jpg
--   Some_Name  2  Other_Name  1    one picture of each of two people
-- A fold has its pairs of one person, then as many of two.  A copy without the second kind exists.
local verify = require "lib.verify"
local listed = {}

local function stop(...) lunette.raise("--pairs: " .. string.format(...)) end

local function fields(line)
  local all = {}
  for word in line:gmatch(line:find "\t" and "[^\t]+" or "%S+") do all[#all + 1] = word:match "^%s*(.-)%s*$" end
  return all
end

--- listed.read(path, ids [m], names, paths) -> {i, j, same, fold, folds, people}: rows of the pictures i64 [n], whether
-- they show one person bool [n], the fold of each pair i64 [n] from 1 and how many there are, and who is in a pair,
-- {[id] = true}.  The pictures are those of lib.people_files; picture 4 of somebody is the file Some_Name_0004, or else
-- the fourth by name.
function listed.read(path, ids, names, paths)
  if lunette.folder(path) then stop("%s: a list of pairs (pairs.txt) expected, found a folder", path) end
  local file, why = io.open(path, "rb")
  if not file then stop("%s", why) end
  local text = file:read "a":gsub("^\xEF\xBB\xBF", ""):gsub("\r\n?", "\n")
  file:close()
  local number, of, row_of = {}, verify.by_person(ids), {}
  for p, name in ipairs(names) do number[name] = p end
  for row, picture in ipairs(paths) do row_of[picture:match "([^/]*)%.%w+$"] = row end

  local function row(at, name, k)
    local p, n = number[name], math.tointeger(tonumber(k))
    if not p then stop("%s: line %d: nobody of the name '%s' in --data", path, at, name) end
    if not n then stop("%s: line %d: the number of a picture expected, found '%s'", path, at, k) end
    local r = row_of[("%s_%04d"):format(name, n)] or of[p][n]
    if not r then stop("%s: line %d: %s has %d pictures, not a picture %d", path, at, name, #of[p], n) end
    return r, p
  end

  local l = { i = {}, j = {}, same = {}, who = {}, people = {} }
  local at, folds, each = 0, nil, nil
  for line in (text .. "\n"):gmatch "(.-)\n" do
    local f = fields(line)
    at = at + 1
    if #f == 3 or #f == 4 then
      local n, other = #l.i + 1, #f == 4 and f[3] or f[1]
      local p, q
      l.i[n], p = row(at, f[1], f[2])
      l.j[n], q = row(at, other, f[#f])
      l.same[n], l.who[n], l.people[p], l.people[q] = p == q and 1 or 0, p, true, true
      if l.i[n] == l.j[n] then stop("%s: line %d: two pictures expected, found one twice", path, at) end
    elseif #l.i == 0 and (#f == 1 or #f == 2) and tonumber(f[1]) and tonumber(f[#f]) then
      folds, each = #f == 2 and math.tointeger(tonumber(f[1])) or 1, math.tointeger(tonumber(f[#f]))
      if not folds or not each or folds < 1 or each < 1 then
        stop("%s: line %d: '10 300' expected, found '%s'", path, at, line)
      end
    elseif #f > 0 then
      stop("%s: line %d: 'name i j' or 'name i name j' expected, found '%s'", path, at, line:sub(1, 60))
    end
  end
  return listed.folded(path, l, folds, each)
end

-- Where all pairs are of one person: as many of two, the first picture of each pair beside the second of the next pair
-- of somebody else.
local function add_others(path, l)
  local n = #l.i
  for k = 1, n do
    local other = k % n + 1
    while other ~= k and l.who[other] == l.who[k] do other = other % n + 1 end
    if other == k then stop("%s: pairs of two people, or of more than one, expected", path) end
    l.i[n + k], l.j[n + k], l.same[n + k], l.fold[n + k] = l.i[k], l.j[other], 0, l.fold[k]
  end
  print(("--pairs: %s has pairs of one person alone: %d of two are made of them"):format(path, n))
end

-- The lists as tensors, with the fold of each pair.
function listed.folded(path, l, folds, each)
  local n, ones = #l.i, 0
  for _, same in ipairs(l.same) do ones = ones + same end
  if n == 0 then stop("%s: 'name i j' or 'name i name j' expected in its lines, found none", path) end
  if ones == 0 then stop("%s: pairs of one person expected, found only those of two", path) end
  if folds and n ~= folds * each * (ones == n and 1 or 2) then
    stop("%s: its first line says %d times %d pairs of each kind, found %d and %d", path, folds, each, ones, n - ones)
  end
  l.folds, l.fold = folds or (n % 10 == 0 and n >= 100 and 10 or 1), {}
  for k = 1, n do l.fold[k] = (k - 1) * l.folds // n + 1 end
  if ones == n then add_others(path, l) end
  for _, name in ipairs { "i", "j", "fold" } do l[name] = tensor(l[name], { dtype = "i64" }) end
  l.same = tensor(l.same):gt(0)
  return l
end

--- listed.judge(l, d [n]) -> the mean over the folds of the share of a fold's pairs that is right at the threshold that
-- is best for the other folds' (the protocol of the data set), and the mean's standard error; one fold: at its own.
function listed.judge(l, d)
  local shares = {}
  for k = 1, l.folds do
    local here = l.fold:eq(k)
    local rest = l.folds > 1 and ~here or here
    shares[k] = verify.accuracy(d[here], l.same[here], (verify.threshold(d[rest], l.same[rest])))
  end
  local all = tensor(shares, { dtype = "f64" })
  return all:mean():item(), l.folds > 1 and all:std():item() / l.folds ^ 0.5 or 0
end

--- listed.tell(l, d [n]): prints it.
function listed.tell(l, d)
  local how = l.folds > 1 and ("each of %d folds at the threshold of the rest"):format(l.folds)
    or "one fold, at its own best threshold (there is no other)"
  local share, spread = listed.judge(l, d)
  print(("%d pairs of --pairs, %s: %.4f%s right"):format(d:numel(), how, share,
    l.folds > 1 and (" +- %.4f"):format(spread) or ""))
end

return listed
