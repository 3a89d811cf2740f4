--- lua.lua: Lua stays Lua: the functions that lunette stands in front of do what lua5.4 does.  What is wanted here was
-- printed by lua5.4 (5.4.4), which runs this file too.
local test
if lunette then
  test = dofile "tests/check.lua"
else -- by lua5.4: the same tests without the rest of check.lua
  local failed = 0
  test = setmetatable({ done = function() os.exit(failed == 0) end, equal = function(got, want)
    if got ~= want then error(("%q, wanted %q"):format(got, want), 2) end
  end }, { __call = function(_, name, f)
    local ok, why = pcall(f)
    if not ok then failed = failed + 1 end
    print(ok and "ok " .. name or "not ok " .. name .. ": " .. why)
  end })
end

-- Values as one line, the place of a message without its file.
local function line(...)
  local parts = table.pack(...)
  for i = 1, parts.n do
    parts[i] = tostring(parts[i]):gsub("^[^\n]-lua%.lua:%d+: ", "LINE: "):gsub("0x%x+", "ADDRESS")
  end
  return table.concat(parts, " ", 1, parts.n)
end
local function closer(log, name, why)
  return setmetatable({}, { __close = function(_, e)
    log[#log + 1] = name .. " " .. line(e)
    if why then error(why, 0) end
  end })
end

test("pcall and xpcall: results, errors of every kind, handlers, missing arguments", function()
  test.equal(line(pcall(select, "#")), "true 0")
  test.equal(line(pcall(select, 2, nil, nil, nil)), "true nil nil")
  test.equal(line(pcall(error)), "false nil")
  test.equal(line(pcall(error, nil)), "false nil")
  test.equal(line(pcall(error, { 1 } and 7)), "false 7")
  test.equal(line(pcall(error, "x", 0)), "false x")
  test.equal(line(pcall(error, "x", 1)), "false x")
  test.equal(line(pcall(function() error("x", 1) end)), "false LINE: x")
  test.equal(line(pcall(pcall)), "false bad argument #1 to 'pcall' (value expected)")
  test.equal(line(pcall(nil)), "false attempt to call a nil value")
  test.equal(line(pcall(xpcall)), "false bad argument #2 to 'xpcall' (function expected, got no value)")
  test.equal(line(pcall(xpcall, print)), "false bad argument #2 to 'xpcall' (function expected, got no value)")
  test.equal(line(xpcall(error, function(e) return "<" .. tostring(e) .. ">", 2 end, "x", 0)), "false <x>")
  test.equal(line(xpcall(function(...) return select("#", ...), ... end, print, nil, 1, nil)), "true 3 nil 1 nil")
  test.equal(line(xpcall(error, error, "x", 0)):match "^false", "false")
  test.equal(select("#", pcall(table.unpack, {}, 1, 200)), 201)
end)

test("yields across pcall, xpcall, metamethods and for loops", function()
  local co = coroutine.wrap(function(...)
    local a = table.pack(pcall(function(x)
      local y = coroutine.yield(x + 1)
      local ok, z = xpcall(function() return coroutine.yield(y * 2) end, print)
      error({ ok, z }, 0)
    end, ...))
    return a[1], a[2][1], a[2][2]
  end)
  test.equal(line(co(1)), "2")
  test.equal(line(co(10)), "20")
  test.equal(line(co "z"), "false true z")
  local sum = coroutine.wrap(function()
    local t = setmetatable({}, { __add = function(_, b) return coroutine.yield(b) end,
      __index = function(_, k) return coroutine.yield(k) end })
    return t + 1, t.name
  end)
  test.equal(line(sum(), sum(5), sum(6)), "1 name 5 6")
  local each = coroutine.wrap(function()
    for v in coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end) do coroutine.yield(v) end
    return "end"
  end)
  test.equal(line(each(), each(), each(), each()), "1 2 3 end")
end)

test("coroutine.wrap: an error closes what is to be closed, says its place, and ends it", function()
  local log = {}
  local f = coroutine.wrap(function()
    local a <close> = closer(log, "a")  -- luacheck: ignore
    local b <close> = closer(log, "b")  -- luacheck: ignore
    coroutine.yield(1)
    error("boom", 0)
  end)
  test.equal(f(), 1)
  test.equal(line(pcall(f)), "false boom")
  test.equal(table.concat(log, ", "), "b boom, a boom")
  test.equal(line(pcall(f)), "false cannot resume dead coroutine")
  log = {}
  f = coroutine.wrap(function()
    local a <close> = closer(log, "a")            -- luacheck: ignore
    local b <close> = closer(log, "b", "other")   -- luacheck: ignore
    error { "table" }
  end)
  local ok, e = pcall(f)
  test.equal(line(ok, e), "false other")
  test.equal(log[2], "a other")
  local object = {}
  test.equal(select(2, pcall(coroutine.wrap(function() error(object) end))) == object, true)
  test.equal(line(pcall(coroutine.wrap, 1)),
    "false bad argument #1 to 'coroutine.wrap' (function expected, got number)")
  f = coroutine.wrap(function() return f() end)
  test.equal(line(pcall(f)), "false LINE: cannot resume non-suspended coroutine")
end)

test("coroutine.resume, close, status, running, isyieldable", function()
  test.equal(line(pcall(coroutine.resume, 1)),
    "false bad argument #1 to 'coroutine.resume' (thread expected, got number)")
  test.equal(line(pcall(coroutine.resume)),
    "false bad argument #1 to 'coroutine.resume' (thread expected, got no value)")
  test.equal(line(pcall(coroutine.close, 1)),
    "false bad argument #1 to 'coroutine.close' (thread expected, got number)")
  test.equal(line(pcall(coroutine.close, (coroutine.running()))), "false cannot close a running coroutine")
  local log = {}
  local co = coroutine.create(function()
    local a <close> = closer(log, "a")  -- luacheck: ignore
    coroutine.yield()
  end)
  test.equal(line(coroutine.resume(co)), "true")
  test.equal(line(coroutine.close(co)), "true")
  test.equal(log[1], "a nil")
  test.equal(line(coroutine.status(co), coroutine.close(co)), "dead true")
  test.equal(line(coroutine.resume(co)), "false cannot resume dead coroutine")
  co = coroutine.create(function()
    local a <close> = closer({}, "a", "bad")  -- luacheck: ignore
    coroutine.yield()
  end)
  coroutine.resume(co)
  test.equal(line(coroutine.close(co)), "false bad")
  co = coroutine.create(function() error { } end)
  test.equal(line(type(select(2, coroutine.resume(co)))), "table")
  test.equal(line(coroutine.close(co)):match "^false table", "false table")
  test.equal(line(coroutine.resume(coroutine.create(function(...) return select("#", ...), ... end), nil, nil)),
    "true 2 nil nil")
  test.equal(line(coroutine.isyieldable(), select(2, coroutine.running())), "false true")
  co = coroutine.wrap(function() return coroutine.isyieldable(), select(2, coroutine.running()) end)
  test.equal(line(co()), "true false")
  test.equal(line(coroutine.resume(coroutine.create(coroutine.yield), 1, 2)), "true 1 2")
  local deep = 0
  local function nest()
    deep = deep + 1
    return coroutine.wrap(nest)()
  end
  test.equal(pcall(nest), false)
  test.equal(deep > 100, true)
end)

test("pairs, ipairs, next, select and print without what they want", function()
  test.equal(line(pcall(pairs)), "false bad argument #1 to 'pairs' (value expected)")
  test.equal(line(pcall(ipairs)), "false bad argument #1 to 'ipairs' (value expected)")
  test.equal(line(pcall(next)), "false bad argument #1 to 'next' (table expected, got no value)")
  test.equal(line(pcall(function() for _ in ipairs() do end end)),
    "false LINE: bad argument #1 to 'ipairs' (value expected)")
  test.equal(line(pcall(function() for _ in ipairs(nil) do end end)), "false attempt to index a nil value")
  test.equal(line(pcall(next, {}, 1)), "false invalid key to 'next'")
  local seen = {}
  for i, v in ipairs(setmetatable({}, { __index = function(_, i) return i < 4 and i * i or nil end })) do
    seen[#seen + 1] = i .. "=" .. v
  end
  test.equal(table.concat(seen, " "), "1=1 2=4 3=9")
  seen = {}
  for k, v in pairs(setmetatable({}, { __pairs = function() return next, { a = 1 } end })) do seen[1] = k .. v end
  test.equal(seen[1], "a1")
end)

test("values of Lua have the metatables that Lua gives them", function()
  test.equal(getmetatable(4), nil)
  test.equal(getmetatable(print), nil)
  test.equal(getmetatable(true), nil)
  test.equal(getmetatable "x".__index, string)
  test.equal(tostring(1e15), "1e+15")
  test.equal(tostring(2^53), "9.007199254741e+15")
  test.equal(tostring(-0.0), "-0.0")
  test.equal(line(3 | 0, 10 // 3, 10 / 2, "10" + 1, 2^31 | 0), "3 3 5.0 11 2147483648")
end)

test("load, require and dofile", function()
  test.equal(line(load "x ="), 'nil [string "x ="]:1: unexpected symbol near <eof>')
  test.equal(line(load(function() return nil end)):match "^function", "function")
  test.equal(line(load("return ...", "=c", "t", {})(1, 2)), "1 2")
  test.equal(line(load("return x", "=c", "t", { x = 3 })()), "3")
  test.equal(line(pcall(load, true)), "false bad argument #1 to 'load' (function expected, got boolean)")
  package.preload.own_module = function(...) return { line(...) } end
  test.equal(line(require "own_module"[1], select(2, require "own_module")), "own_module :preload:")
  test.equal(require "own_module", package.loaded.own_module)
  package.preload.own_module, package.loaded.own_module = nil, nil
  test.equal((select(2, pcall(require, "no.such.module")):match "^[^\n]*"), "module 'no.such.module' not found:")
  test.equal(line(pcall(dofile, "/dev/null/none.lua")), "false cannot open /dev/null/none.lua: Not a directory")
end)

test("table.concat and table.move of long lists are Lua's", function()
  local t, text = {}, {}
  for i = 1, 200000 do t[i] = i % 3 == 0 and "x" or i end
  for i = 1, 200000, 50000 do text[#text + 1] = table.concat(t, ", ", i, i + 49999) end
  test.truth(table.concat(t, ", ") == table.concat(text, ", "), "the same in one and in parts")
  local up = table.move(t, 1, #t, 3, {})
  test.truth(up[3] == 1 and up[200002] == 200000 and up[1] == nil, "into another")
  table.move(t, 1, 200000, 2)
  test.truth(t[1] == 1 and t[2] == 1 and t[200001] == 200000 and t[100001] == 100000, "up over itself")
  table.move(t, 2, 200001, 1)
  test.truth(t[1] == 1 and t[100000] == 100000 and t[200000] == 200000, "down over itself")
  t[150000] = {}
  local _, why = pcall(table.concat, t)
  test.equal(why, "invalid value (at index 150000) in table for 'concat'")
  local proxy = setmetatable({}, { __index = function(_, i) return i end, __len = function() return 100000 end })
  test.equal(#table.concat(proxy), 488895)
  _, why = pcall(table.concat)
  test.equal(why, "bad argument #1 to 'table.concat' (table expected, got no value)")
end)
test.done()
