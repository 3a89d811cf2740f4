--- hints.lua: what a line that does not parse most likely meant: habits of Python, C and MATLAB, by patterns.
local source = require "vm.source"

local hints = {
  { "^%s*if%s[^=~<>{]*[^=~<>{]=[^=].*%f[%w]then", "equal is ==" },
  { "^%s*if%s[^=~<>{]*[^=~<>{]=[^=]*$", "equal is ==" },
  { "^%s*while%s[^=~<>{]*[^=~<>{]=[^=].*%f[%w]do", "equal is ==" },
  { "[\"']%s*%%%s*[%w({]", '("%d of %s"):format(a, b), or a .. " of " .. b' },
  { "^%s*%%", "a comment begins with --" }, { "^%s*help%s+[%a_]", "?name explains" },
  { "^%s*doc%s+[%a_]", "?name explains" },
  { "^%s*using%s", "nothing to import: tensor, nn, optim, data and viz are there" },
  { "^%s*end%s*$", "this end closes nothing: nothing is open at a prompt >" },
  { "%f[%w]%w+%s*%->", "function(x) return ... end" },
  { "^%s*[%a_][%w_]*%s*%([%a_][%w_,%s]*%)%s*=[^=]", "function f(x) return ... end" },
  { "^%s*try%s*:", "ok, message = pcall(function() ... end)" },
  { "^%s*except%f[%W]", "ok, message = pcall(function() ... end)" },
  { "^%s*el[si][ei]?f%s.*:%s*$", "elseif condition then" }, { "^%s*else%s*:", "else takes no colon" },
  { "^%s*del%s", "x = nil" }, { "%f[%w]is%s+not%s+None", "x ~= nil" }, { "%f[%w]is%s+None", "x == nil" },
  { "^%s*for%s+%w+%s*=?%s*i?n?%s*%w+:%w+", "for i = 1, 3 do ... end" },
  { "^%s*if%s[^\"']-:%s+%S", "if condition then ... end" }, { "%w%s*\\%s*[%w_(%[]", "a linear system is a:solve(b)" },
  { "^%s*pass%s*$", "nothing needs no word" },
  { "^%s*raise%f[%W]", 'error("what went wrong")' }, { "^%s*assert%s+[^%s(]", "a call takes brackets: assert(x == 1)" },
  { "^%s*[\"'][^\"']*[\"']%s*[.:]%s*%a", 'of a string in brackets: ("abc"):upper()' },
  { "^%s*[\"'][^\"']*[\"']%s+in%s", 'x:find("abc", 1, true) ~= nil tells whether a string holds another' },
  { "^%s*[%w_.]+%s+in%s+[%w_.]+%s*$", "for i, v in ipairs(list) do ... end looks through a list" },
  { "=%s*%([^()\"']*,[^()\"']*%)%s*$", "a list is {1, 2, 3}; a, b = 1, 2 sets two" },
  { "^%s*function%s+[%w_,%[%]%s]+=", "function name(a, b) ... return y end" },
  { ":repeat%s*%(", "repeat is a word of Lua: x:tile(2, 3)" },
  { "%f[%w]f[\"'].*{", '("%d of %s"):format(a, b), or a .. " of " .. b' },
  { "^%s*load%s+[%w_]", 'tensor.load "data.mat"' }, { "^%s*save%s+[%w_]", 'tensor.save("data.mat", {A = A})' },
  { "^%s*edit%s+[%w_]", ":edit FILE" }, { "^%s*tic%f[%W]", ":time e tells how long e takes" },
  { "^%s*switch%s", "if x == 1 then ... elseif x == 2 then ... end" },
  { "%f[%w_][%d%.]+[ij]%f[^%w_]", "numbers are real here; fft gives two parts" },
  { "^%s*[%a_][%w_]*%s*%b()%s*=[^=]", "elements are set in brackets: x[i] = v, x[x:gt(2)] = v" },
  { "^%s*@time%f[%W]", ":time e tells how long e takes" }, { "|>", "f(x), or x:f()" },
  { "%f[%w_]%a[%w_.]*%.%(", "functions of tensors are elementwise: x:sin()" },
  { "[%w_]%s*%[[^%]]*%]%[[^%]\"']*:[^%]\"']*%]", 'a slice is x["2, 1:3"] or x[{2, {1, 3}}]' },
  { "^%s*[%d%.]+%s*[%+%-%*/][%s%d%.%+%-%*/]*=%s*[%d%.]+%s*$", "== compares" },
  { "^%s*[%d%.]+%s*=[^=]", "a name stands before =: x = 1" },
  { "^%s*'%w+'%w+'%s*$", [["it's": a string with ' in it stands in "]] },
  { "%f[%w_]tensor%s*%[", "tensor{1, 2, 3} makes one" }, { "%f[%w_]tensor%s+[%d.]", "tensor{1, 2, 3}, tensor(5)" },
  { "{%s*[%d.]+%s+[%d.]+", "commas part the values: {1, 2, 3}" },
  { "%f[%w_]end%s+end%s*$", "one end too many" }, { "^%s*cls%s*$", "^L clears the screen" },
  { "^%s*[%a_][%w_]*%s*:=", "a value is set by =" }, { "<>", "not equal is ~=" },
  { "^%s*[%a_][%w_]*%s*=[^=,]+,%s*[%a_][%w_]*%s*=[^=]", "x, y = 5, 6, or x = 5; y = 6" },
  { "^%s*%d+%a", "a product takes a sign: 2 * x" }, { "^%s*{.*}%s*[.:]%a", "of a table in brackets: ({1, 2})[1]" },
  { "[%w_]:%a[%w_]*%s+[%d%a]", "a call takes brackets: x:eq(1)" },
  { "^%s*global%s", "a name is global without a word; local makes it one of its block" },
  { "^%s*%[[%a_][%w_]*%s*,%s*[%a_][%w_, ]*%]%s*=", "several results: a, b = f(x)" },
  { "^%s*clear%s", "x = nil lets one go; :who lists variables" }, { "^%s*close%s", "viz.close() closes the window" },
  { "^%s*format%s", ":full x shows all of x, (\"%.8f\"):format(v) more digits" },
  { "^%s*hold%s", "viz.plot adds to the curves of its name" },
  { "^%s*lookfor%s", "help \"word\" looks for it" }, { "^%s*who%s", ":who lists variables" },
  { "^%s*cd%s", ":cd FOLDER changes it" }, { "^%s*ls%s", "!ls lists files" },
  { "[%])]%s*=%s*%[%s*%]", "a tensor keeps its size: x:index_select(1, ids), x[mask] have some of it" },
  { "%f[%w_]end%s*[%]%),]", "-1 counts from the end: x[-1], x[{-1, 2}]" },
  { "[%w_]%s*%(%s*:%s*%)", "all in a row is x:flatten()" },
  { "^[^\"']*[%w_%)%]]%.?'", "the transpose is x:t()" }, { "[\"']%s*:%s", "a table is {a = 1, [2] = 3}" },
  { "[=%(,]%s*%[[^%[%]]*%]", "a list is {1, 2}, a tensor tensor{1, 2}" },
  { "^%s*%[[^%[].*%]", "a list is {1, 2}, a tensor tensor{1, 2}" },
  { "[%w_%)]%s*%([^%)\"']*:%s*[,%)]", 'a slice is x["1, :"]' },
  { "%.%*", "* is elementwise; matrix product is a:mm(b)" },
  { "%./", "/ is elementwise" }, { "%.%^", "^ is elementwise" }, { "%s%.[%+%-]", "+ and - are elementwise" },
  { "^[%w_%s=]*[%d%.]+%s*:%s*[%w%.]", "a range is tensor.arange(1, 10), with steps tensor.arange(0, 1, 0.1)" },
  { "[%w_]%s*%[[^%]\"']*:[^%]\"']*%]", 'a slice is x["1:3"] or x[{{1, 3}}]' },
  { "[%w_]%s*%[[^%]\"'{]*,[^%]\"'{]*%]", "several indices are x[{1, 2}]" },
  { "%f[%w_]function%f[^%w_][^%(]*%([^%)]*%)%s*{", "a body stands without braces: function(a, b) ... end" },
  { "^%s*def%s", "function name(a, b) ... end" }, { "^%s*class%s", 'Net = nn.class "Net"' },
  { "^%s*import%s", "nothing to import: tensor, nn, optim, data and viz are there" },
  { "^%s*from%s+%S+%s+import", "nothing to import: tensor, nn, optim, data and viz are there" },
  { "^%s*for%s.-%sin%s.*:%s*$", "for i = 1, n do ... end" }, { "^%s*if%s.*:%s*$", "if condition then ... end" },
  { "^%s*while%s.*:", "while condition do ... end" },
  { "^%s*with%s.*no_grad", "tensor.no_grad(function() ... end)" },
  { "%f[%w]lambda%s", "function(x) return ... end" }, { "^%s*print%s+[%w_]", "a call takes brackets: print(x)" },
  { "^%s*let%s", "local x = ..." }, { "^%s*var%s", "local x = ..." }, { "^%s*const%s", "local x = ..." },
  { "%*%*", "a power is x ^ 2" }, { "%?.*:", "condition and a or b" },
  { "=.*%sif%s.*%selse%s", "condition and a or b" },
  { "&&", "and; for masks &" }, { "||", "or; for masks |" }, { "^%s*//", "a comment begins with --" },
  { "^%s*/%*", "a comment begins with --" }, { "^%s*#%s", "a comment begins with --" },
  { "//%s*%a+%s%a+", "a comment begins with --" }, { "%+%+", "i = i + 1" },
  { "[%w_]%(.*[,%(]%s*[%a_][%w_]*%s*=[^=]", "options by name stand in a table: f(x, {lr = 0.1}) or f{x, lr = 0.1}" },
  { "[%w_]%(%s*[%a_][%w_]*%s*=[^=]", "options by name stand in a table: f(x, {lr = 0.1}) or f{x, lr = 0.1}" },
  { "^%s*if%f[%W]", "if condition then ... end" }, { "^%s*for%f[%W]", "for i = 1, 3 do ... end" },
  { "^%s*while%f[%W]", "while condition do ... end" },
  { "{.*[%w_%)}\"']%s+[%a_\"'].*}", "a comma parts the fields of a table" },
}

-- [1 2; 3 4] of MATLAB, [[1, 2], [3, 4]] of Python, [a b] and [a; b] of either, as they are written here; nil: neither.
local function matrix(text)
  local inside = text:match "^[^%[\"']-%f[%[]%[(%s*[^%[%]\"']*)%]%s*;?$"
  local before = text:sub(1, (text:find("[", 1, true) or 1) - 1)
  if not inside or not before:find "^%s*$" and not before:find "[=(,]%s*$" then return nil end
  if inside:find "[%a_]" then
    local names = {}
    for name in inside:gmatch "[^%s,;]+" do names[#names + 1] = name end
    if #names < 2 or inside:find "[^%w_%s,;]" then return nil end
    return ("%s is tensor.cat{%s, dim = %d}"):format(inside:find ";" and "one below the other" or "side by side",
      table.concat(names, ", "), inside:find ";" and 1 or 2)
  end
  if inside:find "[^%d%.eE%+%-,;%s]" or not inside:find "%d" or not inside:find "[%s;]" then return nil end
  local rows = {}
  for row in (inside .. ";"):gmatch "(.-);" do
    local numbers = {}
    for n in row:gmatch "[^%s,]+" do numbers[#numbers + 1] = n end
    rows[#rows + 1] = table.concat(numbers, ", ")
  end
  return #rows == 1 and ("tensor{%s}"):format(rows[1]) or ("tensor{{%s}}"):format(table.concat(rows, "}, {"))
end

-- Signs beyond ASCII, as typed in Julia or copied from a text.
local signs = { ["≠"] = "not equal is ~=", ["÷"] = "a whole quotient is a // b", ["×"] = "a product is a * b",
  ["·"] = "a product is a * b", ["≤"] = "at most is <=", ["≥"] = "at least is >=", ["−"] = "minus is the plain -",
  ["π"] = "pi is math.pi", ["²"] = "a square is x ^ 2", ["“"] = 'strings stand in plain quotes, "..."',
  ["”"] = 'strings stand in plain quotes, "..."', ["‘"] = "strings stand in plain quotes, '...'",
  ["’"] = "strings stand in plain quotes, '...'",
  ["–"] = "minus is the plain -", ["\u{a0}"] = "a no-break space was pasted: type a plain one",
  ["∞"] = "infinity is math.huge", ["∈"] = "for i, v in ipairs(t) do ... end" }

-- IPython's commands, and what they are here.
local magics = { timeit = "bench", time = "time", who = "who", whos = "who", run = "run", edit = "edit", cd = "cd",
  pwd = "pwd", history = "history", hist = "history", save = "save", debug = "bt", tb = "bt", magic = "", lsmagic = "" }
local fields = { shape = true, dtype = true, ndim = true, grad = true }

-- A closing bracket that nothing opened.
local function too_many(text)
  local open = {}
  for sign in text:gsub("%b\"\"", ""):gsub("%b''", ""):gmatch "[%(%)%[%]{}]" do
    local partner = ({ [")"] = "(", ["]"] = "[", ["}"] = "{" })[sign]
    if not partner then open[#open + 1] = sign
    elseif table.remove(open) ~= partner then return #open == 0 and ("one %s too many"):format(sign) or nil end
  end
  return nil
end

-- What a line that does not parse most likely meant; nil when that is not certain.
return function(text, message)
  local n = tonumber(message and message:match "^stdin:(%d+):")
  if n and n > 1 then -- the line at fault, of several
    text = source.lines(text)[n] or text
    if load("return " .. text, "=stdin", "t") then
      return ("within a block a value is no statement: print(%s)"):format(text:match "^%s*(.-)[%s;]*$")
    end
  end
  if message and message:find "<\\%d+>" then
    for letter in text:gmatch "[\xc2-\xf4][\x80-\xbf]+" do
      if signs[letter] then return signs[letter] end
    end
    return "names are made of a-z, A-Z, 0-9 and _"
  end
  local name, sign, rest = text:match "([%a_][%w_.]*)%s*([%+%-%*/])=%s*([^=].-)%s*$"
  if name and rest:find "%.grad%f[^%w_]" then
    local method = sign == "+" and "add" or "sub"
    return ("tensor.no_grad(function() %s:%s_(%s) end), or opt:step()"):format(name, method, rest)
  end
  if name then
    local method = ({ ["+"] = "add", ["-"] = "sub", ["*"] = "mul", ["/"] = "div" })[sign]
    return ("%s = %s %s %s or %s:%s_(%s)"):format(name, name, sign, rest, name, method, rest)
  end
  if text:find "[%w_%)%]]%s*@%s*[%w_%(]" then return "matrix product is a:mm(b)" end
  local magic, rest_of = text:match "^%s*%%%%?(%a+)%s*(.-)%s*$"
  if magics[magic] then return (":%s %s"):format(magics[magic], rest_of):gsub("%s+$", "") .. " does that here" end
  local object, method = text:match "([%w_.)}%]\"']*):([%a_][%w_]*)%s*$"
  if fields[method] and object ~= "" then return ("a field takes a point: x.%s"):format(method) end
  if object and object:find "%w$" then return ("a call takes brackets: %s:%s()"):format(object, method) end
  if object and object ~= "" then return ("a call takes brackets: x:%s()"):format(method) end
  local of_numbers = matrix(text)
  if of_numbers then return of_numbers end
  if message and message:find "unfinished string near <eof>" and not text:find "[%w_%)%]]%.?'[%s;]*$"
    and not text:find "[%w_%)%]]%.?'%s*[%*%+%-/\\]" then
    return "a string ends with the quote that it begins with; [[ ]] may go over lines"
  end
  if text:find "!=" then return "not equal is ~=" end
  local unbalanced = too_many(text)
  if unbalanced then return unbalanced end
  for _, hint in ipairs(hints) do
    if text:find(hint[1]) then return hint[2] end
  end
  return nil
end
