// recurra, the built package, through its public interface.
import { setFlagsFromString } from 'node:v8';
import { blockWeights } from '../block-weights.mjs';
import { concat } from '../data.mjs';

export const id = 'recurra';
export const title = 'recurra';
export const hasThreads = true;
export const refuses = () => undefined;

const HEAP_WARM_UP = 50_000;
const HEAP_PASSES = 5;

/**
 * Options: numerics, threads; int8 quantises the model (relaxed: with the relaxed dot product); bare times the
 * program that `predict` runs, without the copies in and out.
 */
export async function open({ numerics, threads, int8 = false, bare = false }) {
  const recurra = await import('../../../dist/index.js');
  if (numerics === 'relaxed' && !recurra.runtimeInfo().relaxedSimd) {
    setFlagsFromString('--experimental-wasm-relaxed-simd'); // Node 20 has it behind this flag
  }
  const { missing } = await recurra.prepare({ numerics, threads, int8: int8 && numerics === 'relaxed' });
  if (missing.length > 0) throw new Error(missing.join('; '));
  if (int8 && recurra.quantize === undefined) throw new Error('no quantize in this build');
  const modelOptions = { seed: 1, numerics, threads };
  return {
    version: numerics,
    async prepare(work, { weights, inputs }) {
      const make = work.kind === 'encoder' ? buildBlock : build;
      const model = make(recurra, work, weights, work.dropout, modelOptions);
      const close = () => model.close?.();
      if (work.kind === 'train') {
        const checked = () => build(recurra, work, weights, 0, modelOptions);
        return { ...trainRunner(recurra, work, model, checked, inputs), close };
      }
      const network = int8 ? recurra.quantize(model) : model;
      if (work.kind === 'step') return { ...streamRunner(network, inputs), close };
      return { ...sequenceRunner(recurra, work, network, inputs, bare), close };
    },
  };
}

function build(recurra, work, weights, rate, options) {
  const { input, sequential, lstm, gru, dense, dropout } = recurra;
  const { kind, cell, I, H, T, D, resetAfter = true } = work;
  const isTraining = kind === 'train';
  const name = 'recurrent';
  const common = { units: H, returnSequences: !isTraining, name };
  const layer = cell === 'lstm' ? lstm(common) : gru({ ...common, resetAfter });
  const head = () => [
    dense({ units: D, activation: 'relu', name: 'dense1' }),
    dropout({ rate }),
    dense({ units: 1, activation: 'sigmoid', name: 'dense2' }),
  ];
  const start = input({ shape: [kind === 'step' ? null : T, I] });
  const model = sequential([start, layer, ...(isTraining ? head() : [])], options);
  const shapes = model.getWeights();
  const set = (key, data) => recurra.tensor(data, shapes[key].shape);
  const named = {};
  for (const part of ['kernel', 'recurrentKernel', 'bias']) {
    named[`${name}.${part}`] = set(`${name}.${part}`, weights[part]);
  }
  if (isTraining) {
    for (const n of [1, 2]) {
      named[`dense${n}.kernel`] = set(`dense${n}.kernel`, weights[`kernel${n}`]);
      named[`dense${n}.bias`] = set(`dense${n}.bias`, weights[`bias${n}`]);
    }
  }
  model.setWeights(named);
  if (isTraining) {
    model.compile({
      optimizer: recurra.adam({ learningRate: work.learningRate, epsilon: work.epsilon }),
      loss: 'binaryCrossentropy',
    });
  }
  return model;
}

function buildBlock(recurra, { T, H, N, F }, weights, _rate, options) {
  const { input, sequential, transformerEncoder } = recurra;
  const block = transformerEncoder({ numHeads: N, intermediateDim: F, name: 'block' });
  const model = sequential([input({ shape: [T, H] }), block], options);
  model.setWeights(blockWeights(weights));
  return model;
}

function streamRunner(model, { frames }) {
  const stream = model.stream();
  const run = (calls) => {
    for (let i = 0; i < calls; i++) stream.step(frames[i % frames.length]);
  };
  return {
    output() {
      stream.reset();
      return concat(frames.map((frame) => stream.step(frame).slice()));
    },
    time(calls) {
      const start = performance.now();
      run(calls);
      return performance.now() - start;
    },
    /** Milliseconds of each of as many steps as there is room for. */
    each(times) {
      for (let i = 0; i < times.length; i++) {
        const start = performance.now();
        stream.step(frames[i % frames.length]);
        times[i] = performance.now() - start;
      }
    },
    /**
     * Bytes by which the heap grows over a number of steps, garbage included, less what measuring no step shows.
     * Compilers put things on the heap too: the smallest of several passes counts.
     */
    heap(calls) {
      const growth = (steps) => {
        globalThis.gc();
        const before = process.memoryUsage().heapUsed;
        run(steps);
        return process.memoryUsage().heapUsed - before;
      };
      for (let pass = 0; pass < HEAP_PASSES; pass++) growth(HEAP_WARM_UP);
      let least = Number.POSITIVE_INFINITY;
      for (let pass = 0; pass < HEAP_PASSES && least > 0; pass++) {
        const idle = growth(0);
        least = Math.min(least, Math.max(0, growth(calls) - idle));
      }
      return least;
    },
  };
}

function sequenceRunner(recurra, { B, T, I }, model, { x }, bare) {
  const shape = [B, T, I];
  const predict = () => model.predict(recurra.tensor(x, shape)).data;
  const output = () => predict().slice();
  if (!bare) return { output, time: (calls) => timed(calls, predict) };
  const program = model.inferenceProgram(B, { inputShapes: [[T, I]], lengths: [false] });
  return { output, time: (calls) => timed(calls, () => model.runInference(program)) };
}

function trainRunner(recurra, work, model, checked, inputs) {
  const x = recurra.tensor(inputs.x, [work.B, work.T, work.I]);
  const y = recurra.tensor(inputs.y, [work.B, 1]);
  return {
    output() {
      const plain = checked();
      const losses = Array.from({ length: work.checkSteps }, () => plain.trainOnBatch(x, y).loss);
      const output = concat([losses, plain.predict(x).data]);
      plain.close?.();
      return output;
    },
    time: (calls) => timed(calls, () => model.trainOnBatch(x, y)),
  };
}

function timed(calls, run) {
  const start = performance.now();
  for (let i = 0; i < calls; i++) run();
  return performance.now() - start;
}
