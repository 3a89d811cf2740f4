#!/bin/bash
# dying.sh: random panels with random data under random wheels, drags, keys and sizes, on a display that dies in the
# middle of it: the run ends by itself, with status 0.
#
#   VIZ_STORM=SECONDS [VIZ_STORM_SEED=N] LUNETTE=build-asan/lunette tests/viz/window/dying.sh     for longer
cd "$(dirname "$0")/../../.." || exit 1
lunette=${LUNETTE:-build/lunette}
case $lunette in /*) ;; *) lunette=$PWD/$lunette ;; esac
export OMP_WAIT_POLICY=passive
work=$(mktemp -d)
server='' hands=''
trap 'kill -9 $server $hands 2>/dev/null; rm -rf "$work"' EXIT
if ! command -v Xvfb >/dev/null || ! command -v xdotool >/dev/null; then
  echo "ok dying display: no display of our own, nothing tried"
  exit 0
fi
unset WAYLAND_DISPLAY
cd "$work" || exit 1
cat >storm.lua <<'LUA'
local seed = math.tointeger(arg[1])
math.randomseed(seed)
tensor.seed(seed)
local odd = { 0, -0.0, 0 / 0, 1 / 0, -1 / 0, 1e17, -1e17, 1e300, -1e300, 5e-324, 3e38, -3e38, 1e-30, 2147483647 }
local names = { "loss/train", "loss", "漢字", "caf\xe9", "q/r", "a name that is much too long for its place", "" }
local function number() return math.random(3) > 1 and math.random() * 20 - 10 or odd[math.random(#odd)] end
local function some(...)
  local t, n = {}, 1
  for _, k in ipairs { ... } do n = n * k end
  for i = 1, n do t[i] = number() end
  return tensor(t):view(...)
end
local function word() return names[math.random(#names)] end
local kinds = {
  function(p) for _ = 1, math.random(300) do viz.plot(p, number()) end end,
  function(p) viz.hist(p, some(math.random(200))) end,
  function(p) viz.bars(p, some(math.random(40)), { log = math.random(2) > 1 }) end,
  function(p) viz.text(p, word():rep(math.random(60))) end,
  function(p) viz.heatmap(p, some(math.random(30), math.random(30)), { numbers = math.random(2) > 1 }) end,
  function(p) viz.spectrogram(p, some(math.random(50), math.random(30))) end,
  function(p) viz.roll(p, some(math.random(50), 4)) end,
  function(p) viz.scatter(p, some(math.random(300), 2)) end,
  function(p) viz.contour(p, some(8, 9)) end,
  function(p) viz.image(p, some(math.random(6), math.random(20), math.random(20))) end,
  function(p) viz.boxes(p, some(math.random(20), 4)) end,
  function(p) viz.mask(p, tensor.randint(0, 9, 7, 8)) end,
  function(p) viz.graph(p, nn.Sequential { nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1) }, tensor.ones(1, 2)) end,
  function(p) viz.slider(p, 0.5, { 0, 1 }) end,
  function(p) viz.button(p) end,
  function(p) viz.clear(math.random(3) > 1 and p or nil) end,
  function() viz.at(math.random(2) > 1 and number() or nil) end,
  function() viz.size(100 + math.random(900), 100 + math.random(600)) end,
  function() viz.title(word()) end,
}
viz.title "storm"
local stop = lunette.clock() + 1.2
while lunette.clock() < stop do
  pcall(kinds[math.random(#kinds)], word())                -- what is refused is no fault
  lunette.sleep(0.002)
end
print "the run ended"
LUA
hands() { # random ones, of SEED
  RANDOM=$1
  while :; do
    case $((RANDOM % 6)) in
      0) xdotool mousemove $((RANDOM % 1024)) $((RANDOM % 768)) click --repeat $((1 + RANDOM % 9)) $((4 + RANDOM % 2)) ;;
      1) xdotool mousemove $((RANDOM % 1024)) $((RANDOM % 768)) mousedown 1 mousemove $((RANDOM % 1024)) $((RANDOM % 768)) mouseup 1 ;;
      2) xdotool keydown shift mousedown 1 mousemove $((RANDOM % 1024)) $((RANDOM % 768)) mouseup 1 keyup shift ;;
      3) xdotool key "$(printf 'l\ns\nx\nf\ng\nTab\nd\nplus\nminus\nslash\nNext\nLeft\nEscape\nReturn\nquestion\nspace\nspace' | sed -n "$((1 + RANDOM % 17))p")" ;;
      4) xdotool search --onlyvisible --name . windowsize $((50 + RANDOM % 900)) $((50 + RANDOM % 700)) ;;
      *) xdotool search --onlyvisible --name . windowfocus type "a/" ;;
    esac
  done >/dev/null 2>&1
}

DISPLAY=:$((1000 + $$ % 30000)) # no number that others would be given when it is free again
export DISPLAY
until=$(($(date +%s) + ${VIZ_STORM:-0}))
seed=${VIZ_STORM_SEED:-1}
first=$seed
lost=0
while [ "$seed" -lt $((first + 3)) ] || [ "$(date +%s)" -lt "$until" ]; do
  Xvfb "$DISPLAY" -noreset -screen 0 1024x768x24 -nolisten tcp 2>/dev/null &
  server=$!
  disown "$server"
  for _ in $(seq 200); do
    [ -S "/tmp/.X11-unix/X${DISPLAY#:}" ] && break
    sleep 0.02
  done
  RANDOM=$seed
  dies=$((RANDOM % 1400))
  (
    sleep "$((dies / 1000)).$(printf %03d $((dies % 1000)))"
    kill -9 "$server"
  ) 2>/dev/null &
  hands "$seed" &
  hands=$!
  disown "$hands"
  timeout 120 "$lunette" storm.lua "$seed" >out 2>&1 </dev/null
  status=$?
  kill -9 "$server" "$hands" 2>/dev/null
  if [ "$status" -ne 0 ] || ! grep -q 'the run ended' out; then
    lost=$((lost + 1))
    echo "not ok display that dies after $dies ms, seed $seed: status $status: $(grep -v '^ *#[2-9]' out | tr '\n' '|' | tail -c 1500)"
  fi
  rm -rf runs
  seed=$((seed + 1))
done
[ "$lost" -gt 0 ] || echo "ok a storm on a display that dies, $((seed - first)) times"
