#!/bin/bash
# Without a font the program says which package to install, draws all the same, and ends well; with one it says nothing.
lunette=${LUNETTE:-build/lunette}
case $lunette in /*) ;; *) lunette=$PWD/$lunette ;; esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/fonts.conf" <<XML
<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>$work/none</dir><cachedir>$work/cache</cachedir></fontconfig>
XML
cat >"$work/plot.lua" <<'LUA'
viz.mode "files"
for i = 1, 50 do viz.plot("loss/train", 1 / i) end
assert(viz.save "loss.png" and viz.save "loss.svg")
LUA
cd "$work" || exit 1
if "$lunette" plot.lua >out 2>&1; then status=0; else status=1; fi
if [ $status = 0 ] && ! grep -q font out; then echo "ok a font that is there goes without saying"
else echo "not ok a font that is there goes without saying: $(cat out)"; fi
rm -f loss.png
if FONTCONFIG_FILE=$work/fonts.conf "$lunette" plot.lua >out 2>&1; then status=0; else status=1; fi
if [ $status = 0 ] && [ "$(grep -c 'install fonts-dejavu-core' out)" = 1 ] && [ -s loss.png ]; then
  echo "ok without a font the package is named once, and pictures are drawn"
else
  echo "not ok without a font the package is named once, and pictures are drawn: $(cat out)"
fi
rm -f loss.png
mkdir lib && : >lib/libpangocairo-1.0.so.0                 # no library at all
echo 'viz.text("t", "caf\xe9 \u{6f22}")' >>plot.lua
if LD_LIBRARY_PATH=$work/lib "$lunette" plot.lua >out 2>&1; then status=0; else status=1; fi
if [ $status = 0 ] && [ "$(grep -c 'install libpangocairo-1.0-0' out)" = 1 ] && [ -s loss.png ]; then
  echo "ok without Pango the package is named once, and pictures are drawn"
else
  echo "not ok without Pango the package is named once, and pictures are drawn: $(cat out)"
fi
