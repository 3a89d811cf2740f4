#!/bin/bash
# run.sh [PART...]: runs the tests on build/ (made by ./bootstrap.sh test) and ends with "N passed, N failed".
#
#   c         unit tests: build/tests/*, cmocka programs
#   lua       tests/**/*.lua, run by build/lunette, which print `ok NAME` and `not ok NAME: why`
#   shell     tests/**/*.sh that are executable; they print the same lines and find the program in $LUNETTE
#   threads   the window and its queue again in build-tsan/, with a check for data races
#   sanitize  c and lua again in build-asan/, with address, leak and undefined-behaviour checks; the projects by night
#   clang     the sources without a warning in build-clang/ (plain kernels), and c and tests/lang there
#   format    layout of the C sources          luacheck  lint of the Lua sources
#   tidy      static analysis of the C sources that the last commits changed; by night of all
#   fuzz      every reader of files for a minute (only when asked for)
#
# Without a PART all of them run.  Files in tests/golden/ are data; tests/fuzz/run.sh is run by hand.  The exit status is 0 when something
# ran and nothing failed.
set -u
cd "$(dirname "$0")/.." || exit 1
jobs=$(getconf _NPROCESSORS_ONLN)
passed=0 failed=0
unset DISPLAY WAYLAND_DISPLAY   # tests that want a display start their own
export LC_ALL=C.UTF-8 LUNETTE_HISTORY=/dev/null
export OMP_WAIT_POLICY=${OMP_WAIT_POLICY:-passive}   # threads that wait do not spin: other work may be on the machine
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# count NAME STATUS LOG TIME: adds the `ok` and `not ok` lines of a log; a program that fails otherwise, or runs no test,
# is one failure.
count() {
  local ok bad
  ok=$(grep -c '^ok ' "$3")
  bad=$(grep -c '^not ok ' "$3")
  if [ "$bad" -eq 0 ] && [ "$2" -ne 0 ]; then
    bad=1
    echo "not ok $1: exit status $2"
    tail -n 40 "$3"
  elif [ "$((ok + bad))" -eq 0 ]; then
    bad=1
    echo "not ok $1: it ran no test"
    tail -n 20 "$3"
  elif [ "$bad" -gt 0 ]; then
    grep -v '^ok ' "$3" | head -n 80
  fi
  passed=$((passed + ok)) failed=$((failed + bad))
  printf '%-56s %4d passed %3d failed %4d s\n' "$1" "$ok" "$bad" "$4"
}

# try NAME SECONDS COMMAND...: starts a test program beside those that run, one for each core; settle() counts it.
names=() started=0
try() {
  local limit=$2 log start=$SECONDS
  while [ ${#names[@]} -ge "$jobs" ]; do settle; done
  started=$((started + 1)) log=$work/$started
  names[started]=$1
  shift 2
  {
    timeout -k 5 "$limit" "$@" >"$log" 2>&1 </dev/null
    echo $? $((SECONDS - start)) >"$log.end"
    mv "$log.end" "$log.ended"
  } &
}

# settle: waits until a program ends, and counts those that did; when none runs any more, what is left was killed.
settle() {
  local id status took
  wait -n
  [ $? -ne 127 ] || for id in "${!names[@]}"; do [ -f "$work/$id.ended" ] || echo 137 0 >"$work/$id.ended"; done
  for id in "${!names[@]}"; do
    [ -f "$work/$id.ended" ] || continue
    read -r status took <"$work/$id.ended"
    count "${names[id]}" "$status" "$work/$id" "$took"
    unset "names[id]"
  done
}

# check NAME COMMAND...: one test, passed when the command succeeds.
check() {
  local name=$1 log=$work/log start=$SECONDS
  while [ ${#names[@]} -gt 0 ]; do settle; done
  shift
  if "$@" >"$log" 2>&1 </dev/null; then
    passed=$((passed + 1))
    printf '%-56s %4d passed %3d failed %4d s\n' "$name" 1 0 $((SECONDS - start))
  else
    failed=$((failed + 1))
    echo "not ok $name"
    tail -n 60 "$log"
    printf '%-56s %4d passed %3d failed %4d s\n' "$name" 0 1 $((SECONDS - start))
  fi
}

c_files() { git ls-files -co --exclude-standard '*.c' '*.h'; }

run_c() { # BUILD LIMIT
  local program any=
  for program in "$1"/tests/*; do
    if [ ! -x "$program" ] || [ ! -f "$program" ]; then continue; fi
    any=1
    CMOCKA_MESSAGE_OUTPUT=TAP try "$program" "$2" "$program"
  done
  [ -n "$any" ] || check "$1/tests" false
}

run_lua() { # BUILD LIMIT [PATHSPEC...]
  local file build=$1 limit=$2
  shift 2
  git ls-files -co --exclude-standard "${@:-tests/*.lua}" | grep -v -e '^tests/check.lua$' -e '^tests/pulse.lua$' -e '^tests/exported.lua$' -e '^tests/onnx_files.lua$' -e '^tests/golden/' -e '^tests/fuzz/' >"$work/lua"
  while read -r file <&3; do
    try "$build $file" "$limit" "$build/lunette" "$file"
  done 3<"$work/lua"
}

run_shell() {
  local file
  git ls-files -co --exclude-standard 'tests/*.sh' | grep -v -e '^tests/run.sh$' -e '^tests/fuzz/' >"$work/shell"
  while read -r file <&3; do
    [ -x "$file" ] || continue
    LUNETTE=$PWD/build/lunette try "$file" 900 "./$file"
  done 3<"$work/shell"
}

configure() { # BUILD OPTIONS...: a build folder of its own beside build/
  local dir=$1
  shift
  if [ ! -f "$dir/CMakeCache.txt" ] && command -v ninja >/dev/null; then set -- -G Ninja "$@"; fi
  if command -v ccache >/dev/null; then set -- -DCMAKE_C_COMPILER_LAUNCHER=ccache "$@"; fi
  cmake -S . -B "$dir" -DLUNETTE_TESTS=ON "$@"
}
make_in() { configure "$@" && cmake --build "$1" -j "$jobs"; }

run_sanitize() {
  check "build with sanitizers" make_in build-asan -DLUNETTE_SANITIZE=address,undefined \
    -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS_DEBUG='-O1 -g1'
  [ -x build-asan/lunette ] || return
  export LSAN_OPTIONS="suppressions=$PWD/tests/lsan.supp:print_suppressions=0"
  export ASAN_OPTIONS=abort_on_error=0 UBSAN_OPTIONS=print_stacktrace=1 LUNETTE_SANITIZED=1
  run_c build-asan 600
  local by_day=':!tests/scripts' # trainings, of ops that the other tests run
  [ -z "${LUNETTE_NIGHTLY:-}" ] || by_day=
  run_lua build-asan 900 'tests/*.lua' ${by_day:+"$by_day"}
  unset LUNETTE_SANITIZED
}

run_threads() { # OpenMP's own synchronisation is invisible to the checker: one thread computes, the window's runs beside
  check "build with thread checks" make_in build-tsan -DLUNETTE_SANITIZE=thread -DLUNETTE_PORTABLE=ON \
    -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS_DEBUG='-O1 -g1'
  [ -x build-tsan/lunette ] || return
  local program
  # Pango and fontconfig have threads and locks of their own, which the check cannot see into.
  export OMP_NUM_THREADS=1 TSAN_OPTIONS=halt_on_error=1:ignore_noninstrumented_modules=1
  for program in build-tsan/tests/viz_test_*; do
    CMOCKA_MESSAGE_OUTPUT=TAP try "$program" 600 "$program"
  done
  LUNETTE_SANITIZED=1 try "build-tsan tests/viz/panel/panels.lua" 600 build-tsan/lunette tests/viz/panel/panels.lua
  unset OMP_NUM_THREADS TSAN_OPTIONS
}

run_clang() {
  check "build with clang" make_in build-clang -DLUNETTE_WERROR=ON -DLUNETTE_PORTABLE=ON \
    -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=Release
  [ -x build-clang/lunette ] || return
  run_c build-clang 300
  run_lua build-clang 300 'tests/lang/*.lua'
}

all_formatted() { c_files | xargs clang-format --dry-run -Werror; }

to_tidy() { # a base that is not there, as in a shallow clone, stands for all of them
  local base=HEAD~60
  { [ -z "${LUNETTE_NIGHTLY:-}" ] && git diff --name-only --diff-filter=d "$base" -- '*.c' 2>/dev/null; } || c_files | grep '\.c$'
}
all_tidy() { # the database of a portable clang build: each kernel once for each type, not for each processor
  configure build-tidy -DCMAKE_C_COMPILER=clang -DLUNETTE_PORTABLE=ON &&
    to_tidy | grep -v '^tests/' |
    xargs -r -n 1 -P "$jobs" clang-tidy -p build-tidy --quiet
}

for part in "${@:-c lua shell format luacheck threads sanitize clang tidy}"; do
  for one in $part; do
    start=$SECONDS
    case $one in
    c) run_c build 300 ;;
    lua) run_lua build "$((${LUNETTE_NIGHTLY:+11 *} 600))" ;; # by night networks are trained anew
    shell) run_shell ;;
    threads) run_threads ;;
    sanitize) run_sanitize ;;
    clang) run_clang ;;
    format) check clang-format all_formatted ;;
    luacheck) check luacheck luacheck --quiet --no-color . ;;
    tidy) check clang-tidy all_tidy ;;
    fuzz) try fuzz 3600 tests/fuzz/run.sh 60 ;;
    *) echo "run.sh: no part '$one'" && exit 2 ;;
    esac
    while [ ${#names[@]} -gt 0 ]; do settle; done
    echo "-- $one: $((SECONDS - start)) s"
  done
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
