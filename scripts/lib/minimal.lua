--- minimal.lua: what differs from a word by one sound, or in one syllable, as names of phonemes for audio.speak.
-- Spelling cannot say this: "acfivate" is read with another stress and other vowels than "activate", and told from it
-- by those; one sound put in place of another leaves all the rest as it is.
local minimal = {}

local function set(names)
  local list = {}
  for name in names:gmatch "%S+" do
    list[#list + 1] = name
    list[name] = true
  end
  return list
end
-- espeak-ng's names of English sounds; those called other are read in words, and never put in.
local vowels = set "I E V 0 eI aI oU aU i: u: A: O: 3:"
local other_vowels = set "a aa a# I# I2 i @ @2 @5 @L 3 U OI A@ e@ i@ O@ o@ U@ 0# E#"
local consonants = set "p b t d k g f v s z T S tS m n N l r w j h"
local other_consonants = set "D Z dZ t# t2 n- l^ r- ;"
local onsets = set "p b t d k g f v s z m n l r S w h tr st br kl fl pr sp"
local codas = set "p t k f s m n l st sk nt mp"
local added = set "s n l r m p f"

-- What a hasty ear takes for one sound: accents differ in short vowels as much as words do.
local same = { ["t#"] = "t", d = "t", b = "p", g = "k", z = "s", v = "f", dZ = "tS", Z = "S", D = "T" }
for _, name in ipairs { "I", "I#", "I2", "i", "E", "E#", "V", "0", "0#", "a", "aa", "a#", "@", "@2", "@5", "U" } do
  same[name] = "a"
end
local function like(name) return same[name] or name end

--- minimal.sounds(names) -> the sounds of a text of phonemes, a list of {mark, name, kind}: mark: the stress before it;
-- kind: "v" of a vowel, "c" of a consonant, else nothing.
function minimal.sounds(names)
  local list, at, mark = {}, 1, ""
  while at <= #names do
    local c = names:sub(at, at)
    if c == "'" or c == "," or c == "%" or c == "=" then
      mark, at = mark .. c, at + 1
    else
      local name, kind
      for n = 2, 1, -1 do                                                -- the longest name that there is
        name = names:sub(at, at + n - 1)
        kind = (vowels[name] or other_vowels[name]) and "v" or (consonants[name] or other_consonants[name]) and "c"
        if kind then break end
      end
      list[#list + 1], mark, at = { mark, name, kind }, "", at + #name
    end
  end
  return list
end

local function text_of(list)
  local parts = {}
  for k, s in ipairs(list) do parts[k] = s[1] .. s[2] end
  return table.concat(parts)
end
--- minimal.heard(list) -> its sounds as a hasty ear hears them: without stress, voiced as voiceless.
function minimal.heard(list)
  local parts = {}
  for _, s in ipairs(list) do parts[#parts + 1] = s[2] ~= " " and like(s[2]) or nil end
  return table.concat(parts, " ")
end

-- The list with `new` in place of the sounds from a to b.
local function replaced(list, a, b, new)
  local out = table.move(list, 1, a - 1, 1, {})
  table.move(new, 1, #new, #out + 1, out)
  return table.move(list, b + 1, #list, #out + 1, out)
end

--- minimal.edits(word, held, count, dice) -> texts for audio.speak: the word with each sound another, left out, or with
-- one more; and `count` each with another first and another last syllable.  None is heard as the word, or as a text of
-- the list `held`.
function minimal.edits(word, held, count, dice)
  local sounds, out, seen = minimal.sounds(assert(audio.phonemes(word))), {}, {}
  local itself = minimal.heard(sounds)
  for _, text in ipairs(held) do seen[minimal.heard(minimal.sounds(assert(audio.phonemes(text))))] = true end
  local function add(list)
    local heard, text = minimal.heard(list), "[[" .. text_of(list) .. "]]"
    if #list > 1 and not seen[heard] and not seen[text] and not heard:find(itself, 1, true) then
      out[#out + 1], seen[text] = text, true
    end
  end
  local places = {}                                                      -- of vowels
  for k, s in ipairs(sounds) do
    if s[3] == "v" then places[#places + 1] = k end
    for _, name in ipairs(s[3] == "v" and vowels or s[3] == "c" and consonants or {}) do
      if like(name) ~= like(s[2]) then add(replaced(sounds, k, k, { { s[1], name } })) end
    end
    if s[3] == "c" then
      add(replaced(sounds, k, k, {}))
      for _, name in ipairs(added) do add(replaced(sounds, k, k - 1, { { "", name } })) end
    end
  end
  local first, last = places[1], places[#places]
  if not first then return out end
  local function syllable(mark, before)
    local list = { { mark, dice:pick(vowels) } }
    if before and dice:chance(0.9) then table.insert(list, 1, { "", dice:pick(onsets) }) end
    if dice:chance(0.8) then list[#list + 1] = { "", dice:pick(codas) } end
    return list
  end
  local next_consonant = math.min(first + 1, #sounds)
  for _ = 1, count do
    add(replaced(sounds, 1, next_consonant, syllable(sounds[first][1], true)))
    add(replaced(sounds, last, #sounds, syllable(sounds[last][1])))
  end
  return out
end

return minimal
