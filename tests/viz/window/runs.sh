#!/bin/bash
# runs.sh: what a run leaves in runs/, what the next one makes of it, and `lunette runs`.
set -u
cd "$(dirname "$0")/../../.." || exit 1
lunette=${LUNETTE:-build/lunette}
case $lunette in /*) ;; *) lunette=$PWD/$lunette ;; esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
unset DISPLAY WAYLAND_DISPLAY

check() { # check NAME COMMAND...
  local name=$1
  shift
  if "$@" >/dev/null 2>&1; then echo "ok $name"; else echo "not ok $name: $(tr '\n' '|' <out | tail -c 400)"; fi
}
said() { grep -q "$1" out; }
files() { test "$(find runs -name '*.run' 2>/dev/null | wc -l)" -eq "$1"; }

cat >slope.lua <<'LUA'
--- Slope: a line that rises.
local opt = lunette.options { rate = 0.5, seed = 1, range = { rate = { 0, 10 } } }
for k = 1, 400 do viz.plot("height/line", opt.rate * k, { step = k }) end
for k = 1, 3 do viz.plot("height/back", k, { step = 4 - k }) end
return { measure = "rate", rate = opt.rate, above = 0.4 }
LUA

"$lunette" runs >out 2>&1
check "none yet: status 0" test $? -eq 0
"$lunette" run ./slope.lua --viz=off >out 2>&1
check "without panels nothing is kept" files 0
"$lunette" run ./slope.lua --viz=files >out 2>&1
check "a run is kept" files 1
check "with its options" grep -q $'^option\trate\t0.5$' runs/slope-*.run
check "its claim" grep -q $'^claim\trate\t0.5\t>= 0.4\tok$' runs/slope-*.run
check "and its curve, thinned, with both ends" sh -c 'grep "^curve" runs/slope-*.run | grep -q "line	1 0.5 .* 400 200$"'
check "small" test "$(cat runs/slope-*.run | wc -c)" -lt 6000
"$lunette" run ./slope.lua --viz=files --rate 0.1 >out 2>&1
check "the next one too, though it falls short" files 2
echo 'lunette run 1' >runs/slope-20200101-000000.run
printf 'curve\tx\ty\t1 2 nan\nrubbish\0\377' >>runs/slope-20200101-000000.run
head -c 3000 /dev/urandom >runs/slope-20200101-000001.run
"$lunette" run ./slope.lua --viz=files --rate 0.3 >out 2>&1
check "damaged files disturb no run" said '^claim'
"$lunette" runs >out 2>&1
check "lunette runs lists" said 'slope.*rate 0.1 (>= 0.4) short'
"$lunette" runs slope --viz=files >out 2>&1
check "lunette runs NAME compares" said 'rate=0.1'
check "with a picture" sh -c 'ls runs/*/runs.png'
"$lunette" runs nosuch >out 2>&1
check "an unknown name: status 1" test $? -eq 1
"$lunette" runs slope --nosuch >out 2>&1
check "an unknown option: status 1" test $? -eq 1
for k in $(seq 10 69); do cp "$(ls runs/slope-2*.run | tail -1)" "runs/slope-202001$(printf %02d $((k % 28 + 1)))-0000$k.run"; done
"$lunette" run ./slope.lua --viz=files >out 2>&1
check "of a script fifty are kept, the newest" files 50
