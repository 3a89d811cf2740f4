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

-- A tone of f Hz, n samples at a rate.
local function tone(f, rate, n) return ((tensor.arange(n):to "f64" - 1) * (2 * math.pi * f / rate)):sin() end
local function middle(x) return x:narrow(1, x:numel() // 3, x:numel() // 3) end

test("resampling: what passes and what is stopped, between any two rates", function()
  for _, r in ipairs { { 44100, 16000 }, { 22050, 16000 }, { 16000, 44100 }, { 48000, 44100 }, { 96000, 8000 },
    { 44100, 44101 }, { 44101, 44100 }, { 7, 5 } } do
    local from, to = r[1], r[2]
    local half, n = math.min(from, to) / 2, 6000
    for _, share in ipairs { 0.1, 0.5, 0.9 } do
      local y = audio.resample(tone(half * share, from, n), from, to)
      test.shape(y, { (n * to + from - 1) // from })
      local apart = middle(y - tone(half * share, to, y:numel())):abs():max():item()
      test.truth(apart < 5e-4, ("%d to %d, %g of half: %.1e off"):format(from, to, share, apart))
    end
    for _, share in ipairs { 1.001, 1.2, 1.9 } do
      if share * half < from / 2 then
        local left = middle(audio.resample(tone(half * share, from, n), from, to)):abs():max():item()
        test.truth(left < 1e-4, ("%d to %d, %g of half: %.1e left"):format(from, to, share, left))
      end
    end
  end
end)

test("resampling: in blocks and at once, in f32, of many sounds, with gradients", function()
  local x = tensor.randn(3, 2, 500)
  local y = audio.resample(x, 44100, 44101)
  test.shape(y, { 3, 2, 501 })
  test.close(y["2, 1"], audio.resample(x["2, 1"], 44100, 44101), 1e-6)
  local long = tensor.randn(300000)                                      -- more than one block of either way
  local a, b = audio.resample(long, 3, 2), audio.resample(long, 44101, 44100)
  test.close(a["100001:100100"], audio.resample(long["148999:151000"], 3, 2)["669:768"], 1e-5)
  test.truth((b["1:2000"] - audio.resample(long["1:3000"], 44101, 44100)["1:2000"]):abs():max():item() < 1e-5)
  for _, r in ipairs { { 3, 2 }, { 1009, 1013 } } do
    local ok, _, text = tensor.gradcheck(function(v) return audio.resample(v, r[1], r[2], { zeros = 3 }) end,
      tensor.randn { 30, dtype = "f64" })
    test.truth(ok, text)
  end
  test.fails("audio.resample: window must be kaiser or hann, got 'hat'", audio.resample, x, 2, 3, { window = "hat" })
  test.fails("audio.resample: rolloff must be above 0 and at most 1, got 2", audio.resample, x, 2, 3, { rolloff = 2 })
end)

test("mel bands: as many as wanted, each a triangle by the definition; none beyond half the rate", function()
  local bands, size, rate = 128, 2048, 22050
  local f = audio.mel_filters(bands, size, rate, { dtype = "f64" })
  test.shape(f, { 1025, 128 })
  local function hertz(i)                                                -- of edge i of 0..129
    return 700 * (10 ^ (2595 * math.log(1 + rate / 2 / 700, 10) * i / (bands + 1) / 2595) - 1)
  end
  for _, b in ipairs { 1, 64, 65, 100, 128 } do
    local low, top, high = hertz(b - 1), hertz(b), hertz(b + 1)
    for k = 1, 1025, 7 do
      local at = (k - 1) * rate / size
      test.close(f[{ k, b }], math.max(0, math.min((at - low) / (top - low), (high - at) / (high - top))), 1e-9)
    end
  end
  test.shape(audio.mel { tensor.randn(4000), rate = 16000, bands = 80 }, { 37, 80 })
  test.fails("audio.mel_filters: high 9000 Hz lies beyond 8000, half the rate", audio.mel_filters, 40, 400, 16000,
    { high = 9000 })
end)

test("windows", function()
  test.close(audio.window(4), { 0, 0.5, 1, 0.5 }, 1e-6)
  local hamming = audio.window(5, { kind = "hamming", periodic = false, dtype = "f64" })
  test.close(hamming, { 0.08, 0.54, 1, 0.54, 0.08 }, 1e-12)
  test.close(audio.window(1), { 1 })
end)

test("what is refused", function()
  local x = tensor.randn(100)
  test.fails("audio.stft: f32[2,50] is shorter than a frame of 64 (time is the last dimension)",
    function() audio.stft { x:view(2, 50), size = 64 } end)
  local said = "%s: f32[100,1] looks like a file's [frames, channels]; time is the last dimension here: x:t(), "
    .. 'or x[":, 1"]'
  test.fails(said:format "audio.stft", function() audio.stft { x:view(100, 1), size = 64 } end)
  test.fails(said:format "audio.resample", function() audio.resample(x:view(100, 1), 1, 2) end)
  test.fails(said:format "audio.mel", function() audio.mel { x:view(100, 1), rate = 100, bands = 3, size = 8 } end)
  test.fails("audio.stft: size must be a whole number from 1 on, got 0", function() audio.stft { x, size = 0 } end)
  test.fails("audio.window: kind must be hann, hamming, blackman or ones, got 'hat'",
    function() audio.window(4, { kind = "hat" }) end)
  test.fails("audio.mel: rate is missing", function() audio.mel { x, size = 64 } end)
  local z = tensor.randn(1000)
  test.fails("audio.mel: norm must be none or slaney, got 'l1'",
    function() audio.mel { z, rate = 16000, norm = "l1" } end)
  test.fails_with({ "audio.spectrogram: rate must be above 0 and finite, got -1" }, audio.spectrogram, { z, rate = -1 })
  for _, power in ipairs { 0 / 0, -1, 0, math.huge } do
    test.fails_with({ "audio.spectrogram: power must be above 0 and finite" }, audio.spectrogram, { z, power = power })
  end
  test.fails_with({ "audio.mel: rate must be above 0 and finite, got inf" }, audio.mel, { z, rate = math.huge })
  test.fails_with({ "audio.mel_filters: rate is missing" }, audio.mel_filters, 4, 16)
  test.fails_with({ "audio.mel: sound f32[..., time] expected first, got nil" }, audio.mel, { rate = 16000 })
  test.fails_with({ "audio.mel: log must be true or false, got 'db'" }, audio.mel, { z, rate = 16000, log = "db" })
  test.fails_with({ "audio.resample: f32[1000] from 1 to 2147483648 a second makes 2.15e+12 samples" },
    audio.resample, z, 1, 1 << 31)
  test.fails("audio.resample: sound f32[..., time] expected first, got i64[3]",
    function() audio.resample(tensor.arange(3), 1, 2) end)
  test.fails("audio.mel_filters: low 5000 and high 4000 must satisfy 0 <= low < high",
    function() audio.mel_filters(4, 64, 8000, { low = 5000 }) end)
  test.fails("irfft: x must be [..., numbers, 2], pairs of real and imaginary part, got f32[100]",
    function() x:irfft() end)
  test.fails("rfft: 0 points for f32[100]; 1 to 268435456 are possible", function() x:rfft(0) end)
end)

test("a size worked out as a float is a size when it is whole", function()
  local x = tensor.randn(2000)
  test.same(audio.stft { x, size = 16000 * 0.025, hop = 16000 / 100 }, audio.stft { x, size = 400, hop = 160 })
  test.same(audio.window(4.0), audio.window(4))
  test.same(audio.mel { x, rate = 16000, bands = 8.0 }, audio.mel { x, rate = 16000, bands = 8 })
  test.same(audio.resample(x, 44100 / 2, 16000), audio.resample(x, 22050, 16000))
  test.fails_with({ "audio.stft: size must be a whole number from 1 on, got 400.5" }, audio.stft, { x, size = 400.5 })
  test.shape(audio.resample(tensor.zeros(0, 100), 16000, 8000), { 0, 50 })
  test.truth(#data.loader { { x }, batch = 2000 / 4 } == 4, "4 batches of 500.0")
  test.shape(nn.Linear(2 ^ 3, 8 / 2).weight, { 8, 4 })
end)

test("gradients flow through a spectrogram", function()
  local ok, _, text = tensor.gradcheck(function(x) return audio.mel { x, rate = 100, bands = 3, size = 8, hop = 4 } end,
    tensor.randn { 20, dtype = "f64" })
  test.truth(ok, text)
end)
test.done()
