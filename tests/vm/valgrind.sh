#!/bin/bash
# shellcheck disable=SC1091,SC2154  # terminal.sh has them
# valgrind.sh: a session at the prompt under valgrind's memcheck: no invalid access, no use of what was never written, no
# memory that nothing points to any more.  Valgrind knows no AVX-512, so the kernels of a lesser processor are asked for.
source "$(dirname "$0")/terminal.sh"
if ! command -v valgrind >/dev/null; then
  ok "a session under valgrind: not installed here, left out"
  exit 0
fi
cd "$work" || exit 1
cat >typed <<'EOF2'
1 + 1; (function() return 1, 2 end)()
x = tensor.randn(30, 30)
x
x[":, 1:2"]
y = x:mm(x) + 1
x[0]
x:mm(tensor.ones(4))
tensr.zeros(2)
?x.sum
help "conv2d"
??net.fit
net = nn.Sequential{nn.Conv2d(1, 4, 3, {padding = 1}), nn.ReLU(), nn.Flatten(), nn.Linear(256, 2)}
?net
h = net:fit{{tensor.randn(16, 8, 8, 1), tensor.randint(1, 2, 16)}, loss = nn.cross_entropy, epochs = 2, opt = optim.Adam{}}
nn.LSTM(3, 4)(tensor.ones(2, 5, 3))
:who
:bt
:why nn.mse(net(tensor.ones(3, 8, 8, 1)), tensor.ones(3, 2))
:time x:sum()
:nosuch
for i = 1, 2 do
print(i)
end
coroutine.wrap(function() error "x" end)()
tensor.load "nosuch.npy"
assert(net:save "net.safetensors") assert(net:load "net.safetensors")
tensor.save("x.npy", x) tensor.load "x.npy"
:save session.lua
!true
x @ y
EOF2
begin v sh -c "trap : INT; LUNETTE_ISA=v3 OMP_NUM_THREADS=2 valgrind -q --error-exitcode=99 --leak-check=full \
  --errors-for-leak-kinds=definite --show-leak-kinds=definite --log-file=memcheck.log $lunette --norc; echo \$? >status; cat"
while IFS= read -r line; do enter v "$line"; done <typed
enter v '"reached" .. " the end"'
expect "all lines run" v '^reached the end$' 60
type v 'foo bar'
see v 'foo bar$'
cancel v
enter v 'print "go" while true do end'
see v '^go$'
key v C-c
expect "^C ends a loop" v '^interrupted'
type v 'tensor.'
key v Tab Tab
expect "TAB lists names" v 'tensor.zeros_like'
key v C-u
enter v 'quit()'
for _ in $(seq 300); do [ -s status ] && break; sleep 0.1; done
equal "the session ends well, without an error of memcheck's" "$(cat status)" 0
equal "nor a leak" "$(head -c 600 memcheck.log | tr '\n' '|')" ''
exit "$failed"
