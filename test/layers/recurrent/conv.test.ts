import { describe, expect, it } from 'vitest';
import {
  bidirectional,
  type ConvLstm1dOptions,
  convGru1d,
  convLstm1d,
  convRnn1d,
  dense,
  input,
  type Layer,
  load,
  type Model,
  model,
  sequential,
  sgd,
  tensor,
} from '../../../src/index.js';
import { bitsOf, giveWeights } from '../../harness/bits.js';
import { checkModel, kernelGradients, scaledDifference } from '../../harness/gradient.js';
import {
  expectBatchInvariant,
  expectPiecesInvariant,
  expectStreamInvariant,
  N,
  T,
} from '../../harness/invariance.js';
import { testData } from '../../harness/random.js';

/** Largest difference from f64 of predictions, loss and gradients, over the largest value. Measured: 2.7e-6. */
const MAX_DIFFERENCE = 6e-6;

type Options = ConvLstm1dOptions;
type Cell = (options: Options) => Layer;

const CELLS: [string, Cell][] = [
  ['convRnn1d', (options) => convRnn1d(options)],
  ['convGru1d', (options) => convGru1d(options)],
  ['convGru1d, candidate', (options) => convGru1d({ ...options, updateGate: 'candidate' })],
  ['convLstm1d', (options) => convLstm1d(options)],
  ['convLstm1d, peephole', (options) => convLstm1d({ ...options, peephole: true })],
];

/** Width, channels, filters, taps. */
const SIZES = [
  [1, 1, 3, 3],
  [3, 5, 1, 3],
  [4, 3, 4, 3],
  [5, 4, 5, 2],
  [17, 1, 2, 3],
  [2, 17, 3, 3],
  [2, 1, 17, 2],
  [2, 2, 33, 1],
];

/** A dense layer in front, so that a gradient must come through. */
function stack(layer: Layer, W: number, C: number, steps: number | null = 4): Model {
  const front = dense({ units: C, activation: 'tanh' });
  const net = sequential([input({ shape: [steps, W, 2] }), front, layer]);
  giveWeights(net as Model, W + C);
  net.compile({ optimizer: sgd(), loss: 'meanSquaredError' });
  return net as Model;
}

function largestDifference(net: Model, W: number, steps = 4): number {
  const x = tensor(testData(W, 2 * steps * W * 2), [2, steps, W, 2]);
  const { shape } = net.predict(x);
  const size = shape.reduce((a, b) => a * b, 1);
  const { forward, loss, gradients } = checkModel(net, x, tensor(testData(7, size), shape));
  return Math.max(forward, loss, ...Object.values(gradients));
}

describe.each(CELLS)('%s', (_name, make) => {
  it.each(SIZES)(
    'agrees with f64 on width %i, %i channels, %i filters of %i taps',
    (W, C, filters, kernelSize) => {
      const layer = make({ filters, kernelSize, padding: 'same', returnSequences: true });
      const steps = filters > 5 ? 2 : 3;
      expect(largestDifference(stack(layer, W, C, steps), W, steps)).toBeLessThan(MAX_DIFFERENCE);
    },
  );

  const windows: Omit<Options, 'filters'>[] = [
    { kernelSize: 1 },
    { kernelSize: 4, padding: 'same' },
    { kernelSize: 2, strides: 2 },
    { kernelSize: [3], strides: [2], padding: 'same', useBias: false },
    { kernelSize: 2, dilationRate: 3 },
    { kernelSize: 3, goBackwards: true, activation: 'sigmoid' },
    { kernelSize: 3, truncate: 2 },
    { kernelSize: 3, recompute: true, returnSequences: true },
  ];

  it.each(windows)('agrees with f64 with %o', (options) => {
    const net = stack(make({ filters: 3, ...options }), 6, 3, 5);
    if (options.truncate === undefined) expect(largestDifference(net, 6, 5)).toBeLessThan(MAX_DIFFERENCE);
    else {
      const x = tensor(testData(1, 2 * 5 * 6 * 2), [2, 5, 6, 2]);
      const whole = stack(make({ filters: 3, ...options, truncate: null }), 6, 3, 5);
      expect(net.predict(x)).toEqual(whole.predict(x));
    }
  });

  it('gives the same bits in any batch, in streams, in pieces and from a file', () => {
    const options = { filters: 5, kernelSize: 3, padding: 'same', returnSequences: true } as const;
    const net = stack(make(options), 4, 3, null);
    const x = testData(3, N * T * 4 * 2);
    expectBatchInvariant(net, x, [T, 4, 2]);
    expectStreamInvariant(net, x, [4, 2], true);
    const pieces = stack(make({ ...options, stateful: true }), 4, 3, null);
    expectPiecesInvariant(pieces, net, x, [4, 2]);
    const given = tensor(x, [N, T, 4, 2]);
    expect(load(net.save()).predict(given)).toEqual(net.predict(given));
  });

  it('takes and gives states, and sends gradients through them', () => {
    const options = { filters: 2, kernelSize: 3, padding: 'same', returnState: true } as const;
    const x = input({ shape: [4, 3, 2] });
    const [, ...states] = make({ ...options, name: 'first' }).applyAll(x);
    const outputs = make({ ...options, name: 'second' }).applyAll(x, { initialState: states });
    const net = model({ inputs: [x], outputs });
    giveWeights(net as never, 3);
    net.compile({ optimizer: sgd(), loss: outputs.map(() => 'meanSquaredError' as const) });
    const data = tensor(testData(2, 3 * 4 * 3 * 2), [3, 4, 3, 2]);
    const targets = outputs.map((_, i) => tensor(testData(i, 3 * 3 * 2), [3, 3, 2]));
    const { forward, loss, gradients } = checkModel(net as never, data, targets);
    expect(Math.max(forward, loss, ...Object.values(gradients))).toBeLessThan(MAX_DIFFERENCE);
  });

  it.each(['concat', 'sum', 'mul', 'none'] as const)('runs both ways, merged by %s', (mergeMode) => {
    for (const returnSequences of [true, false]) {
      const layer = make({ filters: 3, kernelSize: 2, padding: 'same', returnSequences });
      const x = input({ shape: [4, 3, 2] });
      const outputs = bidirectional({ layer, mergeMode }).applyAll(dense({ units: 3 }).apply(x));
      const net = model({ inputs: [x], outputs });
      giveWeights(net as never, 5);
      net.compile({ optimizer: sgd(), loss: outputs.map(() => 'meanSquaredError' as const) });
      const data = tensor(testData(2, 2 * 4 * 3 * 2), [2, 4, 3, 2]);
      const predicted = net.predict(data) as unknown;
      const shapes = (Array.isArray(predicted) ? predicted : [predicted]).map(
        ({ shape }) => shape as number[],
      );
      const targets = shapes.map((shape, i) =>
        tensor(
          testData(
            i,
            shape.reduce((a, b) => a * b, 1),
          ),
          shape,
        ),
      );
      const target = targets.length > 1 ? targets : targets[0];
      const { forward, loss, gradients } = checkModel(net as never, data, target);
      expect(Math.max(forward, loss, ...Object.values(gradients))).toBeLessThan(MAX_DIFFERENCE);
    }
  });

  it('gives a padded sequence the bits of the bare one, and trains alike on it', () => {
    const net = stack(make({ filters: 3, kernelSize: 2, padding: 'same' }), 4, 3, null);
    const bare = stack(make({ filters: 3, kernelSize: 2, padding: 'same' }), 4, 3, null);
    const frame = 4 * 2;
    const lengths = [3, 5, 1];
    const x = testData(1, lengths.length * 5 * frame);
    const padded = net.predict(tensor(x, [3, 5, 4, 2]), { lengths });
    lengths.forEach((length, s) => {
      const own = x.subarray(5 * s * frame, (5 * s + length) * frame);
      const y = bare.predict(tensor(own, [1, length, 4, 2]));
      expect(bitsOf(y.data)).toEqual(bitsOf(padded.data.subarray(12 * s, 12 * (s + 1))));
    });
    const target = tensor(testData(2, 12), [1, 4, 3]);
    net.trainOnBatch(tensor(x.subarray(0, 5 * frame), [1, 5, 4, 2]), target, { lengths: [3] });
    bare.trainOnBatch(tensor(x.subarray(0, 3 * frame), [1, 3, 4, 2]), target);
    for (const [name, { data }] of Object.entries(bare.getWeights())) {
      expect(scaledDifference(net.getWeights()[name].data, data), name).toBeLessThan(MAX_DIFFERENCE);
    }
  });

  it('drops inputs and states, resumes bit for bit, and recomputes the same gradients', () => {
    const options = {
      filters: 4,
      kernelSize: 3,
      padding: 'same',
      dropout: 0.3,
      recurrentDropout: 0.3,
    } as const;
    const x = tensor(testData(1, 3 * 5 * 4 * 2), [3, 5, 4, 2]);
    const y = tensor(testData(2, 3 * 4 * 4), [3, 4, 4]);
    const net = stack(make(options), 4, 3, 5);
    expect(net.trainOnBatch(x, y).loss).not.toBe(net.evaluate(x, y).loss);
    const again = load(net.save()) as Model;
    expect(again.trainOnBatch(x, y)).toEqual(net.trainOnBatch(x, y));
    expect(again.fingerprint()).toBe(net.fingerprint());
    const [kept, made] = [false, true].map(
      (recompute) => kernelGradients(stack(make({ ...options, recompute }), 4, 3, 5), x, y).gradients,
    );
    for (const name of Object.keys(kept)) {
      expect(scaledDifference(made[name], kept[name]), name).toBeLessThan(MAX_DIFFERENCE);
    }
  });
});

describe('peepholes', () => {
  it('belong to a position: the same input everywhere gives what differs between positions', () => {
    const layer = convLstm1d({ filters: 1, kernelSize: 1, peephole: true, returnSequences: true });
    const net = sequential([input({ shape: [3, 2, 1] }), layer]);
    giveWeights(net as Model, 1);
    const { data } = net.predict(tensor([1, 1, 2, 2, 3, 3], [1, 3, 2, 1]));
    expect(bitsOf(data.subarray(0, 1))).not.toEqual(bitsOf(data.subarray(1, 2)));
    expect(net.getWeights()['convLstm1d.peepholeKernel'].shape).toEqual([3, 2, 1]);
  });
});

describe('bad input', () => {
  const lstm = (options: object) => convLstm1d({ filters: 2, kernelSize: 3, ...options } as Options);

  it('is refused by name', () => {
    expect(() => lstm({ units: 3 })).toThrow("convLstm1d: unknown option 'units'");
    expect(() => lstm({ filters: 0 })).toThrow('filters must be a whole number of at least 1');
    expect(() => lstm({ padding: 'causal' })).toThrow("unknown padding 'causal'");
    expect(() => lstm({ strides: 2, dilationRate: 2 })).toThrow('cannot both be more than 1');
    expect(() => sequential([input({ shape: [4, 3] }), lstm({})])).toThrow(
      'convLstm1d: input has shape [null, 4, 3], expected [batch, time, width, channels]',
    );
    expect(() => sequential([input({ shape: [4, 2, 3] }), lstm({})])).toThrow(
      'whose width has no room for a window',
    );
    const x = input({ shape: [4, 3, 2] });
    expect(() => lstm({}).apply(x, { initialState: [x] })).toThrow(
      'initialState has 1 parts, expected 2: h, c',
    );
  });

  it('does not stream where the output is no sequence, or time runs back', () => {
    const net = (options: object) => stack(lstm({ padding: 'same', ...options }), 3, 2, null);
    expect(() => net({}).stream()).toThrow('convLstm1d cannot stream: its output is no sequence');
    expect(() => net({ goBackwards: true, returnSequences: true }).stream()).toThrow('goBackwards reads');
  });
});
