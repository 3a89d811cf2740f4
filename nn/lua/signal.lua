--- signal.lua: sound as numbers: windows, spectrograms, mel bands, other rates.  Composed of ops, so that gradients
-- flow through.  Time is the last dimension of what comes in, [..., time]; a file's [frames, channels] is
-- x:t() or x[":, 1"].
local record = require "nn.record"
local none = lunette.none
audio = audio or {}

local refuse = lunette.refuse

local function signal_of(what, x)
  if not lunette.is_tensor(x) or x:dim() < 1 or not (x.dtype == "f32" or x.dtype == "f64") then
    refuse("%s: sound f32[..., time] expected first, got %s", what, lunette.typename(x))
  end
  if x:dim() == 2 and x:size(2) <= 8 and x:size(1) >= 64 then            -- of audio.load, which no filter could tell
    refuse("%s: %s looks like a file's [frames, channels]; time is the last dimension here: x:t(), or x[\":, 1\"]",
      what, lunette.typename(x))
  end
  return x
end

local whole = lunette.whole

-- Cosine series a0 - a1 cos(2 pi t / m) + a2 cos(4 pi t / m) over t = 0..n-1.
local series = { hann = { 0.5, 0.5, 0 }, hamming = { 0.54, 0.46, 0 }, blackman = { 0.42, 0.5, 0.08 },
  ones = { 1, 0, 0 } }

local dtype = { "dtype", "f32", "f32 or f64", { "f32", "f64" } }
local about_rate = { "rate", none, "samples a second", { above = 0 }, shown = "required" }
local function check_rate(what, v)
  if v == nil then refuse("%s: rate is missing", what) end
  record.check(what, { rate = v }, { about_rate })
end

local about_window = record.declare { name = "audio.window", sig = 'audio.window(n, {kind="hann", periodic=true})',
  see = "audio.stft",
  doc = "a window of n points",
  options = { { "kind", "hann", "hann hamming blackman ones", { "hann", "hamming", "blackman", "ones" } },
    { "periodic", true, "made for n + 1 points; false: symmetric" }, dtype },
  example = "print(audio.window(4))",
  example2 = 'print(audio.window(4, {kind = "hamming", periodic = false}))' }
function audio.window(n, options)
  local opt = record.checked("audio.window", options, about_window.options)
  local a = series[opt.kind]
  n = whole("audio.window", "n", n)
  local m = opt.periodic and n or math.max(1, n - 1)
  if n == 1 then return tensor.ones { 1, dtype = opt.dtype } end
  local t = (tensor.arange(n):to "f64" - 1) * (2 * math.pi / m)
  return (a[1] - a[2] * t:cos() + a[3] * (t * 2):cos()):to(opt.dtype)
end

local frame_options = { { "size", 400, "samples of a frame", "whole" },
  { "hop", none, "from one frame to the next", "whole", shown = "size // 4" },
  { "window", "hann", "hann hamming blackman ones, or a tensor [size]", "any" },
  { "periodic", true, "the window is made for size + 1 points; false: for size, as matplotlib's and numpy's" },
  { "center", false, "borders mirrored, so that frame i is about sample i hop" } }
local function with_frames(options) return table.move(frame_options, 1, #frame_options, #options + 1, options) end

-- x cut into frames and windowed: [..., frames, size]; also the window.
local function frames_of(what, x, opt)
  local size = whole(what, "size", opt.size)
  local hop = whole(what, "hop", opt.hop or math.max(1, size // 4))
  signal_of(what, x)
  if opt.center then
    if x:size(-1) <= size // 2 then refuse("%s: %s is too short for frames of %d", what, lunette.typename(x), size) end
    x = x:pad { { size // 2, size // 2 }, mode = "reflect" }
  end
  if x:size(-1) < size then
    refuse("%s: %s is shorter than a frame of %d (time is the last dimension)", what, lunette.typename(x), size)
  end
  local window = opt.window
  if not lunette.is_tensor(window) then
    window = audio.window(size, { kind = window, periodic = opt.periodic, dtype = x.dtype })
  elseif window:dim() ~= 1 or window:size(1) ~= size then
    refuse("%s: window %s for frames of %d", what, lunette.typename(window), size)
  end
  return x:unfold(-1, size, hop) * window, window
end

record.declare { name = "audio.stft", sig = "audio.stft{x, size=400, hop=100}",
  see = "audio.spectrogram, tensor.rfft",
  doc = "short-time Fourier transform of x [..., time]: [..., frames, size/2 + 1, 2], pairs of real and imaginary "
    .. "part",
  options = frame_options,
  example = "print(audio.stft{tensor.randn(100), size = 20}:size(2))",
  example2 = "print(audio.stft{tensor.randn(2, 100), size = 20, hop = 10}:size(1))" }
function audio.stft(arg)
  local opt = record.checked("audio.stft", arg, frame_options)
  return (frames_of("audio.stft", arg[1], opt):rfft())
end

local about_spectrogram = record.declare { name = "audio.spectrogram",
  sig = "audio.spectrogram{x, size=400, hop=100}", see = "audio.mel",
  doc = "power in time and frequency: x [..., time] to [..., frames, size/2 + 1]",
  options = with_frames { { "power", 2, "1: magnitude", { above = 0 } },
    { "rate", none, "samples a second: power per Hz; with periodic=false as matplotlib's specgram", { above = 0 } } },
  example = "print(audio.spectrogram{tensor.randn(441), size = 200, hop = 80, rate = 8000})",
  example2 = "print(audio.spectrogram{tensor.randn(100), size = 20, power = 1}:size(2))" }
--- audio.spectrogram{x, size=400, hop=, window=, power=2, rate=} -> f32[..., frames, size/2 + 1]: |stft|^power. rate:
-- power per Hz (and one side for both).  The window is periodic; matplotlib's specgram and numpy have the symmetric
-- one: {x, size=200, hop=80, rate=8000, periodic=false}.
function audio.spectrogram(arg)
  local opt = record.checked("audio.spectrogram", arg, about_spectrogram.options)
  local frames, window = frames_of("audio.spectrogram", arg[1], opt)
  local power = frames:rfft():square():sum(-1)
  if opt.rate then
    local bins = power:size(-1)
    local sides = tensor.full({ bins }, 2, { dtype = power.dtype })
    sides[1] = 1
    if opt.size % 2 == 0 then sides[bins] = 1 end
    power = power * (sides / (opt.rate * window:square():sum():item()))
  end
  return opt.power == 2 and power or power ^ (opt.power / 2)
end

local scale = { "scale", "htk", "htk or slaney", { "htk", "slaney" } }
local norm = { "norm", "none", "slaney: equal areas", { "none", "slaney" } }

local about_mel_filters = record.declare { name = "audio.mel_filters", sig = "audio.mel_filters(bands, size, rate)",
  see = "audio.mel",
  doc = "triangles evenly spaced in mel: [size/2 + 1, bands]; spectrogram:mm(filters)",
  options = { { "low", 0, "Hz" }, { "high", none, "Hz, at most that", { 0 }, shown = "rate / 2" }, scale, norm, dtype },
  example = "print(audio.mel_filters(4, 16, 8000))",
  example2 = 'f = audio.mel_filters(4, 16, 8000, {scale = "slaney"})\nprint(tensor.rand(3, 9):mm(f):size(2))' }
--- audio.mel_filters(bands, size, rate, {low=0, high=rate/2, scale="htk", norm="none"}) -> [size/2 + 1, bands]:
-- triangles evenly spaced in mel = 2595 log10(1 + f / 700) ("slaney": linear to 1000 Hz, then logarithmic; norm
-- "slaney": equal areas).  spectrogram:mm(filters) is the mel spectrogram.
function audio.mel_filters(bands, size, rate, options)
  local opt = record.checked("audio.mel_filters", options, about_mel_filters.options)
  bands, size = whole("audio.mel_filters", "bands", bands, 1, 4096), whole("audio.mel_filters", "size", size, 2)
  check_rate("audio.mel_filters", rate)
  local high = opt.high or rate / 2
  if high > rate / 2 then
    refuse("audio.mel_filters: high %g Hz lies beyond %g, half the rate", high, rate / 2)
  end
  if not (opt.low >= 0 and opt.low < high) then
    refuse("audio.mel_filters: low %g and high %g must satisfy 0 <= low < high", opt.low, high)
  end
  local log_step = math.log(6.4) / 27
  local scales = {
    htk = { function(f) return 2595 * math.log(1 + f / 700, 10) end,
      function(m) return 700 * (10 ^ (m / 2595) - 1) end },
    slaney = { function(f) return f < 1000 and f * 3 / 200 or 15 + math.log(f / 1000) / log_step end,
      function(m) return m < 15 and m * 200 / 3 or 1000 * math.exp(log_step * (m - 15)) end },
  }
  local to, back = table.unpack(scales[opt.scale])
  local edges, first, last = {}, to(opt.low), to(high)
  for i = 0, bands + 1 do edges[i] = back(first + (last - first) * i / (bands + 1)) end
  local hertz = (tensor.arange(size // 2 + 1):to "f64" - 1) * (rate / size)
  local columns = {}
  for b = 1, bands do
    local up = (hertz - edges[b - 1]) / (edges[b] - edges[b - 1])
    local down = (edges[b + 1] - hertz) / (edges[b + 1] - edges[b])
    columns[b] = tensor.minimum(up, down):relu()
    if opt.norm == "slaney" then columns[b] = columns[b] * (2 / (edges[b + 1] - edges[b - 1])) end
  end
  return tensor.stack(columns, 2):to(opt.dtype)
end

local about_mel = record.declare { name = "audio.mel", sig = "audio.mel{x, rate=16000, bands=64}",
  see = "audio.spectrogram",
  doc = "mel spectrogram of x [..., time]: [..., frames, bands]",
  options = with_frames { about_rate, { "bands", 64, "how many", "whole" },
    { "low", 0, "Hz" }, { "high", none, "Hz", { 0 }, shown = "rate / 2" }, scale, norm,
    { "log", false, "its logarithm, floored at 1e-10" } },
  example = "print(audio.mel{tensor.randn(2000), rate = 8000, bands = 8, log = true})",
  example2 = "print(audio.mel{tensor.randn(2000), rate = 8000, bands = 8}:size(2))" }
function audio.mel(arg)
  local opt = record.checked("audio.mel", arg, about_mel.options)
  check_rate("audio.mel", opt.rate)
  signal_of("audio.mel", arg[1])
  local filters = audio.mel_filters(opt.bands, opt.size, opt.rate, { low = opt.low, high = opt.high, scale = opt.scale,
    norm = opt.norm, dtype = arg[1].dtype })
  local y = frames_of("audio.mel", arg[1], opt):rfft():square():sum(-1):mm(filters)
  return opt.log and y:clamp(1e-10):log() or y
end

record.declare { name = "audio.running",
  sig = 'local f = audio.running{kind="spectrogram", size=400, hop=100}', see = "audio.spectrogram, net:stream",
  doc = "a function of blocks [..., time] that gives the frames which each completes, or nil; together those of the "
    .. "whole",
  options = with_frames { { "kind", "spectrogram", "mel and stft too, with their options" } },
  example = "f = audio.running{size = 20, hop = 10}\nprint(f(tensor.randn(15)), f(tensor.randn(25)).shape[1])",
  example2 = 'f = audio.running{kind = "mel", rate = 8000, bands = 4, size = 64}\nprint(f(tensor.randn(100)))' }
--- audio.running{kind="spectrogram", ...} -> a function of blocks x [..., time] that gives the frames which each block
-- completes, [..., frames, bins], or nil: together those of the whole sound.  kind: "spectrogram", "mel" or "stft"; the
-- rest are its options (center, which mirrors the whole, is none of them).
function audio.running(options)
  local kinds = { spectrogram = audio.spectrogram, mel = audio.mel, stft = audio.stft }
  local call, kind = {}, options and options.kind or "spectrogram"
  options = options or {}
  if type(options) ~= "table" or not kinds[kind] then
    refuse("audio.running: kind must be spectrogram, mel or stft, got %s", tostring(kind))
  end
  local known = { spectrogram = about_spectrogram.options, mel = about_mel.options, stft = frame_options }
  for k, v in pairs(options) do call[k] = v end
  call.kind = nil
  record.checked("audio." .. kind, call, known[kind])
  if kind == "mel" then check_rate("audio.running", call.rate) end
  if options.center then refuse "audio.running: center mirrors the whole sound, of which blocks know nothing" end
  local size = whole("audio.running", "size", call.size or record.known(frame_options).size)
  local hop = whole("audio.running", "hop", call.hop or math.max(1, size // 4))
  local kept, skip = nil, 0                                              -- skip: samples between frames
  return function(x)
    signal_of("audio.running", x)
    if kept and kept.dtype ~= x.dtype then
      refuse("audio.running: a block is %s, those before were %s", lunette.typename(x), kept.dtype)
    end
    x = kept and tensor.cat({ kept, x }, x:dim()) or x
    local over = math.min(skip, x:size(-1))
    x, skip = x:narrow(-1, over + 1, x:size(-1) - over), skip - over
    local n = (x:size(-1) - size) // hop + 1
    if n < 1 then
      kept = x:clone()
      return nil
    end
    call[1] = x
    local y, used = kinds[kind](call), math.min(n * hop, x:size(-1))
    skip, kept, call[1] = n * hop - used, x:narrow(-1, used + 1, x:size(-1) - used):clone(), nil
    return y
  end
end

local function gcd(a, b) return b == 0 and a or gcd(b, a % b) end

-- Bessel's I0 by its series, for arguments up to 20.
local function bessel(x)
  local quarter, term, sum = x:square() / 4, 1, 1
  for k = 1, 40 do
    term = quarter * (1 / (k * k)) * term
    sum = term + sum
  end
  return sum
end

-- The low-pass filter at distances t (a tensor f64, in zero crossings): a sinc under a window that ends at `zeros`.
local function filter_at(t, zeros, opt)
  t = t:clamp(-zeros, zeros)
  local window
  if opt.window == "hann" then
    window = (t * (math.pi / zeros / 2)):cos():square()
  else
    local beta = tensor({ opt.beta }, { dtype = "f64" })
    window = bessel((1 - (t / zeros):square()):relu():sqrt() * beta) / bessel(beta)
  end
  local angle = t * math.pi
  local middle = angle:eq(0)
  return tensor.where(middle, 1, angle:sin() / tensor.where(middle, 1, angle)) * window
end

local tables, table_count = {}, 0                                        -- those made before, a few

local function kept(key, make)
  if not tables[key] then
    if table_count == 8 then tables, table_count = {}, 0 end
    tables[key], table_count = tensor.no_grad(make), table_count + 1
  end
  return tables[key]
end

local MOST = 1 << 22                                                     -- numbers at once
local MOST_SAMPLES = 1 << 32                                             -- of a result

-- x [n, padded] in groups of `from` samples, each of which makes `to` by one product with [from + 2 width, to].
local function by_groups(x, from, width, kernel)
  local parts, long = { dim = 2 }, 2 * width + from
  local groups = (x:size(2) - long) // from + 1
  local some = math.max(1, MOST // (long * x:size(1)))
  for at = 0, groups - 1, some do
    local n = math.min(some, groups - at)
    local frames = x:narrow(2, at * from + 1, (n - 1) * from + long):unfold(-1, long, from)
    parts[#parts + 1] = frames:mm(kernel):reshape(x:size(1), -1)
  end
  return tensor.cat(parts)
end

-- x [n, padded]: each output by itself, from the 2 width samples round it and a row of a table [phases + 1, 2 width];
-- between two rows, a mixture of them.
local function one_by_one(x, from, to, width, length, phases, rows)
  local parts, view = { dim = 2 }, x:unfold(-1, 2 * width, 1)
  local some = math.max(1, MOST // (2 * width * x:size(1)))
  for at = 0, length - 1, some do
    local n = math.min(some, length - at)
    local place = (tensor.arange(n) - 1 + at) * from                     -- in units of 1 / to
    local first = place // to
    local phase = (place - first * to):to "f64" * (phases / to)
    local row = phase:floor()
    local mix = (phase - row):to(x.dtype):unsqueeze(2)
    row = row:to "i64" + 1
    local weights = rows[row] * (1 - mix) + rows[row + 1] * mix
    parts[#parts + 1] = (view:index_select(2, first + 2) * weights):sum(-1)
  end
  return tensor.cat(parts)
end

local about_resample = record.declare { name = "audio.resample", sig = "audio.resample(x, from, to)",
  see = "audio.load",
  doc = "sound x [..., time] at another rate, by a windowed sinc: what lies below 0.9 of half the lower rate passes "
    .. "within 0.01 dB, what lies above half of it is 80 dB down",
  options = { { "zeros", none, "zero crossings of the sinc to each side; 6 with hann", "whole", shown = "48" },
    { "rolloff", none, "where the filter cuts, as share of half the lower rate; 0.99 with hann",
      { above = 0, most = 1 }, shown = "0.95" },
    { "window", "kaiser", "or hann: shorter and softer, as torchaudio", { "kaiser", "hann" } },
    { "beta", 7.857, "of the Kaiser window", { 0, most = 20 } } },
  example = "print(audio.resample(tensor.randn(441), 44100, 16000))",
  example2 = "print(#audio.resample(tensor.randn(100), 8000, 16000))" }
--- audio.resample(x, from, to, {zeros=48, rolloff=0.95, window="kaiser", beta=7.857}) -> [..., ceil(time to / from)]:
-- band-limited interpolation by a sinc with `zeros` zero crossings to each side under a Kaiser window (J. O. Smith,
-- "Digital Audio Resampling").  What lies below 0.9 of half the lower rate passes within 0.01 dB, what lies above half
-- of it is 80 dB down.  window = "hann", with zeros 6 and rolloff 0.99: as torchaudio.
function audio.resample(x, from, to, options)
  local opt = record.checked("audio.resample", options, about_resample.options)
  local hann = opt.window == "hann"
  local zeros = whole("audio.resample", "zeros", opt.zeros or hann and 6 or 48)
  local rolloff = opt.rolloff or hann and 0.99 or 0.95
  signal_of("audio.resample", x)
  from, to = whole("audio.resample", "from", from), whole("audio.resample", "to", to)
  local time = x:size(-1)
  if time * (to / from) * (x:numel() / math.max(1, time)) > MOST_SAMPLES then
    refuse("audio.resample: %s from %d to %d a second makes %.3g samples; %.3g are possible", lunette.typename(x), from,
      to, x:numel() * (to / from), MOST_SAMPLES)
  end
  if from == to then return x end
  local length = from <= math.maxinteger // math.max(1, time) and to <= math.maxinteger // math.max(1, time)
    and (time * to + from - 1) // from or math.ceil(time * (to / from))
  if x:numel() == 0 then
    local shape = x.shape
    shape[#shape] = length
    shape.dtype = x.dtype
    return tensor.zeros(shape)
  end
  local k = gcd(from, to)
  from, to = from // k, to // k
  local base = math.min(from, to) * rolloff
  local width = math.ceil(zeros * from / base)
  if width > 1 << 20 then
    refuse("audio.resample: from %d to %d needs a filter of %d samples", from * k, to * k, 2 * width)
  end
  local shape, flat = x.shape, x:reshape(-1, time)
  local key = ("%d %d %d %g %s %g %s "):format(from, to, zeros, rolloff, opt.window, opt.beta, x.dtype)
  local y
  if (from + 2 * width) * to <= MOST // 2 then
    local kernel = kept(key, function()
      local at = (tensor.arange(2 * width + from):to "f64" - (1 + width)):unsqueeze(2) / from
      local phase = (tensor.arange(to):to "f64" - 1) / to
      return (filter_at((at - phase) * base, zeros, opt) * (base / from)):to(x.dtype)
    end)
    y = by_groups(flat:pad { width, width + from }, from, width, kernel)
  else
    local phases = math.min(to, 512)
    local rows = kept(key .. "rows", function()
      local at = tensor.arange(2 * width):to "f64" - width
      local phase = ((tensor.arange(phases + 1):to "f64" - 1) / phases):unsqueeze(2)
      return (filter_at((at - phase) * (base / from), zeros, opt) * (base / from)):to(x.dtype)
    end)
    y = one_by_one(flat:pad { width, width + 1 }, from, to, width, length, phases, rows)
  end
  shape[#shape] = length
  return y:narrow(2, 1, length):reshape(shape)
end
