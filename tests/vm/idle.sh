#!/bin/bash
# idle.sh: the window while the prompt waits (row 27 of the REPL's table): it takes keys and the mouse, and typing is not
# held up by it.  A display of its own (Xvfb), keys by xdotool, pictures of the screen by imagemagick.
# shellcheck disable=SC1091,SC2154  # terminal.sh has them
source "$(dirname "$0")/terminal.sh"
if ! command -v Xvfb >/dev/null || ! command -v xdotool >/dev/null || ! command -v import >/dev/null; then
  ok "the window at an idle prompt: no Xvfb, xdotool or imagemagick here, left out"
  exit 0
fi
Xvfb -displayfd 3 -noreset -screen 0 1600x1000x24 -nolisten tcp 3>"$work/display" 2>/dev/null &
server=$!
trap 'tmux -L "$socket" kill-server 2>/dev/null; kill "$server" 2>/dev/null; wait 2>/dev/null; rm -rf "$work"' EXIT
for _ in $(seq 100); do [ -s "$work/display" ] && break; sleep 0.1; done
DISPLAY=:$(head -n 1 "$work/display")
export DISPLAY

picture() { import -window root -depth 8 rgb:- 2>/dev/null | md5sum | cut -d' ' -f1; }
# changes NAME FROM: the screen differs from the picture FROM within ten seconds
changes() {
  for _ in $(seq 50); do
    now=$(picture)
    [ "$now" != "$2" ] && ok "$1" && return
    sleep 0.2
  done
  bad "$1" "the screen stayed as it was"
}
settle() { # until two pictures in a row are the same
  local before=
  for _ in $(seq 30); do
    now=$(picture)
    [ "$now" = "$before" ] && return
    before=$now
    sleep 0.3
  done
}

begin w env DISPLAY="$DISPLAY" "$lunette" --norc
blank=$(picture)
enter w 'for i = 1, 200 do viz.plot("loss/train", math.exp(-i / 40), {step = i}) end'
enter w 'viz.show() print "shown"'
expect "a plot from the prompt" w '^shown$'
changes "opens a window" "$blank"
settle
before=$now
xdotool mousemove 450 350
changes "it follows the mouse while the prompt waits" "$before"
settle
before=$now
xdotool click 4 click 4 click 4
changes "the wheel zooms" "$before"
settle
before=$now
xdotool mousemove 450 350 mousedown 1 mousemove 560 380 mouseup 1
changes "dragging pans" "$before"
settle
before=$now
enter w 'viz.image("fresh", tensor.rand(8, 8))'
changes "what is typed appears" "$before"
start=$(date +%s%N)
type w '"typed " .. 7 * 6'
see w 'typed " \.\. 7 \* 6$'
spent=$((($(date +%s%N) - start) / 1000000))
key w Enter
expect "typing goes on under the window" w '^typed 42$'
echo "# $spent ms from keys to echo"
clear w
type w '"half " .. "typed"'
see w 'typed"$'
xdotool mousemove 450 350 key q
expect "what the window has to say" w '^viz: window closed'
equal "stands above the line that is typed, which is drawn again" "$(screen w | grep . | tail -n 2 | tr '\n' '|')" \
  'viz: window closed; viz.show() reopens it|> "half " .. "typed"|'
key w Enter
expect "and goes on" w '^half typed$'
enter w 'quit()'
exit "$failed"
