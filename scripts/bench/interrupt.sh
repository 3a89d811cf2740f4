#!/usr/bin/env bash
# How long each long operation holds back ^C: SIGINT a quarter of a second after its start, until the error is there.
# The limit is 200 ms.       scripts/bench/interrupt.sh [WORD ...]       only cases whose name has a WORD; $LUNETTE
set -u
lunette=${LUNETTE:-build/lunette}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export OMP_WAIT_POLICY=${OMP_WAIT_POLICY:-passive}

# name | what is made before | what is interrupted
cases='
matrix product     | a = tensor.randn(7000, 7000)                                        | a:mm(a)
matrix product f64 | a = tensor.randn{5000, 5000, dtype = "f64"}                         | a:mm(a)
batched product    | a = tensor.randn(4000, 256, 256)                                    | a:bmm(a)
einsum             | a, b = tensor.randn(600, 400, 40), tensor.randn(40, 400, 600)       | tensor.einsum("abc,cbd->ad", a, b); for _ = 1, 50 do tensor.einsum("abc,cde->abde", a["1:60, 1:60"], b["1:40, 1:60, 1:60"]) end
inverse            | a = tensor.randn(5000, 5000)                                        | a:inverse()
solve              | a = tensor.randn(6000, 6000)                                        | a:solve(a)
svd                | a = tensor.randn(2000, 2000)                                        | a:svd()
eigh               | a = tensor.randn(2500, 2500)                                        | a:eigh()
attention          | q = tensor.randn(2, 16, 12000, 64)                                  | nn.attention(q, q, q)
conv 3x3           | x, w = tensor.randn(32, 224, 224, 64), tensor.randn(3, 3, 64, 256)  | nn.conv2d{x, w, padding = 1}
conv 3x3 stride 2  | x, w = tensor.randn(64, 224, 224, 64), tensor.randn(3, 3, 64, 256)  | nn.conv2d{x, w, padding = 1, stride = 2}
conv 3x3 f64       | x, w = tensor.randn{8, 224, 224, 64, dtype = "f64"}, tensor.randn{3, 3, 64, 128, dtype = "f64"} | nn.conv2d{x, w, padding = 1}
transposed conv    | x, w = tensor.randn(32, 112, 112, 128), tensor.randn(3, 3, 128, 64) | nn.conv_transpose2d{x, w, stride = 2, padding = 1}
lstm               | net = nn.LSTM(512, 512) x = tensor.randn(64, 400, 512)              | net(x)
gru                | net = nn.GRU(512, 512) x = tensor.randn(64, 400, 512)               | net(x)
training step      | net = nn.Sequential{nn.Conv2d{64, 128, 3, padding = 1}, nn.BatchNorm(128), nn.ReLU(), nn.Conv2d{128, 64, 3, padding = 1}} x = tensor.randn(32, 112, 112, 64) | net(x):square():mean():backward()
batch norm         | net = nn.BatchNorm(64) x = tensor.randn(64, 224, 224, 64)           | for _ = 1, 40 do net(x) end
pointwise          | x = tensor.randn(200000000)                                         | for _ = 1, 9 do x:tanh():exp():sin() end
sort               | x = tensor.randn(40000000)                                          | x:sort()
median             | x = tensor.randn(40000000)                                          | for _ = 1, 9 do x:median() end
unique             | x = tensor.randint(1, 1000000, 30000000)                            | x:unique()
cumsum             | x = tensor.randn(20000, 10000)                                      | for _ = 1, 9 do x:cumsum(1) end
fft                | x = tensor.randn(40, 1000003, 2)                                    | x:fft()
stft               | x = tensor.randn(50000000)                                          | audio.stft{x}
resample           | x = tensor.randn(60000000)                                          | for _ = 1, 9 do audio.resample(x, 44100, 16000) end
random numbers     |                                                                     | tensor.randn(700000000)
permutation        |                                                                     | tensor.randperm(60000000)
nms                | b = tensor.rand(30000, 4) b = tensor.cat({b[":, 1:2"], b[":, 1:2"] + 0.001}, 2) s = tensor.rand(30000) | for _ = 1, 20 do nn.boxes.nms(b, s) end
ctc                | x = tensor.randn(64, 2000, 200) t = tensor.randint(2, 200, 64, 300) | for _ = 1, 40 do nn.ctc(x:log_softmax(3), t) end
picture resize     | x = tensor.rand(64, 1024, 1024, 3)                                  | for _ = 1, 9 do data.image.resize(x, 700, 700) end
csv                | f = io.open("FILE.csv", "w") row = ("0.12345,"):rep(200) .. "1\n" for _ = 1, 60000 do f:write(row) end f:close() | data.csv "FILE.csv"
npy                | tensor.save("FILE.npy", tensor.randn(20000, 10000))                 | for _ = 1, 9 do tensor.load "FILE.npy" end
save               | x = tensor.randn(25000, 20000)                                      | tensor.save("FILE.safetensors", {x = x})
hdf5               | tensor.save("FILE.h5", {x = tensor.randn(20000, 5000)})             | for _ = 1, 9 do tensor.load "FILE.h5" end
printing           | t = {} for i = 1, 300000 do t[i] = i end                            | for _ = 1, 1000 do tostring(tensor(t)) end
Lua                |                                                                     | while true do end
pattern            | s = ("a"):rep(30)                                                   | for _ = 1, 1e9 do s:find "b" end
'

measure() { # NAME BEFORE WORK
  local script=$work/case.lua out=$work/out before=${2//FILE/$work/file} run=${3//FILE/$work/file} began
  {
    printf '%s\n' "$before"
    printf 'io.write "go\\n" io.flush() local ok, e = pcall(function() %s end)\n' "$run"
    printf 'io.write(ok and "over\\n" or "stopped " .. tostring(e):sub(1, 40):gsub("\\n.*", "") .. "\\n") io.flush()\n'
  } >"$script"
  : >"$out"
  "$lunette" "$script" >"$out" 2>"$work/err" &
  local pid=$!
  while ! grep -q '^go' "$out" && kill -0 "$pid" 2>/dev/null; do sleep 0.01; done
  sleep 0.25
  began=$(date +%s%N)
  kill -INT "$pid" 2>/dev/null
  while ! grep -q '^stopped\|^over' "$out" && kill -0 "$pid" 2>/dev/null; do sleep 0.002; done
  printf '%-20s %6d ms   %s\n' "$1" $((($(date +%s%N) - began) / 1000000)) "$(tail -n +2 "$out" | head -n 1; head -n 1 "$work/err")"
  wait "$pid" 2>/dev/null
  rm -f "$work"/file*
}

printf '%s\n' "$cases" | while IFS='|' read -r name before run; do
  name=$(echo $name)
  [ -n "$name" ] || continue
  [ $# -eq 0 ] || case " $name" in *"$1"*) ;; *) continue ;; esac
  measure "$name" "$before" "$run" </dev/null
done
