#!/usr/bin/env bash
# Runs single operations here and in PyTorch in turn and prints name, size, our and PyTorch's microseconds and the ratio
# (above 1 we are faster), slowest first; then how many are below 1, and the geometric mean.  Of each side the best of
# the rounds' medians counts: what else the machine does only adds.  PyTorch runs with its threads bound, and not.
#   scripts/bench/compare_ops.sh [-n ROUNDS] [PATTERN]       (PYTHON=python3, LUNETTE=build/lunette, LUNETTE_ISA=v3)
set -u
rounds=2
[ "${1:-}" = -n ] && { rounds=$2; shift 2; }
here=$(cd "$(dirname "$0")" && pwd) lunette=${LUNETTE:-build/lunette} python=${PYTHON:-python3}
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-2}
case ${LUNETTE_ISA:-} in *v3) # both sides as on a processor without AVX-512
  export ATEN_CPU_CAPABILITY=avx2 DNNL_MAX_CPU_ISA=AVX2 OPENBLAS_CORETYPE=Haswell ;;
esac
. "$here/blas_core.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for round in $(seq "$rounds"); do
  "$lunette" bench ops ${1:+"$1"} >>"$work/ours"
  bound=$([ $((round % 2)) = 1 ] && echo false || echo true)
  OMP_PROC_BIND=$bound "$python" "$here/../../tests/bench/ops_breadth.py" ${1:+"$1"} >>"$work/peer"
done
grep -h ERROR "$work"/ours "$work"/peer | sort -u >&2
awk -F'\t' '/ERROR/ {next} {k = $1 "\t" $2}
  NR == FNR {if (!(k in a) || $3 < a[k]) a[k] = $3; next}
  {if (!(k in b) || $3 < b[k]) b[k] = $3}
  END {for (k in a) if (k in b) printf "%s\t%.2f\t%.2f\t%.2f\n", k, a[k], b[k], b[k] / (a[k] + 1e-9)}' \
  "$work/ours" "$work/peer" | sort -t $'\t' -k5,5g | tee "$work/table"
awk -F'\t' '{n++; if ($5 < 1) s++; l += log($5)}
  END {printf "%d measurements, %d slower than PyTorch, geometric mean %.2f\n", n, s, exp(l / n)}' "$work/table"
