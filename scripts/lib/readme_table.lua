--- readme_table.lua: runs every project in full and writes the table of README.md.
--   build/lunette scripts/lib/readme_table.lua        from the root of the repository
local run = require "vm.run"

local function claim_of(project)
  local started = lunette.clock()
  local claim = run.project(project.name, { viz = "off" })
  if not claim then return nil end
  local title = project.title:gsub("%s%s+.*$", ""):gsub("%.$", "")
  return ("| %s | %s | %s %s %.4g | **%.4g** | %.0f s |"):format(project.name, title, claim.measure, claim.sign,
    claim.target, claim.value, lunette.clock() - started)
end

local rows = { "| project | what it is | claim | measured | time |", "|---|---|---|---|---|" }
for _, project in ipairs(run.projects()) do
  local row = claim_of(project)
  if row then rows[#rows + 1] = row end
end

local file = assert(io.open "README.md")
local text = file:read "a"
file:close()
local first, last = "<!%-%- projects.-%-%->\n", "<!%-%- /projects %-%->"
local head, tail = text:match("^(.-" .. first .. ")"), text:match("(" .. last .. ".*)$")
assert(head and tail, "README.md has no <!-- projects --> and <!-- /projects -->")
file = assert(io.open("README.md.part", "w"))
file:write(head, "\n", table.concat(rows, "\n"), "\n\n", tail)
assert(file:close())
assert(os.rename("README.md.part", "README.md"))
