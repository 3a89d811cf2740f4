--- docs/draw.lua: what help says of canvases, which vm/bind/bind_draw.c has whole.  An entry: docs/tensor.lua.
local doc = lunette.doc

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
