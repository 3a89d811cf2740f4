#!/bin/bash
# frozen.sh: a display that takes what is said to it and answers nothing (a machine asleep behind ssh -X): the run does
# its work, writes its pictures when no window came, and ends by itself.  Prints `ok NAME` or `not ok NAME: why`.
cd "$(dirname "$0")/../../.." || exit 1
lunette=${LUNETTE:-build/lunette}
case $lunette in /*) ;; *) lunette=$PWD/$lunette ;; esac
export OMP_WAIT_POLICY=passive
work=$(mktemp -d)
server=''
trap 'kill -9 $server 2>/dev/null; rm -rf "$work"' EXIT
if ! command -v Xvfb >/dev/null; then
  echo "ok frozen display: no display of our own, nothing tried"
  exit 0
fi
unset WAYLAND_DISPLAY DBUS_SESSION_BUS_ADDRESS XDG_RUNTIME_DIR
cd "$work" || exit 1
check() { # NAME COMMAND...
  local name=$1
  shift
  if "$@" >/dev/null 2>&1; then echo "ok $name"; else echo "not ok $name: $(tr '\n' '|' <out | tail -c 800)"; fi
}
display() { # a new one
  mkfifo number
  Xvfb -displayfd 3 -noreset -screen 0 800x600x24 -nolisten tcp 3>number 2>/dev/null &
  server=$!
  disown "$server"
  DISPLAY=:$(head -n 1 number)
  export DISPLAY
  rm number
}
run() { # CODE: what it says in `out`, its status in $status
  timeout 100 "$lunette" -e "$1" >out 2>&1 </dev/null
  status=$?
}
mkdir bin
printf '#!/bin/sh\ntouch "%s/launched"\n' "$work" >bin/dbus-launch
chmod +x bin/dbus-launch

display
PATH=$work/bin:$PATH run 'viz.plot("loss/train", 1) viz.show() print("open " .. tostring(viz.mode() == "window"))'
check "a window opens without a bus" grep -q 'open true' out
check "and starts none" test ! -e launched

kill -STOP "$server"
run 'for k = 1, 9 do viz.plot("loss/train", 1 / k) end print "the run ended"'
check "a frozen display: the run ends" test "$status" -eq 0
check "and has done its work" grep -q 'the run ended' out
check "one line says that there is no window" grep -q 'does not answer' out
check "its pictures are written" sh -c 'ls runs/*/lunette.png && ls runs/*/lunette.svg'
run 'viz.plot("loss/train", 1) print("waited " .. tostring(viz.wait()))'
check "viz.wait returns from it" grep -q 'waited' out

kill -CONT "$server"
echo 'viz.plot("loss/train", 1) viz.show() print "open" io.stdout:flush() io.read()
for k = 1, 900 do viz.plot("loss/train", 1 / k) lunette.sleep(0.001) end print "the run ended"' >later.lua
mkfifo words
timeout 100 "$lunette" later.lua >out 2>&1 <words &
run=$!
exec 4>words
for _ in $(seq 1500); do
  grep -q open out && break
  sleep 0.02
done
kill -STOP "$server"
echo go >&4
exec 4>&-
wait "$run"
status=$?
check "a display that freezes under a window: the run ends" test "$status" -eq 0
check "with all its work done" grep -q 'the run ended' out
