--- gallery.lua: runs every project in full without a window and writes the pictures of README.md's gallery.
--   build/lunette scripts/lib/gallery.lua [NAME ...]       from the root of the repository; runs/ gets them too
local run = debug.getregistry()["lunette.inside"].require "vm.run"

local folder, height, width = "tests/golden/readme", 375, 600

local function picture(project)
  run.project(project.name, { viz = "files" })
  local drawn = viz.picture(1280, 800)                       -- twice as large, then down: small letters stay readable
  assert(tensor.save(("%s/%s.png"):format(folder, project.name), data.image.resize(drawn, height, width)))
end

local wanted = {}
for _, name in ipairs(arg or {}) do wanted[name] = true end
for _, project in ipairs(run.projects()) do
  if next(wanted) == nil or wanted[project.name] then
    viz.clear()
    picture(project)
  end
end
