#!/usr/bin/env python3
"""make_signal.py > signal.lua: Fourier transforms and spectrograms, from PyTorch (1.13) in f64; what it lacks is written
out here from its definition (mel filters, matplotlib's density, resampling).  See golden.py."""
import math
import torch
from golden import case, uniform, write

torch.manual_seed(5)

real, pairs = torch.view_as_real, lambda x: torch.view_as_complex(x.contiguous())
X, ODD, ONE = uniform(-1, 1, 3, 8), uniform(-1, 1, 2, 7), uniform(-1, 1, 1)
MANY = uniform(-1, 1, 37, 6)  # more rows than one group
Z, ZODD = uniform(-1, 1, 3, 5, 2), uniform(-1, 1, 4, 2)

for name, x in (("", X), (" odd", ODD), (" of one", ONE), (" many rows", MANY), (" prime", uniform(-1, 1, 101))):
    case("rfft" + name, "a:rfft()", lambda a: real(torch.fft.rfft(a)), x)
for n in (3, 8, 11, 1):
    case("rfft to %d" % n, "a:rfft(%d)" % n, lambda a, n=n: real(torch.fft.rfft(a, n)), X)
    case("irfft to %d" % n, "a:irfft(%d)" % n, lambda a, n=n: torch.fft.irfft(pairs(a), n), Z)
case("rfft of a view", "a:t()['::-1, ::2']:rfft()", lambda a: real(torch.fft.rfft(a.t().flip(0)[:, ::2])), X)
case("rfft of none", "a:rfft()", lambda a: torch.zeros(0, 3, 2) + a.sum(), torch.zeros(0, 4))
case("irfft", "a:irfft()", lambda a: torch.fft.irfft(pairs(a)), Z)
case("irfft of rfft", "a:rfft():irfft(7)", lambda a: torch.fft.irfft(torch.fft.rfft(a), 7), ODD)
for name, x in (("", Z), (" many", uniform(-1, 1, 35, 3, 2)), (" one", uniform(-1, 1, 1, 2))):
    case("fft" + name, "a:fft()", lambda a: real(torch.fft.fft(pairs(a))), x)
    case("ifft" + name, "a:ifft()", lambda a: real(torch.fft.ifft(pairs(a))), x)
case("fft of a view", "a['::-1, ::2']:fft()", lambda a: real(torch.fft.fft(pairs(a.flip(0)[:, ::2]))), Z)

S, LONG = uniform(-1, 1, 50), uniform(-1, 1, 2, 64)


def stft(n, hop, window, center):  # time before frequency, as here
    return lambda a: real(torch.stft(a, n, hop, window=window, center=center, return_complex=True).transpose(-1, -2))


case("stft", "audio.stft{a, size=16, hop=5}", stft(16, 5, torch.hann_window(16), False), S)
case("stft centred", "audio.stft{a, size=16, hop=4, center=true}", stft(16, 4, torch.hann_window(16), True), LONG)
case("stft hamming", "audio.stft{a, size=10, window='hamming'}", stft(10, 2, torch.hamming_window(10), False), S)
case("spectrogram", "audio.spectrogram{a, size=16, hop=8, window='blackman', periodic=false}",
     lambda a: (stft(16, 8, torch.blackman_window(16, periodic=False), False)(a) ** 2).sum(-1), LONG)
case("spectrogram magnitude", "audio.spectrogram{a, size=50, power=1, window='ones'}",
     lambda a: (stft(50, 12, torch.ones(50), False)(a) ** 2).sum(-1).sqrt(), S)


def density(a):  # matplotlib.mlab._spectral_helper, mode psd, one-sided, scaled by frequency
    w = torch.hann_window(20, periodic=False)
    p = (stft(20, 8, w, False)(a) ** 2).sum(-1)
    p = torch.cat((p[..., :1], 2 * p[..., 1:-1], p[..., -1:]), -1)
    return p / 8000 / (w ** 2).sum()


case("spectrogram density", "audio.spectrogram{a, size=20, hop=8, rate=8000, periodic=false} * 1e3", lambda a: density(a) * 1e3, S)


def mel_matrix(bands, size, rate, low, high):
    def mel(f):
        return 2595 * math.log10(1 + f / 700)
    points = [700 * (10 ** ((mel(low) + (mel(high) - mel(low)) * i / (bands + 1)) / 2595) - 1) for i in range(bands + 2)]
    m = torch.zeros(size // 2 + 1, bands)
    for k in range(size // 2 + 1):
        f = k * rate / size
        for b in range(bands):
            lo, mid, hi = points[b:b + 3]
            if lo < f <= mid:
                m[k, b] = (f - lo) / (mid - lo)
            elif mid < f < hi:
                m[k, b] = (hi - f) / (hi - mid)
    return m


case("mel", "audio.mel{a, rate=8000, bands=5, size=20, hop=8, low=100, high=3500}",
     lambda a: (stft(20, 8, torch.hann_window(20), False)(a) ** 2).sum(-1) @ mel_matrix(5, 20, 8000, 100, 3500), S)


def resample(start, stop):
    def f(a):  # each output sample from its own sum
        g = math.gcd(start, stop)
        o, n = start // g, stop // g
        base = min(o, n) * 0.99
        out = []
        for i in range(-(-a.shape[-1] * n // o)):
            t = (torch.arange(a.shape[-1]) / o - i / n) * base
            k = torch.where(t.abs() < 6, torch.sinc(t) * torch.cos(t * math.pi / 12) ** 2, torch.zeros(1)) * base / o
            out.append((a * k).sum(-1))
        return torch.stack(out, -1)
    return f


for start, stop in ((44100, 16000), (8, 12), (3, 1), (1, 2)):
    case("resample %d to %d" % (start, stop), 'audio.resample(a, %d, %d, { window = "hann" })' % (start, stop),
         resample(start, stop), LONG)

write("make_signal.py")
