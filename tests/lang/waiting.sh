#!/bin/bash
# waiting.sh: the tests of the language again while every pointwise op waits (tensor/loop/fuse.h), from one element on, its
# result NaN until it is computed, and all their results lie column by column (tensor/lay.h).  What starts lunette itself (bombs, help) has
# nothing to add.
cd "$(dirname "$0")/../.." || exit 1
lunette=${LUNETTE:-build/lunette}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for file in tests/lang/*.lua; do
  case $file in */bombs.lua | */help.lua | */fuse.lua | */lay.lua | */readme.lua) continue ;; esac
  if timeout 120 "$lunette" -e "local private = debug.getregistry()['lunette.inside'].lunette private.fuse_from(1, true) \
    private.lay_from(2, true) dofile '$file'" >"$log" 2>&1 </dev/null; then
    echo "ok $file while ops wait, results turned"
  else
    echo "not ok $file while ops wait, results turned: $(grep '^not ok' "$log" | head -n 3 | tr '\n' ' ')$(tail -n 1 "$log")"
  fi
done
