--- spoken.lua: words by many speakers, from audio.speak: who speaks, what is easily mistaken for a word, and clips of
-- it all at 16 kHz, silence cut off.  Voices, accents, rates and pitches are drawn anew for every clip.
local minimal = require "lib.minimal"
local spoken = {}

local accents = { "en-us", "en-gb", "en-gb-scotland", "en-gb-x-rp", "en-gb-x-gbclan", "en-gb-x-gbcwmd", "en-029",
  "en-us-nyc" }

-- Words of daily talk; those that the test hears are none of the training's.
local words = [[
time year people way day man thing woman life child world school state family student group country problem hand part
place case week company system program question work government number night point home water room mother area money
story fact month lot right study book eye job word business issue side kind head house service friend father power hour
game line end member law car city community name president team minute idea kid body information back parent face others
level office door health person art war history party result change morning reason research girl guy moment air teacher
force education foot boy age policy music market sense nation plan college interest death experience effect use class
control care field development role effort rate heart drug show leader light voice wife police mind price report
decision son view relationship town road arm difference value building action season society tax director position
player record paper space ground form event official matter center couple site project hit base activity star table
need court oil situation cost industry figure street image phone data picture practice piece land product doctor wall
patient worker news test movie north love support technology step baby computer type attention film tree source
organization hair window culture chance brother energy period course summer plant opportunity term letter condition
choice rule daughter south husband floor campaign material population call economy hospital church risk fire future
bank west sport board subject officer rest behavior performance fight top goal second bed order author blood agency
nature color store sound movement page race concern series language response animal factor decade article east artist
scene stock career treatment approach size dog fund media sign thought list individual quality pressure answer resource
meeting disease success cup amount ability staff character growth loss degree attack region television box training
trade deal election feeling standard bill message analysis benefit sex lawyer section glass skill sister professor
operation crime stage authority design sort knowledge gun station strategy truth song example environment leg public
]]

-- --- who speaks and what ---------------------------------------------------------------------------------------------

--- spoken.split(list, shares, dice) -> the list in as many parts as there are shares, in a random order.
function spoken.split(list, shares, dice)
  local order, parts, at = dice:some(list, #list), {}, 0
  local sum = 0
  for k, share in ipairs(shares) do
    sum = sum + share
    local last = k == #shares and #order or math.floor(sum * #order + 0.5)
    parts[k] = table.move(order, at + 1, last, 1, {})
    at = last
  end
  return parts
end

--- spoken.voices(shares, dice) -> names of voices in parts; voices of one name with other numbers (f1, f2) stay
-- together.  nil and a message without espeak-ng.
function spoken.voices(shares, dice)
  local voices, why = audio.voices()
  if not voices then return nil, why end
  local families, names = {}, {}
  for _, v in ipairs(voices) do
    local family = v.name:lower():gsub("%d+$", "")
    if not families[family] then
      families[family] = {}
      names[#names + 1] = family
    end
    table.insert(families[family], v.name)
  end
  local parts = spoken.split(names, shares, dice)
  for k, part in ipairs(parts) do
    local all = {}
    for _, family in ipairs(part) do table.move(families[family], 1, #families[family], #all + 1, all) end
    parts[k] = all
  end
  return parts
end

local voiceless = { d = "t", b = "p", g = "k", v = "f", z = "s", j = "S" }

--- spoken.sounds(word) -> its sounds as a hasty ear hears them, by rules of English spelling: silent letters left out,
-- voiced consonants as voiceless ones, and all short vowels as one, for accents differ in them as much as words do.
-- "aktivate", "acdivate" and "uctivate" sound as "activate" does, "activote" and "acfivate" do not.
function spoken.sounds(word)
  local s = word:lower():gsub("[^%a]", ""):gsub("^kn", "n"):gsub("^wr", "r"):gsub("^ps", "s"):gsub("mb$", "m")
  s = s:gsub("ph", "f"):gsub("igh", "I"):gsub("gh", ""):gsub("tch", "S"):gsub("[cs]h", "S"):gsub("th", "s")
  s = s:gsub("c([eiy])", "s%1"):gsub("qu?", "k"):gsub("x", "ks"):gsub("c", "k"):gsub("([^aeiou])%1", "%1")
  s = s:gsub("([aeiou])([^aeiouwy])e$", function(vowel, after) return vowel:upper() .. after end)
  s = s:gsub("[aeiou][aeiou]+", string.upper):gsub("[aeiouy]", "a")
  return (s:gsub("%l", voiceless))
end

--- spoken.words(shares, dice, word): daily words in parts; without the word itself, or what sounds like it.
function spoken.words(shares, dice, word)
  local list = {}
  for w in words:gmatch "%a+" do
    if not w:find(word, 1, true) and spoken.sounds(w) ~= spoken.sounds(word) then list[#list + 1] = w end
  end
  return spoken.split(list, shares, dice)
end

-- Without a silent e.
local function sounded(word) return word:match "[^aeiou]e$" and word:sub(1, -2) or word end

-- Where the last group of vowels begins.
local function last_vowel(ending)
  local last = ending:match ".*()[aeiouy][^aeiouy]*$" or #ending
  while last > 1 and ending:sub(last - 1, last - 1):find "[aeiouy]" do last = last - 1 end
  return last
end

--- spoken.swaps(word) -> the word with one consonant of another kind, or its first or last vowel another.
function spoken.swaps(word)
  local list, ending = {}, sounded(word)
  local function put(k, c) list[#list + 1] = word:sub(1, k - 1) .. c .. word:sub(k + 1) end
  for k = 2, #ending - 1 do
    if ending:sub(k, k):find "[^aeiouy ]" then
      local stop = ending:sub(k, k):find "[pbtdkgcq]"
      for _, c in ipairs(stop and { "f", "m", "s", "r", "l", "n" } or { "b", "d", "g", "k" }) do put(k, c) end
    end
  end
  for _, k in ipairs { ending:find "[aeiouy]" or 1, last_vowel(ending) } do
    for _, v in ipairs { "o", "i", "u" } do put(k, v) end
  end
  return list
end

-- The word, what follows its first syllable, and what comes before its last vowel: "activate", "tivate", "activ".
local function halves(word)
  local core = word:lower():gsub("[^%a ]", "")
  local ending = sounded(core)
  local first = ending:match "^[^aeiouy]*[aeiouy]+[^aeiouy]*()" or #core
  return core, core:sub(math.max(2, first - 1)), core:sub(1, math.max(last_vowel(ending) - 1, 1))
end

local heads = [[mo la re su cul o en gi cap di ro hesi ani per ele reno exca inno sal deri cura fan bel ta lu vi ne pri
  ag con mani subli pro]]
local tails = [[ist ing al on er ity ish y ed oon ess ism eer ular ive ant ous ure ia o ical ament ology]]

--- spoken.near(word) -> what is easily mistaken for it, two lists: its beginnings and ends, what rhymes with it, its
-- beginning with another end ("activate": "activ", "motivate", "activity"); and the word with one sound another
-- ("acfivate").  Made from its letters; what sounds like the word (spoken.sounds) is none of them.
function spoken.near(word)
  local core, rest, stem = halves(word)
  local list, swapped, seen, itself = {}, {}, { [core] = true, [word] = true }, spoken.sounds(core)
  local function add(text, to)
    text = text:gsub(" +", " "):match "^ ?(.-) ?$"
    local whole = text:gsub(" ", ""):find(core:gsub(" ", ""), 1, true)
    if #text > 1 and not seen[text] and not whole and not spoken.sounds(text):find(itself, 1, true) then
      seen[text] = true
      to[#to + 1] = text
    end
  end
  for head in heads:gmatch "%a+" do add(head .. rest, list) end
  for tail in tails:gmatch "%a+" do add(stem .. tail, list) end
  for n = math.max(2, #core // 3), #core - 2 do
    add(core:sub(1, n), list)
    add(core:sub(n + 1), list)
  end
  for _, other in ipairs(spoken.swaps(core)) do add(other, swapped) end
  return list, swapped
end

local onsets = { "b", "d", "f", "g", "h", "j", "k", "l", "m", "n", "p", "r", "s", "t", "v", "w", "z", "br", "tr", "st",
  "sl", "kl", "pr", "" }
local vowels = { "a", "e", "i", "o", "u", "ee", "ow", "ar", "ay" }
local codas = { "", "k", "p", "n", "l", "s", "m", "f", "t", "sk", "nd", "st", "mp", "sh", "ft", "ng" }

--- spoken.further(word, dice) -> the word with one sound another that spoken.swaps leaves alone, or with one left out,
-- and with a hundred syllables drawn in place of its first one, and of its last.
function spoken.further(word, dice)
  local core, rest, stem = halves(word)
  local list, ending = {}, sounded(core)
  for k = 1, #ending do
    local c = ending:sub(k, k)
    for _, other in ipairs(c:find "[aeiouy]" and { "ee", "oo", "ow", "ar", "oy", "e" }
      or { "w", "h", "sh", "ch", "th", "y", "" }) do
      if c ~= " " then list[#list + 1] = core:sub(1, k - 1) .. other .. core:sub(k + 1) end
    end
  end
  for _ = 1, 100 do
    list[#list + 1] = dice:pick(onsets) .. dice:pick(vowels) .. dice:pick(codas) .. rest
    list[#list + 1] = stem .. dice:pick(vowels) .. dice:pick(codas)
  end
  return list
end

--- spoken.split_all(word, shares, dice) -> { voices =, words =, near =, swapped = }, in parts; swapped[2] is empty.
-- What the first part has of words like it, it also has with one more sound another, and sounds that the other parts
-- never have; lib/minimal.lua adds what differs by one sound and by nothing else.
function spoken.split_all(word, shares, dice)
  local voices = spoken.voices(shares, dice)
  if not voices then return nil end
  local all, others = spoken.near(word)
  local near = spoken.split(all, { 0.45, 0.25, 0.3 }, dice)
  local swapped = spoken.split(others, { 0.7, 0, 0.3 }, dice)
  local held, itself, seen = {}, spoken.sounds(word), {}
  for _, list in ipairs { near[2], near[3], swapped[3] } do table.move(list, 1, #list, #held + 1, held) end
  for _, list in ipairs { all, others } do
    for _, w in ipairs(list) do seen[spoken.sounds(w)] = true end
  end
  local function add(other)
    local key = spoken.sounds(other)
    if #other < 2 or seen[key] or key:find(itself, 1, true) then return end
    seen[key] = true
    table.insert(near[1], other)
  end
  table.move(swapped[1], 1, #swapped[1], #near[1] + 1, near[1])
  for _, w in ipairs(table.move(near[1], 1, #near[1], 1, {})) do
    local further = spoken.swaps(w)
    for _, other in ipairs(dice:some(further, math.min(3, #further))) do add(other) end
  end
  for _, other in ipairs(spoken.further(word, dice)) do add(other) end
  local edits = minimal.edits(word, held, 100, dice)
  table.move(edits, 1, #edits, #near[1] + 1, near[1])
  return { voices = voices, words = spoken.words(shares, dice, word), near = near, swapped = swapped }
end

-- --- clips -----------------------------------------------------------------------------------------------------------

-- x between the first and the last sample above 1 % of its peak.
local function trim(x)
  local loud = x:abs()
  local at = loud:gt(loud:max() * 0.01):nonzero()
  if at:size(1) == 0 then return nil end
  local first, last = at[{ 1, 1 }], at[{ -1, 1 }]
  return x:narrow(1, first, last - first + 1)
end

--- spoken.clip(text, voice, rate, dice) -> f32 [n] by that voice, its root mean square 0.1; nil when nothing is heard.
function spoken.clip(text, voice, rate, dice)
  local x, made = assert(audio.speak(text, { voice = voice, language = dice:pick(accents), rate = dice:int(120, 230),
    pitch = dice:int(15, 85), seed = dice:int(1, 1000000) }))
  x = x:numel() > 0 and trim(x)
  if not x then return nil end
  x = audio.resample(x, made, rate, { window = "hann" })                 -- short: there are thousands
  return (x * (0.1 / x:square():mean():sqrt():item())):contiguous()
end

--- spoken.clips(n, make, voices, rate, dice) -> n clips; make() gives each one's text.
function spoken.clips(n, make, voices, rate, dice)
  local list, silent = {}, 0
  while #list < n do
    viz.preparing("spoken words", #list, n)
    local text = make()
    local clip = spoken.clip(text, dice:pick(voices), rate, dice)
    list[#list + 1], silent = clip, clip and 0 or silent + 1
    if silent == 50 then error(("--word: nothing is heard when '%s' is spoken"):format(text), 0) end
  end
  return list
end

--- spoken.material(word, voices, words, near, n, rate, dice) -> { word =, other =, near =, talk = } lists of clips; n:
-- how many of each kind, and what share of the words of `talk`, sentences of four to nine words, are `like` the word.
function spoken.material(word, voices, list, near, n, rate, dice)
  local function sentence()
    local parts = {}
    for k = 1, dice:int(4, 9) do parts[k] = dice:chance(n.like) and dice:pick(near) or dice:pick(list) end
    return table.concat(parts, " ")
  end
  return {
    word = spoken.clips(n.word, function() return word end, voices, rate, dice),
    other = spoken.clips(n.other, function() return dice:pick(list) end, voices, rate, dice),
    near = spoken.clips(n.near, function() return dice:pick(near) end, voices, rate, dice),
    talk = spoken.clips(n.talk, sentence, voices, rate, dice),
  }
end

return spoken
