--- resumes.lua: resumes from grammars, with the spans that a reader should mark.  Order of the parts, layout, headings,
-- formats of dates and telephones, bullets or prose and typing errors vary.  Each part of the data, "train" to learn
-- from, "val" to choose settings by and "test" to measure, has sentences, orders of lines, names and employers of its
-- own, and "test" places, too.  Occupations, degrees, skills, duties and formats of dates and telephones are shared.
local Dice = require "lib.dice"
local resumes = {}

resumes.tags = { "Name", "Designation", "Companies worked at", "Location", "College Name", "Degree", "Graduation Year",
  "Skills", "Email Address", "Years of Experience" }

local function list(text)
  local out = {}
  for item in (text .. "|"):gmatch "([^|]*)|" do out[#out + 1] = item:match "^%s*(.-)%s*$" end
  return out
end

-- The same with blanks kept, split at another sign.
local function raw(text, sign)
  local out = {}
  for item in (text .. sign):gmatch("([^" .. sign .. "]*)" .. sign) do out[#out + 1] = item end
  return out
end

-- --- words: those of `both` stand in every part ----------------------------------------------------------------------

local first = {
  train = list [[
      Anna|Luis|Wei|Priya|Omar|Fatima|Jürgen|Chloé|Kenji|Olga|Kwame|Aisha|Mateo|Ingrid|Ravi|Mei|Tomasz|Zoë|
      Björn|Amara|Diego|Yuki|Nadia|Seán|Leila|Piotr|Camila|Arjun|Elif|Viktor|Ngozi|Pedro|Hana|Rahul|Sofia|Marek|
      Deepa|Youssef|Ana|Minh|Katarzyna|Emeka|Lucía|Anil|Grace|James|Emily|Robert|Laura|Brian|Megan|Sunita|
      Karthik|Abhishek|Pooja|Vikram|Sneha|Daniel|Rachel|Thomas]],
  val = list [[
      Maria|Hiroshi|Kavya|Sven|Amina|Étienne|Ivan|Chen|Nikhil|Greta|Pablo|Zeynep|Liam|Ewa|Tariq|Beatriz|
      Oluwaseun|Mónica|Suresh|Hanna|Julien|Thandiwe|Aleksander|Divya|Peter|Sarah|Manish|Noor|Jakub|Helen]],
  test = list [[
      Akira|Valentina|Oskar|Nandini|Yusuf|Margarida|Bogdan|Chiamaka|Thiago|Astrid|Farah|Léon|Radha|Milan|
      Shanice|Eoin|Ximena|Harish|Jolanta|Sipho|Patrick|Jennifer|Naveen|Rukhsana|Dmitri|Kaori|Antônio|Zofia|
      Abena|Matthew]],
}
local last = {
  train = list [[
      Müller|García|Wang|Sharma|Haddad|Khan|Schneider|Dubois|Tanaka|Petrova|Mensah|Bello|Fernández|Larsen|Patel|
      Lin|Kowalski|de Vries|Lindqvist|Okafor|Morales|Sato|Ibrahim|O'Connor|Hosseini|Nowak|Souza|Reddy|Yılmaz|
      Novak|Adeyemi|Silva|Kim|Gupta|Rossi|Horák|Iyer|Mansour|Costa|Nguyen|Zając|Eze|Ramos|Kumar|Smith|Brown|
      Taylor|Wilson|Moore|Clark|Nair|Menon|Joshi|Verma|Kulkarni|Das|Walker|Harris|Lewis|Young]],
  val = list [[
      Jansen|Yamamoto|Pillai|Johansson|Diallo|Lefèvre|Sokolov|Zhao|Agarwal|Fischer|Navarro|Demir|Murphy|Wójcik|
      Rahman|Almeida|Adebayo|Serrano|Rao|Virtanen|Moreau|Dlamini|Wiśniewski|Bhat|Wright|Evans|Mishra|Aziz|
      Dvořák|Hughes]],
  test = list [[
      Chatterjee|Zimmermann|Pereira|Kobayashi|Aydın|Nyström|Hamdan|Nwosu|Girard|Volkov|Kamble|Ortega|
      O'Sullivan|Kaczmarek|Chang|Ndlovu|Becker|Saleh|Venkatesan|Mäkinen|Turner|Campbell|Teixeira|Ramachandran|
      Svoboda|Owusu|Delgado|Ishikawa|Malhotra|Parker]],
}
local root = {
  train = list [[
      Nordwind|Blue Harbor|Vertex|Sunrise|Kalypso|Ironbridge|Quantum Leaf|Orion|Maple|Tessera|Redstone|Hallmark|
      Zenith|Lumen|Cobalt|Everest|Pinnacle|Sterling|Apex|Greenfield|Falcon|Meridian|Bright Path|Crestview|Delta|
      Emerald|Fusion|Granite|Horizon|Indigo|Juniper|Keystone|Lakeside|Magnolia|Northgate|Oakwood|Prism|Quarry|
      Riverbend|Silverline]],
  val = list [[
      Aldermoor|Bluebell|Cascadia|Driftwood|Elmwood|Foxglove|Goldcrest|Halcyon|Ironwood|Kestrel|Larkspur|
      Moonrise|Nimbus|Opal|Peregrine|Rosewood|Sapphire|Thornbury|Umbra|Willow Creek]],
  test = list [[
      Alderbrook|Brightwater|Copperleaf|Dovetail|Evergreen|Flintlock|Gatehouse|Highmark|Islander|Kingsway|
      Lantern|Mulberry|Northstar|Ocean Gate|Pathfinder|Rockwell|Sandpiper|Trident|Vantage|Westbrook]],
}
local kind = list [[
      Technologies|Systems|Solutions Pvt Ltd|Bank|GmbH|Consulting|Labs|Software Ltd|Industries|Group|
      Networks Inc.|Analytics|Logistics|Pharma|Motors|Insurance|Media|Energy AG|& Sons|Telecom Limited]]
local well_known = { train = list "Infosys|Oracle|IBM|Wipro|Accenture|Siemens|Microsoft|Cisco|Deloitte|SAP",
  val = list "Capgemini|Nokia|Bosch|Intel|Philips|Ericsson",
  test = list "HCL|Toshiba|Dell|Barclays|Renault|Panasonic" }
local city = { both = list [[
      Bengaluru|Pune|Mumbai|Berlin|Madrid|Lagos|Osaka|São Paulo|Warsaw|Chennai|Paris|London|Toronto|Hyderabad|
      Singapore|Cairo|New York|San Francisco|Delhi|Munich|Istanbul|Dublin|Oslo|Nairobi|Lisbon|Seattle|Kolkata|
      Prague]],
  test = list [[
      Ahmedabad|Hamburg|Barcelona|Accra|Nagoya|Recife|Kraków|Jaipur|Lyon|Manchester|Montréal|Kochi|Jakarta|
      Casablanca|Boston|Los Angeles|Lucknow|Stuttgart|Ankara|Cork|Bergen|Kampala|Porto|Denver|Indore|Brno|
      Kuala Lumpur|Helsinki]] }
local region = { both = list [[
      Karnataka|India|Germany|Spain|Nigeria|Japan|Brazil|Poland|France|UK|Canada|CA|Texas|Ireland]],
  test = list [[
      Gujarat|Kenya|Austria|Italy|Ghana|Malaysia|Mexico|Turkey|Portugal|USA|Australia|MA|Ontario|Norway]] }
local grade = list "Senior|Junior|Lead|Principal|Associate|Assistant|Chief|||||||"
local work = list [[
      Software Engineer|Data Analyst|Project Manager|Test Engineer|System Administrator|Accountant|
      Java Developer|Web Developer|Business Analyst|Sales Executive|HR Manager|Network Engineer|
      Database Administrator|Technical Lead|Consultant|Product Owner|Mechanical Engineer|Data Scientist|
      Support Engineer|Marketing Specialist|Operations Manager|Architect|Research Assistant|Team Leader|
      Quality Analyst|Graphic Designer]]
local degree = list [[
      Bachelor of Engineering|B.Tech|B.E|Master of Science|M.Sc|MBA|Bachelor of Commerce|B.Sc|MCA|BCA|Ph.D|
      Master of Computer Applications|Diploma|Bachelor of Arts|M.Tech|B.Com|Master of Business Administration]]
local field = list [[
      Computer Science|Mechanical Engineering|Information Technology|Physics|Mathematics|Electronics|Economics|
      Finance|Civil Engineering|Marketing|Statistics|Business Informatics]]
local school = { train = list [[
      %s University|University of %s|%s Institute of Technology|%s College of Engineering|St. %s College|
      %s National University|Technical College of %s|State University of %s|Institute of Science %s|
      School of Commerce, %s|%s Business School|%s Technical Institute|National College %s|Polytechnic of %s|
      %s School of Design|College of %s|Academy of %s|%s Academy of Arts|Royal University of %s|
      %s Open University]],
  val = list [[
      %s State University|%s School of Business|Technical University of %s|%s Polytechnic|
      National Institute of %s]],
  test = list [[
      %s International University|Higher Institute of Informatics %s|%s Engineering College|
      Central University of %s|University College, %s]] }
local skill = list [[
      Java|Python|C++|SQL|Linux|Excel|JavaScript|HTML|CSS|Oracle DB|AWS|Docker|Git|Machine Learning|SAP FICO|
      Tableau|Project Management|Agile|Scrum|Photoshop|Spring Boot|Hibernate|React|Angular|Node.js|MATLAB|
      AutoCAD|Salesforce|Selenium|Jenkins|Power BI|Hadoop|Spark|Networking|Data Analysis|Communication|
      Leadership|C#|.NET|PHP|MySQL|MongoDB]]
local duty = list [[
      built reports for the sales team|maintained the nightly build|led a team of six people|wrote unit tests|
      moved the old system to the cloud|trained new colleagues|reduced costs by 12%|
      answered tickets of customers|planned releases with the client|reviewed designs|
      automated the monthly closing|kept the servers running|prepared documents for audits|
      analysed requirements|worked with offshore teams|improved response times|took part in daily meetings|
      handled budgets and forecasts]]
local hobby = list "chess|hiking|photography|cooking|cricket|reading|travelling|music|yoga|football"
local tongue = list "English|Hindi|German|Spanish|French|Japanese|Polish|Arabic|Portuguese|Tamil"
local month = list "January|February|March|April|May|June|July|August|September|October|November|December"
local mail = list "gmail.com|yahoo.com|outlook.com|mail.example.org|web.de|company.co.in"

-- Names that nobody bears, of syllables: with them spelling and place must tell what a word is, not memory.
-- Their last syllable belongs to one part, so that none is in two.
local syllable = list "ka|ri|mo|ve|lan|dor|shi|tu|ben|sa|el|no|mar|is|qu|ze|hal|or|fi|ta|wen|lu|ra|gos|ni|pel|yo|dan"
local ending = { train = list "ka|ri|ven|lan|dor|tu|sa|el|no|mar|is|hal|ta|lu",
  val = list "gos|ni|pel|yo|dan|mi|ler|wa", test = list "dek|pas|zin|mur|hes|tok|vard|gun" }

-- --- sentences: {Tag} is marked, {filler} is not; a part's own are used by it alone ----------------------------------

local templates = {
  heading = {
    name = { train = list [[
      {Name}|{NAME}|Name: {Name}|Resume of {Name}|Curriculum Vitae\n{Name}|CV of {Name}|Candidate: {Name}|
      Full name - {Name}|{Name}, Resume|RESUME\n{NAME}|{Name} / CV]],
    val = list "CV - {Name}|{Name} (Resume)|Applicant: {Name}",
    test = list "{Name}, applying for a position|Résumé - {Name}|My name is {Name}" },
    title = { train = list [[
      {Designation}|Now {Designation} at {Company}|Role: {Designation}|{Designation} - {Company}|
      Position: {Designation}|Current role: {Designation} with {Company}]],
      val = list "Working as {Designation} in {Company}|Profile: {Designation}",
      test = list "Employed at {Company}, {Designation}|Professional title: {Designation}" },
    place = { train = list [[
      {Location}|Residing at {Location}|From {Location}|City - {Location}|Address: {house} {street}, {Location}|
      {Location}, {region}|Lives in {Location}]],
    val = list "Based in {Location}|Home: {street} {house}, {Location}",
    test = list "Town: {Location}|{street} {house} / {Location}" },
    mail = { train = list [[
      {Email}|Email: {Email}|E-mail Id - {Email}|Mail {Email} / {phone}|{phone}, {Email}|Write to {Email}|
      {Email} ({phone})|Mail: {Email}; {phone}]],
    val = list "Contact: {Email}, {phone}|Reach me at {Email}",
    test = list "Correspondence: {Email}|Phone number {phone}, email address {Email}" },
    phone = { train = list "Phone: {phone}|Mobile {phone}|{phone}", val = list "Tel. {phone}|Cell: {phone}",
    test = list "Call me on {phone}|Contact No. {phone}" },
  },
  summary = { train = list [[
      {Years} of experience as {Designation}.|A {adjective} {job} with {Years} of experience in {topic}.|
      Over {Years} in {topic} and {topic}.|Total experience: {Years}|
      I have worked for {Years} in {topic}, most of it in {Location}.|{adjective} professional who {duty}.|
      {Years} in {topic} as {Designation}|Experience: {Years}|A {job} of {Years}, {adjective}.|
      Served {Company} for {Years} and {duty}.|After {Years} in {topic} I want to learn more.|
      Looking for a role as {job} in a {adjective} company.]],
    val = list [[
      Brings {Years} of practice in {topic}.|{Years} experienced {job}, {adjective} and {adjective}.|
      Experience - {Years}, mainly {topic}.|Seeks new tasks after {Years} in {topic}.]],
    test = list [[
      Having spent {Years} in {topic}, I know {topic} as well.|{adjective} {job}; {Years} on the job.|
      {Years} in the industry, lastly as {Designation} with {Company}.|
      I look back on {Years} and wish to stay in {topic}.]] },
  job = { train = list [[
      {Designation}, {Company}, {Location} ({span})|{Company}\n{Designation}\n{span}|
      {span}: {Designation} at {Company}|{Designation} - {Company} - {Location}\n{span}|
      Worked as {Designation} for {Company} from {date} to {date}.|
      {Company}, {Location} / {Designation} / {span}|Employer: {Company}\nRole: {Designation}\nDuration: {span}|
      In {year} I joined {Company} as {Designation}.]],
    val = list [[
      {span}\n{Company}, {Location}\n{Designation}|As {Designation} of {Company} since {date}.|
      {Designation} @ {Company} [{span}]|Organisation: {Company}\nDesignation: {Designation}\nPeriod: {span}|
      {Company} employed me as {Designation} between {date} and {date}.]],
    test = list [[
      {Company} ({Location})\n{Designation}, {span}|{span} {Company} {Designation}|
      {Company} in {Location} took me on as {Designation} in {date} and I stayed until {date}.|
      Where: {Company}, {Location}\nWhat: {Designation}\nWhen: {span}|
      {Designation} (with {Company} since {date})]] },
  duty = { train = list [[
      {duty}|{topic}: {duty}|{duty} for {client}|{duty} at the site of {client}|{duty} and {duty}|
      {duty} in {topic}|Client: {client}. {duty}|used {topic} every day]],
    val = list "{duty}, {duty}|for {client}: {duty}|responsible: {duty}",
    test = list "during a project with {client} {duty}|{duty}; also {duty}|duties in {topic}: {duty}" },
  study = { train = list [[
      {Degree} in {field}, {College}, {Graduation}|{College}\n{Degree}\n{Graduation}|
      {Degree} - {College} ({Graduation})|{Graduation}: {Degree}, {College}|
      Completed {Degree} from {College} in {Graduation} with {mark}%|
      {Degree}, {College}, {Location}\n{year} to {Graduation}|
      {Degree} ({field}) {College} {Location} {Graduation}]],
    val = list [[
      {College}, {Location}: {Degree} ({Graduation})|Graduated {Graduation}, {College}, {Degree} in {field}|
      {Degree} of {field} at {College}, class of {Graduation}|{year} - {Graduation}\n{Degree}\n{College}]],
    test = list [[
      Holder of a {Degree} since {Graduation} ({College})|{College} / {field} / {Degree} / {Graduation}, {mark}%|
      {Graduation}\n{College}, {Location}\n{Degree} in {field}|
      I took my {Degree} at {College} and finished in {Graduation}]] },
  skills = { train = list [[
      {Skills}|{Skills}: {n} years|Familiar with {Skills}|{Skills} - expert|Tools - {Skills}|
      {Skills} and {Skills}|Languages and tools: {Skills}|{Skills} ({n} years)|Good knowledge of {Skills}]],
    val = list "Knows {Skills} well|{Skills} - {n} years|Technical: {Skills}",
    test = list "Proficient in {Skills}|{Skills} (since {year})|Daily use of {Skills}" },
  extra = { train = list [[
      Interests - {hobby}|Mother tongue {tongue}|Referees: {person} ({client})|Nationality: {region}|
      Notice period: {n} weeks|Marital status: single|Hobbies: {hobby}, {hobby}|
      Languages known: {tongue}, {tongue}|Date of birth: {date}|Passport No: {number}|
      References: {person}, {client}]],
    val = list "Free time: {hobby} and {hobby}|Speaks {tongue} and {tongue}|Born on {date}|Referee: {person}",
    test = list [[
      After work: {hobby}, {hobby}|Spoken languages - {tongue}, {tongue}|Day of birth {date}|
      Please ask {person} at {client} about me]] },
}
-- Lines put together of parts in any order; orders, separators and words before the parts are a part's own, too.
local before = {
  Designation = { train = raw("||as |Role: |Position: |Worked as |Title - |hired as ", "|"),
    val = raw("||Designation: |Job: |employed as ", "|"),
    test = raw("||Capacity: |Occupation - |serving as ", "|") },
  Company = { train = raw("||at |for |with |Employer: |Company: |Firm - ", "|"),
    val = raw("||@ |Organisation: |by ", "|"),
    test = raw("||Joined |Corporation: |on the staff of ", "|") },
  Location = { train = raw("||in |Location: |Place - ", "|"),
    val = raw("||Site: |at ", "|"),
    test = raw("||Branch: |posted to ", "|") },
  span = { train = raw("||from |Duration: |Dates: |since ", "|"),
    val = raw("||Period: |during ", "|"),
    test = raw("||Tenure: |Term - ", "|") },
  Degree = { train = raw("||Completed |Degree: |Course - |Passed ", "|"),
    val = raw("||Graduated: |Title: ", "|"),
    test = raw("||Earned |Programme - ", "|") },
  College = { train = raw("||from |at |Institute: |College - ", "|"),
    val = raw("||by |School: ", "|"),
    test = raw("||attended |Alma mater: ", "|") },
  Graduation = { train = raw("||in |Year: |Passing year - |completed ", "|"),
    val = raw("||class of |Finished ", "|"),
    test = raw("||conferred |Degree year: ", "|") },
}
local separators = { train = raw(", ; - ;\n; | ; / ;. ; ", ";"),
    val = raw(", ;\n; : ; > ", ";"),
    test = raw(", ;\n; • ;   ", ";") }

local titles = {
  summary = list "SUMMARY|Profile|Objective|Professional Summary||",
  job = list "WORK EXPERIENCE|Experience|Employment History|Professional Experience|CAREER",
  study = list "EDUCATION|Education|Academic Background|Qualifications",
  skills = list "SKILLS|Technical Skills|Key Skills|Skills & Tools",
  extra = list "ADDITIONAL INFORMATION|Personal Details|Miscellaneous||",
}

-- --- the grammar -----------------------------------------------------------------------------------------------------

local Writer = {}
Writer.__index = Writer

function Writer:of(t) return self.dice:pick(t[self.part] or t.both or t) end
function Writer:chance(percent) return self.dice:int(1, 100) <= percent end

function Writer:invented()
  local t = {}
  for k = 1, self.dice:int(1, 2) do t[k] = self:of(syllable) end
  t[#t + 1] = self:of(ending)
  local word = table.concat(t)
  return word:sub(1, 1):upper() .. word:sub(2)
end

function Writer:person()
  local a = self:chance(40) and self:invented() or self:of(first)
  return a .. (self:chance(15) and " " .. self:of { "A.", "K.", "M." } or "") .. " "
    .. (self:chance(40) and self:invented() or self:of(last))
end

function Writer:company()
  if self:chance(25) then return self:of(well_known) end
  return (self:chance(40) and self:invented() or self:of(root)) .. " " .. self:of(kind)
end

function Writer:date(year)
  local y, m = year or self:year(), self:of(month)
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
function expand.Designation(w) return ((w:of(grade) .. " " .. w:of(work)):gsub("^ ", "")), "Designation" end
function expand.Company(w) return w:company(), "Companies worked at" end
function expand.Location(w)
  return w:of(city) .. (w:chance(25) and ", " .. w:of(region) or ""), "Location"
end
function expand.College(w)
  return (w:of(school):format(w:chance(40) and w:invented() or w:of(city))), "College Name"
end
function expand.Degree(w) return w:of(degree), "Degree" end
function expand.Graduation(w) return tostring(w:year()), "Graduation Year" end
function expand.Skills(w) return w:of(skill), "Skills" end
function expand.Email(w)
  local plain = w.name:gsub("[\xc0-\xff][\x80-\xbf]*", ascii):lower():gsub("[^a-z ]", "")
  local user = plain:gsub(" ", w:of { ".", "_", "" })
  return user .. (w:chance(40) and w.dice:int(1, 99) or "") .. "@" .. w:of(mail), "Email Address"
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
function expand.street(w) return w:of(root) .. w:of { " Street", " Road", " Avenue" } end
function expand.region(w) return w:of(region) end
function expand.field(w) return w:of(field) end
function expand.topic(w)
  return w:chance(50) and w:of(field):lower() or w:of { "banking", "retail", "testing", "web services",
    "data warehousing", "telecom", "insurance", "customer care" }
end
function expand.job(w) return w:of(work):lower() end
function expand.duty(w) return w:of(duty) end
local adjective = list "dynamic|reliable|curious|result oriented|careful|motivated"
function expand.adjective(w) return w:of(adjective) end
function expand.hobby(w) return w:of(hobby) end
function expand.tongue(w) return w:of(tongue) end

function Writer:put(text, tag)
  if tag then self.spans[#self.spans + 1] = { tag = tag, first = self.n + 1, last = self.n + #text } end
  self.parts[#self.parts + 1] = text
  self.n = self.n + #text
end

-- Ordinary text, in which a letter is now and then left out or doubled.
function Writer:plain(text)
  if #text > 12 and self:chance(6) then
    local at = self.dice:int(1, #text - 2) + 1
    local letter = text:sub(at, at)
    local instead = self:chance(50) and "" or letter .. letter
    if letter:find "%l" then text = text:sub(1, at - 1) .. instead .. text:sub(at + 1) end
  end
  self:put(text)
end

function Writer:fill(template)
  for words, key in (template .. "{}"):gsub("\\n", "\n"):gmatch "([^{}]*){(%a*)}" do
    if words ~= "" then self:plain(words) end
    if key ~= "" then self:put(expand[key](self)) end
  end
end

-- What stands before a part of a line.  In training it is now and then a word that nobody knows: what follows is to be
-- told by itself and its place, as words before it differ from hand to hand.
function Writer:lead(key)
  if self.part == "train" and self:chance(15) then return self:invented():lower() .. self:of { ": ", " - ", " " } end
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
