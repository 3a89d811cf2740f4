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
    local first = 3
    while not lines[first]:find "^  %-%-" do first = first + 1 end
    test.truth(lines[first - 1]:find "%.$", "that the claim is there whole: " .. lines[first - 1])
    for i = first, #lines do
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
  refused("dinosaurus", { clip = "0" }, "--clip must be a number above 0, at most ", ", got '0'")
  refused("dinosaurus", { lr = "-1" }, "--lr must be a number above 0, at most ", ", got '-1'")
  refused("dinosaurus", { lr = "1e9" }, "--lr must be a number above 0, at most ", ", got '1e9'")
  refused("dinosaurus", { lr = "nan" }, "--lr must be a number, got 'nan'")
  refused("dinosaurus", { lr = "1e999" }, "--lr must be a number, got '1e999'")
  refused("deep_cats", { momentum = "1" }, "--momentum must be a number from 0 to 0.999, got '1'")
  refused("regularization", { keep = "0" }, "--keep must be a number from 0.01 to 1, got '0'")
  refused("planar", { compare = "-1" }, "--compare must be a whole number from 0 to ", ", got '-1'")
  refused("debias_words", { words = "-1" }, "--words must be a whole number from 0 to ", ", got '-1'")
  refused("planar", { seed = "1e300" }, "--seed must be a whole number from -1000000000000000 to 1000000000000000")
end)
local below_zero = { seed = true, snr = true }              -- decibels
for _, project in ipairs(run.projects()) do
  test(project.name .. ": none of its numbers may be -1 but the seed and decibels, and none 1e18", function()
    for _, line in ipairs(help(project.name)) do
      local key, default = line:match "^  %-%-([%w_]+) +(%-?[%d.e-]+) "
      if key and not project.text:find("\n  " .. key .. ' = "', 1, true) then
        for _, wrong in ipairs { below_zero[key] and "-1e18" or "-1", "1e18" } do
          test.fails_with({ "--" .. key .. " must be ", ("got '%s'"):format(wrong), "Try --" .. key .. " " .. default },
            run.project, project.name, { [key] = wrong, viz = "off" })
        end
      end
    end
  end)
end

-- --- what a script declares -----------------------------------------------------------------------------------------

local here = os.tmpname()
os.remove(here)
assert(lunette.mkdir(here))
local file, folder, new = test.write(here .. "/file.txt", "1\n"), here .. "/folder", here .. "/new"
assert(lunette.mkdir(folder))
local asking = test.write(here .. "/asks.lua", [[
  asked = lunette.options { steps = 3, height = 32, share = 0.5, low = -2, net = "small", picture = "coast",
    data = false, weights = false, labels = false, cfg = false, course = false, camera = false, enrol = false,
    save = "", text = "", seed = 1,
    range = { height = { 16, 64, 16 }, share = { 0.25, 1 } }, choice = { net = "small large" },
    paths = { picture = { "file", "coast", "hill" }, save = "write" },
    preset = { course = { steps = 7, net = "large" }, data = { steps = 9 } },
    needs = { labels = "weights text", cfg = { "labels data", "text" }, share = "net=large" },
    not_with = { steps = "net=large text" },
    only = { weights = "labels out" }, quick = { steps = 2 } }
  if asked.weights then lunette.option("weights", data.weights, asked.weights) end
  local fault = rawget(_G, "fault")
  if fault then lunette.option("picture", fault, "x") end
  if asked.out and rawget(_G, "left") then assert(io.open(asked.out .. "/left", "w")):close() end
]])

--- What a script that asks so gets from these flags.
local function asked(flags)
  flags.viz = flags.viz or "off"
  _G.asked = nil
  run.project(asking, flags)
  local got = rawget(_G, "asked")
  _G.asked = nil
  return got
end
local function refused(flags, message)
  flags.viz = flags.viz or "off"
  local _, why = pcall(run.project, asking, flags)
  local got = rawget(_G, "asked")
  _G.asked = nil
  test.equal(why, message)
  test.equal(got, nil, "what was given")
end

local height_must = "--height must be a whole number from 16 to 64, a multiple of 16, got "
test("numbers: range, divisor, and what is so where nothing is declared", function()
  refused({ height = "24" }, height_must .. "'24'. Try --height 32")
  refused({ height = "80" }, height_must .. "'80'. Try --height 32")
  refused({ steps = "0" }, "--steps must be a whole number from 1 to 100000000, got '0'. Try --steps 3")
  refused({ share = "0.2", net = "large" }, "--share must be a number from 0.25 to 1, got '0.2'. Try --share 0.5")
  refused({ low = "-1001" }, "--low must be a whole number from -1000 to 1000, got '-1001'. Try --low -2")
  local got = asked { height = "48", low = "-1000", share = "1", net = "large" }
  test.equal(got.height, 48)
  test.equal(got.low, -1000)
  test.equal(got.share, 1.0)
  test.equal(asked({ quick = true }).steps, 2)
  test.equal(asked({ quick = true, steps = "5" }).steps, 5)
end)

test("words: one of those declared, and --viz one of four", function()
  refused({ net = "huge" }, "--net must be one of small, large, got 'huge'. Try --net small")
  refused({ net = true }, "--net must be one of small, large, got nothing. Try --net small")
  refused({ text = "" }, "--text must be a value, got ''. Try --text TEXT")
  refused({ text = " \t" }, "--text must be a value, got ' \t'. Try --text TEXT")
  refused({ text = true }, "--text must be a value, got nothing. Try --text TEXT")
  refused({ viz = "windwo" }, "--viz must be one of window, files, term, off, got 'windwo'. Try --viz window")
  refused({ viz = true }, "--viz must be one of window, files, term, off, got nothing. Try --viz window")
end)

test("what is read must be there and of its kind", function()
  refused({ data = here .. "/none" }, ("--data: %s/none: No such file or directory"):format(here))
  refused({ data = "" }, "--data needs a path: --data PATH")
  refused({ weights = true }, "--weights needs a path: --weights PATH")
  refused({ enrol = file }, ("--enrol: %s: a folder expected, it is a file"):format(file))
  refused({ picture = folder }, ("--picture: %s: a file expected, it is a folder"):format(folder))
  refused({ picture = "hil" }, "--picture: hil: No such file or directory; drawn are coast, hill")
  refused({ camera = here .. "/none" }, ("--camera: %s/none: No such file or directory"):format(here))
  test.equal(asked({ picture = "hill" }).picture, "hill")
  test.equal(asked({ picture = file }).picture, file)
  test.equal(asked({ data = folder }).data, folder)
  test.equal(asked({ data = file }).data, file)
  test.equal(asked({ camera = "lavfi:testsrc" }).camera, "lavfi:testsrc")
  if not io.open "/etc/shadow" then
    refused({ data = "/etc/shadow" }, "--data: /etc/shadow: Permission denied")
  end
end)

test("a pipe is not opened by the check: who writes to it would be cut off", function()
  local pipe = here .. "/pipe"
  assert(os.execute(("mkfifo '%s'"):format(pipe)))
  test.equal(asked({ data = pipe }).data, pipe)
  os.remove(pipe)
end)

test("a file to be written: its folder takes it, and nothing is left", function()
  refused({ save = here .. "/none/x.mid" }, ("--save: %s/none: No such file or directory"):format(here))
  refused({ save = folder }, ("--save: %s: a file expected, it is a folder"):format(folder))
  refused({ save = file .. "/x" }, ("--save: %s/x: %s is a file, a folder expected"):format(file, file))
  test.equal(asked({ save = folder .. "/x.mid" }).save, folder .. "/x.mid")
  test.equal(#lunette.folder(folder), 0, "files that the check left")
end)

test("--out is made where it can be, a file is refused, and an empty folder does not stay", function()
  refused({ out = true }, "--out needs a folder: --out DIR")
  refused({ out = "" }, "--out needs a folder: --out DIR")
  refused({ out = file }, ("--out: %s: a folder expected, it is a file"):format(file))
  refused({ out = file .. "/below" }, ("--out: %s: a folder expected, it is a file"):format(file))
  refused({ out = "/proc/nosuch/x" }, "--out: /proc/nosuch/x: No such file or directory")
  test.equal(asked({ out = new .. "/deep/" }).out, new .. "/deep/")
  test.truth(not lunette.modified(new), "a run that wrote nothing: that its folder is gone")
  test.equal(asked({ out = folder }).out, folder)
  test.truth(lunette.modified(folder), "a folder that was there: that it stays")
  _G.left = true
  asked { out = new .. "/deep" }
  _G.left = nil
  test.truth(lunette.modified(new .. "/deep/left"), "what was written: that it stays")
  os.remove(new .. "/deep/left")
  os.remove(new .. "/deep")
  os.remove(new)
  refused({ out = new, height = "1" }, height_must .. "'1'. Try --height 32")
  test.truth(not lunette.modified(new), "refused for another reason: that no folder was made")
end)

test("what has no meaning is refused", function()
  refused({ labels = file }, "--labels means nothing without --weights or --text")
  refused({ cfg = file }, "--cfg means nothing without --labels or --data")
  refused({ cfg = file, data = file }, "--cfg means nothing without --text")
  test.equal(asked({ cfg = file, data = file, text = "a" }).cfg, file)
  refused({ share = "0.5" }, "--share means nothing without --net large")
  refused({ steps = "3", text = "a" }, "--steps means nothing with --text")
  refused({ steps = "3", net = "large" }, "--steps means nothing with --net large")
  refused({ weights = file, height = "32" }, "--height means nothing with --weights; with it go: --labels, --out")
  test.equal(asked({ labels = file, text = "a" }).labels, file)
  test.equal(asked({ labels = file, text = "0" }).text, "0")
end)

test("a preset: over what --quick sets, under what the command line says", function()
  test.equal(asked({ course = true, quick = true }).steps, 7)
  test.equal(asked({ course = true }).net, "large")
  test.equal(asked({ course = "true", net = "small", steps = "4" }).steps, 4)
  test.equal(asked({ course = "false", quick = true }).steps, 2)
  test.equal(asked({ data = file }).steps, 9)                           -- what suits a user's files ...
  test.equal(asked({ data = file, steps = "4" }).steps, 4)
  test.equal(asked({ data = file, quick = true }).steps, 2)             -- ... takes its time
end)

test("what quick says of a preset comes after it, under the command line, and only with both", function()
  local script = test.write(here .. "/brief.lua", [[
    got = lunette.options { steps = 30, size = 32, course = false, preset = { course = { steps = 70, size = 64 } },
      quick = { steps = 3, course = { size = 16 } } } ]])
  local function of(flags)
    flags.viz = "off"
    run.project(script, flags)
    local got = rawget(_G, "got")
    _G.got = nil
    return ("%s %d %d"):format(got.course, got.steps, got.size)
  end
  test.equal(of {}, "false 30 32")
  test.equal(of { quick = true }, "false 3 32")
  test.equal(of { course = true }, "true 70 64")
  test.equal(of { course = true, quick = true }, "true 70 16")
  test.equal(of { course = true, quick = true, size = "48" }, "true 70 48")
  local lines = test.caught(run.project, script, { help = true })
  test.truth(not table.concat(lines, "\n"):find "table:", "--help: no word of the table")
end)

--- The values that a project declares, with these flags; stopped there, before it draws anything.
local function taken(name, flags)
  local options, got = require "vm.options", nil
  local take = options.take
  function options.take(declared, given, as)
    got = { declared, take(declared, given, as) }
    error("taken", 0)
  end
  flags.viz = "off"
  local ran, why = pcall(run.project, name, flags)
  options.take = take
  test.truth(not ran and why == "taken", name .. ": " .. tostring(why))
  return got[2], got[1]
end

-- What the work of a preset grows with, and how much of it --quick may have.
local work = {
  deep_cats = { 3 * 60, function(o) return o.draws * (o.epochs > 0 and o.epochs or 2500) end },
  dinosaurus = { 25000, function(o) return o.steps end },
  initialization = { 3 * 3000, function(o) return o.draws * o.iterations end },
  mobilenet_transfer = { 64 * 64 * 10, function(o) return o.size ^ 2 * (o.epochs + o.tune) end },
  regularization = { 11 * 5000, function(o) return o.draws * o.iterations end },
  style_transfer = { 240 * 240 * 150, function(o) return o.size ^ 2 * o.steps end },
  unet_streets = { 48 * 64 * 8 * 160 * 8, function(o) return o.height * o.width * o.filters * o.train * o.epochs end },
}

test("--quick stays quick with every preset", function()
  local seen = {}
  for _, project in ipairs(run.projects()) do
    local _, declared = taken(project.name, { quick = true })
    for key in pairs(declared.preset or {}) do
      if key ~= "data" then                                             -- --quick goes without what suits files in full
        local name, least = project.name, work[project.name]
        test.truth(least, ("%s --%s: that the table above says what its work grows with"):format(name, key))
        local cost = least[2](taken(name, { quick = true, [key] = true }))
        test.truth(cost > 0 and cost <= least[1], ("%s --%s --quick: %g, at most %g"):format(name, key, cost, least[1]))
        test.truth(least[2](taken(name, { [key] = true })) > cost, name .. ": that it takes more without --quick")
        seen[name] = true
      end
    end
  end
  for name in pairs(work) do test.truth(seen[name], name .. ": that it has a preset") end
end)

test("--quick goes without what --data brings in full", function()
  for _, name in ipairs { "deep_cats", "first_model", "happy_house" } do
    local quick, with = taken(name, { quick = true }), taken(name, { quick = true, data = folder })
    test.truth(quick.epochs > 0, name)
    test.equal(with.epochs, quick.epochs, name)
  end
end)

test("what a file in --data is told for is told without the line of a script that found it", function()
  local _, said = test.caught(run.main, "first_model", "--data", folder, "--viz=off")
  test.truth(said:find "^%-%-data: [^\n]*\n$", said)
end)

test("lunette.given: what the command line says, be it the default; not what a preset or --quick brings", function()
  local script = test.write(here .. "/given.lua", [[
    local opt = lunette.options { steps = 3, size = 32, course = false, preset = { course = { size = 64 } },
      quick = { steps = 2 } }
    said = {}
    for _, key in ipairs { "steps", "size", "course", "none" } do said[key] = lunette.given(key) end]])
  local function said(flags)
    flags.viz = "off"
    run.project(script, flags)
    local got, keys = rawget(_G, "said"), {}
    for key, is in pairs(got) do keys[#keys + 1] = is and key or nil end
    table.sort(keys)
    _G.said = nil
    return table.concat(keys, " ")
  end
  test.equal(said {}, "")
  test.equal(said { steps = "3" }, "steps")
  test.equal(said { quick = true, course = true }, "course")
  test.equal(said { quick = true, steps = "2", size = "32" }, "size steps")
  test.equal(lunette.given "size", false)                               -- outside of a script nothing is
end)

test("lunette.option: a failure names the option and its value, and no line", function()
  local function failing(f)
    _G.fault = f
    local _, why = pcall(run.project, asking, { viz = "off", picture = file })
    _G.fault, _G.asked = nil, nil
    return why
  end
  test.equal(failing(function() error "no good" end), ("--picture: %s: no good"):format(file))
  test.equal(failing(function() return nil, file .. ": no picture" end), ("--picture: %s: no picture"):format(file))
  local raised = failing(function() tensor.zeros(2):mm(tensor.zeros(3)) end)
  test.equal(raised:match "^[^:]*: [^:]*: mm", "--picture: " .. file .. ": mm")
  test.equal(failing(function(x) return x, nil end), nil)
  test.equal(failing(function() error("--picture: x: no good", 0) end), "--picture: x: no good")   -- named once
  local small, large = nn.Linear(2, 3), nn.Linear(2, 4)
  local saved = here .. "/w.safetensors"
  assert(small:save(saved))
  local why = failing(function() large:load(saved) end)
  for _, part in ipairs { "--picture: " .. file, "[2,3]", "[2,4]", "with or without --quick?" } do
    test.truth(why:find(part, 1, true), ("%q: that it has %q"):format(why, part))
  end
  test.fails_with({ "--weights: '" .. file .. "' has no known ending" }, run.project, asking,
    { weights = file, viz = "off" })
  _G.asked = nil
end)

test.done()
