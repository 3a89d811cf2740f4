#!/bin/bash
# loader.sh: ^C while workers read large pictures: the script ends within 200 ms and a bit for the process, and says
# where.
lunette=${LUNETTE:-build/lunette}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/one"
cat >"$work/make.lua" <<'EOF'
local x = tensor.randint(0, 255, { 2000, 2000, 3 }):to "u8"
for i = 1, 6 do assert(data.image.save(("%s/one/%d.png"):format(arg[1], i), x)) end
EOF
"$lunette" "$work/make.lua" "$work" || exit 1
for workers in 0 2; do
  cat >"$work/loop.lua" <<EOF
local ds = assert(data.image_folder "$work")
local first = true
while true do
  for x in data.loader { ds, batch = 3, workers = $workers, augment = { { "rotate", 5 }, { "resize", 64, 64 } } } do
    if first then io.open("$work/running", "w"):close() first = false end
  end
end
EOF
  for round in 1 2 3; do
    rm -f "$work/running"
    "$lunette" "$work/loop.lua" 2>"$work/log" &
    pid=$!
    for _ in $(seq 200); do
      [ -e "$work/running" ] && break
      sleep 0.1
    done
    sleep "0.$((round * 13 % 10))"
    start=$(date +%s%N)
    kill -INT "$pid"
    wait "$pid"
    status=$?
    took=$((($(date +%s%N) - start) / 1000000))
    if [ "$status" -ne 0 ] && [ "$took" -lt 400 ] && grep -q interrupted "$work/log"; then
      echo "ok ^C at $workers workers, round $round ($took ms)"
    else
      echo "not ok ^C at $workers workers, round $round: $took ms, status $status: $(head -n 3 "$work/log" | tr '\n' ' ')"
    fi
  done
done
