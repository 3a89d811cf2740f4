#!/bin/bash
# shellcheck disable=SC1091,SC2154  # terminal.sh has them
# junk.sh [LINES [SEED]]: random junk typed at the prompt: bytes, unfinished strings, control characters, long lines, deep
# nesting.  The session must outlive all of it.  With the sanitizers: LUNETTE=build-asan/lunette tests/vm/prompt/junk.sh 2000 7
source "$(dirname "$0")/../terminal.sh"
lines=${1:-200} seed=${2:-1}
cd "$work" || exit 1
cat >junk.lua <<'EOF2'
-- junk.lua LINES SEED: lines of junk.  Left out is what would rightly end, stop or leave the session: ^C, ^D, ^Z, ^\, flow
-- control, the shell, files.
local count, seed = tonumber(arg[1]), tonumber(arg[2])
math.randomseed(seed)
local R, any = math.random, function(t) return t[math.random(#t)] end
local words = {}
for w in ([[x net tensor nn . : ( ) [ ] { } " ' for in do end if then else return local function = == ~= + - * / // % ^ .. ... # ,
  ; 1 0 -1 1e400 0x1p4 nil true _ ? ?? :who :time :bench :bt :full :why :gradcheck tensor.ones(2,3) x:sum( x[ nn.Linear(2,3)
  coroutine.wrap pcall error setmetatable while goto ::a:: --[ --]]):gmatch "%S+" do words[#words + 1] = w end
local function bytes(n, from, to)
  local t = {}
  for i = 1, n do t[i] = string.char(R(from, to)) end
  return table.concat(t)
end
local function some(n)
  local t = {}
  for i = 1, n do t[i] = any(words) end
  return table.concat(t, " ")
end
local kinds = {
  function() return bytes(R(80), 0, 255) end, function() return bytes(R(120), 32, 126) end,
  function() return some(R(15)) end, function() return any { '"', "'", "[[", "[=[", '("', '{"' } .. ("abc"):rep(R(5)) end,
  function() return any({ "(", "{", "[", "{{", "not ", "-", "function() return ", "x(", "x{" }):rep(R(400)) end,
  function() return 'x = "' .. ("a"):rep(R(4000)) .. '"' end,
  function()
    local t = {}
    for i = 1, R(12) do t[i] = any { "\1", "\2", "\5", "\6", "\7", "\8", "\11", "\12", "\14", "\20", "\21", "\23", "\24", "\25",
      "\27", "\31", "\127", "\9" } end
    return table.concat(t)
  end,
  function() return ("héllo ✓ 日本 😀"):sub(R(4), R(5, 25)) end, function() return "\27[" .. bytes(R(6), 32, 126) end,
  function() return any { "?", "??", ":", ":time ", ":full ", ":bench 1+", "help " } .. some(R(0, 4)) end,
  function() return "tensor." .. any { "ones(2,3)[", "zeros(1):", "cat{", "rand(3,3):mm(", "" } .. "\t\t" end,
  function() return any { "error", "pcall(error)", "tensor", "nn" } .. any { "()", "{}", '""', "(nil)", ".x.y", ":a()" } end,
}
for i = 1, count do
  local line = any(kinds)():gsub("[\3\4\26\28\19\17\15\22\n\r!]", "")
  if line:find "^%s*:[csrd]" or line:find "quit" or line:find "exit" or line:find "os%." then line = "1" end
  local f = assert(io.open("line." .. i, "w"))
  f:write(line, "\r")
  f:close()
end
EOF2
"$lunette" junk.lua "$lines" "$seed"
begin junk env PAGER=cat ASAN_OPTIONS=strict_memcmp=0 "$lunette" --norc
pid=$(t list-panes -t junk -F '#{pane_pid}')

# answers N: a fresh line works, whatever was half typed before: ^G leaves a search, ^C the line
answers() {
  local try
  for try in 1 2 3 4 5 6; do
    key junk C-g C-c
    sleep 0.2
    key junk C-a C-k
    enter junk "'alive' .. $1"
    see junk "^alive$1\$" 3 && return 0
  done
  echo "# no answer after $try tries: $(screen junk | tail -n 8 | cut -c1-100 | tr "\n" "|")"
  return 1
}
for ((i = 1; i <= lines; i++)); do
  t load-buffer "line.$i" && t paste-buffer -t junk
  [ $((i % 10)) -ne 0 ] || answers "$i" || break
done
equal "the session outlives $lines lines of junk" "$((i - 1))" "$lines"
if kill -0 "$pid" 2>/dev/null; then ok "in the process that it began in"
else bad "in the process that it began in" "$(screen junk | tail -n 20 | tr '\n' '|')"; fi
exit "$failed"
