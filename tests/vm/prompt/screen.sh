#!/bin/bash
# shellcheck disable=SC1091,SC2154  # terminal.sh has them
# screen.sh: the prompt under a real terminal: how values fill the screen (rows 20 and 36 of the REPL's table).
source "$(dirname "$0")/../terminal.sh"
cd "$work" || exit 1
escape=$(printf '\033')
begin s # 100 columns, 40 rows
enter s 'tensor.zeros(60, 200)'
expect "a row fills the terminal: 33 numbers of 3 columns" s '^ 0( +0){14,16}  \.\.\.( +0){14,16}$'
rows=$(lines s '^ 0 .* 0$')
if [ "$rows" -ge 24 ] && [ "$rows" -le 28 ]; then ok "and the rows its height, up to 30 lines"; else bad "rows" "$rows"; fi
clear s
t resize-window -t s -x 60 -y 16
sleep 0.3
enter s 'tensor.zeros(60, 200)'
expect "a smaller terminal shows less" s '^ 0( +0){7,9}  \.\.\.( +0){7,9}$'
rows=$(lines s '^ 0 .* 0$')
if [ "$rows" -ge 6 ] && [ "$rows" -le 12 ]; then ok "in height too"; else bad "rows" "$rows"; fi
t resize-window -t s -x 100 -y 40
clear s
enter s 'tensor.arange(100)'
expect "a vector goes over several lines" s ' 97 +98 +99 +100$'
enter s 'tensor.zeros(2, 2, 2, 2)'
expect "blocks carry their index" s '^\[2,1\]$'
enter s 'tensor.full({}, 31)'
expect "a tensor without dimensions is told from a number" s '^31  f32\[\]$'
enter s 'tensor.full({}, 32):item()'
expect "which is a number" s '^32(\.0)?$'
enter s 'tensor.ones(7):requires_grad()'
expect "what gradients flow to says so" s '^f32\[7\] requires_grad$'
enter s '{tensor.ones(1), tensor.ones(2, 3), tensor.full({}, 5)}'
expect "a list of tensors stays in line" s '^\{f32\[1\], f32\[2,3\], 5\}$'
enter s 'setmetatable({balance = 41}, {__index = {}})'
expect "an object shows its fields" s '^\{balance = 41\}$'
enter s '"a\27[31mb\7c"'
expect "control bytes are escaped" s '^a\\x1b\[31mb\\x07c$'
clear s
enter s 'long = ("x"):rep(100000000); long'
expect "a long string is cut" s '^\.\.\. 100 000 000 bytes in all; :full shows them$'
enter s '{long, [long] = 1}'
expect "in a table too" s '^  "x{200}" \.\.\. 100 000 000 bytes,$'
enter s '("line\n"):rep(500)'
expect "and one of many lines" s '^\.\.\. 2 500 bytes in all; :full shows them$'
enter s 'error(long)'
expect "and an error's" s '^\.\.\. 100 000 000 bytes in all'
enter s '("é"):rep(1500)'
expect "never within a letter" s '^é+$'
clear s
enter s 'error "is red"'
expect "an error is said" s 'is red$'
if t capture-pane -p -e -t s | grep -q "${escape}\[31m.*is red"; then ok "in red"; else bad "in red" "$(t capture-pane -p -e -t s | grep 'is red')"; fi
clear s
enter s 'net = nn.Linear(2, 1); h = net:fit{{tensor.ones(8, 2), tensor.ones(8, 1)}, loss = nn.mse, epochs = 4, val = 0.25, quiet = true}; h'
expect "a history is a table" s '^ +epoch +loss +val_loss +seconds$'
expect "a row an epoch" s '^ +4 +[0-9.e-]+ +[0-9.e-]+ +0\.[0-9]+$'
enter s 'net:fit{{tensor.ones(8, 2), tensor.ones(8, 1)}, loss = nn.mse, epochs = 2}'
expect "a training whose epochs were shown echoes one line" s '^2 epochs, [0-9.]+ s: loss [0-9.e-]+ -> [0-9.e-]+$'
enter s '"losses " .. #h.loss .. " " .. tostring(h.nosuch)'
expect "and has each column as a list" s '^losses 4 nil$'
enter s ':time tensor.ones(300, 300):mm(tensor.ones(300, 300));'
expect "times come in short units" s '^[0-9.]+ (us|ms|s), [0-9.e+]+ GFLOP/s'
end s
"$lunette" -e 'error "plain"' 2>err
equal "no escape in a file: errors" "$(grep -c "$escape" err)" 0
# --- the bar of a training that is wider than the window would be left behind, line by line -------------------------------------
t -f /dev/null new-session -d -e LUNETTE_HISTORY="$LUNETTE_HISTORY" -s narrow -x 60 -y 24 "$lunette" --norc
see narrow '^> *$'
enter narrow 'net = nn.Linear(2, 1); X = tensor.randn(300000, 2);'
enter narrow 'h = net:fit{{X, X:sum(2):view(-1, 1)}, loss = nn.mse, batch = 1}'
expect "in a narrow window too the bar shows" narrow '^epoch 1/1 [━─]+ .*left *$'
sleep 1
equal "in one line" "$(lines narrow '^epoch|━|left$')" 1
expect "and the training ends" narrow '^epoch 1/1  loss' 60
end narrow
exit "$failed"
