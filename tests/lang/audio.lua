--- audio.lua: sound as numbers; values against PyTorch's are in golden.lua.
local test = dofile "tests/check.lua"

test("the spectrogram of the trigger word: ten seconds at 44.1 kHz", function()
  local s = audio.spectrogram { tensor.randn(441000), size = 200, hop = 80, rate = 8000, periodic = false }
  test.shape(s, { 5511, 101 })
end)

test("a tone stands in its bin", function()
  local t = tensor.arange(8000):to "f32" / 8000
  local s = audio.spectrogram { (t * (2 * math.pi * 1000)):sin(), size = 400, hop = 100 }
  test.equal(s:mean(1):argmax():item(), 51)                         -- 1000 Hz at 20 Hz a bin, from 0
  local mel = audio.mel { (t * (2 * math.pi * 1000)):sin(), rate = 8000, bands = 20, log = true }
  test.shape(mel, { 77, 20 })
end)

test("resampling keeps a tone", function()
  local function tone(rate) return ((tensor.arange(rate):to "f64" - 1) * (2 * math.pi * 440 / rate)):sin() end
  local y = audio.resample(tone(8000), 8000, 12000)
  test.shape(y, { 12000 })
  test.truth((y - tone(12000))["100:-100"]:abs():max():item() < 2e-2, "a difference below 0.02")
end)

test("windows", function()
  test.close(audio.window(4), { 0, 0.5, 1, 0.5 }, 1e-6)
  local hamming = audio.window(5, { kind = "hamming", periodic = false, dtype = "f64" })
  test.close(hamming, { 0.08, 0.54, 1, 0.54, 0.08 }, 1e-12)
  test.close(audio.window(1), { 1 })
end)

test("what is refused", function()
  local x = tensor.randn(100)
  test.fails("audio.stft: f32[100,1] is shorter than a frame of 64 (time is the last dimension)",
    function() audio.stft { x:view(100, 1), size = 64 } end)
  test.fails("audio.stft: size must be a whole number from 1 on, got 0", function() audio.stft { x, size = 0 } end)
  test.fails("audio.window: kind 'hat' is none of hann hamming blackman ones",
    function() audio.window(4, { kind = "hat" }) end)
  test.fails("audio.mel: rate is missing", function() audio.mel { x, size = 64 } end)
  test.fails("audio.resample: sound f32[..., time] expected first, got i64[3]",
    function() audio.resample(tensor.arange(3), 1, 2) end)
  test.fails("audio.mel_filters: low 5000 and high 4000 must satisfy 0 <= low < high",
    function() audio.mel_filters(4, 64, 8000, { low = 5000 }) end)
  test.fails("irfft: x must be [..., numbers, 2], pairs of real and imaginary part, got f32[100]",
    function() x:irfft() end)
  test.fails("rfft: 0 points for f32[100]; 1 to 268435456 are possible", function() x:rfft(0) end)
end)

test("gradients flow through a spectrogram", function()
  local ok, _, text = tensor.gradcheck(function(x) return audio.mel { x, rate = 100, bands = 3, size = 8, hop = 4 } end,
    tensor.randn { 20, dtype = "f64" })
  test.truth(ok, text)
end)
test.done()
