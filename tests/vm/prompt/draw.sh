#!/bin/bash
# shellcheck disable=SC1091,SC2154  # terminal.sh has them
# draw.sh: how the line that is typed is drawn: blocks in colours behind their prompts, over several rows, after the
# terminal was resized, after ^Z and fg, above and below what is printed (rows 21, 27 and 31 of the REPL's table).
source "$(dirname "$0")/../terminal.sh"
cd "$work" || exit 1

# what the screen shows below the last row of a single dash, without blank rows
rows() { screen "$1" | grep . | sed 's/ *$//' | awk '/^-$/ { s = ""; next } { s = s $0 "|" } END { print s }'; }
fresh() { # tmux moves the topmost rows out of reach when lines wrap: there are to be others
  clear "$1"
  enter "$1" 'print(("-\n"):rep(5) .. "-")'
  see "$1" '^-$'
  sleep 0.1
}
cursor() { t display-message -p -t "$1" '#{cursor_x},#{cursor_y}'; }
width() { # tmux tells the program, which draws within 20 ms
  t resize-window -t "$1" -x "$2" -y "${3:-40}"
  sleep 0.4
}
paste() {
  printf '%b' "$2" | t load-buffer -
  t paste-buffer -p -t "$1"
}

# --- resizing -----------------------------------------------------------------------------------------------------------
begin d
fresh d
line="alphabet = 1234567890 + 1234567890 + 1234567890 + 12345 -- a remark"
type d "$line"
see d 'remark$'
width d 40
equal "a line that the terminal wraps is there once" "$(rows d)" "> $line|"
width d 25
width d 100
equal "and once when there is room again" "$(rows d)" "> $line|"
type d '!'
sleep 0.2
equal "typing goes on at its end" "$(rows d)" "> $line!|"
cancel d
fresh d
type d 'α = "π" ≠ 日本 ÷ é'
expect "letters beyond ASCII are drawn, in strings and out of them" d '^> α = "π" ≠ 日本 ÷ é *$'
cancel d
clear d
paste d 'for i = 1, 2 do\n  print("first and quite long line of it", i)\nend'
see d '^\. end$'
width d 30
width d 100
equal "a block, too" "$(rows d)" '> for i = 1, 2 do|.   print("first and quite long line of it", i)|. end|'
for shown in '35mfor' '36m1' '35mdo' '32m"first and quite long line of it"' '35mend'; do
  if t capture-pane -p -e -t d | grep -qF "$shown"; then ok "a block is coloured: $shown"; else bad "a block is coloured: $shown" "$(t capture-pane -p -e -t d | grep . | tr '\n' '|')"; fi
done
key d Enter
expect "and runs" d '^first and quite long line of it	? *2$'
clear d
paste d 'text = [[one\n\nfor]] -- [[ no\nx = 5'
see d '^\. x = 5$'
if t capture-pane -p -e -t d | grep -E '35m' | grep -q 'for'; then bad "a long string is one" "$(t capture-pane -p -e -t d | grep for)"; else ok "a long string over lines is a string"; fi
cancel d

# --- moving by glyphs -------------------------------------------------------------------------------------------------------
clear d
paste d 'x = "日本✓é"; y = 1\nz = "abcdefghijk"\nw = {}'
see d '^\. w = \{\}$'
key d Up
sleep 0.2
equal "up keeps the column" "$(cursor d)" 8,1
key d C-e Up
sleep 0.2
equal "counted in glyphs" "$(cursor d)" 19,0
key d Left Left Left Left Left Left Left Left Left Down
sleep 0.2
equal "of two columns, too" "$(cursor d)" 9,1
type d 'N'
sleep 0.2
equal "where the next one goes" "$(screen d | sed -n 2p)" '. z = "abNcdefghijk"'
cancel d

# --- rows that fill the terminal, blocks higher than it ---------------------------------------------------------------------------
width d 40
clear d
type d "$(printf 'a%.0s' $(seq 38))"
sleep 0.3
equal "behind a full row the cursor stands in the next" "$(cursor d)" 0,1
type d 'bc'
sleep 0.2
equal "and goes on there" "$(rows d)" "> $(printf 'a%.0s' $(seq 38))bc|"
cancel d
width d 60 8
clear d
paste d 'local s = 0\nfor i = 1, 9 do\n  s = s + i\n  s = s * 1\n  s = s * 1\n  s = s * 1\n  s = s * 1\n  s = s * 1\n  s = s * 1\nend\nprint("sum " .. s)'
see d 'print\("sum'
key d Up Up Up Up Up Up Up Up Up Up Up
sleep 0.3
equal "of a block higher than the screen the rows around the cursor are shown" "$(t capture-pane -p -t d | head -n 1)" '> local s = 0'
key d C-e Enter # breaks the line
key d Down Down Down Down Down Down Down Down Down Down Down C-e Enter
expect "and it runs" d '^sum 45$'
width d 100

# --- ^Z and fg ----------------------------------------------------------------------------------------------------------------------
end d
t -f /dev/null new-session -d -e LUNETTE_HISTORY="$LUNETTE_HISTORY" -s z -x 100 -y 40 "PS1='shell: ' bash --norc -i"
enter z "$lunette --norc"
see z '^> *$'
type z '"stopped " .. 1'
see z '1$'
key z C-z
see z 'Stopped'
enter z 'fg'
expect "after ^Z and fg the prompt and the line are drawn again" z '^> "stopped " \.\. 1$'
key z Enter
expect "and it runs" z '^stopped 1$'
end z
exit "$failed"
