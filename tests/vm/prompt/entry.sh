#!/bin/bash
# shellcheck disable=SC1091,SC2154  # terminal.sh has them
# entry.sh: the prompt under a real terminal, what an entry means: nothing waits that no line can complete, the last value is
# echoed, an operator at a line's end goes on.  Numbers are the rows of the REPL's table.
source "$(dirname "$0")/../terminal.sh"
begin e

# --- 32: never stuck -----------------------------------------------------------------------------------------------------
# at_once LINE HINT: an error with a hint, and the prompt again
at_once() {
  clear e
  enter e "$1"
  expect "an error at once: $1" e "^hint: $2"
  equal "and no waiting: $1" "$(lines e '^\. *$')" 0
}
at_once 'for i in range(10):' 'for i = 1, n do'
at_once 'if x:' 'if condition then'
at_once 'for i in range(10): print(i)' 'for i = 1, 3 do'
at_once 'if x == None: print("no")' 'if condition then'
at_once 'x:t():shape' 'a field takes a point'
at_once '# a remark' 'a comment begins with --'
at_once 'while x < 3:' 'while condition do'
at_once 'try:' 'ok, message = pcall'
at_once 'net:parameters' 'a call takes brackets: net:parameters\(\)'
at_once '"unclosed' 'a string ends with the quote'
at_once 'x = [1, 2]' 'tensor\{1, 2\}'
at_once '{"a": 1}' 'a table is \{a = 1'
at_once 'del x' 'x = nil'
at_once 'x is None' 'x == nil'
at_once "y = x'" 'the transpose is x:t\(\)'
at_once 'y:repeat(2)' 'repeat is a word of Lua: x:tile'
at_once 'x(1,:)' 'a slice is'
clear e
enter e 'y = {1,'
expect "what can be completed waits" e '^\. *$'
enter e '8}'
enter e '#y * 100'
expect "and is" e '^200$'
enter e '[[a'
see e '^\. *$'
enter e 'b]]'
expect "a long string goes on" e '^b$'
enter e '5000 +'
enter e '432'
expect "an operator at the end of a line goes on" e '^5432$'

# --- 33: the last value -------------------------------------------------------------------------------------------------------
enter e 'x = 55; x'
expect "x = 55; x" e '^55$'
enter e 'h = {} for i = 1, 3 do h[i] = i * 11 end h'
expect "a value behind the end of a block is echoed" e '^\{11, 22, 33\}$'
enter e 'tensor.seed(1); tensor.randn(3)'
expect "of calls the last" e '^f32\[3\]$'
enter e 'print("once") 77'
expect "behind a call without a semicolon too" e '^77$'
equal "which runs once" "$(lines e '^once$')" 1
enter e 'f = function() a = 1; return b end; s = "u; v()"; #s'
expect "what only looks like an end is none" e '^6$'
enter e 'x = 66; x;'
enter e '_ + 1'
expect "a semicolon keeps quiet, _ is set" e '^67$'
equal "nothing was shown" "$(lines e '^66$')" 0
enter e 'x = 4; for i = 1, 2 do x = x * i end'
enter e 'x .. "eight"'
expect "statements at the end stay statements" e '^8eight$'
# --- what would be lost ----------------------------------------------------------------------------------------------------------
enter e 't = data.csv "nosuch.csv"'
expect "nil and a message in an assignment: the message is shown" e '^t is nil: nosuch\.csv: No such file'
enter e 'x = tensor.ones(2):requires_grad(); v = x * 2'
enter e 'v.grad'
expect "a gradient that is not there says why" e '^v was computed: only what asks'
enter e '0/0'
expect "no number is nan, without a sign" e '^nan$'
enter e 'x = [[1, 2], [3, 4]]'
expect "brackets of Python make a string, which is said" e '^\[\[ \]\] is a string here'
enter e 'function outer(x) return x.nosuch end'
enter e 'outer(tensor.ones(2))'
enter e ':bt'
expect "the frames have their names in tail calls too, and the line as typed" e '^ 1  in outer  typed here: function outer\(x\)'

# --- what is open --------------------------------------------------------------------------------------------------------------
enter e 'y = f(x,'
see e '^\. *$'
key e C-u
enter e ''
expect "an empty line of an unfinished entry tells what it waits for" e "^an expression goes on; \^C gives the entry up$"
cancel e
enter e 'z = (function()'
see e '^\. *$'
key e C-u
enter e ''
expect "and which word opened it" e "^'end' expected .*; \^C gives"
cancel e

# --- a fault within a block ----------------------------------------------------------------------------------------------------
clear e
enter e 'for i = 1, 2 do'
see e '^\. *$'
enter e '17'
expect "the hint is for the line at fault" e '^hint: within a block a value is no statement: print\(17\)'

# --- names of other programs ---------------------------------------------------------------------------------------------------
for pair in 'zeros tensor.zeros' 'inv x:inverse' 'plot viz.plot'; do
  enter e "${pair% *}"
  expect "${pair% *}: what it is here" e "^${pair% *} is nil\. Did you mean '${pair#* }'\?"
done
for _ in 1 2; do
  clear e
  enter e 'torch.zeros(2)'
  expect "what is meant is said at each entry" e "^torch is nil\. Did you mean 'tensor'"
done
enter e 'help'
expect "help alone explains" e '^help\(x\)   \?name'
enter e 'if x == 5: print(x)'
expect "if with a colon" e '^hint: if condition then'
enter e 'for i in 1:3'
expect "a range of MATLAB" e '^hint: for i = 1, 3 do'
end e
exit "$failed"
