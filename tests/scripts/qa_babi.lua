--- qa_babi: the official text and its reader, the simulator against another way to its answers, spans, the prompt, and
-- copies of the script that must fall short.
local test = dofile "tests/check.lua"
local babi = require "lib.babi"
local tokens = require "lib.tokens"

local TWO = "1 Mary moved to the office.\n2 John went to the garden.\n3 Mary got the milk there.\n"
  .. "4 Where is the milk? \toffice\t3 1\n5 Mary journeyed to the garden.\n6 Where is the milk? \tgarden\t3 5\n"
  .. "1 The office is east of the hall.\n2 The kitchen is north of the office.\n"
  .. "3 What is the kitchen north of?\toffice\t2\n"

test("the official text: stories restart at 1, questions are no sentences, supports are places in the story", function()
  local items = babi.parse(TWO, "x")
  test.equal(#items, 3)
  test.equal(#items[1].story, 3)
  test.equal(#items[2].story, 4)
  test.equal(items[2].story[4], "Mary journeyed to the garden.")
  test.equal(items[2].question, "Where is the milk?")
  test.equal(table.concat(items[2].support, " "), "3 4")
  test.equal(items[3].question, "What is the kitchen north of?")
  test.equal(#babi.parse((TWO:gsub("\n", "\r\n")), "x"), 3, "with CR LF")
end)

test("a text that is none is refused with file and line", function()
  test.fails_with({ "f:2:", "line number 2 expected, found 3" }, babi.parse, "1 A b.\n3 C d.\n", "f")
  test.fails_with({ "f:1:", "'NUMBER text' expected, found 'hello'" }, babi.parse, "hello\n", "f")
  test.fails_with({ "f:2:", "line 7", "is no sentence" }, babi.parse, "1 A b.\n2 Who? \tb\t7\n", "f")
end)

test("a span stands in a supporting sentence, the latest, and not where the word is met first", function()
  local items = babi.parse(TWO, "x")
  test.equal(table.concat({ babi.span(items[1]) }, " "), "1 5 5")
  test.equal(table.concat({ babi.span(items[2]) }, " "), "4 5 5")
  test.equal(table.concat({ babi.span(items[2], true) }, " "), "2 5 5")
  test.equal(table.concat({ babi.span(items[3]) }, " "), "2 7 7")
  test.equal(table.concat({ babi.span(items[3], true) }, " "), "1 2 2")
  for _, answer in ipairs { "yes", "milk,football", "two" } do
    local item = { story = { "Mary got the milk." }, question = "?", answer = answer, support = { 1 } }
    test.equal(babi.span(item), nil, answer)
  end
end)

-- The answers again, from the words alone.
local function last_place(story, name)
  for k = #story, 1, -1 do
    local who, place = story[k]:match "^(%u%l+) [%l ]- to the (%l+)%.$"
    if who == name then return place, k end
  end
end
local takes = { got = true, took = true, grabbed = true, picked = true }
local leaves = { dropped = true, left = true, discarded = true, put = true }
-- Every place where a thing has been, in order.
local function path_of(story, thing)
  local at, holder, been = {}, nil, {}
  for _, line in ipairs(story) do
    local who, verb = line:match "^(%u%l+) (%l+)"
    local to = line:match " to the (%l+)%.$"
    local what = not to and line:match " the (%l+)"
    if to then
      at[who] = to
    elseif what == thing then
      test.truth(takes[verb] or leaves[verb], verb .. " taken or left: that it")
      test.truth(takes[verb] and not holder or leaves[verb] and holder == who, line .. ": that it can be")
      holder = takes[verb] and who or nil
      if takes[verb] then
        test.truth(#been == 0 or been[#been] == at[who], line .. ": that the thing lies there")
        if #been == 0 then been[1] = at[who] end
      end
    end
    if holder and been[#been] ~= at[holder] then been[#been + 1] = at[holder] end
  end
  return been
end

test("tasks 1 to 3: every answer is what the words say", function()
  local function each(task, check)
    local items = babi.parse(babi.simulate(task, 60, tensor.rng(task)), "x")
    test.equal(#items, 300)
    for _, item in ipairs(items) do
      test.equal(check(item), item.answer, table.concat(item.story, " ") .. " " .. item.question)
      test.truth(babi.span(item), "that the answer stands in its support")
    end
  end
  each(1, function(item) return (last_place(item.story, item.question:match "^Where is (%u%l+)%?$")) end)
  each(2, function(item)
    local been = path_of(item.story, item.question:match "^Where is the (%l+)%?$")
    return been[#been]
  end)
  each(3, function(item)
    local thing, place = item.question:match "^Where was the (%l+) before the (%l+)%?$"
    local been = path_of(item.story, thing)
    for k = #been, 2, -1 do
      if been[k] == place then return been[k - 1] end
    end
  end)
end)

test("task 4: the one place that lies so, by coordinates", function()
  local step = { north = { 0, 1 }, south = { 0, -1 }, east = { 1, 0 }, west = { -1, 0 } }
  local text = babi.simulate(4, 400, tensor.rng(9))
  test.truth(text:find "%?\t" and not text:find "%? \t", "that no blank stands before the tab")
  for _, item in ipairs(babi.parse(text, "x")) do
    local near = {}                                          -- near[place][dx][dy]: what a sentence puts there
    for _, line in ipairs(item.story) do
      local a, d, b = line:match "^The (%l+) is (%l+) of the (%l+)%.$"
      local x, y = table.unpack(step[d])
      near[#near + 1] = { a, b, x, y }
      near[#near + 1] = { b, a, -x, -y }
    end
    local d, b = item.question:match "^What is (%l+) of the (%l+)%?$"
    local a, way = item.question:match "^What is the (%l+) (%l+) of%?$"
    local found = {}
    for _, n in ipairs(near) do
      local x, y = table.unpack(step[d or way])
      local asked = d and n[2] == b or a and n[1] == a
      if asked and n[3] == x and n[4] == y then found[#found + 1] = d and n[1] or n[2] end
    end
    test.equal(table.concat(found, " "), item.answer, item.question)
  end
end)

test("what stands in training is taken out of the test set and counted", function()
  local items = babi.parse(TWO, "x")
  local kept, repeated = babi.unseen(items, { items[2] })
  test.equal(#kept, 2)
  test.equal(repeated, 1)
  for task = 1, 4 do
    local train = babi.make(task, 500, 2)
    local again = select(2, babi.unseen(babi.unseen(babi.make(task, 200, 3), train), train))
    test.equal(again, 0, "task " .. task)
  end
end)

test("a story is cut to its last sentences", function()
  test.equal(babi.first_kept({ "a b c.", "d e.", "f g h." }, 5), 2)
  test.equal(babi.first_kept({ "a b c.", "d e.", "f g h." }, 4), 3)
  test.equal(babi.first_kept({ "a b c.", "d e.", "f g h." }, 1), 3)
  test.equal(babi.first_kept({ "a b c.", "d e.", "f g h." }, 100), 1)
end)

test("shade: each byte of a word has the word's probability", function()
  local text, shade = babi.shaded({ story = { "A b.", "Ça va." } }, { {}, { 2, 1 }, { 2, 2 } }, { 0.9, 0.25, 0.5 }, 2)
  test.equal(text, "Ça va.\n")
  test.equal(table.concat(shade, " "), "0.25 0.25 0.25 0 0.5 0.5 0 0")
end)

test("tokens: a vocabulary by first appearance, padding, buckets that hold each item once", function()
  local V = tokens.vocabulary({ { "b", "a" }, { "b", "c" } }, 2)
  test.equal(#V, 3)
  test.equal(table.concat(V:ids { "b", "a" }, " "), "3 2")
  test.same(tokens.pad { { 5, 6, 7 }, { 8 } }, { { 5, 6, 7 }, { 8, 1, 1 } })
  local items, seen, n = {}, {}, 0
  for i = 1, 70 do items[i] = { i } end
  for _, list in ipairs(tokens.buckets(items, function(e) return e[1] % 9 end, 8)) do
    for _, e in ipairs(list) do
      test.truth(not seen[e], "once: that it is there")
      seen[e], n = true, n + 1
    end
  end
  test.equal(n, 70)
end)

test("files of the official names: trained on, and what cannot be answered by a span is said", function()
  local folder = os.tmpname() .. ".d"
  os.execute("mkdir -p " .. folder)
  local function write(name, text)
    local f = assert(io.open(folder .. "/" .. name, "w"))
    f:write(text)
    f:close()
  end
  write("qa1_single-supporting-fact_train.txt", babi.simulate(1, 20, tensor.rng(1)))
  write("qa1_single-supporting-fact_test.txt", babi.simulate(1, 10, tensor.rng(2)))
  local yes = ("1 Mary moved to the hall.\n2 Is Mary in the hall? \tyes\t1\n"):rep(3)
  write("qa6_yes-no-questions_train.txt", yes)
  test.fails_with({ "--data", "qa6_..._test.txt expected", "alone" }, babi.files, folder)
  write("qa6_yes-no-questions_test.txt", (yes:gsub("Mary", "John")))
  local result, printed = test.sabotaged("qa_babi", {}, { data = folder, epochs = "1", width = "8", layers = "1" })
  test.truth(not result.ok, "a pass over 100 questions: that it is too little")
  test.truth(printed:find("task  6, yes/no questions: 0 to learn from, 3 held out", 1, true), printed)
  test.truth(printed:find("this task cannot be answered by a span", 1, true), printed)
  test.equal(#babi.files(folder .. "/qa1_single-supporting-fact_test.txt"), 1)
  local sets = babi.sets { data = folder, tasks = "1" }
  test.equal(#sets, 1)
  test.equal(#sets[1].train, 90, "of a hundred questions, those of the last two stories")
  test.equal(#sets[1].val, 10, "are for validation")
  test.fails_with({ "--tasks", folder .. " has no files of task 2" }, babi.sets, { data = folder, tasks = "1 2" })
  test.fails_with({ "--tasks: numbers from 1 to 20", "got '21'" }, babi.sets, { data = folder, tasks = "21" })
  test.fails_with({ "files qaN_", "found none" }, babi.files, "tests")
  os.execute("rm -r " .. folder)
end)

-- What a run on few data returns and prints.
local usual = { train = "12", test = "4", epochs = "1", width = "8", layers = "1", viz = "off" }
local function few(options) return test.project("qa_babi", options, usual) end

test("--weights reads what --out has written, whatever the other options are", function()
  local folder = os.tmpname() .. ".d"
  local one = few { out = folder, train = "200", test = "40", tasks = "1" }
  local again, printed = few { weights = folder .. "/qa_babi.safetensors", width = "32", layers = "3", train = "7",
    test = "40", tasks = "1", quick = true }
  test.truth(not printed:find "epoch", "that it does not learn again")
  test.equal(again.value, one.value, "exact match")
end)

test("--course: test items that stand in training are kept, and nothing is claimed", function()
  local result, printed = few { course = true, train = "40", test = "20", tasks = "4" }
  test.equal(result, nil, "a claim")
  test.truth(printed:find("20 held out", 1, true) and printed:find(": kept)", 1, true), printed)
end)

test("--tasks: every number is used, or refused", function()
  local _, printed = few { tasks = "2,3" }
  test.truth(printed:find "task  2" and printed:find "task  3" and not printed:find "task  1", printed)
  test.truth(printed:find "claim\tqa_babi\texact\t[01]%.?%d*\t", "that the claim is about those: " .. printed)
  test.fails_with({ "--tasks: numbers from 1 to 4", "--data", "got '7'" }, few, { tasks = "1 7" })
  test.fails_with({ "--tasks", "got '1.5'" }, few, { tasks = "1.5" })
  test.fails_with({ "--tasks must be a value", "Try --tasks all" }, few, { tasks = " " })
end)

test("the prompt answers a story that was typed, and says which words it has never met", function()
  local lines, said = { "1 Mary moved to the office.", "Where is Marvin?", "", "Where is Mary?" }, {}
  babi.prompt(function(item)
    test.equal(item.story[1], "Mary moved to the office.")
    return "office", 0.9, "", {}
  end, tokens.vocabulary { (babi.words "Mary moved to the office where is") },
    function() return table.remove(lines, 1) end, function(line) said[#said + 1] = line end)
  test.equal(table.concat(said, "\n", 2),
    "('marvin' stood in no story that was learnt)\noffice  (90 %)\na story first")
end)

test("the prompt takes several sentences a line, official lines, questions without a sign", function()
  local function told(...)
    local lines, said = { ... }, {}
    babi.prompt(function(item)
      return table.concat(item.story, "|") .. " " .. item.question, 1, "", {}
    end, tokens.vocabulary { (babi.words "Mary John went to the hall office Where is What north of") },
      function() return table.remove(lines, 1) end, function(line) said[#said + 1] = line end)
    return table.concat(said, "\n", 2)
  end
  test.equal(told "Mary went to the hall. John went to the office. Where is Mary?",
    "Mary went to the hall.|John went to the office. Where is Mary?  (100 %)")
  test.equal(told("1 Mary went to the hall.", "2 Where is Mary? \thall\t1", "1 John went to the hall",
    "2 where is john"), "Mary went to the hall. Where is Mary?  (100 %)\nJohn went to the hall where is john  (100 %)")
  test.equal(told("Mary went to the hall.", "??", " \t ", "Where is Mary?"), "there is no word in it\na story first")
end)

test("an answer does not depend on what stands in its batch; without a mask the claim falls short", function()
  local few_of = { train = "40", test = "20", epochs = "1", width = "8", layers = "1", tasks = "1" }
  local function padding(changes)
    local result = test.sabotaged("qa_babi", changes, few_of)
    test.equal(result.also[1].measure, "padding")
    return result.also[1].ok
  end
  test.truth(padding {}, "whole: that it holds")
  test.truth(not padding { { ", { mask = there:unsqueeze(2):unsqueeze(2) }", "" } }, "attention: that it is short")
  test.truth(not padding { { ' * there:unsqueeze(3):to "f32"', "" } }, "words beside: that it is short")
end)

-- What must not reach the claim.
if not test.sanitized then
  local where = "    if k == sentence then e.first, e.last = #e.ids + a, #e.ids + b end"
  for name, changes in pairs {
    ["shuffled answers"] = { { where, "    local at = #e.ids + 1 + (7 * #item.question + 3 * #item.story[k] + k) % 5\n"
      .. "    if k == sentence then e.first, e.last = at, at end" } },
    ["places and neighbours left out"] = {
      { "  x = x + self.beside(x) + self.place(b.place) + self.age(b.age)\n", "" } },
  } do
    test(name .. " fall short", function()
      local result = test.sabotaged("qa_babi", changes, { quick = true })
      test.truth(not result.ok, ("%.3f: that it is short"):format(result.value))
    end)
  end
end

test.done()
