--- guide.lua: `lunette demo`: a start page with a picture of every project, and a tour of the finest in five minutes.
local run = require "vm.run"
local guide = {}

-- What to look at, a line each.
local stops = {
  { "planar", "the boundary bends around the petals as hidden units are added" },
  { "optimizers", "plain descent, momentum and Adam run down the same surface" },
  { "dinosaurus", "the names it invents become pronounceable" },
  { "date_translation", "which letters it reads for each digit that it writes" },
  { "unet_streets", "every pixel of the road ahead gets a name" },
  { "yolo_cars", "boxes find the cars; the truth is dashed" },
  { "face_verification", "people never seen in training are told apart" },
  { "style_transfer", "a picture takes on the strokes of another" },
  { "ner_resumes", "names, places and employers light up in a text" },
  { "jazz_solo", "a solo over chords that it was never taught" },
}
local HEIGHT, WIDTH = 150, 240                             -- of a picture on the start page
local LOOK, PATIENCE = 8, 20                               -- seconds at a last picture, and on the start page
local TOUR = 300                                           -- seconds of all stops: a slow machine leaves one early

-- Where the pictures of the projects lie: beside the sources, or where they were installed; nil: nowhere.
local function gallery()
  local binary = lunette.executable()
  local folder = binary and binary:match "^(.*)/[^/]*$"
  for _, place in ipairs(folder and { "tests/golden/readme", "share/lunette/gallery" } or {}) do
    local path = ("%s/../%s"):format(folder, place)
    if lunette.access(path) == "folder" then return path end
  end
  return nil
end

-- A project's picture, or a plain card where there is none.
local function picture(folder, name)
  local path = folder and ("%s/%s.png"):format(folder, name)
  if not path or lunette.access(path) ~= "file" then return tensor.full({ HEIGHT, WIDTH, 3 }, 215):to "u8" end
  return data.image.resize(data.image.load(path), HEIGHT, WIDTH)
end

-- What its title says behind the colon.
local function line_of(project)
  local title = project.title:gsub("%s%s+.*$", "")
  return title:match ": (.*)$" or title
end

-- The project chosen; nil after some seconds without anybody, or when the window is gone.
local function start_page(pictures, seconds, then_what)
  local projects, names, lines = run.projects(), {}, {}
  for k, p in ipairs(projects) do names[k], lines[k] = p.name, line_of(p) end
  viz.clear()
  viz.title "lunette"
  local chosen = viz.menu("projects", pictures, { labels = names, lines = lines })
  local till = lunette.clock() + seconds
  while lunette.clock() < till and viz.is_open() and viz.mode() == "window" do
    local left = math.ceil(till - lunette.clock())
    viz.caption(("click a project, or arrows and Enter; %s %d seconds"):format(then_what, left))
    local k = chosen()
    if k then return projects[k].name end
    lunette.sleep(0.03)
  end
  return nil
end

-- The last picture stays until somebody goes on, or for some seconds; false: the window was closed.
local function hold(seconds)
  local go_on, back = viz.button "next", viz.button "start page"
  local till = lunette.clock() + seconds
  while lunette.clock() < till and viz.is_open() do
    if go_on() then return true end
    if back() then return true, "start page" end
    lunette.sleep(0.03)
  end
  return viz.is_open()
end

-- What ends a project that the visitor leaves before it is done.
local LEFT = setmetatable({}, { __tostring = function() return "left" end })

--- guide.watched(till, f, ...) -> ok, why, which: f(...), and meanwhile whether the visitor goes on, wants the start
-- page or has closed the window, or it is later than till.  A script that catches the error hears it again.
function guide.watched(till, f, ...)
  local go_on, back, left, again = viz.button "next", viz.button "start page", nil, 0
  debug.sethook(function()
    local now = lunette.clock()
    if not left and viz.mode() == "window" then
      left = back() and "start page" or go_on() and "next" or not viz.is_open() and "closed" or nil
    end
    left = left or now > till and "late" or nil
    if not left or now < again then return end
    again = now + 0.5                                      -- who tidies up is let be
    error(LEFT, 0)
  end, "", 2000)
  local ok, why = xpcall(f, function(e) return e end, ...)
  debug.sethook()
  return ok, why, left
end

-- Whether it ended well, and how it was left: by the visitor, or since it was later than till.
local function show(name, watch, till)
  viz.clear()
  viz.caption(watch)
  print(("\n%s: %s"):format(name, watch))
  local ok, why, left = guide.watched(till or math.huge, run.project, name, { quick = true })
  if left == "late" then
    print(("%s: its share of the tour is over; lunette demo %s shows it to its end"):format(name, name))
  end
  if not ok and not left then
    if lunette.stop_requested() then error(why, 0) end
    io.stderr:write(("demo: %s: %s\n"):format(name, tostring(why)))
  end
  return ok, left
end

local function watch_of(name)
  for _, stop in ipairs(stops) do
    if stop[1] == name then return stop[2] end
  end
  for _, p in ipairs(run.projects()) do
    if p.name == name then return line_of(p) end
  end
end

-- Without a window: the same projects, their pictures in files.
local function write_pictures()
  local status = 0
  for _, stop in ipairs(stops) do
    if not show(stop[1], stop[2]) then status = 1 end
    viz.finish()
  end
  return status
end

-- Every stop, until the window is closed or the start page is wanted.  Each has an equal share of what time is left.
local function tour()
  local till = lunette.clock() + TOUR
  for k, stop in ipairs(stops) do
    local now = lunette.clock()
    local share = (till - now) / (#stops - k + 1) - LOOK
    local _, left = show(stop[1], ("%d of %d: %s"):format(k, #stops, stop[2]), now + share)
    if left ~= "next" then
      if left and left ~= "late" then return viz.is_open() end
      local open, where = hold(LOOK)
      if not open or where then return open end
    end
  end
  return true
end

--- guide.main() -> exit status: the start page; a project that is chosen; the tour when nobody chooses.
function guide.main()
  local folder, pictures = gallery(), {}
  if viz.mode() ~= "window" then return write_pictures() end
  for k, p in ipairs(run.projects()) do pictures[k] = picture(folder, p.name) end
  local toured = false
  while true do
    local name = start_page(pictures, PATIENCE, toured and "goodbye in" or "a tour begins in")
    if viz.mode() ~= "window" then return write_pictures() end
    if not viz.is_open() or (not name and toured) then break end
    if name then
      local _, left = show(name, watch_of(name))
      if not left then hold(60) end
    else
      toured = tour()
    end
    if not viz.is_open() then break end
  end
  viz.close()
  return 0
end

return guide
