#!/bin/bash
# shellcheck disable=SC1091,SC2154  # terminal.sh has them
# tab.sh: the prompt under a real terminal: what TAB offers behind calls and indices, in strings and commands (row 34 of the
# REPL's table), and pasted transcripts.
source "$(dirname "$0")/../terminal.sh"
cd "$work" || exit 1
begin tab
enter tab 'counter = 0; probe = setmetatable({}, {__index = function() counter = counter + 1 end})'
enter tab 'x = tensor.ones(2, 2); y = x; net = nn.Sequential{nn.Linear(2, 3), nn.ReLU()}; probe.x = x'

# completes TYPED REGEX [TABS]: what the line, or the list below it, is then
completes() {
  local i
  clear tab
  type tab "$1"
  for ((i = 0; i < ${3:-1}; i++)); do key tab Tab; done
  expect "TAB: $1" tab "$2"
  cancel tab
}
completes 'x:mm(y):logs' '^> x:mm\(y\):logsumexp\( *$'
completes 'net[1]:named_p' '^> net\[1\]:named_parameters\( *$'
completes 'net[1].wei' '^> net\[1\]\.weight *$'
completes '(x+x):logs' '^> \(x\+x\):logsumexp\( *$'
completes 'tensor.zeros(2, 3):logs' '^> tensor\.zeros\(2, 3\):logsumexp\( *$'
completes 'net(x):logs' '^> net\(x\):logsumexp\( *$'
completes 'x[{1, 2}]:logs' '^> x\[\{1, 2\}\]:logsumexp\( *$'
completes 'nn.Linear(2, 3):named_p' '^> nn\.Linear\(2, 3\):named_parameters\( *$'
completes 'optim.Adam{net}:zero' '^> optim\.Adam\{net\}:zero_grad\( *$'
completes 'print(x:mm(y):logs' '^> print\(x:mm\(y\):logsumexp\( *$'
completes 'probe.x:logs' '^> probe\.x:logsumexp\( *$'
completes 'tensor.zeros{' 'dtype= +requires_grad=' 2
completes 'tensor.zeros{2, dty' '^> tensor\.zeros\{2, dtype= *$'
completes 'x.' 'x\.dtype +x\.grad' 2
equal "x. has fields alone" "$(lines tab 'x\.sum|x\.abs')" 0
completes ':demo plan' '^> :demo planar *$'
completes ':demo planar c' '^> :demo planar code *$'
completes '?tou' '^> \?tour *$'
completes '?x.logs' '^> \?x\.logsumexp\( *$'
completes 'x:to "f' 'f32 +f64' 2
completes 'x:to "i3' '^> x:to "i32'
completes 'tensor.zeros{2, dtype = "f6' '^> tensor\.zeros\{2, dtype = "f64'
completes 'nn.mse(x, y, {reduction = "su' '^> nn\.mse\(x, y, \{reduction = "sum'
completes 'x:sum(' '^x:sum\(\{dim=none, keepdim=false\}\)'
completes 'x:mm(y):sum(' '^x:sum\(\{dim=none, keepdim=false\}\)'
completes 'probe.abc' '^> probe\.abc' 2
completes 'probe[1]:abc' '^> probe\[1\]:abc' 2
completes 'probe:f(1):g' '^> probe:f\(1\):g' 2
enter tab '"looked " .. counter'
expect "nothing is evaluated" tab '^looked 0$'

# --- transcripts ---------------------------------------------------------------------------------------------------------------
paste() {
  printf '%s' "$1" >paste
  t load-buffer paste
  t paste-buffer -p -t tab
  key tab Enter
}
paste $'> p = 6\n> p * 7\n42\n> for i = 1, 2 do\n.   p = p + i\n. end\n> p * 1000'
expect "a transcript runs without its answers" tab '^9000$'
paste $'  > q = tensor{{1, 2}, {3, 4}}\n  > print("help gave " .. q:sum():item())'
expect "an example of help too" tab '^help gave 10'
end tab
exit "$failed"
