#!/bin/bash
# modules.sh: Lua's own libraries work: compiled ones and pure ones, LUA_PATH and LUA_CPATH, a module written in C that
# takes and gives tensors (lunette.h).  Prints `ok NAME`, `not ok NAME: why`.
set -u
lunette=${LUNETTE:?the program under test}
here=$(cd "$(dirname "$0")/../../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
unset LUA_PATH LUA_CPATH LUA_PATH_5_4 LUA_CPATH_5_4 LUNETTE_PATH DISPLAY
failed=0

# expect NAME WANTED COMMAND...: what it prints, errors too
expect() {
  local name=$1 wanted=$2 got
  shift 2
  got=$("$@" 2>&1 </dev/null)
  if [ "$got" = "$wanted" ]; then echo "ok $name"; else
    failed=1
    echo "not ok $name: printed '${got//$'\n'/ | }', wanted '$wanted'"
  fi
}


expect "lua-lpeg: a grammar, with captures and a function of the script's" $'10\t4\tab' "$lunette" -e '
  local lpeg = require "lpeg"
  local number = lpeg.R"09"^1 / tonumber
  local sum = lpeg.Cf(number * (lpeg.P"+" * number)^0, function(a, b) return a + b end)
  print(sum:match "1+2+3+4", lpeg.P"abc":match "abc", lpeg.C(lpeg.P"a" * 1):match "abc")'
expect "lua-lpeg: an error in a function that it calls is the script's" $'false\tno' "$lunette" -e '
  local lpeg = require "lpeg"
  print(pcall(lpeg.match, lpeg.P(1) / function() error("no", 0) end, "a"))'
mkdir folder && touch folder/a folder/b
expect "lua-filesystem: a folder, whose iterator is closed" $'directory\ta b' "$lunette" -e '
  local lfs, names = require "lfs", {}
  for name in lfs.dir "folder" do if name:sub(1, 1) ~= "." then names[#names + 1] = name end end
  table.sort(names)
  print(lfs.attributes("folder", "mode"), table.concat(names, " "))'

mkdir own
echo 'return { name = "own", tensor = tensor.ones(2):sum():item() }' >own/pure.lua
expect "LUA_PATH" $'own\t2.0' env LUA_PATH="own/?.lua;;" "$lunette" -e 'local m = require "pure" print(m.name, m.tensor)'
expect "LUA_PATH_5_4 comes first" own env LUA_PATH=/dev/null LUA_PATH_5_4="own/?.lua" "$lunette" -e 'print(require "pure".name)'
echo 'return "beside"' >pure2.lua
expect "a file in the folder at hand" beside "$lunette" -e 'print((require "pure2"))'

cat >scale.c <<'END'
#include <lauxlib.h>
#include <lunette.h>

/* scale.twice(x): a new tensor of 2 x; scale.clear(x): x becomes 0 in place; scale.what(x): dtype and sizes. */
static double at(const LunetteTensor *t, int64_t i) {
  int64_t offset = 0;
  for (int k = t->nd - 1; k >= 0; i /= t->shape[k--]) offset += i % t->shape[k] * t->stride[k];
  return ((const double *)t->data)[offset];
}
static int64_t count(const LunetteTensor *t) {
  int64_t n = 1;
  for (int k = 0; k < t->nd; k++) n *= t->shape[k];
  return n;
}
static int twice(lua_State *L) {
  LunetteTensor x;
  if (!lunette_tensor(L, 1, 0, &x)) return luaL_typeerror(L, 1, "tensor");
  double *y = lunette_tensor_new(L, "f64", x.nd, x.shape);
  for (int64_t i = 0; i < count(&x); i++) y[i] = 2 * at(&x, i);
  return 1;
}
static int clear(lua_State *L) {
  LunetteTensor x;
  if (!lunette_tensor(L, 1, 1, &x)) return luaL_typeerror(L, 1, "tensor");
  for (int64_t i = 0; i < count(&x); i++) ((double *)x.data)[i] = 0;
  return 0;
}
static int what(lua_State *L) {
  LunetteTensor x;
  lua_pushboolean(L, lunette_tensor(L, 1, 0, &x));
  if (!lua_toboolean(L, -1)) return 1;
  lua_pushstring(L, x.dtype);
  for (int k = 0; k < x.nd; k++) lua_pushinteger(L, x.shape[k]);
  return 2 + x.nd;
}
static int odd(lua_State *L) {
  lunette_tensor_new(L, luaL_checkstring(L, 1), 1, (int64_t[]){luaL_checkinteger(L, 2)});
  return 1;
}
int luaopen_scale(lua_State *L) {
  static const luaL_Reg functions[] = {{"twice", twice}, {"clear", clear}, {"what", what}, {"odd", odd}, {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
END
# shellcheck disable=SC2046  # several words on purpose
if ! ${CC:-cc} -std=c11 -Wall -Wextra -Wconversion -Werror -shared -fPIC $(pkg-config --cflags lua5.4) -I"$here/vm/bind" -o own/scale.so scale.c; then
  failed=1
  echo "not ok a module written in C: it does not compile"
fi
in_c() { LUA_CPATH="own/?.so" "$lunette" -e "local scale = require 'scale' local x = tensor{{1, 2}, {3, 4}}:to 'f64' $1"; }
expect "a module in C, by LUA_CPATH: reads a tensor and a view of it, and gives a new one" \
  $' 2  4\n 6  8\nf64[2,2]\n 2  6\n 4  8\nf64[2,2]' in_c "print(scale.twice(x)) print(scale.twice(x:t()))"
expect "in C: dtypes, sizes, what is no tensor" $'true\tf64\t2\t2\nfalse\ntrue\tbool' in_c \
  "print(scale.what(x)) print(scale.what {}) print(scale.what(tensor(true)))"
expect "in C: an op that waits is computed before its elements are read" $'true' in_c \
  "local y = tensor.ones(300, 300):to 'f64' * 3 + 1 print(scale.twice(y):eq(8):all():item())"
expect "in C: what changes in place is known to gradients" $'false\ttrue' in_c \
  "local w = x:clone():requires_grad() local y = w * w local z = (y * y):sum() scale.clear(y)
   local ok, why = pcall(z.backward, z) print(ok, why:find 'in place' ~= nil)"
expect "in C: a wrong dtype and a wrong size are errors of the script" \
  $'false\tlunette_tensor_new: unknown dtype \'f16\' (f32 f64 i64 i32 u8 bool)\nfalse\tlunette_tensor_new: size -1 is negative' in_c \
  "for _, a in ipairs { { 'f16', 1 }, { 'f32', -1 } } do
     local ok, why = pcall(scale.odd, table.unpack(a)) print(ok, (why:gsub('\n.*', ''))) end"
exit $failed
