#!/bin/bash
# shellcheck disable=SC1091,SC2154  # terminal.sh has them
# session.sh: the prompt under a real terminal, what lasts longer than a line: memory, training, sources, variables, timing,
# traces, files, the shell, saved sessions, the tour, inspection.  Numbers are the rows of the REPL's table.
source "$(dirname "$0")/../terminal.sh"
cd "$work" || exit 1

resident() { # of a session's program, in kB
  local pid
  pid=$(t list-panes -t "$1" -F '#{pane_pid}')
  awk '/VmRSS/ {print $2}' "/proc/$pid/status"
}

# --- 4: no result cache ------------------------------------------------------------------------------------------
begin s
enter s '"warm"'
see s '^warm$'
before=$(resident s)
for i in 1 2 3 4 5 6 7 8 9 10; do
  enter s 'tensor.zeros(5000,5000)'
  enter s "'made' .. $i"
  see s "^made$i\$" 10
done
grown=$((($(resident s) - before) / 1000))
if [ "$grown" -le 210 ]; then ok "ten tensors of 100 MB leave at most two"; else bad "ten tensors of 100 MB leave at most two" "$grown MB"; fi
enter s '_ = nil collectgarbage() lunette.trim()'

# --- 6: ^C in a kernel -------------------------------------------------------------------------------------------
enter s 'a = tensor.ones(9000, 9000); live = lunette.memory().live; print "ready"'
see s '^ready$' 10
enter s 'b = a:mm(a)'
sleep 0.4
key s C-c
expect "^C in a matrix product discards it" s '^interrupted in mm; result discarded$'
enter s "('unchanged %s %s %s'):format(a:sum():item() == 81e6, b, lunette.memory().live - live < 4096)"
expect "the operands are as they were, nothing leaks" s '^unchanged true nil true$' 10
enter s 'a = nil collectgarbage() lunette.trim()'

# --- 7: ^C in training -------------------------------------------------------------------------------------------
cat >train.lua <<'EOF'
function make()
  tensor.seed(7)
  net = nn.Sequential { nn.Linear(40, 64), nn.ReLU(), nn.Dropout(0.2), nn.Linear(64, 1) }
  X = tensor.randn(4000, 40)
  Y = X:sum(2):view(-1, 1)
  opt = optim.Adam { lr = 1e-3 }
end
function busy(seconds) local t = lunette.clock(); while lunette.clock() - t < seconds do end end
function slow_mse(a, b) busy(0.004); return nn.mse(a, b) end
EOF
enter s ':run train.lua'
enter s 'make() h = net:fit{{X, Y}, loss = nn.mse, epochs = 2, opt = opt, shuffle = true, quiet = true} want = net[4].weight:clone(); print("whole " .. #h)'
expect "a fit that nobody stops" s '^whole 2$' 20
enter s 'make() h, st = net:fit{{X, Y}, loss = slow_mse, epochs = 2, opt = opt, shuffle = true, quiet = true}'
sleep 0.3
key s C-c
expect "the first ^C stops after the step" s '^stopped at epoch [12] step [0-9]+; fit\{resume=true\} continues$'
enter s "('steps %s'):format(opt.steps == (st.epoch - 1) * 125 + st.stopped and opt.steps < 250)"
expect "the step was whole" s '^steps true$'
enter s "'usable ' .. tostring(net(X):shape() == nil)" # an error that must not end the session
enter s "'shape ' .. net(X).shape[1]"
expect "the model stays usable" s '^shape 4000$'
enter s 'h = net:fit{resume=true}; print("all " .. #h .. " " .. tostring(net[4].weight == want))'
expect "resume goes on bit for bit" s '^all 2 true$' 20
enter s 'make() net:fit{{X, Y}, loss = function(a, b) print "deep"; busy(30); return nn.mse(a, b) end, opt = opt}'
see s '^deep$'
key s C-c
sleep 0.3
equal "one ^C waits for the step" "$(lines s '^interrupted at')" 0
key s C-c
expect "the second one stops at once" s '^interrupted at train.lua:'
enter s 'make() o = optim.SGD{net, lr = 0.01} print "made"'
see s '^made$'
enter s 'while true do o:step(slow_mse(net(X), Y)) end'
sleep 0.4
key s C-c
expect "a loop of one's own stops after its step" s '^stopped after step [0-9]+$'
enter s "for l in io.popen('sleep 100'):lines() do print(l) end"
sleep 0.5
key s C-c
sleep 0.3
enter s 'make() h = net:fit{{X, Y}, loss = nn.mse, epochs = 2, opt = opt, quiet = true} collectgarbage() print("unbroken " .. #h)'
expect "a pipe's ^C is not handed to the training that collects it" s '^unbroken 2$' 20
enter s 'while true do end'
sleep 0.3
key s C-c
expect "outside of training ^C interrupts at once" s '^interrupted'

# --- 15: source ----------------------------------------------------------------------------------------------------
enter s '??net.evaluate'
expect "?? shows file and line" s '^nn/lua/fit.lua:[0-9]+$'
expect "and the source" s '^function Module:evaluate\(arg\)$'
enter s '??nn.Linear'
expect "of a class, how it is made" s '^  init = function\(self, opt, i, o\)$'
expect "and how it is called" s '^  forward = function\(self, x\) return nn.linear'
enter s '??busy'
expect "also of one's own functions" s '^train.lua:8$'
enter s '??x.relu'
expect "what is built in says so" s 'no Lua source: x.relu is built in'

# --- 16: variables ---------------------------------------------------------------------------------------------------
enter s 'small = tensor.ones(3):requires_grad(); big = tensor.zeros(1000, 100)'
key s C-l
enter s ':who'
expect ":who: type, shape, bytes" s '^X +f32 +\[4000,40\] +625.0 kB$'
expect "grad is marked" s '^small +f32 +\[3\] +12 B +grad$'
expect "a total" s '^[0-9]+ names, 1\.[0-9] MB of tensors$'
order=$(screen s | grep -nE '^(X|big|small) ' | tail -n 3 | cut -d: -f2 | cut -d' ' -f1 | tr '\n' ' ')
equal "largest first" "$order" "X big small "

# --- 17: timing ------------------------------------------------------------------------------------------------------
enter s ':time tensor.ones(300, 300):mm(tensor.ones(300, 300))[{1, 1}]'
expect ":time gives the value" s '^300\.0$'
expect "time, GFLOP/s, allocations" s '^[0-9.]+ (us|ms|s), [0-9.e+]+ GFLOP/s, [0-9]+ allocations$'
enter s ':bench tensor.ones(3) + 1'
expect ":bench: median, spread, runs" s '^median [0-9.]+ us, quartiles [0-9.]+ us \.\. [0-9.]+ us, [0-9]+ runs$'
enter s 'busy(1.05)'
expect "what takes a second shows its time" s '^1\.[0-9]+ s$'

# --- :digits ----------------------------------------------------------------------------------------------------------
enter s ':digits 8'
enter s 'tensor{1, 3, dtype = "f64"} / 3'
expect ":digits shows more of a number" s '^ 0\.33333333  1\.00000000$'
enter s ':digits 4'
expect "and goes back" s '^4 digits behind the point$'

# --- 18: after an error --------------------------------------------------------------------------------------------------
cat >err.lua <<'EOF'
local function inner(x, n)
  local name = "deep"
  return x:mm(tensor.zeros(n, 2))
end
function outer() local images = tensor.zeros(64, 10); local y = inner(images, 7); return y end
EOF
enter s ':run err.lua'
enter s 'outer()'
expect "an error in a file has file and line" s 'at err.lua:3$'
enter s ':bt'
expect ":bt: frames" s '^ 1  in inner  err.lua:3'
expect "locals as types" s 'x = f32\[64,10\], n = 7, name = "deep"'
expect "the caller's too" s 'images = f32\[64,10\]'

# --- :run of what leaves, of no file, of names with blanks ----------------------------------------------------------------
printf 'kept = 77\nos.exit(3)\n' >leaves.lua
enter s ':run leaves.lua'
expect "os.exit of a file leaves the prompt where it is" s '^leaves.lua ended with os.exit\(3\); the prompt stays$'
enter s 'kept + 1'
expect "with all its variables" s '^78$'
mkdir folder
enter s ':run folder'
touch folder
enter s ':reload'
expect "a folder that :run refused is not read again" s '^no file has changed$'
printf 'print("words " .. table.concat(arg, "+"))\n' >'my file.lua'
enter s ':run my file.lua'
expect ":run of a name with a blank" s '^words $'
enter s ':run "my file.lua" a "b c"'
expect "in quotes, with words" s '^words a\+b c$'
enter s ":save 'my session.lua'"
expect ":save takes quotes off" s '^[0-9]+ inputs in my session.lua$'
if [ -f 'my session.lua' ]; then ok "and writes that file"; else bad ":save" "$(ls)"; fi

# --- 19: run and reload --------------------------------------------------------------------------------------------------
printf 'count = (count or 0) + 1\nlocal calls = 0\nfunction f() calls = calls + 1; return "old" .. calls end\nNet = nn.class "Net"\nfunction Net:forward(x) return x end\n' >mod.lua
enter s ':run mod.lua a b'
enter s 'n = Net(); print("args " .. table.concat(arg, "+"))'
expect ":run gives arguments" s '^args a\+b$'
enter s 'f()'
expect "the old function" s '^old1$'
sed -i 's/"old"/"new"/; s/return x end/return x * 3 end/' mod.lua
enter s ':reload'
expect ":reload says what it patched" s '^mod.lua: patched Net.forward, f$'
enter s 'f() .. " " .. count .. " " .. n(tensor(2)):item()'
expect "in place: state stays, old objects have the new code" s '^new2 1 6'
mkdir -p other d
echo 'function f() return "another" end' >other/mod.lua
enter s ':cd other'
enter s ':reload'
expect ":cd does not lead :reload to another file of that name" s '^no file has changed$'
enter s ':cd ..'
printf 'local M = {}\nfunction M.g() return "first" end\nreturn M\n' >d/part.lua
enter s 'part = require "d.part"'
enter s 'part.g()'
expect "a module" s '^first$'
sed -i 's/first/second/' d/part.lua
enter s ':reload'
expect "what require brought is read again" s 'part.lua: patched g$'
enter s 'part.g()'
expect "in its place" s '^second$'
enter s ':reload nope.lua'
expect "a file that is not there is named" s '^nope.lua: No such file'
echo 'function f( return end' >mod.lua
enter s ':reload'
expect "a syntax error keeps the old code" s '^\(the old code stays\)$'
enter s '"still " .. f()'
expect "which goes on working" s '^still new3$'
enter s ':watch mod.lua'
see s '^watching mod.lua'
sleep 0.1
printf 'function f() return "watched" end\n' >mod.lua
expect ":watch patches by itself" s '^mod.lua: patched f *$'
enter s 'f()'
expect "and the new code runs" s '^watched$'
sleep 0.1
printf 'while true do end\n' >mod.lua
sleep 2
key s C-c
expect "^C ends a watched file that loops" s 'code was interrupted'
enter s '"then " .. f()'
expect "and the session has all it had" s '^then watched$'
enter s ':watch'

# --- 20: the pager -------------------------------------------------------------------------------------------------------
enter s 'tensor.rand(1000,1000)'
expect "a summary" s '^f32\[1000,1000\] min .* max .* mean .* nan 0$'
wide=$(screen s | grep -E '^[-0-9. ]+$' | awk '{if (length > most) most = length} END {print (most > 90 && most <= 100)}')
equal "rows are as wide as the terminal" "$wide" 1
enter s ':full tensor.arange(60):view(60, 1)'
expect ":full goes through the pager" s '^ *[0-9]+$'
key s q
sleep 0.2
key s C-l
enter s '"out of the pager"'
expect "and comes back" s '^out of the pager$'

# --- 22: shell -------------------------------------------------------------------------------------------------------------
mkdir -p sub/folder
enter s '!ls -d sub'
expect "!ls" s '^sub$'
enter s ':cd sub/folder'
enter s ':pwd'
expect ":cd and :pwd" s '/sub/folder$'
enter s ':cd nosuch'
expect "a folder that is missing" s '^nosuch: No such file or directory$'
enter s ':cd ../..'

# --- 30: inspect -----------------------------------------------------------------------------------------------------------
key s C-l
enter s 'net = nn.Sequential{nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 2)}'
enter s '?net'
expect "?net: layers, shapes, parameters, operations" s '^ *Linear\(16,2\) +f32\[1,2\] +34 +64$'
expect "their sums" s '^178 parameters, 336 operations for f32\[1,8\]$'
enter s '?net{5, 8}'
expect "for an input of one's own" s '^178 parameters, 1\.68 k operations for f32\[5,8\]$'
enter s ':why nn.mse(net(tensor.ones(4, 8)), tensor.zeros(4, 2))'
expect ":why: a size for each parameter" s '^net\.1\.weight +f32\[8,16\] +[0-9.e-]+ +[0-9.e-]+'
enter s ':why (net(tensor.ones(4, 8)) * 0):sum()'
expect "zeros are marked" s '^net\.3\.bias .*ZERO'
enter s ':why (net(tensor.ones(4, 8)) * 1e9):sum()'
expect "explosions are marked" s '^net\.3\.bias .*EXPLODES'
enter s ':why (net(tensor.ones(4, 8)) * (0/0)):sum()'
expect "NaN is marked" s '^net\.3\.bias .*NOT FINITE'
enter s '"grads " .. tostring(net[1].weight.grad)'
expect ":why leaves no gradient behind" s '^grads nil$'
enter s ':gradcheck nn.Dropout(0.5), {4, 8}'
expect ":gradcheck of what has no parameters" s '^\(its input\) +f64\[4,8\] +error [0-9.e-]+  ok$'
enter s ':gradcheck nn.Embedding(10, 4), {4, 8}'
expect "of what takes numbers of rows" s '^weight +f64\[10,4\] +error [0-9.e-]+  ok$'
enter s ':gradcheck net'
expect ":gradcheck" s '^gradients agree with central differences$' 15
enter s '"is " .. net[1].weight.dtype'
expect "and the network is as it was" s '^is f32$'
end s

# --- 28: save session ------------------------------------------------------------------------------------------------------
begin save
enter save 'tensor.seed(5)'
enter save 'x = tensor.randn(3)'
enter save 'nonsense('
cancel save
enter save 'error "no"'
enter save 'tensor.rand(2)'
enter save 'y = x + _:sum() -- a comment'
enter save 'for i = 1, 2 do'
enter save '  y = y + tensor.randn(3)'
enter save 'end'
enter save '=y:sum()'
enter save '_ * 2 -- the last'
enter save 'y = y * math.random(100000)'
enter save "('value %.17g'):format(y:sum():item())"
expect "a value" save '^value '
value=$(screen save | grep '^value ' | tail -n 1)
enter save ':save s.lua'
expect ":save says how many inputs" save '^[0-9]+ inputs in s.lua$'
echo '-- mine' >mine.lua
enter save ':save mine.lua'
expect ":save leaves another script alone" save '^:save: mine.lua is there'
equal "as it was" "$(cat mine.lua)" '-- mine'
echo 'error' >>s.lua # gone when it writes its own again, as is looked at below
enter save ':save s.lua'
enter save ':save /dev/null/nosuch/s.lua'
expect "a file that cannot be written" save 'Not a directory$'
end save
printf 'print(("value %%.17g"):format(y:sum():item()))\n' >>s.lua
equal "running it gives the same value" "$("$lunette" s.lua 2>&1)" "$value"
equal "what failed is not in it" "$(grep -cE 'nonsense|error' s.lua)" 0

begin jump
enter jump 'tensor.rand(2):nosuch()'
enter jump 'a = tensor.rand(1)[1]; print("a is " .. a)'
see jump '^a is '
drawn=$(screen jump | grep -E '^a is ' | tail -1)
enter jump ":save $work/jump.lua"
see jump 'inputs in'
equal "what a failed input drew is no matter to the script" "$("$lunette" "$work/jump.lua" | grep '^a is ')" "$drawn"
end jump
# --- 29: tour and demo ------------------------------------------------------------------------------------------------------
begin tour
enter tour '?tour'
expect "?tour begins" tour '^1/12  '
enter tour '"wrong"'
expect "a wrong answer is asked again" tour '^       1 \+ 1$'
enter tour '2 + 2'
expect "a right one leads on" tour '^right\.$'
enter tour 'x = tensor{1, 2}'
expect "a step that is not done says what is missing" tour '^not that yet: x is f32\[2\]; here f32\[2,3\] is meant$'
enter tour 'x = tensor{{1, 2, 3}, {4, 5, 6}}'
expect "to the third" tour '^3/12  '
enter tour 'x * 10 + 1'
enter tour 'x["2, 1:2"]'
expect "to the fifth" tour '^5/12  '
end tour
begin tour
enter tour '?tour 13'
expect "there are twelve steps" tour "^\?tour: a step from 1 to 12, next or stop; got '13'$"
enter tour '?tour stop'
expect "the tour can wait" tour '^the tour waits; \?tour goes on$'
enter tour '?tour'
expect "a new session goes on there" tour '^5/12  '
for line in 'x:sum(1)' '?x.sum' 'w = tensor.randn(3, 1):requires_grad()' 'nn.mse(x:mm(w), tensor.ones(2, 1)):backward()' \
  'net = nn.Sequential{nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1)}' \
  'X = tensor.randn(200, 2); Y = (X[":, 1"] * X[":, 2"]):gt(0):to "f32":view(200, 1)' \
  'h = net:fit{{X, Y}, loss = nn.bce_logits, epochs = 3, metrics = {"accuracy"}, quiet = true}' \
  'net:save "net.safetensors"'; do
  enter tour "$line"
done
expect "to its end" tour '^done: that was the tour'
enter tour ':demo'
expect ":demo lists what there is and how long it takes" tour '^planar +2 s +Planar data'
enter tour ':demo planer'
expect "a project that is not there" tour "no project 'planer'. Did you mean 'planar'\?"
enter tour ':demo planar code'
expect ":demo NAME code shows the script" tour '^-- Claim: at least 0.88'
key tour q
end tour
# --- where no ^C is heard: what a second one does is said, and it does it ---------------------------------------------------------
begin deaf
enter deaf '("a"):rep(4000):find((".-"):rep(40) .. "b")'
sleep 0.5
key deaf C-c
expect "a ^C that is not heard says what the next does" deaf '^no answer yet; \^C again leaves this session'
key deaf C-c
expect "and the next does it" deaf '^The session did not answer'
enter deaf '6 * 7'
expect "a new session goes on" deaf '^42$'
end deaf
# --- a ^C in the pager is the pager's --------------------------------------------------------------------------------------------
printf '#!/bin/sh\ntrap "" INT\ncat\nsleep 3\necho "page ends"\n' >pager
chmod +x pager
begin pager env PAGER="$work/pager" "$lunette" --norc
enter pager 'kept = 41'
enter pager '?nn'
expect "long help goes to the pager" pager '^nn\.winograd'
for _ in 1 2 3; do
  key pager C-c
  sleep 0.7
done
expect "which three ^C do not part from the prompt" pager 'page ends$'
enter pager 'kept + 1'
expect "and nothing is lost" pager '^42$'
enter pager "f = io.popen([[trap '' INT; echo up; sleep 3; echo down]]); f:read 'l'; f:close()"
for _ in 1 2 3; do
  sleep 0.7
  key pager C-c
done
enter pager 'kept + 2'
expect "nor while io.popen's file is closed" pager '^43$'
end pager
exit "$failed"
