#!/bin/bash
# shellcheck disable=SC1091,SC2154  # terminal.sh has them
# repl.sh: the prompt under a real terminal (tmux): what is typed, what is seen.  Prints `ok NAME`, `not ok NAME: why`.
source "$(dirname "$0")/../terminal.sh"

# --- 1, 2, 3: echo, quiet, last value -----------------------------------------------------------------------
begin echo
enter echo '1+1'
expect "an expression is echoed" echo '^2$'
enter echo '=20+3'
expect "=expression" echo '^23$'
enter echo '(function() return 31, 32, 33 end)()'
expect "all results of a call" echo '^33$'
equal "each on a line" "$(lines echo '^3[123]$')" 3
enter echo 'x = tensor.randn(1000,1000);'
enter echo 'x;'
enter echo '"quiet" .. 1'
expect "after a semicolon comes nothing" echo '^quiet1$'
equal "no tensor was printed" "$(lines echo 'f32\[1000')" 0
enter echo '3*7'
expect "a product" echo '^21$'
enter echo '_+1'
expect "_ is the last value" echo '^22$'
enter echo 'y = 5'
enter echo 'nil'
enter echo '_*100'
expect "assignments and nil leave _" echo '^2200$'

# --- 20: printing --------------------------------------------------------------------------------------------
enter echo 'x'
expect "a large tensor ends in its summary" echo '^f32\[1000,1000\] min .* max .* mean .* nan 0$'
enter echo 'optim'
expect "a room is a list of its names" echo '^optim: [0-9]+ names; \?optim\.[A-Za-z]+ explains one$'
enter echo 'tensor{{1,2},{3,4}}'
expect "a small one is shown whole" echo '^ *3 +4$'

# --- errors and hints ----------------------------------------------------------------------------------------
enter echo 'tensor.zeros(2,3):mm(tensor.zeros(2,3))'
expect "an error names the shapes" echo 'mm: inner sizes differ: left f32\[2,3\], right f32\[2,3\]'
enter echo 'a @ b'
expect "a @ b has a hint" echo 'matrix product is a:mm\(b\)'
enter echo 'x += 1'
expect "x += 1 has a hint" echo 'x = x \+ 1 or x:add_\(1\)'
enter echo 'tensr'
expect "an undefined global warns" echo "tensr is nil. Did you mean 'tensor'\?"
for junk in ')' 'x[' 'error()' 'error({})' 'coroutine.yield(1)' 'setmetatable({},{__tostring=function() error(1) end})' ':nosuch' '?' '??' '!false'; do
  enter echo "$junk"
  sleep 0.1
  cancel echo
done
enter echo '"still" .. " here"'
expect "bad input never ends the session" echo '^still here$'

# --- 14: help ----------------------------------------------------------------------------------------------------
enter echo '?x.sum'
expect "?x.sum explains" echo 'keepdim +false'
enter echo 'help"softmax"'
expect "help by name" echo 'probabilities along dim'
enter echo 'tensor.relu?'
expect "a question mark behind" echo 'rectified linear unit'
enter echo 'help(tensor.tanh)'
expect "help by value" echo 'hyperbolic tangent'
enter echo 'help(x.sum)'
expect "help of a method" echo '^x:sum\('
expect "with examples" echo '^  > print\(tensor\{\{1, 2\}, \{3, 4\}\}:sum\(2\)\)'
expect "and what else to look at" echo '^  see also: '
enter echo '?nosuchthingatall'
expect "nothing found says so" echo "nothing about 'nosuchthingatall'"
enter echo '?poolin'
expect "a ranked list" echo 'max_pool2d +max pooling'

# --- 13: completion ---------------------------------------------------------------------------------------------------
type echo 'tensor.zer'
key echo Tab
type echo '_like(y2'
key echo C-u
type echo 'tensor.lins'
key echo Tab
expect "TAB completes a name" echo '> tensor.linspace\( *$'
key echo C-u
enter echo 'counter = 0; probe = setmetatable({}, {__index = function() counter = counter + 1 end})'
type echo 'probe.a'
key echo Tab Tab
key echo C-u
type echo 'x:logs'
key echo Tab
expect "TAB knows a tensor's methods" echo '> x:logsumexp\( *$'
key echo C-u
type echo 'x:sum{'
key echo Tab Tab
expect "TAB lists options" echo 'dim= +keepdim='
key echo C-u
enter echo '"count " .. counter'
expect "completion evaluates nothing" echo '^count 0$'
key echo C-l
type echo 'x:'
key echo Tab Tab
expect "x: lists a tensor's methods at once, without a question" echo 'x:abs\( .*x:'
equal "names of the inside are not among them" "$(lines echo 'x:__|x:shape')" 0
cancel echo
enter echo '"list" .. " over"'
expect "and ^C behind the list is a fresh prompt" echo '^list over$'
touch "$work/picture_of_a_cat.png"
for line in "tensor.load(\"$work/picture_" ":run $work/picture_" "!ls $work/picture_"; do
  type echo "$line"
  key echo Tab
  expect "TAB completes files: ${line%% *}" echo 'picture_of_a_cat\.png'
  key echo C-u C-l
done
type echo '?nn.Line'
key echo Tab
expect "TAB completes what is asked about" echo '^> \?nn\.Linear\( *$'
key echo C-u
type echo ':r'
key echo Tab Tab
expect ":r TAB lists the commands" echo ':reload +:run'
key echo C-u
type echo ':ben'
key echo Tab
expect "TAB completes commands" echo '^> :bench *$'
key echo C-u
end echo

# --- 5: ^C in Lua -------------------------------------------------------------------------------------------------------
begin stop
enter stop 'keep = 41'
round=0
for loop in 'while true do end' 'coroutine.wrap(function() while true do end end)()' 'pcall(function() while true do end end)' \
  'while true do pcall(error) end' 'for i = 1, math.huge do local t = tensor.zeros(10) + 1 end'; do
  round=$((round + 1))
  before=$(lines stop 'interrupted')
  enter stop "print('go' .. $round) $loop"
  see stop "^go$round\$"
  start=$(date +%s%N)
  key stop C-c
  for _ in $(seq 100); do
    [ "$(lines stop 'interrupted')" -gt "$before" ] && break
    sleep 0.02
  done
  spent=$((($(date +%s%N) - start) / 1000000))
  if [ "$(lines stop 'interrupted')" -gt "$before" ]; then ok "^C ends: $loop"; else bad "^C ends: $loop" "nothing after $spent ms"; fi
  echo "# $spent ms"
done
enter stop 'keep + 1'
expect "globals are intact" stop '^42$'
enter stop 'big = {} for i = 1, 3e7 do big[i] = "ab" end print("made")'
see stop '^made$' 60
for call in 'table.concat(big)' 'table.move(big, 1, #big, 1, {})'; do
  clear stop
  enter stop "s = $call; print('never')"
  sleep 0.5
  key stop C-c
  expect "^C ends $call" stop 'interrupted' 2
done
enter stop 'big = nil; collectgarbage();'
# --- 8: ^C at the prompt ---------------------------------------------------------------------------------------------------
type stop 'foo bar'
see stop '> foo bar$'
cancel stop
enter stop '"next" .. "line"'
expect "^C drops the line" stop '^nextline$'
equal "and does not run it" "$(lines stop 'syntax error')" 0
for round in 1 2 3 4 5 6; do
  key stop C-c
  sleep 0.004
  enter stop "\"at\" .. \"once\" .. $round"
  see stop "^atonce$round\$"
done
equal "a key right behind ^C is the next line's" "$(lines stop '^atonce[1-6]$')" 6
clear stop
cancel stop
expect "^C on an empty line tells the way out" stop '\^D or quit\(\) leaves'
type stop '"esc" .. "ape"'
key stop Escape Enter
expect "Escape and Enter run a line" stop '^escape$'
type stop 'left over'
key stop C-u
enter stop '"same" .. " keys"'
expect "and leave the keys as they were" stop '^same keys$'
# --- 9: several lines ---------------------------------------------------------------------------------------------------------
enter stop 'for i=7,8 do'
expect "an unfinished line continues" stop '^\. *$'
cancel stop
equal "^C drops it without a hint for those who want to leave" "$(lines stop '\^D or quit')" 1
enter stop 'for i=7,8 do'
see stop '^\. *$'
enter stop '  print("row " .. i)'
enter stop 'end'
expect "and runs when it is whole" stop '^row 8$'
key stop C-p
expect "history recalls it as one block" stop '^> for i=7,8 do$'
cancel stop
# --- 12: search ---------------------------------------------------------------------------------------------------------------
enter stop 'tenfold = 10'
enter stop 'other = 1'
type stop 'ten'
key stop Up
expect "up after a prefix walks entries that begin so" stop '> tenfold = 10 *$'
cancel stop
key stop C-r
type stop 'row'
expect "^R finds the loop" stop 'for i=7,8 do'
key stop C-g
cancel stop
# --- 10: paste -----------------------------------------------------------------------------------------------------------------
printf 'for i = 1, 2 do\n  print("pasted " .. i)\nend' >"$work/paste"
t load-buffer "$work/paste"
t paste-buffer -p -t stop
expect "a pasted block is shown whole" stop 'print\("pasted " \.\. i\)'
equal "and waits" "$(lines stop '^pasted 1$')" 0
key stop Enter
expect "it runs on Enter" stop '^pasted 2$'
equal "once" "$(lines stop '^pasted 1$')" 1
printf 'u = tensor.ones(2)\nv = tensor.ones(3)\nw = u + v' >"$work/paste"
t load-buffer "$work/paste"
t paste-buffer -p -t stop
key stop Enter
expect "an error in it says in which line" stop '^ at line 3 of what was typed$'
printf '> p = 6\n> p * 7' >"$work/paste"
t load-buffer "$work/paste"
t paste-buffer -p -t stop
key stop Enter
enter stop '"p is " .. p'
expect "pasted prompts are stripped" stop '^p is 6$'
printf '> p = 7\n> p * 7\n49\n> for i = 1, 2 do\n.   print("turn " .. i)\n. end\nturn 1\n> p * 9' >"$work/paste"
t load-buffer "$work/paste"
t paste-buffer -p -t stop
key stop Enter
expect "a pasted transcript runs to its end" stop '^63$'
equal "entry by entry: a value in its middle is shown" "$(lines stop '^49$')" 1
expect "each as an entry of its own" stop '^> for i = 1, 2 do$'
printf 'p = 3\np * 37\nfor i = 1, 2 do\n  p = p + i\nend\np * 37' >"$work/paste"
t load-buffer "$work/paste"
t paste-buffer -p -t stop
key stop Enter
expect "pasted lines that are no Lua together run one by one" stop '^222$'
expect "each with its value" stop '^111$'
printf '>>> p = 8\n>>> p * 8\n64\n>>> nosuch.x\n>>> "not run"' >"$work/paste"
t load-buffer "$work/paste"
t paste-buffer -p -t stop
key stop Enter
expect "one of Python too; an error ends it" stop '^\(1 pasted entries have not run\)$'
expect "with its values" stop '^64$'
enter stop 'quit()'
sleep 0.3
if t has-session -t stop 2>/dev/null; then bad "quit() leaves" "the session is there"; else ok "quit() leaves"; fi

# --- 11: history is on disk before an entry runs; two sessions both end up complete --------------------------------------------
export LUNETTE_HISTORY=$work/state/deep/history
begin one
begin two
enter one 'first_in_one = 1'
enter two 'first_in_two = 2'
enter one 'twice = 1'
enter one 'twice = 1'
enter one 'while true do end -- killed'
see one 'killed'
sleep 0.3
pid=$(t list-panes -t one -F '#{pane_pid}')
kill -9 "$pid"
enter two 'second_in_two = 3'
enter two '"done" .. "!"'
see two '^done!$'
end two
all=$(grep -cE 'first_in_one|first_in_two|killed|second_in_two' "$LUNETTE_HISTORY")
equal "nothing is lost: kill -9, two sessions" "$all" 4
equal "an entry repeated at once is there once" "$(grep -c '^twice = 1' "$LUNETTE_HISTORY")" 1
begin three
key three C-r
type three 'killed'
expect "the next session finds it" three 'while true do end -- killed'
end three
begin xdg env -u LUNETTE_HISTORY XDG_STATE_HOME="$work/xdg" "$lunette" --norc
enter xdg 'kept = "in XDG state"'
enter xdg '"a" .. "b"'
see xdg '^ab$'
end xdg
equal "without LUNETTE_HISTORY it is in the XDG state" "$(grep -c 'kept = ' "$work/xdg/lunette/history")" 1
export LUNETTE_HISTORY=$work/history

# --- 25: pipes, options, statuses ---------------------------------------------------------------------------------------------
equal "standard input is a script" "$(echo 'print(1)' | "$lunette")" 1
equal "- too" "$(echo 'print(2)' | "$lunette" -)" 2
equal "-e" "$("$lunette" -e 'print(3)' 2>&1)" 3
printf 'print(arg[0]:match("[^/]*$"), arg[1], ..., #arg)\n' >"$work/args.lua"
equal "script arguments" "$("$lunette" "$work/args.lua" a b | tr '\t' ' ')" "args.lua a a 2"
"$lunette" -e 'error "no"' >"$work/out" 2>"$work/err"
equal "an error is status 1" "$?" 1
equal "on standard error" "$(grep -c no "$work/err")" 1
"$lunette" -e 'tensor.zeros(2):mm(tensor.zeros(3))' 2>"$work/err"
equal "a shape error too" "$?" 1
"$lunette" "$work/nosuch.lua" 2>"$work/err"
equal "a missing file too" "$?" 1
"$lunette" --nosuch 2>"$work/err"
equal "an unknown option too" "$?" 1
equal "a syntax error has file and line" "$(printf 'x = = 1\n' >"$work/bad.lua"; "$lunette" "$work/bad.lua" 2>&1 | grep -c 'bad.lua:1:')" 1
equal "--version" "$("$lunette" --version | cut -d' ' -f1)" lunette
equal "no escape byte in a pipe" "$(printf 'print(tensor{1,2})\nprint(nn.Linear(2,2))\n' | "$lunette" 2>&1 | grep -c "$(printf '\033')")" 0
printf 'z = 77\n' >"$work/i.lua"
begin stay "$lunette" --norc -i "$work/i.lua"
enter stay 'z + 1'
expect "-i runs a file, then the prompt" stay '^78$'
end stay
mkdir -p "$work/.config/lunette"
printf 'from_rc = 5\nerror "rc broke"\n' >"$work/.config/lunette/init.lua"
begin rc "$lunette"
enter rc 'from_rc + 1'
expect "the rc file runs, and an error in it does not stop" rc '^6$'
expect "its error is said" rc 'rc broke'
end rc
begin norc
enter norc 'tostring(from_rc)'
expect "--norc leaves it out" norc '^nil$'
end norc
exit "$failed"
