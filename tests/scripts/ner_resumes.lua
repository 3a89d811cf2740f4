--- ner_resumes: words and labels, F1 of exact spans against counts by hand, the repairs of the Dataturks file, the
-- grammar's promises, pictures of marked texts, and copies of the script that must fall short.
local test = dofile "tests/check.lua"
local resumes = require "lib.resumes"
local run = require "vm.run"
local resume_words = require "lib.resume_words"
local spans = require "lib.spans"
local marked = require "lib.marked"
local saved = require "lib.saved"

local TAGS = { "Name", "Location" }

local function text_of(list)
  local out = {}
  for k, s in ipairs(list) do out[k] = ("%s %d-%d"):format(s.tag, s.first, s.last) end
  return table.concat(out, " ")
end

test("words: letters and digits together, signs alone, accents are letters, dashes and bullets are not", function()
  local words, first, last = spans.words "José O'Neil, a.b@c.de\n• 5–6 日本"
  test.equal(table.concat(words, "|"), "José|O|'|Neil|,|a|.|b|@|c|.|de|•|5|–|6|日本")
  for i, word in ipairs(words) do test.equal(("José O'Neil, a.b@c.de\n• 5–6 日本"):sub(first[i], last[i]), word) end
  test.equal(#spans.words "  \n", 0)
end)

test("labels: first word and others, neighbours of one tag, a span that cuts a word takes all of it", function()
  local text = "Ann Lee Oslo Rome"
  local words, first, last = spans.words(text)
  test.equal(#words, 4)
  local list = { { tag = "Name", first = 1, last = 7 }, { tag = "Location", first = 9, last = 12 },
    { tag = "Location", first = 14, last = 17 } }
  local labels, cut = spans.label(first, last, list, TAGS)
  test.equal(table.concat(labels, " "), "2 3 4 4")
  test.equal(cut, 0)
  test.equal(text_of(spans.of(labels, first, last, TAGS)), "Name 1-7 Location 9-12 Location 14-17")
  list = { { tag = "Name", first = 2, last = 5 }, { tag = "Other", first = 9, last = 12 } }
  labels, cut = spans.label(first, last, list, TAGS)
  test.equal(table.concat(labels, " "), "2 3 1 1")
  test.equal(cut, 1)
end)

test("gaps: nothing, a blank, several, a line's start, whatever ends it", function()
  local text = "a, b  c\td\n e\r\nf"
  local _, first, last = spans.words(text)
  test.equal(table.concat(spans.gaps(text, first, last), " "), "5 2 3 4 3 5 5")
  test.equal(#spans.gaps("", {}, {}), 0)
end)

-- The best of all sequences that are allowed, by trying every one.
local function tried(rows)
  local best, found = -math.huge, nil
  local function go(t, labels, sum)
    if t > #rows then
      if sum > best then best, found = sum, table.concat(labels, " ") end
      return
    end
    for l, p in ipairs(rows[t]) do
      local before = labels[t - 1] or 1
      if l % 2 == 0 or l == 1 or before == l or before == l - 1 then
        labels[t] = l
        go(t + 1, labels, sum + p)
        labels[t] = nil
      end
    end
  end
  go(1, {}, 0)
  return found
end

test("decode: of all sequences of labels that may be, the likeliest", function()
  local changed, rng = 0, tensor.rng(4)
  for _ = 1, 60 do
    local scores = (3 * tensor.randn { 5, 5, rng = rng }):log_softmax(2)
    local alone = table.concat(scores:argmax(2):totable(), " ")
    local labels = table.concat(spans.decode(scores:totable()), " ")
    test.equal(labels, tried(scores:totable()))
    if labels ~= alone then changed = changed + 1 end
  end
  test.truth(changed > 10, "that what may not be was often the likeliest of each word")
  test.equal(#spans.decode {}, 0)
end)

test("F1 of exact spans: 3 of 4 found are right, of 6: 2 * 3 / (4 + 6)", function()
  local function s(tag, a, b) return { tag = tag, first = a, last = b } end
  local truth = { { s("Name", 1, 3), s("Name", 5, 9), s("Location", 11, 12) }, { s("Name", 1, 3), s("Location", 4, 6),
    s("Location", 8, 9) } }
  local found = { { s("Name", 1, 3), s("Name", 5, 8) }, { s("Name", 1, 3), s("Location", 4, 6) } }
  local f1, by = spans.score(found, truth, TAGS)
  test.close(f1, 0.6, 1e-12)
  test.close(by.Name.precision, 2 / 3, 1e-12)
  test.close(by.Name.recall, 2 / 3, 1e-12)
  test.close(by.Location.f1, 2 * 1 / (1 + 3), 1e-12)
  test.equal(by.Location.n, 3)
  test.close((spans.score({ { s("Name", 1, 3), s("Name", 1, 3) } }, { { s("Name", 1, 3) } }, TAGS)), 2 / 3, 1e-12,
    "one span found twice is right once")
  test.close((spans.score({ {} }, { {} }, TAGS)), 0, 0)
end)

test("Dataturks: offsets of the text without HTML, ends included, blanks, repeats, overlaps, no label", function()
  local report = {}
  local function span(label, a, b) return { label = label, points = { { start = a, ["end"] = b } } } end
  local x = spans.repair({ content = "Zoë R&amp;D at A&amp;B\nOslo", annotation = {
    span({ "Name" }, 0, 2), span({ "Name" }, 0, 3),            -- a blank at the end; then a repeat
    span({ "Companies worked at" }, 11, 13),                   -- A&B: one character each
    span({ "Location" }, 15, 18), span({ "Skills" }, 4, 6), span({ "Skills" }, 4, 4),
    span({}, 4, 6), span({ "Name" }, 40, 44) } }, report)
  test.equal(x.text, "Zoë R&D at A&B Oslo")
  test.equal(text_of(x.spans), "Name 1-4 Skills 6-8 Companies worked at 13-15 Location 17-20")
  test.equal(x.text:sub(13, 15), "A&B")
  for key, n in pairs { entities = 2, spans = 8, ["with blanks at an end"] = 1, repeated = 1, ["without a label"] = 1,
    ["overlapping a longer one"] = 1, kept = 4, ["outside the text or blank"] = 1 } do
    test.equal(report[key], n, key)
  end
  test.equal(#spans.repair({ content = "x" }, {}).spans, 0, "no annotation")
end)

test("Dataturks: what is not within the text goes, and takes no good span with it; a label may be a text", function()
  local function repaired(points, label)
    local report, list = {}, {}
    for k, p in ipairs(points) do list[k] = { start = p[1], ["end"] = p[2] } end
    local x = spans.repair({ content = "Zoë Oslo", annotation = { { label = label or { "Name" }, points = list } } },
      report)
    return text_of(x.spans), report["outside the text or blank"]
  end
  for _, wrong in ipairs { { 0, 99999 }, { -5, 2 }, { 0.5, 2 }, { 0, 2.5 }, { "0", 2 }, { nil, 2 }, { 0 }, { 2, 0 },
    { 8, 8 }, { 0, 9 }, { 3, 3 }, { math.huge, 2 }, { 0, 0 / 0 } } do
    local text, outside = repaired { wrong, { 0, 2 }, { 4, 7 } }
    test.equal(text, "Name 1-4 Name 6-9")
    test.equal(outside, 1, "outside")
  end
  test.equal(repaired { { 4, 8 } }, "Name 6-9", "an end that is what follows")
  test.equal(repaired { { 0.0, 2.0 } }, "Name 1-4", "whole numbers with a point")
  test.equal(repaired({ { 0, 2 } }, "Name"), "Name 1-4")
end)

test("Dataturks: lines; equal texts once; tags by frequency, without UNKNOWN; what is no such file is named", function()
  local path = os.tmpname()
  local function write(text)
    local f = assert(io.open(path, "w"))
    f:write(text)
    f:close()
  end
  local row = '{"content":"Ann %d Oslo","annotation":[{"label":["Name"],"points":[{"start":0,"end":2,"text":"Ann"}]},'
    .. '{"label":["%s"],"points":[{"start":6,"end":9,"text":"Oslo"}]}],"extras":null}\n'
  local lines = {}
  for i = 1, 6 do lines[i] = row:format(i, i < 3 and "UNKNOWN" or "Location") end
  write(table.concat(lines) .. lines[6])
  local list, tags, report = spans.dataturks(path)
  test.equal(#list, 6)
  test.equal(table.concat(tags, " "), "Name Location")
  test.equal(report["texts repeated"], 1)
  write '{"text": 1}\n'
  test.fails_with({ path .. ":1:", "content and annotation" }, spans.dataturks, path)
  write(lines[1])
  test.fails_with({ path, "at least 5 different texts", "found 1" }, spans.dataturks, path)
  for _, none in ipairs { ',"annotation":null', "", ',"annotation":[]' } do
    for i = 1, 6 do lines[i] = ('{"content":"Ann %d"%s}\n'):format(i, none) end
    write(table.concat(lines))
    test.fails_with({ path, "no text there has a span with a label" }, spans.dataturks, path)
  end
end)

test("resumes: the words of a part are in no other", function()
  for kind, parts in pairs(resume_words) do
    local owner = {}
    for _, part in ipairs(type(parts) == "table" and parts.test and { "train", "val", "test" } or {}) do
      for _, word in ipairs(parts[part]) do
        test.equal(owner[word], nil, ("%s '%s' in %s and elsewhere"):format(kind, word, part))
        owner[word] = part
      end
    end
  end
end)

test("resumes: spans hold what they say, are in order and apart; no name, employer, place, school twice", function()
  local seen, owner = { train = {}, val = {}, test = {} }, {}
  for part, known in pairs(seen) do
    for _, x in ipairs(resumes.write(60, part, tensor.rng(#part))) do
      local last = 0
      for _, s in ipairs(x.spans) do
        test.truth(s.first > last and s.last >= s.first and s.last <= #x.text, "order: that it")
        last = s.last
        local inside = x.text:sub(s.first, s.last)
        test.truth(not inside:find "^%s" and not inside:find "%s$", ("'%s' without blanks: that it"):format(inside))
        if s.tag == "Graduation Year" then test.truth(inside:find "^%d%d%d%d$", inside) end
        if s.tag == "Email Address" then test.truth(inside:find "^[%w._]+@[%w.]+$", inside) end
        if s.tag == "Name" or s.tag == "Companies worked at" or s.tag == "College Name" then
          known[inside:upper()] = true
        end
        if s.tag == "Location" then
          for place in (inside .. ", "):gmatch "(.-), " do known["in " .. place] = true end
        end
      end
    end
  end
  for part, known in pairs(seen) do
    for name in pairs(known) do
      test.equal(owner[name], nil, name .. " in " .. part .. " and elsewhere")
      owner[name] = part
    end
  end
  test.equal(resumes.write(1, "train", tensor.rng(3))[1].text, resumes.write(1, "train", tensor.rng(3))[1].text)
end)

test("a marked text is a picture with its spans' colours, lines cut at blanks", function()
  local text = ("word "):rep(40) .. "\nÉé end"
  local plain = marked.draw(text, {}, TAGS, 40)
  local some = marked.draw(text, { { tag = "Name", first = 1, last = 4 } }, TAGS, 40)
  test.equal(some:size(3), 3)
  test.equal(some:size(1), plain:size(1))
  test.truth(some:ne(plain):any():item(), "that a span shows")
end)

test("a text of any length is a picture: 400 lines, and how many follow", function()
  local function height(n) return marked.draw(("line\n"):rep(n - 1) .. "end", {}, TAGS):size(1) end
  test.equal(height(401) - height(400), height(2) - height(1), "a line for those that follow")
  test.equal(height(5000), height(401))
  test.equal(marked.draw(("a"):rep(92 * 5000), { { tag = "Name", first = 1, last = 92 * 5000 } }, TAGS):size(1),
    height(401), "one word")
end)

-- What a run on few data returns and prints.
local usual = { train = "12", test = "4", epochs = "1", width = "8", viz = "off" }
local function few(options) return test.project("ner_resumes", options, usual) end

test("--weights reads what --out has written, whatever the other options are; of others it names file and writer",
  function()
    local folder = os.tmpname() .. ".d"
    local one = few { out = folder }
    local again, printed = few { weights = folder .. "/ner_resumes.safetensors", width = "32", train = "5",
      quick = true }
    test.truth(not printed:find "epoch", "that it does not learn again")
    test.truth(printed:find("a network 8 wide, 2 layers", 1, true), "that it says what --width has no part in")
    test.equal(again.value, one.value, "F1")
    local path = folder .. "/other.safetensors"
    saved.write(path, "qa_babi", nn.Linear(2, 2), {})
    test.fails_with({ "--weights", path, "written by qa_babi, not by ner_resumes" }, few, { weights = path })
    saved.write(path, "ner_resumes", nn.Linear(2, 2), { words = { "a" }, tags = { "Name" } })
    test.fails_with({ "--weights", path, "the file has no" }, few, { weights = path })
    assert(tensor.save(path, { a = tensor.zeros(2) }))
    test.fails_with({ "--weights", path, "no DistilBERT" }, few,
      { weights = path, vocab = path })
  end)

test("--text: a file that is missing or no UTF-8 is named", function()
  test.fails_with({ "--text", "no/such" }, marked.read, "no/such")
  local path = os.tmpname()
  local f = assert(io.open(path, "w"))
  f:write "a\xff"
  f:close()
  test.fails_with({ "--text", path, "byte 2" }, marked.read, path)
  test.fails_with({ "--text", path, "a text expected, byte 3 is 0" }, marked.read, test.write(path, "ab\0c"))
  local lines, _, ok = test.caught(run.project, "ner_resumes", { text = path, viz = "off" })
  test.truth(not ok and #lines == 0, "before anything is learnt: that it is refused")
end)

test("--text: where nothing is found, or there is nothing to find, it is said", function()
  local path = os.tmpname()
  test.write(path, " \r\n\t")
  local _, printed = few { text = path }
  test.truth(printed:find("nothing was found in 0 words", 1, true), printed)
end)

test("marks do not depend on what stands in their batch; without a mask the claim falls short", function()
  local function padding(changes)
    local result = test.sabotaged("ner_resumes", changes, { train = "12", test = "4", epochs = "1", width = "8" })
    test.equal(result.also[1].measure, "padding")
    return result.also[1].ok
  end
  test.truth(padding {}, "whole: that it holds")
  test.truth(not padding { { "{ mask = there:unsqueeze(2):unsqueeze(2) }", "{}" } }, "attention: that it is short")
  test.truth(not padding { { '  e = e * there:unsqueeze(3):to "f32"\n', "" } }, "words beside: that it is short")
end)

if not test.sanitized then
  local label = "  x.labels, x.cut = spans.label(x.first, x.last, x.spans or {}, tags)\n"
  local beside = "  local x = e + self.beside(e) + self.place[{ { 1, e:size(2) } }] * 0.3\n"
  for name, change in pairs {
    ["labels moved by eleven words"] = { label, label .. "  local moved = {}\n  for i = 1, #x.labels do moved[i] = "
      .. "x.labels[(i + 10) % #x.labels + 1] end\n  x.labels = moved\n" },
    ["a frozen encoder"] = { "local epochs, rate =", "for _, p in ipairs(net.encoder:parameters()) do "
      .. "p:requires_grad(false) end\nlocal epochs, rate =" },
    ["positions left out"] = { beside, "  local x = e + 0 * self.beside(e)\n" },
  } do
    test(name .. " fall short", function()
      local result = test.sabotaged("ner_resumes", { change }, { quick = true })
      test.truth(not result.ok, ("%.3f: that it is short"):format(result.value))
    end)
  end
end

test.done()
