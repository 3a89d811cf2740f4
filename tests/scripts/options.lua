--- The command line of every project: --help says what each option is and what it is by default; what is not an option,
-- or not of its kind, is an error that says what would be.
local test = dofile "tests/check.lua"
local run = require "vm.run"

--- What `run NAME --help` prints, line by line.
local function help(name)
  local lines, _, ok, why = test.caught(run.project, name, { help = true })
  test.truth(not ok and why == run.help_shown, "that --help ends the run")
  return lines
end

for _, project in ipairs(run.projects()) do
  local name = project.name
  local takes_data = project.text:find "opt%.data" ~= nil

  test(name .. " --help: title, claim, and each option with its default and its meaning", function()
    local lines, seen = help(name), {}
    test.equal(lines[1], name .. ": " .. project.title)
    test.truth(lines[2]:find "^Claim: %S", "the claim")
    for i = 3, #lines do
      local key, default, meaning = lines[i]:match "^  %-%-([%w_]+) +(%S+) +(%S.*)$"
      if lines[i]:find "^  %-%-quick " then key, default, meaning = "quick", "false", "seconds" end
      test.truth(key, lines[i] .. ": that it is --OPTION DEFAULT MEANING")
      test.truth(#default > 0 and meaning:find "%a%a", lines[i] .. ": that it has a meaning")
      test.truth(not seen[key], key .. ": that it is there once")
      seen[key] = default
    end
    test.equal(seen.seed, "1", "the seed")
    test.equal(seen.data, takes_data and "PATH" or nil, "--data")
    for _, key in ipairs { "quick", "out", "viz" } do test.truth(seen[key], "--" .. key) end
    for key in project.text:gmatch "opt%.([%a_][%w_]*)" do
      test.truth(seen[key], key .. " is used: that it is listed")
    end
  end)

  test(name .. ": an unknown option and a value of the wrong kind", function()
    local function refused(key, value, ...)
      test.fails_with({ ... }, run.project, name, { [key] = value, viz = "off" })
    end
    refused("sead", "1", "unknown option --sead. Did you mean --seed?")
    refused("unlike_any", true, "unknown option --unlike_any. Options: --", " --seed")
    refused("seed", "one", "--seed must be a whole number, got 'one'. Try --seed 1")
    refused("seed", "1.5", "--seed must be a whole number, got '1.5'")
    refused("quick", "3", "--quick must be true or false, got '3'")
  end)

  test(name .. ": --data that is missing, or that it does not take", function()
    if takes_data then
      test.fails_with({ "--data needs a path" }, run.project, name, { data = true, viz = "off" })
      test.fails_with({ "--data: /no/such/place" }, run.project, name, { data = "/no/such/place", viz = "off" })
    else
      test.fails_with({ "--data: " .. name .. " takes none" }, run.project, name,
        { data = "x", viz = "off" })
    end
  end)
end

test.done()
