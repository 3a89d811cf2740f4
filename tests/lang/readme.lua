--- Every Lua block of README.md runs, and prints what its `-->` comments say.
local test = dofile "tests/check.lua"

local f = assert(io.open "README.md")
local text = f:read "a"
f:close()

local function run(code)
  local printed = {}
  local env = setmetatable({
    print = function(...)
      local parts = table.pack(...)
      for i = 1, parts.n do parts[i] = tostring(parts[i]) end
      printed[#printed + 1] = table.concat(parts, "\t")
    end,
  }, { __index = _G })
  assert(load(code, "=README", "t", env))()
  return table.concat(printed, "\n")
end

local count = 0
for code in text:gmatch "```lua\n(.-)```" do
  count = count + 1
  test(("block %d"):format(count), function()
    local out = run(code)
    for want in code:gmatch "%-%->%s*([^\n]+)" do
      if not out:find(want, 1, true) then test.fail(("'%s' is not in what it prints: %s"):format(want, out)) end
    end
  end)
end
test("there are blocks", function() test.truth(count >= 6, "at least six blocks") end)
test("pictures and files that it names exist", function()
  for path in text:gmatch "%]%(([%w_/.%-]+)%)" do
    local there = io.open(path)
    test.truth(there, path .. " existing")
    there:close()
  end
end)
test.done()
