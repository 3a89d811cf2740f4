--- people.lua: drawn people: who somebody is, how a picture of them was taken, and the pictures.
-- A person is a row of numbers in 0..1, one for each trait: bones, proportions, features and colours.  A moment is
-- another row: pose, light, expression, glasses, hat, beard, years, print, sharpness, ground.  A picture is made of
-- one of each, so the same person comes back under any circumstances, and nobody's traits say anything of the moment.
local face = require "lib.people_face"
local people = {}

--- Names for the drawn.
people.names = { "Ada", "Bo", "Cleo", "Dan", "Eve", "Finn", "Gus", "Hana", "Ivo", "Jo", "Kim", "Leo", "Mia", "Ned",
  "Ora", "Pia", "Quin", "Rhea", "Sam", "Tess" }

people.traits, people.circumstances = face.traits, face.circumstances

local function rows(n, names, rng) return tensor.rand { n, #names, rng = rng } end

--- people.born(n, rng) -> n people, [n, traits] of 0..1; people of different streams have nothing in common.
function people.born(n, rng) return rows(n, face.traits, rng) end

--- people.moments(n, rng) -> n moments, [n, circumstances] of 0..1.
function people.moments(n, rng) return rows(n, face.circumstances, rng) end

--- people.paint(who [n, traits], when [n, circumstances], size, rng) -> pictures u8 [n, size, size, 3]; rng makes the
-- grain alone.
function people.paint(who, when, size, rng)
  local parts, n = {}, who:size(1)
  for at = 1, n, 64 do
    local part = { { at, math.min(at + 63, n) } }
    viz.preparing("drawn people", at - 1, n)
    parts[#parts + 1] = (face.paint(who[part], when[part], size, rng) * 255 + 0.5):to "u8"
  end
  return tensor.cat(parts, 1)
end

--- people.album(n, each, size, rng) -> pictures u8 [n each, size, size, 3], who is on each, i64 [n each] from 1, and
-- the people [n, traits].  A person's pictures follow each other.
function people.album(n, each, size, rng)
  local who = people.born(n, rng)
  local ids = tensor.arange(n):reshape(n, 1):expand(n, each):reshape(-1)
  return people.paint(who[ids], people.moments(n * each, rng), size, rng), ids, who
end

--- people.film(who [traits], frames, size, rng) -> pictures u8 [frames, size, size, 3]: one person, turning and
-- speaking.  What is worn, and the ground, stay.
function people.film(who, frames, size, rng)
  local fixed, from, to = people.moments(1, rng), people.moments(1, rng), people.moments(1, rng)
  local when = {}
  for f = 1, frames do
    local share = (1 - math.cos((f - 1) / frames * 4 * math.pi)) / 2
    when[f] = fixed:clone()
    for k, c in ipairs(face.circumstances) do
      if c.moves then when[f][{ 1, k }] = from[{ 1, k }] * (1 - share) + to[{ 1, k }] * share end
    end
  end
  return people.paint(who:reshape(1, -1):expand(frames, who:numel()), tensor.cat(when, 1), size, rng)
end

return people
