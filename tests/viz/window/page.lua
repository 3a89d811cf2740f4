--- viz.save "x.html": one file, whose data are read back here; tests/elsewhere/chromium.sh opens such a page.
local test = dofile "tests/check.lua"
viz.mode "files"
local folder = os.tmpname()
os.remove(folder)
viz.folder(folder)

--- What the page's script gets, read by our own reader of JSON; and the page.
local function saved()
  local path = os.tmpname() .. ".html"
  assert(viz.save(path))
  local text = test.read(path)
  local json = assert(text:match "const page = (.-);\nconst W")
  local data_path = os.tmpname()
  test.write(data_path, json)
  local page = assert(data.json(data_path))
  os.remove(path)
  os.remove(data_path)
  local by_name = {}
  for k = 2, #page.panels do by_name[page.panels[k].name] = page.panels[k] end
  return page, by_name, text
end

test("nothing yet", function()
  local page, _, text = saved()
  assert(#page.panels == 1 and text:find "^<!DOCTYPE html>" and text:find "</html>\n$")
end)
test("names and titles that could end the script", function()
  viz.title "</script><b>&\"\\\n"
  viz.text("</script>", "<b>")
  viz.plot("a\"b/</script>\\", 1)
  local page, panels, text = saved()
  test.equal(page.title, "</script><b>&\"\\\n")
  assert(panels["</script>"] and panels["a\"b"].series[1].name == "</script>\\")
  test.equal(select(2, text:gsub("</script>", "")), 1)                   -- the page's own
  viz.clear()
end)
test("bytes that are no UTF-8 become the sign for them", function()
  viz.title "t\xff\u{732b}"
  viz.text("n\xed\xa0\x80\xc3", "a\xfe\xc3")
  viz.plot("p\xff/s\xe7", 1)
  local page, panels, text = saved()
  assert(utf8.len(text))
  test.equal(page.title, "t\u{fffd}\u{732b}")
  assert(panels["p\u{fffd}"].series[1].name == "s\u{fffd}")
  viz.title ""
  viz.clear()
end)
test("curves keep their ends, extremes and gaps, thinned", function()
  for k = 1, 20000 do viz.plot("loss/train", k == 7777 and 50 or k == 12345 and -9 or 1, { step = k }) end
  for k = 1, 100 do viz.plot("loss/val", k == 3 and 0 / 0 or k, { step = 10 * k }) end
  viz.plot("rate", 0.1, { log = true })
  local _, panels = saved()
  local train, val = panels.loss.series[1], panels.loss.series[2]
  assert(#train.x <= 2000 and #train.x == #train.y and #train.x == #train.t)
  assert(train.x[1] == 1 and train.x[#train.x] == 20000 and not train.dashed)
  local seen = {}
  for k, y in ipairs(train.y) do
    seen[y] = train.x[k]
    assert(k == 1 or (train.x[k] > train.x[k - 1] and train.t[k] >= train.t[k - 1]))
  end
  assert(seen[50] == 7777 and seen[-9] == 12345)
  assert(#val.x == 100 and val.y[3] == data.null and val.dashed and val.color == train.color)
  assert(panels.rate.log and not panels.loss.log)
end)
test("what a training left when it went back, and earlier runs", function()
  viz.clear()
  for k = 1, 9 do viz.plot("loss/train", 10 - k, { step = k }) end
  viz.describe()
  test.inside.lunette.viz_back.fork(0)                     -- all of it was later
  for k = 1, 3 do viz.plot("loss/train", k, { step = k }) end
  local ghost = test.inside.lunette.viz_runs.ghost
  ghost("run 7", "loss", "train", tensor({ { 1, 20 }, { 2, 0 / 0 }, { 9, 5 } }, { dtype = "f64" }))
  ghost("run 7", "other", "train", tensor({ { 1, 20 } }, { dtype = "f64" }))
  local _, panels = saved()
  local s = panels.loss.series
  test.equal(#s, 3)
  assert(s[1].name == "train" and not s[1].faint and #s[1].x == 3)
  assert(s[2].name == "train, branch 1" and s[2].faint and #s[2].x == 9 and s[2].y[9] == 1 and s[2].color == s[1].color)
  assert(s[3].name == "train, run 7" and s[3].faint and #s[3].x == 3 and s[3].x[3] == 9 and s[3].y[1] == 20)
  assert(s[3].y[2] == data.null and s[3].color == s[1].color)
end)
test("states of pictures, the last first; controls are left out", function()
  viz.slider("knob", 0.5, { 0, 1 })
  for k = 1, 60 do
    viz.image("picture", tensor.full({ 4, 4 }, k / 60))
    viz.describe()                                                       -- takes what is queued: none is overtaken
  end
  local _, panels = saved()
  assert(not panels.knob)
  local states = panels.picture.states
  test.equal(#states, 24)
  assert(states[1].at == nil)               -- null: now
  for k, s in ipairs(states) do
    assert(s.svg:find "^<%?xml" and s.svg:find "</svg>%s*$")
    assert(k < 3 or s.at < states[k - 1].at)
  end
  assert(states[1].svg ~= states[24].svg)
end)
test("what cannot be written", function()
  local ok, why = viz.save "/dev/null/x.html"
  test.refused({ "/dev/null/x.html" }, ok, why)
end)
viz.mode "off"
os.execute(("rm -rf '%s'"):format(folder))
test.done()
