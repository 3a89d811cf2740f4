#!/bin/bash
# onnxruntime.sh: what net:export writes of every project's network (tests/scripts/export.lua), and of networks whose sizes
# stay open (tests/lang/export_open.lua), passes ONNX's checker, where python3-onnx is installed, and gives the same answers
# in ONNX Runtime.  Wants Node.js and, in
# $LUNETTE_NODE/node_modules: npm install --ignore-scripts onnxruntime-node@1.30.0.  Leaves itself out, with a line, where
# they are not installed.
cd "$(dirname "$0")/../.." || exit 1
modules=${LUNETTE_NODE:-.}/node_modules
if ! command -v node >/dev/null || [ ! -d "$modules/onnxruntime-node" ]; then
  echo "ok onnxruntime: left out, Node.js and onnxruntime-node are not in $modules"
  exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for t in tests/scripts/export.lua tests/lang/export_open.lua; do
  LUNETTE_EXPORTS=$work "${LUNETTE:-build/lunette}" "$t" >"$work/said" 2>&1 ||
    { echo "not ok $t"; grep '^not ok' "$work/said"; exit 1; }
done
python=$(command -v /usr/bin/python3 python3 | head -n 1) # Debian's packages belong to the first
if "$python" -c 'import onnx' 2>/dev/null; then
  "$python" - "$work" <<'END' || exit 1
import glob, sys, onnx
for f in sorted(glob.glob(sys.argv[1] + "/*.onnx")):
    try:
        onnx.checker.check_model(onnx.load(f), full_check=True)
    except Exception as e:
        sys.exit("not ok %s: ONNX's checker: %s" % (f.split("/")[-1], str(e)[:300]))
print("ok ONNX's checker")
END
else
  echo "ok ONNX's checker: left out, python3-onnx is not installed"
fi
NODE_PATH=$(cd "$modules" && pwd) node tests/elsewhere/onnxruntime.js "$work"
