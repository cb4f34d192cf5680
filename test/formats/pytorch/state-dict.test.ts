import { describe, expect, it } from 'vitest';
import {
  loadStateDict,
  readSafetensors,
  stateDict,
  writeSafetensors,
} from '../../../src/formats/safetensors/index.js';
import {
  batchNormalization,
  bidirectional,
  conv1d,
  conv1dTranspose,
  dense,
  depthwiseConv1d,
  embedding,
  FormatError,
  gru,
  input,
  type Layer,
  layerNormalization,
  lstm,
  type Model,
  quantize,
  rnn,
  sequential,
  sgd,
  simpleRNN,
  tensor,
  UnknownNameError,
  zeroPadding1d,
} from '../../../src/index.js';
import golden from '../../golden/pytorch_files.json' with { type: 'json' };
import { bytesOf } from '../../harness/base64.js';
import { bitsOf, giveWeights } from '../../harness/bits.js';
import { expectClose } from '../../harness/golden.js';

/** Outputs, relative to the largest. Measured: 1.3e-7. */
const OUTPUT_BOUND = 1e-6;
/** Outputs after ten steps in PyTorch and ten here from the same file. Measured: 3e-7. */
const TRAINED_BOUND = 2e-6;

const steps = { units: 3, returnSequences: true };

/** The networks of the golden file as they are described here. */
const MODELS: Record<string, { layers: () => Layer[]; modules?: Record<string, string> }> = {
  'stacked LSTM': {
    layers: () => [lstm(steps), lstm(steps), dense({ units: 2 })],
    modules: { lstm: 'rnn', lstm_1: 'rnn', dense: 'head' },
  },
  'bidirectional GRU': { layers: () => [bidirectional({ layer: gru(steps) }), dense({ units: 2 })] },
  'bidirectional stacked LSTM': {
    layers: () => [
      bidirectional({ layer: lstm(steps) }),
      bidirectional({ layer: lstm(steps) }),
      dense({ units: 2 }),
    ],
  },
  'projected LSTM': {
    layers: () => [
      rnn([lstm({ units: 3, projection: 2 }), lstm({ units: 3, projection: 2 })], { returnSequences: true }),
      dense({ units: 2 }),
    ],
  },
  convolutions: {
    layers: () => [
      zeroPadding1d({ padding: 2 }),
      conv1d({ filters: 6, kernelSize: 3, dilationRate: 2, groups: 2 }),
      depthwiseConv1d({ kernelSize: 2, depthMultiplier: 2 }),
      conv1dTranspose({ filters: 5, kernelSize: 3, strides: 2 }),
      dense({ units: 2 }),
    ],
  },
  RNN: { layers: () => [simpleRNN({ units: 3 }), dense({ units: 2, name: 'head' })] },
  'Embedding, GRU, LayerNorm': {
    layers: () => [
      embedding({ inputDim: 7, outputDim: 4 }),
      gru({ ...steps, useBias: false }),
      layerNormalization(),
      dense({ units: 2 }),
    ],
  },
  BatchNorm1d: {
    layers: () => [
      dense({ units: 3, name: 'first' }),
      batchNormalization({ trainable: false }),
      dense({ units: 2 }),
    ],
  },
};

type Case = (typeof golden.cases)[number];

function modelFor({ name, x }: Case): Model {
  const { layers } = MODELS[name];
  const isText = name.startsWith('Embedding');
  return sequential([input({ shape: isText ? [null] : x.shape.slice(1) }), ...layers()], { seed: 1 });
}

describe('loadStateDict', () => {
  it.each(golden.cases)('gives the outputs of PyTorch: $name', (given) => {
    const model = modelFor(given);
    const { tensors } = readSafetensors(bytesOf(given.safetensors));
    loadStateDict(model, tensors, { modules: MODELS[given.name].modules ?? {} });
    const got = model.predict(tensor(given.x.data, given.x.shape));
    expect(got.shape).toEqual(given.y.shape);
    expectClose(given.name, got.data, given.y.data, OUTPUT_BOUND);
  });

  // PyTorch steps an LSTM's and an RNN's two biases, so that their sum moves twice as far as the bias here; and
  // trains the norm's scale in evaluation mode, where here a layer is trained whole or not at all.
  it.each(golden.cases.filter(({ name }) => /GRU|convolutions/.test(name)))(
    'trains on as PyTorch does: $name',
    (given) => {
      const model = modelFor(given);
      const { tensors } = readSafetensors(bytesOf(given.safetensors));
      loadStateDict(model, tensors, { modules: MODELS[given.name].modules ?? {} });
      model.compile({ optimizer: sgd({ learningRate: golden.rate }), loss: 'meanSquaredError' });
      const x = tensor(given.x.data, given.x.shape);
      const y = tensor(given.target.data, given.target.shape);
      for (let step = 0; step < golden.steps; step++) model.trainOnBatch(x, y);
      expectClose(given.name, model.predict(x).data, given.after.data, TRAINED_BOUND);
    },
  );
});

describe('stateDict', () => {
  // Two layers of the same kind are told apart by a stack's levels: a test of its own, below.
  const told = golden.cases.filter(({ name }) => name !== 'bidirectional stacked LSTM');

  it.each(told)('has the entries and shapes of PyTorch: $name', (given) => {
    const model = modelFor(given);
    const names = given.name === 'stacked LSTM' ? MODELS[given.name].modules : undefined;
    const dict = stateDict(model, names ? { modules: names } : {});
    const plain = (entries: [string, readonly number[]][]) =>
      entries
        .filter(([name]) => !name.endsWith('num_batches_tracked'))
        .map(([name, shape]) => `${name.replace(/^.*\./, names ? '$&' : '')} ${shape}`)
        .sort();
    expect(plain(Object.entries(dict).map(([name, { shape }]) => [name, shape]))).toEqual(
      plain(Object.entries(given.entries)),
    );
  });

  it.each(golden.cases)('comes back with the same bits through a file: $name', (given) => {
    const model = modelFor(given);
    giveWeights(model, 3);
    const again = modelFor(given);
    const { modules = {} } = MODELS[given.name];
    const bytes = writeSafetensors(stateDict(model, { modules }));
    loadStateDict(again, readSafetensors(bytes).tensors, { modules });
    for (const [name, { data }] of Object.entries(model.getWeights())) {
      expect(bitsOf(again.getWeights()[name].data), name).toEqual(bitsOf(data));
    }
  });

  it('makes a stack of layers with the same module', () => {
    const model = modelFor(golden.cases[2]);
    const modules = { bidirectional: 'rnn', bidirectional_1: 'rnn', dense: 'head' };
    const shapes = Object.entries(stateDict(model, { modules })).map(([name, { shape }]) => [name, shape]);
    expect(Object.fromEntries(shapes)).toEqual(golden.cases[2].entries);
  });
});

it('writes and reads the projection of an LSTM as weight_hr', () => {
  const make = (seed: number) => {
    const cell = lstm({ ...steps, units: 5, projection: 2 });
    return sequential([input({ shape: [5, 4] }), cell, bidirectional({ layer: cell })], { seed });
  };
  const [model, other] = [make(1), make(2)];
  const dict = stateDict(model);
  const [H, P] = [5, 2];
  const shapes = Object.entries(dict).filter(([name]) => name.includes('weight_hr'));
  expect(shapes.map(([, { shape }]) => shape)).toEqual([1, 2, 3].map(() => [P, H]));
  const { data } = model.getWeights()['lstm.projectionKernel'];
  const written = Object.entries(dict).find(([name]) => name.startsWith('lstm.weight_hr'))?.[1].data;
  expect(written).toEqual(data.map((_, i) => data[(i % H) * P + Math.floor(i / H)]));
  loadStateDict(other, dict);
  expect(other.fingerprint()).toBe(model.fingerprint());
});

describe('what does not fit', () => {
  const { tensors } = readSafetensors(bytesOf(golden.cases[0].safetensors));
  const sized = (units: number) =>
    sequential([input({ shape: [5, 4] }), lstm({ ...steps, units }), lstm(steps), dense({ units: 2 })]);

  const ours = (layer: Layer) => () => sequential([input({ shape: [5, 4] }), layer, dense({ units: 2 })]);

  const refused: [string, () => Model, Parameters<typeof loadStateDict>[2], RegExp][] = [
    ['another size', () => sized(4), {}, /lstm needs LSTM with weight_ih_l0 \[16, 4\].*'rnn' with weight_ih/],
    [
      'a module that does not exist',
      () => modelFor(golden.cases[0]),
      { modules: { dense: 'tail' } },
      /dense needs Linear with weight \[2, 3\], bias \[2\]; there is no module 'tail' left, of 'rnn', 'head'/,
    ],
    [
      'a module of another kind',
      () => modelFor(golden.cases[0]),
      { modules: { dense: 'rnn' } },
      /dense needs Linear with weight \[2, 3\], bias \[2\]; 'rnn' has weight_ih_l0 \[12, 4\]/,
    ],
    [
      'a module for no layer',
      () => sequential([input({ shape: [3] }), dense({ units: 2 })]),
      {},
      /no layer takes 'rnn' with weight_ih_l0 .* \(layer 1 of its stack\).*strict: false/,
    ],
    [
      'a GRU of another form',
      () => sequential([input({ shape: [5, 4] }), gru({ units: 3, resetAfter: false })]),
      {},
      /gru: PyTorch has the form 'resetAfter' alone/,
    ],
    ['peepholes', ours(lstm({ ...steps, peephole: true })), {}, /lstm: PyTorch's LSTM has no peephole/],
    ['a bound', ours(lstm({ ...steps, cellClip: 1 })), {}, /lstm: PyTorch's LSTM has no cellClip/],
    [
      'a normalised GRU',
      ours(gru({ ...steps, layerNormalization: true })),
      {},
      /gru: PyTorch's GRU has no layerNormalization/,
    ],
  ];

  it.each(refused)(
    '%s is a FormatError that says so, and changes no weight',
    (_what, make, options, message) => {
      const model = make();
      const before = model.fingerprint();
      expect(() => loadStateDict(model, tensors, options)).toThrow(FormatError);
      expect(() => loadStateDict(model, tensors, options)).toThrow(message);
      expect(model.fingerprint()).toBe(before);
    },
  );

  it('asks which module is meant where two could be', () => {
    const make = () => sequential([input({ shape: [3] }), dense({ units: 3 }), dense({ units: 3 })]);
    const dict = stateDict(make(), { modules: { dense: 'b', dense_1: 'a' } });
    expect(() => loadStateDict(make(), dict)).toThrow(
      /'b', 'a' could be for dense, dense_1: say which, as in modules: \{ dense: 'b' \}/,
    );
    expect(() => loadStateDict(make(), dict, { modules: { dense: 'a' } })).not.toThrow();
  });

  it('names a layer that the model has not, and an option that does not exist', () => {
    const model = modelFor(golden.cases[0]);
    expect(() => loadStateDict(model, tensors, { modules: { lstn: 'rnn' } })).toThrow(UnknownNameError);
    expect(() => loadStateDict(model, tensors, { module: {} } as never)).toThrow(/module/);
    expect(() => loadStateDict(model, tensors, { modules: { dense: 3 as never } })).toThrow(
      /modules.dense must be a name, got 3/,
    );
  });

  it('leaves out what no layer takes when told to', () => {
    const model = sequential([input({ shape: [3] }), dense({ units: 2 })]);
    loadStateDict(model, tensors, { strict: false });
    expect([...model.getWeights()['dense.bias'].data]).toEqual([...tensors['head.bias'].data]);
  });

  it('says that 8-bit weights are not in PyTorch', () => {
    const small = quantize(modelFor(golden.cases[0]));
    expect(() => stateDict(small as never)).toThrow(/stateDict: lstm keeps its weights in 8 bits/);
  });
});
