--- tokens.lua: what the projects that read words share: a vocabulary, padded batches, batches of like lengths, and a
-- linear model of words without their order, which needs no network.
local tokens = {}

tokens.PAD, tokens.UNKNOWN = 1, 2

--- tokens.vocabulary(lists, least) -> V: words that stand at least `least` times (once) in the lists of words, in
-- order of their first appearance, from id 3 on.  V:id(word), V:ids(words); V[id] is the word; #V how many;
-- V:words() the list that makes it again.
function tokens.vocabulary(lists, least)
  local count, V, of = {}, { "", "[UNK]" }, {}
  for _, words in ipairs(lists) do
    for _, word in ipairs(words) do count[word] = (count[word] or 0) + 1 end
  end
  for _, words in ipairs(lists) do
    for _, word in ipairs(words) do
      if not of[word] and count[word] >= (least or 1) then
        V[#V + 1] = word
        of[word] = #V
      end
    end
  end
  return setmetatable(V, { __index = {
    id = function(_, word) return of[word] or tokens.UNKNOWN end,
    words = function(self) return table.move(self, 3, #self, 1, {}) end,
    ids = function(self, words)
      local ids = {}
      for i, word in ipairs(words) do ids[i] = self:id(word) end
      return ids
    end,
  } })
end

--- tokens.pad(lists, value) -> i64[#lists, longest], with `value` (1) behind the shorter ones.
function tokens.pad(lists, value)
  local longest, rows = 1, {}
  for _, list in ipairs(lists) do longest = math.max(longest, #list) end
  for k, list in ipairs(lists) do
    local row = table.move(list, 1, #list, 1, {})
    for i = #list + 1, longest do row[i] = value or tokens.PAD end
    rows[k] = row
  end
  return tensor(rows, { dtype = "i64" })
end

--- tokens.beside_longer(net, scores_of, items) -> the largest difference between the shortest item's scores alone and
-- in a batch with the longest, where padding stands behind it: what an answer must not depend on.  items have ids or
-- words; scores_of(list) -> [#list, T, ...], with net in eval.  0 where all have one length.
function tokens.beside_longer(net, scores_of, items)
  local _ <close> = tensor.no_grad()
  net:eval()
  local short, long = items[1], items[1]
  local function length(item) return #(item.ids or item.words) end
  for _, item in ipairs(items) do
    if length(item) < length(short) then short = item end
    if length(item) > length(long) then long = item end
  end
  local alone = scores_of { short }
  local beside = scores_of { short, long }:narrow(2, 1, alone:size(2))
  return (beside[1] - alone[1]):abs():max():item()
end

--- tokens.buckets(items, length, batch) -> lists of up to `batch` items of like lengths, in a random order: little is
-- padding, and yet no two passes have the same batches.  length(item) -> its number of tokens.
function tokens.buckets(items, length, batch)
  local order, list = tensor.randperm(#items):totable(), {}
  for first = 1, #items, 16 * batch do
    local some = {}
    for i = first, math.min(#items, first + 16 * batch - 1) do some[#some + 1] = items[order[i]] end
    local place = {}
    for i, item in ipairs(some) do place[item] = i end
    table.sort(some, function(a, b)
      local p, q = length(a), length(b)
      return p < q or p == q and place[a] < place[b]
    end)
    for i = 1, #some, batch do list[#list + 1] = table.move(some, i, math.min(#some, i + batch - 1), 1, {}) end
  end
  local mixed = {}
  for i, k in ipairs(tensor.randperm(#list):totable()) do mixed[i] = list[k] end
  return mixed
end

--- tokens.bag(x, y, xtest, classes) -> classes of the rows of xtest: softmax regression on counts of words [n, words]
-- with labels y [n] from 1 on, by full batches until the loss stands still.
function tokens.bag(x, y, xtest, classes)
  local net = nn.Linear(x:size(2), classes)
  local adam, last = optim.Adam { net, lr = 0.1 }, math.huge
  for step = 1, 1500 do
    local loss = nn.cross_entropy(net(x), y)
    adam:step(loss)
    if step % 100 == 0 then
      if last - loss:item() < 1e-3 then break end
      last = loss:item()
    end
  end
  return tensor.no_grad(function() return net(xtest):argmax(2) end)
end

return tokens
