#!/bin/bash
# nsfwjs.sh: trained MobileNetV2 and InceptionV3 in their Keras configurations answer as in TensorFlow.js.  Wants Node.js
# and, in $LUNETTE_NODE/node_modules: npm install --ignore-scripts nsfwjs@4.4.0 @tensorflow/tfjs@4.22.0.  Leaves itself
# out, with a line, where they are not installed.
cd "$(dirname "$0")/../.." || exit 1
modules=${LUNETTE_NODE:-.}/node_modules
if ! command -v node >/dev/null || [ ! -d "$modules/nsfwjs" ] || [ ! -d "$modules/@tensorflow/tfjs" ]; then
  echo "ok nsfwjs: left out, Node.js, nsfwjs and @tensorflow/tfjs are not in $modules"
  exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
NODE_PATH=$(cd "$modules" && pwd) node tests/elsewhere/nsfwjs.js "$work" >/dev/null 2>"$work/said" || {
  echo "not ok nsfwjs: $(tail -n 3 "$work/said" | tr '\n' ' ')"
  exit 1
}
"${LUNETTE:-build/lunette}" tests/elsewhere/nsfwjs.lua "$work"
