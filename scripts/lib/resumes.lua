--- resumes.lua: resumes from grammars, with the spans that a reader should mark.  Order of the parts, layout, headings,
-- formats of dates and telephones, bullets or prose and typing errors vary.  Each part of the data, "train" to learn
-- from, "val" to choose settings by and "test" to measure, has sentences, orders of lines, names, employers, places and
-- schools of its own.  Occupations, degrees, skills, duties and formats of dates and telephones are shared.
local Dice = require "lib.dice"
local resumes = {}

resumes.tags = { "Name", "Designation", "Companies worked at", "Location", "College Name", "Degree", "Graduation Year",
  "Skills", "Email Address", "Years of Experience" }

local words = require "lib.resume_words"
local list = words.list

-- Split at another sign, blanks kept.
local function raw(text, sign)
  local out = {}
  for item in (text .. sign):gmatch("([^" .. sign .. "]*)" .. sign) do out[#out + 1] = item end
  return out
end

-- What stands before a part of a line, blanks behind it kept; two of five times nothing.
local function leads(text)
  local out = raw(text:gsub("\n *", ""), "|")
  for _ = 1, #out * 2 // 3 do out[#out + 1] = "" end
  return out
end

-- --- sentences: {Tag} is marked, {filler} is not; a part's own are used by it alone ----------------------------------

local templates = {
  heading = {
    name = { train = list [[
      {Name}|{NAME}|Name: {Name}|Resume of {Name}|Curriculum Vitae\n{Name}|CV of {Name}|Candidate: {Name}|
      Full name - {Name}|{Name}, Resume|RESUME\n{NAME}|{Name} / CV|
      <Personal~Employee~Candidate> <name~details>: {Name}|<Prepared by~About~This is~Dossier of> {Name}|
      {Name} <- Portfolio~* Bio data~/ Vita>]],
    val = list [[
      CV - {Name}|{Name} (Resume)|Applicant: {Name}|{Name}, applying for a position|Résumé - {Name}|
      My name is {Name}]],
    test = list "Presented by {Name}|Job seeker: {Name}|{Name} (curriculum)" },
    title = { train = list [[
      {Designation}|Now {Designation} at {Company}|Role: {Designation}|{Designation} - {Company}|
      Position: {Designation}|Current role: {Designation} with {Company}|
      <Today~At present~Presently> {Designation}<, ~ at ~ for ~ - ~ of >{Company}|{Company}: {Designation}|
      <Function~Rank~Post~Function held><: ~ - ~ = >{Designation}|{Designation} (<{Company}~permanent~contract>)|
      <Serving~Engaged by~Posted with~On duty at> {Company} as {Designation}|
      I am {Designation} <of~with> {Company}]],
      val = list [[
      Working as {Designation} in {Company}|Profile: {Designation}|Employed at {Company}, {Designation}|
      Professional title: {Designation}]],
      test = list "In the service of {Company}: {Designation}|What I do: {Designation}" },
    place = { train = list [[
      {Location}|Residing at {Location}|From {Location}|City - {Location}|Address: {house} {street}, {Location}|
      {Location}, {region}|Lives in {Location}|<Domicile~Locality~Station~Place~Area><: ~ - ~ = ~ >{Location}|
      <Now in~Born and bred in~Moved to~Native of~Near> {Location}|{street} {house}, {Location}|
      {house} {street} - {Location}|<Office~Flat~Adr.~Street>: {street} {house}<, ~; ~ - >{Location}|({Location})|
      <Ready to move from~Lives at> {street} <in~near> {Location}|Permanent address\n{Location}]],
    val = list [[
      Based in {Location}|Home: {street} {house}, {Location}|Town: {Location}|{street} {house} / {Location}]],
    test = list "Where I live: {Location}|{house}, {street} ({Location})" },
    mail = { train = list [[
      {Email}|Email: {Email}|E-mail Id - {Email}|Mail {Email} / {phone}|{phone}, {Email}|Write to {Email}|
      {Email} ({phone})|Mail: {Email}; {phone}|<Electronic mail~Web~Net~Write> <- ~: ~= >{Email}|
      {phone} <or~and~/~/> {Email}|<Send word to~Letters to~Mailbox> {Email}|Digits {phone}, mailbox {Email}]],
    val = list [[
      Contact: {Email}, {phone}|Reach me at {Email}|Correspondence: {Email}|
      Phone number {phone}, email address {Email}]],
    test = list "Inbox: {Email}|Dial {phone} / send to {Email}" },
    phone = { train = list [[
      Phone: {phone}|Mobile {phone}|{phone}|<Handy~Landline~Ph.~M~Fax~Line><: ~ - ~ >{phone}|Ring {phone}]],
    val = list [[
      Tel. {phone}|Cell: {phone}|Call me on {phone}|Contact No. {phone}]],
    test = list "Reachable under {phone}|Telephone {phone}" },
  },
  summary = { train = list [[
      {Years} of experience as {Designation}.|A {adjective} {job} with {Years} of experience in {topic}.|
      Over {Years} in {topic} and {topic}.|Total experience: {Years}|
      I have worked for {Years} in {topic}, most of it in {Location}.|{adjective} professional who {duty}.|
      {Years} in {topic} as {Designation}|Experience: {Years}|A {job} of {Years}, {adjective}.|
      Served {Company} for {Years} and {duty}.|After {Years} in {topic} I want to learn more.|
      Looking for a role as {job} in a {adjective} company.|
      <Offers~Has~Can show~Worked> {Years} <of work~of service~of projects~full time> in {topic}.|
      <A {adjective} person~A professional~Someone> with {Years} <as~in the role of> {Designation}<. ~, {adjective}.>|
      In {Years} <at~with~for> {Company} <I {duty}~I grew~much was learnt>.|{topic}<: ~ - ~, ~ (>{Years}<~)~.>|
      {Designation}<, ~ - ~ with ~; ><~about ~nearly ~more than >{Years}.|
      <Wants~Hopes~Plans~Aims> to <stay in~go on with~leave> {topic} after {Years}<~ as {job}>.|
      <During~Within~In all> {Years} I <{duty}~{duty} and {duty}>.|
      {adjective}, {adjective} and <used to~fond of> {topic}.|
      <Last~Most recently> {Designation} <at~of~for> {Company}, {Years}<.~ in all.>|
      {Years} <on and off~altogether>.]],
    val = list [[
      Brings {Years} of practice in {topic}.|{Years} experienced {job}, {adjective} and {adjective}.|
      Experience - {Years}, mainly {topic}.|Seeks new tasks after {Years} in {topic}.|
      Having spent {Years} in {topic}, I know {topic} as well.|{adjective} {job}; {Years} on the job.|
      {Years} in the industry, lastly as {Designation} with {Company}.|
      I look back on {Years} and wish to stay in {topic}.]],
    test = list [[
      Career of {Years} in {topic} so far.|{job} by trade, {Years} behind me, {adjective}.|
      Until now {Designation} in the house of {Company}, {Years}.|
      {topic} has been my daily bread for {Years}.]] },
  job = { train = list [[
      {Designation}, {Company}, {Location} ({span})|{Company}\n{Designation}\n{span}|
      {span}: {Designation} at {Company}|{Designation} - {Company} - {Location}\n{span}|
      Worked as {Designation} for {Company} from {date} to {date}.|{Company}, {Location} / {Designation} / {span}|
      Employer: {Company}\nRole: {Designation}\nDuration: {span}|In {year} I joined {Company} as {Designation}.|
      {Company} - {Location}\n{span}|{Designation}|{Designation}\n{Company}<, ~ / ~ - >{Location}\n{span}|
      <{span}~{date}><  ~: ~ / ~, ~\n>{Designation}<, ~ at ~ - ~ / >{Company}< ({Location})~ / {Location}~~>|
      {Location}<: ~ - ~\n~, >{Company}<, ~ - ~\n>{Designation}<, ~ (>{span}|{Company} [{Designation}] {span}|
      {Designation} ({Company}<~, {Location}>)<, ~ - ~\n>{span}|
      <From {date} on~Until {date}~After {date}> I was {Designation} <at~in~with> {Company}<~, {Location}>.|
      In {year} <I served as~my post was> {Designation} <at~with> {Company}<~ in {Location}>.|
      {Company} <hired~took~engaged~promoted~wanted> me <as~to be~to work as> {Designation} in {date}<~ at {Location}>.|
      <Firm~House~Business>: {Company}<~, {Location}~ ({Location})>\n<Post~Task>: {Designation}\n<Time~Years>: {span}|
      {Company} <of~from~near> {Location} - {Designation} - {span}|
      {Designation} <for~to~of> {Company} <till~until~up to> {date}|
      At {Company}<~ in {Location}>, {date} to {date}, <as~my work: ~post: >{Designation}]],
    val = list [[
      {span}\n{Company}, {Location}\n{Designation}|As {Designation} of {Company} since {date}.|
      {Designation} @ {Company} [{span}]|Organisation: {Company}\nDesignation: {Designation}\nPeriod: {span}|
      {Company} employed me as {Designation} between {date} and {date}.|
      {Company} ({Location})\n{Designation}, {span}|{span} {Company} {Designation}|
      {Company} in {Location} took me on as {Designation} in {date} and I stayed until {date}.|
      Where: {Company}, {Location}\nWhat: {Designation}\nWhen: {span}|{Designation} (with {Company} since {date})]],
    test = list [[
      {Location} / {Company}\n{span}, {Designation}|{Designation} under contract to {Company} - {span}|
      {date}: start at {Company} in {Location} - {Designation}|
      Organization {Company}, title {Designation}, stay {span}|{Company}'s {Designation} from {date} onward]] },
  duty = { train = list [[
      {duty}|{topic}: {duty}|{duty} for {client}|{duty} at the site of {client}|{duty} and {duty}|
      {duty} in {topic}|Client: {client}. {duty}|used {topic} every day|
      <with people of~on behalf of~together with~in a task for~within the account of> {client}<, ~: ~ >{duty}|
      {duty} <with~by order of~beside~at> {client}|{client}<: ~ - ~ / ~, ~ >{duty}|
      <then~later~mostly~besides> {duty}|{duty} ({client})|<customer~buyer~partner>: {client}<, ~. ~; >{duty}|
      <tasks~work~field>: {duty}|<some weeks~two years> at {client}<: ~, ~ >{duty}<~ and {duty}>|
      {topic}<, ~ - ~ / >{topic}|{duty}. {duty}]],
    val = list [[
      {duty}, {duty}|for {client}: {duty}|responsible: {duty}|during a project with {client} {duty}|
      {duty}; also {duty}|duties in {topic}: {duty}]],
    test = list "{client} project: {duty}|{duty}, among others for {client}|achievements in {topic}: {duty}" },
  study = { train = list [[
      {Degree} in {field}, {College}, {Graduation}|{College}\n{Degree}\n{Graduation}|
      {Degree} - {College} ({Graduation})|{Graduation}: {Degree}, {College}|
      Completed {Degree} from {College} in {Graduation} with {mark}%|
      {Degree}, {College}, {Location}\n{year} to {Graduation}|
      {Degree} ({field}) {College} {Location} {Graduation}|
      {College} <- ~: ~/ ~, ~(>{Location}<~)> {Degree}<, ~ ~ - >{Graduation}|
      <Studied~Learnt~Read> {field} at {College}<~, {Location}~ in {Location}><: ~, >{Degree} <in~of~-> {Graduation}|
      {Degree}<~ ({field})~, {field}~ - {field}><\n~, ~ / >{College}<\n~, ~ / ><~Batch of ~Year ~passed >{Graduation}|
      {year}<-~ to ~/>{Graduation}<: ~, ~\n~  >{College}<, ~ - ~\n>{Degree}|
      <Got~Won~Received> <my~the~a> {Degree} <from~at~of> {College} <in~,~during> {Graduation}<~.~ with {mark}%>|
      {College} <gave~granted~handed> me <the~a> {Degree} in {Graduation}|
      {Graduation} <- ~/ ~, ~>{Degree}<, ~ (~ - >{College}<~, {Location}>|
      {College}<\n~, >{Location}\n{Degree} {Graduation}|
      {Degree} <with~after> {field} <(~- ~, >{Graduation}<)~, ~ ~; >{College}|
      {field}<, ~: ~ / >{College}<, ~ / >{Degree}<, ~ / >{Graduation}|
      <Seat~House> of learning: {College}<, ~\n><Paper~Rank>: {Degree}<, ~\n><End~Date>: {Graduation}]],
    val = list [[
      {College}, {Location}: {Degree} ({Graduation})|Graduated {Graduation}, {College}, {Degree} in {field}|
      {Degree} of {field} at {College}, class of {Graduation}|{year} - {Graduation}\n{Degree}\n{College}|
      Holder of a {Degree} since {Graduation} ({College})|{College} / {field} / {Degree} / {Graduation}, {mark}%|
      {Graduation}\n{College}, {Location}\n{Degree} in {field}|
      I took my {Degree} at {College} and finished in {Graduation}]],
    test = list [[
      {Degree} awarded {Graduation} by {College}|{College} - major {field} - {Degree} - {Graduation}|
      {Graduation} {Degree} {College}, {Location}|
      My {Degree} dates from {Graduation}; the school was {College}]] },
  skills = { train = list [[
      {Skills}|{Skills}: {n} years|Familiar with {Skills}|{Skills} - expert|Tools - {Skills}|
      {Skills} and {Skills}|Languages and tools: {Skills}|{Skills} ({n} years)|Good knowledge of {Skills}|
      <Strong in~Able in~Trained in~Fluent in~At home in~Fond of~Basics of> {Skills}|
      {Skills} <since~from~in> {year}|
      {Skills}<: ~ - ~ / ~ (><good~basic~fair~strong~advanced~{n} of 10~some months><~)>|
      <Also~And~Mostly~Some> {Skills}|<Software~Area~Method~Craft>: {Skills}|
      uses {Skills} <often~at work~now and then>|{Skills} <at work~in projects>]],
    val = list [[
      Knows {Skills} well|{Skills} - {n} years|Technical: {Skills}|Proficient in {Skills}|{Skills} (since {year})|
      Daily use of {Skills}]],
    test = list "Expertise: {Skills}|{Skills} as a daily tool|{Skills}, {n} years of it" },
  extra = { train = list [[
      Interests - {hobby}|Mother tongue {tongue}|Referees: {person} ({client})|Nationality: {region}|
      Notice period: {n} weeks|Marital status: single|Hobbies: {hobby}, {hobby}|
      Languages known: {tongue}, {tongue}|Date of birth: {date}|Passport No: {number}|
      References: {person}, {client}|<Sports~Leisure~Likes~Pastimes>: {hobby}<~, {hobby}~ and {hobby}>|
      <Understands~Writes~Learns~Knows> {tongue}<~ and {tongue}~, {tongue}>|<Birthday~Age~Born>: {date}|
      {person} <of~from~at~with~,> {client} <knows me~will answer~vouches for me>|
      <Recommended by~Ask> {person}<~ ({client})~, {client}>|<Citizen of~Passport of~Visa for> {region}|
      <Licence~Tax number~Roll> {number}|Available <from~after> {date}]],
    val = list [[
      Free time: {hobby} and {hobby}|Speaks {tongue} and {tongue}|Born on {date}|Referee: {person}|
      After work: {hobby}, {hobby}|Spoken languages - {tongue}, {tongue}|Day of birth {date}|
      Please ask {person} at {client} about me]],
    test = list [[
      When off duty: {hobby} and {hobby}|Reads and writes {tongue}|Year of birth: {date}|
      A word from {person}, {client}, on request]] },
}
-- Lines put together of parts in any order; orders, separators and words before the parts are a part's own, too.
local before = {
  Designation = { train = leads [[as |Role: |Position: |Worked as |Title - |hired as |Post: |Function - |
      in the role of |Rank: |my task: |Job title: |made ]],
    val = leads [[Designation: |Job: |employed as |Capacity: |Occupation - |serving as ]],
    test = leads [[Appointed |Duty: |operating as ]] },
  Company = { train = leads [[at |for |with |Employer: |Company: |Firm - |Business: |House - |with the firm |of |
      hired by |Workplace: |Client and employer: ]],
    val = leads [[@ |Organisation: |by |Joined |Corporation: |on the staff of ]],
    test = leads [[Entity: |signed by |Contractor - ]] },
  Location = { train = leads [[in |Location: |Place - |Area: |near |City: |Office: |Locality - |out of ]],
    val = leads [[Site: |at |Branch: |posted to ]],
    test = leads [[Base: |Seat - |stationed at ]] },
  span = { train = leads [[from |Duration: |Dates: |since |Time: |When: |between |Years: |Held |over ]],
    val = leads [[Period: |during |Tenure: |Term - ]],
    test = leads [[Stay: |Phase - |running ]] },
  Degree = { train = leads [[Completed |Degree: |Course - |Passed |Paper: |Qualification: |received |Award - |
      with |Studies: ]],
    val = leads [[Graduated: |Title: |Earned |Programme - ]],
    test = leads [[Grade: |Obtained ]] },
  College = { train = leads [[from |at |Institute: |College - |University: |Academy - |College: |attending |
      Univ. |of |Where: ]],
    val = leads [[by |School: |attended |Alma mater: ]],
    test = leads [[Campus: |taught by ]] },
  Graduation = { train = leads [[in |Year: |Passing year - |completed |End: |passed |Date: |in the year |Batch |done ]],
    val = leads [[class of |Finished |conferred |Degree year: ]],
    test = leads [[Completion: |finalised ]] },
}
local separators = {
    train = raw(", ; - ;\n; | ; / ;. ; ;, ; - ;\n; ~ ;  ;\t; -- ; = ; * ; + ; # ; » ; — ;,\n;.\n;/; .. ", ";"),
    val = raw(", ;\n; : ; > ;, ;\n; • ;   ", ";"), test = raw(", ;\n; ¦ ; · ", ";") }

local titles = {
  summary = list "SUMMARY|Profile|Objective|Professional Summary||",
  job = list "WORK EXPERIENCE|Experience|Employment History|Professional Experience|CAREER",
  study = list "EDUCATION|Education|Academic Background|Qualifications",
  skills = list "SKILLS|Technical Skills|Key Skills|Skills & Tools",
  extra = list "ADDITIONAL INFORMATION|Personal Details|Miscellaneous||",
}

-- --- the grammar -----------------------------------------------------------------------------------------------------

local Writer = setmetatable({}, { __index = require "lib.resume_names" })
Writer.__index = Writer

function Writer:of(t) return self.dice:pick(t[self.part] or t) end
function Writer:chance(percent) return self.dice:int(1, 100) <= percent end

function Writer:date(year)
  local y, m = year or self:year(), self:of(words.month)
  local number = self.dice:int(1, 12)
  return self:of { ("%s %d"):format(m, y), ("%s %d"):format(m:sub(1, 3), y), ("%02d/%d"):format(number, y),
    ("%d-%02d"):format(y, number), ("%s '%02d"):format(m:sub(1, 3), y % 100) }
end
function Writer:year() return 1994 + self.dice:int(1, 30) end
function Writer:digits(n)
  local t = {}
  for i = 1, n do t[i] = self.dice:int(1, 9) end
  return table.concat(t)
end

local ascii = { ["é"] = "e", ["É"] = "e", ["ü"] = "u", ["ö"] = "o", ["ë"] = "e", ["á"] = "a", ["í"] = "i",
  ["ó"] = "o",
  ["ı"] = "i", ["ą"] = "a", ["ś"] = "s", ["è"] = "e", ["ř"] = "r" }

--- What stands for {tag} or {filler}: its text, and the tag if it is marked.
local expand = {}
function expand.Name(w) return w.name, "Name" end
function expand.NAME(w) return w.name:upper(), "Name" end
function expand.Designation(w) return ((w:of(words.grade) .. " " .. w:of(words.work)):gsub("^ ", "")), "Designation" end
function expand.Company(w) return w:company(), "Companies worked at" end
function expand.Location(w)
  return w:city() .. (w:chance(25) and ", " .. w:region() or ""), "Location"
end
function expand.College(w)
  return w:school(), "College Name"
end
function expand.Degree(w) return w:of(words.degree), "Degree" end
function expand.Graduation(w) return tostring(w:year()), "Graduation Year" end
function expand.Skills(w) return w:of(words.skill), "Skills" end
function expand.Email(w)
  local plain = w.name:gsub("[\xc0-\xff][\x80-\xbf]*", ascii):lower():gsub("[^a-z ]", "")
  local user = plain:gsub(" ", w:of { ".", "_", "" })
  return user .. (w:chance(40) and w.dice:int(1, 99) or "") .. "@" .. w:of(words.mail), "Email Address"
end
function expand.Years(w)
  local n, more = w.dice:int(1, 20), w:of { "", "+", " plus" }
  return w:of { n .. more .. " years", n .. " yrs", ("%d.%d years"):format(n, w.dice:int(1, 9)),
    ("%d years %d months"):format(n, w.dice:int(1, 11)) }, "Years of Experience"
end
function expand.span(w)
  local from = w:year()
  local to = w:chance(25) and w:of { "present", "Till date", "now" } or w:date(from + w.dice:int(1, 6))
  return w:date(from) .. w:of { " - ", " to ", " – " } .. to
end
function expand.client(w) return w:company() end
function expand.person(w) return w:of { "Mr. ", "Ms. ", "Dr. ", "" } .. w:person() end
function expand.phone(w)
  return w:of { ("+%s %s %s"):format(w:digits(2), w:digits(5), w:digits(5)), w:digits(10),
    ("(%s) %s-%s"):format(w:digits(3), w:digits(3), w:digits(4)), ("%s/%s"):format(w:digits(4), w:digits(6)) }
end
function expand.date(w) return w:date() end
function expand.year(w) return tostring(w:year()) end
function expand.house(w) return w:digits(2) end
function expand.number(w) return w:of { "M", "Z", "K" } .. w:digits(7) end
function expand.mark(w) return w:digits(2) end
function expand.n(w) return tostring(w.dice:int(1, 9)) end
function expand.street(w) return w:one(words.root, 0) .. w:of { " Street", " Road", " Avenue" } end
function expand.region(w) return w:region() end
function expand.field(w) return w:of(words.field) end
function expand.topic(w)
  return w:chance(50) and w:of(words.field):lower() or w:of(words.trade)
end
function expand.job(w) return w:of(words.work):lower() end
function expand.duty(w) return w:of(words.duty) end
function expand.adjective(w) return w:of(words.adjective) end
function expand.hobby(w) return w:of(words.hobby) end
function expand.tongue(w) return w:of(words.tongue) end

function Writer:put(text, tag)
  if tag then self.spans[#self.spans + 1] = { tag = tag, first = self.n + 1, last = self.n + #text } end
  self.parts[#self.parts + 1] = text
  self.n = self.n + #text
end

-- Ordinary text, in which a letter is now and then left out or doubled; in training some words are strangers, too:
-- the sentences of others are made of words that these here do not have.
function Writer:plain(text)
  if #text > 12 and self:chance(6) then
    local at = self.dice:int(1, #text - 2) + 1
    local letter = text:sub(at, at)
    local instead = self:chance(50) and "" or letter .. letter
    if letter:find "%l" then text = text:sub(1, at - 1) .. instead .. text:sub(at + 1) end
  end
  if self.strange then
    text = text:gsub("%a+", function(word)
      if not self:chance(40) then return nil end
      local other = self:invented()
      return word:find "^%u" and other or other:lower()
    end)
  end
  self:put(text)
end

-- What stands between the ~ of <a~b~c>.
local split_choice = {}
local function choices(text)
  split_choice[text] = split_choice[text] or raw(text, "~")
  return split_choice[text]
end

function Writer:fill(template)
  self.strange = self.part == "train" and self:chance(40)
  template = template:gsub("<([^<>]*)>", function(choice) return self.dice:pick(choices(choice)) end)
  for between, key in (template .. "{}"):gsub("\\n", "\n"):gmatch "([^{}]*){(%a*)}" do
    if between ~= "" then self:plain(between) end
    if key ~= "" then self:put(expand[key](self)) end
  end
end

-- What stands before a part of a line.  In training it is now and then a word that nobody knows: what follows is to be
-- told by itself and its place, as words before it differ from hand to hand.
function Writer:lead(key)
  if self.part == "train" and self:chance(35) then
    return (self:chance(40) and self:invented() or self:invented():lower()) .. self:of { ": ", " - ", " " }
  end
  return self:of(before[key])
end

-- Which of the orders of a line belong to whom: every order has a number, and this is its rest by 5.
local orders_of = { train = { [2] = true, [3] = true, [4] = true }, val = { [0] = true }, test = { [1] = true } }

-- The keys in an order that belongs to this part of the data.
function Writer:arranged(keys)
  local order, number
  repeat
    order, number = self.dice:some(keys, #keys), 0
    for _, key in ipairs(order) do number = number * 7 + #key end
  until orders_of[self.part][number % 5] or #keys < 3
  local between = self:of(separators)
  for k, key in ipairs(order) do
    if k > 1 then self:put(between) end
    self:put(self:lead(key))
    self:put(expand[key](self))
  end
end

local section = {}
function section.summary(w)
  for _ = 1, w.dice:int(1, 2) do
    w:fill(w:of(templates.summary))
    w:put(w:of { " ", "\n" })
  end
end
function section.job(w)
  local bullet = w:of { "- ", "• ", "* ", "", "o " }
  for _ = 1, w.dice:int(1, 3) do
    if w:chance(50) then
      w:fill(w:of(templates.job))
    else
      w:arranged { "Designation", "Company", "span", w:chance(60) and "Location" or nil }
    end
    w:put "\n"
    for _ = 1, w.dice:int(1, 3) - 1 do
      w:put(bullet)
      w:fill(w:of(templates.duty))
      w:put(bullet == "" and ". " or "\n")
    end
    if bullet == "" then w:put "\n" end
  end
end
function section.study(w)
  for _ = 1, w.dice:int(1, 2) do
    if w:chance(50) then
      w:fill(w:of(templates.study))
    else
      w:arranged { "Degree", "College", "Graduation", w:chance(40) and "Location" or nil }
    end
    w:put "\n"
  end
end
function section.skills(w)
  local between = w:of { ", ", "\n", " | ", "; ", "\n- " }
  local n = 2 + w.dice:int(1, 5)
  for k = 1, n do
    if w:chance(60) then w:put(expand.Skills(w)) else w:fill(w:of(templates.skills)) end
    w:put(k < n and between or "\n")
  end
end
function section.extra(w)
  for _ = 1, w.dice:int(1, 3) do
    w:fill(w:of(templates.extra))
    w:put "\n"
  end
end

local function heading(w)
  local separator = w:of { "\n", "\n", " | ", ", " }
  w:fill(w:of(templates.heading.name))
  w:put "\n"
  for _, key in ipairs(w.dice:some({ "title", "place", "mail", "phone" }, 2 + w.dice:int(1, 2))) do
    w:fill(w:of(templates.heading[key]))
    w:put(separator)
  end
  w:put "\n"
end

--- resumes.write(n, part, rng) -> n resumes { text =, spans = { { tag =, first =, last = } } }, in bytes from 1 on, in
-- order and apart; part: "train", "val" or "test".
function resumes.write(n, part, rng)
  local dice, out = Dice(rng), {}
  for k = 1, n do
    local w = setmetatable({ dice = dice, part = part, parts = {}, spans = {}, n = 0 }, Writer)
    w.name = w:person()
    heading(w)
    local order = dice:some({ "summary", "job", "study", "skills", "extra" }, 5)
    if w:chance(50) then order = { "summary", "job", "study", "skills", "extra" } end
    for _, key in ipairs(order) do
      local title = w:of(titles[key])
      if title and title ~= "" then w:put(title .. w:of { "\n", ":\n", "\n\n" }) end
      section[key](w)
      w:put(w:of { "", "\n" })
    end
    out[k] = { text = table.concat(w.parts), spans = w.spans }
  end
  return out
end

return resumes
