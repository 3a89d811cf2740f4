#!/bin/bash
# shellcheck disable=SC1091,SC2154  # terminal.sh has them
# colour.sh: colours, widths and glyphs at the prompt: a terminal of 80 columns with UTF-8, NO_COLOR, a dumb terminal, a
# pipe.  What the terminal gets is looked at byte by byte.
source "$(dirname "$0")/../terminal.sh"

# coloured SESSION: the screen with its colours as escape sequences
coloured() { t capture-pane -p -e -t "$1"; }
escape=$(printf '\033')

# --- 21: colour --------------------------------------------------------------------------------------------------
begin col
t resize-window -t col -x 80 -y 24
type col 'for i = 1, 10 do print("a string", nil) end -- remark'
see col 'remark$'
sleep 0.2
line=$(coloured col | grep remark)
for want in '35mfor' '36m1' '36m10' '35mdo' '32m"a string"' '35mnil' '35mend' '2m-- remark'; do
  case $line in
  *"$want"*) ok "coloured while typing: $want" ;;
  *) bad "coloured while typing: $want" "$line" ;;
  esac
done
equal "names stay plain" "$(grep -c 'mprint' <<<"$line")" 0
cancel col
type col 's = "héllo ✓ 日本"'
key col Left Left BSpace
type col 'x'
expect "the cursor moves by glyphs" col '^> s = "héllo ✓ x本" *$'
equal "and stands where the next one goes" "$(t display-message -p -t col '#{cursor_x}')" 16
cancel col
type col "long = \"$(printf 'x%.0s' $(seq 90))\" -- wraps"
see col 'wraps'
key col Home
type col 'a'
key col End
key col Enter
enter col '#along'
expect "a line of two rows is edited whole" col '^90$'
key col C-l
enter col 'tensor.rand(200, 200)'
expect "a tensor is printed" col 'f32\[200,200\]'
wide=$(t capture-pane -p -J -t col | awk 'length > 80')
equal "within 80 columns" "$wide" ''
enter col '?nn.Conv2d'
expect "help too" col 'see also: nn.conv2d'
end col

# --- NO_COLOR, a dumb terminal, a pipe ------------------------------------------------------------------------------
begin plain env NO_COLOR=1 "$lunette" --norc
type plain 'for i = 1, 10 do end'
see plain 'end$'
enter plain ''
equal "NO_COLOR: no colour" "$(coloured plain | grep -c "${escape}\\[[0-9;]*m")" 0
end plain

# raw TERM LINE...: every byte that the program sends to its terminal
raw() {
  local term=$1
  shift
  printf '%s\n' "$@" 'quit()' | TERM=$term script -qfc "$lunette --norc" /dev/null
}
equal "a dumb terminal gets no escape byte" "$(raw dumb '1 + 1' 'x = "héllo ✓"' 'for i = 1, 2 do' 'end' | grep -c "$escape")" 0
equal "and works" "$(raw dumb '20 + 3' | tr -d '\r' | grep -cx 23)" 1
equal "a pipe gets no escape byte" "$(printf 'print(tensor{1, 2})\nprint(nn.Linear(2, 2))\nrequire "vm.help".show "sum"\n' | "$lunette" 2>&1 | grep -c "$escape")" 0
equal "training into a pipe neither" "$("$lunette" -e 'nn.Linear(2, 1):fit{{tensor.ones(8, 2), tensor.ones(8, 1)}, loss = nn.mse}' 2>&1 | grep -c "$escape")" 0
exit "$failed"
