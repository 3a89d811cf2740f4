--- results.lua: what a run leaves in --out DIR beside its weights: a table as .csv, and pictures.
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

--- results.row(pictures): pictures [h, w, 3] of one size side by side.
function results.row(pictures) return tensor.cat(pictures, 2) end

return results
