import { describe, expect, it } from 'vitest';
import {
  embedding,
  input,
  type Model,
  model,
  sgd,
  type Tensor,
  type TransformerEncoderOptions,
  tensor,
  transformerDecoder,
  transformerEncoder,
} from '../../../src/index.js';
import golden from '../../golden/transformer.json' with { type: 'json' };
import { expectClose, flat } from '../../harness/golden.js';
import { kernelGradients, scaledDifference } from '../../harness/gradient.js';

// Differences from PyTorch in f64, over the largest value of the tensor compared.
/** Outputs. */
const FORWARD = 1.5e-6;
/** Loss and gradients. */
const GRADIENT = 1.5e-5;
/** Largest gradient of a key's bias, which is 0. */
const NOTHING = 2e-7;

interface Golden {
  readonly options: TransformerEncoderOptions;
  readonly lengths: number[] | null;
  readonly weights: Readonly<Record<string, number[]>>;
  readonly inputs: readonly { readonly shape: number[]; readonly data: number[] }[];
  readonly target: number[];
  readonly y: number[];
  readonly loss: number;
  readonly gradients: Readonly<Record<string, number[]>>;
  readonly dInputs: readonly number[][];
}

const { torch: _, ...cases } = golden;

describe.each(Object.entries(cases))('Transformer layer of PyTorch, %s', (name, given) => {
  const { options, weights, inputs, target, y, loss, gradients, dInputs, ...rest } =
    given as unknown as Golden;

  it('has its output, loss and gradients', () => {
    // Inputs are tables, so that their gradients can be read.
    const ids = inputs.map(({ shape }, i) => input({ shape: [shape[1]], name: `ids${i}` }));
    const tables = inputs.map(({ shape: [B, T, features] }, i) =>
      embedding({ inputDim: B * T, outputDim: features, name: `table${i}` }).apply(ids[i]),
    );
    const make = name.startsWith('decoder') ? transformerDecoder : transformerEncoder;
    const outputs = make({ ...options, name: 'layer' }).apply(tables);
    const net = model({ inputs: ids, outputs }) as unknown as Model;
    net.compile({ optimizer: sgd(), loss: 'meanSquaredError' });
    net.setWeights({
      ...Object.fromEntries(Object.entries(weights).map(([own, w]) => [`layer.${own}`, flat(w)])),
      ...Object.fromEntries(inputs.map(({ data }, i) => [`table${i}.embeddings`, flat(data)])),
    });
    const counted = inputs.map(({ shape: [B, T] }) =>
      tensor(
        Array.from({ length: B * T }, (_, i) => i),
        [B, T],
      ),
    );
    const x = counted.length === 1 ? counted[0] : counted;
    const lengths = rest.lengths === null ? undefined : { [`ids${inputs.length - 1}`]: rest.lengths };
    const predicted = net.predict(x as Tensor, { lengths });
    expectClose('y', predicted.data, y, FORWARD);
    const got = kernelGradients(net, x, tensor(target, predicted.shape), lengths);
    expectClose('loss', [got.loss], [loss], GRADIENT);
    dInputs.forEach((g, i) => {
      expectClose(`input ${i}`, got.gradients[`table${i}.embeddings`], g, GRADIENT);
    });
    for (const [own, g] of Object.entries(gradients)) {
      if (own.endsWith('keyBias')) {
        expect(scaledDifference(got.gradients[`layer.${own}`], g, 1)).toBeLessThan(NOTHING);
      } else expectClose(own, got.gradients[`layer.${own}`], g, GRADIENT);
    }
  });
});
