/* onnxruntime.js FOLDER: runs FOLDER/N.onnx in ONNX Runtime on N.inK.npy and compares with N.outK.npy, for onnxruntime.sh. */
const ort = require('onnxruntime-node'), fs = require('fs'), path = require('path');
const folder = process.argv[2];
const kinds = { '<f4': ['float32', Float32Array], '<f8': ['float64', Float64Array], '<i8': ['int64', BigInt64Array],
  '<i4': ['int32', Int32Array], '|u1': ['uint8', Uint8Array], '|b1': ['bool', Uint8Array] };

function npy(file) {
  const bytes = fs.readFileSync(file), end = 10 + bytes.readUInt16LE(8), head = bytes.toString('latin1', 10, end);
  const shape = head.match(/'shape': *\(([^)]*)\)/)[1].split(',').filter(s => s.trim()).map(Number);
  const [type, List] = kinds[head.match(/'descr': *'([^']*)'/)[1]];
  return { shape, type, data: new List(bytes.buffer.slice(bytes.byteOffset + end, bytes.byteOffset + bytes.length)) };
}

/* The largest difference, of 1 + the wanted number. */
function off(got, want) {
  let most = 0;
  for (let i = 0; i < want.length; i++) {
    const a = Number(got[i]), b = Number(want[i]);
    if (a === b || (a !== a && b !== b)) continue;
    const d = Math.abs(a - b) / (1 + Math.abs(b));
    most = d > most || d !== d ? d : most;
  }
  return most;
}

async function run(base) {
  const session = await ort.InferenceSession.create(base + '.onnx', { logSeverityLevel: 3 }), feeds = {};
  session.inputNames.forEach((name, i) => {
    const x = npy(`${base}.in${i + 1}.npy`);
    feeds[name] = new ort.Tensor(x.type, x.data, x.shape);
  });
  const outputs = await session.run(feeds);
  session.outputNames.forEach((name, i) => {
    const want = npy(`${base}.out${i + 1}.npy`), got = outputs[name];
    if (String(got.dims) !== String(want.shape)) throw new Error(`${name}: [${got.dims}], wanted [${want.shape}]`);
    const d = off(got.data, want.data);
    if (!(d <= 1e-4)) throw new Error(`${name}: off by ${d}`);
  });
}

(async () => {
  const files = fs.readdirSync(folder).filter(f => f.endsWith('.onnx')).sort();
  let bad = files.length === 0 ? 1 : 0;
  for (const f of files) {
    try {
      await run(path.join(folder, f.slice(0, -5)));
    } catch (e) {
      bad++;
      console.log(`not ok ONNX Runtime, ${f}: ${e.message.slice(0, 300)}`);
    }
  }
  if (!bad) console.log(`ok ONNX Runtime gives the same answers for ${files.length} files`);
  process.exit(bad ? 1 : 0);
})();
