--- dice.lua: random numbers one at a time, for drawings that need thousands: taken from a generator in blocks.
local Dice = {}
Dice.__index = Dice

local block = 512

--- dice(rng): numbers that follow from the generator alone.
local function dice(rng)
  return setmetatable({ rng = rng, list = {}, at = block }, Dice)
end

--- From 0 to 1, or from lo to hi.
function Dice:number(lo, hi)
  if self.at == block then self.list, self.at = tensor.rand { block, rng = self.rng }:totable(), 0 end
  self.at = self.at + 1
  local x = self.list[self.at]
  return lo and lo + (hi - lo) * x or x
end

--- A whole number from lo to hi, both included.
function Dice:int(lo, hi) return lo + math.tointeger(self:number() * (hi - lo + 1) // 1) end
function Dice:chance(p) return self:number() < p end
function Dice:pick(list) return list[self:int(1, #list)] end
--- n different elements of a list, in a random order.
function Dice:some(list, n)
  local rest, out = table.move(list, 1, #list, 1, {}), {}
  for i = 1, n do out[i] = table.remove(rest, self:int(1, #rest)) end
  return out
end

return dice
