#!/bin/bash
# house_faults.sh: does house.sh find what it looks for?  Plants every kind of fault in a copy of the sources, all at once,
# and looks for each in what house.sh says of the copy; of the copy without them it says nothing.
cd "$(dirname "$0")/.." || exit 1
here=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/src" "$work/build"
git ls-files -co --exclude-standard tensor nn viz vm scripts | tar -cT - | tar -xC "$work/src" || exit 1
cd "$work/src" || exit 1

# Objects of a build of its own: one room's uses a higher room's, and two use each other.
object() { # NAME CODE: an object of the source tensor/NAME.c
  local o=planted.dir/tensor/$1.c.o
  mkdir -p "$work/build/$(dirname "$o")"
  printf '%s\n' "$2" | cc -xc -c -o "$work/build/$o" - || exit 1
  printf '  "command": "cc -o %s -c x.c",\n' "$o" >>"$work/build/compile_commands.json"
}
object op/clean 'void clean(void) {}'
object loop/above 'void clean(void); void above(void) { clean(); }'
LUNETTE=$work/build/lunette bash "$here/tests/house.sh" . >"$work/before"
object loop/one 'void two(void); void one(void) { two(); }'
object loop/two 'void one(void); void two(void) { one(); }'

expected=()
plant() { # FILE LINE WORDS: appends the line to the file; house.sh is to say the words
  mkdir -p "$(dirname "$1")"
  printf '%s\n' "$2" >>"$1"
  expected+=("$3")
}
plant tensor/loop/a1.c '#include "op.h"' 'tensor/loop/a1.c uses tensor/op/op.h'
plant tensor/loop/a2.c '#include "../op/op.h"' 'tensor/loop/a2.c uses tensor/op/op.h'
plant tensor/loop/a3.c '#  include "op.h"' 'tensor/loop/a3.c uses tensor/op/op.h'
plant tensor/loop/a4.c '  #include "../../nn/tape.h"' 'tensor/loop/a4.c uses nn/tape.h'
plant tensor/kernel/a5.def '#include "op.h"' 'tensor/kernel/a5.def uses tensor/op/op.h'
plant tensor/a6.c '#include "formats.def"' 'tensor/a6.c uses tensor/files/formats.def'
plant tensor/attic/a7.c '#include "tensor.h"' 'tensor/attic/a7.c lies in no room'
plant tensor/attic/a7.def '' 'tensor/attic/a7.def lies in no room'
plant viz/a8.c '#include "tape.h"' 'viz/a8.c uses nn/tape.h'
plant nn/a9.c '#include "nowhere.h"' 'nn/a9.c includes, which is no file: nowhere.h'
plant tests/mutations.txt $'a fault\n  tensor/mem.c\n  no such line\n  another\n  tests/lang/memory.lua' \
  'a fault: in tensor/mem.c there are 0 lines with no such line'
plant viz/tensor.h '' 'tensor.h stands for two files'
expected+=('tensor/loop/one.c uses tensor/loop/two.c' 'tensor/loop/above.c uses tensor/op/clean.c')
plant tensor/b1.h '#include "b2.h"' 'tensor/b1.h uses tensor/b2.h'
plant tensor/b2.h '#include "b1.h"' 'tensor/b2.h uses tensor/b1.h'
library() { plant "$1" "#include <$2>" "$1 includes $2"; }
library tensor/c01.c SDL.h
library tensor/c02.c SDL2/SDL.h
library nn/c03.c mpi.h
library vm/c04.c pango/pangocairo.h
library nn/c05.c cairo.h
library tensor/c06.c lua.h
library vm/c07.c zlib.h
library nn/c08.c cjson/cJSON.h
library tensor/c09.c sndfile.h
library tensor/files/c10.c hdf5.h
library tensor/files/c11.c libavcodec/avcodec.h
library nn/c12.c readline/readline.h
library nn/c13.c omp.h
library tensor/op/c14.c fftw3.h
library viz/c15.c curl/curl.h
parameter() { plant "$1" "$2" "$1:1:"; }
parameter nn/op_d1.c 'double f(const OpCall *c) { return ((const double *)(const void *)c->param)[2]; }'
parameter nn/op_d2.c 'double g(const OpCall *c) { const double *p = c->param; return p[2]; }'
parameter nn/op_d3.c 'void h(const OpCall *c) { double v; memcpy(&v, &c->param, 8); }'
parameter nn/op_d4.c 'void i(const OpCall *c) { double v; memcpy(&v, c->param + 8, 8); }'
parameter nn/op_d5.c 'int j(const Op *o) { return (int)o->param_bytes; }'
parameter nn/op_d6.c 'const Op op_d6 = {.param = {{P_NUMBER, "x"}}};'
parameter nn/op_d7.c 'PARAMS(d7, (NUMBER, x, 0, "not used"))'
pixels() { plant "$1" "$2" "$1:1:"; }
pixels viz/panel/h1.c 'void f(Draw *d) { draw_line(d, 0, 12 * d->s, 0, 0); }'
pixels viz/panel/h2.c 'double g(const Draw *d, bool on) { return (on ? 2.8 : 4.6) * d->s; }'
pixels viz/panel/h3.c 'double h(double s, int n) { return fmin((24 + 8 * (double)n) * s, 1); }'
pixels viz/panel/h4.c 'enum { ROOM = 68 }; double i(double scale) { return ROOM * scale; }'
pixels viz/window/h5.c 'double j(const Viz *v) { return v->scale * 1.5f; }'
pixels viz/window/h6.c 'double k(double w, double s) { return w - s * (sizes.pad + 2); }'
pixels viz/h7.c 'Rect l(Rect r) { return rect_inset(r, 4); }'
wide=$(printf '%0110d' 0)
plant nn/op_e1.c "const Op op_e1 = {.name = \"$wide\"};" 'nn/op_e1.c:1: const Op'
plant tensor/op/ops.def "OP(e2_$wide)" 'OP(e2_0'
plant nn/op_e3.c 'const Op op_e3 = {.doc = "", .shape = shape, .name = "e3", .forward = forward};' 'nn/op_e3.c: '
plant scripts/lib/e4.lua "function long()$(printf '\n  x = 1%.0s' {1..60})
end" 'scripts/lib/e4.lua:1: function long() ... of 62 lines'
plant nn/lua/f1.lua 'local run = require "vm.run"' 'nn/lua/f1.lua requires vm/lua/run.lua'
plant nn/lua/data/f2.lua 'local text = require("lib.text")' 'nn/lua/data/f2.lua requires scripts/lib/text.lua'
plant nn/lua/f3.lua 'viz.plot("loss", 1)' 'nn/lua/f3.lua:1: viz.plot'
plant vm/lua/f4.lua "local tally = require 'nn.tally'" 'vm/lua/f4.lua requires nn/lua/tally.lua'
plant vm/lua/f5.lua 'require "lib.text"' 'vm/lua/f5.lua requires scripts/lib/text.lua'
plant scripts/f6.lua 'local show = require "vm.show"' 'scripts/f6.lua requires vm/lua/show.lua'
plant vm/lua/g1.lua 'require "vm.g2"' 'vm/lua/g1.lua uses vm/lua/g2.lua'
plant vm/lua/g2.lua 'local x = require "vm.g1"' 'vm/lua/g2.lua uses vm/lua/g1.lua'

LUNETTE=$work/build/lunette bash "$here/tests/house.sh" . >"$work/after"
status=$?
# What no arrow between rooms may do is planted in objects too; without the other faults only that is said.
unsaid=$(grep -v -e '^ok ' -e '^not ok no arrow runs up$' -e 'above.c uses tensor/op/clean.c$' "$work/before")
if [ -z "$unsaid" ]; then echo "ok nothing is said of what is right"; else printf 'not ok nothing is said of what is right\n%s\n' "$unsaid"; fi
missed=0
for words in "${expected[@]}"; do
  grep -qF -- "    $words" "$work/after" || grep -F -- "$words" "$work/after" | grep -q '^    ' || { missed=1 && echo "not ok house.sh finds: $words"; }
done
[ "$missed" = 0 ] && echo "ok house.sh finds all of ${#expected[@]} planted faults"
if [ "$status" = 1 ]; then echo "ok its status says so"; else echo "not ok its status says so: $status"; fi
[ "$missed" = 0 ] && [ "$status" = 1 ] && [ -z "$unsaid" ]
