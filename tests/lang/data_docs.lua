-- Every public name of data.* and audio.* is explained, and its example runs.
local test = dofile "tests/check.lua"
local help = require "vm.help"

local function names_of(prefix, module, out)
  for name, value in pairs(module) do
    local full = prefix .. "." .. name
    if type(value) == "function" then out[#out + 1] = full
    elseif type(value) == "table" and not getmetatable(value) then names_of(full, value, out) end
  end
  return out
end
local all = names_of("data", data, names_of("audio", audio, {}))
table.sort(all)

for _, name in ipairs(all) do
  test(name .. " is explained and its example runs", function()
    local e = help.find(name)
    test.truth(e, "an entry")
    test.truth(#e.sig > 0 and #e.doc > 0 and type(e.example) == "string", "signature, text and example")
    local printed = {}
    local env = setmetatable(
      { print = function(...) printed[#printed + 1] = select("#", ...) > 0 and (...) ~= nil end },
      { __index = _G })
    for _, code in ipairs { e.example, e.example2 } do
      if code:find "%.save" or code:find "audio" then   -- a build without the library may refuse them
        local ok, why = pcall(assert(load(code, "=example", "t", env)))
        test.truth(ok or tostring(why):find "built without" or tostring(why):find "is not there", tostring(why))
      else
        assert(load(code, "=example", "t", env))()
        test.truth(printed[#printed], "it prints something")
      end
    end
  end)
end
test("options that are documented are those that are known", function()
  for _, name in ipairs { "data.csv", "data.glove", "data.idx", "data.jsonl" } do
    local _, why = pcall(load("return " .. name)(), "/nowhere", { xyzzy = 1 })
    for _, o in ipairs(help.find(name).options) do
      test.truth(tostring(why):find(o[1], 1, true), name .. " " .. o[1])
    end
  end
end)
test.done()
