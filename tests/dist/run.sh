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
start() { # PROCESSES ARGUMENTS...
  local n=$1
  shift
  timeout -k 5 120 mpirun --oversubscribe --bind-to none $root --mca btl self,vader -n "$n" "$lunette" "$@"
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

# ends NAME PROCESSES CODE TEXT...: the run of CODE fails within ten seconds, and says every TEXT; once, when it begins with 1:
ends() {
  local name=$1 n=$2 begun=$SECONDS text count
  printf '%s\n' "$3" >"$work/code.lua"
  start "$n" "$work/code.lua" >"$work/out" 2>&1 && { echo "not ok $name: it ended well"; return; }
  [ $((SECONDS - begun)) -le 10 ] || { echo "not ok $name: it took $((SECONDS - begun)) s"; return; }
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
ends "one that leaves early is an error for who waits" 2 'for _ = 1, 210 do dist.barrier() end
  if dist.rank() == 0 then dist.barrier() end' "1:barrier: another process has ended its script"
ends "an error is shown once, with its rank" 4 'dist.barrier() if dist.rank() == 2 then error "boom" end dist.barrier()' \
  "1:boom" "rank 2, after step 0: "
ends "an error of all is shown once" 4 'dist.barrier() error "boom"' "1:boom" "rank 0, after step 0: "
ends "a process that is killed is named" 4 'dist.barrier()
  if dist.rank() == 1 then os.execute("kill -9 $PPID") end dist.barrier()' "1:lunette: rank 1 (process " "died after step 0"

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
