--- results.lua: what a run leaves in --out DIR beside its weights: a table as .csv, and pictures; what it claims of a
-- user's own set.
local results = {}

--- results.write(path, bytes): a file that is there whole or not at all; true, or nil and why.
function results.write(path, bytes)
  local f, why = io.open(path .. ".part", "wb")
  if not f then return nil, why end
  local wrote, trouble = f:write(bytes)
  local closed, late = f:close()                                       -- what is buffered may find the disk full now
  if not (wrote and closed) then return nil, trouble or late end
  return os.rename(path .. ".part", path)
end

--- results.table(path, head, rows): a .csv file; true, or nil and why.  Texts with a comma or a quote are quoted.
function results.table(path, head, rows)
  local function cell(v)
    local text = type(v) == "number" and ("%.6g"):format(v) or tostring(v)
    return text:find '[,"\n]' and '"' .. text:gsub('"', '""') .. '"' or text
  end
  local lines = {}
  for i, row in ipairs { head, table.unpack(rows) } do
    local cells = {}
    for k, v in ipairs(row) do cells[k] = cell(v) end
    lines[i] = table.concat(cells, ",")
  end
  return results.write(path, table.concat(lines, "\n") .. "\n")
end

--- results.few(n, of): says so where so few are held out that a single one of them moves the result by more than 0.03.
function results.few(n, of)
  if n < 30 then print(("held out: %d %s, each of them counts %.2f: too few to tell much"):format(n, of, 1 / n)) end
end

--- results.beside(claim, measure, value, ...) -> the claim, now of a user's own set.  How hard that is only what stands
-- beside can tell: the measure is the value less the best of the numbers that follow (nil: not there), 0 or more.
function results.beside(claim, measure, value, ...)
  local best = -math.huge
  for k = 1, select("#", ...) do best = math.max(best, (select(k, ...)) or best) end
  claim.measure, claim[measure], claim.above = measure, value - best, 0
  return claim
end

--- results.row(pictures): pictures [h, w, 3] of one size side by side.
function results.row(pictures) return tensor.cat(pictures, 2) end

--- results.framed(x [h, w, 3], boxes [n, 4] as x1 y1 x2 y2 in shares, color) -> f32 of 0..1, four times as large, a
-- frame of two pixels about every box; x is u8, or f32 of 0..1, color three numbers of 0..1.
function results.framed(x, boxes, color)
  local h, w = 4 * x:size(1), 4 * x:size(2)
  x = data.image.resize(x.dtype == "u8" and x:to "f32" / 255 or x, h, w)
  local function place(share, most) return math.max(1, math.min(most - 1, math.floor(share * most + 0.5))) end
  for _, b in ipairs(boxes:totable()) do
    local left, top, right, bottom = place(b[1], w), place(b[2], h), place(b[3], w), place(b[4], h)
    local across, down = { left, math.max(left, right) + 1 }, { top, math.max(top, bottom) + 1 }
    for _, edge in ipairs { { { top, top + 1 }, across }, { { down[2] - 1, down[2] }, across },
      { down, { left, left + 1 } }, { down, { across[2] - 1, across[2] } } } do
      x[edge] = tensor(color)
    end
  end
  return x
end

return results
