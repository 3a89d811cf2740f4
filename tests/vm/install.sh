#!/bin/bash
# install.sh: what `cmake --install` puts where, and that it works from any folder without the source tree.  Prints
# `ok NAME`, `not ok NAME: why`.
set -u
lunette=${LUNETTE:?the program under test}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prefix=$work/prefix
failed=0
check() { # NAME COMMAND...
  local name=$1 said
  shift
  if said=$("$@" 2>&1 </dev/null); then echo "ok $name"; else
    failed=1
    echo "not ok $name: ${said//$'\n'/ | }"
  fi
}
check "cmake --install" cmake --install "$(dirname "$lunette")" --prefix "$prefix"
cd "$work" || exit 1
mkdir home empty
here() { (cd empty && env -i HOME="$work/home" PATH="$prefix/bin:/usr/bin:/bin" LC_ALL=C.UTF-8 OMP_WAIT_POLICY=passive "$@"); }
# shellcheck disable=SC2317  # check calls them
same() { [ "$1" = "$2" ] || { echo "'$1', wanted '$2'"; false; }; }

check "the program, from an empty folder" same "$(here lunette -e 'print(tensor.ones(2):sum():item())' 2>&1)" 2.0
check "a project by its name" here sh -c 'lunette run gradient_checking --quick --viz=off --strict | grep -q "^claim.*ok$"'
share=$prefix/share
check "a project by its path, from where it is installed" here lunette "$share/lunette/scripts/gradient_checking.lua" --quick --viz=off --strict
check "the header for modules in C" grep -q lunette_tensor_new "$prefix/include/lunette.h"
check "editor stubs" grep -q '^---@meta' "$share/lunette/stubs/tensor.lua"
version=$(here lunette --version)
check "the manual page, of this version" grep -qF "\"$version\"" "$share/man/man1/lunette.1"
for word in 'lunette run' '\-\-strict' LUNETTE_PATH planar :reload; do
  check "it names $word" grep -qF -- "$word" "$share/man/man1/lunette.1"
done
if command -v groff >/dev/null; then
  check "it is a manual page without a warning" same "$(groff -man -Tutf8 -ww "$share/man/man1/lunette.1" 2>&1 >/dev/null)" ""
fi
completion=$share/bash-completion/completions/lunette
complete_line() { # WORD...: what is offered for the last
  # shellcheck disable=SC2016  # for the other shell
  here bash -c '. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _lunette; echo "${COMPREPLY[@]}"' - "$completion" "$@" 2>&1
}
check "completion of commands" same "$(complete_line lunette be)" bench
check "of projects" same "$(complete_line lunette run plan)" planar
check "of a project's options" same "$(complete_line lunette run planar --hi)" --hidden
touch empty/own.lua empty/own.txt
check "of scripts" same "$(complete_line lunette ow)" own.lua
check "of any file behind a script" same "$(complete_line lunette own.lua ow)" "own.lua own.txt"
exit $failed
