--- entry.lua: what an entry of the prompt means as Lua (vm/lua/entry.lua), without a terminal: which locals stay, what
-- follows is indented by, and what a long paste costs.
local test = dofile "tests/check.lua"
local entry = require "vm.entry"

test("a local outside of any block stays", function()
  for text, want in pairs {
    ["local x = 5"] = "x = 5", ["local a, b = 1, 2"] = "a, b = 1, 2", ["x = 1; local y = 2"] = "x = 1; y = 2",
    ["x = 1 local y = 2"] = "x = 1 y = 2", ["local function f() local y = 1 end"] = "function f() local y = 1 end",
    ["for i = 1, 2 do\nlocal k = i\nend\nlocal z = 3"] = "for i = 1, 2 do\nlocal k = i\nend\nz = 3",
    ["local a <const> = 5"] = "a  = 5", ["local a < const >, b<close> = 5, nil"] = "a , b = 5, nil",
    ["local x\nif x <= 3 then x = 4 end"] = false,
    ["local a\nb = 3 local c = 4"] = "local a\nb = 3 c = 4",
    ["local t = {\n1}\nlocal u = 2"] = "t = {\n1}\nu = 2", ["-- local c = 1\nlocal d = 2"] = "-- local c = 1\nd = 2",
    ['x = "\\"" local y = "local z = 1"'] = 'x = "\\"" y = "local z = 1"', ["--[[\nlocal e = 1]]\ny = 1"] = false,
    ["s = [[\nlocal q = 1]]"] = false, ["s = [==[\n]]local q = 1]==]"] = false, ["do local x = 1 end"] = false,
    ["if a then\nelse\nlocal x = 1 end"] = false, ["repeat local x = 1 until x"] = false, ["local x"] = false,
    ["x = f(function()\nlocal x = 1 end)"] = false, ["t[f{\nlocal_ = 1}] = 2"] = false,
  } do
    test.equal((entry.code(text)), want or text)
  end
end)
test("what follows a line is indented by the blocks and brackets that are open", function()
  for text, want in pairs {
    ["for i = 1, 2 do"] = 2, ["if a then b() else c() end"] = 0, ["if a then\n  b()\nelse"] = 2, ["f(function()"] = 2,
    ["f(function()\n  x = 1\nend)"] = 0, ["x = {"] = 2, ["-- do"] = 0, ['s = "do" .. ('] = 2, ["s = [[ab"] = 0,
    ["if a then\n b()\nelseif c then"] = 2, ["while a do\n  if b then"] = 4, ["s = 'it\\'s' f{"] = 2,
    ["--[[ do ]] x = ("] = 2,
  } do
    test.equal(#entry.indent(text), want, text)
  end
end)
test("a long paste costs as much a line as a short one", function()
  for _, line in ipairs { "local x%d = f(%d)", "function f%d() local x = %d end", "print(%d, %d)" } do
    local lines = {}
    for i = 1, 2000 do lines[i] = line:format(i, i) end
    local start = lunette.clock()
    entry.code(table.concat(lines, "\n"))
    test.truth(lunette.clock() - start < 2, line) -- with a look at all of it for each line: 20 s
  end
end)
test.done()
