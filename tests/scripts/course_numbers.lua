--- The numbers of the original assignments, where they are known, by --course and on the assignments' own files.
-- These are no part of the project: what needs them looks for ../shared/data/course, or COURSE_DATA, and else leaves
-- itself out.
local test = dofile "tests/check.lua"

if test.left_out() then return end

local function within(what, got, least, most)
  print(("# %s %.3f"):format(what, got))
  test.truth(got >= least and got <= most, ("%s %.3f: that it is within %g to %g"):format(what, got, least, most))
end

-- There: zeros 50 %, large 83 and 86, He 99 and 96 after 15 000 steps.
test("initialization --course: zeros, large, He, in this order", function()
  local claim = test.project("initialization", { course = true, draws = "3", viz = "off" }).claim
  within("zeros", claim.zeros, 0.5, 0.5)
  within("large", claim.large, 0.6, 0.9)
  within("He", claim.accuracy, 0.95, 0.98)
end)

local folder = os.getenv "COURSE_DATA" or "../shared/data/course"
if not lunette.folder(folder) then
  print("# no " .. folder .. ": the course's own files are not read")
  test.done()
  return
end

-- There: the cost begins at 0.693147; 99 % of 209, 70 % of 50, one of which is among the 209, too: here it is left out.
test("logistic_cats: cats", function()
  local result, printed = test.project("logistic_cats", { data = folder, viz = "off" })
  test.truth(printed:find("209 pictures to learn from, 49 held out, 12288 numbers each", 1, true), printed)
  test.truth(printed:find("step    1   cost 0.693147", 1, true), printed)
  within("training", result.claim.training, 0.97, 1)
  within("held out", result.claim.accuracy, 0.66, 0.74)
  test.truth(result.ok, "that it is above the larger class")
end)

-- There: none 91.5 %, L2 93, dropout 95 of 200 points, one draw of weights, the same mask in every step; a second
-- implementation with fresh masks: dropout 93.
test("regularization --course: football", function()
  local result = test.project("regularization", { course = true, draws = "3", data = folder .. "/data.mat" },
    { viz = "off" })
  for _, name in ipairs { "none", "l2", "dropout" } do within(name, result.claim[name], 0.9, 0.96) end
  test.truth(result.ok, "what it claims on a user's data")
end)

test.done()
