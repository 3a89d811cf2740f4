--- half.lua: writes a .safetensors file of half-precision numbers (f16), half as large; tensor.load reads it as f32.
local results = require "lib.results"
local half = {}

-- Bits of a float as bits of a half, rounded to the nearest, ties to even (IEEE 754-2008).
local function bits(f)
  local sign, size = f >> 16 & 0x8000, f & 0x7fffffff
  if size > 0x7f800000 then return sign | 0x7e00 end                   -- no number
  if size >= 0x477ff000 then return sign | 0x7c00 end                  -- beyond 65504
  local shift, value = 13, size - (112 << 23)                          -- the exponent's bias: 127 becomes 15
  if size < 0x38800000 then                                            -- below 2^-14: fewer digits
    shift = 126 - (size >> 23)
    if shift > 24 then return sign end
    value = size & 0x7fffff | 0x800000
  end
  local cut, rest = value >> shift, value & (1 << shift) - 1
  local middle = 1 << shift - 1
  if rest > middle or rest == middle and cut & 1 == 1 then cut = cut + 1 end
  return sign | cut
end

--- half.save(path, tensors): tensors by name; true, or nil and why.
function half.save(path, tensors)
  local names, head, body, at = {}, {}, {}, 0
  for name in pairs(tensors) do names[#names + 1] = name end
  table.sort(names)
  for k, name in ipairs(names) do
    local t, parts = tensors[name], {}
    for i, x in ipairs(t:to "f32":reshape(-1):totable()) do
      parts[i] = string.pack("<I2", bits((string.unpack("<I4", string.pack("<f", x)))))
    end
    head[k] = ('"%s":{"dtype":"F16","shape":[%s],"data_offsets":[%d,%d]}'):format(name, table.concat(t.shape, ","), at,
      at + 2 * t:numel())
    at, body[k] = at + 2 * t:numel(), table.concat(parts)
  end
  local text = "{" .. table.concat(head, ",") .. "}"
  text = text .. (" "):rep(-#text % 8)
  return results.write(path, string.pack("<I8", #text) .. text .. table.concat(body))
end

return half
