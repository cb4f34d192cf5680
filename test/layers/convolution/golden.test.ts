import { describe, expect, it } from 'vitest';
import {
  averagePooling1d,
  conv1d,
  conv1dTranspose,
  convGru1d,
  convLstm1d,
  convRnn1d,
  depthwiseConv1d,
  embedding,
  globalAveragePooling1d,
  globalMaxPooling1d,
  input,
  type Layer,
  maxPooling1d,
  reshape,
  separableConv1d,
  sequential,
  sgd,
  tcn,
  tensor,
} from '../../../src/index.js';
import golden from '../../golden/convolution.json' with { type: 'json' };
import { expectClose, flat } from '../../harness/golden.js';
import { kernelGradients } from '../../harness/gradient.js';

// Differences from PyTorch in f64, over the largest value of the tensor compared.
/** Outputs. Measured: 1.6e-7. */
const FORWARD = 4e-7;
/** Loss, and gradients of weights and input. Measured: 1.9e-7. */
const GRADIENT = 8e-7;

interface Golden {
  readonly layer: keyof typeof FACTORIES;
  readonly options: object;
  readonly sizes: { readonly B: number; readonly T: number; readonly C: number; readonly W?: number };
  readonly weights: Readonly<Record<string, number[]>>;
  readonly x: number[];
  readonly target: number[];
  readonly shape: number[];
  readonly y: number[];
  readonly loss: number;
  readonly gradients: Readonly<Record<string, number[]>>;
  readonly dx: number[];
}

const FACTORIES = {
  conv1d,
  depthwiseConv1d,
  separableConv1d,
  conv1dTranspose,
  maxPooling1d,
  averagePooling1d,
  globalMaxPooling1d,
  globalAveragePooling1d,
  tcn,
  convRnn1d,
  convGru1d,
  convLstm1d,
};

const { torch: _, ...cases } = golden;

describe.each(Object.entries(cases))('%s', (_name, given) => {
  const { layer, options, sizes, weights, x, target, shape, y, loss, gradients, dx } =
    given as unknown as Golden;
  const { B, T, C, W } = sizes;
  const factory = FACTORIES[layer] as (options: object) => Layer;

  it('gives the output, the loss and the gradients of PyTorch', () => {
    // x is a table too, so that its gradient can be read.
    const net = sequential([
      input({ shape: [T] }),
      embedding({ inputDim: B * T, outputDim: C * (W ?? 1), name: 'x' }),
      ...(W === undefined ? [] : [reshape({ targetShape: [T, W, C] })]),
      factory({ ...options, name: 'layer' }),
    ]);
    net.compile({ optimizer: sgd(), loss: 'meanSquaredError' });
    const named = Object.entries(weights).map(([name, w]) => [`layer.${name}`, flat(w)]);
    net.setWeights({ ...Object.fromEntries(named), 'x.embeddings': flat(x) });
    const ids = tensor(
      Array.from({ length: B * T }, (_, i) => i),
      [B, T],
    );
    const predicted = net.predict(ids);
    expect(predicted.shape).toEqual(shape);
    expectClose('y', predicted.data, y, FORWARD);
    const got = kernelGradients(net, ids, tensor(target, shape));
    expectClose('loss', [got.loss], [loss], GRADIENT);
    expectClose('dx', got.gradients['x.embeddings'], dx, GRADIENT);
    for (const [name, g] of Object.entries(gradients)) {
      expectClose(name, got.gradients[`layer.${name}`], g, GRADIENT);
    }
  });
});
