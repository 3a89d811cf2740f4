--- run.lua: `lunette list` and `lunette run NAME|FILE [--option value ...] [--quick] [--viz=...]`; scripts by their
-- path; options of a script.

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
local common = { quick = false, viz = "window", out = false, strict = false }
-- False by default, else a path.
local paths = { data = true, out = true, weights = true, video = true, camera = true, cfg = true, picture = true,
  labels = true, names = true, enrol = true, wav = true }

local function parse(args)
  local out, i = {}, 1
  while i <= #args do
    local key, value = args[i]:match "^%-%-([%w_-]+)=(.*)$"
    if not key then
      key = args[i]:match "^%-%-([%w_-]+)$"
      if not key then return nil, ("run: '%s' is not an option; options are --name value"):format(args[i]) end
      if args[i + 1] and not args[i + 1]:match "^%-%-" then
        value = args[i + 1]
        i = i + 1
      end
    end
    out[key:gsub("-", "_")] = value == nil and true or value
    i = i + 1
  end
  return out
end

-- A number's range in words, and what lies outside it: {least, most} as given, else above 0 where the default is.
local function within(default, range)
  local least, most = table.unpack(range or {})
  if not range and default > 0 then
    if math.type(default) == "float" then return "above 0", function(n) return n <= 0 end end
    least = 1
  elseif not range then
    least = default == 0 and 0 or nil
  end
  local text = most and ("from %g to %g"):format(least, most) or ("from %g on"):format(least or 0)
  return text, function(n) return least and n < least or most and n > most end
end

local function typed(key, text, default, range)
  local kind = type(default)
  if kind == "boolean" then
    if text == true or text == "true" then return true end
    if text == "false" then return false end
    if default == false and paths[key] then return text end
    return nil, "true or false"
  elseif kind == "number" then
    local n = tonumber(text)
    if not n or (math.type(default) == "integer" and n ~= math.floor(n)) then
      return nil, math.type(default) == "integer" and "a whole number" or "a number"
    end
    if n ~= n or n == math.huge or n == -math.huge then return nil, "a number" end
    local words, outside = within(default, range)
    if key ~= "seed" and outside(n) then
      return nil, (math.type(default) == "integer" and "a whole number " or "a number ") .. words
    end
    return math.type(default) == "integer" and math.floor(n) or n
  end
  if text == true then return nil, "a value" end
  return text
end

local function names_of(t)
  local names = {}
  for k in pairs(t) do names[#names + 1] = k end
  table.sort(names)
  return names
end

-- A script's options in their order, with what it says beside each: `epochs = 30,     -- passes over the pictures`.
-- Those that it says nothing about come last.
function run.declared(text, defaults)
  local list, rest = {}, {}
  for key in pairs(defaults) do rest[key] = common[key] == nil or nil end
  for line in (text:match "lunette%.options%s*(%b{})" or ""):gmatch "[^\n]+" do
    local key, meaning = line:match "^%s*([%a_][%w_]*) = [^=]-,%s*%-%-%s*(.+)$"
    if key and rest[key] then
      list[#list + 1] = { key = key, meaning = meaning }
      rest[key] = nil
    end
  end
  for _, key in ipairs(names_of(rest)) do list[#list + 1] = { key = key, meaning = "" } end
  return list
end

local function show_help(defaults, quick)
  local p = current
  print(p and (p.name .. ": " .. p.title) or "options")
  for line in (p and p.text or ""):gmatch "\n(%-%- Claim:[^\n]*)" do print(line:sub(4)) end
  for _, o in ipairs(run.declared(p and p.text or "", defaults)) do
    local default = paths[o.key] and "PATH" or tostring(defaults[o.key])
    local short = quick and quick[o.key]
    print(("  --%-12s %-8s %s%s"):format(o.key, default, o.meaning, short and (" (--quick: %s)"):format(short) or ""))
  end
  print "  --quick                 seconds instead of minutes, held to a lower target"
  print "  --out          DIR      where weights go, if it saves any"
  print "  --viz          window   where panels go: window, files, term or off"
  print "  --strict       false    ends with status 3 when the claim falls short"
  error(run.help_shown, 0)
end
run.help_shown = setmetatable({}, { __tostring = function() return "help shown" end })

local function unknown(key, options)
  if paths[key] then return ("--%s: %s takes none"):format(key, current and current.name or "this script") end
  local near = lunette.nearest(key, names_of(options))
  return ("unknown option --%s. %s"):format(key, near and ("Did you mean --" .. near .. "?")
    or ("Options: --" .. table.concat(names_of(options), " --")))
end

-- A script's words are options once it asks for them; at the prompt there are none.
local function asked_options()
  if not current then return {} end
  local options, why = parse(current.words)
  if not options then lunette.raise(why) end
  return options
end

--- lunette.options{epochs = 3, lr = 1e-3, quick = {epochs = 1}}: the script's options with their defaults; the command
-- line's flags in their place.  With --quick the values of `quick` come first.  A number whose default is above 0 is to
-- be above 0 too, unless range = {momentum = {0, 1}} says otherwise.
function lunette.options(defaults)
  local all = {}
  local flags = given or asked_options()
  if current then current.asked = true end
  for k, v in pairs(common) do all[k] = v end
  local quick = defaults.quick
  for k, v in pairs(defaults) do
    if k ~= "quick" and k ~= "range" then all[k] = v end
  end
  local range = defaults.range or {}
  if flags.help then show_help(all, quick) end
  if flags.quick and flags.quick ~= "false" and type(quick) == "table" then
    for k, v in pairs(quick) do all[k] = v end
  end
  for key, text in pairs(flags) do
    if all[key] == nil then lunette.raise(unknown(key, all)) end
    local value, want = typed(key, text, all[key], range[key])
    if value == nil then
      local got = text == true and "nothing" or ("'%s'"):format(text)
      lunette.raise(("--%s must be %s, got %s. Try --%s %s"):format(key, want, got, key,
        type(all[key]) == "boolean" and "true" or tostring(all[key])))
    end
    all[key] = value
  end
  if all.out == true then lunette.raise("--out needs a folder: --out DIR") end
  for _, key in ipairs { "data", "weights", "video", "enrol", "wav" } do       -- a camera has a usual place
    if all[key] == true then lunette.raise(("--%s needs a path: --%s PATH"):format(key, key)) end
  end
  if all.out then
    local made, why = lunette.mkdir(all.out)
    if not made then lunette.raise("--out: " .. why) end
  end
  if all.seed then tensor.seed(all.seed) end
  if flags.viz and viz.mode then viz.mode(flags.viz) end
  return all
end

-- A value against its bound, both as they are printed, so that what reads ">= 0.08" and "0.08" holds; NaN never does.
local function clause(measure, value, bound)
  local target = bound.above or bound.below
  local text = ("%.4g"):format(value)
  local shown, limit = tonumber(text) or value, tonumber(("%.4g"):format(target)) or target
  local ok = bound.above and shown >= limit or bound.below and shown <= limit or false
  return { measure = measure, value = value, target = target, sign = bound.above and ">=" or "<=", ok = ok }
end

local function claim_line(word, name, c, ok)
  print(("%s\t%s\t%s\t%.4g\t%s %.4g\t%s"):format(word, name, c.measure, c.value, c.sign, c.target,
    ok and "ok" or "short"))
end

-- What a script returns: {measure = "accuracy", accuracy = v, above = target, also = {{"gain", v, above = t}, ...}}.
-- A line for each further clause, and last: claim, name, measure, value, target, ok when every clause holds, or short.
function run.report(name, claim)
  if type(claim) ~= "table" then return end
  local measure = claim.measure
  for _, key in ipairs(measure and {} or names_of(claim)) do
    if key ~= "above" and key ~= "below" and type(claim[key]) == "number" then measure = key end
  end
  if not measure then return end
  local result = clause(measure, claim[measure], claim)
  local all_hold = result.ok
  result.also = {}
  for k, c in ipairs(claim.also or {}) do
    local one = clause(c[1], c[2], c)
    result.also[k] = one
    all_hold = all_hold and one.ok
    claim_line("clause", name, one, one.ok)
  end
  claim_line("claim", name, result, all_hold)
  result.name, result.claim, result.ok = name, claim, all_hold
  return result
end

local loaders = rawget(shared, "package")   -- that of scripts: ours is a copy

-- f(...) while p is what runs, with `options` (nil: p.words).  A file's require "lib.x" looks beside it
-- first, whatever was loaded for others.
local function running(p, options, f, ...)
  local path, loaded, before = loaders.path, {}, { given, current }
  if p.file then
    loaders.path = (p.path:match "^(.*)/[^/]*$" or ".") .. "/?.lua;" .. path
    for name, module in next, loaders.loaded do
      if type(name) == "string" and name:find "^lib%." then loaded[name] = module end
    end
    for name in next, loaded do loaders.loaded[name] = nil end
  end
  local guard <close> = setmetatable({}, { __close = function()   -- luacheck: ignore
    given, current = before[1], before[2]
    if not p.file then return end
    loaders.path = path
    for name in next, loaders.loaded do
      if type(name) == "string" and name:find "^lib%." then loaders.loaded[name] = nil end
    end
    for name, module in next, loaded do loaders.loaded[name] = module end
  end })
  given, current = options, p
  local results = table.pack(f(...))
  return table.unpack(results, 1, results.n)
end

local function work(p, options)
  if viz and viz.mode and options.viz then viz.mode(options.viz) end
  if viz and viz.title then viz.title(p.name .. ": " .. p.title:gsub("%s%s+.*$", "")) end
  local chunk, problem = (p.file and loadfile or lunette.load)(p.path, "t")
  if not chunk then error(problem, 0) end
  local claim = chunk()
  if viz and viz.finish then viz.finish() end
  return run.report(p.name, claim)
end

--- Runs one project, or a script by its path, with parsed options; the claim, or raises.
function run.project(name, options)
  local p, why = find(name)
  if not p then lunette.raise(why) end
  return running(p, options or {}, work, p, options or {})
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

--- `lunette FILE words...` -> status
function run.file(path, ...)
  local function handler(e) return rawequal(e, run.help_shown) and e or lunette.explain(e) end
  local ok, e, claim = xpcall(run.script, handler, path, ...)
  if ok then
    for _, word in ipairs(claim and not claim.ok and { ... } or {}) do
      if word == "--strict" or word == "--strict=true" then return 3 end
    end
  elseif e ~= run.help_shown then
    io.stderr:write(tostring(e), "\n")
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
        ("%s %.4g"):format(c.sign, c.target), c.ok and "ok" or "short", r.seconds))
    else
      print(("%-20s %-12s %12s  %-10s %-6s %8.1f"):format(r.name, "", "", "", r.failed and "FAILED" or "-", r.seconds))
    end
  end
  if quick then print "--quick: less data and fewer steps, targets to match; without it a run is held to its claim" end
end

function run.main(name, ...)
  if not name then
    io.stderr:write "run: a project's name is missing; see: lunette list\n"
    return 1
  end
  local options, why = parse { ... }
  if not options then
    io.stderr:write(why, "\n")
    return 1
  end
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
    local ok, e = xpcall(run.project, function(e) return e end, n, options)
    if not ok and e ~= run.help_shown then
      io.stderr:write(tostring(e), "\n")
      status = 1
    end
    if ok and e and not e.ok and status == 0 and options.strict and options.strict ~= "false" then status = 3 end
    rows[#rows + 1] = { name = n, claim = ok and e or nil, failed = not ok, seconds = lunette.clock() - started }
  end
  local quick = options.quick and options.quick ~= "false"
  if name == "all" and not options.help then claim_table(rows, quick) end
  return status
end

return run
