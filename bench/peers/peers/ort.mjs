// What the two ONNX Runtimes share: the session, the state fed back each step, the layouts.
import { concat, swapAxes } from '../data.mjs';
import { onnxBlock, onnxModel } from '../onnx.mjs';

/** Why ONNX Runtime cannot do a piece of work, or undefined. */
export const refuses = (work) => (work.kind === 'train' ? 'inference only' : undefined);

/** A runner for a step or a sequence. */
export async function prepare(ort, work, { weights, inputs }, sessionOptions) {
  const bytes = work.kind === 'encoder' ? onnxBlock(work, weights) : onnxModel(work, weights);
  const session = await ort.InferenceSession.create(bytes, sessionOptions);
  const runner = { step: streamRunner, sequence: sequenceRunner, encoder: blockRunner }[work.kind];
  return { ...runner(ort, session, work, inputs), close: () => session.release() };
}

function streamRunner(ort, session, { cell, I, H }, { frames }) {
  const zero = () => new ort.Tensor('float32', new Float32Array(H), [1, 1, H]);
  let h = zero();
  let c = zero();
  const step = async (frame) => {
    const X = new ort.Tensor('float32', frame, [1, 1, I]);
    const feeds = cell === 'lstm' ? { X, initial_h: h, initial_c: c } : { X, initial_h: h };
    const results = await session.run(feeds);
    h = results.Y_h;
    c = results.Y_c;
    return h.data;
  };
  return {
    async output() {
      h = zero();
      c = zero();
      const steps = [];
      for (const frame of frames) steps.push(Float32Array.from(await step(frame)));
      return concat(steps);
    },
    async time(calls) {
      const start = performance.now();
      for (let i = 0; i < calls; i++) await step(frames[i % frames.length]);
      return performance.now() - start;
    },
    /** Milliseconds of each of as many steps as there is room for. */
    async each(times) {
      for (let i = 0; i < times.length; i++) {
        const start = performance.now();
        await step(frames[i % frames.length]);
        times[i] = performance.now() - start;
      }
    },
  };
}

function blockRunner(ort, session, { T, B, H }, { x }) {
  const run = async () => (await session.run({ X: new ort.Tensor('float32', x, [B, T, H]) })).Y.data;
  return {
    output: async () => Float32Array.from(await run()),
    async time(calls) {
      const start = performance.now();
      for (let i = 0; i < calls; i++) await run();
      return performance.now() - start;
    },
  };
}

function sequenceRunner(ort, session, { T, B, I, H }, { x }) {
  const data = swapAxes(x, B, T, I);
  const run = async () => (await session.run({ X: new ort.Tensor('float32', data, [T, B, I]) })).Y.data;
  return {
    output: async () => swapAxes(Float32Array.from(await run()), T, B, H),
    async time(calls) {
      const start = performance.now();
      for (let i = 0; i < calls; i++) await run();
      return performance.now() - start;
    },
  };
}
