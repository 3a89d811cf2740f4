#!/bin/bash
# chromium.sh: the page of viz.save "x.html" in a browser: its curves are drawn, zoomed by the wheel, and its slider looks
# back.  Leaves itself out, with a line, where chromium is not installed.
cd "$(dirname "$0")/../.." || exit 1
if ! command -v chromium >/dev/null; then
  echo "ok chromium: left out, it is not installed"
  exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/make.lua" <<'END'
viz.mode "files"
viz.folder(lunette.path .. "/pictures")
viz.title "a page"
for k = 1, 40 do
  viz.plot("loss/train", 1 / k)
  viz.plot("loss/val", 1.5 / k)
  viz.image("picture", tensor.full({ 4, 4, 3 }, k / 40))
  viz.describe()
  local till = lunette.clock() + 0.005
  while lunette.clock() < till do end
end
assert(viz.save(lunette.path .. "/page.html"))
END
sed -i "s|lunette.path|'$work'|" "$work/make.lua"
"${LUNETTE:-build/lunette}" "$work/make.lua" || exit 1
# A copy whose wheel turns over the middle of the first plot.
sed 's|^look();$|look(); { const s = document.querySelector("svg"), r = s.getBoundingClientRect(); s.dispatchEvent(new WheelEvent("wheel", { deltaY: -600, clientX: r.left + r.width / 2, clientY: r.top + r.height / 2 })) }|' \
  "$work/page.html" >"$work/zoomed.html"
failed=0
page() { # FILE: the document as the script has made it
  timeout 60 chromium --headless --no-sandbox --disable-gpu --user-data-dir="$work/profile" --virtual-time-budget=2000 \
    --dump-dom "file://$work/$1" 2>/dev/null | sed '/^<script>/,/^<\/script>/d'
}
see() { # WHAT TEXT PATTERN
  if grep -q -e "$3" <<<"$2"; then echo "ok chromium: $1"; else
    echo "not ok chromium: $1"
    failed=1
  fi
}
now=$(page page.html) past=$(page 'page.html#at=0.5') zoomed=$(page zoomed.html)
see "title" "$now" '<h1>a page</h1>'
see "two curves, one of them dashed" "$now" 'stroke-dasharray="5 3"'
see "the last picture" "$now" 'data-state="24"'
see "now, without a cursor" "$(grep -c 'class="cursor"' <<<"$now")" '^0$'
see "half of the way: an earlier picture" "$past" 'data-state="\([1-9]\|1[0-9]\)"'   # which of the 24: the machine decides
see "half of the way: a cursor on the curves" "$past" 'class="cursor"'
see "whole axis from 0 to 40" "$now" '>40</text>'
see "zoomed: 40 is out of sight" "$(grep -c '>40</text>' <<<"$zoomed")" '^0$'
see "zoomed: curves are still there" "$zoomed" 'stroke-dasharray="5 3"'
exit $failed
