--- check.lua: what Lua tests share.  Run from the root of the repository:
--   local test = dofile "tests/check.lua"
--   test("name", function() test.equal(x:sum():item(), 6) end)
--   test.done()                                   -- last: status 1 when any failed
-- Every test prints `ok NAME` or `not ok NAME: why`.  LUNETTE_TESTS="relu, every op" runs those alone whose names have
-- one of these words.
local test = { passed = 0, failed = 0 }

-- A test may overwrite globals, and what is in Lua's libraries: this file keeps its own.
local globals, kept = _G, {}
for name, value in pairs(_G) do
  kept[name] = value
  if rawequal(package.loaded[name], value) and not lunette[name] and type(value) == "table" and name ~= "_G" then
    kept[name] = setmetatable({}, getmetatable(value))
    for key, field in next, value do kept[name][key] = field end
  end
end
local _ENV = kept  -- luacheck: ignore

test.names = kept

-- The environment of the program's own Lua files (vm/embedded.c): all of `lunette`, and modules, require "vm.help".
test.inside = debug.getregistry()["lunette.inside"]
setmetatable(package.preload, { __index = function(_, name)
  return name:find "^[nv][nm]%." and function() return test.inside.require(name) end or nil
end })
local fail_after = test.inside.lunette.fail_after

--- Under the sanitizers time and resident memory are not what they are: such tests leave themselves out.
test.sanitized = os.getenv "LUNETTE_SANITIZED" ~= nil

--- A file of trainings that take minutes there, of ops that others run: if test.left_out() then return end
function test.left_out()
  if not test.sanitized then return false end
  test("left out under the sanitizers: minutes of ops that others run", function() end)
  test.done()
  return true
end

-- What tests leave in files goes with them: names are in a folder of their own, which test.done removes.
local folder, names = nil, 0
function globals.os.tmpname()
  if not folder then
    local pipe = assert(io.popen "mktemp -d")
    folder = pipe:read "l"
    pipe:close()
  end
  names = names + 1
  local name = ("%s/%d"):format(folder, names)
  assert(io.open(name, "w")):close()
  return name
end

local function one_line(text) return (tostring(text):gsub("\n", " | ")) end

local wanted = {}
for word in (os.getenv "LUNETTE_TESTS" or ""):gmatch "%s*([^,]+)" do wanted[#wanted + 1] = word end
local function is_wanted(name)
  for _, word in ipairs(wanted) do
    if name:find(word, 1, true) then return true end
  end
  return #wanted == 0
end

setmetatable(test, {
  __call = function(_, name, body)
    if not is_wanted(name) then return end
    local ok, why = xpcall(body, function(e)
      return type(e) == "table" and e.check or one_line(e)
    end)
    collectgarbage()
    if ok then
      test.passed = test.passed + 1
      print("ok " .. name)
    else
      test.failed = test.failed + 1
      print("not ok " .. name .. ": " .. why)
    end
  end,
})

-- The line of the test file that called, not a line of this one.
local function fail(message)
  local level = 2
  local here, info = debug.getinfo(1, "S").source, debug.getinfo(level, "Sl")
  while info and (info.source == here or info.what == "C") do
    level = level + 1
    info = debug.getinfo(level, "Sl")
  end
  error({ check = ("line %d: %s"):format(info and info.currentline or 0, one_line(message)) }, 0)
end
test.fail = fail

function test.truth(value, what)
  if not value then fail((what or "it") .. " does not hold") end
end

local function text_of(v)
  if lunette.is_tensor(v) then return lunette.typename(v) .. " " .. tostring(v) end
  return type(v) == "string" and ("%q"):format(v) or tostring(v)
end

--- Numbers, strings, booleans, nil: equal in value and, for numbers, in kind (1 is not 1.0).
function test.equal(got, want, what)
  local same = got == want and math.type(got) == math.type(want)
  if not same then fail(("%s%s, wanted %s"):format(what and what .. ": " or "", text_of(got), text_of(want))) end
end

local function flatten(v, out)
  if type(v) == "table" then
    for _, e in ipairs(v) do flatten(e, out) end
  elseif type(v) == "boolean" then
    out[#out + 1] = v and 1 or 0
  else
    out[#out + 1] = v
  end
  return out
end

local function shape_of(v)
  local shape = {}
  while type(v) == "table" do
    shape[#shape + 1] = #v
    v = v[1]
  end
  return shape
end

-- "[2,3]"
local function shape_text(shape) return "[" .. table.concat(shape, ",") .. "]" end

function test.shape(t, want)
  if not lunette.is_tensor(t) then fail("a tensor expected, got " .. lunette.typename(t)) end
  if shape_text(t.shape) ~= shape_text(want) then
    fail(("shape %s, wanted %s"):format(shape_text(t.shape), shape_text(want)))
  end
end

function test.dtype(t, want)
  if not lunette.is_tensor(t) then fail("a tensor expected, got " .. lunette.typename(t)) end
  if t.dtype ~= want then fail(("dtype %s, wanted %s"):format(t.dtype, want)) end
end

--- Elements in row-major order; booleans as 1 and 0.
function test.numbers(t) return flatten(t:totable(), {}) end

--- t holds `want` (nested lists, or a tensor): same shape, every element within tol * (1 + |want|).
function test.close(t, want, tol)
  tol = tol or 1e-6
  if type(t) == "number" then t = tensor(t, { dtype = "f64" }) end
  if not lunette.is_tensor(t) then fail("a tensor expected, got " .. lunette.typename(t)) end
  local shape = lunette.is_tensor(want) and want.shape or shape_of(want)
  if shape_text(t.shape) ~= shape_text(shape) then
    fail(("shape %s, wanted %s"):format(shape_text(t.shape), shape_text(shape)))
  end
  local got = test.numbers(t)
  local numbers = flatten(lunette.is_tensor(want) and want:totable() or want, {})
  for i, w in ipairs(numbers) do
    local g = got[i]
    local same = g == w or (g ~= g and w ~= w) or math.abs(g - w) <= tol * (1 + math.abs(w))
    if not same then fail(("element %d is %.9g, wanted %.9g"):format(i, g, w)) end
  end
end

--- Exactly: same shape and every element equal.
function test.same(t, want) test.close(t, want, 0) end

--- Two tensors: the same numbers of the same dtype and shape, NaN where NaN is.
function test.alike(got, want, what)
  what = what and what .. ": " or ""
  if got.dtype ~= want.dtype or not tensor.same_shape(got, want) then
    local have, wish = got.dtype .. shape_text(got.shape), want.dtype .. shape_text(want.shape)
    fail(("%s%s, wanted %s"):format(what, have, wish))
  end
  local same = got:eq(want) | (got:ne(got) & want:ne(want))
  if same:all():item() then return end
  local at = same:reshape(-1):to("u8"):argmin():item()
  fail(("%selement %d is %s, wanted %s"):format(what, at, got:reshape(-1)[at], want:reshape(-1)[at]))
end

--- f(n) with n threads, one and two.
function test.each_count_of_threads(f)
  local before = lunette.threads()
  for n = 1, 2 do
    lunette.threads(n)
    f(n)
  end
  lunette.threads(before)
end

-- --- walks over dtypes, sizes, and ways to lie in memory

test.dtypes = { "f32", "f64", "i64", "i32", "u8", "bool" }
test.numeric = { "f32", "f64", "i64", "i32", "u8" }
test.reals = { "f32", "f64" }

-- "f32, [3,5], turned"
local function choice_text(choice, keys)
  local words = {}
  for i, v in ipairs(choice) do
    local list = type(v) == "table" and math.type(v[1])
    local plain = type(v) == "string" or type(v) == "number" or type(v) == "boolean"
    words[i] = type(keys[i]) == "string" and keys[i] or list and shape_text(v) or plain and tostring(v)
      or "number " .. keys[i]
  end
  return table.concat(words, ", ")
end

--- f(a, b, ...) for every choice of one out of each list; of a table with names its values; a function gives a list for
-- what was chosen before.  threads = true: on one thread and on two.  A failure names the choice.
function test.each(lists, f)
  local choice, keys = {}, {}
  local function walk(k)
    if k > #lists then
      local ok, e = xpcall(f, function(e) return type(e) == "table" and e or one_line(e) end, table.unpack(choice))
      if ok then return end
      local text = (" (%s)"):format(choice_text(choice, keys))
      error(type(e) == "table" and { check = e.check .. text } or e .. text, 0)
    end
    local list = lists[k]
    if type(list) == "function" then list = list(table.unpack(choice, 1, k - 1)) end
    for key, v in (#list > 0 and ipairs or pairs)(list) do
      choice[k], keys[k] = v, key
      walk(k + 1)
    end
    choice[k], keys[k] = nil, nil
  end
  if lists.threads then test.each_count_of_threads(function() walk(1) end) else walk(1) end
end

-- x as a part of what is larger, and holds what x does not.
local function amid(x, shape, part)
  local other = (x.dtype == "f32" or x.dtype == "f64") and 0 / 0 or 99
  local view = tensor.full(shape, other, { dtype = "f64" }):to(x.dtype)[part]
  return view:copy_(x)
end

--- x as it may lie in memory: {[way] = tensor with x's numbers}.
function test.ways(x)
  local shape, back, more, twice, middle = x.shape, {}, {}, {}, {}
  local last = #shape
  for i, n in ipairs(shape) do
    back[i], more[i], twice[i] = last + 1 - i, n > 0 and n + 2 + i or 0, i == last and 2 * n or n
    middle[i] = n > 0 and { 2, n + 1 } or {}
  end
  local ways = { whole = x:contiguous(), part = amid(x, more, middle) }
  if shape[last] > 0 then
    ways.stepped = amid(x, twice, { "...", { 1, 2 * shape[last], 2 } })
    ways.backward = x:flip(last)["..., ::-1"]
  end
  if last > 1 then ways.turned = x:permute(back):contiguous():permute(back) end
  if last > 2 then ways.swapped = x:transpose(last - 1, last):contiguous():transpose(last - 1, last) end
  return ways
end

--- f's results are those of contiguous tensors, in whatever ways its tensors lie.
function test.in_every_way(f, ...)
  local lists, want = { ... }, table.pack(f(...))
  for i, x in ipairs(lists) do lists[i] = test.ways(x) end
  test.each(lists, function(...)
    local got = table.pack(f(...))
    for i = 1, want.n do test.alike(got[i], want[i], "result " .. i) end
  end)
end

--- f raises; the first line of the error is `message` (or, with pattern=true, matches it).  Gives the whole error.
function test.fails(message, f, ...)
  local ok, e = pcall(f, ...)
  if ok then fail(("no error; wanted %q"):format(message)) end
  local whole = tostring(e)
  local first = whole:match "^[^\n]*"
  if first ~= message then fail(("error %q, wanted %q"):format(first, message)) end
  return whole
end

--- f raises and its error contains every one of the texts.
function test.fails_with(texts, f, ...)
  local ok, e = pcall(f, ...)
  if ok then fail("no error; wanted one with " .. table.concat(texts, " and ")) end
  local whole = tostring(e)
  for _, text in ipairs(texts) do
    if not whole:find(text, 1, true) then fail(("error %q lacks %q"):format(whole, text)) end
  end
  return whole
end

--- f(...) while what is printed, by scripts and by the program, is kept: the lines, what went to standard error, and
-- whether f ended well, as pcall says.
function test.caught(f, ...)
  local lines, said, inside = {}, {}, test.inside
  local own, out, stderr = rawget(globals, "print"), inside.print, inside.io.stderr
  function inside.print(...)
    local parts = table.pack(...)
    for i = 1, parts.n do parts[i] = tostring(parts[i]) end
    lines[#lines + 1] = table.concat(parts, "\t")
  end
  globals.print, inside.shared.print = inside.print, inside.print
  inside.io.stderr = { write = function(_, ...) said[#said + 1] = table.concat { ... } end }
  local results = table.pack(pcall(f, ...))
  globals.print, inside.print, inside.shared.print, inside.io.stderr = own, out, out, stderr
  return lines, table.concat(said), table.unpack(results, 1, results.n)
end

--- What is written to standard error when these lines are typed at the prompt.
function test.typed(code)
  local repl = require "vm.repl"
  local _, said = test.caught(function()
    for line in code:gmatch "[^\n]+" do
      local chunk, why = load("return " .. line, "=stdin", "t")
      if not chunk then chunk, why = load(line, "=stdin", "t") end
      repl.run(line, chunk, why)
    end
  end)
  return said
end

--- test.project(name, options, usual) -> the report of a project that runs with these options, and with the usual ones
-- where these say nothing, and what it printed.
function test.project(name, options, usual)
  for key, value in pairs(usual or {}) do options[key] = options[key] or value end
  local lines, _, ok, result = test.caught(require "vm.run".project, name, options)
  if not ok then error(result, 0) end
  return result, table.concat(lines, "\n")
end

--- test.sabotaged(name, {{"old text", "new text"}, ...}, options) -> the report of a project run from an edited copy of
-- its script, and what was printed; each old text must stand there once.
function test.sabotaged(name, changes, options)
  local inside, original = test.inside.lunette, test.inside.lunette.load
  function inside.load(path)
    local chunk, text = original(path), inside.file(path)
    for _, change in ipairs(changes) do
      local first, last = text:find(change[1], 1, true)
      if not first or text:find(change[1], last + 1, true) then fail(("%q must stand once"):format(change[1])) end
      text = text:sub(1, first - 1) .. change[2] .. text:sub(last + 1)
    end
    return load(text, "@" .. path, "t", select(2, debug.getupvalue(chunk, 1)))
  end
  options.viz = "off"
  local lines, _, ok, result = test.caught(require "vm.run".project, name, options)
  inside.load = original
  if not ok then error(result, 0) end
  return result, table.concat(lines, "\n")
end

--- Writes a file; its path.
function test.write(path, bytes)
  local f = assert(io.open(path, "wb"))
  f:write(bytes)
  f:close()
  return path
end

--- All of a file.
function test.read(path)
  local f = assert(io.open(path, "rb"))
  local bytes = f:read "a"
  f:close()
  return bytes
end

--- All that a command prints.
function test.output(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read "a"
  pipe:close()
  return text
end

--- Lines `name number number ...` of a golden file: {[name] = numbers}.
function test.golden(path)
  local want = {}
  for line in io.lines(path) do
    local name, rest = line:match "^(%S+) (.*)$"
    want[name] = {}
    for v in rest:gmatch "%S+" do table.insert(want[name], tonumber(v)) end
  end
  return want
end

--- What a reader gave must be nothing, and the message must hold every text.
function test.refused(texts, value, message)
  if value ~= nil then fail("accepted, as " .. lunette.typename(value)) end
  for _, text in ipairs(texts) do
    if not message:find(text, 1, true) then fail(("message %q lacks %q"):format(message, text)) end
  end
end

--- Live tensors after a full collection.
function test.live()
  collectgarbage()
  collectgarbage()
  return lunette.memory().tensors
end

--- What a copy of a project's script reports in which one piece of text, there once, is replaced by another.
function test.broken(name, from, to, options) return (test.sabotaged(name, { { from, to } }, options)) end

--- A test for each broken copy, {[what] = {from, to, clause}}: it falls short of the target that --quick reaches;
-- clause: the name of the one that is short, where it matters which.  Every third of them by day, all by night.
function test.fall_short(name, broken)
  local kinds = {}
  for what in pairs(broken) do kinds[#kinds + 1] = what end
  table.sort(kinds)
  for k = 1, #kinds, os.getenv "LUNETTE_NIGHTLY" and 1 or 3 do
    local what, change = kinds[k], broken[kinds[k]]
    test(("broken copy of %s falls short: %s"):format(name, what), function()
      local result, printed = test.sabotaged(name, { { change[1], change[2] } }, { quick = true })
      local short = printed:match "claim\t[^\n]*short: ([^\n]*)" or "none"
      print(("# %s: %.3f, short: %s"):format(what, result.value, short))
      test.truth(not result.ok, ("%.3f, target %.3f: that it is short"):format(result.value, result.target))
      if change[3] then
        test.truth((", " .. short .. ","):find(", " .. change[3] .. ",", 1, true), ("%s is short (%s): that"):format(
          change[3], short))
      end
    end)
  end
end

-- The allocation after n more fails, for n = 0, 1, 2, ... until f passes: each failure must say so.  after(n) looks
-- at what is left behind.  How many failed.
function test.run_out(name, most, f, after)
  for n = 0, most do
    fail_after(n)
    local ok, e = pcall(f)
    fail_after(-1)
    if not ok and not tostring(e):find("memory", 1, true) then fail(name .. " at " .. n .. ": " .. tostring(e)) end
    e = nil  -- luacheck: ignore
    if after then after(n) end
    if ok then return n end
  end
  fail(name .. " never passed")
end

function test.done()
  if folder then os.execute("rm -rf '" .. folder .. "'") end
  if test.failed > 0 then error(("%d of %d failed"):format(test.failed, test.failed + test.passed), 0) end
end

return test
