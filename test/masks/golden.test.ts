import { describe, expect, it } from 'vitest';
import { bidirectional, input, type Model, model, tensor } from '../../src/index.js';
import golden from '../golden/packed.json' with { type: 'json' };
import { CELLS, expectClose, flat } from '../harness/golden.js';
import { kernelGradients } from '../harness/gradient.js';

// Differences from PyTorch in f64, over the largest value of the tensor compared.
/** Outputs and final states. Measured: 2.0e-7. */
const FORWARD = 3e-7;
/** Gradients of weights. Measured: 3.1e-7. */
const GRADIENT = 6e-7;
/** Loss. Measured: 5.9e-8. */
const LOSS = 2e-7;

interface Case {
  readonly kind: string;
  readonly both: boolean;
  readonly sizes: { readonly T: number; readonly B: number; readonly I: number; readonly H: number };
  readonly lengths: number[];
  readonly weights: Readonly<Record<string, number[]>>;
  readonly x: number[];
  readonly targets: readonly number[][];
  readonly outputs: readonly number[][];
  readonly loss: number;
  readonly gradients: Readonly<Record<string, number[]>>;
}

const CASES = golden.cases as unknown as Readonly<Record<string, Case>>;

describe.each(Object.keys(CASES))('packed sequences of PyTorch: %s', (title) => {
  const { kind, both, sizes, lengths, weights, x, targets, outputs, loss, gradients } = CASES[title];
  const { T, B, I, H } = sizes;

  it('outputs, last states, loss and gradients agree', () => {
    const sequence = input({ shape: [null, I] });
    const cell = CELLS[kind as keyof typeof CELLS]({ units: H, returnSequences: true, returnState: true });
    const layer = both ? bidirectional({ layer: cell }) : cell;
    const made = model({ inputs: sequence, outputs: layer.applyAll(sequence) }) as unknown as Model;
    const name = both ? 'bidirectional' : kind;
    const own = Object.entries(weights).map(([key, w]) => [`${name}.${key}`, flat(w)]);
    made.setWeights(Object.fromEntries(own));
    const width = both ? 2 * H : H;
    const data = tensor(flat(x), [B, T, I]);
    const predicted = made.predict(data, { lengths }) as unknown as { data: Float32Array }[];
    outputs.forEach((expected, i) => {
      expectClose(`output ${i}`, predicted[i].data, expected, FORWARD);
    });
    made.compile({ optimizer: 'sgd', loss: targets.map(() => 'meanSquaredError' as const) });
    const wanted = targets.map((target, i) => tensor(flat(target), i === 0 ? [B, T, width] : [B, H]));
    const got = kernelGradients(made, data, wanted, lengths);
    expect(Math.abs(got.loss - loss) / loss).toBeLessThan(LOSS);
    for (const [key, expected] of Object.entries(gradients)) {
      expectClose(key, got.gradients[`${name}.${key}`], expected, GRADIENT);
    }
  });
});
