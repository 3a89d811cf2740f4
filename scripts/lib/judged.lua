--- judged.lua: clauses of claims about held-out samples.
local twice = require "lib.twice"
local judged = {}

--- judged.more_right(reached, majority, y) -> a clause: of the samples held out, with labels y, at least one more is
-- right than where the most frequent answer is always given: shares reached and majority.
function judged.more_right(reached, majority, y)
  local n = y:size(1)
  return { "more_right", math.floor((reached - majority) * n + 0.5), above = 1 }
end

--- judged.twins(x, held, what) -> a clause: none of the samples held out [n, ...], "points" or (nil) pictures, is among
-- x [m, ...], those to learn from.
function judged.twins(x, held, what) return { "twins", twice(x, held, nil, what), below = 0 } end

return judged
