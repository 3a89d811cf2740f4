--- readme_table.lua: runs projects in full, each from several seeds in a process of its own, and writes their rows of
-- the table in README.md: median, and the range over the seeds.
--   build/lunette scripts/lib/readme_table.lua [NAME ...] [--seeds N]     from the root of the repository
-- Without names every project; rows of those not named stay as they are.  N: 5, and 20 where a run takes under 30 s.
local run = debug.getregistry()["lunette.inside"].require "vm.run"

local names, asked = {}, nil
do
  local words, k = { ... }, 1
  while k <= #words do
    if words[k] == "--seeds" then
      asked, k = assert(math.tointeger(tonumber(words[k + 1])), "--seeds needs a number"), k + 1
    else
      names[words[k]] = true
    end
    k = k + 1
  end
end

-- Every clause of one run's claim, {measure, sign and target, value, ok}; the claim itself is the first.
local function measured(name, seed)
  local pipe = assert(io.popen(("'%s' run %s --seed %d --viz=off 2>&1"):format("build/lunette", name,
    seed)))
  local text = pipe:read "a"
  local fine = pipe:close()
  local clauses = {}
  local line = "(%l+)\t[%w_]+\t([^\t]+)\t(%S+)\t([<>]= %S+)\t(%l+)[^\n]*\n"      -- `short: ` and what is
  for word, measure, value, target, verdict in text:gmatch(line) do
    local one = { measure = measure, target = target, value = tonumber(value), ok = verdict == "ok" }
    if word == "claim" then table.insert(clauses, 1, one) elseif word == "clause" then table.insert(clauses, one) end
  end
  if not fine or #clauses == 0 then error(("%s --seed %d failed:\n%s"):format(name, seed, text:sub(-2000)), 0) end
  return clauses
end

local function median(list)
  table.sort(list)
  local n = #list
  return (list[(n + 1) // 2] + list[n // 2 + 1]) / 2
end

local function row(project)
  local values, seconds, first, short = {}, {}, nil, 0
  local seeds, seed = asked or 5, 0
  while seed < seeds do
    seed = seed + 1
    local started = lunette.clock()
    local clauses = measured(project.name, seed)
    seconds[seed] = lunette.clock() - started
    first = first or clauses
    if not clauses[1].ok then short = short + 1 end
    local told = {}
    for k, c in ipairs(clauses) do told[k] = ("%s %.4g%s"):format(c.measure, c.value, c.ok and "" or " short") end
    print(("%-20s seed %d: %s"):format(project.name, seed, table.concat(told, ", ")))
    io.stdout:flush()                                       -- a run that is cut short has said what it measured
    for k, c in ipairs(clauses) do
      values[k] = values[k] or {}
      values[k][seed] = c.value
    end
    if not asked and seed == 5 and median(table.move(seconds, 1, 5, 1, {})) < 30 then seeds = 20 end
  end
  local claims, reached = {}, {}
  for k, c in ipairs(first) do
    local middle = median(values[k])                        -- sorts them
    claims[k] = ("%s %s"):format(c.measure, c.target)
    reached[k] = seeds == 1 and ("**%.4g**"):format(middle)
      or ("**%.4g** (%.4g to %.4g)"):format(middle, values[k][1], values[k][seeds])
  end
  local title = project.title:gsub("%s%s+.*$", ""):gsub("%.$", "")
  local result = table.concat(reached, ", ") .. (short > 0 and (", short in %d"):format(short) or "")
  print(("%-20s %s"):format(project.name, result))
  return ("| %s | %s | %s | %s | %d | %.0f s |"):format(project.name, title, table.concat(claims, ", "), result, seeds,
    median(seconds))
end

local made = {}
for _, project in ipairs(run.projects()) do
  if not next(names) or names[project.name] then made[project.name] = row(project) end
end

-- README as it is now: minutes have passed.
local file = assert(io.open "README.md")
local text = file:read "a"
file:close()
local head, body, tail = text:match "^(.-<!%-%- projects.-%-%->\n)(.-)(<!%-%- /projects %-%->.*)$"
assert(head, "README.md has no <!-- projects --> and <!-- /projects -->")
local old = {}
for line in body:gmatch "[^\n]+" do old[line:match "^| ([%w_]+) |" or ""] = line end

local rows = { "| project | what it is | claim | measured | seeds | time |", "|---|---|---|---|---|---|" }
for _, project in ipairs(run.projects()) do rows[#rows + 1] = made[project.name] or old[project.name] end
file = assert(io.open("README.md.part", "w"))
file:write(head, "\n", table.concat(rows, "\n"), "\n\n", tail)
assert(file:close())
assert(os.rename("README.md.part", "README.md"))
