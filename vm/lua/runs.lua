--- runs.lua: earlier runs of a script: a small file each in runs/, ghosts under the next one's curves, and
-- `lunette runs [NAME]`, which lists and compares them.
local options = require "vm.options"
local runs = {}

local FOLDER, MOST, POINTS, GHOSTS = "runs", 50, 300, 3    -- files a script; points a curve; runs that lie under one
local LABEL = 32                                           -- letters of a run in the legend

local function plain(x) return (tostring(x):gsub("%c", " ")) end

-- Files of a script, oldest first; of all without a name.
local function files(name)
  local list = {}
  for _, file in ipairs((lunette.folder(FOLDER)) or {}) do
    local of = file:match "^(.*)%-%d%d%d%d%d%d%d%d%-%d%d%d%d%d%d%-?%d*%.run$"
    if of and (not name or of == name) then list[#list + 1] = file end
  end
  table.sort(list, function(a, b)
    local x, y = a:match "%d%d%d%d%d%d%d%d%-%d%d%d%d%d%d.*$", b:match "%d%d%d%d%d%d%d%d%-%d%d%d%d%d%d.*$"
    return x < y or x == y and a < b
  end)
  return list
end

-- One file: {name=, time=, seconds=, options={}, claim={{measure, value, bound, verdict}}, curves={{panel, series,
-- xy}}}, the curves where they are asked for; nil for what is none.
local function read(file, with_curves)
  local f = io.open(FOLDER .. "/" .. file, "rb")
  local text = f and f:read "a"
  if f then f:close() end
  if not text or text:sub(1, 14) ~= "lunette run 1\n" then return nil end
  local r = { file = file, options = {}, claim = {}, curves = {} }
  for line in text:sub(15):gmatch "[^\n]+" do
    local w = {}
    for word in (line .. "\t"):gmatch "([^\t]*)\t" do w[#w + 1] = word end
    if w[1] == "option" and w[3] then r.options[w[2]] = w[3]
    elseif w[1] == "claim" and w[5] then r.claim[#r.claim + 1] = { w[2], w[3], w[4], w[5] }
    elseif w[1] == "curve" then
      local xy = {}
      for number in (with_curves and w[4] or ""):gmatch "%S+" do xy[#xy + 1] = tonumber(number) or 0 / 0 end
      if #xy > 0 and #xy % 2 == 0 then r.curves[#r.curves + 1] = { w[2], w[3], xy } end
    elseif w[2] then r[w[1]] = w[2] end
  end
  return r
end

--- runs.keep(name, values, result, seconds): writes the options' values, the claim and what the panels' curves are now;
-- nothing without curves.
function runs.keep(name, values, result, seconds)
  local curves = lunette.viz_runs.curves(POINTS)
  if curves == "" then return end
  local lines = { "lunette run 1", "name\t" .. plain(name), "time\t" .. os.date "%Y-%m-%d %H:%M:%S",
    ("seconds\t%.1f"):format(seconds) }
  for _, key in ipairs(lunette.names_of(values or {})) do
    local v = values[key]
    if type(v) ~= "table" and type(v) ~= "function" then
      lines[#lines + 1] = ("option\t%s\t%s"):format(plain(key), plain(v))
    end
  end
  local clauses = result and { result, table.unpack(result.also) } or {}
  for _, c in ipairs(clauses) do
    lines[#lines + 1] = ("claim\t%s\t%.6g\t%s %.4g\t%s"):format(plain(c.measure), c.value, c.sign, c.target,
      c.ok and "ok" or "short")
  end
  for line in curves:gmatch "[^\n]+" do lines[#lines + 1] = "curve\t" .. line end
  if not pcall(options.make_folder, FOLDER) then return end
  local base = ("%s/%s-%s"):format(FOLDER, name, os.date "%Y%m%d-%H%M%S")
  local path, k = base .. ".run", 2
  while lunette.access(path) do path, k = ("%s-%d.run"):format(base, k), k + 1 end
  -- A folder that cannot be written costs the ghost alone.
  if not lunette.io.write_pieces(path, { table.concat(lines, "\n"), "\n" }) then return end
  local list = files(name)
  for i = 1, #list - MOST do os.remove(FOLDER .. "/" .. list[i]) end
end

-- Options in which the runs differ.
local function differing(list)
  local out = {}
  for _, r in ipairs(list) do
    for key in pairs(r.options) do out[key] = true end
  end
  for key in pairs(out) do
    local same = true
    for _, r in ipairs(list) do same = same and r.options[key] == list[1].options[key] end
    if same then out[key] = nil end
  end
  return lunette.names_of(out)
end

local function options_text(r, keys)
  local out = {}
  for _, key in ipairs(keys) do out[#out + 1] = key .. "=" .. (r.options[key] or "-") end
  return table.concat(out, " ")
end

--- runs.haunt(name): the newest earlier runs as ghosts.
function runs.haunt(name)
  local list, chosen = files(name), {}
  for i = #list, math.max(#list - GHOSTS + 1, 1), -1 do chosen[#chosen + 1] = read(list[i], true) end
  local keys = differing(chosen)
  for _, r in ipairs(chosen) do
    local label = (r.time or ""):match "%d+:%d+:%d+" or "earlier"
    if #keys > 0 then label = label .. " " .. options_text(r, keys) end
    for _, c in ipairs(r.curves) do
      local xy = tensor(c[3], { dtype = "f64" }):view(#c[3] // 2, 2)
      pcall(lunette.viz_runs.ghost, label:sub(1, LABEL), c[1], c[2], xy)    -- steps that go back are no ghost
    end
  end
end

-- --- `lunette runs` ------------------------------------------------------------------------------------------------

local function claim_text(r)
  local out = {}
  for _, c in ipairs(r.claim) do out[#out + 1] = ("%s %s (%s) %s"):format(c[1], c[2], c[3], c[4]) end
  return table.concat(out, "; ")
end

local function compare(name, list)
  local keys = differing(list)
  viz.title("runs of " .. name)
  for k, r in ipairs(list) do
    print(("%d\t%s\t%s s\t%s\t%s"):format(k, r.time or "?", r.seconds or "?", claim_text(r), options_text(r, keys)))
    for _, c in ipairs(r.curves) do
      local series = ("%d %s"):format(k, c[2])
      for i = 1, #c[3], 2 do viz.plot(c[1] .. "/" .. series, c[3][i + 1], { step = c[3][i] }) end
    end
  end
  viz.finish()
  if viz.mode() == "window" and viz.is_open() then viz.wait() end
  return 0
end

--- `lunette runs [NAME] [--viz=...]` -> status
function runs.main(...)
  local name, mode
  for _, word in ipairs { ... } do
    local viz_mode = word:match "^%-%-viz=(.*)$"
    if viz_mode then mode = viz_mode
    elseif word:find "^%-" or name then
      io.stderr:write("runs: unexpected '", word, "'; lunette runs [NAME] [--viz=window|files|term|off]\n")
      return 1
    else name = word end
  end
  if mode then viz.mode(mode) end
  local list = {}
  for _, file in ipairs(files(name)) do list[#list + 1] = read(file, name ~= nil) end
  if #list == 0 then
    io.stderr:write(name and ("runs: no run of '%s' in runs/\n"):format(name) or "runs: none in runs/\n")
    return name and 1 or 0
  end
  if name then return compare(name, list) end
  for _, r in ipairs(list) do
    print(("%s\t%s\t%s s\tseed %s\t%s"):format(r.name or "?", r.time or "?", r.seconds or "?", r.options.seed or "-",
      claim_text(r)))
  end
  return 0
end

return runs
