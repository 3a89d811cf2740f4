--- babi.lua: the question-answering tasks of Weston et al. 2015, arXiv:1502.05698: a simulator of tasks 1 to 4, which
-- writes the official text, and a reader of it for all twenty.
--   1 Mary moved to the bathroom.
--   2 John went to the hallway.
--   3 Where is Mary? <TAB>bathroom<TAB>1           numbers restart at 1 with a new story; last: lines it follows from
local tokens, Dice = require "lib.tokens", require "lib.dice"
local read_text = require "lib.text".read
local babi = {}

babi.names = { "single supporting fact", "two supporting facts", "three supporting facts", "two argument relations",
  "three argument relations", "yes/no questions", "counting", "lists/sets", "simple negation", "indefinite knowledge",
  "basic coreference", "conjunction", "compound coreference", "time reasoning", "basic deduction", "basic induction",
  "positional reasoning", "size reasoning", "path finding", "agent's motivations" }

-- --- the simulator ---------------------------------------------------------------------------------------------------

local people = { "Mary", "John", "Daniel", "Sandra" }
local places = { "bathroom", "hallway", "bedroom", "garden", "office", "kitchen" }
local things = { "football", "milk", "apple" }
local move = { "moved to", "went to", "journeyed to", "travelled to", "went back to" }
local take = { "got", "took", "grabbed", "picked up" }
local leave = { "dropped", "left", "discarded", "put down" }
local opposite = { north = "south", south = "north", east = "west", west = "east" }
local directions = { "north", "south", "east", "west" }

-- A world in which people walk, take and leave.  Of each person it keeps the line that told where they are; of each
-- thing who has it and the places where it has been, each with the lines that say so.
local World = {}
World.__index = World

local function new_world(dice)
  local self = setmetatable({ dice = dice, lines = {}, n = 0, person = {}, thing = {} }, World)
  for _, name in ipairs(people) do self.person[name] = { holds = {} } end
  for _, name in ipairs(things) do self.thing[name] = { been = {} } end
  return self
end

function World:say(text, ...)
  self.n = self.n + 1
  self.lines[self.n] = ("%d %s"):format(self.n, text:format(...))
  return self.n
end

function World:ask(question, answer, support)
  self:say("%s\t%s\t%s", question, answer, table.concat(support, " "))
end

-- A thing is where its holder is: the lines are the taking (or leaving) and the walk there.
local function note(thing, place, act, walk)
  local been = thing.been
  local last = been[#been]
  if last and last.place == place then
    last.act, last.walk = act, walk                          -- later lines say it too
  else
    been[#been + 1] = { place = place, act = act, walk = walk }
  end
end

function World:walk()
  local dice, name = self.dice, self.dice:pick(people)
  local who = self.person[name]
  local place
  repeat place = dice:pick(places) until place ~= who.place
  local line = self:say("%s %s the %s.", name, dice:pick(move), place)
  who.place, who.line = place, line
  for thing in pairs(who.holds) do note(self.thing[thing], place, self.thing[thing].taken, line) end
end

-- Somebody takes a thing that lies where they are (or that nobody has seen yet), or leaves one.  False: cannot.
function World:handle()
  local dice, name = self.dice, self.dice:pick(people)
  local who, what = self.person[name], self.dice:pick(things)
  local thing = self.thing[what]
  if not who.place then return false end
  if who.holds[what] then
    local line = self:say("%s %s the %s%s.", name, dice:pick(leave), what, dice:pick { "", " there" })
    who.holds[what], thing.holder = nil, nil
    note(thing, who.place, line, who.line)
    return true
  end
  local last = thing.been[#thing.been]
  if thing.holder or last and last.place ~= who.place then return false end
  local line = self:say("%s %s the %s%s.", name, dice:pick(take), what, dice:pick { "", " there" })
  who.holds[what], thing.holder, thing.taken = true, name, line
  note(thing, who.place, line, who.line)
  return true
end

function World:act(handling)
  if self.dice:int(1, 100) > handling or not self:handle() then self:walk() end
end

-- Task 1: where is somebody?
local function ask_person(w)
  local seen = {}
  for _, name in ipairs(people) do
    if w.person[name].place then seen[#seen + 1] = name end
  end
  local name = w.dice:pick(seen)
  w:ask(("Where is %s? "):format(name), w.person[name].place, { w.person[name].line })
  return true
end

-- Task 2: where is a thing?
local function ask_thing(w)
  local seen = {}
  for _, name in ipairs(things) do
    if #w.thing[name].been > 0 then seen[#seen + 1] = name end
  end
  if #seen == 0 then return false end
  local name = w.dice:pick(seen)
  local been = w.thing[name].been
  local last = been[#been]
  w:ask(("Where is the %s? "):format(name), last.place, { last.act, last.walk })
  return true
end

-- Task 3: where was it before it was there (the last time)?
local function ask_before(w)
  local known = {}
  for _, name in ipairs(things) do
    local been = w.thing[name].been
    for k = 2, #been do
      local again = false
      for later = k + 1, #been do again = again or been[later].place == been[k].place end
      if not again then known[#known + 1] = { name, been[k], been[k - 1] } end
    end
  end
  if #known == 0 then return false end
  local name, there, before = table.unpack(w.dice:pick(known))
  w:ask(("Where was the %s before the %s? "):format(name, there.place), before.place,
    { before.act, there.walk, before.walk })
  return true
end

-- Five questions, a random number of acts between them.
local function tale(dice, least, most, handling, ask)
  local w = new_world(dice)
  for _ = 1, 5 do
    for _ = 1, least + dice:int(1, most - least + 1) - 1 do w:act(handling) end
    while not ask(w) do w:act(handling) end
  end
  return w.lines
end

-- Task 4: two places beside a third; a question about one of the two facts, straight or turned round.
local function map(dice)
  local w = new_world(dice)
  local middle, first, second = table.unpack(dice:some(places, 3))
  local where = dice:some(directions, 2)
  local facts = {}
  for k, place in ipairs { first, second } do
    local d, a, b = where[k], place, middle
    if dice:int(1, 2) == 1 then d, a, b = opposite[d], middle, place end
    facts[k] = { d, a, b, w:say("The %s is %s of the %s.", a, d, b) }
  end
  local d, a, b, line = table.unpack(dice:pick(facts))
  if dice:int(1, 2) == 1 then d, a, b = opposite[d], b, a end
  if dice:int(1, 2) == 1 then
    w:ask(("What is %s of the %s?"):format(d, b), a, { line })
  else
    w:ask(("What is the %s %s of?"):format(a, d), b, { line })
  end
  return w.lines
end

local makers = {
  function(dice) return tale(dice, 2, 2, 0, ask_person) end,
  function(dice) return tale(dice, 2, 5, 45, ask_thing) end,
  function(dice) return tale(dice, 4, 9, 45, ask_before) end,
  map,
}

--- babi.simulate(task, stories, rng) -> the text of so many stories of task 1, 2, 3 (five questions each) or 4 (one).
function babi.simulate(task, stories, rng)
  local dice, lines = Dice(rng), {}
  for _ = 1, stories do
    local tale_lines = makers[task](dice)
    table.move(tale_lines, 1, #tale_lines, #lines + 1, lines)
  end
  return table.concat(lines, "\n") .. "\n"
end

--- babi.make(task, n, seed) -> n items of a simulated task.
function babi.make(task, n, seed)
  local each = task == 4 and 1 or 5
  local items = babi.parse(babi.simulate(task, (n + each - 1) // each, tensor.rng(seed)), "simulated")
  for k = #items, n + 1, -1 do items[k] = nil end
  return items
end

-- --- the reader ------------------------------------------------------------------------------------------------------

--- babi.words("Mary moved.") -> { "mary", "moved" }, and the bytes where each begins and ends in the text.
function babi.words(text)
  local words, first, last = {}, {}, {}
  for a, word, b in text:gmatch "()([%w\x80-\xff'-]+)()" do
    words[#words + 1], first[#first + 1], last[#last + 1] = word:lower(), a, b - 1
  end
  return words, first, last
end

local function bad(name, line, why) lunette.raise(("%s:%d: %s"):format(name, line, why)) end

-- "3 6" -> { 3, 6 }, as places in the story's list of sentences; `place` maps line numbers to them.
local function support_of(text, place, name, line)
  local list = {}
  for number in text:gmatch "%S+" do
    local at = place[tonumber(number)]
    if not at then bad(name, line, ("line %s, which the answer is to follow from, is no sentence"):format(number)) end
    list[#list + 1] = at
  end
  return list
end

--- babi.parse(text, name) -> a list of items { story = sentences so far, question, answer, support = places in story }
-- What is no text of this kind is an error with name and line.
function babi.parse(text, name)
  local items, story, place, last, line = {}, {}, {}, 0, 0
  for row in text:gmatch "[^\r\n]*" do
    line = line + 1
    local number, rest = row:match "^(%d+) +(.*)$"
    if number then
      number = math.tointeger(tonumber(number))
      if number == 1 then story, place, last = {}, {}, 0 end
      if number ~= last + 1 then bad(name, line, ("line number %d expected, found %d"):format(last + 1, number)) end
      last = number
      local question, answer, support = rest:match "^([^\t]-) *\t([^\t]*)\t?([^\t]*)$"
      if question then
        items[#items + 1] = { story = table.move(story, 1, #story, 1, {}), question = question, answer = answer:lower(),
          support = support_of(support, place, name, line) }
      else
        story[#story + 1] = rest:match "^(.-) *$"
        place[number] = #story
      end
    elseif row:find "%S" then
      bad(name, line, ("'NUMBER text' expected, found '%s'"):format(row:sub(1, 40)))
    end
  end
  return items
end

local function joined(words, i, n) return table.concat(words, " ", i, i + n - 1) end

--- babi.span(item, first_mention) -> sentence, first word, last word: where the answer stands in the latest sentence of
-- its support that has it; with first_mention in the first sentence of the story that has it.  nil: nowhere.
function babi.span(item, first_mention)
  local answer = babi.words(item.answer)
  if #answer == 0 or item.answer:find "," then return nil end
  local wanted = table.concat(answer, " ")
  local order = {}
  for k = 1, #item.story do order[k] = k end
  if not first_mention then
    order = table.move(item.support, 1, #item.support, 1, {})
    table.sort(order, function(a, b) return a > b end)
  end
  for _, k in ipairs(order) do
    local words = babi.words(item.story[k])
    for i = 1, #words - #answer + 1 do
      if joined(words, i, #answer) == wanted then return k, i, i + #answer - 1 end
    end
  end
  return nil
end

-- What makes two items the same: story and question, letter by letter.
local function key_of(item) return table.concat(item.story, "\n") .. "\n" .. item.question end

--- babi.unseen(test, train) -> the items of test that do not stand in train, and how many do.
function babi.unseen(test, train)
  local known, kept = {}, {}
  for _, item in ipairs(train) do known[key_of(item)] = true end
  for _, item in ipairs(test) do
    if not known[key_of(item)] then kept[#kept + 1] = item end
  end
  return kept, #test - #kept
end

--- babi.all_words(sets) -> the words of each story's sentences and of each question in the training parts: a list of
-- lists, for a vocabulary.
function babi.all_words(sets)
  local lists, seen = {}, {}
  local function add(sentence)
    if seen[sentence] then return end
    seen[sentence] = true
    lists[#lists + 1] = babi.words(sentence)
  end
  for _, set in ipairs(sets) do
    for _, item in ipairs(set.train) do
      for _, sentence in ipairs(item.story) do add(sentence) end
      add(item.question)
    end
  end
  return lists
end

--- babi.counts(items, vocabulary) -> f32[n, 2 #vocabulary]: how often each word stands in the story and the question.
function babi.counts(items, vocabulary)
  local V = #vocabulary
  local x = tensor.zeros(#items, 2 * V)
  for k, item in ipairs(items) do
    local row = {}
    for i = 1, 2 * V do row[i] = 0 end
    local function add(sentence, offset)
      for _, word in ipairs((babi.words(sentence))) do
        local at = offset + vocabulary:id(word)
        row[at] = row[at] + 1
      end
    end
    for _, sentence in ipairs(item.story) do add(sentence, 0) end
    add(item.question, V)
    x[k] = tensor(row)
  end
  return x
end

--- babi.best_span(e, s, f) -> its first and last token, and its words: the span of an encoded item of at most three
-- words of one sentence with the largest s[first] + f[last].  e.from..e.to is the story, e.at[t] = { sentence, word }.
function babi.best_span(e, s, f)
  local most, first, last = -math.huge, nil, nil
  for i = e.from, e.to do
    local k, word = e.at[i][1], e.at[i][2]
    local j = i
    while word and j <= e.to and e.at[j][1] == k and (e.at[j][2] or word) - word < 3 do
      if e.at[j][2] and s[i] + f[j] > most then most, first, last = s[i] + f[j], i, j end
      j = j + 1
    end
  end
  if not first then return e.from, e.from, "" end
  local words = babi.words(e.item.story[e.at[first][1]])
  return first, last, table.concat(words, " ", e.at[first][2], e.at[last][2])
end

--- babi.first_kept(story, most) -> the first sentence of those at the end that have at most `most` words together.
function babi.first_kept(story, most)
  local k, n = #story, #(babi.words(story[#story] or ""))
  while k > 1 do
    n = n + #(babi.words(story[k - 1]))
    if n > most then break end
    k = k - 1
  end
  return math.max(k, 1)
end

--- babi.baselines(train, held, vocabulary) -> the exact match of a linear model of the words of story and question,
-- and of the commonest answer; held: a list of { item = }.
function babi.baselines(train, held, vocabulary)
  local id, answers, counts = {}, {}, {}
  local y, items = {}, {}
  for k, item in ipairs(train) do
    local a = item.answer
    if not id[a] then
      answers[#answers + 1] = a
      id[a], counts[#answers] = #answers, 0
    end
    y[k] = id[a]
    counts[id[a]] = counts[id[a]] + 1
  end
  local most = 1
  for c, n in ipairs(counts) do most = n > counts[most] and c or most end
  for k, e in ipairs(held) do items[k] = e.item end
  local told = tokens.bag(babi.counts(train, vocabulary), tensor(y, { dtype = "i64" }), babi.counts(items, vocabulary),
    #answers):totable()
  local right, common = 0, 0
  for k, item in ipairs(items) do
    if answers[told[k]] == item.answer then right = right + 1 end
    if answers[most] == item.answer then common = common + 1 end
  end
  return right / #items, common / #items
end

-- --- showing and asking ----------------------------------------------------------------------------------------------

--- babi.shaded(item, at, p, first) -> the story's sentences from `first` on, a line each, and for each byte the p of
-- its word: p[t] belongs to word at[t][2] of sentence at[t][1].
function babi.shaded(item, at, p, first)
  local of = {}
  for t, place in ipairs(at) do
    if place[1] and place[2] then
      local key = place[1] << 16 | place[2]
      of[key] = math.max(of[key] or 0, p[t])                            -- of a word's pieces the likeliest
    end
  end
  local lines, shade = {}, {}
  for k = first, #item.story do
    local sentence = item.story[k]
    local words, from, to = babi.words(sentence)
    local base = #shade
    for i = 1, #sentence + 1 do shade[base + i] = 0 end                  -- and the line's end
    for i = 1, #words do
      for byte = from[i], to[i] do shade[base + byte] = of[k << 16 | i] or 0 end
    end
    lines[#lines + 1] = sentence .. "\n"
  end
  return table.concat(lines), shade
end

-- A line for a terminal: what is likelier than a twentieth has a ground, the stronger the likelier.
local function coloured(text, shade)
  local out, now = {}, 0
  for i = 1, #text do
    local level = text:sub(i, i) ~= "\n" and shade[i] > 0.05 and 24 + math.floor(5 * math.min(shade[i], 0.99)) or 0
    if level ~= now then out[#out + 1] = level == 0 and "\27[0m" or ("\27[30;48;5;%dm"):format(level) end
    now = level
    out[#out + 1] = text:sub(i, i)
  end
  return table.concat(out)
end

-- What a line that was typed holds: its sentences and questions in order, without a number and the answer behind a tab;
-- and whether it is the first of a story by its number.  A question ends with ? or begins as one.
local function sentences(line)
  local number, rest = line:match "^%s*(%d*)%s*([^\t]*)"
  local list = {}
  for part in rest:gsub("([.!?]+)%s+", "%1\n"):gmatch "[^\n]+" do
    local text, first = part:match "^%s*(.-)%s*$", (part:match "%a+" or ""):lower()
    local asks = text:find "?" or first == "where" or first == "what" or first == "who"
    if #babi.words(text) > 0 then list[#list + 1] = { text = text, question = asks } end
  end
  return list, number == "1"
end

--- babi.prompt(answer, vocabulary): reads sentences and questions; an empty line or one numbered 1 begins a new story.
-- answer(item) -> text, its probability, the story as text and the shade of its bytes.  In place of the terminal:
-- read() -> a line or nil, write(line).
function babi.prompt(answer, vocabulary, read, write)
  read, write = read or io.read, write or print
  write "sentences, and questions that end with ?; an empty line begins a new story; ^D ends"
  local story, tty = {}, lunette.isatty(1)
  local function hear(one)
    for _, word in ipairs((babi.words(one.text))) do
      if vocabulary:id(word) == tokens.UNKNOWN then write(("('%s' stood in no story that was learnt)"):format(word)) end
    end
    if not one.question then
      story[#story + 1] = one.text
    elseif #story == 0 then
      write "a story first"
    else
      local text, p, lines, shade = answer { story = story, question = one.text, answer = "", support = {} }
      if tty then io.write(coloured(lines, shade)) end
      write(("%s  (%.0f %%)"):format(text, 100 * p))
    end
  end
  while true do
    if tty then io.write "> " io.flush() end
    local line = read "l"
    if not line then break end
    local list, first = sentences(line)
    if first or not line:find "%S" then story = {} end
    if #list == 0 and line:find "%S" then write "there is no word in it" end
    for _, one in ipairs(list) do hear(one) end
  end
end

-- --- files -----------------------------------------------------------------------------------------------------------

local function read(path)
  return babi.parse(read_text(path), "--data: " .. path)
end

--- babi.files(path) -> a list of { task = 4, train = items, test = items }: of a folder with the official names
-- (qa4_two-arg-relations_train.txt and _test.txt), or of one such file and its companion.
function babi.files(path)
  local folder, only = path, nil
  local task = path:match "qa(%d+)_[^/]*_t%a+%.txt$"
  if task then folder, only = path:match "^(.*)/[^/]*$" or ".", tonumber(task) end
  local names, why = lunette.folder(folder)
  if not names then lunette.raise("--data: " .. why) end
  local found = {}
  for _, name in ipairs(names) do
    local number, part = name:match "^qa(%d+)_.*_(t%a+)%.txt$"
    number = tonumber(number)
    if (part == "train" or part == "test") and (not only or only == number) then
      found[number] = found[number] or { task = number }
      found[number][part] = folder .. "/" .. name
    end
  end
  local list = {}
  for number = 1, 20 do
    local set = found[number]
    if set then
      if not (set.train and set.test) then
        lunette.raise(("--data: %s: qa%d_..._train.txt and qa%d_..._test.txt expected, found %s alone"):format(folder,
          number, number, set.train or set.test))
      end
      list[#list + 1] = { task = number, train = read(set.train), test = read(set.test) }
    end
  end
  if #list == 0 then lunette.raise(("--data: %s: files qaN_..._train.txt expected there, found none"):format(path)) end
  return list
end

-- The last tenth of a task's items, in whole stories, taken from their end.
local function last_tenth(items)
  local first = #items - #items // 10 + 1
  while first <= #items do
    local story, before = items[first].story, items[first - 1].story
    if #story < #before or story[1] ~= before[1] then break end
    first = first + 1
  end
  local val = table.move(items, first, #items, 1, {})
  for k = #items, first, -1 do items[k] = nil end
  return val
end

-- "1 4" -> { [1] = true, [4] = true }; nil for all.
local function numbers_of(text, most)
  if text == "all" then return nil end
  local wanted, any = {}, false
  for word in text:gmatch "[^%s,]+" do
    local number = math.tointeger(tonumber(word))
    if not number or number < 1 or number > most then
      lunette.raise(("--tasks: numbers from 1 to %d%s expected, got '%s'"):format(most,
        most < 20 and " (further ones are read with --data)" or "", word))
    end
    wanted[number], any = true, true
  end
  if not any then lunette.raise(("--tasks: all, or numbers from 1 to %d expected, got '%s'"):format(most, text)) end
  return wanted
end

-- The files' tasks, or those of them that are wanted.
local function sets_of_files(path, wanted)
  local sets, missing = {}, wanted or {}
  for _, set in ipairs(babi.files(path)) do
    if not wanted or wanted[set.task] then
      set.val = last_tenth(set.train)
      sets[#sets + 1] = set
    end
    missing[set.task] = nil
  end
  local number = next(missing)
  if number then lunette.raise(("--tasks: %s has no files of task %d"):format(path, number)) end
  return sets
end

--- babi.sets(opt) -> a list of { task = 1, train = items, val = items, test = items }, by opt.data, tasks, train, test,
-- seed and quick.  What is made has `train` questions of task 1, twice as many of 4, a fifth of 2 and of 3, whose
-- stories are long; of files the last tenth of the training stories is the validation part.
function babi.sets(opt)
  local wanted = numbers_of(opt.tasks, opt.data and 20 or 4)
  if opt.data then return sets_of_files(opt.data, wanted) end
  wanted = wanted or opt.quick and { true, false, false, true } or { true, true, true, true }
  local sets = {}
  for task = 1, 4 do
    local n = task == 1 and opt.train or task == 4 and 2 * opt.train or math.max(1, opt.train // 5)
    if wanted[task] then
      local seed = 2 * opt.seed + 100 * task                     -- the test's seeds lie far from the others'
      sets[#sets + 1] = { task = task, train = babi.make(task, n, seed),
        val = babi.make(task, math.min(opt.test, 200), seed + 1), test = babi.make(task, opt.test, seed + 1000000) }
    end
  end
  return sets
end

--- babi.judged(sets, from_files) -> { [task] = true } for those that the claim is about: of what is simulated tasks 1
-- and 4; 2 and 3 are shown as they are, unless nothing else was asked for.
function babi.judged(sets, from_files)
  local judged, all = {}, {}
  for _, set in ipairs(sets) do
    all[set.task] = true
    if set.task == 1 or set.task == 4 then judged[set.task] = true end
  end
  return (from_files or not next(judged)) and all or judged
end

return babi
