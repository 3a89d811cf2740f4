--- dates.lua: dates as people write them in sixteen languages, each with the day that is meant.
-- A text has one meaning.  Numbers alone follow fixed habits: between slashes month/day/year; with dots, dashes or
-- blanks day.month.year; a year of four digits in front is followed by month and day.  A year of two digits lies in
-- 1970..2069.  The year is always the calendar's: the week-year, which Y means in CLDR's patterns and %G in strftime's,
-- is another one around New Year.
local read_text = require "lib.text".read
local dates = {}

local FIRST, LAST = 1900, 2099                             -- years of four digits
local NEAR, FAR = 1970, 2069                               -- years of two

-- --- the calendar ---------------------------------------------------------------------------------------------------

--- dates.number(y, m, d) -> days since 1970-01-01; Howard Hinnant, "chrono-compatible low-level date algorithms".
function dates.number(y, m, d)
  if m <= 2 then y = y - 1 end
  local era, of_year = y // 400, (153 * ((m + 9) % 12) + 2) // 5 + d - 1
  local year = y - era * 400
  return era * 146097 + year * 365 + year // 4 - year // 100 + of_year - 719468
end

--- dates.day(number) -> y, m, d
function dates.day(number)
  local z = number + 719468
  local era = z // 146097
  local n = z - era * 146097
  local year = (n - n // 1460 + n // 36524 - n // 146096) // 365
  local of_year = n - (365 * year + year // 4 - year // 100)
  local m = (5 * of_year + 2) // 153
  local month = (m + 2) % 12 + 1
  return year + era * 400 + (month <= 2 and 1 or 0), month, of_year - (153 * m + 2) // 5 + 1
end

--- 1 Monday .. 7 Sunday.
function dates.weekday(number) return (number + 3) % 7 + 1 end

--- The year whose weeks ISO 8601 counts: that of the week's Thursday.
function dates.week_year(number) return (dates.day(number + 4 - dates.weekday(number))) end

--- "1979-05-03" of a number, and the number of such a text, or nil where the calendar has no such day.
function dates.iso(number) return ("%04d-%02d-%02d"):format(dates.day(number)) end
function dates.parse(text)
  local y, m, d = text:match "^(%d%d%d%d)%-(%d%d)%-(%d%d)$"
  local number = y and dates.number(tonumber(y), tonumber(m), tonumber(d))
  return number and dates.iso(number) == text and number or nil
end

-- --- languages ------------------------------------------------------------------------------------------------------
-- Months as they stand in a date, short months, days of the week, patterns.  Patterns are strftime's: %d day, %m month,
-- %Y and %y year, %B %b month's name, %A %a weekday; a dash leaves out the leading 0; %o is 3rd.

local DE = { "%-d de %B de %Y", "%-d de %B de %Y", "%-d %b %Y", "%-d de %b de %Y", "%-d %B '%y" }
local DOT = { "%-d. %B %Y", "%-d. %B %Y", "%-d. %B '%y", "%d. %B %Y" }
local DOTS = { "%-d. %B %Y", "%-d. %b %Y", "%-d. %B '%y", "%A, %-d. %B %Y", "%d. %b %y" }
local BARE = { "%-d %B %Y", "%-d %B %Y", "%d %B %Y", "%-d %B '%y" }
local MORE = { "%-d %B %Y", "%-d %b %Y", "%A %-d %B %Y", "%-d %B '%y", "%d %b %y" }

local languages = {
  { "numbers", "i ii iii iv v vi vii viii ix x xi xii", "", "", {
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%-m/%-d/%y", "%-m/%-d/%Y", "%m/%d/%Y", "%m/%d/%y", "%-d.%-m.%Y",
    "%d.%m.%y", "%-d.%-m.%y", "%-d. %-m. %Y", "%d-%m-%Y", "%-d-%-m-%Y", "%-d %m %y", "%d %m %Y", "%-d.%B.%Y",
    "%-d/%B %Y" } },
  { "English", "january february march april may june july august september october november december",
    "jan feb mar apr may jun jul aug sep oct nov dec", "monday tuesday wednesday thursday friday saturday sunday", {
      "%B %-d, %Y", "%b %-d, %Y", "%-d %B %Y", "%-d %b %Y", "%d %b %Y", "%-d %B, %Y", "%d, %b %Y", "%B %-d %Y",
      "%A, %B %-d, %Y", "%A %-d %B %Y", "%a %-d %b %Y", "%o of %B %Y", "%o of %B, '%y", "%B %o, %Y", "%b %o '%y",
      "the %o of %B %Y", "%o %b %y", "%-d-%b-%y", "%d%b%Y", "%Y %b %d" } },
  { "German", "januar februar märz april mai juni juli august september oktober november dezember",
    "jan. feb. märz apr. mai juni juli aug. sept. okt. nov. dez.",
    "montag dienstag mittwoch donnerstag freitag samstag sonntag", DOTS },
  { "French", "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.",
    "lundi mardi mercredi jeudi vendredi samedi dimanche", { "le %-d %B %Y", table.unpack(MORE) } },
  { "Spanish", "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "ene feb mar abr may jun jul ago sept oct nov dic", "", DE },
  { "Italian", "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "gen feb mar apr mag giu lug ago set ott nov dic",
    "lunedì martedì mercoledì giovedì venerdì sabato domenica", MORE },
  { "Portuguese", "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "jan. fev. mar. abr. mai. jun. jul. ago. set. out. nov. dez.", "", DE },
  { "Dutch", "januari februari maart april mei juni juli augustus september oktober november december",
    "jan feb mrt apr mei jun jul aug sep okt nov dec",
    "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag", MORE },
  { "Swedish", "januari februari mars april maj juni juli augusti september oktober november december",
    "jan feb mars apr maj juni juli aug sep okt nov dec",
    "måndag tisdag onsdag torsdag fredag lördag söndag", { "den %-d %B %Y", table.unpack(MORE) } },
  { "Danish", "januar februar marts april maj juni juli august september oktober november december",
    "jan. feb. mar. apr. maj jun. jul. aug. sep. okt. nov. dec.",
    "mandag tirsdag onsdag torsdag fredag lørdag søndag", DOTS },
  { "Polish", "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
    "sty lut mar kwi maj cze lip sie wrz paź lis gru", "", { "%-d %B %Y", "%-d %b %Y", "%-d %B '%y", "%d %b %y" } },
  { "Czech", "ledna února března dubna května června července srpna září října listopadu prosince", "", "", DOT },
  { "Finnish", "tammikuuta helmikuuta maaliskuuta huhtikuuta toukokuuta kesäkuuta heinäkuuta elokuuta syyskuuta "
    .. "lokakuuta marraskuuta joulukuuta", "", "", DOT },
  { "Hungarian", "január február március április május június július augusztus szeptember október november december",
    "jan. febr. márc. ápr. máj. jún. júl. aug. szept. okt. nov. dec.", "", { "%Y. %B %-d.", "%Y. %b %-d.",
      "%Y. %B %d." } },
  { "Romanian", "ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie decembrie",
    "", "", BARE },
  { "Turkish", "ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık", "", "", BARE },
  { "Indonesian", "januari februari maret april mei juni juli agustus september oktober november desember", "", "",
    BARE },
}

-- The course's: CLDR's short, medium, long and full for en_US, ten parts full, and others once; lower case, no commas.
-- Where its Y was the week-year, %Y stands here.
local COURSE = { "%-m/%-d/%y", "%b %-d %Y", "%B %-d %Y", "%-d %b %Y", "%-d %B %Y", "%-d %B %Y", "%d %b %Y", "%-d %b %Y",
  "%-d %B %Y", "%d %b %Y", "%-d %m %y", "%d.%m.%y", "%B %-d %Y", "%B %-d %Y" }
for _ = 1, 10 do COURSE[#COURSE + 1] = "%A %B %-d %Y" end

local function list_of(text)
  local list = {}
  for word in text:gmatch "%S+" do list[#list + 1] = word end
  return list
end
for i, l in ipairs(languages) do
  languages[i] = { name = l[1], months = list_of(l[2]), short = list_of(l[3]), weekdays = list_of(l[4]),
    patterns = l[5] }
end
dates.languages = languages

--- How many different patterns there are, each language's counted for itself; how many languages.
function dates.formats()
  local seen, n = {}, 0
  for _, l in ipairs(languages) do
    for _, pattern in ipairs(l.patterns) do
      local key = l.name .. pattern
      if not seen[key] then seen[key], n = true, n + 1 end
    end
  end
  return n, #languages - 1
end

local ORDINAL = { "st", "nd", "rd", [21] = "st", [22] = "nd", [23] = "rd", [31] = "st" }

--- dates.write(number, pattern, language) -> the text.
function dates.write(number, pattern, language)
  local y, m, d = dates.day(number)
  local weekday = language.weekdays[dates.weekday(number)]
  local field = { d = ("%02d"):format(d), m = ("%02d"):format(m), Y = tostring(y), y = ("%02d"):format(y % 100),
    B = language.months[m], b = language.short[m], A = weekday, a = weekday and weekday:sub(1, 3),
    ["-d"] = tostring(d), ["-m"] = tostring(m), o = d .. (ORDINAL[d] or "th") }
  return (pattern:gsub("%%(%-?%a)", field))
end

-- --- characters -----------------------------------------------------------------------------------------------------

local PLAIN, LOWER = {}, {}
for pair in ([[áa äa åa ãa âa çc čc ée èe êe ëe ěe ğg íi ìi îi ıi ńn ñn óo öo øo ôo őo řr śs şs šs úu ůu üu ûu űu ýy
  źz žz]]):gmatch "%S+" do
  local c = pair:match(utf8.charpattern)
  PLAIN[c] = pair:sub(#c + 1)
end
local UPPER = [[ÁÄÅÃÂÇČÉÈÊËĚĞÍÌÎŃÑÓÖØÔŐŘŚŞŠÚŮÜÛŰÝŹŽ]]
local SMALL = [[áäåãâçčéèêëěğíìîńñóöøôőřśşšúůüûűýźž]]
for i, code in utf8.codes(UPPER) do LOWER[utf8.char(code)] = utf8.char(utf8.codepoint(SMALL, i)) end

--- Lower case, one blank where there are several, a plain apostrophe, and in the course no commas: what the network
-- reads.
function dates.normal(text, course)
  text = text:gsub("’", "'"):gsub(course and "," or "$", ""):gsub("%s+", " "):gsub("^ ", ""):gsub(" $", "")
  return (text:lower():gsub(utf8.charpattern, LOWER))
end

--- Without accents, as many type it.
function dates.plain(text) return (text:gsub(utf8.charpattern, PLAIN)) end

-- --- examples -------------------------------------------------------------------------------------------------------

--- dates.split(seed, share) -> days to learn from, days held out: lists of numbers in order, none in both.
function dates.split(seed, share)
  local from, to = dates.number(FIRST, 1, 1), dates.number(LAST, 12, 31)
  local u = tensor.rand { to - from + 1, rng = tensor.rng(seed) }:totable()
  local learn, held = {}, {}
  for i, x in ipairs(u) do table.insert(x < share and held or learn, from + i - 1) end
  return learn, held
end

-- The part of an ordered list of days whose years have a meaning in two digits: first and last place.
local function near(days)
  local a, b = 1, #days
  while dates.day(days[a]) < NEAR do a = a + 1 end
  while dates.day(days[b]) > FAR do b = b - 1 end
  return a, b
end

local function pick(u, n) return math.min(n, 1 + math.floor(u * n)) end

--- dates.draw(n, days, rng, most) -> list of {text, iso}, texts of at most `most` characters: a quarter in
-- numbers, a quarter in English, the rest in the others; an eighth without accents.
function dates.draw(n, days, rng, most)
  local a, b = near(days)
  local list = {}
  while #list < n do
    for _, u in ipairs(tensor.rand { n, 4, rng = rng }:totable()) do
      local l = u[1] < 1 / 4 and 1 or u[1] < 1 / 2 and 2 or 2 + pick(2 * u[1] - 1, #languages - 2)
      local language = languages[l]
      local pattern = language.patterns[pick(u[2], #language.patterns)]
      local number = pattern:find("%y", 1, true) and days[a - 1 + pick(u[3], b - a + 1)] or days[pick(u[3], #days)]
      local text = dates.write(number, pattern, language)
      if u[4] < 1 / 8 then text = dates.plain(text) end
      if utf8.len(text) <= most and #list < n then list[#list + 1] = { text, dates.iso(number), language.name } end
    end
  end
  return list
end

--- dates.course(n, days, rng) -> the same in the course's formats, 1970 to 2026.
function dates.course(n, days, rng)
  local list, some = {}, {}
  for _, number in ipairs(days) do
    local y = dates.day(number)
    if y >= 1970 and y <= 2026 then some[#some + 1] = number end
  end
  for i, u in ipairs(tensor.rand { n, 2, rng = rng }:totable()) do
    local number = some[pick(u[1], #some)]
    list[i] = { dates.write(number, COURSE[pick(u[2], #COURSE)], languages[2]), dates.iso(number) }
  end
  return list
end

--- The share of pairs on whose days ISO's week-year is not the year.
function dates.odd_years(list)
  local n = 0
  for _, pair in ipairs(list) do
    local number = dates.parse(pair[2])
    if dates.week_year(number) ~= dates.day(number) then n = n + 1 end
  end
  return n / #list
end

-- --- pairs of a file ------------------------------------------------------------------------------------------------

-- A text whose year is another one than that of its day: written with the week-year, around New Year.
local function at_odds(text, iso)
  local four = text:match "%f[%d]%d%d%d%d%f[%D]"
  if four then return four ~= iso:sub(1, 4) end
  return not text:find(iso:sub(3, 4), 1, true)
end

local function pairs_of(path, text)
  local list, odd, line = {}, 0, 0
  text = text:gsub("^\xef\xbb\xbf", ""):gsub("[%])]%s*,%s*([%[(])", "\n%1"):gsub("\r\n?", "\n")
  for row in (text .. "\n"):gmatch "(.-)\n" do
    line = line + 1
    local human, iso = row:match "^%s*(.-)%s*[,;\t]%s*[\"']?(%d%d%d%d%-%d%d%-%d%d)[\"']?[%])%s,]*$"
    human = human and human:gsub("^[%[(]*%s*[\"']?", ""):gsub("[\"']$", "")
    if iso and not dates.parse(iso) then
      lunette.raise(("--data: %s: line %d: the calendar has no day %s"):format(path, line, iso))
    elseif iso and not utf8.len(human) then
      lunette.raise(("--data: %s: line %d: UTF-8 text expected"):format(path, line))
    elseif iso and at_odds(human, iso) then
      odd = odd + 1
    elseif iso then
      list[#list + 1] = { human, iso }
    elseif line > 1 and row:find "%S" then               -- the first may name the columns
      lunette.raise(("--data: %s: line %d: a date, a comma or tab, and YYYY-MM-DD expected"):format(path, line))
    end
  end
  return list, odd
end

--- dates.read(path, seed, course) -> pairs to learn from, pairs held out: every pair of a tenth of the days.  Pairs
-- whose year is not that of their day are left out and counted.
function dates.read(path, seed, course)
  local list, odd = pairs_of(path, read_text(path))
  if #list < 200 then lunette.raise(("--data: %s: at least 200 dates expected, found %d"):format(path, #list)) end
  local rng, of_day, learn, held = tensor.rng(seed), {}, {}, {}
  for _, pair in ipairs(list) do
    local day = pair[2]
    if of_day[day] == nil then of_day[day] = tensor.rand { 1, rng = rng }:item() < 0.1 end
    pair[1] = dates.normal(pair[1], course)
    table.insert(of_day[day] and held or learn, pair)
  end
  local days = 0
  for _ in pairs(of_day) do days = days + 1 end
  if days < 50 then
    lunette.raise(("--data: %s: at least 50 different days expected, to hold some out, found %d"):format(path, days))
  elseif #held == 0 then
    lunette.raise(("--data: %s: of %d days none was held out; another --seed holds out others"):format(path, days))
  end
  print(("%s: %d pairs; %d more show another year than is meant, and are left out"):format(path, #list, odd))
  return learn, held
end

-- --- what the network reads -----------------------------------------------------------------------------------------

--- The course's: sorted, without k, q, x and z.
dates.COURSE = " ./0123456789abcdefghijlmnoprstuvwy"

--- dates.alphabet(source) -> list of characters in order with <unk> and <pad> behind, list.id[c], list.codes without
-- the two; source: a text, a tensor of codes, or pairs whose texts count.
function dates.alphabet(source)
  local seen, codes = {}, {}
  if lunette.is_tensor(source) then source = utf8.char(table.unpack(source:totable())) end
  for _, pair in ipairs(type(source) == "string" and { { source } } or source) do
    for _, code in utf8.codes(pair[1]) do
      if not seen[code] then seen[code], codes[#codes + 1] = true, code end
    end
  end
  table.sort(codes)
  local list = { id = {}, codes = codes }
  for i, code in ipairs(codes) do
    list[i] = utf8.char(code)
    list.id[list[i]] = i
  end
  list[#list + 1], list[#list + 2] = "<unk>", "<pad>"
  return list
end

-- The numbers among a text's first `most` characters that are no part of the day `answer`, alone or run together.
local function left_out(normal, most, answer)
  local year, month, day = answer:match "^(%d%d%d%d)%-(%d%d)%-(%d%d)$"
  local list, is = {}, {}
  for _, y in ipairs { year, year:sub(3) } do
    for _, together in ipairs { y .. month .. day, day .. month .. y, month .. day .. y } do is[together] = true end
  end
  for _, part in ipairs { year, year:sub(3), month, day } do is[part], is[part:gsub("^0", "")] = true, true end
  for number in normal:sub(1, (utf8.offset(normal, most + 1) or 0) - 1):gmatch "%d+" do
    if not is[number] then list[#list + 1] = number end
  end
  return list
end

--- dates.doubts(text, alphabet, most, course, answer, p) -> a list of lines: why `answer`, which a network gives with
-- the probability p, is not to be trusted.  An empty list when nothing speaks against it.
function dates.doubts(text, alphabet, most, course, answer, p)
  local list, normal, strange = {}, dates.normal(text, course), {}
  if not normal:find "%d" then
    list[1] = ("'%s' holds no date: there is no number in it; what follows means nothing"):format(text)
  end
  local n = utf8.len(normal)
  if n > most then list[#list + 1] = ("only the first %d of %d characters are read"):format(most, n) end
  for c in normal:gmatch(utf8.charpattern) do
    if not alphabet.id[c] and not strange[c] then strange[c], strange[#strange + 1] = true, c end
  end
  if #strange > 0 then
    list[#list + 1] = ("never met in a date that was learnt from: %s"):format(table.concat(strange, " "))
  end
  if not dates.parse(answer) then
    list[#list + 1] = ("the calendar has no %s"):format(answer)
    return list
  end
  local numbers = left_out(normal, most, answer)
  if #numbers > 0 then
    list[#list + 1] = ("numbers of the text that the answer leaves out: %s"):format(table.concat(numbers, ", "))
  end
  if p < 0.5 and #list == 0 then
    list[#list + 1] = "the network is not sure"
  end
  return list
end

return dates
