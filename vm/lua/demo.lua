--- demo.lua: `lunette demo [--quick] [NAME ...]`: projects one after another, their panels live in one window.
local run = require "vm.run"
local demo = {}

local tour = { "planar", "optimizers", "dinosaurus" }

local function exists(name)
  for _, p in ipairs(run.projects()) do
    if p.name == name then return p end
  end
  return nil
end

function demo.main(...)
  local options, names = {}, {}
  for _, word in ipairs { ... } do
    if word == "--quick" then
      options.quick = true
    elseif word:match "^%-%-viz=" then
      options.viz = word:match "=(.*)$"
    elseif exists(word) then
      names[#names + 1] = word
    else
      io.stderr:write(("demo: no project '%s'; see: lunette list\n"):format(word))
      return 1
    end
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

return demo
