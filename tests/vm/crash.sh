#!/bin/bash
# kill -9 at 200 random moments of a program that saves checkpoints as fast as it can: what is found afterwards is one of
# them, whole, and no older than the last that was reported saved.
lunette=${LUNETTE:-build/lunette}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
rounds=200

# Each process looks at what the one before left, says which checkpoint it is, and goes on from there.  Checkpoint k
# has k in every element and in the optimiser's state.
cat >"$work/save.lua" <<'LUA'
local path = arg[1]
local net = nn.Linear(200, 300)
local opt = optim.SGD { net, lr = 0, momentum = 0.5 }
opt:step(net(tensor.ones(1, 200)):sum())
local k, f = 0, io.open(path)
if f then
  f:close()
  local numbers = assert(net:load_checkpoint(path, opt))
  k = numbers.k
  for name, t in pairs(net:state()) do
    assert(t:eq(k):all():item(), name .. " is torn: checkpoint " .. k)
  end
  local momenta = 0
  for name, t in pairs(opt:state()) do
    if t:numel() > 1 then
      assert(t:eq(k):all():item(), "the optimiser's " .. name .. " is torn: checkpoint " .. k)
      momenta = momenta + 1
    end
  end
  assert(momenta == 2, momenta .. " momenta")
end
print("found " .. k)
io.stdout:flush()
while true do
  k = k + 1
  for _, list in ipairs { net:state(), opt:state() } do
    for _, t in pairs(list) do tensor.no_grad(function() t:fill_(k) end) end
  end
  assert(net:save_checkpoint(path, opt, { k = k }))
  print("saved " .. k)
  io.stdout:flush()
end
LUA

fail() {
  echo "not ok kill -9 while a checkpoint is saved: round $round: $1"
  exit 1
}

reported=0
RANDOM=1
for ((round = 1; round <= rounds; round++)); do
  : >"$work/out" # the child truncates it too, but when it likes
  "$lunette" "$work/save.lua" "$work/run.safetensors" >"$work/out" 2>"$work/err" &
  pid=$!
  tries=0
  while ! grep -q '^found' "$work/out"; do
    kill -0 "$pid" 2>/dev/null && [ $((tries++)) -lt 3000 ] || fail "$(cat "$work/err")"
    sleep 0.005
  done
  sleep "0.0$(printf '%02d' $((RANDOM % 40)))"
  kill -KILL "$pid"
  wait "$pid" 2>/dev/null
  found=$(sed -n 's/^found //p' "$work/out")
  [ "$found" -ge "$reported" ] || fail "found $found after $reported was saved"
  last=$(sed -n 's/^saved \([0-9]*\)$/\1/p' "$work/out" | tail -n 1)
  [ -z "$last" ] || reported=$last
done 2>/dev/null
[ "$reported" -gt "$rounds" ] || fail "only $reported checkpoints were saved: nothing was tested"
echo "ok kill -9 at $rounds random moments of saving: every checkpoint found is whole, $reported were saved"
