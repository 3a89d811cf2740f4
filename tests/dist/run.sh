#!/bin/bash
# Several processes on this machine: every file of this folder with two and with four, and how a run ends when one of its
# processes dies, fails, leaves early or calls something else.
lunette=${LUNETTE:-build/lunette}
case $lunette in /*) ;; *) lunette=$PWD/$lunette ;; esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if ! command -v mpirun >/dev/null; then
  echo "ok several processes: no mpirun here (apt install openmpi-bin), left out"
  exit 0
fi
root=
[ "$(id -u)" -ne 0 ] || root=--allow-run-as-root
export OMP_NUM_THREADS=1 OMP_WAIT_POLICY=passive
# The processes of a test are more than the cores, and come and go: no binding, and nothing of the network.
mpi=(mpirun --oversubscribe --bind-to none $root --mca btl "self,vader")
start() { # PROCESSES ARGUMENTS...
  local n=$1
  shift
  timeout -k 5 120 "${mpi[@]}" -n "$n" "$lunette" "$@"
}

for file in tests/dist/*.lua; do
  for n in 2 4; do
    start $n "$file" >"$work/out" 2>&1
    status=$?
    sed -n "s/^ok /ok $n processes: /p; s/^not ok /not ok $n processes: /p" "$work/out"
    if [ $status -ne 0 ]; then
      echo "not ok $n processes: $file ended with status $status"
      tail -n 30 "$work/out"
    fi
  done
done

words= # of the command line, behind the script's name
# ends NAME PROCESSES CODE TEXT...: the run of CODE fails by itself, and says every TEXT; once, when it begins with 1:
ends() {
  local name=$1 n=$2 text count
  printf '%s\n' "$3" >"$work/code.lua"
  start "$n" "$work/code.lua" $words >"$work/out" 2>&1
  case $? in
  0) echo "not ok $name: it ended well" && return ;;
  124) echo "not ok $name: it hung" && return ;;
  esac
  for text in "${@:4}"; do
    count=$(grep -cF -- "${text#1:}" "$work/out")
    case $text in
    1:*) [ "$count" -eq 1 ] ;;
    *) [ "$count" -ge 1 ] ;;
    esac || { echo "not ok $name: '$text' stands there $count times: $(tr '\n' '|' <"$work/out")"; return; }
  done
  echo "ok $name"
}

ends "different shapes are an error" 2 'dist.all_reduce(tensor.zeros(2 + dist.rank()))' \
  "1:the processes do not call the same: rank 0 calls all_reduce f32[2] sum, rank 1 calls all_reduce f32[3] sum"
ends "a different order is an error" 4 'if dist.rank() == 2 then dist.barrier() end dist.broadcast(tensor.zeros(2))
  dist.barrier()' "1:rank 0 calls broadcast f32[2] from 0, rank 2 calls barrier"
ends "a different order is an error after the first calls too" 2 'for _ = 1, 205 do dist.barrier() end local a = tensor.ones(4)
  if dist.rank() == 0 then dist.all_reduce(a) end dist.broadcast(a) dist.all_reduce(a)' \
  "1:rank 0 calls all_reduce f32[4] sum, rank 1 calls broadcast f32[4] from 0"
ends "recv against what all call is an error" 2 'if dist.rank() == 0 then dist.recv(tensor.zeros(2), 1) end dist.barrier()' \
  "1:the processes wait for each other: rank 0 in recv with rank 1, which is in barrier"
ends "recv against recv is an error" 2 'dist.recv(tensor.zeros(2), 1 - dist.rank())' "1:the processes wait for each other: rank "
ends "send against send, too large to be on its way, is an error" 2 'dist.send(tensor.zeros(3000000), 1 - dist.rank())
  dist.recv(tensor.zeros(3000000), 1 - dist.rank())' "1:in send with rank "
ends "one that comes late is waited for" 2 'if dist.rank() == 1 then print(dist.recv(tensor.zeros(1), 0)) end
  if dist.rank() == 0 then os.execute "sleep 7" dist.send(tensor.ones(1), 1) end dist.barrier() error "both came"' "both came"
ends "recv in a ring is an error" 3 'dist.recv(tensor.zeros(2), (dist.rank() + 1) % 3)' \
  "1:the processes wait for each other in a ring: rank "
stopped='if dist.rank() == 0 then os.execute "p=$PPID; (sleep 0.5; kill -STOP $p; sleep 7; kill -CONT $p) >/dev/null 2>&1 &"
  dist.recv(tensor.zeros(2), 1) else os.execute "sleep 1" dist.send(tensor.ones(2), 0) end'
ends "one that was stopped finds what was sent to it" 2 "$stopped dist.barrier() error 'both came'" "both came"
printf '%s\n' "$stopped" >"$work/code.lua"
if start 2 "$work/code.lua" >"$work/out" 2>&1; then echo "ok one that was stopped finds what was sent before the other's end"
else echo "not ok one that was stopped finds what was sent before the other's end: $(head -n 2 "$work/out")"; fi
ends "two optimisers of like networks in another order are an error" 2 'local a, b = nn.Linear(3, 3), nn.Linear(3, 3)
  local list, x = { { a, optim.SGD { a } }, { b, optim.Adam { b } } }, tensor.ones(2, 3)
  if dist.rank() == 1 then list[1], list[2] = list[2], list[1] end
  for _, one in ipairs(list) do one[2]:step(one[1](x):sum()) end' \
  "1:rank 0 calls step of optimiser 1, SGD of 2 parameters, 12 numbers, rank 1 calls step of optimiser 2, Adam of 2"
ends "one that leaves early is an error for who waits" 2 'for _ = 1, 210 do dist.barrier() end
  if dist.rank() == 0 then dist.barrier() end' "1:barrier: another process has ended its script"
ends "an error is shown once, with its rank" 4 'dist.barrier() if dist.rank() == 2 then error "boom" end dist.barrier()' \
  "1:boom" "rank 2, after step 0: "
ends "an error of all is shown once" 4 'dist.barrier() error "boom"' "1:boom" "rank 0, after step 0: "
ends "an error of all before they meet is shown once" 4 'error "boom"' "1:boom"
ends "an error of one before they meet is shown with its rank" 2 'if os.getenv "OMPI_COMM_WORLD_RANK" == "1" then
  error "boom" end' "1:boom" "rank 1, after step 0: "
words="--b 2"
ends "wrong words are told once" 4 'lunette.options { a = 1 }' "1:unknown option --b"
words=
ends "a process that is killed is named" 4 'dist.barrier()
  if dist.rank() == 1 then os.execute("kill -9 $PPID") end dist.barrier()' "1:rank 1 (process " "died after step 0"

ends "who was asked to stop does not wait for one that never comes" 2 'dist.barrier()
  if dist.rank() == 1 then lunette.sleep(30) end os.execute("kill -TERM $PPID") dist.barrier()' \
  "1:barrier: this process was asked to stop, and another does not come"

if start 2 -e 'assert(tensor.save("'"$work"'/x.npy", tensor.ones(2) + dist.rank())) print "said"
  dist.barrier() io.stderr:write(viz.mode() == "off" and "off\n" or "on\n")' >"$work/out" 2>&1 &&
  [ "$(grep -c said "$work/out")" -eq 1 ] && [ "$(grep -c off "$work/out")" -ge 1 ] &&
  "$lunette" -e 'assert(tensor.load(arg[1]):sum():item() == 2)' "$work/x.npy"; then
  echo "ok only the first prints, draws and saves"
else
  echo "not ok only the first prints, draws and saves: $(tail -n 3 "$work/out")"
fi
if LUNETTE_DIST=off start 2 -e 'assert(dist.size() == 1) print "alone"' >"$work/out" 2>&1 &&
  [ "$(grep -c alone "$work/out")" -eq 2 ]; then echo "ok LUNETTE_DIST=off: each alone"
else echo "not ok LUNETTE_DIST=off: each alone: $(tail -n 3 "$work/out")"; fi

# Without Open MPI: the program works, and says what to install where it is told that it is one of several.
mkdir "$work/none"
echo nothing >"$work/none/libmpi.so.40"
if LD_LIBRARY_PATH=$work/none "$lunette" -e 'print(dist.size(), dist.all_reduce(tensor.ones(1)):item())' >"$work/out" 2>&1 &&
  grep -q "^1.*1" "$work/out" && ! LD_LIBRARY_PATH=$work/none OMPI_COMM_WORLD_SIZE=2 OMPI_COMM_WORLD_RANK=0 "$lunette" -e \
    'dist.size()' >"$work/out" 2>&1 && grep -q "Open MPI is not there .*apt install openmpi-bin" "$work/out"; then
  echo "ok without Open MPI it starts, and names the package"
else echo "not ok without Open MPI: $(tail -n 3 "$work/out")"; fi

# --- a training that ends early, and goes on from its checkpoint -----------------------------------------------------
cat >"$work/fit.lua" <<'LUA'
local o = lunette.options { checkpoint = "", resume = "", die = 0, wait = 0.0, save = "" }
tensor.seed(1)
local net = nn.Sequential { nn.Linear(5, 16), nn.ReLU(), nn.BatchNorm { 16, sync = true }, nn.Linear(16, 3) }
local x, y = tensor.randn(96, 5), tensor.randint(1, 3, 96)
local steps = 0
local _, stopped = net:fit { { x, y }, epochs = 8, batch = 16, loss = nn.cross_entropy, quiet = true,
  opt = optim.Adam { lr = 1e-2, shard = true }, checkpoint = o.checkpoint ~= "" and o.checkpoint or nil,
  resume = o.resume ~= "" and o.resume or false, on_step = function()
    steps = steps + 1
    if steps == o.die and dist.rank() == 1 then os.execute("date +%s >" .. o.checkpoint .. ".killed; kill -9 $PPID") end
    lunette.sleep(o.wait)
  end }
if not stopped and o.save ~= "" then assert(net:save(o.save)) end
LUA
start 2 "$work/fit.lua" --save "$work/whole.safetensors" >"$work/out" 2>&1 || cat "$work/out"
same_end() { # NAME: the training goes on from the checkpoint to the same bits
  start 2 "$work/fit.lua" --resume "$work/check.safetensors" --save "$work/rest.safetensors" >"$work/out" 2>&1
  if cmp -s "$work/whole.safetensors" "$work/rest.safetensors"; then echo "ok $1"
  else echo "not ok $1: the networks differ: $(tail -n 3 "$work/out")"; fi
}
kills=${LUNETTE_KILLS:-2}
for k in $(seq "$kills"); do
  rm -f "$work"/check.* "$work"/rest.*
  step=$((7 + (k * 17 + RANDOM) % 40))
  start 2 "$work/fit.lua" --checkpoint "$work/check.safetensors" --die "$step" >"$work/out" 2>&1
  took=$(($(date +%s) - $(cat "$work/check.safetensors.killed")))
  if [ $took -le 10 ] && grep -qE "rank 1 \(process [0-9]+\) died after step ($step|$((step - 1)))\b" "$work/out"; then
    echo "ok killed at step $k of $kills: rank and step are named, and all end"
  else echo "not ok killed at step $step: $took s: $(head -n 5 "$work/out")"; fi
  same_end "killed at step $k of $kills: the last checkpoint goes on to the same bits"
done

rm -f "$work"/check.* "$work"/rest.*
(exec "${mpi[@]}" -n 2 "$lunette" "$work/fit.lua" --checkpoint "$work/check.safetensors" --wait 0.05) >"$work/out" 2>&1 &
for _ in $(seq 100); do [ ! -f "$work/check.safetensors" ] || break; sleep 0.1; done
sleep 0.2
before=$(cksum <"$work/check.safetensors")
kill -INT $!
wait $!
if [ "$before" != "$(cksum <"$work/check.safetensors")" ] && grep -q "stopped at epoch" "$work/out"; then
  echo "ok ^C at mpirun: stops after the step, with a checkpoint"
else echo "not ok ^C at mpirun: $(head -n 5 "$work/out")"; fi
same_end "^C at mpirun: the checkpoint goes on to the same bits"
start 2 "$work/fit.lua" --checkpoint "$work/check.safetensors" >"$work/out" 2>&1
rm -f "$work"/rest.*
if start 4 "$work/fit.lua" --resume "$work/check.safetensors" --save "$work/rest.safetensors" >"$work/out" 2>&1 &&
  [ -s "$work/rest.safetensors" ]; then echo "ok four go on from the checkpoint of two"
else echo "not ok four go on from the checkpoint of two: $(tail -n 3 "$work/out")"; fi

# Processes that wait sleep with OMP_WAIT_POLICY=passive.
start 2 -e 'local c = os.clock() dist.barrier() if dist.rank() == 0 then lunette.sleep(1) end c = os.clock()
  dist.barrier() if dist.rank() == 1 then io.stderr:write("burnt ", os.clock() - c, "\n") end' >"$work/out" 2>&1
if awk '/^burnt/ { found = 1; if ($2 > 0.3) exit 1 } END { exit !found }' "$work/out"; then
  echo "ok a process that waits burns no core when asked not to"
else echo "not ok a process that waits burns no core: $(tail -n 3 "$work/out")"; fi

if start 2 bench scale mlp >"$work/out" 2>&1 && [ "$(grep -c "Gbit/s" "$work/out")" -eq 4 ] &&
  grep -q "mlp .* hidden" "$work/out"; then echo "ok bench scale: measured, and the model for four links"
else echo "not ok bench scale: $(tail -n 3 "$work/out")"; fi
