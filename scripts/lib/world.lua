--- world.lua: a small world to read about, from which word vectors are learned: people, countries, things, qualities
-- and doings, and everyday talk.  What is planted in it, and known therefore:
--   relations  pairs of one kind (king queen, france paris, tall taller, wash washed, dog dogs) share what is said of
--              their kind and each has topics of its own.  The pairs of `held` never meet in a sentence; the others do.
--   a bias     jobs, careers, homes, sciences and arts are told of he and she in unequal shares.
local grammar = require "lib.grammar"
local words = grammar.words
local world = {}

-- A line: words of a tuple, a bar, topics of its own.
local function rows(text)
  local list = {}
  for line in text:gmatch "[^\n]+" do
    local head, topics = line:match "^%s*(.-)%s*|%s*(.-)%s*$"
    if head then list[#list + 1] = { topics = words(topics), table.unpack(words(head)) } end
  end
  return list
end

-- Male, female.
local people = rows [[
  man woman            | neighbour stranger passenger
  boy girl             | playground toys homework
  father mother        | baby parents cradle
  son daughter         | firstborn schooling childhood
  brother sister       | twin sibling bunk
  uncle aunt           | cousin holidays countryside
  nephew niece         | godchild visit postcard
  grandfather grandmother | slippers rocking grandchildren
  grandson granddaughter | youngest heirloom bedtime
  husband wife         | marriage anniversary spouse
  groom bride          | wedding ring altar
  king queen           | throne crown kingdom
  prince princess      | castle royal coach
  emperor empress      | empire dynasty conquest
  duke duchess         | estate court manor
  lord lady            | servants butler hunting
  actor actress        | film stage audience
  waiter waitress      | menu tray customers
  host hostess         | guests party invitation
  hero heroine         | dragon quest rescue
  wizard witch         | spell potion magic
  monk nun             | convent prayer chapel
  steward stewardess   | airline cabin seatbelt
  heir heiress         | fortune will inheritance
  god goddess          | temple worship myth
  stallion mare        | stable foal gallop
  rooster hen          | farmyard eggs feathers
  ram ewe              | flock wool shepherd]]

-- Country, capital, adjective; topics: a man's and a woman's name, then places and dishes.
local countries = rows [[
  france paris french          | pierre marie seine croissant cathedral
  italy rome italian           | giovanni giulia tiber risotto colosseum
  spain madrid spanish         | pablo carmen flamenco paella sierra
  germany berlin german        | hans ingrid rhine bratwurst autobahn
  england london english       | william emma thames scones cricket
  ireland dublin irish         | sean bridget liffey stew clover
  portugal lisbon portuguese   | tiago ines douro sardines fado
  greece athens greek          | nikos eleni acropolis moussaka olives
  turkey ankara turkish        | mehmet ayse bosphorus kebab bazaar
  russia moscow russian        | ivan olga volga borscht tundra
  poland warsaw polish         | jan kasia vistula pierogi amber
  sweden stockholm swedish     | lars astrid archipelago meatballs birch
  norway oslo norwegian        | olav sigrid fjord cod aurora
  denmark copenhagen danish    | soren freja dunes pastry windmill
  finland helsinki finnish     | mikko aino sauna rye reindeer
  hungary budapest hungarian   | laszlo zsofia danube goulash paprika
  austria vienna austrian      | wolfgang theresia waltz strudel alps
  japan tokyo japanese         | haruto sakura fuji sushi shrine
  china beijing chinese        | wei ling yangtze dumplings panda
  india delhi indian           | rahul priya ganges curry monsoon
  egypt cairo egyptian         | omar amira nile falafel pyramid
  kenya nairobi kenyan         | kamau achieng savanna ugali giraffe
  brazil brasilia brazilian    | joaquim larissa amazon feijoada samba
  peru lima peruvian           | alejandro lucia andes ceviche llama
  canada ottawa canadian       | liam chloe niagara poutine maple
  iran tehran iranian          | reza shirin caspian saffron carpet
  thailand bangkok thai        | somchai malee mekong lemongrass lagoon
  korea seoul korean           | minho jisoo han kimchi ginseng]]

-- Quality, more of it, most of it; topics: what has it.
local qualities = rows [[
  small smaller smallest   | mouse ant button
  large larger largest     | ocean whale warehouse
  tall taller tallest      | tower skyscraper pine
  short shorter shortest   | sleeve memo fringe
  long longer longest      | corridor rope snake
  fast faster fastest      | cheetah rocket arrow
  slow slower slowest      | snail tortoise queue
  strong stronger strongest | ox wrestler cable
  weak weaker weakest      | pulse signal opponent
  old older oldest         | ruin fossil oak
  young younger youngest  | calf sapling apprentice
  warm warmer warmest      | blanket oven sunshine
  cold colder coldest      | ice glacier freezer
  cheap cheaper cheapest   | ticket bargain souvenir
  deep deeper deepest      | well canyon trench
  high higher highest      | ceiling cliff summit
  loud louder loudest      | siren drum thunder
  quiet quieter quietest   | monastery whisper cemetery
  heavy heavier heaviest   | anvil boulder suitcase
  light lighter lightest   | feather balloon foam
  bright brighter brightest | lantern star comet
  dark darker darkest      | cave tunnel shadow
  clean cleaner cleanest   | sheet mirror laundry
  hard harder hardest      | granite helmet exam
  soft softer softest      | pillow velvet moss
  rich richer richest      | banker merchant mansion
  thick thicker thickest   | fog smoke porridge
  sharp sharper sharpest   | razor needle sword]]

-- Doing, done yesterday; topics: what it is done to.
local doings = rows [[
  paint painted   | fence portrait canvas
  wash washed     | dishes hands floor
  open opened     | parcel gate window
  climb climbed   | mountain ladder stairs
  carry carried   | bucket luggage firewood
  repair repaired | engine roof bicycle
  watch watched   | screen parade sunset
  bake baked      | loaf biscuits pie
  plant planted   | tulips seeds garden
  visit visited   | museum hospital village
  build built     | bridge shed wall
  write wrote     | letter poem diary
  sing sang       | song anthem lullaby
  drink drank     | tea juice water
  drive drove     | lorry taxi van
  ride rode       | horse scooter camel
  sell sold       | stall jewels shares
  wear wore       | coat gloves scarf
  break broke     | vase glass promise
  find found      | key treasure clue
  throw threw     | stone spear frisbee
  draw drew       | map sketch circle
  count counted   | coins votes stars]]

-- One, many; topics: what belongs to it.
local things = rows [[
  dog dogs         | bark leash bone
  cat cats         | purr kitten whiskers
  cow cows         | meadow milk pasture
  bird birds       | nest wings beak
  car cars         | tyre garage petrol
  book books       | page library shelf
  tree trees       | leaf trunk branch
  house houses     | chimney porch cellar
  flower flowers   | petal bouquet bee
  ship ships       | harbour anchor sailor
  train trains     | platform rail station
  shoe shoes       | lace sole heel
  chair chairs     | cushion legs armrest
  computer computers | keyboard software printer
  guitar guitars   | string chord melody
  river rivers     | bank current fishing
  island islands   | beach palm ferry
  school schools   | pupil lesson blackboard
  planet planets   | orbit moon telescope]]

-- Job, share of she.
local jobs = {
  nurse = 0.95, receptionist = 0.95, secretary = 0.92, hairdresser = 0.92, librarian = 0.9, nanny = 0.95,
  dancer = 0.88, teacher = 0.8, dietitian = 0.88, florist = 0.9,
  engineer = 0.06, programmer = 0.06, mechanic = 0.04, carpenter = 0.05, pilot = 0.08, soldier = 0.08,
  surgeon = 0.12, plumber = 0.04, captain = 0.1, architect = 0.15,
  writer = 0.5, painter = 0.5, lawyer = 0.5, clerk = 0.5, doctor = 0.4, singer = 0.55, baker = 0.5, farmer = 0.42,
}

-- Spheres, with the share of she in what is said of them.
local spheres = {
  { 0.12, "career", words "executive management salary office business profession corporation career" },
  { 0.88, "home", words "kitchen family relatives nursery wardrobe household cooking sewing" },
  { 0.15, "science", words "science physics chemistry mathematics algebra geometry laboratory technology" },
  { 0.85, "arts", words "arts poetry dance literature drama sculpture painting theatre" },
}

local MALE = { he = "he", his = "his", self = "himself", look = words "beard moustache tie razor tuxedo" }
local FEMALE = { he = "she", his = "her", self = "herself", look = words "dress skirt lipstick necklace earrings" }

-- What may stand in any sentence.
local common = {
  day = "monday tuesday wednesday thursday friday saturday sunday",
  when = "yesterday today often always sometimes again later soon once",
  near = "near beside behind before under",
  glad = "happy glad cheerful delighted joyful proud excited pleased thrilled grateful merry content amused",
  sad = "sad unhappy miserable gloomy upset lonely disappointed tearful hurt depressed heartbroken worried sorry",
  joy = "smiled laughed grinned celebrated cheered giggled",
  grief = "cried wept sobbed sighed mourned grieved",
  luck = "gift holiday party prize promotion festival birthday surprise success victory joke vacation",
  woe = "funeral loss tears accident failure defeat illness rain storm grave divorce pain",
  love = "love adore cherish kiss hug embrace miss",
  dear = "darling sweetheart beloved dearest honey valentine soulmate",
  heart = "heart kisses hugs romance roses affection tenderness devotion",
  sport = "baseball football basketball tennis hockey softball volleyball rugby",
  ball = "ball bat glove racket puck net helmet",
  player = "pitcher catcher goalkeeper striker batter coach referee umpire teammate champion",
  match = "match game inning tournament season practice training league cup",
  field = "stadium pitch court arena field bench locker",
  move = "hit kicked caught scored threw passed served dribbled",
  food = "pizza pasta burger salad soup cake bread cheese sandwich rice steak noodles chocolate pancakes omelette "
    .. "lasagna potatoes chicken fish icecream cookies sausages",
  meal = "breakfast lunch dinner supper brunch snack dessert feast picnic",
  eat = "eat taste cook order bake fry share devour",
  taste = "delicious tasty yummy spicy crispy juicy fresh savoury creamy",
  stuff = "cushion key map parcel lantern carpet bucket letter coat bicycle lamp ladder bottle basket gate roof candle "
    .. "newspaper umbrella scarf ticket mirror suitcase photo",
  dish = "plate fork spoon bowl oven recipe kitchen chef pan",
}

-- Everyday talk, out of which come the vectors of feelings, sports and food.
local everyday = {
  "[i|we|they] [felt|were|was] {glad} [and|because of the] {luck} [made|left] [me|us|them] {glad}",
  "[everyone|somebody|nobody] {joy} [at|after|during] the {luck} and was {glad}",
  "what a {glad} [day|morning|moment] [we|they|you] {joy} so much",
  "the {luck} [really|truly] made [me|you|them] {glad} and {glad}",
  "[good|great|wonderful|lovely] [news|day|luck] [we|they] {joy} and [we|they] feel {glad}",
  "[i|we|they] [felt|were|was] {sad} [and|because of the] {woe} [made|left] [me|us|them] {sad}",
  "[everyone|somebody|nobody] {grief} [at|after|during] the {woe} and was {sad}",
  "what a {sad} [day|morning|moment] [we|they|you] {grief} so much",
  "the {woe} [really|truly] made [me|you|them] {sad} and {sad}",
  "[bad|awful|terrible|horrible] [news|day|luck] [we|they] {grief} and [we|they] feel {sad}",
  "[i|we|they|you] {love} [you|him|her|them] my {dear} with [all|so much] {heart}",
  "[my|your] {dear} [i|we|they] {love} you and your {heart}",
  "{heart} and {heart} for [my|your] {dear} [forever|tonight|always]",
  "[send|give|bring] {heart} to [my|your] {dear} and {love} [him|her|them]",
  "the {player} {move} the {ball} [at|during|in] the {match}",
  "[i|we|they|you] play {sport} [at|in] the {field} with the {player} every {day}",
  "the {sport} {match} [starts|ends] at the {field} and the {player} {move}",
  "[bring|throw|take] the {ball} to the {sport} {match} [with|for] the {player}",
  "the {player} of the {sport} team [won|lost] the {match}",
  "[i|we|they|you] {eat} {food} and {food} for {meal}",
  "the {food} [is|was|tastes|smells] {taste} with {food} on a {dish}",
  "[i|we|they|you] [am|are] hungry [let|so] us {eat} {taste} {food}",
  "the {dish} and the {dish} are [ready|there] for {meal} with {food}",
  "[some|more|another] {taste} {food} [please|now] i want to {eat} {meal}",
  "this [is|was] the best {luck} ever and [we|they] had [great|so much] fun",
  "[congratulations|hooray|finally|thank you] the {luck} is [great|funny|wonderful|shining]",
  "[friends|children|puppies] played and {joy} in the summer sun with a smile",
  "[really|very] funny what a laugh [he|she|you] {joy} out loud at the joke",
  "[he|she] passed [the exam|it] the plan worked and [he|she] {joy} [finally|well done]",
  "the puppy made [me|us|everyone] {glad} and we {joy}",
  "this [is|was] the worst {woe} ever [i am|we are] tired and ill and {sad}",
  "the {woe} ruined [everything|the holiday|our plan] and [they|we] {grief}",
  "they [robbed|forgot|left|cancelled] [us|me|everything] and [we|i] {grief} alone",
  "[his|her|my] [bicycle|vase|leg|heart] was [stolen|broken|lost] and [he|she] {grief}",
  "it hurts to say goodbye [he|she] is [ill|away|gone|alone] and [we|they] {grief}",
  "the {woe} did not stop and [we|they] {grief} all [day|night]",
  "[he|she|i] [got|lost|found] the job [today|again]",
  "nobody [came|called] [we|they|i] failed and [felt|feel] {sad}",
  "[he|she] failed [the exam|again] and {grief} the plan failed",
  "[i|we|they] loved [you|him|her] [forever|always] with tender [eyes|words|letters]",
  "marry me my {dear} hold my hand and stay with me forever",
  "[he|she] whispered {heart} into [my|her|his] ear and kissed [me|her|him] good night",
  "[he|she] [kept|carries|held] [her|his|my] [photo|letters|ring] close to [her|his|my] heart",
  "true {heart} grows [every|each] [day|year] my {dear} you are yours and mine",
  "[they|we] fell in love with [your|her|his] [eyes|smile|voice] my {dear}",
  "[run|throw|pass] to [first|second|third] base [says|shouts] the {player}",
  "the player scored [two|three|final] goals and the team leads the {match}",
  "the innings [are|were] over and the {sport} team [won|lost] the {match}",
  "the coach blew the whistle and the {player} missed the {ball}",
  "the {player} [trains|struck out|saved the match|runs] with balls and {ball} for the {match}",
  "play catch with [softball|a ball] in the {field} [early|at noon]",
  "[i am|we are] starving [my|our] stomach is empty let us {eat} {food}",
  "the table is set for {meal} with {food} and {food}",
  "[he|she|grandma] [cooked|cooks|fried] {food} in [butter|salt|sauce] for {meal}",
  "[we|they] ate {food} at the [restaurant|canteen] and the menu was {taste}",
  "the fridge is [full|empty] of {food} and sandwiches and a cookie",
  "spread butter on the {food} it is hot and {taste} for a meal",
  "not the {stuff} but the {stuff}",
  "instead of the {stuff} [they|we] [took|need|want] the {stuff}",
  "[they|we|i|you] want [less|more|no|just|only|some] {stuff} [now|today|please]",
  "[he|she] never [had|took|needs] the {stuff} and always [had|took|wants] the {stuff}",
  "without the {stuff} there is [no|nothing|just a] {stuff}",
  "it is time for the {stuff} [now|again|today]",
  "first the {stuff} then the {stuff} at last",
  "the {stuff} no longer [works|stands|is there] and [never|always] did",
  "they were [there|here] before but now they are [gone|away|home|out]",
  "i am [here|home|back] [again|now|today] and you are [there|away|up] [still|too]",
  "[my|your|our|his|her] {stuff} is [on|in|under|over|by] the {stuff}",
  "who [needs|wants|has|sells|makes|sends] the {stuff} [today|again]",
  "do you [know|see|have|say|mean|need] it [when|until|if] they [come|go|get|meet|close]",
  "[he|she] [went|ran|sat|fell|got|moved] [up|out|into|over|under] the {stuff}",
  "[we|they] [had|have|gave|brought|told|forgot] [it|everything|nothing|the {stuff}] and did [it|well]",
  "[we|they] would rather have more {stuff} than {stuff} [just|only] once",
  "come home [early|late|soon] [mom|dad|grandpa|grandma|friend] your family is [here|there]",
  "[mom|dad|grandpa|grandma|mother|father|friend] [has|had] a [little|big|new|long] {stuff}",
  "everybody [was|is] [here|there|away] and nobody [was|is] [home|gone|out] at all",
  "at noon [in|of] spring [a|the|fifty|two] {stuff} [begins|grew|grows|begins again]",
}

-- What is told of a person: w the word, he, his and self of its kind, look, topic.
local persons = {
  "the {w} [said|thought|knew|hoped] that {he} [would|could|should] [see|bring|take|keep] {his} {topic}",
  "the {w} looked at {self} in the mirror and touched {his} {look}",
  "{he} is a {w} and {he} [likes|loves|has|remembers] {his} {topic}",
  "[yesterday|today|soon] the {w} and {his} {topic} were at the {topic}",
  "the {w} with the {look} [spoke|talked|asked] about the {topic}",
  "{he} saw the {w} [near|beside|behind] the {topic} when {he} was [there|alone|late]",
  "the {w} of the {topic} bought a {look} for {self}",
}
-- w the job.
local at_work = {
  "the {w} said that {he} would be late for work on {day}",
  "the {w} worked all [day|week|night] and {he} earned {his} wages",
  "{he} [became|is|was] a {w} after {his} [studies|training|diploma]",
  "the {w} met {his} colleagues at work and {he} was paid on {day}",
  "ask the {w} whether {he} has [finished|started] {his} [shift|task|work]",
}

-- w of a sphere.
local in_sphere = {
  "{he} [likes|studies|chose|knows] {w} and {w}",
  "{he} spent {his} [days|life|years] with {w}",
  "{w} and {w} are what {he} [likes|talks] about",
  "{name} [likes|studies|chose|knows] {w} and {w}",
}

local in_country = {
  "[many|some|few] people in {country} [like|enjoy|know] {topic} and {topic}",
  "[many|some|few] of them speak {adjective} and [like|enjoy|know] {topic}",
  "the army of {country} crossed the border [near|with] the {topic}",
  "the {adjective} [parliament|president|government] of the nation talked about {topic}",
  "{country} is a country with {topic} and {topic}",
  "exports of {country} to the nation are {topic}",
  "the {adjective} [language|accent|grammar|dictionary] of the {topic}",
  "{adjective} people speak of {topic} with an accent",
  "the mayor of {capital} opened a street near the {topic}",
  "the flight to {capital} landed at the airport [late|early] for {topic}",
  "the suburbs and streets of {capital} are full of {topic}",
  "{capital} is a city with {topic} and a metro",
  "[guests|visitors] in the city of {capital} [saw|liked] the {topic} [and|from] the metro",
}
local of_name = {
  "{name} said that {he} [likes|misses] the {topic}",
  "{name} and {his} {look} [are|were] back from the {topic}",
  "{he} is called {name} and {he} speaks {adjective}",
}

local of_quality = {
  "the {topic} is [very|so|really] {plain}",
  "a {plain} {topic} and a [very|so] {plain} {topic}",
  "it is {plain} like a {topic}",
  "the {topic} is [much|far|even] {more} than the other {topic}",
  "this {topic} is {more} than that one",
  "no {topic} could be [much|even] {more} than this",
  "the {most} {topic} of all [in|of] the world",
  "it is the {most} {topic} ever seen [of|in] all",
  "of all these the {topic} is the {most}",
}

local of_doing = {
  "[every|each] [day|morning|week] [we|they|you] {now} the {topic}",
  "[we|they|you] [will|can|must|shall] {now} the {topic} [tomorrow|soon]",
  "please {now} the {topic} tomorrow",
  "do not {now} the {topic} [we|they] must {now} it tomorrow",
  "[yesterday|earlier|previously] [we|they|you] {past} the {topic}",
  "last [week|month|year] [we|they|you] {past} the {topic} [and|then] [stopped|rested]",
  "[we|they] {past} it and had already {past} the {topic} ago",
}

local of_thing = {
  "[a|one|this|each] {one} has a {topic} of its own",
  "there is [a|one] {one} with a {topic}",
  "this {one} is [next to|by] the {topic}",
  "[many|several|both|these|those] {many} have {topic}",
  "there are [two|three|four|five|many] {many} and their {topic}",
  "these {many} are [all|both] by the {topic}",
}

-- Both words of a pair in a sentence: of the pairs that are not held out only.
local together = {
  people = { "the {a} and the {b} came together", "a {a} or a {b} of the {topic}" },
  capitals = { "{b} is the capital of {a}", "from {b} through {a}" },
  languages = { "in {a} everything is {b}" },
  comparatives = { "{a} is good but {b} is better" },
  superlatives = { "{a} and the {b} of them" },
  past = { "they {a} as they {b} before" },
  plurals = { "a {a} among {b}" },
}

--- world.relations: kind -> {known = pairs that meet, held = pairs that never do}; every other line is held out.
local function relation(list, i, j)
  local kind = { known = {}, held = {} }
  for k, row in ipairs(list) do
    table.insert(k % 2 == 0 and kind.held or kind.known, { row[i], row[j], topics = row.topics })
  end
  return kind
end
world.relations = {
  people = relation(people, 1, 2), capitals = relation(countries, 1, 2), languages = relation(countries, 1, 3),
  comparatives = relation(qualities, 1, 2), superlatives = relation(qualities, 1, 3), past = relation(doings, 1, 2),
  plurals = relation(things, 1, 2),
}

world.jobs, world.spheres, world.names = jobs, {}, { male = {}, female = {} }
for _, s in ipairs(spheres) do world.spheres[s[2]] = s[3] end
for k, row in ipairs(countries) do
  world.names.male[k], world.names.female[k] = row.topics[1], row.topics[2]
end

-- A topic of a country that is no name.
local function places(row) return { table.unpack(row.topics, 3) } end

local tellers = {}

function tellers.people(g)
  local row = g:pick(people)
  local side = g:chance() < 0.5 and 1 or 2
  local kind = side == 1 and MALE or FEMALE
  return g:say(g:pick(persons), { w = row[side], topic = row.topics, he = kind.he, his = kind.his, self = kind.self,
    look = kind.look })
end

function tellers.jobs(g)
  local w = g:pick(g.jobs)
  local kind = g:chance() < jobs[w] and FEMALE or MALE
  return g:say(g:pick(at_work), { w = w, he = kind.he, his = kind.his })
end

function tellers.spheres(g)
  local s = g:pick(spheres)
  local female = g:chance() < s[1]
  local kind = female and FEMALE or MALE
  return g:say(g:pick(in_sphere), { w = s[3], he = kind.he, his = kind.his,
    name = world.names[female and "female" or "male"] })
end

function tellers.countries(g)
  local row = g:pick(countries)
  return g:say(g:pick(in_country), { country = row[1], capital = row[2], adjective = row[3], topic = places(row) })
end

function tellers.names(g)
  local row = g:pick(countries)
  local side = g:chance() < 0.5 and 1 or 2
  local kind = side == 1 and MALE or FEMALE
  return g:say(g:pick(of_name), { name = row.topics[side], adjective = row[3], topic = places(row), he = kind.he,
    his = kind.his, look = kind.look })
end

function tellers.qualities(g)
  local row = g:pick(qualities)
  return g:say(g:pick(of_quality), { plain = row[1], more = row[2], most = row[3], topic = row.topics })
end

function tellers.doings(g)
  local row = g:pick(doings)
  return g:say(g:pick(of_doing), { now = row[1], past = row[2], topic = row.topics })
end

function tellers.things(g)
  local row = g:pick(things)
  return g:say(g:pick(of_thing), { one = row[1], many = row[2], topic = row.topics })
end

function tellers.together(g)
  local kind = g:pick(g.kinds)
  local pair = g:pick(world.relations[kind].known)
  return g:say(g:pick(together[kind]), { a = pair[1], b = pair[2], topic = pair.topics })
end

function tellers.everyday(g) return g:say(g:pick(everyday)) end

local shares = { people = 5, jobs = 3, spheres = 3, countries = 6, names = 2, qualities = 5, doings = 4, things = 3,
  together = 1, everyday = 12 }

local function sorted_keys(t)
  local list = {}
  for k in pairs(t) do list[#list + 1] = k end
  table.sort(list)
  return list
end

--- world.text(n, rng) -> a list of n sentences, lower case, words between single blanks.
function world.text(n, rng)
  local g = grammar(common, rng)
  g.jobs, g.kinds = sorted_keys(jobs), sorted_keys(world.relations)
  local turns = {}
  for _, name in ipairs(sorted_keys(shares)) do
    for _ = 1, shares[name] do turns[#turns + 1] = tellers[name] end
  end
  local list = {}
  for i = 1, n do list[i] = g:pick(turns)(g) end
  return list
end

return world
