import { describe, expect, it } from 'vitest';
import {
  gru,
  indRnn,
  input,
  type Layer,
  load,
  lstm,
  type Model,
  mgu,
  quantize,
  type RecurrentOptions,
  type SymbolicTensor,
  sequential,
  simpleRNN,
  tensor,
  UnknownNameError,
  ValueError,
} from '../../../src/index.js';
import { streamNumber } from '../../../src/model/binder.js';
import { giveWeights } from '../../harness/bits.js';
import { kernelGradients, scaledDifference } from '../../harness/gradient.js';
import { drawnMask, trainingOutputs } from '../../harness/masked-training.js';
import { testData } from '../../harness/random.js';
import { describeSurroundings } from '../../harness/recurrent-suite.js';
import { REFERENCE_LAYERS } from '../../harness/reference/layers.js';
import { finiteDifferences, type Value, type Weights, weightsOf } from '../../harness/reference/network.js';

/** Largest difference from f64, relative to the largest value compared. Measured: 1.4e-6. */
const MAX_DIFFERENCE = 2e-6;

const SEED = 29;
/** Of the layer among the nodes: the input stands in front of it. */
const POSITION = 1;
const [B, T, I, H] = [3, 5, 2, 4];
const x = tensor(testData(1, B * T * I), [B, T, I]);
const y = tensor(testData(2, B * T * H), [B, T, H]);

type Cell = (options: RecurrentOptions) => Layer;

function net(layer: Layer, shape = [T, I]): Model {
  const made = sequential([input({ shape }), layer], { seed: SEED });
  made.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
  giveWeights(made, 3);
  return made;
}

/** Which units take part: of state s at step t, for sample b. */
type Keeps = (s: number, t: number, b: number, j: number) => number;

/**
 * The layer in training, one step of the f64 reference after the other. `enters` multiplies what the step sees
 * of a state; `zoned` is 1 where the unit keeps its old value. Output [T, B, H].
 */
function trained(model: Model, w: Weights, enters: Keeps, zoned: Keeps): Float64Array {
  const [node] = model.graph.nodes.filter(({ layer }) => layer !== null);
  const layer = node.layer as Layer;
  const run = REFERENCE_LAYERS[layer.definition.type] as NonNullable<(typeof REFERENCE_LAYERS)[string]>;
  const config = { ...layer.config, returnSequences: false, returnState: true, zoneout: 0 };
  const sizes = layer.definition.states?.(layer.config, [[null, I]]).map(({ shape }) => shape[0]) ?? [];
  const own = Object.fromEntries(
    Object.entries(w).map(([name, data]) => [name.slice(name.indexOf('.') + 1), data]),
  );
  let states: Value[] = sizes.map((size) => ({ data: new Float64Array(B * size), shape: [B, size] }));
  const out = new Float64Array(T * B * sizes[0]);
  for (let t = 0; t < T; t++) {
    const frame = Float64Array.from(
      { length: B * I },
      (_, i) => x.data[(Math.floor(i / I) * T + t) * I + (i % I)],
    );
    const of = (keeps: Keeps, s: number, i: number): number =>
      keeps(s, t, Math.floor(i / sizes[s]), i % sizes[s]);
    const seen = states.map(({ data, shape }, s) => ({
      shape,
      data: data.map((v, i) => v * of(enters, s, i)),
    }));
    const [, ...made] = run(config as never, [{ data: frame, shape: [B, 1, I] }, ...seen], own);
    states = states.map(({ data, shape }, s) => ({
      shape,
      data: data.map((old, i) => (of(zoned, s, i) === 1 ? old : made[s].data[i])),
    }));
    out.set(states[0].data, t * B * sizes[0]);
  }
  return out;
}

/** Compares outputs and gradients in training with f64 under the same masks. */
function worst(model: Model, enters: Keeps, zoned: Keeps): number {
  const [P] = (model.graph.outputs[0] as SymbolicTensor).shape.slice(-1) as number[];
  const goal = tensor(y.data.subarray(0, B * T * P), [B, T, P]);
  const weights = weightsOf(model);
  const outputs = (w: Weights): Float64Array => trained(model, w, enters, zoned);
  const lossOf = (w: Weights): number =>
    outputs(w).reduce((sum, v, i) => {
      const [t, b, j] = [Math.floor(i / (B * P)), Math.floor(i / P) % B, i % P];
      return sum + (v - goal.data[(b * T + t) * P + j]) ** 2 / (B * T * P);
    }, 0);
  const { gradients } = kernelGradients(model, x, goal);
  const differences = Object.entries(gradients).map(([name, g]) =>
    scaledDifference(g, finiteDifferences(weights, name, lossOf)),
  );
  return Math.max(scaledDifference(trainingOutputs(model, x, goal), outputs(weights)), ...differences);
}

const always: Keeps = () => 1;
const never: Keeps = () => 0;

/** The mask of a state at every step, from the layer's random streams: [T, B, size]. */
function maskAt(stream: number, size: number, rate: number): (t: number, b: number, j: number) => number {
  const mask = drawnMask(SEED, streamNumber(POSITION, stream), T * B * size, rate);
  return (t, b, j) => mask[(t * B + b) * size + j];
}

const CELLS: Record<string, [cell: Cell, sizes: readonly number[]]> = {
  simpleRNN: [simpleRNN, [H]],
  indRnn: [(options) => indRnn({ ...options, activation: 'tanh' }), [H]],
  lstm: [lstm, [H, H]],
  'lstm with peepholes': [(options) => lstm({ ...options, peephole: true }), [H, H]],
  'lstm with layer normalisation': [(options) => lstm({ ...options, layerNormalization: true }), [H, H]],
  'lstm with projection': [(options) => lstm({ ...options, projection: 3 }), [3, H]],
  gru: [gru, [H]],
  'gru resetBefore': [(options) => gru({ ...options, form: 'resetBefore' }), [H]],
  'gru with layer normalisation': [(options) => gru({ ...options, layerNormalization: true }), [H]],
  'gru split': [(options) => gru({ ...options, form: 'split' }), [H]],
  mgu: [mgu, [H]],
};

describe.each(Object.entries(CELLS))('zoneout of %s', (_, [cell, sizes]) => {
  const cases: RecurrentOptions['zoneout'][] =
    sizes.length === 1 ? [0.4] : [0.4, { hidden: 0.3 }, { cell: 0.6 }];

  it.each(cases)('%o: a unit keeps its state at random, and its gradient with it', (zoneout) => {
    const model = net(cell({ units: H, returnSequences: true, zoneout }));
    const rates = typeof zoneout === 'object' ? [zoneout.hidden ?? 0, zoneout.cell ?? 0] : [zoneout, zoneout];
    const masks = sizes.map((size, s) => maskAt(2 + s, size, rates[s] as number));
    const zoned: Keeps = (s, t, b, j) => (rates[s] !== 0 && masks[s](t, b, j) === 0 ? 1 : 0);
    expect(worst(model, always, zoned)).toBeLessThan(MAX_DIFFERENCE);
  });
});

describe.each(['simpleRNN', 'indRnn'])('naive recurrent dropout of %s', (name) => {
  it('has another mask at each step', () => {
    const [cell] = CELLS[name];
    const options = {
      units: H,
      returnSequences: true,
      recurrentDropout: 0.4,
      recurrentDropoutMask: 'naive',
    } as const;
    const mask = maskAt(1, H, 0.4);
    const enters: Keeps = (_s, t, b, j) => mask(t, b, j);
    expect(worst(net(cell(options)), enters, never)).toBeLessThan(MAX_DIFFERENCE);
    expect(
      worst(net(cell({ ...options, recurrentDropoutMask: 'variational' })), enters, never),
    ).toBeGreaterThan(0.01);
  });
});

it('a variational mask is the naive one of the first step, at each', () => {
  const mask = maskAt(1, H, 0.4);
  const options = { units: H, returnSequences: true, recurrentDropout: 0.4 };
  expect(worst(net(simpleRNN(options)), (_s, _t, b, j) => mask(0, b, j), never)).toBeLessThan(MAX_DIFFERENCE);
});

it('zoneout and naive dropout act together', () => {
  const options = { returnSequences: true, recurrentDropout: 0.4, recurrentDropoutMask: 'naive' } as const;
  const model = net(simpleRNN({ units: H, ...options, zoneout: 0.3 }));
  const [dropped, held] = [maskAt(1, H, 0.4), maskAt(2, H, 0.3)];
  const zoned: Keeps = (_s, t, b, j) => (held(t, b, j) === 0 ? 1 : 0);
  expect(worst(model, (_s, t, b, j) => dropped(t, b, j), zoned)).toBeLessThan(MAX_DIFFERENCE);
});

describe('in the long run', () => {
  const [samples, steps, units] = [8, 40, 33];
  const ones = tensor(new Float32Array(samples * steps).fill(1), [samples, steps, 1]);
  const goal = tensor(new Float32Array(samples * steps * units), [samples, steps, units]);
  const five = (p: number, n: number): number => 5 * Math.sqrt((p * (1 - p)) / n);
  const outputs = (options: Partial<RecurrentOptions>, kernel: number, recurrent: number): Float32Array => {
    const layer = simpleRNN({ units, activation: 'linear', returnSequences: true, ...options });
    const model = net(layer, [steps, 1]);
    const square = Float32Array.from({ length: units * units }, (_, i) =>
      i % (units + 1) === 0 ? recurrent : 0,
    );
    model.setWeights({
      'simpleRNN.kernel': new Float32Array(units).fill(kernel),
      'simpleRNN.recurrentKernel': square,
      'simpleRNN.bias': new Float32Array(units),
    });
    return trainingOutputs(model, ones, goal);
  };

  it.each([0.1, 0.5, 0.8])('zoneout %d keeps that share of the units, others at each step', (zoneout) => {
    // h_t = 1 from the first step on that a unit is not kept at.
    const h = outputs({ zoneout }, 1, 0);
    const n = samples * units;
    for (let t = 0; t < 6; t++) {
      const at = h.subarray(t * n, (t + 1) * n).filter((v) => v === 0).length / n;
      const p = zoneout ** (t + 1);
      expect(Math.abs(at - p)).toBeLessThan(five(p, n) + 1e-9);
    }
  });

  it.each([
    ['naive', 0.3],
    ['variational', 0.3],
  ] as const)('%s masks let a state through', (recurrentDropoutMask, recurrentDropout) => {
    // h_t = 1 + m_t h_{t-1}: 1 where the mask of this step drops the unit.
    const h = outputs({ recurrentDropout, recurrentDropoutMask }, 1, 0.5);
    const n = samples * units;
    const dropped = Array.from({ length: steps - 1 }, (_, t) =>
      [...h.subarray((t + 1) * n, (t + 2) * n)].map((v) => v === 1),
    );
    const shares = dropped.map((step) => step.filter(Boolean).length / n);
    for (const share of shares) expect(Math.abs(share - 0.3)).toBeLessThan(five(0.3, n));
    const again = dropped.slice(1).map((step, t) => step.filter((d, i) => d && dropped[t][i]).length / n);
    const both = recurrentDropoutMask === 'naive' ? 0.09 : shares[0];
    for (const share of again) expect(Math.abs(share - both)).toBeLessThan(five(0.09, n));
  });
});

describeSurroundings(
  {
    'simpleRNN with zoneout': (options) => simpleRNN({ ...options, zoneout: 0.3 }),
    'lstm with zoneout': (options) => lstm({ ...options, zoneout: { hidden: 0.2, cell: 0.4 } }),
    'gru with zoneout': (options) => gru({ ...options, zoneout: 0.3 }),
    'lstm with naive dropout': (options) => lstm({ ...options, recurrentDropoutMask: 'naive' }),
    'gru with both': (options) => gru({ ...options, zoneout: 0.2, recurrentDropoutMask: 'naive' }),
    'mgu with both': (options) => mgu({ ...options, zoneout: 0.2, recurrentDropoutMask: 'naive' }),
  },
  // Measured: below 1.5e-7, and 3.3e-4.
  { model: 5e-7, slope: 8e-4 },
);

describe('in inference', () => {
  it('naive dropout does nothing', () => {
    const [a, b] = [
      simpleRNN({ units: H }),
      simpleRNN({ units: H, recurrentDropout: 0.5, recurrentDropoutMask: 'naive' }),
    ];
    expect(net(a).predict(x)).toEqual(net(b).predict(x));
  });

  it.each([
    ['lstm', lstm({ units: H, zoneout: { hidden: 0.2, cell: 0.4 } })],
    ['gru', gru({ units: H, zoneout: 0.3 })],
  ])('an 8-bit %s has zoneout as well', (_, layer) => {
    const model = net(layer);
    const small = quantize(model);
    const [want, got] = [model, small].map((one) => one.predict(x).data);
    expect(Math.max(...want.map((v, i) => Math.abs(v - got[i])))).toBeLessThan(0.02);
    const bare = net((layer.definition.type === 'lstm' ? lstm : gru)({ units: H })).predict(x).data;
    expect(Math.max(...want.map((v, i) => Math.abs(v - bare[i])))).toBeGreaterThan(0.03);
    const stream = load(small.save()).stream();
    let last = new Float32Array();
    for (let t = 0; t < T; t++) last = stream.step(x.data.subarray(t * I, (t + 1) * I)).slice();
    expect(last).toEqual(got.slice(0, H));
  });
});

describe('refuses', () => {
  it.each([
    [() => gru({ units: 2, zoneout: 1 }), 'gru: zoneout must be a number from 0 to below 1, got 1'],
    [
      () => lstm({ units: 2, zoneout: { cell: -1 } }),
      'lstm: zoneout: cell must be a number from 0 to below 1',
    ],
    [() => gru({ units: 2, zoneout: '0.1' as never }), 'gru: zoneout must be a number'],
    [
      () => lstm({ units: 2, recurrentDropoutMask: 'naiv' as never }),
      "lstm: unknown recurrentDropoutMask 'naiv'; did you mean 'naive'?",
    ],
  ])('%#', (make, message) => {
    expect(make).toThrow(message);
    expect(make).toThrow(ValueError);
  });

  it('a cell state where there is none', () => {
    expect(() => gru({ units: 2, zoneout: { cell: 0.1 } })).toThrow(UnknownNameError);
  });
});
