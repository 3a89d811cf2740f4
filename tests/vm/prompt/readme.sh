#!/bin/bash
# shellcheck disable=SC1091,SC2154  # terminal.sh has them
# readme.sh: the prompt under a real terminal: README's five minutes, typed line by line.
source "$(dirname "$0")/../terminal.sh"
readme=$(cd "$(dirname "$0")/../../.." && pwd)/README.md
cd "$work" || exit 1
begin r
enter r 'local a, b = 30, 4'
enter r 'local function f(n) local c = n; return c * 2 end'
enter r 'f(a) + b'
expect "locals of an entry stay" r '^64$'
enter r 'tostring(c) .. " inside"'
expect "those of a block do not" r '^nil inside$'
clear r
sed -n '/^## Five minutes/,/^### The prompt/p' "$readme" | sed -n '/^```lua/,/^```/p' | grep -v '^```' | grep . >five.lua
while IFS= read -r line; do enter r "$line"; done <five.lua
enter r '"all " .. "typed"'
expect "all lines of README's five minutes are typed" r '^all typed$' 60
expect "to the last message" r 'must equal 784'
wrong=$(screen r | grep -E 'attempt to|is nil|near |expected|^hint|does not|assertion' | grep -v 'mm: inner' | head -n 3)
equal "and none of them is an error" "$wrong" ""
end r
exit "$failed"
