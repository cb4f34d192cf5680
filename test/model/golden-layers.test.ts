import { describe, expect, it } from 'vitest';
import {
  type ActivationName,
  bidirectional,
  dense,
  embedding,
  input,
  model,
  type SymbolicTensor,
  sequential,
  sgd,
  tensor,
} from '../../src/index.js';
import golden from '../golden/layers.json' with { type: 'json' };
import { CELLS, expectClose, flat } from '../harness/golden.js';
import { kernelGradients } from '../harness/gradient.js';

// Differences from PyTorch in f64, over the largest value of the tensor compared.
/** Outputs and final states of recurrent layers. Measured: 1.9e-7. */
const FORWARD = 3e-7;
/** Gradients of weights, input and initial states. Measured: 6.0e-7. */
const GRADIENT = 1e-6;
/** Loss. Measured: 9.0e-7 (exponential), 1.8e-7 otherwise. */
const LOSS = 1.5e-6;
/** Dense layers, all activations. Measured: 9.3e-7 (exponential), 4.4e-7 otherwise. */
const DENSE = 1.5e-6;
/** Gradients of weights after 500 steps. Measured: 9.7e-7 (LSTM), 2.3e-6 (GRU). */
const LONG = 4e-6;
/** Gradient of the input at step 1 after 500 steps. Measured: 1.9e-7 (LSTM), 1.8e-6 (GRU). */
const FIRST_STEP = 4e-6;

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const mse = 'meanSquaredError';

function prefixed(name: string, weights: Readonly<Record<string, number[]>>): Record<string, Float32Array> {
  return Object.fromEntries(Object.entries(weights).map(([key, w]) => [`${name}.${key}`, flat(w)]));
}

type Recurrent = (typeof golden.recurrent)[keyof typeof golden.recurrent];

/**
 * A recurrent layer whose input and initial states are weights too, so that their gradients can be read: row
 * b·T + t of a table is x at sample b and step t, and a dense layer without bias picks row b for one-hot b.
 */
function observed({ kind, activation, goBackwards, both, sizes, start }: Recurrent) {
  const { T, B, I, H } = sizes;
  const ids = input({ shape: [T] });
  const sample = input({ shape: [B] });
  const x = embedding({ inputDim: B * T, outputDim: I, name: 'x' }).apply(ids);
  const initialState: SymbolicTensor[] = Object.entries(start).map(([name, { length }]) =>
    dense({ units: length / B, useBias: false, name }).apply(sample),
  );
  const layer = CELLS[kind as keyof typeof CELLS]({
    units: H,
    activation: activation as ActivationName,
    returnSequences: true,
    returnState: true,
    goBackwards,
    ...('P' in sizes ? { projection: sizes.P } : {}),
    name: both ? undefined : 'layer',
  });
  const applied = both ? bidirectional({ layer, name: 'layer' }) : layer;
  const outputs = applied.applyAll(x, { initialState });
  const net = model({ inputs: [ids, sample], outputs });
  net.compile({ optimizer: sgd(), loss: outputs.map(() => mse) as (typeof mse)[] });
  return net;
}

describe.each(Object.entries(golden.recurrent))('%s', (_, given) => {
  const { T, B } = given.sizes;
  const net = observed(given as Recurrent);
  const start: Record<string, number[]> = given.start;
  const starts = Object.fromEntries(Object.entries(start).map(([name, s]) => [`${name}.kernel`, flat(s)]));
  net.setWeights({ ...prefixed('layer', given.weights), 'x.embeddings': flat(given.x), ...starts });
  const oneHot = upTo(B * B).map((i) => (i % (B + 1) === 0 ? 1 : 0));
  const x = [tensor(upTo(B * T), [B, T]), tensor(oneHot, [B, B])];

  it('gives outputs and final states', () => {
    const predicted = net.predict(x);
    const expected = Object.values(given.outputs) as number[][];
    expect(predicted.length).toBe(expected.length);
    predicted.forEach(({ data }, i) => {
      expectClose(`output ${i}`, data, expected[i], FORWARD);
    });
  });

  it('gives loss and gradients of weights, input and initial states', () => {
    const y = Object.entries(given.targets as Record<string, number[]>).map(([name, target]) =>
      tensor(target, name === 'y' ? [B, T, target.length / (B * T)] : [B, target.length / B]),
    );
    const { loss, gradients } = kernelGradients(net as never, x, y);
    expectClose('loss', [loss], [given.loss], LOSS);
    const expected: Record<string, number[]> = { 'x.embeddings': given.dx };
    for (const [name, g] of Object.entries(given.gradients)) expected[`layer.${name}`] = g as number[];
    for (const [name, g] of Object.entries(given.dStart)) expected[`${name}.kernel`] = g as number[];
    expect(Object.keys(gradients).sort()).toEqual(Object.keys(expected).sort());
    for (const [name, g] of Object.entries(expected)) {
      expectClose(name, gradients[name], g, GRADIENT);
    }
  });
});

describe('dense', () => {
  const { sizes, weights, x, target, activations } = golden.dense;
  const { B, I, O } = sizes;

  it.each(Object.entries(activations))('%s', (activation, expected) => {
    const net = sequential([
      input({ shape: [1] }),
      embedding({ inputDim: B, outputDim: I, name: 'x' }),
      dense({ units: O, activation: activation as ActivationName, name: 'layer' }),
    ]);
    net.compile({ optimizer: sgd(), loss: mse });
    net.setWeights({ ...prefixed('layer', weights), 'x.embeddings': flat(x) });
    const ids = tensor(upTo(B), [B, 1]);
    expectClose('y', net.predict(ids).data, expected.y, DENSE);
    const { loss, gradients } = kernelGradients(net, ids, tensor(target, [B, 1, O]));
    expectClose('loss', [loss], [expected.loss], LOSS);
    expectClose('dx', gradients['x.embeddings'], expected.gradients.x, DENSE);
    for (const name of ['kernel', 'bias'] as const) {
      expectClose(name, gradients[`layer.${name}`], expected.gradients[name], DENSE);
    }
  });
});

describe('embedding', () => {
  it('looks up rows, and adds up the gradients of a row that is used often', () => {
    const { sizes, table, ids, target, y, loss: expectedLoss, gradient } = golden.embedding;
    const { V, D, B, T } = sizes;
    const net = sequential([input({ shape: [T] }), embedding({ inputDim: V, outputDim: D })]);
    net.compile({ optimizer: sgd(), loss: mse });
    net.setWeights({ 'embedding.embeddings': flat(table) });
    const x = tensor(ids, [B, T]);
    expect(net.predict(x).data).toEqual(flat(y));
    const { loss, gradients } = kernelGradients(net, x, tensor(target, [B, T, D]));
    expectClose('loss', [loss], [expectedLoss], LOSS);
    expectClose('table', gradients['embedding.embeddings'], gradient, DENSE);
  });
});

describe.each(['lstm', 'gru'] as const)('%s over 500 steps with the loss on the last', (kind) => {
  const given = golden.long[kind];
  const { T, B, V, I, H } = given.sizes;

  it('sends the gradient back to step 1', () => {
    const net = sequential([
      input({ shape: [T] }),
      embedding({ inputDim: V, outputDim: I, name: 'x' }),
      CELLS[kind]({ units: H, name: 'layer' }),
    ]);
    net.compile({ optimizer: sgd(), loss: mse });
    net.setWeights({ ...prefixed('layer', given.weights), 'x.embeddings': flat(given.table) });
    const { gradients } = kernelGradients(
      net,
      tensor([...given.ids].map(Number), [B, T]),
      tensor(given.target, [B, H]),
    );
    for (const [name, g] of Object.entries(given.gradients)) {
      expectClose(name, gradients[`layer.${name}`], g, LONG);
    }
    const dTable = gradients['x.embeddings'];
    expectClose('table', dTable, given.dTable, LONG);
    // Id 0 stands at step 1 alone: row 0 holds what has come the whole way.
    expectClose('step 1', dTable.subarray(0, I), given.dTable.slice(0, I), FIRST_STEP);
  });
});
