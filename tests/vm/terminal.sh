# shellcheck shell=bash
# terminal.sh: what the tests of the prompt share: sessions in a real terminal (tmux).  `source` it; tests print `ok NAME`
# and `not ok NAME: why` and end with `exit $failed`.
set -u
failed=0
lunette=${LUNETTE:?the program under test}
work=$(mktemp -d)
socket=lunette-$$
export HOME=$work TERM=xterm-256color LC_ALL=C.UTF-8
unset NO_COLOR LUNETTE_PATH XDG_STATE_HOME XDG_CONFIG_HOME
trap 'tmux -L "$socket" kill-server 2>/dev/null; rm -rf "$work"' EXIT

t() { tmux -L "$socket" "$@"; }
screen() { t capture-pane -p -J -S -500 -t "$1"; }

# begin NAME [COMMAND...]: a terminal of 100 x 40 with the prompt in it
begin() {
  local name=$1
  shift
  [ $# -gt 0 ] || set -- "$lunette" --norc
  t -f /dev/null new-session -d -s keep 'sleep 10000' 2>/dev/null # a server without sessions would leave
  t -f /dev/null new-session -d -e LUNETTE_HISTORY="$LUNETTE_HISTORY" -s "$name" -x 100 -y 40 "$@"
  see "$name" '^> *$' || echo "# $name: no prompt"
}
end() { t kill-session -t "$1" 2>/dev/null; }
type() { # tmux takes a ; at the end of an argument for its own
  case $2 in
    *\;) t send-keys -t "$1" -l -- "${2%;}\\;" ;;
    *) t send-keys -t "$1" -l -- "$2" ;;
  esac
}
key() { local s=$1; shift; t send-keys -t "$s" "$@"; }
cancel() { # ^C at the prompt takes effect a moment later; then the cursor stands behind a fresh prompt
  local i
  key "$1" C-c
  sleep 0.2
  for ((i = 0; i < 200; i++)); do
    [ "$(t display-message -p -t "$1" '#{cursor_x}')" = 2 ] && return
    sleep 0.05
  done
}
clear() { # ^L: the prompt is in the first row, and nothing above it
  local i
  key "$1" C-l
  for ((i = 0; i < 200; i++)); do
    [ "$(t display-message -p -t "$1" '#{cursor_y}')" = 0 ] && break
    sleep 0.02
  done
  t clear-history -t "$1"
}
enter() { type "$1" "$2"; key "$1" Enter; }

# see SESSION REGEX [SECONDS]: waits until a line of the screen matches
see() {
  local i
  for ((i = 0; i < ${3:-15} * 20; i++)); do
    screen "$1" 2>/dev/null | grep -qE -- "$2" && return 0
    sleep 0.05
  done
  return 1
}
lines() { screen "$1" | grep -cE -- "$2"; }

ok() { echo "ok $1"; }
bad() {
  echo "not ok $1: $2"
  failed=1
}
# expect NAME SESSION REGEX [SECONDS]
expect() {
  if see "$2" "$3" "${4:-15}"; then ok "$1"; else bad "$1" "no /$3/ in: $(screen "$2" | grep . | tail -n 12 | tr '\n' '|')"; fi
}
equal() { if [ "$2" = "$3" ]; then ok "$1"; else bad "$1" "got '$2', wanted '$3'"; fi; }
export LUNETTE_HISTORY=$work/history
