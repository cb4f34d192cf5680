import { describe, expect, it } from 'vitest';
import {
  attention,
  bidirectional,
  concatenate,
  conv1d,
  dense,
  embedding,
  gru,
  indRnn,
  input,
  type Layer,
  lstm,
  type Model,
  mgu,
  minGru,
  minLstm,
  model,
  rnn,
  type SymbolicTensor,
  simpleRNN,
  sru,
  type Tensor,
  tensor,
} from '../../src/index.js';
import { bitsOf, giveWeights, samplesOf } from '../harness/bits.js';
import { testData } from '../harness/random.js';
import { prepareThreads, shareEverything, threadsReady } from '../harness/threads.js';

const [N, S, T, F, G] = [6, 9, 7, 3, 4];

type Options = { returnSequences: true; returnState: boolean };

const CELLS: Readonly<Record<string, (units: number, options: Options) => Layer>> = {
  simpleRNN: (units, o) => simpleRNN({ units, ...o }),
  lstm: (units, o) => lstm({ units, ...o }),
  gru: (units, o) => gru({ units, ...o }),
  mgu: (units, o) => mgu({ units, ...o }),
  indRnn: (units, o) => indRnn({ units, ...o }),
  minGru: (units, o) => minGru({ units, ...o }),
  minLstm: (units, o) => minLstm({ units, ...o }),
  sru: (units, o) => sru({ units, ...o }),
  stack: (units, o) => rnn([lstm({ units: 3 }), gru({ units })], o),
};

interface Wiring {
  readonly attends: boolean;
  readonly bothWays?: boolean;
}

/** An encoder, a decoder of two layers that begins where it ends, and attention between them. */
function encoderDecoder(cell: string, { attends, bothWays = false }: Wiring, threads = 1): Model {
  const past = input({ shape: [null, F], name: 'past' });
  const next = input({ shape: [null, G], name: 'next' });
  const units = bothWays ? 5 : 10;
  const layer = CELLS[cell](units, { returnSequences: true, returnState: true });
  const encoder = bothWays ? bidirectional({ layer }) : layer;
  const [encoded, ...states] = encoder.applyAll(past);
  const half = states.length / 2;
  const initialState = bothWays
    ? states.slice(0, half).map((h, i) => concatenate().apply([h, states[half + i]]))
    : states;
  const first =
    cell === 'stack' && bothWays
      ? rnn([lstm({ units: 6 }), gru({ units: 10 })], o(true))
      : CELLS[cell](10, o(true));
  const decoded = first.apply(next, { initialState });
  const h = dense({ units: 10, activation: 'tanh' }).apply(decoded);
  const context = attends ? attention().apply([h, encoded]) : h;
  const both = concatenate().apply([h, context]);
  const second = gru({ units: 5, returnSequences: true }).apply(both);
  const y = dense({ units: G }).apply(second);
  const net = model({ inputs: [past, next], outputs: y, threads }) as unknown as Model;
  giveWeights(net, 7);
  return net;

  function o(returnSequences: true): Options {
    return { returnSequences, returnState: false };
  }
}

/** Frames [N, G] of step t of sequences [N, T, G]. */
function framesAt(x: Float32Array, count: number, steps: number, t: number): Float32Array {
  const width = x.length / (count * steps);
  const frames = new Float32Array(count * width);
  for (let s = 0; s < count; s++) frames.set(samplesOf(samplesOf(x, count, s), steps, t), s * width);
  return frames;
}

/** What a stream gives for all steps, in the order of predict. */
function streamed(
  stream: { step(x: Float32Array): Float32Array },
  x: Float32Array,
  count: number,
  steps = T,
) {
  const outputs = Array.from({ length: steps }, (_, t) =>
    Float32Array.from(stream.step(framesAt(x, count, steps, t))),
  );
  const width = outputs[0].length / count;
  const all = new Float32Array(count * steps * width);
  outputs.forEach((y, t) => {
    for (let s = 0; s < count; s++) all.set(samplesOf(y, count, s), (s * steps + t) * width);
  });
  return all;
}

const past = (seed = 1, count = N, steps = S) => tensor(testData(seed, count * steps * F), [count, steps, F]);
const next = testData(2, N * T * G);

describe.each(Object.keys(CELLS))('a stream over one input of an encoder-decoder, %s', (cell) => {
  it.each([{ attends: false }, { attends: true }, { attends: true, bothWays: true }])(
    'has the bits of the whole: %j',
    (wiring) => {
      const net = encoderDecoder(cell, wiring);
      const lengths = { past: [9, 1, 4, 9, 3, 6] };
      const stream = net.stream({ stepInput: 'next', batchSize: N });
      for (const given of [undefined, lengths]) {
        const whole = net.predict({ past: past(), next: tensor(next, [N, T, G]) }, { lengths: given });
        expect(whole.data.every(Number.isFinite)).toBe(true);
        stream.start(past(), { lengths: given });
        expect(bitsOf(streamed(stream, next, N))).toEqual(bitsOf(whole.data));
      }
    },
  );
});

describe('a stream over one of several inputs', () => {
  const net = encoderDecoder('lstm', { attends: true, bothWays: true });
  const expected = net.predict([past(), tensor(next, [N, T, G])]);

  it('starts again with inputs of another length, and of the same', () => {
    const stream = net.stream({ stepInput: 'next', batchSize: N });
    for (const [seed, steps] of [
      [1, S],
      [3, 2],
      [4, 2],
      [5, 1],
      [6, 40],
      [1, S],
    ]) {
      const given = past(seed, N, steps);
      stream.start({ past: given });
      const whole = net.predict([given, tensor(next, [N, T, G])]);
      expect(bitsOf(streamed(stream, next, N)), `${steps} steps`).toEqual(bitsOf(whole.data));
    }
  });

  it('goes back to its start, and to a state that it had', () => {
    const stream = net.stream({ stepInput: 'next', batchSize: N });
    stream.start(past());
    streamed(stream, next, N);
    stream.reset();
    const middle = 3;
    for (let t = 0; t < middle; t++) stream.step(framesAt(next, N, T, t));
    const state = stream.getState();
    const last = [3, 4, 5, 6].map((t) => Float32Array.from(stream.step(framesAt(next, N, T, t))));
    stream.setState(state);
    const again = [3, 4, 5, 6].map((t) => Float32Array.from(stream.step(framesAt(next, N, T, t))));
    expect(again).toEqual(last);
    expect(bitsOf(last[3])).toEqual(bitsOf(framesAt(expected.data, N, T, 6)));
  });

  it('gives each sample to several rows', () => {
    const stream = net.stream({ stepInput: 'next', batchSize: N });
    const three = past(8, 3);
    stream.start(three);
    const rows = new Float32Array(N * S * F);
    for (let b = 0; b < N; b++) rows.set(samplesOf(three.data as Float32Array, 3, b >> 1), b * S * F);
    const whole = net.predict([tensor(rows, [N, S, F]), tensor(next, [N, T, G])]);
    expect(bitsOf(streamed(stream, next, N))).toEqual(bitsOf(whole.data));
  });

  it.each([[[1, 1, 0, 3, 3, 2]], [[5, 4, 3, 2, 1, 0]], [[0, 0, 0, 0, 0, 0]], [[0, 1, 2, 3, 4, 5]]])(
    'lets rows go on from others: %j',
    (from) => {
      const lengths = { past: [9, 1, 4, 9, 3, 6] };
      const stream = net.stream({ stepInput: 'next', batchSize: N });
      stream.start(past(), { lengths });
      const middle = 4;
      for (let t = 0; t < middle; t++) stream.step(framesAt(next, N, T, t));
      stream.reorder(from);
      // What each row has seen: the past and the first frames of the row that it took over, then its own.
      const seen = new Float32Array(next);
      const moved = new Float32Array(N * S * F);
      from.forEach((source, b) => {
        seen.set(samplesOf(next, N, source).subarray(0, middle * G), b * T * G);
        moved.set(samplesOf(past().data as Float32Array, N, source), b * S * F);
      });
      const own = { past: from.map((source) => lengths.past[source]) };
      const inputs = { past: tensor(moved, [N, S, F]), next: tensor(seen, [N, T, G]) };
      const whole = net.predict(inputs, { lengths: own });
      for (let t = middle; t < T; t++) {
        const y = stream.step(framesAt(next, N, T, t));
        expect(bitsOf(Float32Array.from(y)), `step ${t}`).toEqual(bitsOf(framesAt(whole.data, N, T, t)));
      }
      const mixed = from.some((source, b) => source !== b);
      if (mixed) expect(() => stream.reset()).toThrow('call start(...) again');
      else stream.reset();
      stream.start(past());
      expect(bitsOf(streamed(stream, next, N))).toEqual(bitsOf(expected.data));
    },
  );

  it('takes no memory for starts of lengths that it has had', () => {
    const stream = net.stream({ stepInput: 'next', batchSize: N });
    const used = [S, 3, 12, S, 3, 12, S, 3, 12].map((steps) => {
      stream.start(past(1, N, steps));
      stream.reorder([1, 0, 2, 3, 4, 5]);
      return net.arena.used;
    });
    expect(used.slice(3, 6)).toEqual(used.slice(0, 3));
    expect(used.slice(6)).toEqual(used.slice(0, 3));
  });

  it('has the same bits whatever the threads', async () => {
    await prepareThreads(3);
    const usual = shareEverything();
    const shared = encoderDecoder('lstm', { attends: true, bothWays: true }, 3);
    await threadsReady(shared);
    const stream = shared.stream({ stepInput: 'next', batchSize: N });
    stream.start(past());
    expect(bitsOf(streamed(stream, next, N))).toEqual(bitsOf(expected.data));
    shared.close();
    usual();
  });
});

describe('rows of a causal convolution', () => {
  it('go on from others too', () => {
    const x = input({ shape: [null, G] });
    const layer = conv1d({ filters: 3, kernelSize: 4, padding: 'causal', dilationRate: 2 });
    const net = model({ inputs: x, outputs: layer.apply(x) }) as unknown as Model;
    giveWeights(net, 3);
    const stream = net.stream({ batchSize: N });
    for (let t = 0; t < 4; t++) stream.step(framesAt(next, N, T, t));
    const from = [3, 3, 1, 0, 5, 4];
    stream.reorder(from);
    const seen = new Float32Array(next);
    from.forEach((source, b) => {
      seen.set(samplesOf(next, N, source).subarray(0, 4 * G), b * T * G);
    });
    const whole = net.predict(tensor(seen, [N, T, G]));
    for (let t = 4; t < T; t++) {
      const y = Float32Array.from(stream.step(framesAt(next, N, T, t)));
      expect(bitsOf(y)).toEqual(bitsOf(framesAt(whole.data, N, T, t)));
    }
    stream.reset();
    expect(bitsOf(streamed(stream, next, N))).toEqual(bitsOf(net.predict(tensor(next, [N, T, G])).data));
  });
});

describe('tokens, several outputs and frames that do not count', () => {
  const V = 8;
  const ids = (seed: number, steps: number) =>
    tensor(
      Float32Array.from(testData(seed, N * steps, 0, 1), (v) => 1 + Math.floor(v * (V - 1))),
      [N, steps],
    );

  function translator(maskZero: boolean) {
    const from = input({ shape: [null], name: 'from' });
    const to = input({ shape: [null], name: 'to' });
    const vectors = embedding({ inputDim: V, outputDim: 5, maskZero });
    const [encoded, h, c] = lstm({ units: 6, returnSequences: true, returnState: true }).applyAll(
      vectors.apply(from),
    );
    const decoder = lstm({ units: 6, returnSequences: true });
    const decoded = decoder.apply(vectors.apply(to), { initialState: [h, c] });
    const context = attention().apply([decoded, encoded]);
    const outputs: SymbolicTensor[] = [
      dense({ units: V, activation: 'softmax' }).apply(concatenate().apply([decoded, context])),
      context,
    ];
    const net = model({ inputs: [from, to], outputs });
    giveWeights(net as unknown as Model, 5);
    return net;
  }

  it.each([false, true])('have the bits of the whole, masked: %s', (maskZero) => {
    const net = translator(maskZero);
    const [x, y] = [ids(1, S), ids(2, T)];
    for (const [row, t] of [
      [0, 7],
      [0, 8],
      [3, 8],
    ]) {
      (x.data as Float32Array)[row * S + t] = 0;
    }
    for (const [row, t] of [
      [1, 0],
      [1, 1],
      [2, 3],
      [4, 0],
      [5, 6],
    ]) {
      (y.data as Float32Array)[row * T + t] = 0;
    }
    const whole = net.predict([x, y]) as Tensor[];
    const stream = net.stream({ stepInput: 'to', batchSize: N });
    stream.start({ from: x });
    for (let t = 0; t < T; t++) {
      const got = stream.step(framesAt(y.data as Float32Array, N, T, t));
      expect(got.length).toBe(2);
      got.forEach((view, i) => {
        const all = framesAt(whole[i].data, N, T, t);
        expect(bitsOf(Float32Array.from(view)), `output ${i}, step ${t}`).toEqual(bitsOf(all));
      });
    }
  });

  it('must be ids of the vocabulary', () => {
    const net = translator(false);
    const stream = net.stream({ stepInput: 'to', batchSize: 1 });
    expect(() => stream.start({ from: tensor([1, V], [1, 2]) })).toThrow(
      'input of sample 0, step 1 is 8, expected a whole number from 0 to 7',
    );
    stream.start({ from: tensor([1, 2], [1, 2]) });
    expect(() => stream.step([V])).toThrow('frame[0] is 8, expected a whole number from 0 to 7');
  });
});

describe('what a stream over one of several inputs refuses', () => {
  const net = encoderDecoder('gru', { attends: true });
  const before = net.fingerprint();
  const stream = net.stream({ stepInput: 'next', batchSize: 4 });

  it('no input by steps, or one that is not there', () => {
    expect(() => net.stream()).toThrow("stream: stepInput must be one of 'past', 'next', got undefined");
    expect(() => net.stream({ stepInput: 'nxt' })).toThrow("'next'");
  });

  it('anything before the start', () => {
    for (const call of [
      () => stream.step(new Float32Array(4 * G)),
      () => stream.reset(),
      () => stream.getState(),
      () => stream.setState([]),
      () => stream.reorder([0, 1, 2, 3]),
    ]) {
      expect(call).toThrow('before start: call start({ past }) first');
    }
  });

  it('whole inputs that do not fit, and goes on', () => {
    stream.start(past(1, 4));
    const y = Float32Array.from(stream.step(testData(3, 4 * G)));
    expect(() => stream.start(past(1, 3))).toThrow(
      'stream.start: inputs have 3 samples, expected 4 or a number that divides it',
    );
    expect(() => stream.start({ next: past() })).toThrow("unknown input 'next'");
    expect(() => stream.start(tensor(next, [N, T, G]))).toThrow("stream.start: input 'past' has shape");
    expect(() => stream.start(past(1, 4), { lengths: [1, 2, 3] })).toThrow('lengths has 3 numbers');
    expect(() => stream.start(past(1, 4), { lengths: { past: [1, 2, 3, 10] } })).toThrow('from 0 to 9');
    expect(() => stream.start(past(1, 4), { length: 3 } as never)).toThrow('length');
    expect(() => stream.reorder([0, 1, 2])).toThrow('reorder takes 4 rows');
    expect(() => stream.reorder([0, 1, 2, 4])).toThrow('row 3 is 4, expected a whole number from 0 to 3');
    expect(() => stream.step(new Float32Array(3))).toThrow('frame has 3 values, expected 16');
    stream.reset();
    expect(Float32Array.from(stream.step(testData(3, 4 * G)))).toEqual(y);
    expect(net.fingerprint()).toBe(before);
  });

  it('a start where nothing is given whole', () => {
    const x = input({ shape: [null, F] });
    const plain = model({ inputs: x, outputs: gru({ units: 3 }).apply(x) });
    expect(() => plain.stream({ stepInput: 'input' }).start(past())).toThrow('use reset()');
  });

  it('outputs that do not come by steps, and layers that mix both', () => {
    const a = input({ shape: [T, F], name: 'a' });
    const b = input({ shape: [T, F], name: 'b' });
    const still = dense({ units: 2 }).apply(a);
    const outputs = [still, dense({ units: 2 }).apply(b)];
    expect(() => model({ inputs: [a, b], outputs }).stream({ stepInput: 'b' })).toThrow(
      "stream: output 'dense' does not depend on input 'b', which comes by steps",
    );
    const mixed = model({ inputs: [a, b], outputs: concatenate().apply([a, b]) });
    expect(() => mixed.stream({ stepInput: 'b' })).toThrow(
      'stream: concatenate cannot stream: some of its inputs are given whole, others by steps',
    );
    const turned = model({ inputs: [a, b], outputs: attention().apply([a, b]) });
    expect(() => turned.stream({ stepInput: 'b' })).toThrow('every step of the query meets every step');
    const causal = model({ inputs: [a, b], outputs: attention({ useCausalMask: true }).apply([a, b]) });
    expect(() => causal.stream({ stepInput: 'a' })).toThrow('useCausalMask');
  });
});
