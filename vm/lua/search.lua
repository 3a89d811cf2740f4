--- search.lua: which entries of help answer some words: by name, by what they are called elsewhere, by their text.
local search = {}

-- Names of one thing in their many spellings: early_stopping, EarlyStopping, early-stopping.
local function plain(word) return (word:lower():gsub("[_%-]", "")) end

local function words_of(text)
  local list = {}
  for word in text:gmatch "%S+" do list[#list + 1] = plain(word) end
  return list
end

-- How do I train a net: words of a question that ask for nothing, where others are left.
local empty = { how = true, to = true, a = true, an = true, the = true, ["do"] = true, i = true, can = true, of = true,
  my = true, with = true, is = true, what = true }
local function asked_for(query)
  local list = {}
  for _, word in ipairs(words_of(query)) do
    if not empty[word] then list[#list + 1] = word end
  end
  return #list > 0 and list or words_of(query)
end

-- How well one word fits an entry: 0 is not at all.
local function fit(word, e)
  if e.plain_name == word or e.plain_last == word then return 8 end
  local best = #word > 1 and e.plain_name:find(word, 1, true) and 5 or 0
  for _, other in ipairs(e.also) do
    if other == word then return 6 end
    if #word >= 4 and other:find(word, 1, true) == 1 then best = math.max(best, 3) end
  end
  if best > 0 then return best end
  local first = (" " .. e.plain_doc):find("[^%w]" .. word:gsub("%p", "%%%0"))
  return first and 2 or #word >= 4 and e.plain_doc:find(word, 1, true) and 1 or 0
end

local function prepare(e)
  e.also = words_of(e.elsewhere or "")
  e.plain_name, e.plain_doc = plain(e.name), plain(e.doc or "")
  for _, o in ipairs(e.options or {}) do e.plain_doc = e.plain_doc .. " " .. plain(o[1] .. " " .. (o[3] or "")) end
  e.plain_last = plain(e.name:match "[.:]([^.:]+)$" or e.name)
end

-- Fits of all words added up, and how many of them fit.
local function weigh(words, e)
  local sum, fits = 0, 0
  for _, word in ipairs(words) do
    local score = fit(word, e)
    sum, fits = sum + score, fits + (score > 0 and 1 or 0)
  end
  return sum, fits
end

--- search.called(word, docs) -> the entries that are so called, here or elsewhere, the nearest first.
function search.called(word, docs)
  local list, seen = {}, {}
  word = plain(word)
  for _, e in pairs(docs) do
    if not e.also then prepare(e) end
    local score = fit(word, e)
    if score >= 6 and not seen[e] then
      seen[e] = score
      list[#list + 1] = e
    end
  end
  table.sort(list, function(a, b) return seen[a] > seen[b] or seen[a] == seen[b] and a.name < b.name end)
  return list
end

--- search.ranked(query, docs) -> entries, best first, and the one that the query names outright, or nil.  Every
-- word counts: where entries have all of them, those with fewer are left out.
function search.ranked(query, docs)
  local words, hits, most = asked_for(query), {}, 0
  local whole = plain(query:gsub("%s", ""))
  for _, e in pairs(docs) do
    if not e.also then prepare(e) end
    local sum, fits = weigh(words, e)
    local named = #words > 1 and fit(whole, e) >= 6
    if fits > 0 or named then
      hits[#hits + 1] = { e, sum + (named and 10 or 0), named and #words or fits }
      most = math.max(most, hits[#hits][3])
    end
  end
  local list = {}
  local seen = {} -- an entry has several names
  for _, h in ipairs(hits) do
    if h[3] >= most and not seen[h[1]] then
      seen[h[1]] = true
      list[#list + 1] = h
    end
  end
  table.sort(list, function(a, b) return a[2] > b[2] or a[2] == b[2] and a[1].name < b[1].name end)
  for i, h in ipairs(list) do list[i] = h[1] end
  local named, best = {}, 6
  for _, e in ipairs(list) do
    local score = fit(whole, e)
    if score > best then named, best = {}, score end
    if score == best then named[#named + 1] = e end
  end
  return list, #list == 1 and list[1] or #named == 1 and named[1] or nil
end

return search
