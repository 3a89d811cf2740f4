#!/usr/bin/env bash
# Runs each workload here and in PyTorch in turn and prints the ratio of the medians (PyTorch / lunette; above 1 we are
# faster) and both peaks of resident memory.  PyTorch runs in each of its modes; the fastest counts.
#   scripts/bench/compare.sh [-n ROUNDS] TORCH_WORKLOADS.py [NAME ...]       (PYTHON=python3, LUNETTE=build/lunette)
set -u
rounds=3
[ "${1:-}" = -n ] && { rounds=$2; shift 2; }
peer=${1:?the path of the peer workloads (a Python file) is missing}
shift
lunette=${LUNETTE:-build/lunette} python=${PYTHON:-python3}
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-2}
names=${*:-$("$lunette" bench --list | cut -f1)}
. "$(dirname "$0")/blas_core.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

median() { sort -n | awk '{v[NR]=$1} END {print NR ? v[int((NR+1)/2)] : "nan"}'; }

# one FILE COMMAND...: appends the milliseconds to FILE and the peak kilobytes to FILE.kb
one() {
  local file=$1
  shift
  /usr/bin/time -f %M -o "$work/kb" "$@" 2>/dev/null | cut -f2 >>"$file"
  tail -n 1 "$work/kb" >>"$file.kb"
}

printf '%-20s %10s %10s %7s %9s %9s\n' workload lunette_ms torch_ms ratio our_MB torch_MB
for name in $names; do
  for _ in $(seq "$rounds"); do
    one "$work/$name.l" env OMP_PROC_BIND=true "$lunette" bench "$name"
    one "$work/$name.t0" "$python" "$peer" "$name"
    one "$work/$name.t1" env OMP_PROC_BIND=true "$python" "$peer" "$name"
    case $name in
      *cnn|facenet*|resnet*|mobilenet*|unet*|yolo*|vgg*)
        one "$work/$name.t2" env TORCH_CHANNELS_LAST=1 "$python" "$peer" "$name"
        one "$work/$name.t3" env TORCH_CHANNELS_LAST=1 OMP_PROC_BIND=true "$python" "$peer" "$name" ;;
    esac
  done
  ours=$(median <"$work/$name.l")
  theirs=$(for f in "$work/$name".t?; do median <"$f"; done | sort -n | head -n 1)
  awk -v n="$name" -v a="$ours" -v b="$theirs" -v x="$(median <"$work/$name.l.kb")" -v y="$(median <"$work/$name.t0.kb")" \
    'BEGIN {printf "%-20s %10.3f %10.3f %7.2f %9.0f %9.0f\n", n, a, b, b / a, x / 1024, y / 1024}'
done
