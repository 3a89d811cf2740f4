#!/bin/bash
# The same seed gives the same network bit for bit: with one and two threads, twice in a row, with the window on a
# display (Xvfb), without a window, and with pictures in files.
lunette=${LUNETTE:-build/lunette}
work=$(mktemp -d)
server=
trap 'rm -rf "$work"; [ -z "$server" ] || kill "$server"' EXIT

cat >"$work/train.lua" <<'LUA'
local path, mode = arg[1], arg[2]
viz.mode(mode)
tensor.seed(7)
local net = nn.Sequential { nn.ConvNorm(3, 8, 3), nn.MaxPool2d(2), nn.Conv2d(8, 8, 3), nn.ReLU(), nn.Dropout(0.3),
  nn.Flatten(), nn.Linear(8 * 36, 3) }
local x, y = tensor.rand(96, 16, 16, 3), tensor.randint(1, 3, 96)
net:fit { { x, y }, val = 0.25, epochs = 3, batch = 16, loss = nn.cross_entropy, opt = optim.Adam { lr = 1e-3 },
  metrics = { "accuracy" }, augment = { { "flip" }, { "noise", 0.1 } },
  viz = mode ~= "off", quiet = true, on_step = function()
    if mode ~= "off" then
      viz.image("input", x[1])
      viz.hist("weights", net[1].conv.weight)
    end
  end }
local gru, words = nn.GRU(4, 16), tensor.randn(8, 12, 4)
local opt = optim.SGD { gru, lr = 0.1, momentum = 0.9 }
for _ = 1, 5 do opt:step(gru(words):square():mean()) end
local state = net:state()
for name, t in pairs(gru:state()) do state["gru." .. name] = t end
assert(viz.mode() == mode, "the mode became " .. viz.mode())
assert(tensor.save(path, state))
LUA

run() { # NAME THREADS MODE
  (cd "$work" && OMP_NUM_THREADS=$2 timeout 100 "$lunette" train.lua "$work/$1.safetensors" "$3") >"$work/out" 2>&1 && return
  echo "not ok same seed: $1: $(tail -n 3 "$work/out")"
  exit 1
}
same() { # NAME WHAT
  if cmp -s "$work/first.safetensors" "$work/$1.safetensors"; then echo "ok same seed: $2"
  else echo "not ok same seed: $2: the networks differ"; fi
}

case $lunette in /*) ;; *) lunette=$PWD/$lunette ;; esac
unset DISPLAY WAYLAND_DISPLAY
run first 1 off
run again 1 off
same again "twice in a row"
run two 2 off
same two "one and two threads"
run four 4 off
same four "one and four threads"
run files 2 files
same files "pictures in files"
if command -v Xvfb >/dev/null; then
  mkfifo "$work/display"
  Xvfb -displayfd 4 -screen 0 1280x900x24 -nolisten tcp 4>"$work/display" >/dev/null 2>&1 &
  server=$!
  read -r number <"$work/display"
  export DISPLAY=:$number
  run window 2 window
  same window "with the window on a display"
else
  echo "ok same seed: with a window: no Xvfb here, left out"
fi
