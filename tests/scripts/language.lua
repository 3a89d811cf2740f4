--- What the language projects stand on: the list of names, the alphabet, the trigram baseline, drawing from scores.
local test = dofile "tests/check.lua"
local characters = require "lib.characters"
local ngram = require "lib.ngram"
local sampling = require "lib.sampling"
local read_text = require("lib.text").read

test("dinosaurs.txt: at least 800 names, each once, a to z only, in order", function()
  local text, seen, n, last = lunette.file "scripts/lib/dinosaurs.txt", {}, 0, ""
  for name in text:gmatch "[^\n]+" do
    test.truth(name:match "^%l+$" ~= nil, name .. ": that it is lower case")
    test.truth(not seen[name], name .. ": that it is there once")
    test.truth(last < name, name .. ": that it is in order")
    seen[name], n, last = true, n + 1, name
  end
  test.truth(n >= 800, n .. " names: that there are 800")
  for _, name in ipairs { "tyrannosaurus", "triceratops", "mei", "micropachycephalosaurus" } do
    test.truth(seen[name], name .. " in the list")
  end
end)

test("lines are cut at spaces, characters counted and not bytes", function()
  local list = characters.lines("one two three\n\n  éé éé éé\r\nx", 7)
  test.equal(table.concat(list, "|"), "one two|three|éé éé|éé|x")
  test.equal(table.concat(characters.lines("abcdefghij", 4), "|"), "abcd|efgh|ij")
end)

test("a text's lines end as they do anywhere, a byte order mark is no letter", function()
  for _, eol in ipairs { "\n", "\r\n", "\r", "\r\r\n" } do
    test.equal(read_text(test.write(os.tmpname(), "\xef\xbb\xbfa" .. eol .. "b" .. eol .. eol .. "c")), "a\nb\n\nc")
  end
end)

test("an alphabet numbers characters from 2 on, in code order", function()
  local a = characters.alphabet { "cab", "é" }
  test.equal(table.concat(a, "", 1), "abcé")
  test.equal(#a, 5)
  test.equal(table.concat(a:encode "cé", " "), "4 5")
end)

test("a text that is no UTF-8, or has few lines, is refused with the reason", function()
  local path = os.tmpname()
  local f = assert(io.open(path, "w"))
  f:write "abc\xff\n"
  f:close()
  test.fails_with({ path, "UTF-8 text expected, byte 4" }, characters.read, path, 60)
  f = assert(io.open(path, "w"))
  f:write "abc\ndef\n"
  f:close()
  test.fails_with({ path, "at least 20 different lines", "found 2" }, characters.read, path, 60)
  f = assert(io.open(path, "w"))
  for i = 1, 60 do f:write("line ", i % 30, "\n") end
  f:close()
  test.equal(#characters.read(path, 60), 30, "lines, each once, that held-out ones be new")
  os.remove(path)
end)

-- The model's probabilities, derived again from the definition.
test("n-grams: probabilities of what may follow add up to 1, after seen contexts and others", function()
  local sequences = {}
  for i = 1, 40 do sequences[i] = { i % 3 + 2, (i * 7) % 4 + 2, i % 2 + 2 } end
  for n = 1, 5 do
    local model = ngram(sequences, 6, n)
    for _, context in ipairs { { 1, 1, 1, 1 }, { 1, 1, 1, 2 }, { 1, 1, 2, 3 }, { 5, 5, 5, 5 }, { 1, 2, 3, 5 } } do
      local history, sum = 0, 0
      for k = 4 - (n - 2), 4 do history = history << 10 | context[k] end
      for c = 1, 6 do sum = sum + model:p(history, c) end
      test.close(sum, 1, 1e-9)
    end
  end
end)

test("trigram: a deterministic text costs almost no bits, coin tosses one", function()
  local same, coins, held = {}, {}, {}
  local bits = tensor.randint(2, 3, 400, 50, { rng = tensor.rng(1) }):totable()
  for i = 1, 400 do
    same[i] = { 2, 3, 4, 5, 6 }
    if i <= 300 then coins[i] = bits[i] else held[i - 300] = bits[i] end
  end
  test.truth(ngram(same, 6):bits { same[1] } < 0.05, "that a repeated sequence is nearly free")
  local cost = ngram(coins, 3):bits(held) * 51 / 50
  test.truth(cost > 0.99 and cost < 1.2, ("a toss costs %.3f bits: that it is 1 and the length"):format(cost))
end)

test("a draw follows softmax(scores / T): frequencies and the probability it returns", function()
  local rng, counts, scores = tensor.rng(5), { 0, 0, 0 }, tensor { 0, 1, 2 }
  for _ = 1, 3000 do
    local id, p = sampling.draw(scores, 1, rng)
    counts[id] = counts[id] + 1
    local z = 1 + math.exp(1) + math.exp(2)
    test.close(p, math.exp(id - 1) / z, 1e-5)
  end
  test.close(counts[3] / 3000, math.exp(2) / (1 + math.exp(1) + math.exp(2)), 0.03)
  for _ = 1, 50 do test.equal((sampling.draw(scores, 0.01, rng)), 3) end
end)

test("names and lines are told apart; plain lines are a to z; a text keeps its lines and its case", function()
  test.equal(characters.names { "mei", "minmi", "an ox" }, true)
  test.equal(characters.names { "to be or", "not to be", "mei" }, false)
  test.equal(table.concat(characters.plain { "Mei", "T. rex", "mei", "...", "Aletopelta" }, "|"), "mei|trex|aletopelta")
  local path = os.tmpname()
  local f = assert(io.open(path, "wb"))
  f:write "\xef\xbb\xbfOne\r\ntwo\rthree\n"
  f:close()
  test.equal(characters.text(path), "One\ntwo\nthree\n")
  test.equal(characters.text(path, true), "one\ntwo\nthree\n")
end)

local run = require "vm.run"

local function printed(options)
  options.viz = "off"
  local lines, _, ok, result = test.caught(run.project, "dinosaurus", options)
  if not ok then error(result, 0) end
  return table.concat(lines, "\n"), result
end

-- Sentences in random order: what a letter of them is like, a trigram cannot always tell.
local proverbs = { "all that glitters is not gold", "brevity is the soul of wit", "all is well that ends well",
  "the early bird catches the worm", "a rolling stone gathers no moss", "the last straw breaks the back" }
local function longer(n, shuffled)
  local rng, parts = tensor.rng(9), {}
  for i, k in ipairs(tensor.randint(1, #proverbs, n, { rng = rng }):totable()) do parts[i] = proverbs[k] end
  local text = table.concat(parts, "\n")
  if shuffled then
    local letters, out = { text:byte(1, -1) }, {}
    for k, at in ipairs(tensor.randperm(#letters, { rng = rng }):totable()) do out[k] = string.char(letters[at]) end
    text = table.concat(out)
  end
  local path = os.tmpname()
  local f = assert(io.open(path, "w"))
  f:write(text)
  f:close()
  return path
end

if not test.sanitized then
  test("dinosaurus --model lstm: a longer text's perplexity is below a trigram's; not of shuffled letters", function()
    local text, result = printed { model = "lstm", data = longer(400), steps = "5000" }
    test.truth(text:find "trigram model: perplexity %d" and text:find "held out %d", "two perplexities")
    test.equal(result.measure, "perplexity")
    test.truth(result.ok and result.value < 1.2, result.value .. ": that it knows its sentences")
    local _, lost = printed { model = "lstm", data = longer(400, true), steps = "600" }
    test.truth(not lost.ok, "that it is short where there is nothing to read")
  end)

  test("dinosaurus --course: its loss begins at that of 7 letters, rises, falls below the course's last", function()
    local text, result = printed { course = true, quick = true }
    test.truth(text:find("27 characters", 1, true), "the alphabet")
    local losses = {}
    for loss in text:gmatch "names  loss (%d+%.%d+)" do losses[#losses + 1] = tonumber(loss) end
    test.equal(#losses, 5)
    test.truth(losses[1] > 7 * math.log(27), losses[1] .. ": names are longer than 7 letters, that it")
    for k = 2, 5 do test.truth(losses[k] < losses[k - 1] + 0.1, losses[k] .. ": that it goes on falling") end
    test.equal(tonumber(text:match "smoothed loss (%d+%.%d+), from 23.07"), losses[5])
    test.equal(result.measure, "smoothed")
    test.truth(result.ok and result.target == 22.4, result.value .. ": that it is the course's")
  end)

  -- What the memory is for: without it a name is its letters' pairs alone.
  for what, change in pairs {
    ["forgets"] = { "a:mm(P.Wa)", "a:mm(P.Wa) * 0" }, ["learns nothing"] = { "  descent:step(loss)\n", "" },
    ["asked for the letter after next"] = { "ids[t - 1] or 1, ids[t] or 1, t <=",
      "ids[t - 1] or 1, ids[t + 1] or 1, t <=" },
  } do
    test("dinosaurus --course, broken copy falls short: " .. what, function()
      local result = test.broken("dinosaurus", change[1], change[2], { course = true, quick = true, viz = "off" })
      test.truth(not result.ok, ("%.2f: that it is short"):format(result.value))
    end)
  end

  test("dinosaurus --course --data: names of other lengths have another loss, and nothing is claimed", function()
    local path, list = os.tmpname(), {}
    for name in lunette.file("scripts/lib/dinosaurs.txt"):gmatch "[^\n]+" do
      if #list < 100 then list[#list + 1] = name:sub(1, 1):upper() .. name:sub(2) end
    end
    test.write(path, table.concat(list, "\n"))
    local text, result = printed { course = true, data = path, steps = "500" }
    test.equal(result, nil)
    test.truth(text:find "smoothed loss %d" and text:find("27 characters", 1, true), "that the figure is told")
  end)

  test("dinosaurus speaks of lines where there are no names", function()
    local path = os.tmpname()
    local f = assert(io.open(path, "w"))
    for i = 1, 60 do f:write("this is line ", i, "\n") end
    f:close()
    local text = printed { data = path, steps = "20" }
    test.truth(text:find("lines to learn from", 1, true) and text:find("invented lines", 1, true), "lines")
    test.truth(not text:find "names", "that names are not spoken of")
  end)
end

test.done()
