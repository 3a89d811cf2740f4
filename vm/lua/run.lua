--- run.lua: `lunette list` and `lunette run NAME|FILE [--option value ...] [--quick] [--viz=...]`; scripts by their
-- path; what a script claims.

local options = require "vm.options"
local runs = require "vm.runs"
local run = {}

-- What there is to know about a script, by its path and text.
local function about(path, text)
  local name = path:match "([^/]+)%.lua$" or path:match "[^/]*$"
  return { name = name, path = path, text = text, title = text:match "^%-%-%- ?([^\n]*)" or name }
end

local function file_text(path)
  local file, why = io.open(path, "rb")
  local text = file and file:read "a"   -- nil for a folder
  if file then file:close() end
  return text, why
end

-- Projects: scripts/NAME.lua whose first line is `--- Title.  Source`: those in the program, and new ones in
-- LUNETTE_PATH/scripts and ./scripts.
local function projects()
  local list, known = {}, {}
  local function add(p, file)
    if known[p.name] then return end
    p.file = file
    known[p.name], list[#list + 1] = p, p
  end
  for _, path in ipairs(lunette.files "scripts/") do
    if path:find "^scripts/[%w_]+%.lua$" then add(about(path, lunette.file(path))) end
  end
  local own = os.getenv "LUNETTE_PATH"
  for _, folder in ipairs { own and own ~= "" and own .. "/scripts" or "scripts", "scripts" } do
    for _, name in ipairs((lunette.folder(folder)) or {}) do
      local text = name:find "^[%w_]+%.lua$" and file_text(folder .. "/" .. name)
      if text and text:find "^%-%-%- " then add(about(folder .. "/" .. name, text), true) end
    end
  end
  table.sort(list, function(a, b) return a.name < b.name end)
  return list
end
run.projects = projects

function run.list()
  for _, p in ipairs(projects()) do print(p.name .. "\t" .. p.title:gsub("%s%s+.*$", "")) end
  return 0
end

-- A project by its name, or any script by its path.
local function find(name)
  local names = {}
  if name:find "/" or name:find "%.lua$" then
    local text, why = file_text(name)
    if not text then return nil, "run: " .. (why or name .. ": no file") end
    local p = about(name, text)
    p.file = true
    return p
  end
  for _, p in ipairs(projects()) do
    if p.name == name then return p end
    names[#names + 1] = p.name
  end
  local near = lunette.nearest(name, names)
  local hint = near and ("Did you mean '" .. near .. "'?") or "See: lunette list"
  return nil, ("run: no project '%s'. %s"):format(name, hint)
end

-- --- options ----------------------------------------------------------------------------------------------------
-- Given on the command line, waiting for the script's lunette.options; every key of its table is a flag.

local given, current = nil, nil
local taken = { folders = {} }             -- what the running script was given: its values, the folders made for --out

-- Opens the window under the script's name: data are prepared next.  Not before its options are read, which may ask for
-- help or be refused.
local function announce(p)
  if viz and viz.title then viz.title(p.name .. ": " .. p.title:gsub("%s%s+.*$", "")) end
end

run.help_shown = setmetatable({}, { __tostring = function() return "help shown" end })

-- A script's words are options once it asks for them; at the prompt there are none.
local function asked_options()
  if not current then return {} end
  local flags, why = options.parse(current.words)
  if not flags then error(why, 0) end
  return flags
end

--- lunette.options{epochs = 3, lr = 1e-3, quick = {epochs = 1}}: the script's options with their defaults; the command
-- line's flags in their place.  With --quick the values of `quick` come first.  All is checked before it is given:
--   range = {momentum = {0, 1}, height = {16, 512, 16}}   least, most, a divisor; else from 1 on (above 0 for a number
--     with a point, from 0 on where the default is 0) to 100 times the default, 1000 at least
--   choice = {net = "small inception"}                     the words that an option may be
--   paths = {text = "file", picture = {"file", "coast"}}  read, file, folder, video, write; then words that are no path
--     (--data, --weights, --picture and their like are known as paths)
--   needs = {labels = "weights"}, not_with = {course = "text"} no meaning without one of, with any of; "net=small":
--     for one value; needs = {cfg = {"weights", "picture video"}}: without one of each
--   only = {weights = "picture labels"}                    with it these alone have a meaning
--   preset = {course = {size = 160}}                       what it sets, where the command line says nothing else
--     quick = {course = {size = 64}}: what it sets then with --quick, so that this stays quick
function lunette.options(declared)
  local flags = given or asked_options()
  local name = current and current.name or "this script"
  if current then current.asked = true end
  if flags.help then
    options.help(current and (name .. ": " .. current.title) or "options", current and current.text or "", declared)
    error(run.help_shown, 0)
  end
  local all = options.take(declared, flags, name)
  taken.values, taken.flags = all, flags
  if all.out then taken.folders = options.make_folder(all.out) end
  if all.seed then tensor.seed(all.seed) end
  if flags.viz and viz.mode then viz.mode(flags.viz) end
  if current then announce(current) end
  return all
end

-- What f raised or gave as its reason, as a fault of the option: the option, its value, the first line of the message.
local function blame(key, why)
  if type(why) ~= "string" then return why end
  local text = why:match("^[^\n]*"):gsub("^[^%s:]*:?[^%s:]+%.lua:%d+: ", "")
  if text:sub(1, #key + 4) == ("--%s: "):format(key) then return text end   -- who failed has named it
  local value = taken.values and taken.values[key]
  if type(value) == "string" and not text:find(value, 1, true) then text = value .. ": " .. text end
  if text:find("in the file", 1, true) or text:find("load: the", 1, true) then
    text = text .. " (was it saved with other options, with or without --quick?)"
  end
  return ("--%s: %s"):format(key, text)
end

--- lunette.option("weights", f, ...) -> what f(...) gives; when it fails, or gives nil and why, an error that names the
-- option and its value, and no line of the script.
function lunette.option(key, f, ...)
  local results = table.pack(pcall(f, ...))
  local failed = not results[1] and 2 or results[2] == nil and results[3] ~= nil and 3   -- where the reason is
  if failed then error(blame(key, results[failed]), 0) end
  return table.unpack(results, 2, results.n)
end

--- lunette.given("size") -> whether the command line says what the option is, be it its default: for options that
-- a file may answer for the user.
function lunette.given(key) return taken.flags ~= nil and taken.flags[key] ~= nil end

-- A value against its bound, both as they are printed, so that what reads ">= 0.08" and "0.08" holds; NaN never does.
local function clause(measure, value, bound)
  local target = (bound.above or bound.below) + 0.0                    -- no -0
  local text = ("%.4g"):format(value)
  local shown, limit = tonumber(text) or value, tonumber(("%.4g"):format(target)) or target
  local ok = bound.above and shown >= limit or bound.below and shown <= limit or false
  return { measure = measure, value = value, target = target, sign = bound.above and ">=" or "<=", ok = ok }
end

local function claim_line(word, name, c, verdict)
  print(("%s\t%s\t%s\t%.4g\t%s %.4g\t%s"):format(word, name, c.measure, c.value, c.sign, c.target, verdict))
end

-- The claim with the mean of what the processes measured.
local function averaged(claim, measure)
  local whole, values = {}, { claim[measure] }
  for key, v in pairs(claim) do whole[key] = v end
  whole.also = {}
  for k, c in ipairs(claim.also or {}) do values[k + 1] = c[2] end
  local mean = dist.all_reduce(tensor(values, { dtype = "f64" }), "mean")
  whole[measure] = mean[1]
  for k, c in ipairs(claim.also or {}) do
    whole.also[k] = {}
    for key, v in pairs(c) do whole.also[k][key] = v end
    whole.also[k][2] = mean[k + 1]
  end
  return whole
end

-- What a script returns: {measure = "accuracy", accuracy = v, above = target, also = {{"gain", v, above = t}, ...}}.
-- A line for each further clause, and last: claim, name, measure, value, target, ok when every clause holds, or short:
-- and the clauses that do not.  A script that returns no bound claims nothing.
function run.report(name, claim)
  if type(claim) ~= "table" or not (claim.above or claim.below) then return end
  local measure = claim.measure
  for _, key in ipairs(measure and {} or lunette.names_of(claim)) do
    if key ~= "above" and key ~= "below" and type(claim[key]) == "number" then measure = key end
  end
  if not measure then return end
  if lunette.is_many() then claim = averaged(claim, measure) end
  local result = clause(measure, claim[measure], claim)
  local short = { not result.ok and measure or nil }
  result.also = {}
  for k, c in ipairs(claim.also or {}) do
    local one = clause(c[1], c[2], c)
    result.also[k] = one
    if not one.ok then short[#short + 1] = one.measure end
    claim_line("clause", name, one, one.ok and "ok" or "short")
  end
  result.ok = #short == 0
  result.verdict = result.ok and "ok" or "short: " .. table.concat(short, ", ")
  claim_line("claim", name, result, result.verdict)
  result.name, result.claim = name, claim
  return result
end

local loaders = rawget(shared, "package")   -- that of scripts: ours is a copy

-- f(...) while p is what runs, with `flags` (nil: p.words).  A file's require of lib.x looks beside it
-- first, whatever was loaded for others.
local function running(p, flags, f, ...)
  local path, loaded, before = loaders.path, {}, { given, current, taken }
  if p.file then
    loaders.path = (p.path:match "^(.*)/[^/]*$" or ".") .. "/?.lua;" .. path
    for name, module in next, loaders.loaded do
      if type(name) == "string" and name:find "^lib%." then loaded[name] = module end
    end
    for name in next, loaded do loaders.loaded[name] = nil end
  end
  local guard <close> = setmetatable({}, { __close = function()   -- luacheck: ignore
    options.remove_empty(taken.folders)
    given, current, taken = before[1], before[2], before[3]
    if not p.file then return end
    loaders.path = path
    for name in next, loaders.loaded do
      if type(name) == "string" and name:find "^lib%." then loaders.loaded[name] = nil end
    end
    for name, module in next, loaded do loaders.loaded[name] = module end
  end })
  given, current, taken = flags, p, { folders = {} }
  local results = table.pack(f(...))
  return table.unpack(results, 1, results.n)
end

local function work(p, flags, kept)
  local mode = options.viz(flags)
  if viz and viz.mode and mode then viz.mode(mode) end
  if not p.text:find("lunette.options", 1, true) then announce(p) end
  local chunk, problem = (p.file and loadfile or lunette.load)(p.path, "t")
  if not chunk then error(problem, 0) end
  local started, shown = lunette.clock(), kept and viz and viz.mode and viz.mode() ~= "off" and not lunette.is_many()
  if shown then runs.haunt(p.name) end
  local claim = chunk()
  local values = taken.values
  if viz and viz.finish then viz.finish() end
  local result = run.report(p.name, claim)
  if shown and viz.mode() ~= "off" then runs.keep(p.name, values, result, lunette.clock() - started) end
  return result
end

--- Runs one project, or a script by its path, with parsed options; the claim, or raises.  kept: with the curves of
-- earlier runs under its own, which are written down in their turn.
function run.project(name, flags, kept)
  local p, why = find(name)
  if not p then lunette.raise(why) end
  return running(p, flags or {}, work, p, flags or {}, kept)
end

--- A script that was named by its path: `lunette FILE words...`, `:run FILE words...`.  Its results; the second is its
-- claim, when it asked for lunette.options and returned one.
function run.script(path, ...)
  local chunk, why = loadfile(path, "t")
  if not chunk then error(why, 0) end
  local p = about(path, file_text(path) or "")
  p.file, p.words = true, { ... }
  local results = table.pack(running(p, nil, chunk, ...))
  local claim = results[1]
  local made = p.asked and type(claim) == "table" and (claim.above or claim.below)
  return results, made and run.report(p.name, claim) or nil
end

-- An error as it is told on the command line: what begins with an option is no fault of the line that found it.
local function told(e)
  local text = tostring(e)
  return text:find "^%-%-%l" and text:gsub("\n at [^\n]*", "") or text
end

-- Of several processes one says why the run ends.
local function say_failed(e)
  local who = lunette.failing()
  if who then io.stderr:write(who, told(e), "\n") end
end

--- `lunette FILE words...` -> status
function run.file(path, ...)
  local function handler(e) return rawequal(e, run.help_shown) and e or lunette.explain(e) end
  local ok, e, claim = xpcall(run.script, handler, path, ...)
  if ok then
    for _, word in ipairs(claim and not claim.ok and { ... } or {}) do
      if word == "--strict" or word == "--strict=true" then return 3 end
    end
  elseif e ~= run.help_shown then
    say_failed(e)
    return 1
  end
  return 0
end

-- After `run all`: every project with its claim, what was measured, and whether that is enough.
local function claim_table(rows, quick)
  print(("\n%-20s %-12s %12s  %-10s %-6s %8s"):format("project", "measure", "value", "target", "", "seconds"))
  for _, r in ipairs(rows) do
    local c = r.claim
    if c then
      print(("%-20s %-12s %12.4g  %-10s %-6s %8.1f"):format(r.name, c.measure, c.value,
        ("%s %.4g"):format(c.sign, c.target), c.ok and "ok" or "short", r.seconds)
        .. (c.ok and "" or "   " .. c.verdict))
    else
      print(("%-20s %-12s %12s  %-10s %-6s %8.1f"):format(r.name, "", "", "", r.failed and "FAILED" or "-", r.seconds))
    end
  end
  if quick then print "--quick: less data and fewer steps, targets to match; without it a run is held to its claim" end
end

-- What is wrong with the words of a command, which all processes of a run have: the first says it.
local function misused(why)
  if lunette.is_first() then io.stderr:write(why, "\n") end
  return 1
end

function run.main(name, ...)
  if not name then return misused "run: a project's name is missing; see: lunette list" end
  local flags, why = options.parse { ... }
  if not flags then return misused(why) end
  local names = name == "all" and {} or { name }
  if name == "all" then
    for _, p in ipairs(projects()) do names[#names + 1] = p.name end
  end
  local status, rows = 0, {}
  for _, n in ipairs(names) do
    local started = lunette.clock()
    local own, beside = lunette.file(("scripts/%s.lua"):format(n)), file_text(("scripts/%s.lua"):format(n))
    if own and beside and own ~= beside then
      local text = "run: the program's own %s; scripts/%s.lua differs: lunette run scripts/%s.lua\n"
      io.stderr:write(text:format(n, n, n))
    end
    local ok, e = xpcall(run.project, function(e) return e end, n, flags, true)
    if not ok and e ~= run.help_shown then
      say_failed(e)
      status = 1
    end
    if ok and e and not e.ok and status == 0 and flags.strict and flags.strict ~= "false" then status = 3 end
    rows[#rows + 1] = { name = n, claim = ok and e or nil, failed = not ok, seconds = lunette.clock() - started }
  end
  local quick = flags.quick and flags.quick ~= "false"
  if name == "all" and not flags.help then claim_table(rows, quick) end
  return status
end

return run
