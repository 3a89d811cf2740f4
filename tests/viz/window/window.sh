#!/bin/bash
# window.sh: the program itself trains under a window on a display of its own (Xvfb); keys by xdotool; the window is
# closed in mid-training and the training finishes.  Prints `ok NAME` or `not ok NAME: why`.
set -u
cd "$(dirname "$0")/../../.." || exit 1
lunette=${LUNETTE:-build/lunette}
case $lunette in /*) ;; *) lunette=$PWD/$lunette ;; esac
work=$(mktemp -d)
server=
program=
tidy() {
  [ -n "$program" ] && kill "$program" 2>/dev/null
  [ -n "$server" ] && kill "$server" 2>/dev/null
  wait 2>/dev/null
  rm -rf "$work"
}
trap tidy EXIT

check() { # check NAME COMMAND...: ok when the command succeeds within ten seconds
  local name=$1
  shift
  for _ in $(seq 100); do
    if "$@" >/dev/null 2>&1; then
      echo "ok $name"
      return 0
    fi
    sleep 0.1
  done
  echo "not ok $name: $(tr '\n' '|' <"$work/out" | tail -c 600)"
  return 1
}
said() { grep -q "$1" "$work/out"; }
grown() { [ "$(grep -c '^epoch' "$work/out")" -gt "$1" ]; }
ended() { ! kill -0 "$program"; }

cat >"$work/train.lua" <<'LUA'
local X, y = tensor.randn(200, 2), nil
y = (X[":, 1"] * X[":, 2"]):gt(0):to "i64" + 1
local net = nn.Sequential { nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 2) }
local opt = optim.Adam { net, lr = 1e-2 }
viz.title "xor"
local epoch = 0
local stop = lunette.clock() + 60
while not io.open(arg[1]) and lunette.clock() < stop do
  epoch = epoch + 1
  local loss = nn.cross_entropy(net(X), y)
  opt:step(loss)
  viz.plot("loss/train", loss, { step = epoch })
  viz.boundary("xor", net, X, y)
  if epoch % 50 == 0 then print("epoch " .. epoch) io.stdout:flush() end
end
print("trained to " .. nn.cross_entropy(net(X), y))
LUA
: >"$work/out"

if command -v Xvfb >/dev/null && command -v xdotool >/dev/null; then
  Xvfb -displayfd 3 -noreset -screen 0 1280x900x24 -nolisten tcp 3>"$work/display" 2>/dev/null &
  server=$!
  check "a display" test -s "$work/display" || exit 1
  DISPLAY=:$(head -n 1 "$work/display")
  export DISPLAY
  unset WAYLAND_DISPLAY
  cd "$work" || exit 1
  "$lunette" train.lua "$work/stop" >"$work/out" 2>&1 </dev/null &
  program=$!
  check "a window opens" xdotool search --name xor
  check "training runs under it" grown 2
  xdotool search --name xor windowfocus mousemove 640 300
  sleep 0.5
  xdotool key l key p
  check "p saves a picture" sh -c 'ls runs/*/shot-1.png'
  if command -v import >/dev/null; then
    import -window root "$work/screen.png"
    colors=$(identify -format %k "$work/screen.png" 2>/dev/null || echo 0)
    check "the screen shows more than a blank window" test "$colors" -gt 200
    [ -n "${VIZ_LOOK:-}" ] && cp "$work/screen.png" "$VIZ_LOOK/program.png"
  fi
  xdotool key space
  sleep 0.7
  paused=$(grep -c '^epoch' "$work/out")
  sleep 0.7
  check "space pauses" test "$paused" -eq "$(grep -c '^epoch' "$work/out")"
  xdotool key space
  check "space goes on" grown "$paused"
  xdotool key q
  check "q closes the window" said 'viz.show() reopens'
  closed=$(grep -c '^epoch' "$work/out")
  check "training goes on without it" grown "$closed"
  touch "$work/stop"
  check "training ends by itself" ended
  wait "$program"
  status=$?
  check "with status 0" test "$status" -eq 0
  check "and a result" said '^trained to [0-9]'
  program=
  rm -rf runs stop

  # A script that prepares its data shows the window before the first of them.
  cat >slow.lua <<'LUA'
viz.size(700, 500)
viz.title "slow start"
local stop = lunette.clock() + 60
while not io.open(arg[1]) and lunette.clock() < stop do lunette.sleep(0.01) end
viz.size(600, 400)
viz.plot("loss", 1)
stop = lunette.clock() + 60
while not io.open(arg[1] .. "2") and lunette.clock() < stop do lunette.sleep(0.01) end
LUA
  sized() { xdotool search --name 'slow start' getwindowgeometry | grep -q "Geometry: $1"; }
  "$lunette" slow.lua "$work/go" >"$work/out" 2>&1 </dev/null &
  program=$!
  check "the title opens the window, before any data" xdotool search --name 'slow start'
  check "in the size that was asked for" sized 700x500
  if command -v import >/dev/null; then
    sleep 0.5
    import -window root "$work/screen.png"
    colors=$(identify -format %k "$work/screen.png" 2>/dev/null || echo 0)
    check "which says that it is preparing" test "$colors" -gt 8
    [ -n "${VIZ_LOOK:-}" ] && cp "$work/screen.png" "$VIZ_LOOK/preparing.png"
  fi
  touch "$work/go"
  check "and takes a new size later" sized 600x400
  touch "$work/go2"
  wait "$program"
  program=

  # A click on the curve marks a state that fit holds, the button goes back there.
  cat >back.lua <<'LUA'
local x, net, opt = tensor.randn(64, 2), nn.Linear(2, 1), optim.Adam { lr = 1e-3 }
viz.title "rewinding"
local last, back, stop = 0, false, lunette.clock() + 60
net:fit { { x, x:sum(2):view(-1, 1) }, loss = nn.mse, opt = opt, keep = 9, epochs = 10000, quiet = true,
  on_step = function(_, loss)
    viz.plot("loss", loss, { step = opt.steps })
    if opt.steps <= last then print("back to " .. opt.steps - 1) io.stdout:flush() back = true end
    last = opt.steps
    lunette.sleep(0.005)
  end, on_epoch = function() return not back and lunette.clock() < stop end }
print "trained"
LUA
  "$lunette" back.lua >"$work/out" 2>&1 </dev/null &
  program=$!
  check "a window opens for a fit that keeps states" xdotool search --name rewinding
  sleep 1
  xdotool search --name rewinding windowfocus
  eval "$(xdotool search --name rewinding getwindowgeometry --shell)"
  xdotool mousemove $((X + 700)) $((Y + 300)) click 1
  sleep 0.5
  xdotool mousemove $((X + 320)) $((Y + HEIGHT - 30)) click 1
  check "a click and the button go back" said '^back to [0-9]'
  check "and the training goes on from there" said '^trained'
  kill "$program" 2>/dev/null
  wait "$program"
  program=

  # The display dies while the window opens, each time a little later: the run goes on, its pictures go to files.
  cat >brief.lua <<'LUA'
for i = 1, 150 do viz.plot("loss", 1 / i) lunette.sleep(0.002) end
print "the run ended"
LUA
  for k in $(seq 0 15); do
    : >display
    Xvfb -displayfd 3 -noreset -screen 0 640x480x24 -nolisten tcp 3>display 2>/dev/null &
    mortal=$!
    disown "$mortal"
    for _ in $(seq 200); do
      [ -s display ] && break
      sleep 0.02
    done
    DISPLAY=:$(head -n 1 display) "$lunette" brief.lua >out 2>&1 </dev/null &
    program=$!
    sleep "$(printf 0.%03d $((30 + 8 * k)))"
    kill -9 "$mortal" 2>/dev/null
    wait "$program"
    status=$?
    program=
    [ "$status" -eq 0 ] && said 'the run ended' && continue
    check "a display that dies $((30 + 8 * k)) ms after the start: status $status" false
    lost=1
  done
  [ -n "${lost:-}" ] || echo "ok a display that dies while the window opens"
  rm -rf runs
else
  cd "$work" || exit 1
fi

unset DISPLAY WAYLAND_DISPLAY

# Paused, a loop that posts nothing but overlays stands before the second round.
for call in 'viz.boxes("a", tensor.zeros(1, 4))' 'viz.mask("a", tensor.ones(4, 4))'; do
  timeout 2 "$lunette" -e "viz.mode 'files' viz.pause() $call print 'once' io.stdout:flush() $call print 'twice'" \
    >"$work/out" 2>&1 </dev/null
  check "a loop of ${call%%(*} stands while paused" sh -c "! grep -q twice '$work/out'"
done
touch "$work/stop"
"$lunette" -e 'for i = 1, 9 do viz.plot("loss", 1 / i) end' >"$work/out" 2>&1 </dev/null
status=$?
check "without a display: status 0" test "$status" -eq 0
check "without a display: a line says where the pictures are" said 'runs/'
check "without a display: PNG and SVG" sh -c 'ls runs/*/lunette.png && ls runs/*/lunette.svg'
