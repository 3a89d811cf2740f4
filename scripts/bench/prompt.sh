#!/bin/bash
# prompt.sh [PROGRAM]: how fast the program starts and its prompt answers (roundtrip.c), and what one completion costs:
# milliseconds, median and range of several.  Limits of the REPL's table in brackets; a busy machine shows more.
set -u
lunette=${1:-build/lunette}
case $lunette in /*) ;; *) lunette=$PWD/$lunette ;; esac
work=$(mktemp -d)
export HOME=$work LC_ALL=C.UTF-8 LUNETTE_HISTORY=/dev/null
trap 'rm -rf "$work"' EXIT
cc -O2 "$(dirname "$0")/roundtrip.c" -o "$work/roundtrip" -lutil && "$work/roundtrip" "$lunette"
"$lunette" -e 'local f = require("vm.complete").words
local t = lunette.clock()
for _ = 1, 1000 do f("tensor.", 1) f("x = nn.C", 5) end
print(("%-44s %8.3f ms   [10 ms]"):format("one completion, in the program", (lunette.clock() - t) / 2))'
