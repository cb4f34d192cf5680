import { describe, expect, it } from 'vitest';
import { readNpy, readNpz, writeNpy, writeNpz } from '../../../src/formats/numpy/index.js';
import { FormatError, ShapeError, ValueError } from '../../../src/index.js';
import golden from '../../golden/numpy_files.json' with { type: 'json' };
import { bytesOf } from '../../harness/base64.js';
import { bitsOf } from '../../harness/bits.js';
import { testData } from '../../harness/random.js';

describe('readNpy', () => {
  it.each(golden.arrays)('reads what NumPy wrote: $name', ({ file, shape, values }) => {
    const array = readNpy(bytesOf(file));
    expect(array.shape).toEqual(shape);
    expect([...array.data]).toEqual(values);
  });

  const float = bytesOf(golden.arrays[0].file);
  const changed = (from: string, to: string): Uint8Array => {
    const text = String.fromCharCode(...float);
    return Uint8Array.from(text.replace(from, to), (letter) => letter.charCodeAt(0));
  };

  const refused: [string, Uint8Array, RegExp][] = [
    ['nothing', new Uint8Array(0), /0 bytes are not a .npy file/],
    ['a version to come', float.map((byte, i) => (i === 6 ? 4 : byte)), /version 4 of .npy/],
    ['a cut header', float.subarray(0, 40), /a header of 118 bytes is not in the file/],
    ['objects, which are pickles', bytesOf(golden.objects), /numbers of type '\|O'|does not give descr/],
    ['cut data', float.subarray(0, float.length - 1), /takes 240 bytes, the file has 239/],
    ['a larger shape', changed('(3, 4, 5)', '(9, 4, 5)'), /takes 720 bytes, the file has 240/],
    ['a negative size', changed('(3, 4, 5)', '(3,-4, 5)'), /does not give descr/],
    ['a header that is more than values', changed("'<f4'", "{}[0]"), /does not give descr/], // biome-ignore format: widths
    ['an unknown type', changed("'<f4'", "'<c4'"), /numbers of type '<c4' cannot be read; f2/],
  ];

  it.each(refused)('refuses %s', (_what, bytes, message) => {
    expect(() => readNpy(bytes)).toThrow(FormatError);
    expect(() => readNpy(bytes)).toThrow(message);
  });
});

describe('writeNpy', () => {
  it('is read again with the same bits, aligned as NumPy aligns', () => {
    for (const shape of [[], [1], [5], [3, 4], [0, 2], [2, 3, 4]]) {
      const data = testData(7, shape.reduce((a, b) => a * b, 1)); // biome-ignore format: one line
      const bytes = writeNpy({ data, shape });
      const again = readNpy(bytes);
      expect(again.shape).toEqual(shape);
      expect(bitsOf(again.data)).toEqual(bitsOf(data));
      expect((bytes.length - 4 * data.length) % 64).toBe(0);
    }
  });

  it('writes the bytes that NumPy writes', () => {
    const [{ file, shape, values }] = golden.arrays;
    expect(writeNpy({ data: Float32Array.from(values), shape })).toEqual(bytesOf(file));
  });

  it('refuses what is no tensor', () => {
    expect(() => writeNpy([[1], [2, 3]])).toThrow(ShapeError);
  });
});

describe('npz', () => {
  it.each(['npz', 'compressed'] as const)('reads what NumPy wrote: %s', (kind) => {
    const arrays = readNpz(bytesOf(golden[kind]));
    expect(Object.keys(arrays).sort()).toEqual(Object.keys(golden.values).sort());
    for (const [name, values] of Object.entries(golden.values)) {
      expect([...arrays[name].data], name).toEqual(values);
    }
  });

  it('comes back with the same bits', () => {
    const arrays = {
      'a/b': { data: testData(1, 12), shape: [3, 4] },
      z: { data: testData(2, 1), shape: [] },
    };
    const again = readNpz(writeNpz(arrays));
    for (const [name, { data, shape }] of Object.entries(arrays)) {
      expect(again[name].shape).toEqual(shape);
      expect(bitsOf(again[name].data)).toEqual(bitsOf(data));
    }
  });

  it('refuses a file that would unfold beyond measure', () => {
    expect(() => readNpz(bytesOf(golden.bomb))).toThrow(FormatError);
    expect(() => readNpz(bytesOf(golden.bomb))).toThrow(/unfold to 4000128 bytes, more than 10 times/);
  });

  it('refuses what is no archive, and names that are none', () => {
    expect(() => readNpz(bytesOf(golden.arrays[0].file))).toThrow(/no zip archive/);
    expect(() => writeNpz({ '../x': [1] })).toThrow(ValueError);
  });
});
