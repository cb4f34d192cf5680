// TensorFlow.js with its WebAssembly backend.
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { concat, gateColumns, swapAxes } from '../data.mjs';
import { versionOf } from '../install.mjs';

export const id = 'tfjs';
export const title = 'tfjs-wasm';

/** Keras's i, f, c, o in the order of tf.basicLSTMCell: i, c, f, o. */
const CELL_ORDER = [0, 2, 1, 3];

export function refuses({ kind, cell, resetAfter = true }) {
  if (kind === 'encoder') return 'has no such block';
  return cell === 'gru' && resetAfter ? 'GRU without resetAfter only' : undefined;
}

export async function open({ threads }) {
  const require = createRequire(import.meta.url);
  const warn = console.warn;
  console.warn = () => {}; // an advertisement for tfjs-node
  const tf = require('@tensorflow/tfjs');
  const wasm = require('@tensorflow/tfjs-backend-wasm');
  wasm.setWasmPaths(`${dirname(require.resolve('@tensorflow/tfjs-backend-wasm'))}/`);
  wasm.setThreadsCount(threads);
  await tf.setBackend('wasm');
  await tf.ready();
  console.warn = warn;
  const makers = { step: streamRunner, sequence: sequenceRunner, train: trainRunner };
  return {
    version: versionOf('@tensorflow/tfjs-backend-wasm'),
    prepare: async (work, { weights, inputs }) => makers[work.kind](tf, work, weights, inputs),
  };
}

/** tf.basicLSTMCell with the weights in place: the fastest LSTM that tfjs has, well ahead of tf.layers.lstm. */
function lstmCell(tf, { I, H }, weights) {
  const columns = (matrix, rows) => gateColumns(matrix, rows, H, CELL_ORDER);
  const kernel = tf.tensor2d(concat([columns(weights.kernel, I), columns(weights.recurrentKernel, H)]), [
    I + H,
    4 * H,
  ]);
  const bias = tf.tensor1d(columns(weights.bias, 1));
  const forgetBias = tf.scalar(0);
  return (x, c, h) => tf.basicLSTMCell(forgetBias, kernel, bias, x, c, h);
}

function streamRunner(tf, work, weights, { frames }) {
  const { I, H } = work;
  const cell = lstmCell(tf, work, weights);
  const zeros = () => [tf.zeros([1, H]), tf.zeros([1, H])];
  let [c, h] = zeros();
  const step = (frame) => {
    const next = tf.tidy(() => cell(tf.tensor2d(frame, [1, I]), c, h));
    c.dispose();
    h.dispose();
    [c, h] = next;
    return h.dataSync();
  };
  return {
    output() {
      [c, h] = zeros();
      return concat(frames.map((frame) => Float32Array.from(step(frame))));
    },
    time: (calls) => timed(calls, (i) => step(frames[i % frames.length])),
  };
}

function recurrentLayer(tf, { cell, I, H, T }, returnSequences) {
  const options = {
    units: H,
    inputShape: [T, I],
    returnSequences,
    recurrentActivation: 'sigmoid',
    recurrentInitializer: 'zeros', // overwritten; the default is slow to make
  };
  return cell === 'lstm' ? tf.layers.lstm(options) : tf.layers.gru({ ...options, resetAfter: false });
}

function recurrentWeights(tf, work, { kernel, recurrentKernel, bias }) {
  const N = (work.cell === 'lstm' ? 4 : 3) * work.H;
  return [tf.tensor2d(kernel, [work.I, N]), tf.tensor2d(recurrentKernel, [work.H, N]), tf.tensor1d(bias)];
}

/**
 * An LSTM is a loop of cells over frames that are tensors from the start: taking them out of one large tensor
 * costs tfjs-wasm more than the cells do. A GRU is the layer: there is no cell of its own for it.
 */
function sequenceRunner(tf, work, weights, { x }) {
  const outputs = work.cell === 'lstm' ? cellLoop(tf, work, weights, x) : layerModel(tf, work, weights, x);
  const run = () => {
    const tensor = outputs();
    const data = tensor.dataSync(); // not inside tidy, which would look for tensors in every element
    tensor.dispose();
    return data;
  };
  return { output: () => Float32Array.from(run()), time: (calls) => timed(calls, run) };
}

function cellLoop(tf, work, weights, x) {
  const { B, T, I, H } = work;
  const cell = lstmCell(tf, work, weights);
  const timeMajor = swapAxes(x, B, T, I);
  const frames = Array.from({ length: T }, (_, t) => timeMajor.subarray(t * B * I, (t + 1) * B * I));
  return () =>
    tf.tidy(() => {
      let state = [tf.zeros([B, H]), tf.zeros([B, H])];
      const steps = frames.map((frame) => {
        state = tf.tidy(() => cell(tf.tensor2d(frame, [B, I]), ...state));
        return state[1];
      });
      return tf.stack(steps, 1);
    });
}

function layerModel(tf, work, weights, x) {
  const model = tf.sequential({ layers: [recurrentLayer(tf, work, true)] });
  model.setWeights(recurrentWeights(tf, work, weights));
  const shape = [work.B, work.T, work.I];
  return () => tf.tidy(() => model.predict(tf.tensor3d(x, shape)));
}

function trainModel(tf, work, weights, rate) {
  const { layers } = tf;
  const model = tf.sequential({
    layers: [
      recurrentLayer(tf, work, false),
      layers.dense({ units: work.D, activation: 'relu' }),
      layers.dropout({ rate }),
      layers.dense({ units: 1, activation: 'sigmoid' }),
    ],
  });
  model.setWeights([
    ...recurrentWeights(tf, work, weights),
    ...[tf.tensor2d(weights.kernel1, [work.H, work.D]), tf.tensor1d(weights.bias1)],
    ...[tf.tensor2d(weights.kernel2, [work.D, 1]), tf.tensor1d(weights.bias2)],
  ]);
  model.compile({
    optimizer: tf.train.adam(work.learningRate, 0.9, 0.999, work.epsilon),
    loss: 'binaryCrossentropy',
  });
  return model;
}

function trainRunner(tf, work, weights, inputs) {
  const x = tf.tensor3d(inputs.x, [work.B, work.T, work.I]);
  const y = tf.tensor2d(inputs.y, [work.B, 1]);
  const model = trainModel(tf, work, weights, work.dropout);
  return {
    async output() {
      const plain = trainModel(tf, work, weights, 0);
      const losses = [];
      for (let i = 0; i < work.checkSteps; i++) losses.push(await plain.trainOnBatch(x, y));
      return concat([losses, plain.predict(x).dataSync()]);
    },
    async time(calls) {
      const start = performance.now();
      for (let i = 0; i < calls; i++) await model.trainOnBatch(x, y);
      return performance.now() - start;
    },
  };
}

function timed(calls, run) {
  const start = performance.now();
  for (let i = 0; i < calls; i++) run(i);
  return performance.now() - start;
}
