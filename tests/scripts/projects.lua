--- Every project runs with --quick, returns a claim of the form that the table needs, and shows its heading.
local test = dofile "tests/check.lua"
local run = require "vm.run"

-- Minutes under the sanitizers; the same ops are run by the others.
local slow = { deep_cats = true, first_model = true, happy_house = true, logistic_cats = true, vectorization = true }

for _, project in ipairs(run.projects()) do
  local name = project.name

  test(name .. ": five headings in order, the claim and a source above them", function()
    local last = 0
    for k = 1, 5 do
      local at = project.text:find("\n%-%- " .. k .. " %u", last + 1)
      test.truth(at, "heading " .. k .. " is missing or out of order: that the order of headings")
      last = at
    end
    test.truth(project.text:find "^%-%-%- %u[^\n]*%.  %S", "a title, two spaces and a source in the first line")
    test.truth(project.text:find "\n%-%- Claim: ", "a claim in the heading")
  end)

  test(name .. ": 80 to 250 lines", function()
    local _, lines = project.text:gsub("\n", "")
    test.truth(lines >= 80 and lines <= 250, lines .. " lines: that its length is within 80 to 250")
  end)

  if not (test.sanitized and slow[name]) then
    test(name .. ": --quick runs and returns a claim", function()
      local result = run.project(name, { quick = true, viz = "off" })
      test.truth(result, "a claim")
      test.truth(result.value == result.value and math.abs(result.value) < math.huge, "a finite value")
      test.truth(type(result.target) == "number", "a target")
    end)
  end
end

test.done()
