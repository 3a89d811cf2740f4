--- Dates: the calendar and the generator against other derivations, pairs in a file, what is shipped, broken copies.
local test = dofile "tests/check.lua"
local dates = require "lib.dates"
local run = require "vm.run"

local function language(name)
  for _, l in ipairs(dates.languages) do
    if l.name == name then return l end
  end
end

test("days, weekdays and week-years are those of the C library", function()
  for n = dates.number(1900, 1, 1), dates.number(2099, 12, 31) do
    local iso, weekday, week_year = os.date("!%Y-%m-%d %u %G", n * 86400):match "(%S+) (%d) (%d+)"
    if dates.iso(n) ~= iso or dates.parse(iso) ~= n or dates.weekday(n) ~= tonumber(weekday)
      or dates.week_year(n) ~= tonumber(week_year) then
      test.fail(("day %d is %s, weekday %d, of %d"):format(n, dates.iso(n), dates.weekday(n), dates.week_year(n)))
    end
  end
  for _, text in ipairs { "2001-02-29", "2001-13-01", "2001-00-10", "1900-02-29", "3 May" } do
    test.equal(dates.parse(text), nil, text)
  end
end)

test("patterns, written out by hand", function()
  local n, new_year = dates.number(2009, 5, 3), dates.number(2016, 1, 1)
  local english, numbers = language "English", language "numbers"
  test.equal(dates.write(n, "%o of %B, '%y", english), "3rd of may, '09")
  test.equal(dates.write(n, "%A, %B %-d, %Y", english), "sunday, may 3, 2009")
  test.equal(dates.write(n, "%a %-d %b %Y", english), "sun 3 may 2009")
  test.equal(dates.write(n, "%-m/%-d/%y", numbers), "5/3/09")
  test.equal(dates.write(n, "%-d.%B.%Y", numbers), "3.v.2009")
  test.equal(dates.write(n, "%Y%m%d", numbers), "20090503")
  test.equal(dates.write(n, "%A, %-d. %B %Y", language "German"), "sonntag, 3. mai 2009")
  test.equal(dates.write(n, "%-d de %B de %Y", language "Spanish"), "3 de mayo de 2009")
  test.equal(dates.write(n, "%Y. %b %-d.", language "Hungarian"), "2009. máj. 3.")
  test.equal(dates.write(new_year, "%d.%m.%y", numbers), "01.01.16", "the calendar's year, not 2015, the week's")
  local ordinals = {}
  for d = 1, 31 do ordinals[d] = dates.write(dates.number(2009, 5, d), "%o", english) end
  test.equal(table.concat(ordinals, " "), "1st 2nd 3rd 4th 5th 6th 7th 8th 9th 10th 11th 12th 13th 14th 15th 16th 17th "
    .. "18th 19th 20th 21st 22nd 23rd 24th 25th 26th 27th 28th 29th 30th 31st")
end)

test("twelve months and seven days each; no name means two months, with or without accents", function()
  local month_of = {}
  for _, l in ipairs(dates.languages) do
    test.equal(#l.months, 12, l.name)
    test.truth(#l.short == 12 or #l.short == 0, l.name .. ": twelve short months, or none,")
    test.truth(#l.weekdays == 7 or #l.weekdays == 0, l.name .. ": seven weekdays, or none,")
    for _, list in ipairs { l.months, l.short } do
      for m, name in ipairs(list) do
        for _, form in ipairs { name, dates.plain(name) } do
          test.truth(month_of[form] == nil or month_of[form] == m, form .. ": that it is one month")
          month_of[form] = m
        end
      end
    end
  end
  local formats, languages = dates.formats()
  test.truth(formats >= 24 and languages >= 8, formats .. " formats, " .. languages .. " languages: enough of them")
end)

test("a text has one meaning, fits, and no held-out day is one to learn from", function()
  local learn, held = dates.split(7, 0.1)
  test.equal(#learn + #held, dates.number(2100, 1, 1) - dates.number(1900, 1, 1))
  local known, of = {}, {}
  for _, n in ipairs(learn) do known[n] = true end
  for _, n in ipairs(held) do test.truth(not known[n], "that a held-out day is new") end
  local train, test_set = dates.draw(6000, learn, tensor.rng(1), 30), dates.draw(3000, held, tensor.rng(2), 30)
  test.equal(#train, 6000)
  for k, list in ipairs { train, test_set } do
    for _, pair in ipairs(list) do
      local text, iso = pair[1], pair[2]
      test.truth(known[dates.parse(iso)] == (k == 1 or nil), iso .. ": that its day is on its side")
      test.truth(utf8.len(text) <= 30 and dates.normal(text) == text, text .. ": that it fits and is normal")
      test.truth(of[text] == nil or of[text] == iso, text .. ": that it means one day")
      local year = tonumber(iso:sub(1, 4))
      test.truth(text:find(year, 1, true) or year >= 1970 and year <= 2069, text .. ": that its year can be told")
      of[text] = iso
    end
  end
  test.same(tensor { #dates.draw(50, learn, tensor.rng(3), 30) }, { 50 })
  test.equal(dates.draw(50, learn, tensor.rng(3), 30)[50][1], dates.draw(50, learn, tensor.rng(3), 30)[50][1])
end)

test("the course: 35 characters and no others, dates of 1970 to 2026", function()
  local alphabet = dates.alphabet(dates.COURSE)
  test.equal(#alphabet, 37)
  test.equal(alphabet[1] .. alphabet[4] .. alphabet[14] .. alphabet[35] .. alphabet[36] .. alphabet[37],
    " 0ay<unk><pad>")
  for _, pair in ipairs(dates.course(2000, (dates.split(1, 0.1)), tensor.rng(1))) do
    for c in pair[1]:gmatch(utf8.charpattern) do test.truth(alphabet.id[c], pair[1] .. ": that all of it is known") end
    test.truth(pair[2] >= "1970" and pair[2] < "2027", pair[2] .. ": that it is in range")
  end
end)

test("normal: lower case with accents, blanks, apostrophes; the course drops commas", function()
  test.equal(dates.normal "  3RD of  Août,\t’09 ", "3rd of août, '09")
  test.equal(dates.normal("Monday, May 7 1979", true), "monday may 7 1979")
  test.equal(dates.plain "26 août, září", "26 aout, zari")
end)

test("doubts: what holds no date, is cut, is unknown, is no day, leaves a number out, is not sure", function()
  local alphabet = dates.alphabet(dates.COURSE)
  local function doubts(text, answer, p) return table.concat(dates.doubts(text, alphabet, 10, true, answer, p), "|") end
  test.equal(doubts("3 may 1979", "1979-05-03", 0.9), "")
  test.equal(doubts("hello", "1979-05-03", 0.2),
    "'hello' holds no date: there is no number in it; what follows means nothing")
  test.equal(doubts("3 may 1979, yes", "1979-05-03", 0.9), "only the first 10 of 14 characters are read")
  test.equal(doubts("3 x 79 x q", "1979-05-03", 0.9), "never met in a date that was learnt from: x q")
  test.equal(doubts("31/2/1979", "1979-02-31", 0.9), "the calendar has no 1979-02-31")
  test.equal(doubts("3 may 1979", "1979-05-03", 0.4), "the network is not sure")
  local out = "numbers of the text that the answer leaves out: "
  test.equal(doubts("14.10.1066", "2066-10-14", 0.9), out .. "1066")
  test.equal(doubts("3/5/9, 4/6", "2009-05-03", 0.9), out .. "4, 6")
  test.equal(doubts("13 may 79", "1979-05-03", 0.4), out .. "13")
  for _, text in ipairs { "19790503", "790503", "03051979", "5/3/79", "3.v.1979" } do
    test.equal(doubts(text, "1979-05-03", 0.9), "", text)
  end
  local all = dates.alphabet(dates.draw(3000, (dates.split(1, 0.1)), tensor.rng(1), 30))
  for _, pair in ipairs(dates.draw(3000, (dates.split(1, 0.1)), tensor.rng(1), 30)) do
    test.equal(table.concat(dates.doubts(pair[1], all, 30, false, pair[2], 1), "|"), "", pair[1])
  end
end)

-- Pairs in a file

local function written(text)
  local path = os.tmpname()
  return test.write(path, text)
end

local function many(form, first)
  local rows = { first }
  for n = 1, 300 do
    local day = dates.number(1990, 1, 1) + 40 * n
    rows[#rows + 1] = form:format(dates.write(day, "%B %-d, %Y", language "English"), dates.iso(day))
  end
  return rows
end

test("pairs: tabs, commas with quotes, and tuples on lines or in one", function()
  for _, text in ipairs {
    table.concat(many "%s\t%s", "\n"), table.concat(many('"%s",%s', "human,machine"), "\r\n"),
    "[" .. table.concat(many "('%s', '%s')", ", ") .. "]", table.concat(many '["%s", "%s"]', "\n"),
  } do
    local learn, held = dates.read(written(text), 1)
    test.equal(#learn + #held, 300)
    test.truth(#held > 10 and #held < 60, #held .. " held out: that it is about a tenth")
    local known = {}
    for _, pair in ipairs(learn) do known[pair[2]] = true end
    for _, pair in ipairs(held) do test.truth(not known[pair[2]], pair[2] .. ": that it is new") end
    local first = learn[1]
    test.equal(dates.write(dates.parse(first[2]), "%B %-d, %Y", language "English"), first[1])
  end
end)

test("pairs: what shows another year than is meant is left out", function()
  local rows = many "%s\t%s"
  rows[#rows + 1], rows[#rows + 2] = "31 dec 2019\t2018-12-31", "1 jan 2016\t2016-01-01"
  rows[#rows + 1], rows[#rows + 2] = "31.12.19\t2018-12-31", "31.12.18\t2018-12-31"
  local learn, held = dates.read(written(table.concat(rows, "\n")), 1)
  test.equal(#learn + #held, 302)
end)

test("pairs: what is wrong is named with its line", function()
  local path = written(table.concat(many("%s\t%s", "3 may 1979\t1979-05-33"), "\n"))
  test.fails_with({ path, "line 1: the calendar has no day 1979-05-33" }, dates.read, path, 1)
  path = written(table.concat(many("%s\t%s", "a\tb"), "\n") .. "\nsomething else\n")
  test.fails_with({ path, "line 302: a date, a comma or tab, and YYYY-MM-DD expected" }, dates.read, path, 1)
  path = written "3 may 1979\t1979-05-03\n"
  test.fails_with({ path, "at least 200 dates expected, found 1" }, dates.read, path, 1)
  path = written(("3 may 1979\t1979-05-03\n"):rep(150) .. ("4 may 1979\t1979-05-04\n"):rep(150))
  test.fails_with({ path, "at least 50 different days expected", "found 2" }, dates.read, path, 1)
end)

-- What is shipped

--- What `run date_translation` prints.
local function prints(options)
  return select(2, test.project("date_translation", options, { viz = "off" }))
end

test("--text answers at once, by the weights that are shipped", function()
  for text, iso in pairs { ["3rd of May, '09"] = "2009-05-03", ["Friday, October 29, 1948"] = "1948-10-29",
    ["21. SRPNA 2032"] = "2032-08-21", ["le 14 juillet 1989"] = "1989-07-14", ["12/31/99"] = "1999-12-31" } do
    local out = prints { text = text }
    test.equal(out:match "^%d+%-%d%d%-%d%d", iso, text)
  end
end)

test("--text that is no text, or no date", function()
  test.fails_with({ "--text", "UTF-8 text expected" }, run.project, "date_translation", { text = "a\xff", viz = "off" })
  test.fails_with({ "--text must be a value, got '  '" }, run.project, "date_translation",
    { text = "  ", viz = "off" })
  test.truth(prints { text = "hello" }:find("'hello' holds no date", 1, true), "that it is said")
  test.truth(not prints { text = "3 may 1979" }:find("date", 1, true), "that nothing is said of a good one")
end)

test("--weights that are none of it are refused", function()
  local path = os.tmpname() .. ".safetensors"
  assert(tensor.save(path, { a = tensor.zeros(2) }))
  test.fails_with({ path, "no weights of date_translation: 'characters' is missing" }, run.project, "date_translation",
    { text = "3 may 1979", weights = path, viz = "off" })
  test.fails_with({ "--weights", "/no/such" }, run.project, "date_translation",
    { text = "3 may 1979", weights = "/no/such.safetensors", viz = "off" })
  test.fails_with({ "--weights needs a path" }, run.project, "date_translation", { weights = true, viz = "off" })
end)

if not test.sanitized then
  test("--course: its alphabets and its 52 960 parameters", function()
    local out = prints { course = true, train = "300", test = "50", epochs = "1", quick = true }
    test.truth(out:find("characters 37 and 11, Tx 30, Ty 10, pad 37; 52960 parameters", 1, true), "the course's sizes")
  end)

  -- A broken copy of the script falls short of the target that --quick reaches.
  local broken = {
    ["without attention"] = { "(translate(P, xs, look))", "(translate(P, xs, everywhere))" },
    ["characters without their places"] = { "  while #ids < Tx do ids", "  table.sort(ids)\n  while #ids < Tx do ids" },
    ["shuffled answers"] = { "local x, y = tensors(train)\n",
      "local x, y = tensors(train)\ny = y[tensor.randperm(#train)]\n" },
  }
  for what, change in pairs(broken) do
    test("broken copy falls short: " .. what, function()
      local result = test.broken("date_translation", change[1], change[2], { quick = true, viz = "off" })
      test.truth(not result.ok, ("%.3f, target %.3f: that it is short"):format(result.value, result.target))
    end)
  end
end

test.done()
