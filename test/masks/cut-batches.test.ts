import { describe, expect, it, vi } from 'vitest';
import {
  activation,
  add,
  batchNormalization,
  bidirectional,
  concatenate,
  conv1d,
  dense,
  dropout,
  embedding,
  gaussianNoise,
  globalAveragePooling1d,
  gru,
  input,
  type Layer,
  lastStep,
  layerNormalization,
  lstm,
  type Model,
  masking,
  minGru,
  model,
  multiHeadAttention,
  residual,
  rnn,
  sequential,
  simpleRNN,
  sru,
  type Tensor,
  tensor,
} from '../../src/index.js';
import { bitsOf } from '../harness/bits.js';
import { testData } from '../harness/random.js';

const N = 17;
const T = 33;
const I = 3;
const VOCABULARY = 9;

/** Steps of each sample; every batch of 4 in this order ends before T but the third, and the last has none. */
const LENGTHS = [3, 17, 4, 1, 0, 5, 2, 9, 33, 1, 4, 6, 20, 2, 2, 13, 0];

const steps = (fill: (s: number, t: number) => number[]): number[] =>
  LENGTHS.flatMap((length, s) =>
    Array.from({ length: T }, (_, t) => (t < length ? fill(s, t) : [])).flatMap((values, t) =>
      t < length ? values : fill(-1, 0),
    ),
  );

/** Ids with 0 behind the end and at times within. */
const ids = tensor(
  steps((s, t) => [s < 0 ? 0 : t === LENGTHS[s] - 1 ? 3 : (s * 7 + t * 5 + 1) % VOCABULARY]),
  [N, T],
);

/** Frames, of which those behind the end hold 0.1 throughout. */
const MASK_VALUE = 0.1;
const noise = testData(1, N * T * I);
const frames = tensor(
  steps((s, t) =>
    Array.from({ length: I }, (_, i) =>
      s < 0 || (t === 1 && i > 0) ? MASK_VALUE : noise[(s * T + t) * I + i],
    ),
  ),
  [N, T, I],
);

const SOURCES = {
  'embedding with maskZero': {
    x: ids,
    make: (layers: readonly Layer[]) =>
      sequential(
        [
          input({ shape: [null] }),
          embedding({ inputDim: VOCABULARY, outputDim: 5, maskZero: true }),
          ...layers,
        ],
        { seed: 4 },
      ),
  },
  masking: {
    x: frames,
    make: (layers: readonly Layer[]) =>
      sequential([input({ shape: [null, I] }), masking({ maskValue: MASK_VALUE }), ...layers], { seed: 4 }),
  },
};

type SourceName = keyof typeof SOURCES;

/** Steps of the programs that run, one a batch. */
function watchSteps(net: Model<Tensor>): () => number[] {
  const spy = vi.spyOn(net.workspace, 'get');
  return () => spy.mock.calls.map(([key]) => Number(/^\w+:\d+:(\d+)/.exec(key)?.[1]));
}

/** The same model, whose batches always keep all their steps. */
function uncut(net: Model<Tensor>): Model<Tensor> {
  Object.assign(net.graph, { paddings: net.graph.paddings.map(() => []) });
  return net;
}

const longestOf = (from: number, count: number): number => Math.max(1, ...LENGTHS.slice(from, from + count));

const LAST: Readonly<Record<string, () => Layer[]>> = {
  lstm: () => [lstm({ units: 5, dropout: 0.2, recurrentDropout: 0.2 })],
  'gru backwards, behind dense': () => [
    dense({ units: 4, activation: 'relu' }),
    gru({ units: 5, goBackwards: true }),
  ],
  'simpleRNN with zoneout': () => [simpleRNN({ units: 4, zoneout: 0.2 })],
  'minGru, lastStep': () => [minGru({ units: 5, returnSequences: true }), lastStep()],
  'sru, pooled': () => [sru({ units: 5, returnSequences: true }), globalAveragePooling1d()],
  bidirectional: () => [bidirectional({ layer: lstm({ units: 3, dropout: 0.3 }) })],
  'stack with dropout': () => [rnn([gru({ units: 4 }), lstm({ units: 3 })], { dropout: 0.3 })],
  'residual, normalised': () => [
    dense({ units: 4 }),
    batchNormalization(),
    residual(gru({ units: 4, returnSequences: true, recurrentDropout: 0.2, recurrentDropoutMask: 'naive' })),
    layerNormalization(),
    lstm({ units: 3 }),
  ],
  'windows, noise': () => [
    conv1d({ filters: 4, kernelSize: 3, padding: 'same' }),
    conv1d({ filters: 4, kernelSize: 2, dilationRate: 2, padding: 'causal' }),
    gaussianNoise({ stddev: 0.1 }),
    dropout({ rate: 0.3 }),
    lstm({ units: 4 }),
  ],
};

/** Training, evaluation and prediction of two models come to the same bits. */
async function compare(nets: readonly Model<Tensor>[], x: Tensor, y: Tensor): Promise<void> {
  const results: unknown[] = [];
  for (const net of nets) {
    net.compile({ optimizer: 'adam', loss: 'meanSquaredError', metrics: ['mae'] });
    const { history } = await net.fit(x, y, { epochs: 2, batchSize: 4, verbose: 0, validationSplit: 0.3 });
    results.push([
      history,
      net.evaluate(x, y, { batchSize: 5 }),
      bitsOf(net.predict(x, { batchSize: 3 }).data),
    ]);
  }
  expect(results[0]).toEqual(results[1]);
  expect(nets[0].fingerprint()).toBe(nets[1].fingerprint());
}

describe.each(Object.keys(SOURCES) as SourceName[])('batches cut by the mask of %s', (source) => {
  const { x, make } = SOURCES[source];

  it.each(Object.keys(LAST))('%s: the bits of all steps, in shuffled training too', async (name) => {
    const y = tensor(testData(2, N * 2), [N, 2]);
    const nets = [make([...LAST[name](), dense({ units: 2 })]), make([...LAST[name](), dense({ units: 2 })])];
    const ran = watchSteps(nets[0]);
    uncut(nets[1]);
    const all = watchSteps(nets[1]);
    await compare(nets, x, y);
    expect(ran().length).toBe(all().length);
    expect(all().every((t) => t === T)).toBe(true);
    expect(ran().filter((t) => t < T).length).toBeGreaterThan(ran().length / 3);
  });

  it('each batch runs for as many steps as its longest sample, at least one', () => {
    const net = make([lstm({ units: 3 }), dense({ units: 2 })]);
    const ran = watchSteps(net);
    net.predict(x, { batchSize: 4 });
    expect(ran()).toEqual([0, 4, 8, 12, 16].map((from) => longestOf(from, 4)));
    expect(ran()).toEqual([17, 9, 33, 20, 1]);
  });

  it('outputs at every step: predict keeps them all, losses leave out what lies behind', async () => {
    const layers = (): Layer[] => [gru({ units: 4, returnSequences: true }), dense({ units: 2 })];
    const nets = [make(layers()), make(layers())];
    uncut(nets[1]);
    const ran = watchSteps(nets[0]);
    await compare(nets, x, tensor(testData(3, N * T * 2), [N, T, 2]));
    expect(new Set(ran().slice(-Math.ceil(N / 3)))).toEqual(new Set([T]));
    expect(Math.min(...ran())).toBeLessThan(T);
    const before = ran().length;
    nets[0].evaluate(x, tensor(testData(3, N * T * 2), [N, T, 2]), { batchSize: 4 });
    expect(ran().slice(before)).toEqual([17, 9, 33, 20, 1]);
  });

  it('lengths shorten further', () => {
    const layers = (): Layer[] => [lstm({ units: 4 }), dense({ units: 2 })];
    const nets = [make(layers()), uncut(make(layers()))];
    const lengths = LENGTHS.map((length, s) => (s === 1 ? 25 : Math.min(length, 6)));
    const ran = watchSteps(nets[0]);
    const [a, b] = nets.map((net) => bitsOf(net.predict(x, { batchSize: 4, lengths }).data));
    expect(a).toEqual(b);
    expect(ran()).toEqual([17, 6, 6, 6, 1]);
  });
});

it('thousands of rows: weights after training have the bits of all steps', () => {
  const [samples, most, features] = [33, 90, 17];
  const x = testData(5, samples * most * features);
  for (let s = 0; s < samples; s++) x.fill(0, (s * most + 20 + s) * features, (s + 1) * most * features);
  const prints = [false, true].map((whole) => {
    const net = sequential(
      [
        input({ shape: [null, features] }),
        masking(),
        dense({ units: 9 }),
        lstm({ units: 17 }),
        dense({ units: 1 }),
      ],
      { seed: 6 },
    ) as Model<Tensor>;
    net.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
    const ran = watchSteps(whole ? uncut(net) : net);
    for (let i = 0; i < 2; i++) {
      net.trainOnBatch(tensor(x, [samples, most, features]), tensor(testData(7, samples), [samples, 1]));
    }
    expect(ran()).toEqual(whole ? [most, most] : [52, 52]);
    return net.fingerprint();
  });
  expect(prints[0]).toBe(prints[1]);
});

describe('batches that keep all their steps', () => {
  const trained = (layers: readonly Layer[]): number[] => {
    const net = SOURCES.masking.make([...layers, dense({ units: 2 })]);
    net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const ran = watchSteps(net);
    net.trainOnBatch(tensor(frames.data.slice(0, 4 * T * I), [4, T, I]), tensor(testData(2, 8), [4, 2]));
    return ran();
  };

  it('where training depends on their number', () => {
    expect(trained([lstm({ units: 3 })])).toEqual([17]);
    expect(trained([lstm({ units: 3, recompute: true })])).toEqual([T]);
    expect(trained([gru({ units: 3, zoneout: 0.1, goBackwards: true })])).toEqual([T]);
    expect(trained([bidirectional({ layer: gru({ units: 3, zoneout: 0.1 }) })])).toEqual([T]);
    expect(trained([multiHeadAttention({ numHeads: 1, keyDim: 2 }), lstm({ units: 3 })])).toEqual([T]);
    expect(
      trained([rnn([gru({ units: 3 }), gru({ units: 3 })], { dropout: 0.1, goBackwards: true })]),
    ).toEqual([T]);
  });

  it('where the input is used without a mask as well', () => {
    const x = input({ shape: [null, I] });
    const masked = lstm({ units: 3 }).apply(masking({ maskValue: MASK_VALUE }).apply(x));
    const open = lstm({ units: 3 }).apply(activation({ activation: 'linear' }).apply(x));
    const net = model({ inputs: x, outputs: add().apply([masked, open]), seed: 1 }) as Model<Tensor>;
    const ran = watchSteps(net);
    net.predict(frames, { batchSize: 4 });
    expect(ran().every((t) => t === T)).toBe(true);
  });

  it('where a stateful convolution carries the last frames on', () => {
    const net = sequential(
      [
        input({ shape: [null, I] }),
        masking({ maskValue: MASK_VALUE }),
        conv1d({ filters: 2, kernelSize: 3, padding: 'causal', stateful: true }),
        lastStep(),
      ],
      { seed: 1 },
    ) as Model<Tensor>;
    const ran = watchSteps(net);
    net.predict(tensor(frames.data.slice(0, 4 * T * I), [4, T, I]));
    expect(ran()).toEqual([T]);
  });
});

describe('several inputs', () => {
  it('merged sequences are cut together, to the longer one', () => {
    const make = (): Model<Tensor> => {
      const words = input({ shape: [null], name: 'words' });
      const series = input({ shape: [null, I], name: 'series' });
      const joined = concatenate().apply([
        embedding({ inputDim: VOCABULARY, outputDim: 4, maskZero: true }).apply(words),
        masking({ maskValue: MASK_VALUE }).apply(series),
      ]);
      return model({
        inputs: [words, series],
        outputs: lstm({ units: 3 }).apply(joined),
        seed: 2,
      }) as Model<Tensor>;
    };
    const shifted = tensor(
      ids.data.map((_, i) => ids.data[(i + T) % ids.data.length]),
      [N, T],
    );
    const nets = [make(), uncut(make())];
    const ran = watchSteps(nets[0]);
    const [a, b] = nets.map((net) => bitsOf(net.predict([shifted, frames], { batchSize: 2 }).data));
    expect(a).toEqual(b);
    expect(ran()).toEqual([17, 4, 5, 33, 33, 20, 20, 13, 3]);
  });
});
