-- prompt.lua OUT.png: draws a terminal's text (standard input, colours as escape sequences: `tmux capture-pane -p -e`).
local size, wide, high = 15, 9.03, 19
local colours = {
  ["32"] = { 0.6, 0.85, 0.5 }, ["35"] = { 0.85, 0.6, 0.95 },
  ["36"] = { 0.5, 0.8, 0.9 }, ["2"] = { 0.55, 0.57, 0.6 },
}
local plain = { 0.9, 0.91, 0.93 }
local lines = {}
for line in io.lines() do lines[#lines + 1] = line end
while #lines > 0 and lines[#lines]:match "^%s*$" do lines[#lines] = nil end
local c = draw.canvas(high * #lines + 24, math.ceil(wide * 82) + 24)
c:clear(0.11, 0.12, 0.15):font(size, false, "DejaVu Sans Mono")
for i, line in ipairs(lines) do
  local at, colour = 0, plain
  local rest = line
  while #rest > 0 do
    local code, after = rest:match "^\27%[([%d;]*)m(.*)$"
    if code then
      colour, rest = colours[code:match "%d+$"] or plain, after
    else
      local text, tail = rest:match "^([^\27]+)(.*)$"
      c:color(table.unpack(colour)):text(14 + at * wide, 8 + i * high, text)
      at, rest = at + utf8.len(text), tail
    end
  end
end
assert(data.image.save(arg[1], c:tensor()))
