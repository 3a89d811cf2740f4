--- vectors.lua: word vectors: those that scripts/pretrain/words.lua has made, and what is asked of vectors.
local vectors = {}

local FOLDER = "scripts/pretrain/"

--- vectors.shipped() -> words, w [size, 50], index by word.
function vectors.shipped()
  local words, index = {}, {}
  for word in lunette.file(FOLDER .. "words.txt"):gmatch "%S+" do
    words[#words + 1] = word
    index[word] = #words
  end
  local path = os.tmpname()
  local file = assert(io.open(path .. ".safetensors", "wb"))
  file:write(lunette.file(FOLDER .. "words.safetensors"))
  file:close()
  local loaded, why = tensor.load(path .. ".safetensors")
  os.remove(path)
  os.remove(path .. ".safetensors")
  return words, assert(loaded, why).words, index
end

--- vectors.read(option, path, rows) -> words, w [size, dim], index of a file of GloVe, word2vec or fastText, or its
-- first rows (0: all).  option: where the path comes from, for messages.  Numbers that are not finite are an error.
function vectors.read(option, path, rows)
  local words, w, index = data.word2vec(path, { rows = rows })
  if not words then lunette.raise(("--%s: %s"):format(option, w)) end
  local zero = (w * 0):abs():sum(2)                        -- nan where a number is not finite
  local bad = zero:ne(zero)
  if bad:any():item() then
    local row = bad:to "i64":argmax(1):item()
    lunette.raise(("--%s: %s: '%s', word %d, has numbers that are not finite"):format(option, path, words[row], row))
  end
  return words, w, index
end

--- vectors.write(path, words, w): a word and its numbers a line, as GloVe's files: what vectors.read reads.
function vectors.write(path, words, w)
  local file = assert(io.open(path .. ".part", "wb"))
  for from = 1, #words, 1000 do
    local lines = {}
    for k, row in ipairs(w:narrow(1, from, math.min(1000, #words - from + 1)):totable()) do
      for i, x in ipairs(row) do row[i] = ("%.6g"):format(x) end
      lines[k] = words[from + k - 1] .. " " .. table.concat(row, " ") .. "\n"
    end
    assert(file:write(table.concat(lines)))
  end
  assert(file:close())
  assert(os.rename(path .. ".part", path))
end

--- Rows of length 1.
function vectors.unit(w) return w / (w:norm { p = 2, dim = -1, keepdim = true } + 1e-12) end

--- The numbers of a list of words as i64.
function vectors.ids(index, list)
  local ids = {}
  for i, word in ipairs(list) do ids[i] = index[word] or lunette.raise(("no vector of '%s'"):format(word)) end
  return tensor(ids, { dtype = "i64" })
end

vectors.MOST = 30000      -- of a large file, answers are looked for among so many words, the most frequent

--- Questions a : b = c : d as {a, b, c, d}: every pair of a list with every other; words without a vector are left out.
function vectors.questions(index, pairs_)
  local there, ask = {}, {}
  for _, p in ipairs(pairs_) do
    local a, b = index[p[1]], index[p[2]]
    if a and b and math.max(a, b) <= vectors.MOST then there[#there + 1] = { a, b } end
  end
  for i, p in ipairs(there) do
    for j, q in ipairs(there) do
      if i ~= j then ask[#ask + 1] = { p[1], p[2], q[1], q[2] } end
    end
  end
  return ask
end

--- vectors.analogies(w, ask, offset) -> share of questions whose d has the largest cos(v, w_b - w_a + w_c) among all
-- words v but a, b and c: Mikolov, Yih and Zweig 2013.  w [size, dim] has rows of length 1.
-- offset = false: cos(v, w_c) instead, the nearest word to c: what a question is worth without directions.
function vectors.analogies(w, ask, offset)
  local u, right = w:narrow(1, 1, math.min(w:size(1), vectors.MOST)), 0
  local n = u:size(1)
  for at = 1, #ask, 256 do
    local q = tensor(table.move(ask, at, math.min(at + 255, #ask), 1, {}), { dtype = "i64" })
    local a, b, c, d = q[":, 1"], q[":, 2"], q[":, 3"], q[":, 4"]
    local scores = (offset == false and u[c] or u[b] - u[a] + u[c]):mm(u:t())
    for _, given in ipairs { a, b, c } do
      scores:view(-1)[tensor.arange(0, given:numel() - 1):to "i64" * n + given] = -10
    end
    right = right + scores:argmax(2):eq(d):to "i64":sum():item()
  end
  return #ask > 0 and right / #ask or 0
end

return vectors
