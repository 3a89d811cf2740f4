--- people_seen.lua: who is seen in a stream of pictures: enrol a person once, then name whoever is nearest, or say that
-- it is a stranger.
local verify, files = require "lib.verify", require "lib.people_files"
local seen = {}

--- seen.book(embed, threshold) -> an empty list of people; embed(pictures u8 [n, s, s, 3]) gives unit vectors.
local Book = {}
Book.__index = Book
function seen.book(embed, threshold)
  return setmetatable({ embed = embed, threshold = threshold, names = {}, pictures = {} }, Book)
end

--- book:enrol(picture u8 [s, s, 3], name): a name may come more than once.
function Book:enrol(picture, name)
  local e = self.embed(picture:unsqueeze(1))
  self.vectors = self.vectors and tensor.cat({ self.vectors, e }, 1) or e
  self.names[#self.names + 1], self.pictures[#self.pictures + 1] = name, picture
end

--- book:name(picture, before) -> the name of the nearest and its distance; nil and the distance when that is above the
-- threshold; nil when nobody is enrolled.  Third the picture's vector, [1, d]; with that of the picture before it in a
-- film the two are mixed, as what moves is the same person: 0.8 of the old, unless they are far apart (a cut).
function Book:name(picture, before)
  local e = self.embed(picture:unsqueeze(1))
  if before and (e - before):norm():item() < self.threshold then e = nn.normalize(before * 0.8 + e * 0.2) end
  if not self.vectors then return nil, nil, e end
  local at, far = verify.nearest(self.vectors, e)
  far = far[1]
  return far < self.threshold and self.names[at[1]] or nil, far, e
end

local function show(book, large, name, far, panel)
  local text = "nobody is enrolled"
  if far then text = ("%s, %.2f"):format(name or "a stranger", far) end
  viz.image(panel, large, { labels = { text } })
  local shown, pictures, names = {}, {}, {}                             -- the first picture of each
  for k, who in ipairs(book.names) do
    if not shown[who] and #names < 30 then
      shown[who], pictures[#pictures + 1], names[#names + 1] = true, book.pictures[k], who
    end
  end
  if #names > 0 then viz.image("enrolled", pictures, { labels = names }) end
end

--- seen.watch(book, frames, {enrol=, panel=}) -> a line: how many frames were named, how many not, the share right, and
-- the time each took; for large, small, truth in frames: a picture to show, the one to look at, and whom it shows
-- (false: nobody known), where that is known.  enrol(n), n being enrolled, gives the name as which to enrol who is
-- seen, or nil.
function seen.watch(book, frames, opt)
  local named, strange, right, told, seconds, before = 0, 0, 0, 0, 0, nil
  for large, small, truth in frames do
    local as = opt.enrol and opt.enrol(#book.names)
    if as then
      book:enrol(small, as)
      print(("enrolled: %s"):format(as))
    end
    local from = lunette.clock()
    local name, far, e = book:name(small, before)
    before = e
    seconds = seconds + lunette.clock() - from
    if name then named = named + 1 else strange = strange + 1 end
    if truth ~= nil then
      told = told + 1
      if (name or false) == truth then right = right + 1 end
    end
    show(book, large, name, far, opt.panel)
    viz.gate()
  end
  return ("%d frames: somebody known in %d, a stranger in %d%s, %.1f ms each"):format(named + strange, named, strange,
    told > 0 and (", right in %.3f"):format(right / told) or "", seconds / math.max(1, named + strange) * 1000)
end

--- seen.camera(source, size, share, live) -> for large, small in frames: the middle of a camera's or a file's pictures.
function seen.camera(source, size, share, live)
  local video, why = data.video(source, { live = live })
  if not video then lunette.raise(why) end
  return function()
    local frame = video()
    if not frame then return nil end
    return files.middle(frame, 240, share), files.middle(frame, size, share)
  end, video
end

return seen
