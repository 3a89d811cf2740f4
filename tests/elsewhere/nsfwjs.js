/* nsfwjs.js FOLDER: what TensorFlow.js computes with the trained networks of npm's nsfwjs (MobileNetV2, InceptionV3, with
 * their Keras configurations), for nsfwjs.sh: FOLDER/NAME.json, its configuration; FOLDER/NAME.safetensors, its weights,
 * out of their bytes; FOLDER/NAME.txt, the answers for the picture ((7 i) mod 251) / 125 - 1. */
const tf = require('@tensorflow/tfjs'), fs = require('fs'), path = require('path');
const folder = process.argv[2], models = path.join(path.dirname(require.resolve('nsfwjs')), '..', 'models');
const load = (name, file) => { const m = require(path.join(models, name, file)); return m.default || m; };

function numbers(spec, bytes, at) {
  const n = spec.shape.reduce((a, b) => a * b, 1), q = spec.quantization;
  if (!q) return [new Float32Array(bytes.slice(at, at + 4 * n)), 4 * n];
  return [Float32Array.from(new Uint8Array(bytes, at, n), v => v * q.scale + q.min), n];
}

function safetensors(file, specs, bytes) {
  const header = {}, parts = [];
  let at = 0, end = 0;
  for (const spec of specs) {
    const [values, taken] = numbers(spec, bytes, at), data = Buffer.from(values.buffer);
    header[spec.name] = { dtype: 'F32', shape: spec.shape, data_offsets: [end, end + data.length] };
    at += taken;
    end += data.length;
    parts.push(data);
  }
  const text = Buffer.from(JSON.stringify(header)), size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(text.length));
  fs.writeFileSync(file, Buffer.concat([size, text, ...parts]));
}

async function one(name, shards, side) {
  const model = load(name, 'model.min.js'), specs = [].concat(...model.weightsManifest.map(g => g.weights));
  const all = Buffer.concat(shards.map(s => Buffer.from(load(name, s), 'base64')));
  const bytes = all.buffer.slice(all.byteOffset, all.byteOffset + all.length);
  const net = await tf.loadLayersModel(tf.io.fromMemory({ modelTopology: model.modelTopology, weightSpecs: specs, weightData: bytes }));
  const x = tf.range(0, side * side * 3, 1, 'float32').mul(7).mod(251).div(125).sub(1).reshape([1, side, side, 3]);
  fs.writeFileSync(path.join(folder, name + '.txt'), Array.from(await net.predict(x).data()).join(' ') + '\n');
  fs.writeFileSync(path.join(folder, name + '.json'), JSON.stringify(model));
  safetensors(path.join(folder, name + '.safetensors'), specs, bytes);
}

(async () => {
  await one('mobilenet_v2', ['group1-shard1of1.min.js'], 224);
  await one('inception_v3', [1, 2, 3, 4, 5, 6].map(k => `group1-shard${k}of6.min.js`), 299);
})();
