#!/bin/bash
# run.sh [SECONDS [NAME...]]: builds the fuzzers (clang) in build-fuzz/ and runs each for SECONDS (60), from
# tests/fuzz/seeds.lua's files and what earlier runs found (build-fuzz/corpus/).  Prints `ok NAME: N runs`, or `not ok
# NAME` with the input that broke it.  Memory over the promise (file + 64 MB, and the program itself) ends a run too.
# In HDF5 and mat, crashes, loops and swelling within libhdf5 and libmatio do not count: in use they end the reader
# process, whose failure is a message (tensor/files/apart/); ours do.  They end the fuzzer's process too, and the next one
# goes on: -fork=1 does the same, but spends its time in merging what its jobs found (691 inputs in ten minutes).
cd "$(dirname "$0")/../.." || exit 1
seconds=${1:-60}
shift
configure=(-DLUNETTE_FUZZ=ON -DLUNETTE_TESTS=OFF -DLUNETTE_PORTABLE=ON -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=Debug
  -DCMAKE_C_FLAGS_DEBUG=-O1\ -g1)
if [ ! -f build-fuzz/CMakeCache.txt ] && command -v ninja >/dev/null; then configure=(-G Ninja "${configure[@]}"); fi
if command -v ccache >/dev/null; then configure+=(-DCMAKE_C_COMPILER_LAUNCHER=ccache); fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { cmake -S . -B build-fuzz "${configure[@]}" && cmake --build build-fuzz -j "$(getconf _NPROCESSORS_ONLN)"; } >"$log" 2>&1
then
  tail -n 40 "$log"
  exit 1
fi
units() { awk '/^stat::number_of_executed_units:/ { n += $2 } END { print n + 0 }' "$1"; }

# fuzz NAME SECONDS: one process; its status.
fuzz() {
  OMP_NUM_THREADS=1 "build-fuzz/fuzz/fuzz_$1" -max_total_time="$2" -timeout=10 -rss_limit_mb=1024 -max_len=70000 \
    -print_final_stats=1 -artifact_prefix="build-fuzz/$1-" "${@:3}" "build-fuzz/corpus/$1" "build-fuzz/seeds/$1" 2>&1
}

# fuzz_library NAME SECONDS LOG: one process after another, as long as they get on; fails on a crash of ours.  $runs: inputs.
# As in use, an allocation that is too large fails, and is no crash; what the libraries do with memory is not looked at.
library_options=allocator_may_return_null=1:max_allocation_size_mb=32:quarantine_size_mb=4:detect_leaks=0
library_options+=:suppressions=tests/fuzz/library.supp:fast_unwind_on_fatal=1:malloc_context_size=2
fuzz_library() {
  local end=$((SECONDS + $2)) before=-1
  while [ $SECONDS -lt $end ] && [ "$(units "$3")" -gt "$before" ]; do
    before=$(units "$3")
    FUZZ_FAULTS=build-fuzz/$1 ASAN_OPTIONS=$library_options fuzz "$1" $((end - SECONDS)) -detect_leaks=0 -malloc_limit_mb=0 >>"$3"
  done
  runs=$(units "$3")
  [ "$runs" -gt 0 ] && ! ours "$1" "$3"
}

# ours NAME LOG: is there an input that breaks a line of ours?  Its stack is left in the log; the libraries' are let go.
ours() {
  local input frame
  for input in "build-fuzz/$1"-crash-*; do
    [ -e "$input" ] || continue
    if FUZZ_STRICT=1 "build-fuzz/fuzz/fuzz_$1" -detect_leaks=0 -timeout=10 "$input" >"$2" 2>&1; then
      rm "$input"
      continue
    fi
    frame=$(grep -E '^ +#[0-9]+ 0x' "$2" | grep -vE 'interceptor|sanitizer|asan|fuzzer::|in (m|c|re)alloc |in free ' | head -n 1)
    if [[ $frame == *.c:* ]] || grep -q 'deadly signal' "$2"; then return 0; fi
    rm "$input"
  done
  return 1
}

build/lunette tests/fuzz/seeds.lua build-fuzz/seeds || exit 1
[ $# -gt 0 ] || set -- $(cd build-fuzz/fuzz && ls)
failed=0
for name in "$@"; do
  name=${name#fuzz_}
  mkdir -p "build-fuzz/corpus/$name" "build-fuzz/seeds/$name"
  : >"$log"
  runs=
  if case $name in
    hdf5 | mat) fuzz_library "$name" "$seconds" "$log" ;;
    *) fuzz "$name" "$seconds" >"$log" ;;
  esac; then
    echo "ok fuzz $name: ${runs:-$(units "$log")} runs"
  else
    failed=1
    echo "not ok fuzz $name"
    grep -v '^#' "$log" | tail -n 40
  fi
done
exit $failed
