import { describe, expect, it } from 'vitest';
import { readTorch } from '../../../src/formats/pytorch/index.js';
import { readPickle } from '../../../src/formats/pytorch/pickle.js';
import { readSafetensors } from '../../../src/formats/safetensors/index.js';
import { readZip, writeZip } from '../../../src/formats/zip.js';
import { FormatError, ValueError } from '../../../src/index.js';
import golden from '../../golden/pytorch_files.json' with { type: 'json' };
import { bytesOf } from '../../harness/base64.js';
import { bitsOf } from '../../harness/bits.js';

describe('readTorch', () => {
  it.each(golden.cases)('gives what the safetensors file of the same weights gives: $name', (given) => {
    const got = readTorch(bytesOf(given.pt));
    const { tensors } = readSafetensors(bytesOf(given.safetensors));
    expect(Object.keys(got).sort()).toEqual(Object.keys(tensors).sort());
    for (const [name, { data, shape }] of Object.entries(tensors)) {
      expect(got[name].shape, name).toEqual(shape);
      expect(bitsOf(got[name].data), name).toEqual(bitsOf(data));
    }
  });

  it('finds a state dict inside a checkpoint, turned and cut tensors and parameters included', () => {
    const { pt, weight, cut, shared } = golden.checkpoint;
    expect(() => readTorch(bytesOf(pt))).toThrow(/no tensors found; key may be 'net'/);
    expect(() => readTorch(bytesOf(pt), { key: 'net' })).toThrow(/key may be 'model'/);
    const tensors = readTorch(bytesOf(pt), { key: 'net.model' });
    expect(tensors.turned.shape).toEqual([3, 2]);
    expect([...tensors.turned.data]).toEqual([0, 1, 2].flatMap((j) => [weight[j], weight[3 + j]]));
    expect([...tensors.cut.data]).toEqual(cut);
    expect([...tensors.shared.data]).toEqual(shared);
    expect(() => readTorch(bytesOf(pt), { key: 'net.none' })).toThrow(
      /no dictionary under 'net.none'; keys: 'epoch', 'rate', 'net'/,
    );
  });

  it('refuses what is no archive, no checkpoint, and a key that is none', () => {
    expect(() => readTorch(new Uint8Array(30))).toThrow(FormatError);
    expect(() => readTorch(writeZip({ 'a/b': new Uint8Array(3) }))).toThrow(/has no data.pkl/);
    expect(() => readTorch(bytesOf(golden.cases[0].pt), { key: 3 as never })).toThrow(ValueError);
  });

  it('refuses an archive whose storage is missing, or too small', () => {
    const files = readZip('test', bytesOf(golden.cases[0].pt));
    const [storage] = [...files.keys()].filter((name) => name.includes('/data/'));
    const without = Object.fromEntries([...files].filter(([name]) => name !== storage));
    expect(() => readTorch(writeZip(without))).toThrow(/storage '0' is not in the archive/);
    const short = { ...without, [storage]: (files.get(storage) as Uint8Array).slice(0, 8) };
    expect(() => readTorch(writeZip(short))).toThrow(/reaches element \d+ of a storage of 2/);
  });

  it('never makes the call that a pickle asks for', () => {
    expect(() => readTorch(bytesOf(golden.evil))).toThrow(FormatError);
    expect(() => readTorch(bytesOf(golden.evil))).toThrow(
      /asks for posix.system, which a state dict does not need/,
    );
  });
});

describe('readPickle', () => {
  const read = (...parts: (string | number)[]) => {
    const codes = parts.flatMap((part) =>
      typeof part === 'number' ? [part] : [...part].map((c) => c.charCodeAt(0)),
    );
    return readPickle('test', Uint8Array.from(codes), (name) => name === 'collections.OrderedDict');
  };

  it('reads dictionaries, lists, tuples, numbers and texts', () => {
    const value = read(
      0x80,
      2,
      '}(X',
      1,
      0,
      0,
      0,
      'aK',
      7,
      'X',
      1,
      0,
      0,
      0,
      'b](J',
      0xff,
      0xff,
      0xff,
      0xff,
      'M',
      0,
      1,
      'Ne',
      'u.',
    );
    expect(value).toEqual(new Map<string, unknown>([['a', 7], ['b', [-1, 256, null]]])); // biome-ignore format: a table
    expect(read(0x8a, 2, 0, 0xff, '.')).toBe(-256);
    expect(read(0x88, 0x89, 0x86, '.')).toEqual([true, false]);
    expect(read('G', 0x3f, 0xf8, 0, 0, 0, 0, 0, 0, '.')).toBe(1.5);
  });

  it.each([
    ['an end too soon', ['X', 200, 0, 0, 0, 'a'], /ends within an entry/],
    ['no end', ['N'], /ends within an entry/],
    ['an empty stack', ['.'], /takes from an empty stack/],
    ['a mark that is not there', ['t.'], /a mark that is not there/],
    ['a value it has not kept', ['h', 3, '.'], /recalls value 3/],
    ['a value far beyond those there are', ['Nr', 0xff, 0xff, 0xff, 0x7f, '.'], /remembers value 2147483647/],
    ['entries of no dictionary', ['NNNs.'], /sets entries of no dictionary/],
    ['a call of no name', ['NN)R.'], /calls what is no name/],
    ['another opcode', ['i'], /has opcode 0x69 at byte 0/],
    ['a line without end', ['cos'], /ends within a line/],
  ] as [string, (string | number)[], RegExp][])('refuses %s', (_what, parts, message) => {
    expect(() => read(...parts)).toThrow(FormatError);
    expect(() => read(...parts)).toThrow(message);
  });
});
