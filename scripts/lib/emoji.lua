--- emoji.lua: sentences that call for one of five emoji: written by hand (emoji_lines.txt) and made from patterns.
-- Nothing of the test's is in the training's: no line, no pattern, and half of the words that tell are new.
-- In the patterns under `turns` the sense is in the order: A and B exchanged gives the same words and another label.
local grammar = require "lib.grammar"
local words = grammar.words
local emoji = {}

emoji.names = { "heart", "ball", "smile", "tears", "fork" }
emoji.signs = { "❤️", "⚾", "😄", "😞", "🍴" }
local HEART, BALL, SMILE, TEARS, FORK = 1, 2, 3, 4, 5

-- Words that carry the meaning: in the training and new in the test.
local feelings = {
  [SMILE] = { words "happy glad cheerful delighted proud excited pleased grateful",
    words "joyful thrilled merry content amused" },
  [TEARS] = { words "sad unhappy miserable gloomy upset lonely disappointed worried",
    words "tearful hurt depressed heartbroken sorry" },
}
local nouns = {
  [BALL] = { words "baseball football tennis basketball hockey", words "softball volleyball rugby" },
  [FORK] = { words "pizza pasta burger salad soup cake bread cheese sandwich rice",
    words "steak noodles chocolate pancakes omelette lasagna potatoes chicken cookies sausages" },
  [HEART] = { words "kisses hugs romance roses", words "affection tenderness devotion" },
}

--- The words that carry the meaning -> true where the training has them, false where they are new in the test.
emoji.telling = {}
for _, set in ipairs { feelings, nouns } do
  for _, parts in pairs(set) do
    for k, list in ipairs(parts) do
      for _, word in ipairs(list) do emoji.telling[word] = k == 1 end
    end
  end
end

local who = { "i am", "you are", "he is", "she is", "we are", "they are" }
local was = { "i was", "you were", "he was", "she was", "we were", "they were" }
local lists = { me = words "i you we they", day = words "monday tuesday friday saturday sunday", friend = words
  "father mother brother sister uncle aunt son daughter" }

-- {A}: what is so; {B}: what is not.
local turns = {
  feelings = {
    train = {
      "{who} not {B} {who} {A}", "{who} {A} not {B}", "{was} {B} but now {who} {A}",
      "{who} {A} now but {was} {B} before", "{who} no longer {B} {who} {A}",
      "{who} never {B} always {A}", "{who} always {A} never {B}",
      "my {friend} is not {B} but {A}", "yesterday {B} today {A}", "today {A} yesterday {B}",
      "first {was} {B} then {was} {A} at last", "{who} more {A} than {B}", "{who} less {B} than {A}",
    },
    test = {
      "{was} {B} before but {who} {A} today", "my {friend} was never {B} but always {A}", "not {B} at all just {A}",
      "now {who} {A} and no longer {B}", "{who} {A} today and not {B}", "{was} {B} yesterday but at last {who} {A}",
    },
  },
  nouns = {
    train = {
      "{me} want {A} not {B}", "no {B} today {me} want {A}", "{A} instead of {B} please", "not {B} but {A}",
      "{me} want no {B} just {A}", "less {B} and more {A}", "more {A} and less {B}", "never {B} always {A}",
      "no more {B} it is time for {A}", "{me} had {B} before but now it is time for {A}",
      "it is time for {A} not for {B}", "my {friend} wants {A} instead of {B}", "yesterday {B} today {A}",
    },
    test = {
      "my {friend} wants no {B} but {A}", "it is not {B} {me} want but {A}", "please no more {B} just {A}",
      "today {me} want {A} instead of {B}", "{me} want more {A} and no {B}", "now {A} before it was {B}",
    },
  },
}

-- One feeling, denied or not.
local denied = {
  train = { "{who} not {W}", "{who} not {W} at all", "{who} never {W}", "nobody is {W} today", "{who} no longer {W}",
    "my {friend} is not {W}" },
  test = { "my {friend} is no longer {W}", "today {who} not {W}", "nobody was {W} at all" },
}
local plain = {
  feelings = {
    train = { "{who} {W}", "{who} so {W} today", "{who} very {W}", "my {friend} is {W}", "{was} {W} all day",
      "everybody is {W} today", "{who} always {W}", "now {who} {W}" },
    test = { "today my {friend} is so {W}", "{who} really {W} now", "everybody was very {W}" },
  },
  nouns = {
    train = { "{me} want {W}", "more {W} please", "it is time for {W}", "{W} on {day} with my {friend}",
      "today there is {W}", "my {friend} wants {W}", "{me} always want {W}" },
    test = { "{me} want more {W} today", "now it is time for {W}", "my {friend} always wants {W}" },
  },
}

-- One of the words of a class: in the test, every other one is new.
local function word_of(g, table_, class, part)
  local known, new = table.unpack(table_[class])
  return g:pick(part == "test" and g:chance() < 0.5 and new or known)
end

local function classes_of(table_)
  local list = {}
  for class in pairs(table_) do list[#list + 1] = class end
  table.sort(list)
  return list
end

local function say(g, pattern, bound)
  local k = g:chance() * #who // 1 + 1
  bound.who, bound.was = who[k], was[k]
  return g:say(pattern, bound)
end

-- A pattern's sentence with A and B, and the one with B and A.
local function turn(g, part, out)
  local kind = g:chance() < 0.5 and "feelings" or "nouns"
  local set = kind == "feelings" and feelings or nouns
  local classes = g:shuffle(classes_of(set))
  local a, b = word_of(g, set, classes[1], part), word_of(g, set, classes[2], part)
  local text = say(g, g:pick(turns[kind][part]), { A = "\1", B = "\2" })
  local function with(x, y) return (text:gsub("[\1\2]", { ["\1"] = x, ["\2"] = y })) end
  out[#out + 1] = { text = with(a, b), label = classes[1], order = true }
  out[#out + 1] = { text = with(b, a), label = classes[2], order = true }
end

local function deny(g, part, out)
  local class = g:chance() < 0.5 and SMILE or TEARS
  local w = word_of(g, feelings, class, part)
  out[#out + 1] = { text = say(g, g:pick(denied[part]), { W = w }), label = SMILE + TEARS - class, order = true }
end

local function say_plainly(g, part, out)
  local kind = g:chance() < 0.4 and "feelings" or "nouns"
  local set = kind == "feelings" and feelings or nouns
  local class = g:pick(classes_of(set))
  out[#out + 1] = { text = say(g, g:pick(plain[kind][part]), { W = word_of(g, set, class, part) }), label = class }
end

--- The lines of a part, "train" or "test", of emoji_lines.txt.
function emoji.lines(part)
  local list, here = {}, false
  for line in lunette.file "scripts/lib/emoji_lines.txt":gmatch "[^\n]+" do
    local label, text = line:match "^(%d)\t(.+)$"
    if label and here then list[#list + 1] = { text = text, label = tonumber(label) + 1 }
    elseif not label then here = line == "# " .. part end
  end
  return list
end

--- emoji.sentences(part, {turns=, denied=, plain=}, rng) -> list of {text, label = 1 .. 5, order = true where only the
-- order tells}, each text once: the lines by hand, and so many made of each kind of pattern (turns: pairs).
function emoji.sentences(part, counts, rng)
  local g = grammar(lists, rng)
  local list, seen, makers = {}, {}, { turns = turn, denied = deny, plain = say_plainly }
  for _, s in ipairs(emoji.lines(part)) do list[#list + 1] = s end
  for _, kind in ipairs { "turns", "denied", "plain" } do
    local made, tries = 0, 0
    while made < counts[kind] and tries < 50 * counts[kind] do
      local out = {}
      makers[kind](g, part, out)
      tries = tries + 1
      if not seen[out[1].text] then
        made = made + 1
        for _, s in ipairs(out) do
          seen[s.text] = true
          list[#list + 1] = s
        end
      end
    end
  end
  return list
end

--- Words of a sentence: lower case, cut at white space, quotes and a tab at its ends dropped.
function emoji.words(text) return words(text:lower()) end

--- A word without the signs before and behind it: `"pizza,"` -> `pizza`.
function emoji.bare(word) return word:match "^%p*(.-)%p*$" end

-- Stops at what stands in the labels' column and is no number; a first row of names before labels is a header.
local function refuse_words(path, texts, labels)
  local strange = {}
  for i, label in ipairs(labels) do strange[#strange + 1] = not tonumber(label) and i or nil end
  local row = strange[1]
  local why = ("row %d: a label from 0 to 4 expected, found '%s'"):format(row, labels[row])
  if #strange == 1 and row == 1 and #labels > 1 then
    why = ("row 1 is a header ('%s', '%s'); take it out"):format(texts[1], labels[1])
  end
  lunette.raise(("--data: %s: %s: rows of a text and a label expected"):format(path, why))
end

-- Rows "text,label" with labels 0 to 4; what stands in further columns is left out.
local function read(path)
  local x, names, strings = data.csv(path, { header = false, strings = true })
  if not x then lunette.raise("--data: " .. names) end
  local column
  for k, name in ipairs(names) do column = name == 2 and k or column end
  if strings[1] and strings[2] then refuse_words(path, strings[1], strings[2]) end
  if not strings[1] or not column then
    lunette.raise(("--data: %s: rows of a text and a label expected"):format(path))
  end
  local list = {}
  for i, text in ipairs(strings[1]) do
    local label = x[{ i, column }]
    if not (label >= 0 and label <= 4 and label == label // 1) then
      lunette.raise(("--data: %s: row %d: a label from 0 to 4 expected, found %g"):format(path, i, label))
    end
    if #emoji.words(text) > 0 then list[#list + 1] = { text = text, label = math.tointeger(label) + 1 } end
  end
  return list
end

-- What can be learnt from: five different sentences and more, of two labels at least, and a held-out one.
local function check(path, train, test)
  local different, seen, labels, known = {}, {}, {}, {}
  for _, s in ipairs(train) do
    local text = table.concat(emoji.words(s.text), " ")
    if not seen[text] then different[#different + 1], seen[text] = text, true end
    if not known[s.label] then labels[#labels + 1], known[s.label] = s.label, true end
  end
  local form = "--data: %s: at least 5 different sentences with 2 labels expected to learn from, found %d with %d"
  if #different < 5 or #labels < 2 then lunette.raise(form:format(path, #different, #labels)) end
  if #test == 0 then lunette.raise(("--data: %s: no held-out sentence that is not learnt from, too"):format(path)) end
end

--- emoji.read(path) -> sentences to learn from, held-out ones.  path: the folder with train_emoji.csv and tesss.csv (or
-- test_emoji.csv), or train_emoji.csv there.  Without a test file every fifth sentence of a mixed order is held out.
-- Held-out sentences that are also learned from are dropped.
function emoji.read(path)
  local folder = lunette.folder(path) and path or path:match "^(.*)/[^/]*$" or "."
  local train, test = read(lunette.folder(path) and path .. "/train_emoji.csv" or path), {}
  for _, name in ipairs { "tesss.csv", "test_emoji.csv" } do
    local file = io.open(folder .. "/" .. name)
    if file and #test == 0 then test = read(folder .. "/" .. name) end
    if file then file:close() end
  end
  if #test == 0 then
    grammar({}, tensor.rng(1)):shuffle(train)
    for _ = 1, #train // 5 do test[#test + 1] = table.remove(train) end
  end
  local seen, new = {}, {}
  for _, s in ipairs(train) do seen[table.concat(emoji.words(s.text), " ")] = true end
  for _, s in ipairs(test) do
    if not seen[table.concat(emoji.words(s.text), " ")] then new[#new + 1] = s end
  end
  if #new < #test then print(("%d held-out sentences are also among the others: dropped"):format(#test - #new)) end
  check(path, train, new)
  return train, new
end

--- Held-out accuracy of softmax regression on counts of words: ids [m, T] of 1 .. size, where 1 is no word.
function emoji.bag_of_words(ids, y, tids, ty, size)
  local function counts(i) return i:one_hot(size):to "f32":sum(2):narrow(2, 2, size - 1) end
  local net, x = nn.Linear(size - 1, 5), counts(ids)
  local adam = optim.Adam { net, lr = 0.02 }
  for _ = 1, 150 do adam:step(nn.cross_entropy(net(x), y) + 1e-4 * net.weight:square():sum()) end
  return tensor.no_grad(function() return net(counts(tids)):argmax(2):eq(ty):to "f32":mean():item() end)
end

return emoji
