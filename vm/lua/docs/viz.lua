--- docs/viz.lua: what help says of panels, the window and canvases.  How an entry looks: docs/tensor.lua.
local doc = lunette.doc

local function panel(name, args, text, call, second, options, see)
  doc { name = "viz." .. name, sig = ("viz.%s(%s)"):format(name, args), doc = text, options = options, example = call, example2 = second, see = see or "viz.plot, viz.save" }
end
panel("plot", '"panel/series", value, {step=, log=, smooth=}', "adds a point to a curve, or the points of a vector; never waits",
  'viz.plot("loss/train", 0.5)', 'for i = 1, 9 do viz.plot("loss/train", 1 / i, {step = i}) end', { "step: x, of a vector its first; counts by itself", "log: logarithmic y", "smooth: of the line, 0..1" }, "viz.show")
panel("image", "name, img, {labels=}", "a picture H x W or H x W x C, u8 or floats in 0..1; a batch or a list is a grid", 'viz.image("digits", tensor.rand(4, 8, 8))',
  'viz.image("pair", tensor.rand(2, 8, 8, 3), {labels = {"a", "b"}})', { "labels: a text for each" }, "viz.boxes, viz.mask")
panel("boxes", "name, boxes, {labels=, scores=, truth=}", "N x 4 pixels x1 y1 x2 y2 over an image panel", 'viz.image("img", tensor.rand(8, 8))\nviz.boxes("img", tensor{{1, 1, 4, 4}})',
  'viz.image("img", tensor.rand(8, 8))\nviz.boxes("img", tensor{{1, 1, 4, 4}}, {labels = {"cat"}, scores = tensor{0.9}})', { "labels: a text for each", "scores: a number for each", "truth: draw as ground truth" }, "viz.image")
panel("mask", "name, mask, {classes=, alpha=}", "H x W labels (from 1; 0 is transparent) over an image panel", 'viz.image("img", tensor.rand(4, 4))\nviz.mask("img", tensor.ones(4, 4))',
  'viz.image("img", tensor.rand(4, 4))\nviz.mask("img", tensor.ones(4, 4), {alpha = 0.3})', { "classes: names for the legend", "alpha=0.5: how much it covers" }, "viz.image")
panel("wipe", 'name, a, b, {labels={"before", "after"}}', "two pictures of one size on one place: left of a line the first, right of it the second; "
  .. "the line follows the mouse", 'viz.wipe("style", tensor.zeros(8, 8, 3), tensor.ones(8, 8, 3))',
  'viz.wipe("style", tensor.rand(8, 8), tensor.rand(8, 8), {labels = {"content", "generated"}})', { "labels: of the two" }, "viz.image")
panel("scatter", "name, xy, {class=, label=, classes=, thumb=}", "N x 2 points", 'viz.scatter("points", tensor.randn(20, 2))', 'viz.scatter("points", tensor.randn(3, 2), {label = {"a", "b", "c"}})',
  { "class: a label for each", "label: a text for each", "classes: names for the legend", "thumb: N pictures, shown under the mouse" },
  "viz.boundary")
panel("boundary", "name, net, X, y, {n=80}", "the decision regions of a net or function under points X with labels y",
  'X = tensor.randn(20, 2)\nviz.boundary("planar", nn.Linear(2, 1), X, X[":, 1"]:gt(0))', 'X = tensor.randn(20, 2)\nviz.boundary("planar", nn.Linear(2, 1), X, X[":, 1"]:gt(0), {n = 20, force = true})',
  { "n=80: points a side", "range: {x0, x1, y0, y1}", "classes: names for the legend", "force=false: draw now, whatever it costs" }, "viz.scatter")
panel("contour", "name, f, {paths=, range=, n=64}", "heights of a function of two numbers or of N x 2 points, or of an H x W grid; paths on it",
  'viz.contour("bowl", function(x, y) return x * x + y * y end)', 'viz.contour("bowl", tensor.rand(8, 8), {paths = {sgd = tensor.rand(5, 2)}})',
  { "paths: {name = N x 2}", "range: {x0, x1, y0, y1}", "n=64: points a side" }, "viz.heatmap")
panel("text", "name, s, {shade=}", "a text; shade: a probability for each byte", 'viz.text("sample", "hello")', 'viz.text("sample", "ab", {shade = tensor{0.1, 0.9}})', { "shade: a number for each byte" })
panel("heatmap", "name, m, {x=, y=, xname=, yname=, numbers=}", "an H x W matrix with labels of columns and rows", 'viz.heatmap("attention", tensor.rand(3, 4))',
  'viz.heatmap("m", tensor.rand(2, 2), {x = {"a", "b"}, numbers = true})', { "x: labels of columns", "y: labels of rows", "xname: of the axis", "yname: of the axis", "numbers=false: write the values" }, "viz.confusion")
panel("confusion", "name, counts, {classes=, pictures=, truth=, predicted=}", "rows are the truth, columns the prediction; with pictures a click on a cell shows those of the cell", 'viz.confusion("c", tensor{{5, 1}, {0, 4}})', 'viz.confusion("c", tensor.eye(2), {classes = {"cat", "dog"}})',
  { "classes: their names", "pictures: N of H x W x 1 or 3, of the cells", "truth: N labels from 1, the rows of the pictures", "predicted: N labels from 1, their columns" }, "viz.heatmap")
panel("spectrogram", "name, s, {prob=, threshold=}", "T x F; with prob a curve of T probabilities under it", 'viz.spectrogram("sound", tensor.rand(20, 10))',
  'viz.spectrogram("sound", tensor.rand(20, 10), {prob = tensor.rand(20), threshold = 0.5})', { "prob: T numbers", "threshold: a line across them" }, "audio.load")
panel("bars", "name, values, {labels=, threshold=, log=}", "a bar for each; values may be a table by name", 'viz.bars("p", tensor{0.1, 0.9})', 'viz.bars("p", {cat = 0.2, dog = 0.8})',
  { "labels: a text for each", "threshold: a line across", "log=false: logarithmic" }, "viz.hist")
panel("hist", "name, x, {step=}", "the histogram of x's elements; earlier ones stay behind it", 'viz.hist("weights", tensor.randn(1000))', 'viz.hist("weights", tensor.randn(1000), {step = 2})', { "step: when" }, "viz.bars")
panel("roll", "name, notes, {playhead=}", "notes N x 4: start, length in beats, MIDI pitch, loudness 0..1; or N x 3", 'viz.roll("tune", tensor{{0, 1, 60}, {1, 1, 64}})',
  'viz.roll("tune", tensor{{0, 1, 60, 0.8}}, {playhead = 0.5})', { "playhead: where a line stands" }, "audio.save")
panel("graph", "name, net, x", "the layers that run on input x, with shapes, parameters and share of the time", 'viz.graph("net", nn.Sequential{nn.Linear(2, 3), nn.ReLU()}, tensor.ones(1, 2))',
  'viz.graph("net", {{name = "fc", shape = "2 x 3", params = 9, share = 1}})', nil, "net:summary")
panel("slider", 'name, value, {lo, hi, log=false}', "a function that gives what the user has set", 'lr = viz.slider("lr", 0.01, {1e-4, 1, log = true})\nprint(lr())', 'n = viz.slider("n", 3, {1, 9})',
  { "log=false: logarithmic" }, "viz.button")
panel("button", "name", "a function that gives how often it was pressed since the last call, or nil", 'again = viz.button "again"\nprint(again())', 'stop = viz.button "stop"', nil, "viz.slider")
panel("menu", "name, pictures, {labels=, lines=}", "pictures with a name and a line each, to choose from by a click or by arrows and Enter; gives a function that returns the number chosen since the last call, or nil",
  'chosen = viz.menu("start", tensor.zeros{2, 4, 4, 3, dtype = "u8"}, {labels = {"one", "two"}})\nprint(chosen())', 'chosen = viz.menu("m", tensor.zeros{1, 4, 4, 3, dtype = "u8"}, {labels = {"a"}, lines = {"the only one"}})',
  { "labels: a name for each", "lines: a line below each name" }, "viz.button")
panel("layout", 'rows', 'rows of panels, {{"loss", "net"}, {"image"}}, also of those still to come; without them automatic', 'viz.plot("loss/train", 1)\nviz.image("image", tensor.rand(4, 4))\nviz.layout{{"loss"}, {"image"}}', "viz.layout()", nil, "viz.clear")
panel("clear", "name", "removes a panel, or all of them", 'viz.plot("loss/train", 1)\nviz.clear "loss"', "viz.clear()", nil, "viz.layout")
panel("gate", "", "waits here while the user has paused; training loops call it", "viz.gate()", "for i = 1, 3 do viz.gate() end", nil, "viz.pause")
panel("mode", "name", "window, files, term or off; gives the one that holds", "print(viz.mode())", 'was = viz.mode()\nviz.mode "off"\nviz.mode(was)', nil, "--viz")
panel("save", "path", "the panels as .png, .svg, .pdf or .csv; true, or nil and why", 'viz.plot("loss/train", 1)\nprint(viz.save "/tmp/lunette-help.png")', 'print(viz.save "/dev/null/nosuch/x.png")', nil, "viz.picture")
panel("record", 'path, {panel=, fps=10, every=, size=}', "what the panels show while the work goes on, as .gif or .mp4; rec:stop() writes the file and gives the number of frames, rec:frame() takes one now",
  'viz.plot("loss/train", 1)\nrec = viz.record("/tmp/lunette-help.gif", {panel = "loss", every = 1, size = {120, 160}})\nfor i = 1, 3 do viz.plot("loss/train", 1 / i) end\nprint(rec:stop())',
  'print(viz.record "/dev/null/nosuch/x.gif")', { "panel: one of them; else all", "fps=10: frames a second", "every: steps from one frame to the next; else in real time", "size={400, 640}: height and width" }, "viz.save, data.video.save")
panel("describe", "", "the panels in words", 'viz.plot("loss/train", 1)\nprint(viz.describe())', "text = viz.describe()", nil, "viz.terminal")
panel("terminal", "width", "the panels in characters", 'viz.plot("loss/train", 1)\nprint(viz.terminal(60))', "text = viz.terminal()", nil, "viz.describe")
panel("at", "step", "the panels as they were at a step of their curves (without curves: the so many-th picture); without a step: now",
  'for k = 1, 9 do\n  viz.plot("loss/train", 1 / k)\n  viz.image("input", tensor.full({ 4, 4 }, k / 9))\nend\nviz.at(3)\nprint(viz.save "/tmp/lunette-help.png")', 'viz.at()', nil, "viz.save, viz.pause")
panel("picture", "w, h", "the panels as u8 H x W x 3", 'viz.plot("loss/train", 1)\nprint(viz.picture(320, 200).shape[1])', "img = viz.picture(64, 64)", nil, "viz.save")
panel("show", "", "opens the window now; without a display it writes the pictures and says where, in viz.mode \"term\" it draws them",
  "if viz.mode() == \"window\" then viz.show() end", "show = viz.show", nil, "viz.finish, viz.mode, viz.close")
panel("close", "", "closes the window; the panels stay", "viz.close()", "close = viz.close", nil, "viz.show")
panel("finish", "", "shows, or writes, the last state of everything", "if viz.mode() == \"off\" then viz.finish() end", "finish = viz.finish", nil, "viz.wait")
panel("step", "", "while paused: one step on", "viz.step()", "step = viz.step", nil, "viz.pause")
panel("wait", "", "waits until the window is closed", "if viz.is_open() then viz.wait() end", "wait = viz.wait", nil, "viz.is_open")
panel("is_open", "", "is there a window", "print(viz.is_open())", "if viz.is_open() then viz.close() end", nil, "viz.show")
panel("pause", "on", "pauses, or with false goes on; was it paused?", "viz.pause(false)", "was = viz.pause(false)", nil, "viz.gate")
panel("caption", "text", "a line behind the title; \"\": none", 'viz.caption "epoch 3"', 'viz.caption ""', nil, "viz.title")
panel("title", "text", "of the window", 'viz.title "my run"', 'viz.title("lr " .. 0.1)', nil, "viz.size")
panel("folder", "path", "where mode files writes", 'viz.folder "/tmp/lunette-help"', 'viz.folder "/tmp/lunette-help"', nil, "viz.mode")
panel("dark", "on", "dark or light", "viz.dark()", "viz.dark(false)", nil, "viz.size")
panel("size", "w, h", "of the window and of pictures", "viz.size(800, 600)", "viz.size(1280, 800)", nil, "viz.picture")

-- --- canvases --------------------------------------------------------------------------------------------------------
doc { name = "draw.canvas", sig = "c = draw.canvas(h, w)", doc = "a canvas to draw on, in pixels from its upper left corner; its methods return it, to be chained",
  example = "c = draw.canvas(32, 32)\nc:clear(1, 1, 1):color(1, 0, 0):circle(16, 16, 8):fill()\nprint(c:tensor().shape[3])",
  example2 = 'viz.image("drawing", draw.canvas(16, 16):clear():rect(2, 2, 8, 8):stroke():tensor())', see = "c:tensor" }
for name, about in pairs {
  move = { "x, y", "goes there without a line", "4, 4" }, line = { "x, y", "a line to there", "8, 8" }, curve = { "x1, y1, x2, y2, x3, y3", "a Bezier curve to the third point", "1, 2, 3, 4, 9, 9" },
  arc = { "x, y, r, a0, a1", "part of a circle, in radians", "8, 8, 4, 0, 3" }, circle = { "x, y, r", "a circle", "8, 8, 4" }, ellipse = { "x, y, rx, ry, angle", "an ellipse", "8, 8, 4, 2" },
  rect = { "x, y, w, h", "a rectangle", "2, 2, 8, 8" }, rounded = { "x, y, w, h, r", "a rectangle with round corners", "2, 2, 8, 8, 2" }, close = { "", "a line to where the path began", "" },
  fill = { "keep", "fills the path and, unless keep, forgets it", "" }, stroke = { "width, keep", "draws the path's line", "2" }, clip = { "", "what follows is drawn within the path only", "" },
  color = { "r, g, b, a", "of what follows, 0..1", "1, 0, 0" }, width = { "w", "of lines", "2" }, round = { "on", "round ends and corners of lines", "" }, dash = { "on, off", "dashed lines", "2, 2" },
  smooth = { "on", "smooth edges, as at first; or with false pixels that are in or out", "false" }, polygon = { "corners", "a closed path through x1, y1, x2, y2, ...", "{2, 2, 9, 3, 5, 9}" },
  clear = { "r, g, b", "fills everything; white unless given", "0, 0, 0" }, save = { "", "remembers colour, width, place", "" }, restore = { "", "brings them back", "" },
  translate = { "x, y", "moves the origin", "2, 2" }, rotate = { "angle", "turns what follows, in radians", "0.5" }, scale = { "sx, sy", "enlarges what follows", "2" },
  linear = { "x0, y0, x1, y1, stops", "a gradient as colour; stops {{0, r, g, b}, {1, r, g, b}}", "0, 0, 16, 0, {{0, 1, 0, 0}, {1, 0, 0, 1}}" },
  radial = { "x, y, r, stops", "a round gradient as colour", "8, 8, 8, {{0, 1, 1, 1}, {1, 0, 0, 0}}" }, font = { "size, bold, family", "of texts", "12" },
  text = { "x, y, s", "a text; y is the base line", '2, 12, "hi"' }, image = { "x, y, img, w, h", "a picture u8 H x W x 3", '2, 2, tensor.zeros{4, 4, 3, dtype="u8"}' },
} do
  local before = name == "restore" and "c:save()\n" or ""
  doc { name = "c:" .. name, sig = ("c:%s(%s)"):format(name, about[1]), doc = about[2], example = ("c = draw.canvas(16, 16)\n%sc:%s(%s)"):format(before, name, about[3]),
    example2 = ("c = draw.canvas(16, 16):clear():color(0, 0, 1)\n%sc:move(1, 1):%s(%s)\nprint(c:tensor().shape[1])"):format(before, name, about[3]), see = "draw.canvas" }
end
doc { name = "c:text_width", sig = "c:text_width(s)", doc = "how wide a text will be", example = 'print(draw.canvas(8, 8):text_width "hi" > 0)', example2 = 'w = draw.canvas(8, 8):font(20):text_width "hi"', see = "c:text" }
doc { name = "c:tensor", sig = "c:tensor(channels)", doc = "the picture as u8 H x W x 3, or 1", example = "print(draw.canvas(8, 8):clear():tensor().shape[3])", example2 = "print(draw.canvas(8, 8):tensor(1).shape[3])", see = "viz.image" }
