# blas_core.sh: sourced by what runs PyTorch ($python) beside lunette.  OpenBLAS takes a processor that it does not know for
# a Prescott; lunette tells it better, and PyTorch shall not be slow for want of that.
if [ -z "${OPENBLAS_CORETYPE:-}" ]; then
  case $(OPENBLAS_VERBOSE=2 "$python" -c 'import torch' 2>&1) in
    *Prescott*)
      if grep -q avx512dq /proc/cpuinfo; then export OPENBLAS_CORETYPE=SkylakeX
      elif grep -q avx2 /proc/cpuinfo; then export OPENBLAS_CORETYPE=Haswell; fi ;;
  esac
fi
