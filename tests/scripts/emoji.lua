--- Emojify: its sentences and their split, the course's files, a sentence by --text, and copies that lack something.
local test = dofile "tests/check.lua"
local emoji = require "lib.emoji"
local vectors = require "lib.vectors"
local run = require "vm.run"

local counts = { turns = 80, denied = 40, plain = 60 }
local train = emoji.sentences("train", { turns = 220, denied = 80, plain = 150 }, tensor.rng(2))
local held = emoji.sentences("test", counts, tensor.rng(3))

local function bag(text)
  local list = emoji.words(text)
  table.sort(list)
  return table.concat(list, " ")
end

test("sentences: several hundred, of every label, none twice, all words with a vector", function()
  local _, _, index = vectors.shipped()
  for part, list in pairs { train = train, test = held } do
    test.truth(#list > 250, ("%s has %d: that it has several hundred"):format(part, #list))
    local seen, labels = {}, { 0, 0, 0, 0, 0 }
    for _, s in ipairs(list) do
      test.truth(not seen[s.text], s.text .. ": that it is there once")
      seen[s.text], labels[s.label] = true, labels[s.label] + 1
      for _, word in ipairs(emoji.words(s.text)) do test.truth(index[word], word .. ": that it has a vector") end
    end
    for label, n in ipairs(labels) do
      test.truth(n >= #list / 12, ("%s: %d of %s: that they are enough"):format(part, n, emoji.names[label]))
    end
  end
end)

test("no held-out sentence is learned from, not even with its words in another order", function()
  local known = {}
  for _, s in ipairs(train) do known[bag(s.text)] = s.text end
  for _, s in ipairs(held) do
    test.truth(not known[bag(s.text)], ("%s, like %s: that it is new"):format(s.text, known[bag(s.text)]))
  end
end)

test("phrasings and words are new: no pattern is the training's, about half of the telling words are not", function()
  local function pattern(text, visit)
    local list, found = emoji.words(text), false
    for k, word in ipairs(list) do
      if emoji.telling[word] ~= nil then
        visit(emoji.telling[word])
        list[k], found = "_", true
      end
    end
    return found and #list > 1 and table.concat(list, " ")
  end
  local known, old, new = {}, 0, 0
  for _, s in ipairs(train) do
    local p = pattern(s.text, function(there) test.truth(there, s.text .. ": that no word is kept for the test") end)
    if p then known[p] = true end
  end
  for _, s in ipairs(held) do
    local p = pattern(s.text, function(there)
      if there then old = old + 1 else new = new + 1 end
    end)
    test.truth(not (p and known[p]), s.text .. ": that its phrasing is new")
  end
  local share = new / (old + new)
  test.truth(share > 0.35 and new + old > 300, ("%d new and %d known: that they are about half"):format(new, old))
end)

test("where order tells, the same words have both labels: their average can be right for half at most", function()
  local of, pairs_ = {}, 0
  for _, s in ipairs(held) do
    if s.order then
      local b = bag(s.text)
      of[b] = of[b] or {}
      of[b][s.label] = true
    end
  end
  for _, labels in pairs(of) do
    local n = 0
    for _ in pairs(labels) do n = n + 1 end
    if n == 2 then pairs_ = pairs_ + 1 end
  end
  test.equal(pairs_, counts.turns)
end)

test("the same seed gives the same sentences, another seed others", function()
  local again, other = emoji.sentences("test", counts, tensor.rng(3)), emoji.sentences("test", counts, tensor.rng(4))
  local same = 0
  for k, s in ipairs(held) do
    test.equal(s.text, again[k].text)
    same = same + (other[k] and other[k].text == s.text and 1 or 0)
  end
  test.truth(same < #held / 2, "that another seed makes others")
end)

-- The course's files: CRLF, no header, no last line end; columns of leftovers; a tab before the closing quote.

local folder = os.tmpname()
os.remove(folder)
assert(os.execute(("mkdir '%s'"):format(folder)))
local function write(name, text)
  test.write(folder .. "/" .. name, text)
end

test("train_emoji.csv and tesss.csv as they are", function()
  write("train_emoji.csv", "never talk to me again,3,,\r\nI am proud of your achievements,2,,\r\n"
    .. "It is the worst day in my life,3,,\r\nMiss you so much,0,, [0]\r\nfood is life,4,,\r\n"
    .. "I want to play  ball ,1,,v2")
  write("tesss.csv", '"I want to eat\t",4\r\n"he said ""no""\t",3\r\nMiss you so much ,0\r\n')
  for _, path in ipairs { folder, folder .. "/train_emoji.csv" } do
    local lines, _, ok, a, b = test.caught(emoji.read, path)
    test.truth(ok, tostring(a) .. ": that it is read; it")
    test.equal(#a, 6)
    test.equal(#b, 2, "one held-out sentence is also among the others")
    test.truth(lines[1]:find "^1 held%-out sentence", lines[1])
    test.equal(a[1].text .. a[1].label, "never talk to me again4")
    test.equal(table.concat(emoji.words(a[6].text), " ") .. a[6].label, "i want to play ball2")
    test.equal(table.concat(emoji.words(b[1].text), " ") .. b[1].label, "i want to eat5")
    test.equal(table.concat(emoji.words(b[2].text), " ") .. b[2].label, 'he said "no"4')
  end
end)

test("without a test file a fifth is held out", function()
  os.remove(folder .. "/tesss.csv")
  local rows = {}
  for k = 1, 50 do rows[k] = ("word%d said,%d"):format(k, k % 5) end
  write("train_emoji.csv", table.concat(rows, "\n"))
  local a, b = emoji.read(folder)
  test.equal(#a, 40)
  test.equal(#b, 10)
end)

test("labels that are none are named with their row", function()
  write("train_emoji.csv", "a b,1\nc d,7\n")
  test.fails_with({ "train_emoji.csv", "row 2: a label from 0 to 4 expected, found 7" }, emoji.read, folder)
  write("train_emoji.csv", "a b,c\nc d,e\n")
  test.fails_with({ "train_emoji.csv", "rows of a text and a label expected" }, emoji.read, folder)
  write("train_emoji.csv", "a b,1\nc d,x\ne f,2\n")
  test.fails_with({ "train_emoji.csv", "row 2: a label from 0 to 4 expected, found 'x'" }, emoji.read, folder)
end)

test("a header row is named as one, with and without further columns", function()
  for _, more in ipairs { "", ",," } do
    write("train_emoji.csv", ("sentence,label%s\na b,1%s\nc d,2%s\n"):format(more, more, more))
    test.fails_with({ "train_emoji.csv", "row 1 is a header ('sentence', 'label')" }, emoji.read, folder)
  end
end)

-- The script

if not test.sanitized then
  local out = os.tmpname()
  os.remove(out)
  test("--out keeps the weights, --weights and --text answer with them", function()
    local result = run.project("emojify", { quick = true, viz = "off", out = out })
    test.truth(result.ok, "the claim of --quick")
    local lines, _, ok, again = test.caught(run.project, "emojify", { quick = true, viz = "off",
      weights = out .. "/emojify.safetensors", text = "We were sad before but now we are happy" })
    test.truth(ok, tostring(again) .. ": that it ran; it")
    test.equal(again.value, result.value)
    local said = table.concat(lines, "\n")
    test.truth(said:find("We were sad before but now we are happy  😄  smile", 1, true), said)
    local function about(text)
      return table.concat(test.caught(run.project, "emojify", { quick = true, viz = "off",
        weights = out .. "/emojify.safetensors", text = text }), "\n")
    end
    local bare = about "today i am not glad"
    test.equal(about('"Today, i am not glad!"'):match "%(%d%.%d+%)\n", bare:match "%(%d%.%d+%)\n", "signs: they")
    test.truth(not bare:find("--text", 1, true), "that nothing is said of a good one")
    test.truth(about "i am xyzzy":find("--text: no vector for xyzzy\n", 1, true), "the word")
    test.truth(about "xyzzy ⚾":find("--text: no vector for xyzzy ⚾, which is all that was read", 1, true), "all")
    test.truth(about(("happy "):rep(300)):find "only the first %d+ of 300 words are read", "that it is cut")
    local path = out .. "/emojify.safetensors"
    test.fails_with({ "--weights: " .. path, "[", "with or without --quick" }, run.project, "emojify",
      { viz = "off", quick = true, pairs = "3", weights = path, units = "9" })
    local others = {}
    for k, word in ipairs { "i", "am", "happy" } do
      others[k] = word .. (" %d"):format(k):rep(assert(tensor.load(path)).vector:numel())
    end
    test.write(out .. "/glove.txt", table.concat(others, "\n") .. "\n")
    test.fails_with({ "--weights: " .. path .. ": has been learnt with other word vectors than --vectors " .. out },
      run.project, "emojify", { viz = "off", quick = true, weights = path, vectors = out .. "/glove.txt" })
  end)

  test("data that nothing can be learnt from are refused before anything is", function()
    local path = folder .. "/some.csv"
    for text, why in pairs { ["i am sad,3\n"] = "found 1 with 1", [("i am sad,3\n"):rep(20)] = "found 1 with 1",
      [("i am sad,3\nyou are happy,2\n"):rep(9)] = "found 2 with 2" } do
      test.write(path, text)
      test.fails_with({ "--data: " .. path, "at least 5 different sentences with 2 labels", why }, emoji.read, path)
    end
    local lines = {}
    for i = 1, 20 do lines[i] = ("word%d,3"):format(i) end
    test.write(path, table.concat(lines, "\n"))
    test.fails_with({ "found 16 with 1" }, emoji.read, path)
    test.fails_with({ "--text", "UTF-8" }, run.project, "emojify", { viz = "off", text = "\xff" })
  end)

  test("it reads the course's files, and says how many words have no vector", function()
    local rows = {}
    for k, s in ipairs(train) do
      if k % 3 == 0 then rows[#rows + 1] = ("%s,%d,,"):format(s.text, s.label - 1) end
    end
    rows[#rows + 1] = "xyzzy plugh,2,,"
    write("train_emoji.csv", table.concat(rows, "\r\n"))
    local lines, _, ok, result = test.caught(run.project, "emojify", { quick = true, viz = "off", data = folder,
      epochs = "2" })
    test.truth(ok, tostring(result) .. ": that it ran; it")
    test.truth(table.concat(lines, "\n"):find "2 words have no vector", "that they are counted")
    test.equal(#result.also, 0)
  end)

  -- A broken copy falls short of the target that --quick reaches.
  local broken = {
    ["shuffled labels"] = { "local tids, tn", "y = y[tensor.randperm(#train)]\nlocal tids, tn" },
    ["words in random order"] = { "local ids, none, list = {}, {}, emoji.words(text)",
      "local ids, none, list = {}, {}, emoji.words(text)\n"
        .. "  require 'lib.grammar'({}, tensor.rng(#text)):shuffle(list)" },
    ["padding that is read"] = { "function Order:forward(x, count)\n",
      "function Order:forward(x, count)\n  count = count * 0 + T\n" },
    ["the same average at every place"] = { "self.first(x, {",
      "self.first(x:mean(2):unsqueeze(2):expand(x:size(1), T, D), {" },
    ["vectors of chance"] = { "W = W / W:std():item()", "W = tensor.randn(W:size(1), W:size(2))" },
  }
  test.fall_short("emojify", broken)
end

os.execute(("rm -r '%s'"):format(folder))
test.done()
