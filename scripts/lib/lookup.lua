--- lookup.lua: a dictionary of word vectors to look into: a word's neighbours, and what sums of words come near to.
--   local look_up = require "lib.lookup" (words, index, u)       -- u [size, dim]: rows of length 1
--   look_up "king - man + woman"        prints the nearest words, and shows them as bars and as a map around the place
local vectors = require "lib.vectors"

--- The vector of "king - man + woman", and which words stand in it; or nil and a word that there is none of.
local function sum_of(u, index, text)
  local sum, given, sign = tensor.zeros(u:size(2)), {}, 1
  for piece in text:lower():gmatch "%S+" do
    if piece == "+" or piece == "-" then
      sign = piece == "-" and -1 or 1
    elseif not index[piece] then
      return nil, piece
    else
      sum, given[piece], sign = sum + u[index[piece]] * sign, true, 1
    end
  end
  return sum, given
end

--- Two principal components of rows [n, dim], [n, 2].
local function plane(rows)
  local left, s = (rows - rows:mean(1)):svd()
  return left[{ {}, { 1, 2 } }] * s[{ { 1, 2 } }]
end

return function(words, index, u)
  return function(text)
    local sum, given = sum_of(u, index, text)
    if not sum then
      local near = lunette.nearest(given, words)
      print(("no vector of '%s'%s"):format(given, near and (". Did you mean '%s'?"):format(near) or ""))
      return
    end
    if sum:norm():item() < 1e-5 then
      print(("%s: a sum that is 0 has no direction, and so no nearest words"):format(text))
      return
    end
    local score, id = u:mm(vectors.unit(sum)):topk(math.min(28, #words))
    local bars, value, near, class = {}, {}, {}, {}
    for k = 1, id:numel() do
      near[k] = words[id[k]]
      class[k] = given[near[k]] and 1 or 2
      if not given[near[k]] and #bars < 10 then bars[#bars + 1], value[#value + 1] = near[k], score[k] end
    end
    print(("%s: %s"):format(text, table.concat(bars, " ")))
    table.insert(bars, 1, text)
    table.insert(value, 1, 1)
    viz.bars("nearest words", value, { labels = bars })
    viz.scatter("around it", plane(u[id]), { class = class, label = near, classes = { "asked", "near" } })
    return bars[2]
  end
end
