#!/bin/bash
# shellcheck disable=SC1091,SC2154  # terminal.sh has them
# edit.sh: the prompt under a real terminal: entries of several lines, the editor, the history (row 31 of the REPL's table).
source "$(dirname "$0")/../terminal.sh"
cd "$work" || exit 1
printf '#!/bin/sh\nsed -i "s/before/after/" "$1"\n' >editor
chmod +x editor
begin ed env EDITOR="$work/editor" "$lunette" --norc

# --- indent -----------------------------------------------------------------------------------------------------------------
enter ed 'for i = 1, 2 do'
see ed '^\. *$'
enter ed 'if i > 1 then'
enter ed 'print("deep " .. i)'
expect "what follows is indented" ed '^\.     print\("deep'
enter ed 'end'
expect "end stands where its block began" ed '^\.   end *$'
enter ed 'end'
expect "and the entry runs" ed '^deep 2$'
clear ed
key ed Up
expect "up recalls the block, its lines behind the prompts" ed '^\.   if i > 1 then$'
cancel ed

# --- moving within the block ---------------------------------------------------------------------------------------------------
clear ed
enter ed 'for i = 1, 2 do'
enter ed 'print("one " .. i)'
key ed Up
expect "up leads back into an entry" ed '^> for i = 1, 2 do$'
type ed ' local k = 40 + i'
key ed Enter
type ed 'print("two " .. k)'
key ed Down End Enter
type ed 'end'
key ed Enter
expect "Enter in the middle breaks the line, at the end it runs" ed '^two 42$'
expect "with all of its lines" ed '^one 2$'
clear ed
enter ed 'x = {'
see ed '^\. *$'
type ed 'z'
key ed C-u Tab
type ed '5}'
expect "TAB where a line begins indents" ed '^\.   5\}'
key ed Enter
enter ed 'x[1] * 1000'
expect "and that is no part of the value" ed '^5000$'

# --- $EDITOR, history, ways out ----------------------------------------------------------------------------------------------------
enter ed '"it was before"'
see ed '^it was before$'
enter ed ':edit'
expect ":edit brings the last entry, changed" ed '^> "it was after"'
key ed Enter
expect "which Enter runs" ed '^it was after$'
type ed '"typed before"'
key ed C-x C-e
expect "^X^E edits what is typed" ed '^> "typed after"'
key ed Enter
expect "and Enter runs it" ed '^typed after$'
printf 'print "file before"\n' >file.lua
enter ed ':edit file.lua'
expect ":edit FILE runs it" ed '^file after$'
clear ed
enter ed ':history two'
expect ":history finds entries" ed '^ +[0-9]+  for i = 1, 2 do'
enter ed ':history 2'
expect "or lists the last" ed '^ +[0-9]+  :history 2$'
key ed C-r
type ed 'typed'
see ed 'reverse-i-search'
key ed C-c
sleep 0.3
cancel ed
enter ed '"after" .. " ghost"'
expect "^C in a search leaves nothing behind" ed '^> "after" \.\. " ghost"$'
expect "and the line runs" ed '^after ghost$'
for way in ':q' 'exit' 'quit'; do
  begin out
  enter out "$way"
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    t has-session -t out 2>/dev/null || break
    sleep 0.2
  done
  if t has-session -t out 2>/dev/null; then bad "$way leaves" "the session is there"; else ok "$way leaves"; fi
  end out
done
# --- nothing of the terminal in a file ----------------------------------------------------------------------------------------------
end ed
begin file sh -c "$lunette --norc > out.txt"
enter file 'print("to the file")'
sleep 0.5
enter file 'quit()'
sleep 0.5
equal "a file gets what is printed alone" "$(cat out.txt)" "to the file"
exit "$failed"
