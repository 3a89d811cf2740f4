#!/bin/bash
# house.sh [ROOT]: the directions of the house (README, "How it is built"): what files include and require, and whose
# functions and data the objects of the program use.  Fails on an arrow that runs up, on a circle of files, and on a
# library used beside its place.  ROOT: another tree than this one; tests/house_faults.sh plants faults in a copy.
cd "${1:-$(dirname "$0")/..}" || exit 1
build=$(dirname "${LUNETTE:-build/lunette}")

# A room, and the rooms that it may use directly; what those use it may use too.
floors='
tensor/kernel
tensor              tensor/kernel
tensor/loop         tensor
tensor/op           tensor/loop
tensor/files        tensor
tensor/files/apart  tensor/files
nn/kernel           tensor/kernel
nn/conv             nn/kernel tensor/loop
nn/data             tensor/files
nn/dist             tensor
nn                  nn/conv tensor/op
viz
viz/panel           viz
viz/window          viz/panel
vm                  nn
vm/embed
vm/bind             vm nn/data nn/dist viz/window
vm/prompt           vm/bind
'
done='tensor|nn|viz|vm' # rooms whose objects obey

# A library, and the files that may include its headers.  C's own and POSIX's are everybody's; any other is a fault.
libraries='
(lua|lauxlib|lualib)\.h    ^vm/
(SDL2/)?SDL(_.*)?\.h       ^(viz/window/sdl\.h|tensor/files/image_sdl\.c)$
readline/.*                ^vm/prompt/
cblas\.h                   ^tensor/loop/product\.c$
fftw3\.h                   ^tensor/loop/fft\.c$
cairo(-svg|-pdf)?\.h       ^viz/
pango/.*                   ^viz/letters\.c$
sndfile\.h                 ^tensor/files/audio\.c$
cjson/.*                   ^(tensor/files|vm/bind)/
zlib\.h                    ^tensor/files/
(zip|hdf5|matio|libav[a-z]+/.*|libsw[a-z]+/.*)(\.h)?  ^tensor/files/apart/
espeak-ng/.*               ^tensor/files/apart/speech\.c$
omp\.h                     ^tensor/parallel\.c$
immintrin\.h               ^(tensor|nn)/kernel/
cpuid\.h                   ^tensor/kernel/choose\.c
'
everybodys='^((assert|ctype|dirent|dlfcn|errno|fcntl|float|inttypes|libgen|limits|locale|math|poll|pthread|sched|semaphore)\.h|(setjmp|signal|spawn|stdalign|stdarg|stdatomic|stdbool|stddef|stdint|stdio|stdlib|string|strings|time)\.h|(unistd|wchar)\.h|sys/(ioctl|mman|prctl|resource|socket|stat|types|wait)\.h)$'

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
files() { find tensor nn viz vm -name '*.[ch]' -o -name '*.def'; }
chunks() { find nn/lua vm/lua scripts -name '*.lua'; }

report() { # NAME: passed when nothing comes in
  if grep . >"$work/found"; then
    echo "not ok $1"
    sed 's/^/    /' "$work/found"
    touch "$work/failed" # a variable would stay in the pipeline's process
  else
    echo "ok $1"
  fi
}

# What is left when files that use no other, again and again, have gone, lies in a circle or above one.
circles() {
  awk '$1 != $2 { from[NR] = $1; to[NR] = $2; out[$1]++ }
    END {
      do { gone = 0
        for (i in from) if (!out[to[i]]) { out[from[i]]--; delete from[i]; gone = 1 }
      } while (gone)
      do { gone = 0; split("", in_)
        for (i in from) in_[to[i]] = 1
        for (i in from) if (!in_[from[i]]) { delete from[i]; gone = 1 }
      } while (gone)
      for (i in from) print from[i] " uses " to[i]
    }' | sort -u
}

# FILE INCLUDED, as paths: beside the file (../ too), else the header of that name; "?" and its name when there is none.
files >"$work/files"
xargs grep -HoE '^[ \t]*#[ \t]*include[ \t]*"[^"]*"' <"$work/files" | sed -E 's/:[^"]*"/ /; s/"$//' |
  awk -v list="$work/files" '
    BEGIN { while ((getline path < list) > 0) { n = split(path, part, "/"); at[part[n]] = path; has[path] = 1 } }
    { to = $1; sub("[^/]*$", $2, to); while (sub("[^/]*/\\.\\./", "", to)); n = split($2, part, "/")
      print $1, has[to] ? to : part[n] in at ? at[part[n]] : "?" $2 }' >"$work/includes"
xargs grep -HoE '^[ \t]*#[ \t]*include[ \t]*<[^>]*>' <"$work/files" | sed -E 's/:[^<]*</ /; s/>$//' >"$work/outside"

# CHUNK REQUIRED, as paths.
chunks | xargs grep -HoE "\\brequire *\\(? *[\"'][a-z0-9_]+\\.[a-z0-9_.]+[\"']" | sed -E "s/:require *\\(? *[\"']/ /; s/.$//" |
  awk '{ path = $2; gsub("\\.", "/", path); sub("^(nn|vm)/", "&lua/", path); sub("^lib/", "scripts/lib/", path)
    print $1, path ".lua" }' | sort -u >"$work/requires"

# FILE USED, as paths of sources, by the symbols of the objects that this build consists of.
sed -n 's/.*"command": .* -o \([^ ]*\.dir\/\(tensor\|nn\|viz\|vm\)\/[^ ]*\.o\) .*/\1/p' "$build/compile_commands.json" |
  grep -v '/embed\.dir/' >"$work/objects"
(cd "$build" && xargs nm -AP) <"$work/objects" 2>/dev/null |
  sed 's/^[^ ]*\.dir\/\([^ ]*\)\.o: /\1 /' |
  awk '$3 == "U" { use[$1 " " $2]; next } $3 ~ /[TDBRVW]/ { home[$2] = $1 }
    END { for (u in use) { split(u, p, " "); if (p[2] in home && home[p[2]] != p[1]) print p[1], home[p[2]] } }' |
  sort -u >"$work/uses"

[ -s "$work/uses" ] || echo "no objects beside $build/compile_commands.json" | report "objects to look at"

sed 's/.*\///' "$work/files" | grep '\.h$' | sort | uniq -d | sed 's/$/ stands for two files/' |
  report "every header has a name of its own"

grep ' ?' "$work/includes" | sed 's/ ?/ includes, which is no file: /' | report "what is included is there"

{ cat "$work/includes" && grep -E "^($done)/" "$work/uses"; } | awk -v floors="$floors" -v list="$work/files" '
  function room(path) { sub("/[^/]*$", "", path); return path }
  BEGIN {
    n = split(floors, line, "\n")
    for (i = 1; i <= n; i++) { k = split(line[i], w, " "); if (k) known[w[1]]
      for (j = 2; j <= k; j++) { may[w[1], w[j]]; for (r in known) if ((w[j], r) in may) may[w[1], r] } }
    while ((getline path < list) > 0) if (!(room(path) in known)) print path " lies in no room"
  }
  { a = room($1); b = room($2) }
  (a in known) && (b in known) && a != b && !((a, b) in may) { print $1 " uses " $2 }' |
  sort -u | report "no arrow runs up"

grep -E "^($done)/" "$work/uses" | circles | report "no circle of files"
circles <"$work/includes" | report "no circle of headers"
circles <"$work/requires" | report "no circle of chunks in Lua"

# Lua: nn/lua uses itself and C's functions, and knows no panel; vm/lua uses itself and what declares a call, and its
# boot.lua opens nn/lua; a project uses scripts/lib and what users have.  The two makers of pages look at all projects.
grep -vE '^(nn/lua/[^ ]* nn/lua/|vm/lua/[^ ]* (vm/lua/|nn/lua/record\.lua$)|vm/lua/boot\.lua nn/lua/|scripts/[^ ]* scripts/lib/)' "$work/requires" |
  grep -vE '^scripts/lib/(gallery|readme_table)\.lua vm/lua/run\.lua$' | sed 's/ / requires /' |
  report "no arrow runs up in Lua"
find nn/lua -name '*.lua' -exec awk '{ line = $0; gsub(/"([^"\\]|\\.)*"/, "", line); gsub(/\[\[[^]]*\]\]/, "", line); sub(/--.*/, "", line) }
  line ~ /(^|[^_.[:alnum:]])viz[.[]/ { print FILENAME ":" FNR ": " $0 }' {} + | report "nn/lua knows no panels"

grep -vE ' (lua|lauxlib|lualib)$' "$work/outside" | awk -v libraries="$libraries" -v everybodys="$everybodys" '
  BEGIN { n = split(libraries, line, "\n"); for (i = 1; i <= n; i++) if (split(line[i], w, " ") == 2) { name[i] = "^" w[1] "$"; place[i] = w[2] } }
  $2 ~ everybodys { next }
  { known = 0
    for (i in name) if ($2 ~ name[i]) { known = 1; if ($1 !~ place[i]) print $1 " includes " $2 }
    if (!known) print $1 " includes " $2 ", which has no row here" }' | report "libraries stay in their files"

# A parameter is read by the name in its PARAMS row; the bytes are for who carries or fills them.
files | grep -vE '^(tensor/op/(op|op_map)\.c|tensor/op/(params|op)\.h|nn/tape\.c|vm/bind/(args|bind_check|bind_op|bind_trace)\.[ch])$' |
  xargs grep -nE '(->|\.)param\b|->param_bytes|\bP_(NUMBER|INT|BOOL|DIM|CHOICE|DTYPE|DRAW|DIMS|SHAPE|INTS)\b' |
  grep -vE '\.param = TAKE[SN]\(' | report "parameters are read by their names"
files | xargs grep -nE '"(not used|unused|only 1)"' | report "no parameter stands for nothing"
# What is multiplied with the scale is a size of the theme's: no number, no constant, no sum with a number in it.  What
# is counted may be there: sizes.legend * s * (lines + 1), 2 * sizes.pad * s.
files | grep '^viz/' | xargs awk '
  function marked(text, out, word) { # every name of the scale as @
    while (match(text, /[A-Za-z_][A-Za-z_0-9]*((->|\.)[A-Za-z_][A-Za-z_0-9]*)*/)) {
      word = substr(text, RSTART, RLENGTH)
      out = out substr(text, 1, RSTART - 1) (word ~ /^(d->s|d\.s|v->scale|scale|s)$/ ? "@" : word)
      text = substr(text, RSTART + RLENGTH)
    }
    return out text
  }
  function number(sum) { # a term of the sum is one
    gsub(/[A-Za-z_][A-Za-z_0-9.>-]*/, "x", sum); gsub(/[<>=]=? [0-9.]+|[0-9.]+f? \* x|x [*\/] [0-9.]+/, "x", sum)
    return sum ~ /[0-9]/
  }
  function plain(text, sum) {
    text = marked(text)
    gsub(/\((double|float|int|size_t)\)/, "", text); gsub(/sizes(\.[a-z_]+)+(\[[01]\])?( \/ [0-9])? \* @/, "size", text)
    do {
      if (text ~ /(^|[^A-Za-z_0-9.])([0-9.]+f?|[A-Z][A-Z_0-9]+) \* @|@ \* [0-9]|rect_inset\([^()]*, -?[1-9][0-9.]*\)/) return 1
      for (sum = text; match(sum, /\([^()]*\) \* @|@ \* \([^()]*\)/); sum = substr(sum, RSTART + RLENGTH))
        if (number(substr(sum, RSTART, RLENGTH))) return 1
    } while (gsub(/[A-Za-z_0-9]*\([^()]*\)/, "x", text))
    return 0
  }
  FNR == 1 { statement = "" }
  { gsub(/"([^"\\]|\\.)*"|\/\*.*\*\//, ""); if (statement == "") at = FNR; statement = statement " " $0 }
  /[;{}]|^#|^$/ { gsub(/  +/, " ", statement); if (plain(statement)) print FILENAME ":" at ": " statement; statement = "" }' |
  report "sizes in pixels stand in the theme"
# Records and rows of tables are set by hand, so no formatter keeps their width.
{ files | grep -E '/op_[^/]*\.c$' | xargs awk '/^const Op /, /;$/ { if (length > 110) print FILENAME ":" FNR ": " $0 }'
  files | grep '\.def$' | xargs awk '!/^ ?[\/ ]\*/ && length > 110 { print FILENAME ":" FNR ": " $0 }'; } |
  report "op records and rows of tables are at most 110 columns wide"
# A function fits a screen: from its first line at the margin to its end there.
chunks | xargs awk 'FNR == 1 { at = 0 }
  /^(local function|function|return function|local [a-z_]+ = function)/ && !/end *$/ { at = FNR; head = $0 }
  /^end/ { if (at && FNR - at >= 60) print FILENAME ":" at ": " head " ... of " FNR - at + 1 " lines"; at = 0 }' | report "no function in Lua is longer than 60 lines"
# The fields of a record, with those of the macros in it, stand as struct Op has them.
files | grep -E '/op_[^/]*\.c$' | xargs awk '
  function fields(text, name, found) { # those that text sets, as their places in struct Op
    gsub(/"([^"\\]|\\.)*"/, "", text)
    while (match(text, /\.[a-z_]+ =|[A-Za-z_]+/)) {
      name = substr(text, RSTART, RLENGTH); text = substr(text, RSTART + RLENGTH)
      if (name ~ /^\./) { name = substr(name, 2, length(name) - 3); if (name in place) found = found " " place[name] }
      else if (name in macro) found = found macro[name]
    }
    return found
  }
  function look(what, text, at, n, i) {
    n = split(fields(text), at, " ")
    for (i = 2; i <= n; i++)
      if (at[i] < at[i - 1] + 0) print FILENAME ": " what ": ." order[at[i]] " stands behind ." order[at[i - 1]]
    if (n < 3) print FILENAME ": " what ": no record that can be looked at"
  }
  BEGIN {
    while ((getline line < "tensor/op/op.h") > 0)
      if (line ~ /^struct Op \{/) inside = 1
      else if (line ~ /^};/) inside = 0
      else if (inside) all = all line " "
    gsub(/\/\*[^*]*(\*[^*\/][^*]*)*\*\//, "", all)
    n = split(all, part, ";")
    for (i = 1; i < n; i++) {
      if (match(part[i], /\(\*[a-z_]+\)/)) part[i] = substr(part[i], RSTART + 2, RLENGTH - 3)
      m = split(part[i], each, ",")
      for (k = 1; k <= m; k++) {
        sub(/\[.*/, "", each[k]); sub(/.*[ *]/, "", each[k])
        place[each[k]] = ++known; order[known] = each[k]
      }
    }
  }
  FNR == 1 { split("", macro) }
  { line = line_before $0 }
  /\\$/ { sub(/\\$/, "", line); line_before = line; next }
  { line_before = "" }
  line ~ /^#define / {
    name = rest = substr(line, 9)
    sub(/[^A-Za-z_0-9].*/, "", name); sub(/^[A-Za-z_0-9]+(\([^)]*\))?/, "", rest)
    if (rest ~ /const Op op_/) look("the record of " name, rest)
    else { found = fields(rest); if (found != "") macro[name] = found }
  }
  line ~ /^const Op op_/ { record = ""; open = line; sub(/ =.*/, "", open) }
  open { record = record " " line; if (line ~ /;$/) { look(open, record); open = "" } }' |
  report "op records keep the order of struct Op"
# A fault that mutate.sh is to plant has its line once in its file, until somebody changes the line.
[ ! -f tests/mutations.txt ] || awk '
  /^(#|$)/ { next }
  /^[^ ]/ { name = $0; row = 0; next }
  { row++; text = substr($0, 3) }
  row == 1 { file = text }
  row == 2 { found = 0; while ((getline line < file) > 0) found += index(line, text) > 0; close(file)
    if (found != 1) print name ": in " file " there are " found " lines with " text }' tests/mutations.txt |
  report "planted faults have their line"
[ ! -e "$work/failed" ]
