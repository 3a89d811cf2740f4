--- docs/lua.lua: what help says of Lua's own words and functions, as far as an hour at the prompt meets them, and of the
-- prompt's keys.  How an entry looks: docs/tensor.lua.
local doc = lunette.doc

local function word(name, sig, text, example, example2, see)
  doc { name = name, sig = sig, doc = text, example = example, example2 = example2, see = see }
end

-- --- words ---------------------------------------------------------------------------------------------------------
word("for", "for i = 1, n do ... end   for i = n, 1, -1 do ... end   for i, v in ipairs(list) do ... end", "repeats for each number, or each value of a list",
  "for i = 1, 3 do print(i) end", 'for i, v in ipairs{"a", "b"} do print(i, v) end', "while, ipairs, pairs")
word("while", "while condition do ... end   repeat ... until condition", "repeats as long as the condition holds; repeat until it does; break leaves the loop",
  "n = 1\nwhile n < 100 do n = n * 2 end\nprint(n)", "n = 1\nrepeat n = n * 2 until n > 100\nprint(n)", "for, if")
word("if", "if condition then ... elseif condition then ... else ... end", "does one of them; nil and false are false, all else is true: 0, too, and a tensor",
  'x = 3\nif x > 2 then print("large") else print("small") end', 'x = tensor{1, 3}\nif x:gt(2):any():item() then print("one is large") end', "for, and")
word("function", "function name(a, b) ... return y end   f = function(a) ... end", "a function; return gives its results, of which there may be several",
  "function half(x) return x / 2 end\nprint(half(3))", "f = function(a, b) return a + b, a - b end\nprint(f(5, 3))", "local, return")
word("return", "return a, b", "ends a function with its results", "function both(x) return x, -x end\nprint(both(2))", "f = function() return end\nprint(f())", "function")
word("local", "local a, b = 1, 2   local function f() ... end", "a name of its block alone; at the prompt, outside of blocks, it stays as a global does",
  "local a = 5\nprint(a)", "do local b = 6 end\nprint(rawget(_G, 'b'))", "function, do")
word("do", "do ... end", "a block: what is local in it ends with it", "do local a = 5 print(a) end", "for i = 1, 2 do print(i) end", "local, end")
word("end", "for ... do ... end   if ... then ... end   function f() ... end", "closes a block; as an index the last is -1: x[-1]", "if true then print(1) end", "print(tensor{1, 2, 3}[-1])", "do, for, if, function")
word("break", "break", "leaves the innermost loop", "for i = 1, 9 do if i > 2 then break end print(i) end", "while true do break end", "for, while")
word("nil", "nil", "no value: what a name is that nothing was put in; x = nil lets a value go", "x = 1\nx = nil\nprint(x)", "print(({1, 2})[3])", "if, local")
word("and", "a and b   a or b   not a", "a and b is b where a is true; a or b is a where that is true; of masks & | ~", 'x = 3\nprint(x > 2 and "large" or "small")', "print(tensor{1, 3}:gt(2) & tensor{1, 3}:lt(5))", "if, nil")
word("tables", "{1, 2, 3}   {name = value}   t[i]   t.name   #t", "lists and records in one: indices count from 1, #t is the length of a list", "t = {4, 5, 6}\nt[#t + 1] = 7\nprint(#t, t[1])", 't = {lr = 0.1, names = {"a"}}\nprint(t.lr, t.names[1])', "table.insert, pairs, tensor")
word("strings", "\"text\"   'text'   [" .. "[lines]]   a .. b   #s   s:upper()", "text; .. joins, # counts bytes, methods take a colon", 'print("loss " .. 0.5)', 'print(("abc"):upper(), #"abc")', "string.format, string.find")
word("operators", "+ - * / // % ^   == ~= < <= > >=   .. #", "// is the whole quotient, % its remainder, ^ a power, ~= not equal, .. joins strings", "print(7 // 2, 7 % 2, 2 ^ 10)", 'print(1 ~= 2, "a" .. "b")', "and, math.sqrt")
word("comments", "-- to the line's end   --[[ over lines ]]", "what is not run", "print(1) -- one", "--[[ two\nlines ]] print(2)", "strings")

-- --- functions ------------------------------------------------------------------------------------------------------
word("print", "print(a, b, ...)", "values as text in a line; at the prompt a value alone is shown without it", 'print("loss", 0.5)', "print(tensor{1, 2})", "string.format")
word("ipairs", "for i, v in ipairs(list) do ... end", "a list's values from 1 on; a tensor's rows", 'for i, v in ipairs{"a", "b"} do print(i, v) end', "for i, row in ipairs(tensor.eye(2)) do print(i, row) end", "pairs, for")
word("pairs", "for key, value in pairs(t) do ... end", "all that a table holds, in no order", "for k, v in pairs{a = 1, b = 2} do print(k, v) end", "n = 0\nfor _ in pairs{1, 2, x = 3} do n = n + 1 end\nprint(n)", "ipairs, for")
word("type", "type(v)", '"number", "string", "table", "function", "nil", "boolean"; a tensor is "userdata", lunette.typename(v) says more', "print(type(3))", "print(lunette.typename(tensor{1, 2}))", "lunette.typename")
word("tostring", "tostring(v)   tonumber(s)", "a value as text; a text as a number, or nil", 'print(tostring(3) .. "!")', 'print(tonumber "0x10", tonumber "x")', "string.format")
word("tonumber", "tonumber(s)   tonumber(s, base)", "the number that a text is, or nil", 'print(tonumber "3.5")', 'print(tonumber("ff", 16))', "tostring")
word("error", "error(message)   assert(v, message)", "ends with an error; assert does where v is nil or false, and gives v else", 'print(pcall(error, "no"))', 'print(assert(5, "not reached"))', "pcall")
word("assert", "assert(v, message)", "v, or an error where that is nil or false: assert(tensor.load(path))", "print(assert(5))", 'print(pcall(assert, nil, "no"))', "error, pcall")
word("pcall", "ok, result = pcall(f, ...)", "calls f; false and the message where it fails", 'print(pcall(error, "no"))', "print(pcall(function() return 5 end))", "error")
word("require", 'm = require "name"', "runs name.lua once and gives what it returns; package.path says where it looks", 'print(require "tensor" == tensor)', 'print(pcall(require, "nosuch"))', ":run, :reload")

local function library(name, sig, text, example, example2, see) word(name, sig, text, example, example2, see or "strings") end
library("string.format", '("%d of %s"):format(a, b)', "%d a whole number, %g a number, %.3f three digits, %s text, %5.1f at least 5 wide", 'print(("%d of %s: %.3f"):format(1, "ten", 0.12345))', 'print(("%5.1f|%-5s|"):format(2.25, "a"))', "print")
library("string.find", "s:find(pattern)   s:find(text, 1, true)", "where a pattern, or plain text, begins and ends in s, or nil", 'print(("abc"):find "b")', 'print(("a.c"):find(".", 1, true))', "string.gsub")
library("string.sub", "s:sub(i, j)", "characters i to j; negative ones count from the end", 'print(("lunette"):sub(1, 3))', 'print(("lunette"):sub(-3))', "string.find")
library("string.gsub", "s:gsub(pattern, text)", "with every match of a pattern replaced, and their number", 'print((("a b"):gsub(" ", "-")))', 'print(("a1b2"):gsub("%d", ""))', "string.find")
library("table.insert", "table.insert(t, v)   table.insert(t, i, v)   table.remove(t, i)", "adds to a list at its end or at i; remove takes one out", "t = {1, 2}\ntable.insert(t, 3)\nprint(#t)", "t = {1, 2, 3}\nprint(table.remove(t, 1), #t)", "tables")
library("table.remove", "table.remove(t)   table.remove(t, i)", "takes the last, or the i-th, out of a list and gives it", "t = {1, 2}\nprint(table.remove(t))", "t = {1, 2}\nprint(table.remove(t, 1))", "table.insert")
library("table.concat", 'table.concat(list, ", ")', "the strings and numbers of a list joined", 'print(table.concat({1, 2, 3}, ", "))', 'print(table.concat{"a", "b"})', "tables")
library("table.sort", "table.sort(list)   table.sort(list, function(a, b) return a > b end)", "sorts a list in place", "t = {3, 1, 2}\ntable.sort(t)\nprint(t[1])", "t = {3, 1, 2}\ntable.sort(t, function(a, b) return a > b end)\nprint(t[1])", "sort")
library("table.unpack", "a, b = table.unpack(list)", "a list's values as several", "print(table.unpack{1, 2})", "a, b = table.unpack{3, 4}\nprint(a + b)", "tables")
library("math.sqrt", "math.sqrt(x)   math.exp log sin cos tan abs floor ceil max min", "functions of numbers; of tensors they are methods: x:sqrt()", "print(math.sqrt(2), math.floor(2.7), math.max(1, 3))", "print(tensor{4, 9}:sqrt())", "math.pi, sqrt")
for name, text in pairs { sin = "the sine of x in radians", cos = "the cosine of x in radians", tan = "the tangent of x in radians",
  exp = "e to the power of x", log = "the natural logarithm of x, or to a base: math.log(8, 2)", abs = "x without its sign",
  floor = "the greatest whole number up to x; x // 1 is it as a float", ceil = "the least whole number from x on",
  max = "the greatest of its arguments", min = "the least of its arguments" } do
  local call = ("math.%s(0.5)"):format(name)
  library("math." .. name, ("math.%s(x)"):format(name), text .. "; of a tensor x:" .. name .. "() where there is one", ("print(%s)"):format(call), ("x = %s\nprint(x)"):format(call), "math.sqrt, math.pi")
end
library("math.pi", "math.pi   math.huge   math.maxinteger", "3.14159..., infinity, the greatest whole number", "print(math.pi)", "print(-math.huge)", "math.sqrt")
library("math.random", "math.random()   math.random(n)   math.random(a, b)", "a number of Lua's own generator, which tensor.seed restarts too; tensors have tensor.rand", "print(math.random() < 1)", "print(math.random(6) <= 6)", "tensor.rand, tensor.seed")
library("io.open", 'f = io.open(path, "r")   f:read "a"   f:write(text)   f:close()', "a file; nil and a message when it fails", 'f = io.open("/tmp/lunette-help.txt", "w")\nf:write("text")\nf:close()', 'print(io.open "/dev/null/nosuch")', "io.read, data.csv, tensor.load")
library("io.read", 'io.read()   io.read "n"', "a line, or a number, from the keyboard", "print(io.read)", 'print(io.open("/dev/null"):read())', "io.open")
library("os.time", "os.time()   os.clock()   os.date()", "seconds since 1970, seconds of the processor, the date as text", "print(os.time() > 0)", 'print(#os.date "%Y")', ":time, lunette.clock")

-- --- the prompt's keys -----------------------------------------------------------------------------------------------
word("keys", "TAB   up down   ^R   ^C   ^D   ^L   ^X^E   Enter", "TAB completes, twice lists; up and down: history, within a block its lines; ^R searches, ^C stops, ^D leaves, ^L clears, ^X^E opens $EDITOR; Escape Enter ends an entry",
  "print(1)", "x = tensor{1, 2}", ":history, :edit, quit")
