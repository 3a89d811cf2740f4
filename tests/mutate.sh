#!/bin/bash
# mutate.sh [NAME...]: plants the faults of tests/mutations.txt, one at a time, in a copy of the sources (build-mutate/),
# builds it and runs the tests that should notice.  Prints `noticed NAME` or `SURVIVED NAME`, and last how many did;
# status 1 if any survived.  With names only those.  Run by hand (bash tests/mutate.sh): each takes a build.
cd "$(dirname "$0")/.." || exit 1
list=$PWD/tests/mutations.txt
work=$PWD/build-mutate
export OMP_WAIT_POLICY=passive LUNETTE_HISTORY=/dev/null LC_ALL=C.UTF-8 LUNETTE=$work/src/build/lunette
unset DISPLAY WAYLAND_DISPLAY
log=$(mktemp)
trap 'rm -f "$log" "$log".*' EXIT

mkdir -p "$work/src"
git ls-files -co --exclude-standard | while read -r f; do
  [ -f "$f" ] || continue
  cmp -s "$f" "$work/src/$f" || { mkdir -p "$work/src/$(dirname "$f")" && cp "$f" "$work/src/$f"; }
done
cd "$work/src" || exit 1
find . -path ./build -prune -o -type f -print | while read -r f; do [ -f "../../$f" ] || rm "$f"; done   # gone since
configure=(-DCMAKE_BUILD_TYPE=Release)   # within src/, as a build of the tree itself: a compiler cache knows most of it
if [ ! -f build/CMakeCache.txt ] && command -v ninja >/dev/null; then configure=(-G Ninja "${configure[@]}"); fi
if command -v ccache >/dev/null; then configure+=(-DCMAKE_C_COMPILER_LAUNCHER=ccache); fi
build() { cmake --build build -j "$(getconf _NPROCESSORS_ONLN)" >"$log" 2>&1; }
if ! { cmake -S . -B build "${configure[@]}" >"$log" 2>&1 && build; }; then
  tail -n 30 "$log"
  exit 1
fi

# changed FILE OLD NEW: the file with OLD, which is there once, as NEW
changed() {
  OLD=$2 NEW=$3 awk '
    { at = index($0, ENVIRON["OLD"]) }
    at { n++; $0 = substr($0, 1, at - 1) ENVIRON["NEW"] substr($0, at + length(ENVIRON["OLD"])) }
    { print }
    END { exit n != 1 }' "$1"
}

# noticed TEST...: does one of them fail?
noticed() {
  local t status
  for t in "$@"; do
    case $t in
      *.lua) timeout 300 "$LUNETTE" "$t" >"$log" 2>&1 </dev/null ;;
      *.sh) timeout 300 "$t" >"$log" 2>&1 </dev/null ;;
      *) timeout 300 "$PWD/build/tests/$t" >"$log" 2>&1 </dev/null ;;
    esac
    status=$?
    [ $status -ne 0 ] && return 0
    grep -q '^not ok' "$log" && return 0
  done
  return 1
}

# A test that fails by itself would notice everything.
while read -r t; do
  if noticed "$t"; then
    echo "fails with nothing planted: $t"
    tail -n 5 "$log"
    exit 1
  fi
done < <(sed -n 's/^  //p' "$list" | awk 'NR % 4 == 0' | tr ' ' '\n' | sort -u)

planted=0 survived=0
one() { # NAME FILE OLD NEW TESTS
  if ! changed "$2" "$3" "$4" >"$log.new"; then
    echo "not planted $1: '$3' is not in $2 once"
    survived=$((survived + 1))
    return
  fi
  planted=$((planted + 1))
  cp "$2" "$log.old"
  cat "$log.new" >"$2"
  if ! build; then
    echo "not built $1"
    tail -n 5 "$log"
  elif noticed $5; then
    echo "noticed $1"
  else
    echo "SURVIVED $1 ($2)"
    survived=$((survived + 1))
  fi
  cat "$log.old" >"$2"
}

wanted() { [ $# -eq 1 ] || printf '%s\n' "${@:2}" | grep -qxF "$1"; }
while IFS= read -r name; do
  case $name in '' | '#'*) continue ;; esac
  IFS= read -r file && IFS= read -r old && IFS= read -r new && IFS= read -r tests || break
  if wanted "$name" "$@"; then one "$name" "$file" "$old" "$new" "$tests"; fi
done < <(sed 's/^  //' "$list")
echo "$planted planted, $survived survived"
[ $survived -eq 0 ]
