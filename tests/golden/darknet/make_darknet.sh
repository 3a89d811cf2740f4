#!/bin/bash
# make_darknet.sh: the .weights and .txt beside it, by Debian's darknet (apt install darknet gcc), from the .cfg files,
# street.png and the formula in darknet_reference.c.
cd "$(dirname "$0")" || exit 1
program=$(mktemp)
gcc -O1 -I/usr/lib/darknet/include darknet_reference.c -o "$program" /usr/lib/darknet/libdarknet.so \
  -Wl,-rpath,/usr/lib/darknet -lm || exit 1
for name in yolo region classes pool; do
  score=0.3
  [ $name = yolo ] && score=0.8
  "$program" seed $name.cfg $name.weights >/dev/null 2>&1
  "$program" run $name.cfg $name.weights street.png $score 0.4 2>/dev/null | grep -E '^(layer|box)' >$name.txt
done
rm -f "$program"
