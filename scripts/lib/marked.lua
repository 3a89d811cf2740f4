--- marked.lua: a text with coloured spans, as a picture; and texts from files.
local read_text = require "lib.text".read
local marked = {}

-- Okabe and Ito's colours, then mixtures of them; pale grounds under dark letters.
local colours = { { 0, 114, 178 }, { 230, 159, 0 }, { 0, 158, 115 }, { 204, 121, 167 }, { 213, 94, 0 },
  { 86, 180, 233 }, { 240, 228, 66 }, { 140, 110, 200 }, { 120, 160, 60 }, { 150, 110, 90 }, { 90, 150, 150 } }

local function ground(canvas, k)
  local c = colours[(k - 1) % #colours + 1]
  return canvas:color(1 - 0.55 * (1 - c[1] / 255), 1 - 0.55 * (1 - c[2] / 255), 1 - 0.55 * (1 - c[3] / 255))
end

-- Lines of at most `most` characters: { first byte, last byte, column of each character's first byte }.
local function lines_of(text, most)
  local lines, from, column = {}, 1, 0
  local function close(to, next_from) lines[#lines + 1], from, column = { from, to }, next_from, 0 end
  for at, character in text:gmatch "()([%z\1-\127\xc2-\xf4][\x80-\xbf]*)" do
    if character == "\n" then
      close(at - 1, at + 1)
    else
      if column == most then
        local blank = text:sub(from, at - 1):match "^.*() "
        if blank and blank > 1 then
          close(from + blank - 2, from + blank)
          column = utf8.len(text, from, at - 1) or 0
        else
          close(at - 1, at)
        end
      end
      column = column + 1
    end
  end
  close(#text, #text + 1)
  return lines
end

local MOST = 400                                           -- lines of a picture; letters of more are too small to read

--- marked.draw(text, spans, tags, columns) -> u8[h, w, 3]: the text in lines of 92 characters, each span { tag, first,
-- last } on its tag's colour, and the colours' names above it.  Of more than 400 lines the last says how many follow.
function marked.draw(text, spans, tags, columns)
  local most, size, row = columns or 92, 13, 18
  local lines = lines_of(text, most)
  local shown = math.min(#lines, MOST)
  local cell = draw.canvas(8, 8):font(size, false, "DejaVu Sans Mono"):text_width(("m"):rep(10)) / 10
  local width = math.ceil(most * cell) + 24
  local canvas = draw.canvas(8, 8):font(size)
  local place, x, y = {}, 12, 10
  for k, tag in ipairs(tags) do
    local w = canvas:text_width(tag) + 14
    if x + w > width - 12 then x, y = 12, y + row + 4 end
    place[k], x = { x, y, w - 6 }, x + w
  end
  local top = y + row + 14
  canvas = draw.canvas(top + row * math.min(#lines, MOST + 1) + 8, width):clear(1, 1, 1):font(size)
  local number = {}
  for k, tag in ipairs(tags) do
    number[tag] = k
    ground(canvas, k):rect(place[k][1], place[k][2], place[k][3], row):fill()
    canvas:color(0.1, 0.1, 0.1):text(place[k][1] + 4, place[k][2] + 14, tag)
  end
  canvas:font(size, false, "DejaVu Sans Mono")
  for i = 1, shown do
    local line, base = lines[i], top + row * (i - 1)
    for _, s in ipairs(spans) do
      local a, b = math.max(s.first, line[1]), math.min(s.last, line[2])
      if a <= b then
        local before, inside = utf8.len(text:sub(line[1], a - 1)) or 0, utf8.len(text:sub(a, b)) or 1
        ground(canvas, number[s.tag]):rect(12 + before * cell - 1, base + 1, inside * cell + 2, row - 2):fill()
      end
    end
    canvas:color(0.1, 0.1, 0.1):text(12, base + 13, (text:sub(line[1], line[2]):gsub("\t", " ")))
  end
  if #lines > shown then canvas:text(12, top + row * shown + 13, ("... %d lines more"):format(#lines - shown)) end
  return canvas:tensor()
end

--- marked.read(path) -> the text of a file, valid UTF-8, or an error that names it.
function marked.read(path)
  local text = read_text(path, "--text")
  local ok, at = utf8.len(text)
  if not ok then lunette.raise(("--text: %s: UTF-8 text expected, byte %d is none"):format(path, at or 1)) end
  local zero = text:find("\0", 1, true)
  if zero then lunette.raise(("--text: %s: a text expected, byte %d is 0"):format(path, zero)) end
  return text
end

return marked
