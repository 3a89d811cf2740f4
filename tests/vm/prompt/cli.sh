#!/bin/bash
# cli.sh: the program without a terminal: options, pipes, exit statuses, projects.  Prints `ok NAME`, `not ok NAME: why`.
set -u
lunette=${LUNETTE:?the program under test}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HOME=$work
unset LUNETTE_PATH XDG_CONFIG_HOME XDG_STATE_HOME DISPLAY
cd "$work" || exit 1
failed=0

# expect NAME STATUS STDOUT STDERR COMMAND...: exact standard output, and a text that standard error contains ("" none)
expect() {
  local name=$1 status=$2 out=$3 err=$4 got why=
  shift 4
  "$@" >out 2>err
  got=$?
  [ "$got" -eq "$status" ] || why="status $got, wanted $status; "
  [ "$(cat out)" = "$out" ] || why+="printed '$(head -c 200 out)', wanted '$out'; "
  if [ -z "$err" ]; then
    [ ! -s err ] || why+="stderr '$(head -c 200 err)'; "
  else
    grep -qF -- "$err" err || why+="stderr '$(head -c 200 err)' lacks '$err'; "
  fi
  if [ -z "$why" ]; then echo "ok $name"; else
    failed=1
    echo "not ok $name: ${why//$'\n'/ | }"
  fi
}
# shellcheck disable=SC2317  # expect calls it
piped() { printf '%s\n' "$1" | "$lunette" "${@:2}"; }

expect "-e runs code" 0 2 "" "$lunette" -e 'print(1 + 1)' </dev/null
expect "nothing to run prints nothing" 0 "" "" "$lunette" -e '' </dev/null
expect "a pipe is a script: exactly its output" 0 1 "" piped 'print(1)'
expect "a pipe echoes no values" 0 "" "" piped 'local x = 1'
expect "a window is not to be had without a display" 0 off 'viz.mode "term" draws here, viz.show() writes pictures' \
  env -u WAYLAND_DISPLAY -u SDL_VIDEODRIVER "$lunette" -e 'viz.mode "off"; print(viz.mode "window")' </dev/null
one='print(math.random(1e9))'
expect "math.random begins as tensor's generator does, the same in every process" 0 "$("$lunette" -e "$one")" "" \
  "$lunette" -e "$one" </dev/null
expect "and tensor.seed restarts it" 0 true "" "$lunette" -e \
  's = tensor.seed; s(3) a = math.random(1e9) b = math.random(1e9) s(3) print(a == math.random(1e9) and a ~= b)' </dev/null
expect "- reads standard input" 0 3 "" piped 'print(3)' -
threads='for l in io.lines "/proc/self/status" do if l:find "^Threads" then print(l:match "%d+") end end'
expect "no window and no threads of BLAS before their first use: two threads, the window's host and Lua" 0 2 "" \
  "$lunette" -e "$threads" </dev/null
expect "--version" 0 "lunette $("$lunette" -e 'print(lunette.version)' </dev/null)" "" "$lunette" --version </dev/null
expect "an error in -e" 1 "" "(command line):1: no" "$lunette" -e 'error "no"' </dev/null
expect "an error in a pipe" 1 "" "no" piped 'error "no"'
expect "an error in a pipe has its line" 1 "" "at stdin:2" piped $'local x = tensor.ones(2)\nx:mm(tensor.ones(3))'
expect "a syntax error" 1 "" "near" "$lunette" -e 'x =' </dev/null
expect "a file that is missing" 1 "" "nosuch.lua" "$lunette" nosuch.lua </dev/null
expect "an error object that is no string" 1 "" "table" "$lunette" -e 'error {}' </dev/null
expect "an unknown option" 1 "" "--nosuch" "$lunette" --nosuch </dev/null

printf 'print(arg[0], arg[1], arg[2], ...)' >args.lua
expect "arguments of a script" 0 $'args.lua\ta\t-b\ta\t-b' "" "$lunette" args.lua a -b </dev/null
printf 'local x = tensor.zeros(2)\n\nprint(x + tensor.zeros(3))\n' >bad.lua
expect "an error names the script's line" 1 "" "at bad.lua:3" "$lunette" bad.lua </dev/null
expect "an error names the operands" 1 "" "left f32[2], right f32[3]" "$lunette" bad.lua </dev/null
printf 'return 1 +' >broken.lua
expect "a script that does not parse" 1 "" "broken.lua:1:" "$lunette" broken.lua </dev/null
printf 'tensr = nil; print(tensr)' >undefined.lua
expect "an undefined global warns once" 0 nil "tensr is nil. Did you mean 'tensor'?" "$lunette" undefined.lua </dev/null
"$lunette" -e 'io.open("chunk.luac", "wb"):write(string.dump(function() print "ran" end)):close()' </dev/null
expect "a binary chunk is refused" 1 "" "binary chunk" "$lunette" chunk.luac </dev/null

mkdir -p over/nn/lua
cp /dev/null over/nn/lua/init.lua
expect "LUNETTE_PATH overrides a module of the program" 0 nil "nn.init is nil" \
  env LUNETTE_PATH="$work/over" "$lunette" -e 'print(nn.init)' </dev/null

expect "an unknown project" 1 "" "run: no project 'planer'. Did you mean 'planar'?" "$lunette" run planer </dev/null
expect "an option that a project lacks" 1 "" "--epoc" "$lunette" run planar --quick --viz=off --epoc 3 </dev/null

expect "an option that is nearly one" 1 "" "unknown option --iteration. Did you mean --iterations?" \
  "$lunette" run planar --quick --viz=off --iteration 3 </dev/null
expect "an option of the wrong kind" 1 "" "--lr must be a number, got 'abc'" \
  "$lunette" run planar --quick --viz=off --lr abc </dev/null
expect "an option of another name elsewhere" 1 "" "unknown option --epochs. Did you mean --iterations?" \
  "$lunette" run planar --quick --viz=off --epochs abc </dev/null
expect "an option without its value" 1 "" "--lr must be a number, got nothing" \
  "$lunette" run planar --quick --viz=off --lr </dev/null
expect "lunette demo with a wrong name" 1 "" "demo: no project 'planer'. Did you mean 'planar'?" "$lunette" demo planer </dev/null
expect "an option that must be whole" 1 "" "--hidden must be a whole number, got '2.5'" \
  "$lunette" run planar --quick --viz=off --hidden 2.5 </dev/null
for name in $("$lunette" list | cut -f1); do
  if "$lunette" run "$name" --help </dev/null >out 2>err && grep -q '^Claim: ' out && [ ! -s err ] &&
    grep -qP '^  --seed +1 +\S' out && grep -q '^  --quick ' out; then
    echo "ok run $name --help lists options with their defaults"
  else
    failed=1
    echo "not ok run $name --help: $(head -c 200 out) $(head -c 100 err)"
  fi
done

expect "--out without a folder" 1 "" "--out needs a folder" "$lunette" run planar --quick --viz=off --out </dev/null
expect "--out where nothing can be made" 1 "" "--out: /proc/" "$lunette" run planar --quick --viz=off --out /proc/x </dev/null

# Every project is listed as name<TAB>title, runs quickly, and ends with its claim.
# shellcheck disable=SC2094
if "$lunette" list </dev/null >list && ! grep -qvP '^[a-z][a-z0-9_]*\t\S.*$' list && [ -s list ]; then
  echo "ok list"
else
  failed=1
  echo "not ok list: $(head -c 200 list)"
fi
for name in planar optimizers dinosaurus; do
  timeout 100 "$lunette" run "$name" --quick --viz=off --out "$work/runs" </dev/null >out 2>err
  status=$?
  if [ $status -eq 0 ] && tail -n 1 out | grep -qP "^claim\t$name\t\S+\t[-0-9.e]+\t[<>]= [-0-9.e]+\t(ok|short: .*)$"; then
    echo "ok run $name --quick"
  else
    failed=1
    echo "not ok run $name --quick: status $status, $(tail -n 1 out) $(head -c 300 err | tr '\n' '|')"
  fi
done

# Scripts by their path: an edited copy, `lib` beside it, new projects, a claim that falls short.
mkdir -p copies/lib scripts own/scripts
cat >copies/mine.lua <<'END'
--- Mine: a project in a file of its own.
-- Claim: the value is at least 1.
local opt = lunette.options {
  size = 2,               -- what is reached
  range = { size = { 0 } },
  quick = { size = 3 },
}
print(require "lib.points" == "beside", select("#", ...), opt.size)
return { value = opt.size, above = 1 }
END
echo 'return "beside"' >copies/lib/points.lua
sed 's/Mine/Anew/; /require/d' copies/mine.lua >scripts/anew.lua
sed 's/Mine/Other/; /require/d' copies/mine.lua >own/scripts/other.lua
echo 'print "no project"' >scripts/plain.lua
line=$'claim\tmine\tvalue\t2\t>= 1\tok'
expect "a script by its path: lib beside it, its options, its claim" 0 $'true\t0\t2\n'"$line" "" "$lunette" copies/mine.lua </dev/null
expect "run FILE is the same" 0 $'true\t0\t2\n'"$line" "" "$lunette" run copies/mine.lua </dev/null
expect "its flags" 0 $'true\t1\t5\n'"${line/	2	/	5	}" "" "$lunette" copies/mine.lua --size=5 </dev/null
expect "its --quick" 0 $'true\t1\t3\n'"${line/	2	/	3	}" "" "$lunette" copies/mine.lua --quick </dev/null
expect "an option that it has not" 1 "" "unknown option --sise. Did you mean --size?" "$lunette" copies/mine.lua --sise 3 </dev/null
expect "a word that is no option" 1 "" "'5' is not an option" "$lunette" copies/mine.lua 5 </dev/null
equal_help=$("$lunette" copies/mine.lua --help </dev/null | head -n 3 | tail -n 1)
expect "its --help" 0 "  --size         2        what is reached (--quick: 3)" "" echo "$equal_help"
expect "a claim that falls short is status 0" 0 $'true\t1\t0\nclaim\tmine\tvalue\t0\t>= 1\tshort: value' "" \
  "$lunette" copies/mine.lua --size=0 </dev/null
expect "with --strict status 3" 3 $'true\t2\t0\nclaim\tmine\tvalue\t0\t>= 1\tshort: value' "" \
  "$lunette" copies/mine.lua --size=0 --strict </dev/null
expect "run --strict too" 3 $'claim\tanew\tvalue\t0\t>= 1\tshort: value' "" "$lunette" run anew --size 0 --strict </dev/null
expect "--strict of a claim that holds" 0 $'claim\tanew\tvalue\t2\t>= 1\tok' "" "$lunette" run anew --strict </dev/null
expect "new projects in ./scripts and LUNETTE_PATH are listed" 0 $'anew\tAnew: a project in a file of its own.\nother\tOther: a project in a file of its own.' "" \
  sh -c "LUNETTE_PATH=own '$lunette' list | grep -E '^(anew|other|plain)'" </dev/null
"$lunette" -e 'io.write(lunette.file "scripts/planar.lua", "-- edited\n")' >scripts/planar.lua </dev/null
expect "a copy of a project in ./scripts is said to differ" 0 "" "planar; scripts/planar.lua differs: lunette run scripts/planar.lua" \
  sh -c "'$lunette' run planar --help >help" </dev/null
expect "a file that is not there" 1 "" "nosuch.lua: No such file" "$lunette" run copies/nosuch.lua </dev/null
expect "a script that returns a table and asks for no options is no project" 0 "" "" "$lunette" -e '
  local f = io.open("plain.lua", "w") f:write("return { value = 1, above = 2 }") f:close()' </dev/null
expect "and prints no claim" 0 "" "" "$lunette" plain.lua </dev/null
printf 'x = 5\n' >start.lua
expect "-i FILE with a pipe ends at its end" 0 $'5\n6' "   ?name explains   ^D leaves" \
  sh -c "printf 'x\nprint(x +\n1)\n' | timeout 10 '$lunette' --norc -i start.lua"
expect ":run FILE with options" 0 $'true\t1\t7\nclaim\tmine\tvalue\t7\t>= 1\tok' "^D leaves" \
  sh -c "echo ':run copies/mine.lua --size=7' | timeout 10 '$lunette' --norc -i /dev/null"
exit "$failed"
