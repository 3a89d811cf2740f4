--- spans.lua: texts with marked spans { tag, first, last } (bytes from 1, both ends included): words and their labels,
-- spans of labels, F1 of exact spans, and the Dataturks file of 220 resumes.
local spans = {}

--- spans.words(text) -> words, and the bytes where each begins and ends.  A word is a run of letters and digits; what
-- is neither, nor white space, stands alone.  Bytes beyond ASCII are letters, but for dashes, bullets and the like.
function spans.words(text)
  local words, first, last, at = {}, {}, {}, 1
  local function add(a, b)
    words[#words + 1], first[#words + 1], last[#words + 1] = text:sub(a, b), a, b
  end
  while at <= #text do
    local blank = text:match("^%s+()", at)
    if blank then
      at = blank
    else
      local stop = at
      while stop <= #text do
        local more = text:match("^[%w]+()", stop)
        local wide, after = text:match("^([\xc2-\xf4][\x80-\xbf]+)()", stop)
        if wide and not (wide:find "^\xe2[\x80-\x9f]" or wide:find "^\xc2") then more = after end
        if not more then break end
        stop = more
      end
      if stop == at then stop = text:match("^[\xc2-\xf4][\x80-\xbf]+()", at) or at + 1 end
      add(at, stop - 1)
      at = stop
    end
  end
  return words, first, last
end

--- spans.gaps(text, first, last) -> what stands before each word, as numbers up to spans.GAPS: 2 nothing, 3 a blank, 4
-- several, 5 the start of a line; 1 is left for what is no word.
spans.GAPS = 5
function spans.gaps(text, first, last)
  local gaps = {}
  for i, from in ipairs(first) do
    local blank = text:sub((last[i - 1] or 0) + 1, from - 1)
    gaps[i] = (i == 1 or blank:find "[\r\n]") and 5 or math.min(2 + #blank, 4)
  end
  return gaps
end

--- spans.label(first, last, marked, tags) -> a label for each word, and how many spans cut a word: 1 for none, 2k for
-- the first word of a span of tags[k], 2k + 1 for the others.  A word belongs to a span that shares a byte with it.
function spans.label(first, last, marked, tags)
  local number, labels, cut = {}, {}, 0
  for k, tag in ipairs(tags) do number[tag] = k end
  for i = 1, #first do labels[i] = 1 end
  for _, s in ipairs(marked) do
    local begun, whole = false, false
    for i = 1, #first do
      if number[s.tag] and first[i] <= s.last and last[i] >= s.first and labels[i] == 1 then
        if first[i] < s.first or last[i] > s.last then whole = true end
        labels[i] = 2 * number[s.tag] + (begun and 1 or 0)
        begun = true
      end
    end
    if whole then cut = cut + 1 end
  end
  return labels, cut
end

--- spans.of(labels, first, last, tags) -> the spans that labels mean: each begins at a first word, or where the tag
-- changes.
function spans.of(labels, first, last, tags)
  local out, now = {}, nil
  for i, label in ipairs(labels) do
    local tag = tags[label // 2]
    if label == 1 then
      now = nil
    elseif label % 2 == 0 or not now or now.tag ~= tag then
      now = { tag = tag, first = first[i], last = last[i] }
      out[#out + 1] = now
    else
      now.last = last[i]
    end
  end
  return out
end

--- spans.decode(rows) -> labels: rows has a list of log probabilities of the labels for each word; of all sequences in
-- which no span goes on that has not begun the likeliest (Viterbi 1967).
function spans.decode(rows)
  local best, back = {}, {}                                    -- best[l]: of sequences that end in l here
  for t, p in ipairs(rows) do
    local top = 1
    for l = 2, #best do top = best[l] > best[top] and l or top end
    local now, from = {}, {}
    for l = 1, #p do
      local by = top
      if l % 2 == 1 and l > 1 then                             -- it goes on: after its own tag alone
        by = t > 1 and (best[l] > best[l - 1] and l or l - 1) or 0
      end
      now[l], from[l] = p[l] + (t == 1 and (by == 0 and -1e9 or 0) or best[by]), by
    end
    best, back[t] = now, from
  end
  local label, labels = 1, {}
  for l = 2, #best do label = best[l] > best[label] and l or label end
  for t = #rows, 1, -1 do
    labels[t] = label
    label = back[t][label]
  end
  return labels
end

--- spans.score(found, truth, tags) -> F1 over all, and { tag = { f1 =, precision =, recall =, n = } }: lists (one for
-- each text) of lists of spans; one is right only when tag and both ends are.  F1 = 2 P R / (P + R), of counts over
-- all texts.
function spans.score(found, truth, tags)
  local count = {}
  for _, tag in ipairs(tags) do count[tag] = { right = 0, found = 0, n = 0 } end
  for k, list in ipairs(truth) do
    local known = {}
    for _, s in ipairs(list) do
      if count[s.tag] then
        count[s.tag].n = count[s.tag].n + 1
        known[("%s %d %d"):format(s.tag, s.first, s.last)] = true
      end
    end
    for _, s in ipairs(found[k]) do
      local key = ("%s %d %d"):format(s.tag, s.first, s.last)
      count[s.tag].found = count[s.tag].found + 1
      if known[key] then count[s.tag].right = count[s.tag].right + 1 end
      known[key] = nil
    end
  end
  local function measure(c)
    c.precision, c.recall = c.right / math.max(c.found, 1), c.right / math.max(c.n, 1)
    c.f1 = 2 * c.right / math.max(c.found + c.n, 1)
    return c.f1
  end
  local all = { right = 0, found = 0, n = 0 }
  for _, c in pairs(count) do
    measure(c)
    for key in pairs(all) do all[key] = all[key] + c[key] end
  end
  return measure(all), count
end

--- spans.usual(texts) -> f(words): the label that each word has most often in texts of { lower =, labels = }.
function spans.usual(texts)
  local times, best = {}, {}
  for _, x in ipairs(texts) do
    for i, word in ipairs(x.lower) do
      local label, of = x.labels[i], times[word] or {}
      times[word], of[label] = of, (of[label] or 0) + 1
      local b = best[word]
      if not b or of[label] > of[b] or of[label] == of[b] and label < b then best[word] = label end
    end
  end
  return function(words)
    local labels = {}
    for i, word in ipairs(words) do labels[i] = best[word] or 1 end
    return labels
  end
end

-- --- Dataturks -------------------------------------------------------------------------------------------------------

local entity = { ["&amp;"] = "&", ["&lt;"] = "<", ["&gt;"] = ">", ["&quot;"] = '"', ["&#39;"] = "'" }

-- The span without blanks at its ends; nil if nothing is left.
local function trimmed(text, a, b)
  while a <= b and text:find("^%s", a) do a = a + 1 end
  while b >= a and text:find("^%s", b) do b = b - 1 end
  if a <= b then return a, b end
end

-- Longer spans first, then earlier ones; what touches a taken byte goes.
local function apart(list)
  table.sort(list, function(p, q)
    local m, n = p.last - p.first, q.last - q.first
    return m > n or m == n and (p.first < q.first or p.first == q.first and p.tag < q.tag)
  end)
  local kept = {}
  for _, s in ipairs(list) do
    local free = true
    for _, k in ipairs(kept) do free = free and (s.last < k.first or s.first > k.last) end
    if free then kept[#kept + 1] = s end
  end
  table.sort(kept, function(p, q) return p.first < q.first end)
  return kept, #list - #kept
end

-- Bytes of a span by code points from 0, both ends included; nil where it is not within the text.  An end that
-- is the text's length is its last character: some ends are written as what follows.
local function ends_of(text, point)
  local a, b = point.start, point["end"]
  if math.type(a) ~= "integer" then a = math.type(a) and math.tointeger(a) end
  if math.type(b) ~= "integer" then b = math.type(b) and math.tointeger(b) end
  local n = utf8.len(text)
  if not (a and b) or a < 0 or b < a or a >= n or b > n then return nil end
  return utf8.offset(text, a + 1), b == n and #text or utf8.offset(text, b + 2) - 1
end

--- One line of the file -> { text, spans }; counts what was repaired in `report`.  The text is HTML-escaped and the
-- offsets (code points from 0, both ends included) are not; newlines count as blanks.
function spans.repair(row, report)
  local function count(key, n) report[key] = (report[key] or 0) + (n or 1) end
  local text = (row.content:gsub("&#?%w+;", function(e)
    if entity[e] then count "entities" end
    return entity[e]
  end):gsub("[\r\n]", " "))
  local list, seen = {}, {}
  for _, a in ipairs(type(row.annotation) == "table" and row.annotation or {}) do
    local tag = type(a.label) == "table" and a.label[1] or a.label
    if type(tag) ~= "string" then tag = nil end
    for _, point in ipairs(type(a.points) == "table" and a.points or {}) do
      count "spans"
      local from, stop = ends_of(text, point)
      local first, last = nil, nil
      if from then first, last = trimmed(text, from, stop) end
      local key = first and tag and ("%s %d %d"):format(tag, first, last)
      if not tag then
        count "without a label"
      elseif not first then
        count "outside the text or blank"
      else
        if first ~= from or last ~= stop then count "with blanks at an end" end
        if seen[key] then count "repeated" else list[#list + 1] = { tag = tag, first = first, last = last } end
        seen[key] = true
      end
    end
  end
  local kept, over = apart(list)
  count("overlapping a longer one", over)
  count("kept", #kept)
  return { text = text, spans = kept }
end

--- spans.dataturks(path) -> a list of { text, spans }, tags in order of their frequency, and what was repaired.
function spans.dataturks(path)
  local rows, why = data.jsonl(path)
  if not rows then lunette.raise("--data: " .. why) end
  local list, report, seen, times, tags = {}, {}, {}, {}, {}
  for line, row in ipairs(rows) do
    if type(row) ~= "table" or type(row.content) ~= "string" then
      lunette.raise(("--data: %s:%d: an object with content and annotation expected"):format(path, line))
    end
    if not utf8.len(row.content) then lunette.raise(("--data: %s:%d: content is no UTF-8"):format(path, line)) end
    if seen[row.content] then
      report["texts repeated"] = (report["texts repeated"] or 0) + 1
    else
      seen[row.content] = true
      list[#list + 1] = spans.repair(row, report)
      for _, s in ipairs(list[#list].spans) do
        if not times[s.tag] then tags[#tags + 1] = s.tag end
        times[s.tag] = (times[s.tag] or 0) + 1
      end
    end
  end
  if #list < 5 then lunette.raise(("--data: %s: at least 5 different texts expected, found %d"):format(path, #list)) end
  table.sort(tags, function(a, b) return times[a] > times[b] or times[a] == times[b] and a < b end)
  for k = #tags, 1, -1 do
    if tags[k] == "UNKNOWN" then table.remove(tags, k) end
  end
  if #tags == 0 then lunette.raise(("--data: %s: no text there has a span with a label"):format(path)) end
  return list, tags, report
end

return spans
