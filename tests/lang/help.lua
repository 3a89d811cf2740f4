--- help.lua: everything public is explained: signature, one line, options, two examples that run, see-also.
local test = dofile "tests/check.lua"
local entries = require "vm.entries"
local repl = require "vm.repl"
viz.mode "files"
viz.folder(os.tmpname() .. ".d")

-- --- what is public ---------------------------------------------------------------------------------------------

local public = {}
local function add(prefix, t)
  for name in next, t do
    if type(name) == "string" and not name:find "^_" then public[#public + 1] = prefix .. name end
  end
end
for _, room in ipairs { "tensor", "nn", "optim", "data", "viz", "draw", "audio", "dist", "lunette" } do
  add(room .. ".", _G[room])
end
add("nn.init.", nn.init)
add("nn.metrics.", nn.metrics)
add("data.image.", data.image)
add("x:", tensor.methods)
add("net:", nn.Module)
add("opt:", optim.Adam { nn.Linear(1, 1) })
add("opt:", getmetatable(optim.Adam { nn.Linear(1, 1) }))
add("c:", debug.getmetatable(draw.canvas(4, 4)).__index)
for _, name in ipairs(repl.commands()) do public[#public + 1] = ":" .. name end
for option in test.inside.lunette.usage():gmatch "%f[^%s]%-%-?[%a%-]*%f[%s=]" do public[#public + 1] = option end
for word in test.inside.lunette.usage():gmatch "lunette (%l+) " do public[#public + 1] = "lunette " .. word end
table.sort(public)

-- Fields of an optimiser that are values, not functions.
local fields = {}
for key, value in pairs(optim.Adam { nn.Linear(1, 1) }) do fields["opt:" .. key] = type(value) ~= "function" end

test("everything public has an entry", function()
  local missing = {}
  for _, name in ipairs(public) do
    if not fields[name] and not entries.entry(name) then missing[#missing + 1] = name end
  end
  test.truth(#public > 400, "a surface of more than 400 names")
  if #missing > 0 then test.fail("no help for " .. table.concat(missing, " ")) end
end)

test("an entry has signature, one line, options with text, two examples, see-also", function()
  local poor = {}
  for _, e in ipairs(entries.all()) do
    local function want(ok, what)
      if not ok then poor[#poor + 1] = e.name .. " lacks " .. what end
    end
    want(e.sig and #e.sig > 0 or e.op and e.op.where == "", "signature")
    want(e.doc and #e.doc > 0 and not e.doc:find "\n", "one line")
    want(e.example, "example")
    want(e.example2 or e.op, "second example")
    want(e.see, "see-also")
    for _, o in ipairs(e.options or {}) do
      want(o[1] and o[2] and o[3] and #o[3] > 0, "text of option " .. tostring(o[1]))
    end
  end
  if #poor > 0 then test.fail(table.concat(poor, "; ")) end
end)

-- --- examples run; what options the functions know is noted meanwhile -------------------------------------------

local known = {}
local private = test.inside.lunette
local checked = private.checked
function private.checked(what, given, options)
  known[what] = options
  return checked(what, given, options)
end

local here = assert(io.popen "pwd"):read "l"
local program = arg[-1] or "lunette"
if not program:find "^/" then program = here .. "/" .. program end
local function run_shell(code)
  local folder = program:match "^(.*)/[^/]*$" or "."
  local f = io.popen(("PATH=%q:$PATH; { %s; } 2>&1 </dev/null"):format(folder, code))
  local text = f:read "a"
  return f:close(), text
end

local function run_example(e, code)
  local ok, why, _
  if e.name:find "^[:?]" then
    why = test.typed(code)
    ok = why == "" or code:find "nosuch" or code:find "^error"
  elseif e.name:find "^%-" or e.name:find "^lunette" and not e.name:find "[.:]" or e.name:find "^%u[%u_]+$" then
    if test.sanitized then
      ok = true
    else
      ok, why = run_shell(code)
    end
  else
    local function printed(...)
      for i = 1, select("#", ...) do tostring((select(i, ...))) end
    end
    local env = setmetatable({ print = printed }, { __index = _G })
    ok, why = load(code, "=example", "t", env)
    if ok then _, _, ok, why = test.caught(ok) end
  end
  lunette.chdir(here)
  if not ok and tostring(why):find "built without" then ok = true end
  return ok, why
end

for _, e in ipairs(entries.all()) do
  test("the examples of " .. e.name .. " run", function()
    for _, code in ipairs { e.example, e.example2 } do
      local ok, why = run_example(e, code)
      if not ok then test.fail(code .. ": " .. tostring(why)) end
    end
  end)
end
private.checked = checked

test("options that a function knows are the ones that help names", function()
  local aliases = { fit = "net:fit", evaluate = "net:evaluate", load_state = "net:load_state", allclose = "x:allclose",
    gradcheck = "tensor.gradcheck" }
  local wrong, count = {}, 0
  for what, options in pairs(known) do
    local e = entries.entry(aliases[what] or what)
    if e and not e.op and what:find "[.:]" or aliases[what] then
      count = count + 1
      local named = {}
      for _, o in ipairs(e.options) do named[o[1]] = true end
      for name in pairs(options) do
        if not named[name] then wrong[#wrong + 1] = what .. " does not explain " .. name end
      end
      for name in pairs(named) do
        if options[name] == nil and name:find "^%a" and not e.name:find "^optim" then
          wrong[#wrong + 1] = what .. " explains " .. name .. ", which it does not know"
        end
      end
    end
  end
  test.truth(count > 40, "more than 40 functions with options")
  if #wrong > 0 then test.fail(table.concat(wrong, "; ")) end
end)

test("lunette help --all is a reference of everything", function()
  if test.sanitized then return end
  local ok, text = run_shell "lunette help --all"
  test.truth(ok, "status 0")
  for _, name in ipairs { "## tensor.zeros\n", "## nn.Linear\n", "## :who\n", "## --quick\n", "## x:add_\n" } do
    test.truth(text:find(name, 1, true), name)
  end
end)
os.execute "rm -rf /tmp/lunette-help*"
test.done()
