#!/bin/bash
# camera.sh: a camera through Video4Linux, as FFmpeg reads it: camera.c plays the driver, preloaded, where there is none.
cd "$(dirname "$0")/../.." || exit 1
lunette=$(realpath "${LUNETTE:-build/lunette}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1 CAMERA=/dev/video9
compiler=$(command -v cc gcc clang | head -n 1)
if [ -n "${LUNETTE_SANITIZED:-}" ] || [ -z "$compiler" ] || [ -e $CAMERA ] ||
  ! "$compiler" -shared -fPIC -O1 -o "$work/camera.so" tests/lang/camera.c -ldl 2>"$work/log"; then
  echo "ok a camera: left out, for sanitizers, for want of a compiler, or as there is a $CAMERA"
  exit 0
fi

# check WHAT PATTERN: says whether what was printed last has it.
check() {
  if grep -qE "$2" "$work/said"; then
    echo "ok $1"
  else
    echo "not ok $1: $(tr '\n' '|' <"$work/said" | tail -c 600)"
    failed=1
  fi
}
failed=0
# seen VARIABLE=VALUE... -- ARGUMENTS: what lunette prints before that camera.
seen() {
  local settings=()
  while [ "$1" != -- ]; do settings+=("$1") && shift; done
  shift
  env "${settings[@]}" LD_PRELOAD="$work/camera.so" timeout 120 "$lunette" "$@" >"$work/said" 2>&1 </dev/null
}

cat >"$work/look.lua" <<'LUA'
local size = os.getenv "SIZE" and { 24, 32 } or nil
local video = assert(data.video("/dev/video9", { live = true, size = size }))
local n, start = 0, lunette.clock()
for frame in video do
  n = n + 1
  local h, w = frame:size(1), frame:size(2)
  if n == 1 then print(("%d x %d, from %d to %d"):format(h, w, frame[{ 1, 1, 1 }], frame[{ h, w, 3 }])) end
  if n == 20 then break end
end
print(("%d frames"):format(n), lunette.clock() - start > 0.2 and "in their time" or "too early")
video:close()
LUA
seen A=1 -- "$work/look.lua"
check "a camera's frames: size and colours" '^48 x 64, from 25[0-9] to [0-5]$'
check "a camera's frames come when they are taken" '^20 frames.in their time$'
seen SIZE=1 -- "$work/look.lua"
check "a camera is asked for a size" '^24 x 32, from 25[0-9] to [0-5]$'
seen CAMERA_FRAMES=3 -- "$work/look.lua"
check "a camera that is pulled out is named" '/dev/video9: the camera is gone after 3 frames: No such device'
seen CAMERA_BUSY=1 -- "$work/look.lua"
check "a camera that is in use is named" '/dev/video9: Device or resource busy'

darknet=(run yolo_cars --viz=off --cfg tests/golden/darknet/yolo.cfg --weights tests/golden/darknet/yolo.weights)
seen CAMERA_FRAMES=6 -- "${darknet[@]}" --camera $CAMERA
check "a project looks through it, and says that it is gone" 'the camera is gone after 6 frames'
CAMERA=/dev/video8 seen A=1 -- run face_verification --quick --viz=off --camera $CAMERA
check "a camera that is not there is one line, before anything is learnt" '^--camera: /dev/video9: No such file or directory$'
[ "$(wc -l <"$work/said")" -eq 1 ] || check "and nothing else" 'never'
exit $failed
