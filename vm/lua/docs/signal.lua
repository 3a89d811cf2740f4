--- signal.lua: what help says of sound as numbers.
local doc = lunette.doc

local frames = { { "size", "400", "samples of a frame" }, { "hop", "size // 4", "from one frame to the next" },
  { "window", '"hann"', "hann hamming blackman ones, or a tensor [size]" },
  { "periodic", "true", "the window is made for size + 1 points; false: for size, as matplotlib's and numpy's" }, { "center", "false", "borders mirrored, so that frame i is about sample i hop" } }
local function with(more)
  return table.move(frames, 1, #frames, #more + 1, more)
end

doc { name = "audio.window", sig = 'audio.window(n, {kind="hann", periodic=true})', doc = "a window of n points",
  options = { { "kind", '"hann"', "hann hamming blackman ones" }, { "periodic", "true", "made for n + 1 points; false: symmetric" },
  { "dtype", '"f32"', "f32 or f64" } }, example = "print(audio.window(4))", see = "audio.stft",
  example2 = 'print(audio.window(4, {kind = "hamming", periodic = false}))' }
doc { name = "audio.stft", sig = "audio.stft{x, size=400, hop=100}", doc = "short-time Fourier transform of x [..., time]: "
  .. "[..., frames, size/2 + 1, 2], pairs of real and imaginary part", options = frames,
  example = "print(audio.stft{tensor.randn(100), size = 20}:size(2))", see = "audio.spectrogram, tensor.rfft",
  example2 = 'print(audio.stft{tensor.randn(2, 100), size = 20, hop = 10}:size(1))' }
doc { name = "audio.spectrogram", sig = "audio.spectrogram{x, size=400, hop=100}", doc = "power in time and frequency: x [..., time] to "
  .. "[..., frames, size/2 + 1]", options = with { { "power", "2", "1: magnitude" },
  { "rate", "none", "samples a second: power per Hz; with periodic=false as matplotlib's specgram" } },
  example = "print(audio.spectrogram{tensor.randn(441), size = 200, hop = 80, rate = 8000})", see = "audio.mel",
  example2 = 'print(audio.spectrogram{tensor.randn(100), size = 20, power = 1}:size(2))' }
doc { name = "audio.mel_filters", sig = "audio.mel_filters(bands, size, rate)", doc = "triangles evenly spaced in mel: [size/2 + 1, "
  .. "bands]; spectrogram:mm(filters)", options = { { "low", "0", "Hz" }, { "high", "rate / 2", "Hz, at most that" }, { "scale", '"htk"', "htk or slaney" },
  { "norm", '"none"', "slaney: equal areas" }, { "dtype", '"f32"', "f32 or f64" } },
  example = "print(audio.mel_filters(4, 16, 8000))", see = "audio.mel",
  example2 = 'f = audio.mel_filters(4, 16, 8000, {scale = "slaney"})\nprint(tensor.rand(3, 9):mm(f):size(2))' }
doc { name = "audio.mel", sig = "audio.mel{x, rate=16000, bands=64}", doc = "mel spectrogram of x [..., time]: [..., frames, bands]",
  options = with { { "rate", "required", "samples a second" }, { "bands", "64", "how many" }, { "low", "0", "Hz" }, { "high", "rate / 2", "Hz" },
  { "scale", '"htk"', "htk or slaney" }, { "norm", '"none"', "slaney: equal areas" }, { "log", "false", "its logarithm" } },
  example = "print(audio.mel{tensor.randn(2000), rate = 8000, bands = 8, log = true})", see = "audio.spectrogram",
  example2 = 'print(audio.mel{tensor.randn(2000), rate = 8000, bands = 8}:size(2))' }
doc { name = "audio.running", sig = 'local f = audio.running{kind="spectrogram", size=400, hop=100}',
  doc = "a function of blocks [..., time] that gives the frames which each completes, or nil; together those of the whole",
  options = with { { "kind", '"spectrogram"', "mel and stft too, with their options" } },
  example = "f = audio.running{size = 20, hop = 10}\nprint(f(tensor.randn(15)), f(tensor.randn(25)).shape[1])",
  see = "audio.spectrogram, net:stream",
  example2 = 'f = audio.running{kind = "mel", rate = 8000, bands = 4, size = 64}\nprint(f(tensor.randn(100)))' }
doc { name = "audio.resample", sig = "audio.resample(x, from, to)", doc = "sound x [..., time] at another rate, by a windowed "
  .. "sinc: what lies below 0.9 of half the lower rate passes within 0.01 dB, what lies above half of it is 80 dB down",
  options = { { "zeros", "48", "zero crossings of the sinc to each side; 6 with hann" },
    { "rolloff", "0.95", "where the filter cuts, as share of half the lower rate; 0.99 with hann" },
    { "window", '"kaiser"', "or hann: shorter and softer, as torchaudio" }, { "beta", "7.857", "of the Kaiser window" } },
  example = "print(audio.resample(tensor.randn(441), 44100, 16000))", see = "audio.load",
  example2 = 'print(#audio.resample(tensor.randn(100), 8000, 16000))' }
