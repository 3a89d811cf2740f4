--- Every project runs with --quick, returns a claim of the form that the table needs, and shows its heading.
local test = dofile "tests/check.lua"
local run = require "vm.run"

-- Minutes under the sanitizers; the same ops are run by the others.
local slow = {
  date_translation = true, deep_cats = true, emojify = true, face_verification = true, first_model = true,
  happy_house = true, jazz_solo = true, logistic_cats = true, mobilenet_transfer = true, ner_resumes = true,
  qa_babi = true, regularization = true, resnet50 = true, style_transfer = true, transformer = true,
  trigger_word = true, unet_streets = true, vectorization = true, yolo_cars = true
}

local timed = { vectorization = true }         -- its target is a speed, which a busy machine does not show

-- What reaches accuracies says what needs no network: the larger class, and a linear model; it is clearly above them.
local model_of = {
  planar = "accuracy", optimizers = "accuracy", initialization = "accuracy", first_model = "accuracy",
  happy_house = "accuracy", emojify = "accuracy", deep_cats = "deep", regularization = "l2",
  date_translation = "accuracy",
}
local least = { regularization = 0 }           -- few steps: none has not yet taken to the outliers
local function honest(name, claim)
  if name == "logistic_cats" then
    test.truth(claim.accuracy > claim.majority + 0.02, "that logistic regression is above the larger class")
  elseif model_of[name] then
    local reached = claim[model_of[name]]
    for _, baseline in ipairs { "majority", "linear" } do
      test.truth(type(claim[baseline]) == "number", baseline .. " in the claim")
      test.truth(reached > claim[baseline] + (least[name] or 0.05),
        ("%.3f, %s %.3f: that it is clearly above it"):format(reached, baseline, claim[baseline]))
    end
  end
end

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

  if not (test.sanitized and slow[name]) and (name ~= "trigger_word" or audio.voices()) then
    test(name .. ": --quick runs and returns a claim", function()
      local result = run.project(name, { quick = true, viz = "off" })
      test.truth(result, "a claim")
      test.truth(result.value == result.value and math.abs(result.value) < math.huge, "a finite value")
      test.truth(type(result.target) == "number", "a target")
      if timed[name] then return end
      test.truth(result.ok, ("%s %.4g, target %s %.4g: that it"):format(result.measure, result.value, result.sign,
        result.target))
      honest(name, result.claim)
    end)
  end
end

test.done()
