import { describe, expect, it } from 'vitest';
import {
  embedding,
  input,
  type Model,
  type MultiHeadAttentionOptions,
  model,
  multiHeadAttention,
  sgd,
  type Tensor,
  tensor,
} from '../../../src/index.js';
import golden from '../../golden/attention.json' with { type: 'json' };
import { expectClose, flat } from '../../harness/golden.js';
import { kernelGradients, scaledDifference } from '../../harness/gradient.js';

// Differences from PyTorch in f64, over the largest value of the tensor compared.
/** Outputs. Measured: 2.4e-7. */
const FORWARD = 6e-7;
/** Loss, and gradients of weights of values and outputs. Measured: 2.3e-7. */
const GRADIENT = 6e-7;
/** Gradients through the scores, which are differences of larger numbers. Measured: 3.2e-6. */
const SCORES = 8e-6;
/** Largest gradient of a key's bias, which is 0. Measured: 3e-8. */
const NOTHING = 1e-7;

interface Golden {
  readonly options: MultiHeadAttentionOptions;
  readonly lengths: number[] | null;
  readonly weights: Readonly<Record<string, number[]>>;
  readonly inputs: Readonly<Record<string, { readonly shape: number[]; readonly data: number[] }>>;
  readonly target: number[];
  readonly y: number[];
  readonly loss: number;
  readonly gradients: Readonly<Record<string, number[]>>;
  readonly dInputs: Readonly<Record<string, number[]>>;
}

const { torch: _, ...cases } = golden;

describe.each(Object.entries(cases))('nn.MultiheadAttention, %s', (_name, given) => {
  const { options, weights, target, y, loss, gradients, dInputs, ...rest } = given as unknown as Golden;
  const inputs = Object.entries(rest.inputs);
  const lengths = rest.lengths ?? undefined;

  it('gives the output, the loss and the gradients of PyTorch', () => {
    // Inputs are tables, so that their gradients can be read.
    const ids = inputs.map(([, { shape }]) => input({ shape: [shape[1]] }));
    const tables = inputs.map(
      (
        [
          name,
          {
            shape: [B, T, features],
          },
        ],
        i,
      ) => embedding({ inputDim: B * T, outputDim: features, name: `${name}Table` }).apply(ids[i]),
    );
    const outputs = multiHeadAttention({ ...options, name: 'layer' }).apply(tables);
    const net = model({ inputs: ids, outputs }) as unknown as Model;
    net.compile({ optimizer: sgd(), loss: 'meanSquaredError' });
    net.setWeights({
      ...Object.fromEntries(Object.entries(weights).map(([name, w]) => [`layer.${name}`, flat(w)])),
      ...Object.fromEntries(inputs.map(([name, { data }]) => [`${name}Table.embeddings`, flat(data)])),
    });
    const counted = inputs.map(([, { shape }]) => {
      const [B, T] = shape;
      return tensor(
        Array.from({ length: B * T }, (_, i) => i),
        [B, T],
      );
    });
    const x = counted.length === 1 ? counted[0] : counted;
    const predicted = net.predict(x as Tensor, { lengths });
    expect(predicted.shape).toEqual(inputs[0][1].shape);
    expectClose('y', predicted.data, y, FORWARD);
    const got = kernelGradients(net, x, tensor(target, predicted.shape), lengths);
    expectClose('loss', [got.loss], [loss], GRADIENT);
    for (const [name, g] of Object.entries(dInputs)) {
      expectClose(name, got.gradients[`${name}Table.embeddings`], g, SCORES);
    }
    const { keyBias, ...others } = gradients;
    for (const [name, g] of Object.entries(others)) {
      const bound = /^(query|key)/.test(name) ? SCORES : GRADIENT;
      expectClose(name, got.gradients[`layer.${name}`], g, bound);
    }
    if (keyBias === undefined) return;
    // It adds the same to all scores of a query.
    expect(scaledDifference(got.gradients['layer.keyBias'], keyBias, 1)).toBeLessThan(NOTHING);
  });
});
