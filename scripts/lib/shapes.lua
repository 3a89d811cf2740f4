--- shapes.lua: comments about shapes that are checked when the line runs.
--   local is = require "lib.shapes" ()
--   local h = is(x:mm(W) + b, "m h")      -- binds m and h at their first use, then holds every later line to them
-- A word is a size that must stay the same, a number a size that must be so, "*" any.  Returns the tensor.

return function()
  local known = {}
  return function(t, text)
    local shape, words = t.shape, {}
    for word in text:gmatch "%S+" do words[#words + 1] = word end
    local fits = #words == #shape
    for i = 1, fits and #words or 0 do
      local size = tonumber(words[i]) or known[words[i]]
      if words[i] ~= "*" then
        if size == nil then known[words[i]] = shape[i] end
        fits = fits and (size == nil or size == shape[i])
      end
    end
    if fits then return t end
    local sizes = {}
    for i, word in ipairs(words) do
      sizes[i] = known[word] and ("%s=%d"):format(word, known[word]) or word
    end
    error(("shape [%s] where [%s] is meant"):format(table.concat(shape, ","), table.concat(sizes, ",")), 2)
  end
end
