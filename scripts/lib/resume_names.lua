--- resume_names.lua: names of people, firms, towns and schools for resumes.lua, as methods of its writer w, which has
-- w.part ("train", "val" or "test") and w.dice.  In training most are invented, each time in another way: none is worth
-- remembering.
local words = require "lib.resume_words"
local list = words.list
local names = {}

-- Names that nobody bears, of syllables: with them spelling and place must tell what a word is, not memory.
-- Their last syllable belongs to one part, so that none is in two.
local syllable = list "ka|ri|mo|ve|lan|dor|shi|tu|ben|sa|el|no|mar|is|qu|ze|hal|or|fi|ta|wen|lu|ra|gos|ni|pel|yo|dan"
local ending = { train = list "ka|ri|ven|lan|dor|tu|sa|el|no|mar|is|hal|ta|lu",
  val = list "gos|ni|pel|yo|dan|mi|ler|wa|dek|pas|zin|mur|hes|tok|vard|gun",
  test = list "bry|fen|jol|nud|rok|sev|tham|uz" }

-- In training words are also put together of sounds, in every length and hand ...
local sound = {
  head = list "b|br|c|ch|d|dr|f|g|gl|h|j|k|kr|l|m|n|p|pr|r|s|sch|sh|st|t|th|tr|v|w|z|ç|ł|ñ||||",
  core = list (("a|e|i|o|u|"):rep(8) .. "ai|au|ea|ee|ie|ou|y|á|ã|é|í|ó|ö|ü|ı"),
  tail = list "||||||n|r|s|l|m|t|ng|ck|rd|nt|ss|lm|x|w|sk|ń",
}
-- ... or letter by letter, each drawn as it follows the two before it in the words of training.
local follows = {}
for _, kind in ipairs { "first", "last", "root", "firm", "city" } do
  for _, name in ipairs(words[kind].train) do
    for word in name:gmatch "[^ ]+" do
      local a, b = "", ""
      for c in (word:lower() .. "\n"):gmatch(utf8.charpattern) do
        local key = a .. b
        follows[key] = follows[key] or {}
        table.insert(follows[key], c)
        a, b = b, c
      end
    end
  end
end
local foreign = {}
for _, kind in ipairs { "first", "last", "root", "firm", "city", "region" } do
  for _, part in ipairs { "val", "test" } do
    for _, word in ipairs(words[kind][part] or {}) do foreign[word] = true end
  end
end
local function belongs_elsewhere(word)
  if foreign[word] then return true end
  for _, part in ipairs { "val", "test" } do
    for _, e in ipairs(ending[part] or {}) do
      if word:sub(-#e):lower() == e then return true end
    end
  end
  return false
end

local function capital(word)
  local head, rest = word:match("^(" .. utf8.charpattern .. ")(.*)$")
  return (({ ["ç"] = "Ç", ["ł"] = "Ł", ["ñ"] = "Ñ", ["á"] = "Á", ["é"] = "É", ["ö"] = "Ö", ["ü"] = "Ü", ["ı"] = "I",
    ["ã"] = "Ã", ["í"] = "Í", ["ó"] = "Ó" })[head] or head:upper()) .. rest
end

function names:sounds()
  local t = {}
  for k = 1, self.dice:int(1, 3) do t[k] = self:of(sound.head) .. self:of(sound.core) .. self:of(sound.tail) end
  return table.concat(t)
end
function names:spelt()
  local t, a, b = {}, "", ""
  while b ~= "\n" and #t < 14 do
    a, b = b, self.dice:pick(follows[a .. b])
    t[#t + 1] = b ~= "\n" and b or nil
  end
  return table.concat(t)
end

function names:invented()
  if self.part == "train" and self:chance(75) then
    local word
    repeat
      word = capital(self:chance(60) and self:spelt() or self:sounds())
    until utf8.len(word) > 2 and not belongs_elsewhere(word)
    return word
  end
  local t = {}
  for k = 1, self.dice:int(1, 2) do t[k] = self:of(syllable) end
  t[#t + 1] = self:of(ending)
  return capital(table.concat(t))
end

-- One of a list; in training more often than not a word that nobody knows instead.
function names:one(t, invented)
  if self:chance(self.part == "train" and 65 or invented) then return self:invented() end
  return self:of(t)
end

function names:person()
  local a = self:one(words.first, 40)
  return a .. (self:chance(15) and " " .. self:of { "A.", "K.", "M." } or "") .. " " .. self:one(words.last, 40)
end

function names:capitals(n)
  local word
  repeat
    local t = {}
    for k = 1, n do t[k] = string.char(self.dice:int(65, 90)) end
    word = table.concat(t)
  until not belongs_elsewhere(word)
  return word
end

function names:company()
  if self:chance(25) then
    if self.part == "train" and self:chance(12) then return self:capitals(self.dice:int(2, 4)) end
    return self:one(words.firm, 0)
  end
  if self.part == "train" and self:chance(12) then
    return self:invented() .. self:of { " ", " & ", "-" } .. self:invented() .. " " .. self:of(words.kind)
  end
  return self:one(words.root, 40) .. " " .. self:of(words.kind)
end

local town = {
  head = list "San|Santa|New|Port|Fort|Saint|El|North|Upper|Bad|Kota|Nova|Al|Old|Sri|Villa|Lake",
  tail = list "City|Falls|Springs|Beach|am See|Bay|del Mar|Nagar|Heights|sur Mer|Town|upon Dee",
  stem = list "burg|ville|pur|abad|ton|ford|by|stad|grad|polis|mouth|haven|ham|dorf|feld|ów|ice|ovo|eira|ona|ina|ura",
}
function names:city()
  if self.part ~= "train" or self:chance(35) then return self:of(words.city) end
  local word = self:invented()
  local kind = self.dice:int(1, 10)
  if kind == 1 then return self:of(town.head) .. " " .. word end
  if kind == 2 then return word .. " " .. self:of(town.tail) end
  if kind == 3 then return word .. self:of { " ", "-" } .. self:invented() end
  if kind <= 6 then
    local whole = word .. self:of(town.stem)
    return belongs_elsewhere(whole) and word or whole
  end
  return word
end
function names:region()
  if self.part ~= "train" or self:chance(50) then return self:of(words.region) end
  return self:chance(30) and self:capitals(2) or self:invented() .. self:of { "", "", "ia", "stan", "shire" }
end

-- Schools' names by rule, in training only: what a school is called has a kind in it, wherever it stands.
local academic = {
  kind = list "University|College|Institute|School|Academy|Polytechnic|Faculty|Universität|Université",
  adjective = list [[
      |||Royal|Open|Women's|Christian|Catholic|Regional|Public|Free|Northern|Military|City|Memorial|Federal|Private]],
  nameless = list "Royal|Open|State|City|Medical",
  subject = list [[
      Technology|Science|Arts|Law|Medicine|Management|Design|Economics|Engineering|Commerce|Music|Agriculture|
      Applied Sciences|Science and Technology|Computer Science|Mathematics|Business|Management Studies]],
}
function names:school()
  local place = self:chance(40) and self:invented() or self:city()
  if self.part ~= "train" or self:chance(30) then return (self:of(words.school):format(place)) end
  local a, k, s = self:of(academic.adjective), self:of(academic.kind), self:of(academic.subject)
  if self:chance(25) then a = self:invented() end
  if self:chance(20) then s = self:invented() end
  if self:chance(12) then                                    -- without a name of its own the place belongs to it
    return ("%s %s, %s"):format(self:chance(50) and s or self:of(academic.nameless), k, place)
  end
  if a ~= "" then a = a .. " " end
  return self:of {
    ("%s %s%s"):format(place, a, k), ("%s%s of %s"):format(a, k, place), ("%s%s of %s, %s"):format(a, k, s, place),
    ("%s %s%s of %s"):format(place, a, k, s), ("%s %s %s"):format(place, s, k), ("%s%s %s"):format(a, k, place),
    ("%s %s of %s"):format(s, k, place), ("%s%s of %s %s"):format(a, k, s, place),
    ("%s %s %s"):format(self:invented(), place, k) }
end

return names
