import { describe, expect, it } from 'vitest';
import { readTorch, stateDict, writeTorch } from '../../../src/formats/pytorch/index.js';
import { load, ShapeError, tensor, ValueError } from '../../../src/index.js';
import golden from '../../golden/pytorch_written.json' with { type: 'json' };
import { bytesOf } from '../../harness/base64.js';
import { bitsOf } from '../../harness/bits.js';
import { expectClose } from '../../harness/golden.js';
import { testData } from '../../harness/random.js';

/** Outputs there and here from the same file, relative to the largest. Measured: 2e-7. */
const OUTPUT_BOUND = 1e-6;

describe('writeTorch', () => {
  it.each(golden.cases)('writes the bytes that PyTorch has read: $name', ({ name, model, pt, x, y }) => {
    const net = load(bytesOf(model));
    expect(writeTorch(stateDict(net))).toEqual(bytesOf(pt));
    expectClose(name, net.predict(tensor(x.data, x.shape)).data, y.data, OUTPUT_BOUND);
  });

  it('comes back with the same bits: scalars, empty tensors, names of any letters', () => {
    const shapes = [[], [1], [0, 3], [17], [3, 5], [2, 3, 4], [33, 1]];
    const tensors = Object.fromEntries(
      shapes.map((shape, i) => {
        const size = shape.reduce((a, b) => a * b, 1);
        return [`größe.${i}`, { data: testData(i, size), shape }];
      }),
    );
    const read = readTorch(writeTorch(tensors));
    expect(Object.keys(read)).toEqual(Object.keys(tensors));
    for (const [name, { data, shape }] of Object.entries(tensors)) {
      expect(read[name].shape, name).toEqual(shape);
      expect(bitsOf(read[name].data), name).toEqual(bitsOf(data));
    }
  });

  it('names what is no tensor', () => {
    expect(() => writeTorch({ w: 'text' as never })).toThrow(ValueError);
    expect(() => writeTorch({ w: 'text' as never })).toThrow(/writeTorch: w: expected numbers/);
    expect(() => writeTorch({ w: { data: new Float32Array(2), shape: [3] } })).toThrow(ShapeError);
  });
});
