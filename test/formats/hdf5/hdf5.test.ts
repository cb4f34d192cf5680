import { describe, expect, it } from 'vitest';
import { readHdf5, type WrittenGroup, writeHdf5 } from '../../../src/formats/hdf5/index.js';
import { FormatError } from '../../../src/index.js';
import { testData } from '../../harness/random.js';

/** A tree with what Keras's files have. */
const TREE: WrittenGroup = {
  attributes: { version: '3.8.0', long: 'é'.repeat(50_000), names: ['lstm', 'dénse', ''], none: [] },
  children: new Map<string, WrittenGroup | { shape: number[]; data: Float32Array | BigInt64Array }>([
    ['matrix', { shape: [3, 5], data: testData(1, 15) }],
    ['scalar', { shape: [], data: testData(2, 1) }],
    ['whole', { shape: [2], data: BigInt64Array.of(7n, -3n) }],
    ['nothing', { shape: [0, 4], data: new Float32Array(0) }],
    [
      'a',
      { children: new Map([['b', { children: new Map([['c', { shape: [33], data: testData(3, 33) }]]) }]]) },
    ],
    ...Array.from({ length: 40 }, (_, i) => [`group_${i}`, { attributes: { number: String(i) } }] as const),
  ]),
};

describe('writeHdf5', () => {
  it('writes what reads back', () => {
    const root = readHdf5('test', writeHdf5(TREE));
    expect(root.names).toHaveLength(45);
    for (const name of ['version', 'long', 'names', 'none']) {
      expect(root.attribute(name), name).toEqual(TREE.attributes?.[name]);
    }
    expect(root.attribute('other')).toBeUndefined();
    expect(root.dataset('matrix')?.read()).toEqual({ shape: [3, 5], data: testData(1, 15) });
    expect(root.dataset('scalar')?.read()).toEqual({ shape: [], data: testData(2, 1) });
    expect(root.dataset('whole')?.read().data).toEqual(Float32Array.of(7, -3));
    expect(root.dataset('nothing')?.read()).toEqual({ shape: [0, 4], data: new Float32Array(0) });
    expect(root.group('a')?.dataset('b/c')?.read().data).toEqual(testData(3, 33));
    expect(root.group('group_39')?.attribute('number')).toBe('39');
    expect(root.find('a/b/none')).toBeUndefined();
    expect(root.group('matrix')).toBeUndefined();
  });
});

describe('readHdf5', () => {
  const bytes = writeHdf5(TREE);
  const changed = (at: number, value: number): Uint8Array => {
    const copy = bytes.slice();
    copy[at] = value;
    return copy;
  };

  it('refuses what is no file of its kind, or cut short', () => {
    const refused: [string, Uint8Array][] = [
      ['no HDF5 file', new Uint8Array(100)],
      ['of version 9', changed(8, 9)],
      ['addresses of other than 8 bytes', changed(13, 4)],
      ['cut short or damaged', bytes.slice(0, bytes.length - 40)],
      ['a file inside another', changed(24, 1)],
    ];
    for (const [message, given] of refused) {
      expect(() => readHdf5('test', given), message).toThrow(FormatError);
      expect(() => readHdf5('test', given)).toThrow(`test: `);
      expect(() => readHdf5('test', given)).toThrow(message);
    }
  });

  it('gives out no more than ten times the file, however often a part is linked', () => {
    const data = testData(4, 9000);
    const file = writeHdf5({ children: new Map([['a', { shape: [9000], data }]]) });
    const root = readHdf5('test', file);
    const read = () => root.dataset('a')?.read();
    for (let i = 0; i < 10; i++) read();
    expect(read).toThrow(/would unfold to/);
  });
});
