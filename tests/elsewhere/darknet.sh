#!/bin/bash
# darknet.sh: a detector that Debian's darknet trains here for a minute finds, read by nn.darknet, the boxes that darknet
# finds.  Wants the packages darknet and gcc; leaves itself out, with a line, where they are not installed.
cd "$(dirname "$0")/../.." || exit 1
library=/usr/lib/darknet
if ! command -v darknet >/dev/null || ! command -v gcc >/dev/null || [ ! -f $library/include/darknet.h ]; then
  echo "ok darknet: left out, darknet or gcc is not installed"
  exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() {
  echo "not ok darknet: $1 $(tail -n 2 "$work/said" | tr '\n' ' ')"
  exit 1
}
lunette=${LUNETTE:-build/lunette}
"$lunette" tests/elsewhere/darknet.lua "$work" make >"$work/said" 2>&1 || fail "no pictures:"
gcc -O1 -I$library/include tests/golden/darknet/darknet_reference.c -o "$work/reference" $library/libdarknet.so \
  -Wl,-rpath,$library -lm >"$work/said" 2>&1 || fail "its library does not link:"
for try in 1 2 3; do # darknet draws by the clock, and now and then learns nothing
  (cd "$work" && OMP_NUM_THREADS=2 timeout 240 darknet detector train shapes.data shapes.cfg) >"$work/said" 2>&1
  [ -f "$work/shapes_final.weights" ] || fail "no weights came of training $try:"
  for k in 1 2 3 4; do
    "$work/reference" run "$work/shapes.cfg" "$work/shapes_final.weights" "$work/seen$k.png" 0.3 0.4 2>/dev/null |
      grep '^box' >"$work/seen$k.boxes"
  done
  cat "$work"/seen*.boxes | grep -q . && break
done
"$lunette" tests/elsewhere/darknet.lua "$work"
