--- wake_files.lua: trigger_word --weights DIR on a chain of three ONNX files like openWakeWord's (mel spectrogram,
-- embedding, one file a word), here small ones: what the ear says of a file, of blocks of any
-- length and at the microphone is what the chain says of the sound by its definition.
local test = dofile "tests/check.lua"
local run, wake_ear = require "vm.run", require "lib.trigger_onnx"
local RATE, SIZE, HOP = 16000, 512, 160

local folder = os.tmpname() .. ".d"
assert(os.execute(("mkdir -p '%s'"):format(folder)))
local function path(name) return folder .. "/" .. name end

-- [n, 76, 32, 1] -> [n, 1, 1, 96]; [n, 16, 96] -> [n, 1].  The first of the three is of tests/golden/make_wake.py.
local Embedding, Wake = nn.class "Embedding", nn.class "Wake"
function Embedding:init() self.fc = nn.Linear(76 * 32, 96) end
function Embedding:forward(x) return self.fc(x:reshape(-1, 76 * 32)):tanh():reshape(-1, 1, 1, 96) end
function Wake:init() self.fc = nn.Linear(16 * 96, 1) end
function Wake:forward(x) return self.fc(x:reshape(-1, 16 * 96)):sigmoid() end

tensor.seed(4)
local embed, wake = Embedding(), Wake()
tensor.no_grad(function() wake.fc.weight:mul_(10) end)
test.write(path "melspectrogram.onnx", test.read "tests/golden/onnx/wake_mel.onnx")
assert(embed:export(path "embedding_model.onnx", { input = { 1, 76, 32, 1 } }))
assert(wake:export(path "hey_robot_v0.1.onnx", { input = { 1, 16, 96 } }))
assert(wake:export(path "computer.onnx", { input = { 1, 16, 96 } }))

-- [n] -> [t, 32]: the logarithm of the energy in 8 tones of each frame, four times.
local function mel(x)
  local t = tensor.arange(SIZE):to "f32" - 1
  local window, kernel = (t * (2 * math.pi / SIZE)):cos() * -0.5 + 0.5, {}
  for k = 1, 8 do kernel[k] = window * (t * (2 * math.pi * 400 * k / RATE)):cos() end
  local logs = (x:unfold(1, SIZE, HOP):mm(tensor.stack(kernel):t()):square() + 1e-3):log()
  return tensor.cat({ logs, logs, logs, logs }, 2)
end

-- By the definition: all frames, then windows of 76 every 8, then 16 embeddings for each probability.
local function whole(x)
  local _ <close> = tensor.no_grad()
  local frames = mel(x) / 10 + 2
  local rows, p = {}, {}
  for at = 1, frames:size(1) - 75, 8 do rows[#rows + 1] = embed(frames:narrow(1, at, 76):reshape(1, 76, 32, 1)) end
  for k = 16, #rows do
    p[#p + 1] = wake(tensor.cat(table.move(rows, k - 15, k, 1, {}), 2):reshape(1, 16, 96)):item()
  end
  return p
end

local t = tensor.arange(5 * RATE):to "f32" / RATE
local bursts = tensor.randn { 5 * RATE, rng = tensor.rng(7) } * (t * 2):sin():gt(0):to "f32"
local x = bursts * 0.15 + (t * 2513):sin() * 0.1

test("blocks of any length give the probabilities of the whole, and frames as they come", function()
  local ear = wake_ear(folder, "hey robot")
  local want = whole(x)
  test.equal(#want, ((5 * RATE - SIZE) // HOP + 1 - 76) // 8 + 1 - 15)
  for _, long in ipairs { 1280, 320, 777, 100, 5 * RATE } do
    local hear, p, frames = ear.stream(), {}, 0
    for at = 1, x:numel(), long do
      local more, new = hear(x:narrow(1, at, math.min(long, x:numel() - at + 1)))
      table.move(more, 1, #more, #p + 1, p)
      frames = frames + (new and new:size(1) or 0)
    end
    test.equal(#p, #want, long .. " samples a block")
    test.equal(frames, (5 * RATE - SIZE) // HOP + 1)
    test.close(tensor(p), want, 1e-5)
  end
  want = tensor(want)
  test.truth((want:max() - want:min()):item() > 0.1, "that they differ: " .. tostring(want))
end)

test("a file: two seconds of silence before and half a second after; when the first step is known", function()
  local ear, how = wake_ear(folder, "hey robot")
  local p = ear.all(x)
  test.close(tensor(p), whole(tensor.cat { tensor.zeros(2 * RATE), x, tensor.zeros(RATE // 2) }), 1e-5)
  test.equal(how.steps, 1)
  test.close(how.step, 0.08, 1e-9)
  test.close(how.first, ((15 * 8 + 75) * HOP + SIZE) / RATE - 2, 1e-9)
end)

test("words are named by their files, in letters of any size", function()
  test.equal(wake_ear(folder, "Hey Robot").rate, RATE)
  test.fails_with({ "--word: 'activate' is none of the words in ", "'computer', 'hey robot'" }, wake_ear, folder,
    "activate")
  local other = folder .. "/other"
  assert(os.execute(("mkdir -p '%s' && cp '%s' '%s'"):format(other, path "computer.onnx", other)))
  test.fails_with({ "--weights: ", "melspectrogram.onnx" }, wake_ear, other, "computer")
end)

test("--weights DIR --wav FILE counts and chimes; --listen hears the same through the microphone", function()
  local threshold, p = 0.5, whole(tensor.cat { tensor.zeros(2 * RATE), x, tensor.zeros(RATE // 2) })
  local events = require "lib.events"
  local _, how = wake_ear(folder, "computer")
  local expected = #events.find(p, threshold, how)
  test.truth(expected >= 1, "that something is found: " .. expected)
  assert(audio.save(path "x.wav", x, { rate = RATE }))
  local _, text = test.project("trigger_word", { viz = "off", weights = folder, word = "computer", wav = path "x.wav",
    out = path "out" })
  local said = tonumber(text:match "'computer' (%d+) times in 5.0 s")
  test.equal(said, expected)
  test.shape(assert(audio.load(path "out/chimed.wav")), { 5 * RATE, 1 })
  test.fails_with({ "--weights means nothing without --wav or --listen" }, run.project, "trigger_word", { viz = "off",
    weights = folder })

  local parts = {}
  for k, v in ipairs(x:totable()) do parts[k] = string.pack("<f", v) end
  test.write(path "in.raw", table.concat(parts))
  text = test.output(("SDL_AUDIODRIVER=disk SDL_DISKAUDIOFILE='%s' SDL_DISKAUDIOFILEIN='%s' timeout -s INT 8 %s run "
    .. "trigger_word --viz=off --listen --word computer --weights '%s' 2>&1"):format(path "out.raw", path "in.raw",
    os.getenv "LUNETTE" or "build/lunette", folder))
  test.truth(text:find("listening for 'computer'; ^C ends", 1, true), text)
  test.truth(text:find "heard: %d+ ms from its end to the chime", text)
end)

os.execute("rm -r '" .. folder .. "'")
test.done()
