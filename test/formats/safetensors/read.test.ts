import { describe, expect, it } from 'vitest';
import { readSafetensors, writeSafetensors } from '../../../src/formats/safetensors/index.js';
import { FormatError, ShapeError, ValueError } from '../../../src/index.js';
import golden from '../../golden/pytorch_files.json' with { type: 'json' };
import { bytesOf } from '../../harness/base64.js';
import { bitsOf } from '../../harness/bits.js';
import { testData } from '../../harness/random.js';

/** A file from its header, as text or as JSON, and its data. */
function file(header: unknown, data: number): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + data);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

const entry = (dtype: unknown, shape: unknown, offsets: unknown) => ({ dtype, shape, data_offsets: offsets });

describe('readSafetensors', () => {
  it('reads every type as PyTorch wrote it', () => {
    const { tensors, metadata } = readSafetensors(bytesOf(golden.types.safetensors));
    expect(metadata).toEqual({ format: 'pt' });
    for (const [name, values] of Object.entries(golden.types.values)) {
      expect([...tensors[name].data], name).toEqual(values.map(Math.fround));
    }
    expect(tensors.f16.shape).toEqual([2, 2]);
  });

  it('gives back the bits that were written, names and texts of any kind included', () => {
    const odd = Float32Array.of(-0, Number.NaN, Number.NEGATIVE_INFINITY, 1e-45);
    const given = {
      b: { data: testData(1, 35), shape: [5, 7] },
      a: { data: odd, shape: [1, 4] },
      0: { data: Float32Array.of(3), shape: [] },
      'è.\u{1f9e0}': { data: new Float32Array(0), shape: [3, 0] },
    };
    const { tensors, metadata } = readSafetensors(writeSafetensors(given, { by: 'é' }));
    expect(metadata).toEqual({ by: 'é' });
    expect(Object.keys(tensors).sort()).toEqual(Object.keys(given).sort());
    for (const [name, { data, shape }] of Object.entries(given)) {
      expect(bitsOf(tensors[name].data), name).toEqual(bitsOf(data));
      expect(tensors[name].shape, name).toEqual(shape);
    }
  });

  it('takes a view on a larger buffer', () => {
    const bytes = writeSafetensors({ w: [[1, 2]] });
    const larger = new Uint8Array(bytes.length + 9);
    larger.set(bytes, 5);
    const { tensors } = readSafetensors(larger.subarray(5, 5 + bytes.length));
    expect([...tensors.w.data]).toEqual([1, 2]);
  });

  const refused: [string, Uint8Array, RegExp][] = [
    ['nothing', new Uint8Array(0), /0 bytes has no header/],
    ['a header longer than the file', file('{}', 0).subarray(0, 9), /header of 2 bytes .* file of 9/],
    ['a header of 2^63 bytes', Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 128, 123), /9223372036854775808 bytes/],
    ['no JSON', file('{"a":', 0), /not valid JSON/],
    ['a list', file('[]', 0), /expected an object, got an array of 0/],
    ['an entry that is none', file({ w: 3 }, 0), /tensor 'w': expected an object, got 3/],
    ['an unknown type', file({ w: entry('F8_E4M3', [1], [0, 1]) }, 1), /dtype must be .* got 'F8_E4M3'/],
    ['a type from the prototype', file({ w: entry('constructor', [1], [0, 1]) }, 1), /dtype must be/],
    ['a shape that is none', file({ w: entry('F32', [1.5], [0, 6]) }, 6), /shape must be a list of whole/],
    ['a negative size', file({ w: entry('F32', [-1], [0, 4]) }, 4), /shape must be/],
    ['offsets that are none', file({ w: entry('F32', [1], [0]) }, 4), /data_offsets must be two/],
    ['fewer bytes than the shape takes', file({ w: entry('F32', [2], [0, 4]) }, 4), /takes 8 bytes, not 4/],
    [
      'a product of sizes beyond all numbers',
      file({ w: entry('F32', [2 ** 40, 2 ** 40], [0, 8]) }, 8),
      /takes .* bytes, not 8/,
    ],
    [
      'tensors that overlap',
      file({ a: entry('U8', [2], [0, 2]), b: entry('U8', [2], [1, 3]) }, 3),
      /tensor 'b': data begins at 1, expected 2/,
    ],
    ['a gap', file({ a: entry('U8', [1], [1, 2]) }, 2), /begins at 1, expected 0/],
    ['bytes that no tensor has', file({ a: entry('U8', [1], [0, 1]) }, 2), /take 1 bytes, the file has 2/],
    ['metadata that is no text', file({ __metadata__: { a: 1 } }, 0), /__metadata__: 'a': expected a text/],
    ['an integer that no float holds', integer(2n ** 53n + 1n), /holds 9007199254740992 \(I64\)/],
  ];

  function integer(value: bigint): Uint8Array {
    const bytes = file({ n: entry('I64', [1], [0, 8]) }, 8);
    new DataView(bytes.buffer).setBigInt64(bytes.length - 8, value, true);
    return bytes;
  }

  it.each(refused.slice(0, -1))('refuses %s', (_what, bytes, message) => {
    expect(() => readSafetensors(bytes)).toThrow(FormatError);
    expect(() => readSafetensors(bytes)).toThrow(message);
  });

  it('refuses an integer that a float does not hold', () => {
    expect(() => readSafetensors(integer(2n ** 24n + 1n))).toThrow(/tensor 'n': holds 16777217 \(I64\)/);
  });

  it('refuses what is no bytes', () => {
    expect(() => readSafetensors('file' as never)).toThrow(/expected the bytes of a file .* got 'file'/);
  });

  it('refuses or reads every cut and every flipped byte of a file, and never does anything else', () => {
    const bytes = writeSafetensors({ w: [[1, 2], [3, 4]], v: [5] }, { a: 'b' }); // biome-ignore format: a table
    for (let end = 0; end < bytes.length; end++) {
      expect(() => readSafetensors(bytes.subarray(0, end)), `cut at ${end}`).toThrow(FormatError);
    }
    for (let i = 0; i < bytes.length; i++) {
      for (const flip of [1, 16, 128]) {
        const damaged = bytes.slice();
        damaged[i] ^= flip;
        try {
          readSafetensors(damaged);
        } catch (error) {
          expect(error, `byte ${i}`).toBeInstanceOf(FormatError);
        }
      }
    }
  });
});

describe('writeSafetensors', () => {
  it('begins the data at a multiple of 8', () => {
    for (const name of ['a', 'ab', 'abc', 'abcdefgh']) {
      const bytes = writeSafetensors({ [name]: [1] });
      expect(Number(new DataView(bytes.buffer).getBigUint64(0, true)) % 8, name).toBe(0);
    }
  });

  it('refuses what is no tensor and no text', () => {
    expect(() => writeSafetensors({ w: [[1], [2, 3]] })).toThrow(ShapeError);
    expect(() => writeSafetensors({ w: 'x' as never })).toThrow(ValueError);
    expect(() => writeSafetensors({ __metadata__: [1] })).toThrow(/no tensor can be named/);
    expect(() => writeSafetensors({}, { a: 1 as never })).toThrow(/metadata 'a' must be a text, got 1/);
  });
});
