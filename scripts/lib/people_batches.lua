--- people_batches.lua: batches of P people with K pictures each, so that every picture has company to be compared with.
local verify = require "lib.verify"

--- people_batches(set {x u8 [m, h, w, 3], ids [m]}, P, K) -> batch() -> pictures u8 [b, h, w, 3], ids [b], b <= P K.
-- Somebody with fewer than K pictures gives all of them; people with a single one are at most a quarter of a batch.
-- Pictures are shifted a little, and half of the people are mirrored, in all their pictures alike: that makes people
-- whom nobody has drawn.
return function(set, P, K)
  if P < 2 or K < 2 then lunette.raise(("--P and --K: 2 at least expected, got %d and %d"):format(P, K)) end
  local several, single = {}, {}
  for _, rows in ipairs(verify.by_person(set.ids)) do
    if #rows > 1 then several[#several + 1] = rows elseif #rows == 1 then single[#single + 1] = rows end
  end
  local h, w = set.x:size(2), set.x:size(3)
  local changes = { { "crop", h, w, pad = h // 24, fill = 0.5 } }
  local alone = math.min(#single, P // 4)
  local count = math.min(P - alone, #several)

  return function()
    local rows, mirrored, who = {}, {}, tensor.randperm(#several)
    local turn = tensor.rand(P):lt(0.5)
    local others = alone > 0 and tensor.randperm(#single)
    for k = 1, count + alone do
      local shown = k <= count and several[who[k]] or single[others[k - count]]
      local order = tensor.randperm(#shown)
      for j = 1, math.min(K, #shown) do
        rows[#rows + 1], mirrored[#mirrored + 1] = shown[order[j]], turn[k] and 1 or 0
      end
    end
    rows = tensor(rows):to "i64"
    local x = set.x[rows]
    x = tensor.where(tensor(mirrored):gt(0):reshape(-1, 1, 1, 1), x:flip(3), x)
    return data.image.augment(x, changes), set.ids[rows]
  end
end
