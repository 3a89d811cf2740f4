--- options.lua: the options of a script: what it declares, what the command line gives, whether that makes sense, and
-- --help.  All is checked before the script draws or trains anything.
local options = {}
local names_of = lunette.names_of

-- Every script has these.
local common = { quick = false, viz = "window", out = false, strict = false }
local common_choice = { viz = "window files term off" }
-- What else stands in the table of lunette.options.
local declarations = { quick = true, range = true, paths = true, choice = true, needs = true, not_with = true,
  only = true, preset = true }

-- Options of these names whose default is false take a path, and of which kind: `read` a file or folder.
local known_paths = { data = "read", weights = "read", video = "video", camera = "video", cfg = "file",
  picture = "file", labels = "file", names = "file", enrol = "folder", pairs = "file", wav = "file", vocab = "file" }
local camera = "/dev/video0"               -- of --camera without a path

-- Largest values of numbers that many scripts have; of others 100 times their default, and 1000 at least.
local known_most = { train = 1000000, test = 1000000, epochs = 100000, steps = 100000000, iterations = 100000000,
  batch = 65536, size = 1024, lr = 100, frames = 1000000, show = 1000000 }
local SEED = 1000000000000000              -- largest: a double holds what scripts make of it

--- options.parse{word, ...} -> {key = text or true}, or nil and why.
function options.parse(words)
  local out, i = {}, 1
  while i <= #words do
    local key, value = words[i]:match "^%-%-([%w_-]+)=(.*)$"
    if not key then
      key = words[i]:match "^%-%-([%w_-]+)$"
      if not key then return nil, ("run: '%s' is not an option; options are --name value"):format(words[i]) end
      if words[i + 1] and not words[i + 1]:match "^%-%-" then
        value = words[i + 1]
        i = i + 1
      end
    end
    out[key:gsub("-", "_")] = value == nil and true or value
    i = i + 1
  end
  return out
end

-- The command line is at fault, not a line of the script.
local function stop(form, ...) error(form:format(...), 0) end

-- A declaration's words: "weights cfg" or {"weights", "cfg"}.
local function words_of(v)
  if type(v) == "table" then return v end
  local words = {}
  for word in v:gmatch "%S+" do words[#words + 1] = word end
  return words
end

-- "--a, --b" and so on.
local function flags_text(keys, between)
  local list = {}
  for k, key in ipairs(keys) do list[k] = "--" .. key:gsub("=", " ") end
  return table.concat(list, between or ", ")
end

-- --- numbers ----------------------------------------------------------------------------------------------------

-- 1e6 as 1000000, 0.999 as it is.
local function shown(n) return n == math.floor(n) and math.abs(n) <= SEED and ("%d"):format(n) or ("%g"):format(n) end

-- What a number may be: least, most, a divisor, and whether it must be above the least.
local function bounds(key, default, range)
  if key == "seed" then return { least = -SEED, most = SEED } end
  local whole = math.type(default) == "integer"
  local b = { least = range and range[1], most = range and range[2], multiple = range and range[3] }
  b.most = b.most or known_most[key] or math.max(1000, math.abs(default) * 100)
  if not b.least and default > 0 then
    b.least, b.above = whole and 1 or 0, not whole
  end
  b.least = b.least or default < 0 and -b.most or 0
  return b
end

local function number(key, text, default, range)
  local whole = math.type(default) == "integer"
  local kind, n, b = whole and "a whole number" or "a number", tonumber(text), bounds(key, default, range)
  if not n or n ~= n or n == math.huge or n == -math.huge or whole and n ~= math.floor(n) then return nil, kind end
  local from = b.above and "above " .. shown(b.least) .. ", at most " or "from " .. shown(b.least) .. " to "
  local words = ("%s %s%s"):format(kind, from, shown(b.most))
  if b.multiple then words = ("%s, a multiple of %d"):format(words, b.multiple) end
  if n < b.least or n > b.most or b.above and n == b.least or b.multiple and n % b.multiple ~= 0 then
    return nil, words
  end
  return whole and math.floor(n) or n + 0.0
end

-- --- one option ---------------------------------------------------------------------------------------------------

-- The kind of path that an option takes, and {name = true} of the values that are none; nil: it takes no path.
local function path_kind(key, declared)
  local kind = declared.paths and declared.paths[key]
  if type(kind) == "table" then
    local names = {}
    for k = 2, #kind do names[kind[k]] = true end
    return kind[1], names
  end
  return kind or declared[key] == false and known_paths[key] or nil, {}
end

local function typed(key, text, declared, default)
  local kind, choice = type(default), common_choice[key] or declared.choice and declared.choice[key]
  local path = key == "out" and "folder" or path_kind(key, declared)
  if kind == "boolean" then
    if path and text == true then
      if key == "camera" then return camera end
      stop(key == "out" and "--out needs a folder: --out DIR" or "--%s needs a path: --%s PATH", key, key)
    end
    if text == true or text == "true" then return true end
    if text == "false" then return false end
    if path then return text end
    return nil, "true or false"
  elseif kind == "number" then
    return number(key, text, default, declared.range and declared.range[key])
  elseif text == true then
    text = nil
  end
  if choice then
    for _, name in ipairs(words_of(choice)) do
      if text == name then return text end
    end
    return nil, "one of " .. table.concat(words_of(choice), ", ")
  end
  if text and not path and not text:find "%S" then text = nil end       -- blank is what stands where nothing was given
  return text, path and "a path" or "a value"
end

-- A value of a flag in its option's type, or an error that says what it must be.
local function value_of(key, text, declared, default, try)
  local value, want = typed(key, text, declared, default)
  if value == nil then
    if try == "" then try = key:upper() end
    stop("--%s must be %s, got %s. Try --%s %s", key, want, text == true and "nothing" or ("'%s'"):format(text), key,
      type(default) == "boolean" and "true" or tostring(try))
  end
  return value
end

--- options.viz(flags) -> where panels go, or nil: what every script has, before it asks.
function options.viz(flags) return flags.viz and value_of("viz", flags.viz, {}, common.viz, common.viz) or nil end

local function unknown(key, all, name)
  if known_paths[key] then return ("--%s: %s takes none"):format(key, name) end
  local near = lunette.nearest(key, names_of(all))
  return ("unknown option --%s. %s"):format(key, near and ("Did you mean --" .. near .. "?")
    or ("Options: --" .. table.concat(names_of(all), " --")))
end

-- --- paths -----------------------------------------------------------------------------------------------------

-- A path that is read must be there, readable and of its kind.
local function check_read(key, path, kind, names)
  if path == "" then stop("--%s needs a path: --%s PATH", key, key) end
  if kind == "video" and path:find "^lavfi:" then return end           -- a source of FFmpeg's own
  local found, why = lunette.access(path)
  if not found then
    stop("--%s: %s%s", key, why, next(names) and "; drawn are " .. table.concat(names_of(names), ", ") or "")
  end
  if kind == "folder" and found ~= "folder" then stop("--%s: %s: a folder expected, it is a file", key, path) end
  if (kind == "file" or kind == "video") and found == "folder" then
    stop("--%s: %s: a file expected, it is a folder", key, path)
  end
end

local function parent(path) return path:match "^(.*[^/])/+[^/]+/*$" or path:sub(1, 1) == "/" and "/" or "." end

-- A file that will be written: its folder is there and takes files, and it is no folder itself.
local function check_write(key, path)
  if path == "" then stop("--%s needs a path: --%s PATH", key, key) end
  if lunette.access(path) == "folder" then stop("--%s: %s: a file expected, it is a folder", key, path) end
  local above = parent(path)
  local found, why = lunette.access(above)
  if found and found ~= "folder" then stop("--%s: %s: %s is a file, a folder expected", key, path, above) end
  if found then found, why = lunette.writable(above) end
  if not found then stop("--%s: %s", key, why) end
end

--- options.make_folder(path): the folder of --out, made with those above it where it is not there, and proven to take
-- files; -> those that were made, the innermost first.
function options.make_folder(path)
  if path == "" then stop "--out needs a folder: --out DIR" end
  local made, at = {}, path
  while not lunette.modified(at) and at ~= "/" and at ~= "." do
    made[#made + 1], at = at, parent(at)
  end
  local kind = lunette.access(at)
  if kind and kind ~= "folder" then stop("--out: %s: a folder expected, it is a file", at) end
  local done, why = lunette.mkdir(path)
  if done then done, why = lunette.writable(path) end
  if done then return made end
  options.remove_empty(made)
  stop("--out: %s", why)
end

--- Removes those of the folders, the innermost first, in which nothing is.
function options.remove_empty(made)
  for _, folder in ipairs(made) do os.remove(folder) end               -- rmdir: refuses what holds something
end

-- --- options that belong together -----------------------------------------------------------------------------------

-- Whether an option is in force: "weights", or "net=inception" for one value of it.
local function in_force(word, all, declared)
  local key, value = word:match "^([^=]+)=(.*)$"
  key = key or word
  if value then return tostring(all[key]) == value end
  local default = declared[key]
  if default == nil then default = common[key] end
  return all[key] ~= default and all[key] ~= false
end

local function check_together(flags, all, declared)
  local given = {}
  for key in pairs(flags) do given[key] = all[key] ~= false or declared[key] == true or nil end
  for _, key in ipairs(names_of(given)) do
    local needs = declared.needs and declared.needs[key] or {}
    for _, one_of in ipairs(type(needs) == "table" and needs or { needs }) do
      local met = false
      for _, word in ipairs(words_of(one_of)) do met = met or in_force(word, all, declared) end
      if not met then stop("--%s means nothing without %s", key, flags_text(words_of(one_of), " or ")) end
    end
    for _, word in ipairs(declared.not_with and words_of(declared.not_with[key] or "") or {}) do
      if in_force(word, all, declared) then stop("--%s means nothing with %s", key, flags_text { word }) end
    end
  end
  for _, mode in ipairs(declared.only and names_of(declared.only) or {}) do
    local allowed = { [mode:match "^[^=]+"] = true, quick = true, viz = true, strict = true, seed = true }
    for _, key in ipairs(words_of(declared.only[mode])) do allowed[key] = true end
    for _, key in ipairs(in_force(mode, all, declared) and names_of(given) or {}) do
      if not allowed[key] then
        local others = flags_text(words_of(declared.only[mode]))
        if others ~= "" then others = "; with it go: " .. others end
        stop("--%s means nothing with %s%s", key, flags_text { mode }, others)
      end
    end
  end
end

-- --- what a script asks for ------------------------------------------------------------------------------------------

--- options.declared(text, defaults) -> a list of {key, meaning}: a script's options in their order, with what it says
-- beside each: `epochs = 30,     -- passes over the pictures`.  Those that it says nothing about come last.
function options.declared(text, defaults)
  local list, rest = {}, {}
  for key in pairs(defaults) do
    if not declarations[key] and common[key] == nil then rest[key] = true end
  end
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

--- The lines of a script's claim, from `-- Claim:` to the next word with a colon or the end of the comment.
function options.claim_lines(text)
  local lines, inside = {}, false
  for line in text:gmatch "[^\n]+" do
    if not line:find "^%-%-" then break end
    local word = line:match "^%-%- (%u%l+):"
    inside = word == "Claim" or inside and not word
    if inside then lines[#lines + 1] = line:sub(4) end
  end
  return lines
end

--- options.help(title, text, defaults): prints what --help says.
function options.help(title, text, defaults)
  local quick = type(defaults.quick) == "table" and defaults.quick or {}
  print(title)
  for _, line in ipairs(options.claim_lines(text)) do print(line) end
  for _, o in ipairs(options.declared(text, defaults)) do
    local default = defaults[o.key] == false and path_kind(o.key, defaults) and "PATH" or tostring(defaults[o.key])
    local brief = quick[o.key]
    local short = brief ~= nil and type(brief) ~= "table" and (" (--quick: %s)"):format(brief) or ""
    print(("  --%-12s %-8s %s%s"):format(o.key, default, o.meaning, short))
  end
  print "  --quick                 seconds instead of minutes, held to a lower target"
  print "  --out          DIR      where weights go, if it saves any"
  print "  --viz          window   where panels go: window, files, term or off"
  print "  --strict       false    ends with status 3 when the claim falls short"
end

--- options.take(declared, flags, name) -> every option's value: its default, that of --quick, or what the flags say.
-- (in this order: what a preset brings comes after --quick).  A preset of numbers that take their time says in quick
-- what they are there: `quick = { steps = 100, course = { size = 96 } }`, which comes after the preset.
-- Raises what is wrong with them, before anything is made.
function options.take(declared, flags, name)
  local all = {}
  for k, v in pairs(common) do all[k] = v end
  for k, v in pairs(declared) do
    if not declarations[k] then all[k] = v end
  end
  local defaults = {}
  for k, v in pairs(all) do defaults[k] = v end
  local quick = flags.quick and flags.quick ~= "false"
  local brief = quick and type(declared.quick) == "table" and declared.quick or {}
  for k, v in pairs(brief) do
    if type(v) ~= "table" then all[k] = v end
  end
  for _, key in ipairs(declared.preset and names_of(declared.preset) or {}) do
    -- What suits a user's own files in full (--data) takes its time: --quick goes without.
    local on = flags[key] and flags[key] ~= "false" and not (quick and path_kind(key, declared))
    for _, values in ipairs(on and { declared.preset[key], brief[key] } or {}) do
      for k, v in pairs(values) do all[k] = v end
    end
  end
  for _, key in ipairs(names_of(flags)) do
    local text = flags[key]
    if all[key] == nil then stop("%s", unknown(key, all, name)) end
    all[key] = value_of(key, text, declared, defaults[key], all[key])
  end
  check_together(flags, all, declared)
  for _, key in ipairs(names_of(flags)) do
    local kind, names = path_kind(key, declared)
    if kind and all[key] and all[key] ~= declared[key] and not names[all[key]] then
      if kind == "write" then check_write(key, all[key]) else check_read(key, all[key], kind, names) end
    end
  end
  return all
end

return options
