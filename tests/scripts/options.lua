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

test("numbers out of range are refused before anything is done, and the range is said", function()
  local function refused(name, options, ...)
    options.viz, options.quick = "off", true
    test.fails_with({ ... }, run.project, name, options)
  end
  refused("dinosaurus", { length = "0" }, "--length must be a whole number from 2 to 62, got '0'. Try --length 60")
  refused("dinosaurus", { length = "63" }, "--length must be a whole number from 2 to 62, got '63'")
  refused("dinosaurus", { clip = "0" }, "--clip must be a whole number from 1 on, got '0'")
  refused("dinosaurus", { lr = "-1" }, "--lr must be a number above 0, got '-1'")
  refused("dinosaurus", { lr = "nan" }, "--lr must be a number, got 'nan'")
  refused("dinosaurus", { lr = "1e999" }, "--lr must be a number, got '1e999'")
  refused("deep_cats", { momentum = "1" }, "--momentum must be a number from 0 to 0.999, got '1'")
  refused("regularization", { keep = "0" }, "--keep must be a number from 0.01 to 1, got '0'")
  refused("planar", { compare = "-1" }, "--compare must be a whole number from 0 on, got '-1'")
  refused("debias_words", { words = "-1" }, "--words must be a whole number from 0 on, got '-1'")
end)
for _, project in ipairs(run.projects()) do
  test(project.name .. ": none of its numbers may be -1 but the seed", function()
    for _, line in ipairs(help(project.name)) do
      local key, default = line:match "^  %-%-([%w_]+) +(%-?[%d.e-]+) "
      if key and key ~= "seed" and not project.text:find("\n  " .. key .. ' = "', 1, true) then
        test.fails_with({ "--" .. key .. " must be ", "got '-1'", "Try --" .. key .. " " .. default }, run.project,
          project.name, { [key] = "-1", viz = "off" })
      end
    end
  end)
end

test.done()
