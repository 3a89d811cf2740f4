#!/bin/bash
# --viz=term on a real terminal: the panels stand below, what the program prints scrolls above them, and the screen is
# whole again at the end; every demo in every mode that needs no display.
lunette=${LUNETTE:-build/lunette}
case $lunette in /*) ;; *) lunette=$PWD/$lunette ;; esac
export OMP_WAIT_POLICY=passive
work=$(mktemp -d)
session=lunette-term-$$
trap 'tmux kill-session -t "$session" 2>/dev/null; rm -rf "$work"' EXIT
tell() { # NAME STATUS [WHY]
  if [ "$2" -eq 0 ]; then echo "ok $1"; else echo "not ok $1: ${3:-}"; fi
}
screen() { tmux capture-pane -t "$session" -p ${1:-}; }
await() { # until the screen shows $1; at most 30 s
  for _ in $(seq 300); do
    screen | grep -q -- "$1" && return 0
    sleep 0.1
  done
  return 1
}

cat >"$work/train.lua" <<'LUA'
viz.mode "term"
for i = 1, 40 do
  viz.plot("loss/train", 1 / i)
  viz.image("picture", tensor.linspace(0, 1, 16):view(4, 4))
  viz.bars("shares", { 0.2, 0.7 }, { labels = { "left", "right" } })
  if i % 10 == 0 then print("step " .. i) end
  lunette.sleep(0.02)
end
print "trained"
LUA
if command -v tmux >/dev/null; then
  tmux new-session -d -s "$session" -x 100 -y 30
  tmux send-keys -t "$session" "cd '$work'; export TERM=screen-256color; clear; '$lunette' train.lua; echo after-\$?" Enter
  await "after-0"
  tell "a run ends well" $? "$(screen)"
  await "loss/train: 1 -> 0.025"
  tell "curves are drawn and described" $? "$(screen)"
  screen | grep -q "right.*█.*0.7"
  tell "bars are drawn" $? "$(screen)"
  [ "$(screen "-S -100" | grep -c "^step [1-4]0\|^trained")" = 5 ]
  tell "what the program prints stays above" $? "$(screen)"
  [ "$(screen | grep -c "^loss *picture *shares")" = 1 ]
  tell "frames take each other's place" $? "$(screen)"
  screen | grep -q "^ *loss/train: 1 -> 0.025 *$"
  tell "a description ends where its panel does" $? "$(screen)"
  echo 'viz.mode "term" viz.slider("lr", 0.1, { 0, 1 }) viz.button "go"' >"$work/sliders.lua"
  tmux send-keys -t "$session" "clear; '$lunette' sliders.lua; echo sliders-\$?" Enter
  await "sliders-0"
  tell "sliders alone end nothing" $? "$(screen)"
  tmux send-keys -t "$session" "'$lunette' train.lua" Enter
  await "loss/train: 1 -> 0.025"
  tmux send-keys -t "$session" "seq 1 60" Enter
  await "^60"
  screen | grep -q "loss"
  [ $? = 1 ]
  tell "the whole screen scrolls again at the end" $? "$(screen)"
else
  echo "ok term: no tmux, nothing tried"
fi

cd "$work" || exit 1
for demo in "demo panels --quick" "demo video --quick" "run planar --quick"; do
  for mode in term files off; do
    timeout 120 "$lunette" $demo --viz=$mode >out 2>&1 </dev/null
    tell "$demo in mode $mode" $? "$(tail -5 out)"
    [ "$mode" = off ] || { grep -q "viz: " out; tell "$demo in mode $mode shows something" $? "$(tail -5 out)"; }
  done
done
