--- demo.lua: `lunette demo`: the start page and the tour of guide.lua;
-- `lunette demo [--quick] NAME ...`: projects one after another, their panels live in one window;
-- `lunette demo panels [--quick]`: a tour of every panel on synthetic data;
-- `lunette demo video [PATH]`: moving pictures with boxes.
local run = require "vm.run"
local show = require "vm.show"
local demo = {}

local tour = { "planar", "optimizers", "dinosaurus" }

local function nearest(name)
  local names = {}
  for i, p in ipairs(run.projects()) do names[i] = p.name end
  local near = lunette.nearest(name, names)
  return near and ("Did you mean '%s'?"):format(near)
end

local function exists(name)
  for _, p in ipairs(run.projects()) do
    if p.name == name then return p end
  end
  return nil
end

function demo.main(...)
  if ... == "panels" then return require("vm.panels").main(select(2, ...)) end
  if ... == "video" then return require("vm.demo_video").main(select(2, ...)) end
  local options, names = {}, {}
  for _, word in ipairs { ... } do
    if word == "--quick" then
      options.quick = true
    elseif word:match "^%-%-viz=" then
      options.viz = word:match "=(.*)$"
    elseif exists(word) then
      names[#names + 1] = word
    else
      io.stderr:write(("demo: no project '%s'. %s\n"):format(word, nearest(word) or "See: lunette list"))
      return 1
    end
  end
  if #names == 0 and not options.quick then
    if options.viz then viz.mode(options.viz) end
    return require("vm.guide").main()
  end
  if #names == 0 then names = tour end
  local status = 0
  for i, name in ipairs(names) do
    local p = exists(name)
    print(("\n%d/%d  %s: %s"):format(i, #names, name, p.title))
    if i > 1 and viz and viz.clear then viz.clear() end
    local ok, e = xpcall(run.project, function(e) return e end, name, options)
    if not ok then
      io.stderr:write(tostring(e), "\n")
      status = 1
      break
    end
  end
  return status
end

--- :demo, :demo NAME, :demo NAME code
function demo.command(rest)
  local name, word = rest:match "^(%S*)%s*(.-)%s*$"
  if name == "" then
    for _, p in ipairs(run.projects()) do
      local takes = p.text:match "\n%-%- Takes: ([^\n]-)%.?\n" or ""
      takes = takes:match "^[^;(]+" or takes -- what else it may take is in the script
      print(show.cut(("%-22s %-18s %s"):format(p.name, takes, (p.title:gsub("%s%s+.*$", "")))))
    end
    return print ":demo NAME runs one, :demo NAME code shows its script"
  end
  local p = exists(name)
  if not p then
    error((":demo: no project '%s'. %s"):format(name, nearest(name) or ":demo lists them"), 0)
  end
  if word == "code" then return show.page(p.text) end
  if word ~= "" then error((":demo: '%s' is not known; :demo %s or :demo %s code"):format(word, name, name), 0) end
  run.project(name, {})
end

return demo
