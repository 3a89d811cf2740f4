--- Copies of dinosaurus with one thing broken must read `short`.
local test = dofile "tests/check.lua"
if test.sanitized then return test.done() end

test.fall_short("dinosaurus", {
  ["asked for the letter just read"] = { "w[t], a[t] = ids[t - 1] or 1, ids[t] or 1,",
    "w[t], a[t] = ids[t - 1] or 1, ids[t - 1] or 1," },
  ["learns names backwards"] = { "local loss = loss_of(pack(names))", [[
    for k, ids in ipairs(names) do
      names[k] = {}
      for t = 1, #ids do names[k][t] = ids[#ids + 1 - t] end
    end
    local loss = loss_of(pack(names))]] },
  ["forgets"] = { "h0 = state and state[1],\n    c0 = state and state[2] }\n  return y,",
    "h0 = nil }\n  return y * 0," },
  ["names that are empty"] = { "names[k] = invent(opt.temperature)", "names[k] = \"\"", "novel" },
  ["names that it has read"] = { "names[k] = invent(opt.temperature)", "names[k] = lines[k]", "novel" },
  ["n-grams of a few names"] = { "ngram(train, V, n)", "ngram(table.move(train, 1, 200, 1, {}), V, n)", "ngram" },
  ["n-grams of one name"] = { "ngram(train, V, n)", "ngram({ train[1] }, V, n)", "ngram" },
})

test.done()
