#!/bin/bash
# prompt.sh PROGRAM: how fast the prompt answers: whole processes and round trips through a terminal (tmux), in
# milliseconds, median and range of several.  Limits of the REPL's table in brackets; a busy machine shows more.
set -u
lunette=${1:-build/lunette}
case $lunette in /*) ;; *) lunette=$PWD/$lunette ;; esac
work=$(mktemp -d)
socket=lunette-bench-$$
export HOME=$work TERM=xterm-256color LC_ALL=C.UTF-8 LUNETTE_HISTORY=/dev/null
trap 'tmux -L "$socket" kill-server 2>/dev/null; rm -rf "$work"' EXIT
t() { tmux -L "$socket" "$@"; }
now() { date +%s%N; }

# report NAME LIMIT: nanoseconds on standard input, one a line
report() {
  sort -n | awk -v name="$1" -v limit="$2" '{v[NR] = $1 / 1e6} END {
    printf "%-44s %8.1f ms   %.1f .. %.1f   [%s]\n", name, v[int((NR + 1) / 2)], v[1], v[NR], limit }'
}

process() { # NAME LIMIT COMMAND...
  local name=$1 limit=$2 start
  shift 2
  for _ in 1 2 3 4 5 6 7 8 9 10 11; do
    start=$(now)
    "$@" >/dev/null 2>&1 </dev/null
    echo $(($(now) - start))
  done | report "$name" "$limit"
}

screen() { t capture-pane -p -J -t s; }
waits() { # until the screen matches, at most ten seconds; looks as often as it can
  local end=$(($(now) + 10000000000))
  until screen | grep -qE -- "$1"; do [ "$(now)" -lt "$end" ] || return 1; done
}
prompt() { # until the last line that is not blank is an empty prompt
  local end=$(($(now) + 10000000000))
  until [ "$(screen | grep -v '^ *$' | tail -n 1 | tr -d ' ')" = ">" ] || [ "$(now)" -gt "$end" ]; do :; done
}
line() {
  t send-keys -t s -l -- "$1"
  t send-keys -t s Enter
}

interrupt() { # NAME LIMIT CODE SECONDS: from ^C to the next prompt
  for _ in 1 2 3 4 5; do
    line "$3"
    sleep "$4"
    t send-keys -t s C-l
    start=$(now)
    t send-keys -t s C-c
    prompt
    echo $(($(now) - start))
  done | report "$1" "$2"
}

process 'lunette -e ""' "30 ms" "$lunette" -e ''
process "echo 'print(1)' | lunette" "-" sh -c "echo 'print(1)' | $lunette"
t -f /dev/null new-session -d -s s -x 100 -y 40 "$lunette" --norc
prompt
for _ in 1 2 3 4 5 6 7 8 9; do
  start=$(now)
  screen >/dev/null
  echo $(($(now) - start))
done | report "a look at the terminal (part of all below)" "-"
for i in 1 2 3 4 5 6 7 8 9; do
  line ''
  t send-keys -t s C-l
  start=$(now)
  line "'answer ' .. $i"
  waits "^answer $i"
  echo $(($(now) - start))
done | report "an expression, to its value" "-"
for _ in 1 2 3 4 5 6 7 8 9; do
  t send-keys -t s -l 'tensor.lins'
  waits 'tensor\.lins *$'
  start=$(now)
  t send-keys -t s Tab
  waits 'tensor\.linspace\('
  echo $(($(now) - start))
  t send-keys -t s C-u
  prompt
done | report "TAB, to the completed name" "10 ms"
interrupt "^C in a loop of Lua" "100 ms" 'while true do end' 0.4
line 'a = tensor.ones(8000, 8000);'
prompt
interrupt "^C in a:mm(a), 8000 x 8000" "200 ms" 'b = a:mm(a)' 0.8
interrupt "^C in a loop of tensors" "100 ms" 'while true do local x = tensor.ones(100) + 1 end' 0.4
"$lunette" -e 'local n = 0
local f = require "vm.complete"
local t = lunette.clock()
for i = 1, 1000 do f("tensor.", 1) f("x = nn.C", 5) end
print(("%-44s %8.3f ms   [10 ms]"):format("one completion, in the program", (lunette.clock() - t) / 2))'
