--- The Transformer: the script's own functions on worked numbers, decoding against all sequences there are, the data,
-- the comparison with the engine, and broken copies.
local test = dofile "tests/check.lua"
local decoding, digits, same = require "lib.decoding", require "lib.digits", require "lib.same"

-- The script's functions: its text before the loss, which returns them.
local function own()
  local text = test.inside.lunette.file "scripts/transformer.lua"
  local head = text:match "^(.-)\n%-%- 3 Loss"
  return assert(load(head .. "\nreturn { attention = attention, positions = positions, padding_mask = padding_mask, "
    .. "look_ahead_mask = look_ahead_mask }", "@scripts/transformer.lua"))()
end

local function worked(f)
  local q = tensor { { 1, 0, 1, 1 }, { 0, 1, 1, 1 }, { 1, 0, 0, 1 } }:view(1, 1, 3, 4)
  local k = tensor { { 1, 1, 0, 1 }, { 1, 0, 1, 1 }, { 0, 1, 1, 0 }, { 0, 0, 0, 1 } }:view(1, 1, 4, 4)
  local v = tensor { { 0, 0 }, { 1, 0 }, { 1, 0 }, { 1, 1 } }:view(1, 1, 4, 2)
  local mask = tensor { 1, 1, 0, 1 }:to "bool":view(1, 1, 1, 4)
  return f(q, k, v, nil), f(q, k, v, mask)
end
local P1 = { { 0.258948, 0.426933, 0.157060, 0.157060 }, { 0.277275, 0.277275, 0.277275, 0.168176 },
  { 0.336201, 0.336201, 0.123681, 0.203916 } }
local P2 = { { 0.307196, 0.506480, 0, 0.186324 }, { 0.383652, 0.383652, 0, 0.232697 },
  { 0.383652, 0.383652, 0, 0.232697 } }
-- y = P v: the columns of v add up the last three weights, and take the last.
local function values(P)
  local out = {}
  for i, p in ipairs(P) do out[i] = { p[2] + p[3] + p[4], p[4] } end
  return out
end

test("attention: the worked example's weights and values, and with the third key hidden", function()
  local attention = own().attention
  local p, hidden = worked(function(...) return select(2, attention(...)) end)
  test.close(p[{ 1, 1 }], P1, 1e-6)
  test.close(hidden[{ 1, 1 }], P2, 1e-6)
  local y, y2 = worked(function(...) return (attention(...)) end)
  test.close(y[{ 1, 1 }], values(P1), 2e-6)
  test.close(y2[{ 1, 1 }], values(P2), 2e-6)
end)

test("attention: the engine's on the same example", function()
  local y, hidden = worked(function(q, k, v, mask) return nn.attention { q, k, v, mask = mask } end)
  test.close(y[{ 1, 1 }], values(P1), 2e-6)
  test.close(hidden[{ 1, 1 }], values(P2), 2e-6)
end)

test("positions: sine in even features, cosine in odd, 50 x 512", function()
  for _, positions in ipairs { own().positions, nn.positions } do
    local p = positions(50, 512):totable()
    for _, at in ipairs { { 0, 0 }, { 0, 1 }, { 1, 0 }, { 1, 1 }, { 7, 100 }, { 49, 255 }, { 49, 511 } } do
      local t, i = at[1], at[2]
      local angle = t / 10000 ^ ((i - i % 2) / 512)
      test.close(p[t + 1][i + 1], i % 2 == 0 and math.sin(angle) or math.cos(angle), 2e-6)
    end
  end
end)

test("masks: padding is hidden, and what comes later", function()
  local f = own()
  test.same(f.padding_mask(tensor({ { 1, 2, digits.PAD } }, { dtype = "i64" })), { { { { 1, 1, 0 } } } })
  test.same(f.look_ahead_mask(3), { { { { 1, 0, 0 }, { 1, 1, 0 }, { 1, 1, 1 } } } })
end)

-- Decoding.  A model whose probabilities depend on all that was written, and every sequence that it can write.

local START, STOP, V, MOST = 1, 2, 4, 5
local function log_p_of(ids, seed)
  local key = seed
  for _, id in ipairs(ids) do key = (key * 31 + id) % 1000003 end
  return (2 * tensor.randn { V, rng = tensor.rng(key) }):log_softmax(1):totable()
end
local function model(seed)
  return function(prefixes)
    local rows = {}
    for i, ids in ipairs(prefixes:totable()) do rows[i] = log_p_of(ids, seed) end
    return tensor(rows, { dtype = "f64" })
  end
end

-- All that has ended within MOST ids, and all of MOST ids that has not, the best first.
local function everything(seed, penalty)
  local all = {}
  local function go(ids, log_p)
    local n = #ids - 1
    if n > 0 and (ids[#ids] == STOP or n == MOST) then
      local ended = ids[#ids] == STOP
      all[#all + 1] = { text = table.concat(ids, " ", 2, ended and n or n + 1), log_p = log_p, ended = ended,
        score = log_p / ((5 + n) / 6) ^ penalty }
      return
    end
    local p = log_p_of(ids, seed)
    for id = 1, V do
      ids[#ids + 1] = id
      go(ids, log_p + p[id])
      ids[#ids] = nil
    end
  end
  go({ START }, 0)
  table.sort(all, function(a, b) return a.score > b.score end)
  return all
end

test("beam: a beam that holds all sequences finds them all in order, and the best", function()
  for _, penalty in ipairs { 0, 0.6, 1 } do
    for seed = 1, 3 do
      local want = everything(seed, penalty)
      local got = decoding.beam(model(seed), V ^ MOST // 1, START, STOP, MOST, penalty)
      test.equal(#got, #want)
      for k, h in ipairs(got) do
        test.equal(table.concat(h.ids, " "), want[k].text, ("seed %d, penalty %g, place %d"):format(seed, penalty, k))
        test.close(h.score, want[k].score, 1e-5)
        test.equal(h.ended, want[k].ended)
      end
    end
  end
end)

test("beam: a narrow one keeps its best ways on, as in a naive search over strings", function()
  for seed = 1, 20 do
    for _, width in ipairs { 1, 2, 3, 5 } do
      local open, done = { { ids = { START }, log_p = 0 } }, {}
      for _ = 1, MOST do
        local ways = {}
        for _, h in ipairs(open) do
          for id, p in ipairs(log_p_of(h.ids, seed)) do
            local ids = { table.unpack(h.ids) }
            ids[#ids + 1] = id
            ways[#ways + 1] = { ids = ids, log_p = h.log_p + p }
          end
        end
        table.sort(ways, function(a, b) return a.log_p > b.log_p end)
        open = {}
        for k = 1, math.min(width, #ways) do
          table.insert(ways[k].ids[#ways[k].ids] == STOP and done or open, ways[k])
        end
      end
      for _, h in ipairs(#done < width and open or {}) do done[#done + 1] = h end
      table.sort(done, function(a, b) return a.log_p > b.log_p end)
      local got = decoding.beam(model(seed), width, START, STOP, MOST)
      for k = 1, math.min(width, #done) do
        local ids = done[k].ids
        test.equal(table.concat(got[k].ids, " "), table.concat(ids, " ", 2, ids[#ids] == STOP and #ids - 1 or #ids),
          ("seed %d, width %d, place %d"):format(seed, width, k))
        test.close(got[k].log_p, done[k].log_p, 1e-5)
      end
    end
  end
end)

test("beam: finds what greed misses; of width 1 it is greedy", function()
  -- 3 is likelier than 4 at first, but what follows 4 is certain: 0.6 x 0.5 against 0.4 x 1.
  local next_of = { ["1"] = { 0, 0, 0.6, 0.4 }, ["1 3"] = { 0, 0.5, 0.25, 0.25 }, ["1 4"] = { 0, 1, 0, 0 } }
  local function tricky(prefixes)
    local rows = {}
    for i, ids in ipairs(prefixes:totable()) do rows[i] = next_of[table.concat(ids, " ")] or { 0, 1, 0, 0 } end
    return (tensor(rows) + 1e-9):log()
  end
  local greedy = decoding.greedy(tricky, 1, 1, 2, 5)[1]
  test.equal(table.concat(greedy, " "), "3")
  local beam = decoding.beam(tricky, 2, 1, 2, 5)
  test.equal(table.concat(beam[1].ids, " "), "4")
  test.close(math.exp(beam[1].log_p), 0.4, 1e-4)
  for seed = 1, 20 do
    test.equal(table.concat(decoding.beam(model(seed), 1, START, STOP, MOST)[1].ids, " "),
      table.concat(decoding.greedy(model(seed), 1, START, STOP, MOST)[1], " "))
  end
end)

test("drawn sequences follow p; at a low temperature they are the greedy ones", function()
  local function coin(prefixes)
    return tensor { 0, prefixes:size(2) == 1 and 0 or 1, 0.75, 0.25 }:add(1e-9):log():view(1, 4):expand(
      prefixes:size(1), 4)
  end
  local function share(temperature)
    local n = 0
    for _, ids in ipairs(decoding.draw(coin, 600, 1, 2, 1, temperature, tensor.rng(3))) do n = n + 4 - ids[1] end
    return n / 600
  end
  test.close(share(1), 0.75, 0.04)
  test.close(share(0.01), 1, 1e-9)
end)

test("digits: targets are what is asked for, padding aside, and what is held out is never drawn", function()
  local set, rng = digits(), tensor.rng(4)
  local word, held = digits.words, {}
  local source = set:hold(200, rng, 3, 4)
  for _, ids in ipairs(source:totable()) do held[table.concat(ids, " ", 2)] = true end
  local x, given, wanted, targets = set:draw(800, rng, 3, 4)
  for i, ids in ipairs(x:totable()) do
    test.truth(not held[table.concat(ids, " ", 2)], "that its digits are new")
    local list = {}
    for k = 2, #ids do
      if ids[k] ~= digits.PAD then list[#list + 1] = word[ids[k]] end
    end
    local text = table.concat(list)
    if word[ids[1]] == "reverse" then text = text:reverse() else table.sort(list) text = table.concat(list) end
    for k, id in ipairs(targets[i]) do targets[i][k] = word[id] end
    test.equal(table.concat(targets[i]), text)
    local before, after = given[i]:totable(), wanted[i]:totable()
    test.equal(#before, 5, "places, however long the digits are")
    test.equal(#after, 5)
    test.equal(word[before[1]], "<start>")
    test.equal(word[after[#targets[i] + 1]], "<end>")
    for k = 1, #targets[i] do test.truth(before[k + 1] == after[k], "that one is the other, a place on") end
  end
end)

test("same: a planted difference of a thousandth is seen, in outputs and in gradients", function()
  local P = { weight = tensor.randn(3, 3):requires_grad() }
  local layer = nn.Linear { 3, 3, bias = false }
  layer:load_state(same.named(P))
  local x = tensor.randn(4, 3)
  local function theirs(a) return layer(a) end
  test.truth(same.difference(function(a) return a:mm(P.weight) end, theirs, { x }, P, layer) < 1e-6, "no difference")
  local worst = same.difference(function(a) return a:mm(P.weight) * 1.001 end, theirs, { x }, P, layer)
  test.close(worst, 1e-3, 1e-4)
  -- the same values, and a gradient that misses a part
  worst = same.difference(function(a) return a:mm(P.weight) + 0.001 * (a - a:detach()) end, theirs, { x }, P, layer)
  test.truth(worst > 1e-4, "that a wrong gradient is seen")
end)

local run = require "vm.run"
test("options: the smallest sizes run to the end, and those that cannot be are refused with the option", function()
  for _, o in ipairs { { test = "1", length = "4" }, { test = "11", length = "12" }, { test = "3", beam = "40" },
    { d = "6", heads = "3" } } do
    o.quick, o.steps, o.batch, o.viz, o.ff = true, "2", "4", "off", "8"
    o.d, o.heads = o.d or "4", o.heads or "1"
    local _, _, ok, result = test.caught(run.project, "transformer", o)
    test.truth(ok, tostring(result) .. ": that it ran; it")
    test.truth(result.also[1].ok, "that its parts are the engine's")
  end
  for _, wrong in ipairs { { { length = "3" }, "--length must be a whole number from 4 to " },
    { { d = "7" }, "--d must be a whole number from 4 to 1024, a multiple of 2, got '7'" },
    { { d = "10" }, "--heads: 4 of them do not share 10 features" }, { { test = "0" }, "--test must be" } } do
    wrong[1].viz = "off"
    test.fails_with({ wrong[2] }, run.project, "transformer", wrong[1])
  end
end)

if not test.sanitized then
  -- Broken copies of the script fall short of what --quick reaches.
  local draw = "loss_of(set:draw(opt.batch, rng, 3, opt.length))"
  local broken = {
    ["look-ahead mask"] = { "tensor.ones(T, T):tril()", "tensor.ones(T, T)" },
    ["positions"] = { "  return x + positions(ids:size(2), opt.d)", "  return x" },
    ["labels"] = { draw, "(function() local s, g, w = set:draw(opt.batch, rng, 3, opt.length); "
      .. "local k = tensor.randperm(opt.batch); return loss_of(s, g[k], w[k]) end)()" },
  }
  for what, change in pairs(broken) do
    test("broken copy falls short: " .. what, function()
      local result = test.broken("transformer", change[1], change[2], { quick = true, viz = "off" })
      test.truth(not result.ok and result.value < result.target,
        ("%.3f, target %.3f: that it is short"):format(result.value, result.target))
    end)
  end

  -- Without these the task can still be learnt, but the parts are no longer the engine's.
  for what, change in pairs {
    ["padding mask"] = { "ids:ne(PAD)", "ids:ne(0)" }, ["scale"] = { " / math.sqrt(q:size(4))", "" },
    ["residual"] = { "norm(P.norm2, x + feed_forward(P, x))", "norm(P.norm2, feed_forward(P, x))" },
  } do
    test("broken copy falls short: " .. what, function()
      local result = test.broken("transformer", change[1], change[2],
        { quick = true, steps = "20", test = "20", viz = "off" })
      test.truth(not result.ok and not result.also[1].ok, "that the difference to the engine is seen")
    end)
  end
end

test.done()
