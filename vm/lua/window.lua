--- window.lua: the window as a whole: its names and order, the files that panels are written to, recordings; and what
-- help says of those functions that vm/bind/bind_viz.c has whole.  The panels: viz.lua.
local panels = require "vm.viz"
local none, declare = lunette.none, panels.declare

-- --- curves ----------------------------------------------------------------------------------------------------------

panels.raw.plot_checks(declare { name = "plot", see = "viz.show",
  args = '"panel/series", value, {step=, log=, smooth=}',
  doc = "adds a point to a curve, or the points of a vector; never waits",
  options = { { "step", none, "x, of a vector its first; counts by itself" }, { "log", none, "logarithmic y" },
    { "smooth", none, "of the line, 0..1" } },
  example = 'viz.plot("loss/train", 0.5)',
  example2 = 'for i = 1, 9 do viz.plot("loss/train", 1 / i, {step = i}) end' })
declare { name = "clear", args = "name", see = "viz.layout", doc = "removes a panel, or all of them",
  example = 'viz.plot("loss/train", 1)\nviz.clear "loss"', example2 = "viz.clear()" }

-- --- the window ------------------------------------------------------------------------------------------------------

declare { name = "show", args = "", see = "viz.finish, viz.mode, viz.close",
  doc = "opens the window now; without a display it writes the pictures and says where, in viz.mode 'term' it draws "
    .. "them",
  example = 'if viz.mode() == "window" then viz.show() end', example2 = "show = viz.show" }
declare { name = "close", args = "", see = "viz.show", doc = "closes the window; the panels stay",
  example = "viz.close()", example2 = "close = viz.close" }
declare { name = "is_open", args = "", see = "viz.show", doc = "is there a window", example = "print(viz.is_open())",
  example2 = "if viz.is_open() then viz.close() end" }
declare { name = "wait", args = "", see = "viz.is_open", doc = "waits until the window is closed",
  example = "if viz.is_open() then viz.wait() end", example2 = "wait = viz.wait" }
declare { name = "finish", args = "", see = "viz.wait", doc = "shows, or writes, the last state of everything",
  example = 'if viz.mode() == "off" then viz.finish() end', example2 = "finish = viz.finish" }
declare { name = "mode", args = "name", see = "--viz", doc = "window, files, term or off; gives the one that holds",
  example = "print(viz.mode())", example2 = 'was = viz.mode()\nviz.mode "off"\nviz.mode(was)' }
declare { name = "caption", args = "text", see = "viz.title", doc = 'a line behind the title; "": none',
  example = 'viz.caption "epoch 3"', example2 = 'viz.caption ""' }
-- The C function takes the words.
local say_preparing = viz.preparing

declare { name = "preparing", args = "what, done, of", see = "viz.title",
  doc = "what a window without panels says meanwhile: that, and how many of how many are done",
  example = 'for k = 1, 3 do viz.preparing("pictures", k, 3) end', example2 = 'viz.preparing "the words"' }
function viz.preparing(what, done, of)
  say_preparing(done and ("%s: %d of %d"):format(what, done, of) or what)
end

declare { name = "size", args = "w, h", see = "viz.picture", doc = "of the window and of pictures",
  example = "viz.size(800, 600)", example2 = "viz.size(1280, 800)" }
declare { name = "dark", args = "on", see = "viz.size", doc = "dark or light", example = "viz.dark()",
  example2 = "viz.dark(false)" }

-- The C function sets the title; here it is remembered too.
local set_title, current_title = viz.title, nil

declare { name = "title", args = "text", see = "viz.size",
  doc = "of the window, which opens, and of the pictures; a file's name is its first word; without a text: gives it",
  example = 'viz.title "my run"', example2 = 'viz.title("lr " .. 0.1)' }
function viz.title(text)
  if text == nil then return current_title end
  set_title(text)
  current_title = text
end

declare { name = "layout", args = "rows", see = "viz.clear",
  doc = 'rows of panels, {{"loss", "net"}, {"image"}}, also of those still to come; without them automatic',
  example = 'viz.plot("loss/train", 1)\nviz.image("image", tensor.rand(4, 4))\nviz.layout{{"loss"}, {"image"}}',
  example2 = "viz.layout()" }
function viz.layout(rows)
  local names, at = {}, {}
  for r, row in ipairs(rows or {}) do
    for _, name in ipairs(type(row) == "table" and row or { row }) do
      panels.check_name("viz.layout", name)
      names[#names + 1], at[#at + 1] = name, r - 1
    end
  end
  if viz.mode() == "off" then return end                    -- there are no panels then
  if #names == 0 then return panels.raw.layout() end
  panels.raw.layout(names, tensor(at):to "i32")
end

-- --- pauses ----------------------------------------------------------------------------------------------------------

declare { name = "gate", args = "", see = "viz.pause",
  doc = "waits here while the user has paused; training loops call it", example = "viz.gate()",
  example2 = "for i = 1, 3 do viz.gate() end" }
declare { name = "pause", args = "on", see = "viz.gate", doc = "pauses, or with false goes on; was it paused?",
  example = "viz.pause(false)", example2 = "was = viz.pause(false)" }
declare { name = "step", args = "", see = "viz.pause", doc = "while paused: one step on", example = "viz.step()",
  example2 = "step = viz.step" }
declare { name = "at", args = "step", see = "viz.save, viz.pause",
  doc = "the panels as they were at a step of their curves (without curves: the so many-th picture); without a step: "
    .. "now",
  example = 'for k = 1, 9 do\n  viz.plot("loss/train", 1 / k)\n  viz.image("input", tensor.full({ 4, 4 }, k / 9))\n'
    .. 'end\nviz.at(3)\nprint(viz.save "/tmp/lunette-help.png")', example2 = "viz.at()" }

local rewind_options = declare { name = "rewind", args = "step, {lr=}", see = "net:fit, viz.at",
  doc = "of a net:fit{keep=20} that is at work: after this step it goes back to the last state kept up to that step of "
    .. "its optimiser, and on from there, perhaps at another rate; gives that state's step; without a step: the list "
    .. "of those kept.  The curves fork.  In the window: a click on a curve, and a button",
  options = { { "lr", none, "the rate from there" } },
  example = "net, X = nn.Linear(2, 1), tensor.randn(32, 2)\nback = false\n"
    .. "net:fit{{X, X:sum(2):view(-1, 1)}, loss = nn.mse, batch = 4, keep = 5, quiet = true, on_step = function(step)\n"
    .. "  if step == 6 and not back then back = viz.rewind(2, {lr = 0.001}) end\nend}\nprint(back)",
  example2 = "net, X = nn.Linear(2, 1), tensor.randn(8, 2)\n"
    .. "net:fit{{X, X:sum(2):view(-1, 1)}, loss = nn.mse, keep = 3, quiet = true,\n"
    .. "  on_epoch = function() print(#viz.rewind()) end}" }
function viz.rewind(step, options)
  local o = rewind_options(options)
  if step ~= nil and (type(step) ~= "number" or step ~= step) then
    lunette.raise("viz.rewind: a step expected, got " .. lunette.typename(step))
  end
  if o.lr ~= nil and (type(o.lr) ~= "number" or not (o.lr >= 0 and o.lr < math.huge)) then
    lunette.raise("viz.rewind: lr must be at least 0 and finite, got " .. tostring(o.lr))
  end
  return lunette.rewind(step, o.lr)
end

-- --- files, pictures, words ------------------------------------------------------------------------------------------

declare { name = "save", args = "path", see = "viz.picture",
  doc = "the panels as .png, .svg, .pdf, .csv, or a page .html with curves to zoom; true, or nil and why",
  example = 'viz.plot("loss/train", 1)\nprint(viz.save "/tmp/lunette-help.png")',
  example2 = 'print(viz.save "/dev/null/nosuch/x.png")' }
declare { name = "folder", args = "path", see = "viz.mode", doc = "where mode files writes",
  example = 'viz.folder "/tmp/lunette-help"', example2 = 'viz.folder "/tmp/lunette-help"' }
declare { name = "picture", args = "w, h", see = "viz.save", doc = "the panels as u8 H x W x 3",
  example = 'viz.plot("loss/train", 1)\nprint(viz.picture(320, 200).shape[1])', example2 = "img = viz.picture(64, 64)" }
declare { name = "terminal", args = "width", see = "viz.describe", doc = "the panels in characters",
  example = 'viz.plot("loss/train", 1)\nprint(viz.terminal(60))', example2 = "text = viz.terminal()" }
declare { name = "describe", args = "", see = "viz.terminal", doc = "the panels in words",
  example = 'viz.plot("loss/train", 1)\nprint(viz.describe())', example2 = "text = viz.describe()" }

local record_options = declare { name = "record", args = "path, {panel=, fps=10, every=, size=}",
  see = "viz.save, data.video.save",
  doc = "what the panels show while the work goes on, as .gif or .mp4; rec:stop() writes the file and gives the number "
    .. "of frames, rec:frame() takes one now; viz.record(false) stops all; nil and why if the file cannot be made",
  options = { { "panel", none, "one of them; else all" }, { "fps", 10, "frames a second, 0.1 to 60", "any" },
    { "every", none, "steps from one frame to the next; else in real time", "whole" },
    { "size", { 400, 640 }, "height and width", "any" } },
  example = 'viz.plot("loss/train", 1)\n'
    .. 'rec = viz.record("/tmp/lunette-help.gif", {panel = "loss", every = 1, size = {120, 160}})\n'
    .. 'for i = 1, 3 do viz.plot("loss/train", 1 / i) end\nprint(rec:stop())',
  example2 = 'print(viz.record "/dev/null/nosuch/x.gif")' }
function viz.record(path, options)
  if path == false then return lunette.io.record_stop() end
  local o = record_options(options)
  if type(o.fps) ~= "number" or o.fps < 0.1 or o.fps > 60 then
    lunette.raise("viz.record: fps must be from 0.1 to 60, got " .. tostring(o.fps))
  end
  for k = 1, 2 do
    if type(o.size) ~= "table" or math.type(o.size[k]) ~= "integer" or o.size[k] < 16 or o.size[k] > 4096 then
      lunette.raise "viz.record: size must be {height, width}, each from 16 to 4096"
    end
  end
  if viz.mode() == "off" then lunette.raise "viz.record: nothing is drawn in mode off; viz.mode 'files' draws" end
  return lunette.io.record(path, o.panel,
    { height = o.size[1], width = o.size[2], fps = o.fps, every = o.every or 0 })
end
