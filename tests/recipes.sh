#!/bin/bash
# recipes.sh: follows README's recipes in a copy of the sources (an op, a layer, an optimiser, a kind of panel, a file
# format, a project), builds it, uses what it made, and runs the tests there that look at all of a kind.
cd "$(dirname "$0")/.." || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/src"
git ls-files -co --exclude-standard tensor nn viz vm scripts tests CMakeLists.txt README.md .luacheckrc | tar -cT - | tar -xC "$work/src" || exit 1
cd "$work/src" || exit 1

fail() {
  echo "not ok $1"
  sed 's/^/    /' "$2" | tail -n 40
  exit 1
}
insert() { # FILE BEFORE TEXT: whole lines, before the first line that contains BEFORE
  awk -v before="$2" -v text="$3" 'index($0, before) && !done { print text; done = 1 } { print } END { exit !done }' \
    "$1" >"$work/new" || { echo "$1 has no line with $2" >"$work/log" && fail "the place of $1" "$work/log"; }
  cat "$work/new" >"$1"
}

# an elementwise op
insert tensor/kernel/elementwise.def 'UNARY(abs,' 'UNARY(thrice, "tm", "y = 3 x", "three times x",
      map, OP_IN_PLACE, NO_PARAMS, PLAIN, I(3 * x),
      3 * x, G(d, 3 * d), CHECK(-1, 1))'

# any other op
cat >tensor/op/op_stretch.c <<'END'
/* op_stretch.c: numbers times a number. */
#include "op.h"

PARAMS(stretch, (NUMBER, by, OP_REQUIRED, "factor"))

static bool stretch_shape(OpCall *c, Err *e) {
  return op_output(c, 0, c->x[0]->dtype, c->x[0]->nd, c->x[0]->shape, e) != NULL;
}
static bool stretch_forward(OpCall *c, Err *e) {
  (void)e;
  for (int64_t i = 0; i < c->x[0]->n; i++) tensor_set(c->y[0], i, PARAM(stretch, c)->by * tensor_get(c->x[0], i));
  return true;
}
static bool stretch_backward(const OpCall *c, Tensor *const *dy, Tensor **dx, unsigned add, Err *e) {
  (void)e;
  for (int64_t i = 0; i < dx[0]->n; i++)
    tensor_set(dx[0], i, (add & 1 ? tensor_get(dx[0], i) : 0) + PARAM(stretch, c)->by * tensor_get(dy[0], i));
  return true;
}

const Op op_stretch = {
    .name = "stretch", .where = "tm", .eq = "y = by x", .doc = "each element times one number", .in = {"x"},
    .param = TAKES(stretch),
    .shape = stretch_shape, .forward = stretch_forward, .backward = stretch_backward,
    .check = {{1, {{2, {3, 4}}}, .args = "by=-1.5"}},
    .example = "print(tensor{1, 2}:stretch(3))"};
END
echo 'OP(stretch)' >>tensor/op/ops.def

# what both are in other ops
for shape in '{ 3, 4 }' '{ 2, 1, 3 }' '{ 5 }'; do
  insert tests/golden/defined.lua '    { name = "hypot by its squares"' "    { name = \"thrice\", f = function(a) return a:thrice() end, by = function(a) return a * 3 end, shapes = { $shape } },
    { name = \"stretch\", f = function(a) return a:stretch(-2) end, by = function(a) return a * -2 end, shapes = { $shape } },"
  insert tests/golden/defined.lua '    { make = "nn.PReLU(3)"' "    { make = \"nn.Scale(3)\", shape = ${shape//[245]/3}, by = function(net, x) return x * net.weight end },"
done

# a layer
cat >nn/lua/layers/scale.lua <<'END'
--- scale.lua: a layer that is one product.
local layer = require "nn.layer"

layer { name = "Scale", args = { "channels" }, doc = "each channel (last) times a learned weight",
  options = { { "start", 1, "where the weights begin", { 0 } } }, call = "(3)", input = "tensor.ones(2, 3)",
  init = function(self, opt, n) self.weight = tensor.full({ n }, opt.start):requires_grad() end,
  forward = function(self, x) return x * self.weight end }
END

# an optimiser with options of its own
insert nn/optim.h 'bool optim_sgd(' '/* m = keep m + (1 - keep) g;  p -= lr (rest g + (1 - rest) m). */
typedef struct OptimMixed {
  double lr, keep, rest;
} OptimMixed;
bool optim_mixed(Tensor *p, const Tensor *g, Tensor *m, const OptimMixed *o, Err *e);'
cat >>nn/optim.c <<'END'

bool optim_mixed(Tensor *p, const Tensor *g, Tensor *m, const OptimMixed *o, Err *e) {
  if (!tensor_same_shape(p, g)) return err_set(e, "mixed: a gradient of another shape");
  for (int64_t i = 0; i < p->n; i++) {
    const double d = tensor_get(g, i), moment = o->keep * tensor_get(m, i) + (1 - o->keep) * d;
    tensor_set(m, i, moment);
    tensor_set(p, i, tensor_get(p, i) - o->lr * (o->rest * d + (1 - o->rest) * moment));
  }
  return true;
}
END
insert nn/optim_table.h '} OptimSettings;' '  OptimMixed mixed;'
insert nn/optim_table.c '/* --- the table' 'static unsigned mixed_states(const OptimSettings *o) { return (void)o, 1u; }
static bool mixed_update(Tensor *p, const Tensor *g, Tensor *const s[OPTIM_STATES], const OptimSettings *o,
                         int64_t step, Err *e) {
  (void)step;
  return optim_mixed(p, g, s[0], &o->mixed, e);
}
'
insert nn/optim_table.c '{.name = NULL}' '  {.name = "Mixed", .doc = "gradient and its running mean, mixed", .eq = "p -= lr (rest g + (1 - rest) m)",
   .option = {LR(OptimMixed, 0.5),
              {"shares", OPTIM_PAIR, offsetof(OptimMixed, keep), {0.5, 0.25}, 2, "of the mean that stays, of the gradient"}},
   .states = mixed_states, .update = mixed_update},'

# a kind of panel
cat >viz/panel/disc.c <<'END'
/* disc.c: a number from 0 to 1 as a sector of a disc. */
#include "panel.h"

#include <math.h>

typedef struct Disc {
  Content head;
  double share;
} Disc;

bool viz_disc(Viz *v, const char *name, double share, VizErr *e) {
  Disc *c = content_new(sizeof *c);
  if (c) c->share = share;
  return scene_post_content(v, name, &disc_kind, 0, &c->head, e);
}

static const Disc *disc_of(const Panel *p) { return (const Disc *)p->part[0]; }

static void draw(Draw *d, Panel *p, Rect body, const Axes *a) {
  double x = body.x + body.w / 2, y = body.y + body.h / 2;
  (void)a;
  draw_color(d, d->t->accent, 1);
  cairo_move_to(d->cr, x, y);
  cairo_arc(d->cr, x, y, fmin(body.w, body.h) / 2, 0, 2 * M_PI * disc_of(p)->share);
  cairo_fill(d->cr);
}

static void describe(const Panel *p, Text *t) { text_add(t, " of %.4g", disc_of(p)->share); }

const PanelKind disc_kind = {.name = "disc", .accept = scene_take, .draw = draw, .describe = describe};
END
insert viz/viz.h 'bool viz_hist(' 'bool viz_disc(Viz *v, const char *name, double share, VizErr *e);'
sed -i 's/extern const PanelKind curves_kind,/extern const PanelKind disc_kind, curves_kind,/' viz/panel/panel.h
sed -i 's/panel_kinds\[\] = {/&\&disc_kind, /' viz/panel/kinds.c
insert vm/bind/bind_viz.c '/* _bars(' 'static int disc(lua_State *L) { /* _disc(name, share) */
  VizErr e;
  return done(L, viz_disc(vm_viz(L), luaL_checkstring(L, 1), luaL_checknumber(L, 2), &e), &e);
}'
sed -i 's/luaL_Reg functions\[\] = {{"plot", plot},/luaL_Reg functions[] = {{"_disc", disc}, {"plot", plot},/' vm/bind/bind_viz.c
insert vm/lua/viz.lua 'return { declare' 'declare { name = "disc", args = "name, share", doc = "a number from 0 to 1 as a sector of a disc",
  example = [[viz.disc("share", 0.25)]], example2 = [[viz.disc("done", 1)]] }
function viz.disc(name, share)
  posting("viz.disc", name)
  raw.disc(name, share)
end
'

# a file format
cat >tensor/files/number.c <<'END'
/* number.c: a tensor in a text file: how many dimensions, their sizes, its numbers. */
#include "formats.h"

#include <stdlib.h>

bool number_load(const char *path, NamedList *list, Err *e) {
  size_t size;
  char *text = (char *)file_read(path, 1 << 20, &size, e), *at = text;
  if (!text) return false;
  int64_t shape[DIMS] = {0};
  const int64_t nd = strtoll(at, &at, 10);
  if (nd < 0 || nd > DIMS) return free(text), err_set(e, "%s: %lld dimensions", path, (long long)nd);
  for (int64_t i = 0; i < nd; i++) shape[i] = strtoll(at, &at, 10);
  Tensor *t = tensor_zeros(F64, (int)nd, shape, e);
  for (int64_t i = 0; t && i < t->n; i++) tensor_set(t, i, strtod(at, &at));
  free(text);
  return t && named_add(list, "", t, e);
}

bool number_save(const char *path, const NamedList *list, Err *e) {
  SafeFile f;
  const Tensor *t = list->item[0].tensor;
  char text[40];
  if (!safe_open(&f, path, e)) return false;
  bool ok = true;
  for (int64_t i = -1 - t->nd; ok && i < t->n; i++) {
    const double v = i >= 0 ? tensor_get(t, i) : i < -t->nd ? t->nd : (double)t->shape[t->nd + i];
    ok = safe_write(&f, text, (size_t)snprintf(text, sizeof text, "%.17g\n", v), e);
  }
  return safe_commit(&f, ok, e);
}
END
cat >tensor/files/apart/digit.c <<'END'
/* digit.c: one digit in a file, read by a program of its own. */
#include "formats.h"

bool digit_load(const char *path, NamedList *list, Err *e) {
  FILE *f = fopen(path, "rb");
  int c = f ? fgetc(f) : EOF;
  if (f) fclose(f);
  if (c < '0' || c > '9') return err_set(e, "%s: a digit expected", path);
  Tensor *t = tensor_zeros(F64, 0, NULL, e);
  if (t) tensor_set(t, 0, c - '0');
  return t && named_add(list, "digit", t, e);
}
END
insert tensor/files/formats.h 'bool npz_save(' 'bool number_load(const char *path, NamedList *list, Err *e);
bool number_save(const char *path, const NamedList *list, Err *e);
bool digit_load(const char *path, NamedList *list, Err *e);'
insert tensor/files/formats.def '"NumPy zip"' 'HERE( TENSOR,   "number",    ".number",           "",             number_load,      number_save,      ALWAYS)
APART(LIST,     "digit",     ".digit",            "",             digit_load,       NULL,             ALWAYS)'

# a project
cat >scripts/halves.lua <<'END'
--- Halves: a weight goes down by halves.  tests/recipes.sh
-- Claim: the weight is below 0.1.
local opt = lunette.options { steps = 8 } -- how many
-- 1 Data
local w = tensor { 1 }:requires_grad()
-- 2 Model
-- 3 Loss
local function loss() return (w * w):sum() / 2 end
-- 4 Show
-- 5 Train, and the result
local mixed = optim.Mixed { w, lr = 0.5 }
for _ = 1, opt.steps do mixed:step(loss()) end
return { weight = w[1], below = 0.1 }
END

c_tests=() # where there is cmocka
if pkg-config --exists cmocka; then c_tests=(tensor_test_formats nn_test_optim); fi
launcher=()
if command -v ccache >/dev/null; then
  launcher=(-DCMAKE_C_COMPILER_LAUNCHER=ccache)
  export CCACHE_BASEDIR=$work CCACHE_NOHASHDIR=1
fi
generator=()
if command -v ninja >/dev/null; then generator=(-G Ninja); fi
{
  cmake -S . -B build "${generator[@]}" "${launcher[@]}" -DLUNETTE_PORTABLE=ON \
    -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS_DEBUG=-O1 &&
    cmake --build build -j "$(getconf _NPROCESSORS_ONLN)" --target lunette "${c_tests[@]}"
} >"$work/log" 2>&1 </dev/null || fail "the copy with the recipes builds" "$work/log"
echo "ok the copy with the recipes builds"

cat >"$work/use.lua" <<'END'
local path = ...
local function check(name, ok)
  print((ok and "ok " or "not ok ") .. name)
end
local x = tensor({ 1, -2 }, { dtype = "f64" }):requires_grad()
x:thrice():sum():backward()
check("an op: kernels, gradient, method", (x:thrice() - x * 3):abs():max():item() == 0 and x.grad[1] == 3
  and tensor.thrice(tensor { 2, dtype = "i64" })[1] == 6)
x.grad = nil
x:stretch { by = -2 }:sum():backward()
check("an op with a parameter: call, gradient", x:stretch(3)[2] == -6 and x.grad[2] == -2
  and tensor.gradcheck(function(v) return v:stretch(3) end, tensor.ones(2, { dtype = "f64" })))
local ok, why = pcall(nn.Scale, { 3, strat = 2 })
check("a layer: constructor and checks", nn.Scale(3, { start = 2 })(tensor.ones(1, 3))[{ 1, 3 }] == 2
  and not ok and why:find("Did you mean 'start'", 1, true) and not pcall(nn.Scale, { 3, start = -1 }))
local w = tensor { 1 }:requires_grad()
optim.Mixed { w }:step((w * w):sum() / 2) -- m = 0.5;  w -= 0.5 (0.25 + 0.75 m)
check("an optimiser: step and ranges", w[1] == 0.6875 and not pcall(optim.Mixed, { shares = { 1, 2 } }))
viz.mode "files"
viz.folder(path .. "/pictures")
viz.disc("share", 0.25)
check("a kind of panel: words and pictures", viz.describe():find "share: disc of 0.25" and viz.save(path .. "/disc.png"))
check("a file format: saved and loaded", tensor.save(path .. "/a.number", tensor(0.5))
  and assert(tensor.load(path .. "/a.number")):item() == 0.5)
local f <close> = assert(io.open(path .. "/a.digit", "w"))
f:write "7"
f:close()
check("a file format with a reader of its own", assert(tensor.load(path .. "/a.digit")).digit:item() == 7
  and not pcall(tensor.save, path .. "/b.digit", tensor(7)))
END
export LUNETTE_HISTORY=/dev/null
build/lunette "$work/use.lua" "$work" >"$work/log" 2>&1 </dev/null || fail "what the recipes made is used" "$work/log"
grep -E '^(not )?ok ' "$work/log"
grep -q '^not ok' "$work/log" && exit 1
for name in "x:thrice three times x" "x:stretch each element times one number" "viz.disc sector of a disc" "nn.Scale learned weight" "optim.Mixed gradient and its running mean"; do
  build/lunette help "${name%% *}" >"$work/log" 2>&1 </dev/null
  grep -q "${name#* }" "$work/log" || fail "help of ${name%% *}" "$work/log"
done
echo "ok help explains ops, layer, panel and optimiser"
build/lunette run halves --steps 9 --viz=off >"$work/log" 2>&1 </dev/null || fail "a project: found and run" "$work/log"
grep -q "weight" "$work/log" || fail "a project: its claim" "$work/log"
echo "ok a project: found, run, its claim told"

# The tests that look at all ops, layers, optimisers, panels, formats and files of the house: nothing of the above is red there.
export LUNETTE=$PWD/build/lunette OMP_WAIT_POLICY=passive LC_ALL=C.UTF-8
unset DISPLAY WAYLAND_DISPLAY
git init -q . && git add -A >/dev/null 2>&1 # tests ask git for the list of files
try() { # NAME COMMAND...
  timeout 250 "${@:2}" >"$work/log" 2>&1 </dev/null && ! grep -q '^not ok' "$work/log" && return
  grep -A3 '^not ok' "$work/log" >"$work/red" || cp "$work/log" "$work/red"
  fail "the copy keeps $1 green" "$work/red"
}
made="thrice, stretch, Scale, Mixed, disc, every op, no op, everything, an entry, reference"
for t in golden help; do LUNETTE_TESTS=$made try "tests/lang/$t.lua" build/lunette "tests/lang/$t.lua"; done
for t in lang/layers lang/optim lang/names lang/files viz/panel/panels; do try "tests/$t.lua" build/lunette "tests/$t.lua"; done
for t in "${c_tests[@]}"; do try "$t" "build/tests/$t"; done
try tests/house.sh bash tests/house.sh
if command -v luacheck >/dev/null; then try luacheck luacheck -q nn vm scripts/halves.lua; fi
echo "ok the tests that look at all of a kind are green in the copy"
