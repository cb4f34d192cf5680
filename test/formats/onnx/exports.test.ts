import { describe, expect, it } from 'vitest';
import { importOnnx } from '../../../src/formats/onnx/index.js';
import { sgd, type Tensor, tensor } from '../../../src/index.js';
import golden from '../../golden/onnx_files.json' with { type: 'json' };
import { bytesOf } from '../../harness/base64.js';

/** Against PyTorch. Measured: 4.8e-7 at most. */
const DIFFERENCE = 1e-6;

const tensors = (given: object): Record<string, Tensor> =>
  Object.fromEntries(
    Object.entries(given as Record<string, { data: number[]; shape: number[] }>).map(
      ([name, { data, shape }]) => [name, tensor(data, shape)],
    ),
  );

describe.each(golden.exports)('importOnnx of what PyTorch exports: $name', ({ file, inputs, outputs }) => {
  it('gives the outputs of PyTorch', () => {
    const { run } = importOnnx(bytesOf(file));
    const got = run(tensors(inputs));
    for (const [name, { data, shape }] of Object.entries(tensors(outputs))) {
      expect(got[name].shape, name).toEqual(shape);
      got[name].data.forEach((value, i) => {
        expect(Math.abs(value - data[i]), `${name}[${i}]`).toBeLessThanOrEqual(DIFFERENCE);
      });
    }
  });
});

describe('an imported model', () => {
  it('trains on', () => {
    const [{ file, inputs }] = golden.exports;
    const { model } = importOnnx(bytesOf(file));
    const { x } = tensors(inputs);
    const y = tensor(Array.from({ length: x.shape[0] }, (_, i) => [i % 2, 1 - (i % 2)]));
    model.compile({ optimizer: sgd({ learningRate: 0.5 }), loss: 'categoricalCrossentropy' });
    const losses = Array.from({ length: 20 }, () => model.trainOnBatch(x, y).loss);
    expect(losses[19]).toBeLessThan(0.95 * losses[0]);
    losses.slice(1).forEach((loss, i) => {
      expect(loss).toBeLessThan(losses[i]);
    });
  });
});
