--- Copies of dinosaurus with one thing broken must read `short`.
local test = dofile "tests/check.lua"
if test.left_out() then return end

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
  ["gibberish"] = { "names[k] = invent(opt.temperature)", "names[k] = invent(5)", "strange" },
  ["letters at random"] = { "sampling.draw(z[{ 1, 1 }], heat, chance)", "sampling.draw(z[{ 1, 1 }] * 0, heat, chance)",
    "strange" },
  ["names backwards"] = { "names[k] = invent(opt.temperature)", "names[k] = invent(opt.temperature):reverse()",
    "strange" },
  ["forgets what it wrote"] = { "tensor({ { id } }, { dtype = \"i64\" }), state)",
    "tensor({ { id } }, { dtype = \"i64\" }))", "strange" },
  ["endings cut"] = { "names[k] = invent(opt.temperature)", "names[k] = invent(opt.temperature):sub(1, -3)", "ends" },
  ["held-out names are read, too"] = { "table.insert(i % 10 == 0 and held or train, ids)",
    "table.insert(train, ids)\n  if i % 10 == 0 then table.insert(held, ids) end", "twins" },
  ["the first letter does not count"] = { "for t = 1, #ids + 1 do sum = sum - log_p",
    "for t = 2, #ids + 1 do sum = sum - log_p", "recount" },
  ["n-grams of a few names"] = { "ngram(train, V, n)", "ngram(table.move(train, 1, 200, 1, {}), V, n)", "ngram" },
  ["n-grams of one name"] = { "ngram(train, V, n)", "ngram({ train[1] }, V, n)", "ngram" },
})

test.done()
