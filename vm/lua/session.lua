--- session.lua: what outlives an entry of the prompt: inputs that succeeded (:save), files that ran (:run, :reload,
-- :watch).
local entry = require "vm.entry"
local run = require "vm.run"
local session = {}

-- --- names of files ----------------------------------------------------------------------------------------------

--- What stands behind a command as words: quotes keep blanks within one, and so does a file that has that very name.
function session.words(text)
  if lunette.modified(text) then return { text } end
  local words, at = {}, 1
  while true do
    local first, last, quote, word = text:find("^%s*([\"'])(.-)%1", at)
    if not first then first, last, word = text:find("^%s*(%S+)", at) end
    if not first then return words end
    words[#words + 1], at = quote and word or text:sub(first, last):match "%S+$", last + 1
  end
end

--- The one name that stands behind a command, in quotes or not.
function session.path(text) return text:match "^\"(.*)\"$" or text:match "^'(.*)'$" or text end

-- --- inputs -----------------------------------------------------------------------------------------------------

local inputs = {}

-- An entry as a statement of a script; `keep` is what the prompt does with values.
local function as_statement(text)
  local code, kind = entry.code(text)
  if kind == "statements" and not code:find "%f[%w_]return%f[^%w_]" then return "do " .. code .. "\nend" end
  if kind == "last" or kind == "statements" then return ("keep((function()\n%s\nend)())"):format(code) end
  local bare = code and code:match "^return (.-);?%s*$"
  return bare and "keep(" .. bare .. (bare:find "%-%-" and "\n)" or ")")
end

-- Where the generator stands before an entry, and stood after the last that is kept: one that failed, or :bench, may
-- have drawn numbers in between, which a script would not draw.
local before, after = nil, tensor.rng_state()

local modules_seen    -- see below

--- An entry begins.
function session.begins()
  before = tensor.rng_state()
  modules_seen()
end

local function note(text)
  local name, rest = text:match "^:(%S+)%s*(.*)$"
  if not name then
    if not text:find "^[?!]" and not text:find "^%s*[%w_.:]+%?%s*$" then inputs[#inputs + 1] = as_statement(text) end
  elseif name == "time" then
    inputs[#inputs + 1] = as_statement(rest)
  elseif name == "cd" then
    inputs[#inputs + 1] = ("assert(lunette.chdir(%q))"):format(rest ~= "" and session.path(rest) or os.getenv "HOME"
      or "/")
  elseif name == "run" then
    inputs[#inputs + 1] = ("-- :run %s"):format(rest)
    local words = {}
    for i, w in ipairs(session.words(rest)) do words[i] = ("%q"):format(w) end
    inputs[#inputs + 1] = ("arg = {[0] = %s}\nkeep(assert(loadfile(%s))(%s))"):format(table.concat(words, ", "),
      words[1], table.concat(words, ", ", 2))
  end
end

--- Notes an entry that succeeded.
function session.note(text)
  local count = #inputs
  note(text)
  if #inputs == count then return end
  if before and (before[1] ~= after[1] or before[2] ~= after[2]) then
    table.insert(inputs, count + 1, ("tensor.rng_state{%d, %d}"):format(before[1], before[2]))
  end
  after = tensor.rng_state()
end

--- Writes them as a script; nil and why when that fails.
function session.save(path)
  local old = io.open(path)
  local first = old and old:read "l"
  if old then old:close() end
  if first and not first:find("-- A session of lunette", 1, true) then
    return nil, (":save: %s is there, and no session that :save wrote: !rm removes it"):format(path)
  end
  local ok, why = lunette.io.write_pieces(path, { "-- A session of lunette ", lunette.version, ".\n",
    "local function keep(v) if v ~= nil then _ = v end end  -- as the prompt does with values\n",
    table.concat(inputs, "\n"), "\n" })
  if not ok then return nil, why end
  return #inputs
end

-- --- $EDITOR ----------------------------------------------------------------------------------------------------

--- Opens a file in the user's editor; true where that ends well.
function session.editor(path)
  if not lunette.isatty(0) then error(":edit: there is no terminal to edit in", 0) end
  local editor = os.getenv "VISUAL" or os.getenv "EDITOR" or "vi"
  return os.execute(editor .. " '" .. path:gsub("'", "'\\''") .. "'"), editor
end

--- What the user's editor makes of a text; nil where it fails.
function session.edited(text)
  local path = os.tmpname()
  local f = assert(io.open(path, "w"))
  f:write(text, "\n")
  f:close()
  local ran, ok = pcall(session.editor, path)
  if not ran then
    os.remove(path)
    error(ok, 0)
  end
  f = ok and io.open(path)
  local changed = f and f:read "a"
  if f then f:close() end
  os.remove(path)
  return changed and (changed:gsub("%s+$", "")) or nil
end

local next_text

--- The next line at the prompt begins with that text.
function session.give(text) next_text = text end
function session.take()
  local text = next_text
  next_text = nil
  return text
end

-- --- files ------------------------------------------------------------------------------------------------------

local files = {}     -- name from the root, for :cd may come between -> { stamp =, name = as it was called }
local watched

local function note_file(path, stamp)
  local whole = lunette.absolute(path) or path
  files[whole] = { stamp = stamp or lunette.modified(path), name = path }
  return whole
end

-- A file as it was called, where that still leads to it.
local function shown(whole)
  local name = files[whole].name
  return (lunette.absolute(name) or name) == whole and name or whole
end

-- What require brought before an entry began has run as it stands.
local required = {}    -- name -> file
function modules_seen()
  for name in pairs(package.loaded) do
    if required[name] == nil then
      local path = package.searchpath(name, shared.package.path)
      required[name] = path and note_file(path) or false
    end
  end
end

-- Can it be read at all?  A folder opens, but gives nothing.
local function is_readable(path)
  local f = io.open(path)
  local text = f and f:read "a"
  if f then f:close() end
  return text ~= nil
end

-- While a file runs, os.exit ends it alone: the prompt stays, as IPython's does, and so do the variables.
local function staying(path)
  local os, exit = _G.os, _G.os.exit
  function os.exit(code)
    error(("%s ended with os.exit(%s); the prompt stays"):format(path, code == nil and "" or tostring(code)), 0)
  end
  return setmetatable({}, { __close = function() os.exit = exit end })
end

--- Runs a file; its globals are the session's.
function session.run(path, ...)
  if is_readable(path) then note_file(path) end
  local guard <close> = staying(path)   -- luacheck: ignore
  local results = run.script(path, ...)
  return table.unpack(results, 1, results.n)
end

-- Local variables that the old code shares stay: counters, caches, classes.  Functions are the new ones.
local function join_upvalues(new, old)
  local by_name = {}
  for i = 1, 255 do
    local name, value = debug.getupvalue(old, i)
    if not name then break end
    if type(value) ~= "function" then by_name[name] = i end
  end
  for i = 1, 255 do
    local name, value = debug.getupvalue(new, i)
    if not name then break end
    if name ~= "_ENV" and by_name[name] and type(value) ~= "function" then
      debug.upvaluejoin(new, i, old, by_name[name])
    end
  end
end

-- Functions of `new` take the place of those in `old`, in tables and classes too; what else there is stays.
local function patch(old, new, prefix, done, seen)
  if seen[new] then return end
  seen[new] = true
  for key, value in next, new do
    local was = rawget(old, key)
    local name = prefix .. tostring(key)
    if type(value) == "function" then
      if type(was) == "function" then join_upvalues(value, was) end
      local same = type(was) == "function" and string.dump(was, true) == string.dump(value, true)
      rawset(old, key, value)
      if not same then done[#done + 1] = name end
    elseif type(value) == "table" and type(was) == "table" and not nn.is_module(value) and key ~= "__index" then
      patch(was, value, name .. ".", done, seen)
    elseif was == nil then
      rawset(old, key, value)
      done[#done + 1] = name
    end
  end
end

-- A file again, its globals caught; then its functions in place of the old ones.  -> names, or nil and why.
local function reload(whole, target)
  local path = shown(whole)
  local chunk, why = loadfile(path, "t")
  files[whole].stamp = lunette.modified(whole)
  if not chunk then return nil, why end
  local caught = setmetatable({}, { __index = _G })
  debug.setupvalue(chunk, 1, caught)
  local guard <close> = staying(path)   -- luacheck: ignore
  local ok, result = pcall(chunk)
  debug.setupvalue(chunk, 1, _G)
  if not ok then return nil, tostring(result) end
  local done, seen = {}, {}
  setmetatable(caught, nil)
  patch(_G, caught, "", done, seen)
  if type(result) == "table" and type(target) == "table" then patch(target, result, "", done, seen) end
  table.sort(done)
  return done
end

local function say(path, done, why)
  if not done then return ("%s: %s\n(the old code stays)"):format(path, why) end
  if #done == 0 then return path .. ": nothing differs" end
  return ("%s: patched %s"):format(path, table.concat(done, ", "))
end

--- Files whose time has changed since they ran; modules of require's among them.  -> lines to print
function session.reload()
  modules_seen()
  local lines, modules = {}, {}
  for name, whole in pairs(required) do
    if whole then modules[whole] = package.loaded[name] end
  end
  local paths = {}
  for whole in pairs(files) do paths[#paths + 1] = whole end
  table.sort(paths)
  for _, whole in ipairs(paths) do
    local stamp = lunette.modified(whole)
    if not stamp then
      lines[#lines + 1] = say(shown(whole), nil, "No such file any more")
    elseif stamp ~= files[whole].stamp then
      lines[#lines + 1] = say(shown(whole), reload(whole, modules[whole]))
    end
  end
  return lines
end

--- :watch file; nil ends it.
function session.watch(path)
  watched = nil
  if not path then return end
  if not lunette.modified(path) then error(path .. ": No such file", 0) end
  local whole = lunette.absolute(path) or path
  watched = files[whole] and whole or note_file(path)
end

--- Has the watched file changed?  Then it is read again.  -> text or nil
function session.news()
  local stamp = watched and lunette.modified(watched)
  if not stamp or stamp == files[watched].stamp then return nil end
  return say(shown(watched), reload(watched))
end

return session
