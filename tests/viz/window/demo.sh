#!/bin/bash
# The demo under a real window: the start page, a project chosen by arrows and Enter, its last picture held, the start
# page again; the window closed ends it.  Without Xvfb or xdotool nothing is tried.
lunette=${LUNETTE:-build/lunette}
case $lunette in /*) ;; *) lunette=$PWD/$lunette ;; esac
export OMP_WAIT_POLICY=passive
work=$(mktemp -d)
server='' program=''
trap 'kill $program $server 2>/dev/null; rm -rf "$work"' EXIT
if ! command -v Xvfb >/dev/null || ! command -v xdotool >/dev/null || ! command -v import >/dev/null; then
  echo "ok demo: no display of our own, nothing tried"
  exit 0
fi
check() { # NAME COMMAND...: true within 60 s
  local name=$1
  shift
  for _ in $(seq 300); do
    if "$@" >/dev/null 2>&1; then
      echo "ok $name"
      return
    fi
    sleep 0.2
  done
  echo "not ok $name: $(tail -n 5 "$work/out")"
}
said() { grep -q -- "$1" "$work/out"; }
# Pictures of 28 projects, or the panels of one, have many colours; the words alone have few.
colors() { [ "$(import -window root "$work/s.png" && identify -format %k "$work/s.png")" -gt "$1" ]; }
ended() { ! kill -0 "$program"; }

Xvfb -displayfd 3 -noreset -screen 0 1280x800x24 -nolisten tcp 3>"$work/display" 2>/dev/null &
server=$!
: >"$work/out"
check "a display" test -s "$work/display"
DISPLAY=:$(head -n 1 "$work/display")
export DISPLAY
unset WAYLAND_DISPLAY
cd "$work" || exit 1
"$lunette" demo >"$work/out" 2>&1 </dev/null &
program=$!
check "a window opens" xdotool search --name lunette
xdotool search --name lunette windowfocus
check "with the pictures of the projects" colors 2000
for _ in 1 2 3; do xdotool key Right; done
sleep 0.3
xdotool key Left key Left key Left key Left key Return
check "the project chosen runs" said '^conv_step_by_step: '
check "to its claim" said '^claim.conv_step_by_step'
sleep 1
xdotool key Return                                         # the first button: next
sleep 1
check "the start page comes back" colors 2000
eval "$(xdotool search --name lunette getwindowgeometry --shell)"
for _ in 1 2 3 4 5 6 7; do xdotool key Left; done
xdotool key Right Return
check "another project runs" said '^date_translation: '
sleep 2
xdotool mousemove $((X + WIDTH * 3 / 4)) $((Y + HEIGHT - 28)) click 1 # the second button: start page
check "it is left for the start page" colors 2000
for _ in 1 2 3 4 5 6 7; do xdotool key Left; done
xdotool key Right Return
sleep 3
xdotool key q
check "q ends the demo, in the middle of a project, too" ended
if said 'claim.date_translation'; then echo "not ok and the project with it: it went on to its claim"; else echo "ok and the project with it"; fi
wait "$program"
status=$?
if [ $status = 0 ]; then echo "ok with status 0"; else echo "not ok with status 0: $status $(tail -n 3 "$work/out")"; fi
