// Writes tfjs_files.json: LayersModels that TensorFlow.js saves, and what they give.
//
// Run, once `npm run test:differential` has installed it: node test/golden/tfjs_files.mjs
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { deflateSync } from 'node:zlib';

/** Seeded numbers in [-0.7, 0.9): asymmetric. */
export function numbers(count, seed) {
  let state = seed >>> 0;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state / 2 ** 32) * 1.6 - 0.7;
  });
}

const sizeOf = (shape) => shape.reduce((product, size) => product * size, 1);

/** Gives every weight seeded numbers; what is called a variance is above 0. */
export function fillWeights(tf, model, seed, scale = 1) {
  model.weights.forEach((weight, i) => {
    const data = numbers(sizeOf(weight.shape), seed + 31 * i).map((v) => scale * v);
    const kept = weight.originalName.includes('variance') ? data.map((v) => Math.abs(v) + 0.2) : data;
    weight.write(tf.tensor(kept, weight.shape));
  });
}

/** Inputs for a model; ids where `vocabulary` says below what. */
export function inputsFor(model, seed, vocabulary) {
  return model.inputs.map((input, i) => {
    const shape = [3, ...input.shape.slice(1).map((size) => size ?? 5)];
    const data = numbers(sizeOf(shape), seed + 7 * i);
    if (vocabulary === undefined) return { shape, data };
    return { shape, data: data.map((v) => Math.floor(((v + 0.7) / 1.6) * vocabulary)) };
  });
}

/** What a model gives, as tensors of ours. */
export function outputsOf(tf, model, inputs) {
  const given = inputs.map(({ shape, data }) => tf.tensor(data, shape));
  return [model.predict(given.length === 1 ? given[0] : given)]
    .flat()
    .map((y) => ({ shape: y.shape, data: y.dataSync() }));
}

/** model.json and its weights, as `model.save` hands them over. */
export async function savedFiles(tf, model) {
  let artifacts;
  const kept = { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
  await model.save(
    tf.io.withSaveHandler(async (given) => {
      artifacts = given;
      return kept;
    }),
    { includeOptimizer: model.isTraining },
  );
  const { modelTopology, weightSpecs, weightData, trainingConfig } = artifacts;
  const json = {
    format: 'layers-model',
    generatedBy: 'TensorFlow.js',
    convertedBy: null,
    modelTopology,
    weightsManifest: [{ paths: ['weights.bin'], weights: weightSpecs }],
    ...(trainingConfig && { trainingConfig }),
  };
  return {
    'model.json': new TextEncoder().encode(JSON.stringify(json)),
    'weights.bin': new Uint8Array(weightData),
  };
}

/** Models by name, of every layer that both have. */
export function modelsOf(tf) {
  const L = tf.layers;
  const chain = (layers) => tf.sequential({ layers });
  const frames = { inputShape: [6, 4] };
  return {
    'LSTM with hardSigmoid and sigmoid': () =>
      chain([
        L.lstm({ units: 3, ...frames, returnSequences: true }),
        L.lstm({ units: 2, recurrentActivation: 'sigmoid', activation: 'relu' }),
        L.dense({ units: 2, activation: 'softmax' }),
      ]),
    'GRU backwards': () =>
      chain([L.gru({ units: 3, ...frames, resetAfter: false, goBackwards: true }), L.dense({ units: 2 })]),
    'cells in a stack, a layer at every step': () =>
      chain([
        L.rnn({
          ...frames,
          returnSequences: true,
          cell: [
            L.lstmCell({ units: 3 }),
            L.gruCell({ units: 2, resetAfter: false }),
            L.simpleRNNCell({ units: 2 }),
          ],
        }),
        L.timeDistributed({ layer: L.dense({ units: 3, activation: 'elu' }) }),
        L.globalAveragePooling1d(),
      ]),
    'one cell': () => chain([L.rnn({ ...frames, cell: L.lstmCell({ units: 3 }) })]),
    'both directions, normalisations': () =>
      chain([
        L.bidirectional({
          ...frames,
          layer: L.gru({ units: 2, resetAfter: false, returnSequences: true }),
          mergeMode: 'mul',
        }),
        L.layerNormalization(),
        L.batchNormalization(),
        L.flatten(),
        L.dense({ units: 2, activation: 'swish' }),
      ]),
    'convolution, pooling, shapes, activations': () =>
      chain([
        L.conv1d({ inputShape: [9, 3], filters: 4, kernelSize: 3, padding: 'same', activation: 'selu' }),
        L.conv1d({ filters: 4, kernelSize: 2, dilationRate: 2, padding: 'valid', activation: 'hardSigmoid' }),
        L.maxPooling1d({ poolSize: 2 }),
        L.averagePooling1d({ poolSize: 2 }),
        L.spatialDropout1d({ rate: 0.2 }),
        L.globalMaxPooling1d(),
        L.repeatVector({ n: 3 }),
        L.permute({ dims: [2, 1] }),
        L.reshape({ targetShape: [2, 6] }),
        L.leakyReLU({ alpha: 0.3 }),
        L.reLU({ maxValue: 0.6 }),
        L.flatten(),
        L.thresholdedReLU({ theta: 0.55 }),
        L.softmax(),
      ]),
    'ids and masks': () =>
      chain([
        L.embedding({ inputDim: 5, outputDim: 3, inputLength: 6, maskZero: true }),
        L.lstm({ units: 3, recurrentActivation: 'sigmoid' }),
      ]),
    'states as inputs, shared layers, a model inside': () => {
      const a = tf.input({ shape: [6, 4] });
      const b = tf.input({ shape: [4] });
      const shared = L.dense({ units: 3, activation: 'tanh' });
      const first = L.lstm({ units: 3, returnState: true, returnSequences: true });
      const [y, h, c] = first.apply(a);
      const s = shared.apply(b);
      const second = L.lstm({ units: 3, returnSequences: true }).apply([a, s, c]);
      const product = L.multiply().apply([L.add().apply([y, second]), y]);
      const inner = chain([
        L.dense({ units: 3, inputShape: [6, 3] }),
        L.gru({ units: 2, resetAfter: false }),
      ]);
      const joined = L.concatenate().apply([inner.apply(product), h, shared.apply(b)]);
      return tf.model({
        inputs: [a, b],
        outputs: [
          L.dense({ units: 2 }).apply(joined),
          L.maximum().apply([h, s]),
          L.average().apply([h, s]),
          L.minimum().apply([c, s]),
          L.dot({ axes: -1 }).apply([h, s]),
        ],
      });
    },
  };
}

/** Weights in fewer bits, as the converter stores them. */
function quantised(files, dtype) {
  const json = JSON.parse(new TextDecoder().decode(files['model.json']));
  const [group] = json.weightsManifest;
  const parts = [];
  let at = 0;
  for (const entry of group.weights) {
    const count = sizeOf(entry.shape);
    const values = new Float32Array(files['weights.bin'].slice(at, at + 4 * count).buffer);
    at += 4 * count;
    if (dtype === 'float16') {
      const halves = Uint16Array.from(values, halfBits);
      parts.push(new Uint8Array(halves.buffer));
      entry.quantization = { dtype, original_dtype: 'float32' };
      continue;
    }
    const most = dtype === 'uint8' ? 255 : 65535;
    const min = Math.min(...values);
    const scale = (Math.max(...values) - min) / most || 1;
    const whole = Array.from(values, (v) => Math.round((v - min) / scale));
    const kept = dtype === 'uint8' ? Uint8Array.from(whole) : Uint16Array.from(whole);
    parts.push(new Uint8Array(kept.buffer));
    entry.quantization = { dtype, min, scale, original_dtype: 'float32' };
  }
  return {
    'model.json': new TextEncoder().encode(JSON.stringify(json)),
    'weights.bin': new Uint8Array(Buffer.concat(parts)),
  };
}

/** The bits of a normal half next to a number towards zero. */
function halfBits(value) {
  const bits = new DataView(new Float32Array([value]).buffer).getUint32(0, true);
  const exponent = ((bits >>> 23) & 255) - 112;
  return exponent <= 0 ? 0 : ((bits >>> 16) & 0x8000) | (exponent << 10) | ((bits >>> 13) & 1023);
}

const listed = ({ shape, data }) => ({ shape, data: [...data] });
const packed = (files) =>
  Object.fromEntries(
    Object.entries(files).map(([name, bytes]) => [name, deflateSync(bytes, { level: 9 }).toString('base64')]),
  );

/** A model once more from other files. */
async function loaded(tf, files) {
  const json = JSON.parse(new TextDecoder().decode(files['model.json']));
  const { modelTopology, weightsManifest } = json;
  const weightSpecs = weightsManifest.flatMap(({ weights }) => weights);
  const parts = weightsManifest.flatMap(({ paths }) => paths.map((path) => files[path]));
  const weightData = new Uint8Array(Buffer.concat(parts)).buffer;
  return tf.loadLayersModel(tf.io.fromMemory({ modelTopology, weightSpecs, weightData }));
}

export { loaded as loadedModel };

async function write() {
  const tf = await import('../differential/node_modules/@tensorflow/tfjs/dist/tf.node.js').then(
    (module) => module.default ?? module,
  );
  const cases = [];
  const add = async (name, model, files) => {
    const inputs = inputsFor(model, 77, name.startsWith('ids') ? 5 : undefined);
    const outputs = outputsOf(tf, model, inputs);
    cases.push({ name, files: packed(files), inputs: inputs.map(listed), outputs: outputs.map(listed) });
  };
  for (const [name, make] of Object.entries(modelsOf(tf))) {
    const model = make();
    fillWeights(tf, model, cases.length + 1);
    await add(name, model, await savedFiles(tf, model));
    if (cases.length > 1) continue;
    for (const dtype of ['uint8', 'uint16', 'float16']) {
      const files = quantised(await savedFiles(tf, model), dtype);
      await add(`weights of ${dtype}`, await loaded(tf, files), files);
    }
  }
  const target = fileURLToPath(new URL('tfjs_files.json', import.meta.url));
  writeFileSync(target, `${JSON.stringify({ tfjs: tf.version.tfjs, cases })}\n`);
  console.log(cases.length, 'cases,', JSON.stringify({ cases }).length, 'bytes');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await write();
