#!/usr/bin/env python3
"""make_prepare.py > prepare.lua: pictures as torchvision prepares them (0.14, Pillow 9.4), and Keras's two ways.

The picture: byte i of h x w x 3 is (i * 2654435761 >> 24) mod 256, smoothed by taking it every 7th row."""
import numpy as np
from PIL import Image
from torchvision import transforms


def picture(h, w):
    i = np.arange(h * w * 3, dtype=np.uint64)
    x = ((i * np.uint64(2654435761)) >> np.uint64(24)).astype(np.uint8).reshape(h, w, 3)
    return Image.fromarray(x)


def line(h, w, how, options, y):
    y = np.asarray(y, dtype=np.float64)
    n = y.size
    place = np.arange(n) % 97 + 1
    print("  { %d, %d, %r, %s, { %s }, { %s }, %.9g, %.9g }," % (
        h, w, how, options, ", ".join(map(str, y.shape)), ", ".join("%.7g" % v for v in y.flatten()[:6]), y.sum(),
        (y.flatten() * place).sum()))


normal = transforms.Compose([transforms.ToTensor(), transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])])
means = np.array([103.939, 116.779, 123.68])
print("-- prepare.lua: made by make_prepare.py: h, w, how, options, shape, the first numbers, sum, sum by place.")
print("return {")
for h, w in ((60, 83), (91, 50), (20, 20), (33, 40)):
    im = picture(h, w)
    small = transforms.Compose([transforms.Resize(24), transforms.CenterCrop(20)])(im)
    line(h, w, "torch", "{ size = 24, crop = 20 }", normal(small).permute(1, 2, 0).numpy())
    stretched = np.asarray(im.resize((31, 17), Image.BILINEAR), dtype=np.float64)
    line(h, w, "tf", "{ size = { 17, 31 } }", stretched / 127.5 - 1)
    line(h, w, "caffe", "{ size = { 17, 31 } }", stretched[..., ::-1] - means)
    cut = np.asarray(transforms.CenterCrop((25, 28))(im), dtype=np.float64)
    line(h, w, "tf", "{ crop = { 25, 28 } }", cut / 127.5 - 1)
print("}")
