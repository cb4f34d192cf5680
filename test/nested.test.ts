import { describe, expect, it } from 'vitest';
import { ShapeError } from '../src/errors.js';
import { flattenNested, type NestedArray, toNested } from '../src/nested.js';
import { tensor } from '../src/tensor.js';
import { testData } from './harness/random.js';

describe('flattenNested', () => {
  it('keeps row-major order', () => {
    const nested = [
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      [
        [7, 8, 9],
        [10, 11, 12],
      ],
    ];
    expect(flattenNested(nested)).toEqual({
      data: new Float32Array([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
      shape: [2, 2, 3],
    });
  });

  it('takes a number, an empty list and lists of empty lists', () => {
    expect(flattenNested(2.5)).toEqual({ data: new Float32Array([2.5]), shape: [] });
    expect(flattenNested([])).toEqual({ data: new Float32Array(0), shape: [0] });
    expect(flattenNested([[], []])).toEqual({ data: new Float32Array(0), shape: [2, 0] });
  });

  it('takes typed arrays as rows', () => {
    const nested = [
      [new Float32Array([1, 2]), [3, 4]],
      [new Float64Array([5, 6]), new Int8Array([7, -8])],
    ];
    expect(flattenNested(nested)).toEqual({
      data: new Float32Array([1, 2, 3, 4, 5, 6, 7, -8]),
      shape: [2, 2, 2],
    });
  });

  it.each<[string, unknown, string]>([
    [
      'a short row',
      [
        [1, 2, 3],
        [4, 5],
      ],
      'tensor: data[1]: expected 3 entries, got 2 entries',
    ],
    [
      'a long row, deep down',
      [
        [[1], [2]],
        [[3], [4, 5]],
      ],
      'tensor: data[1][1]: expected 1 entries, got 2 entries',
    ],
    ['a number for a row', [[1], 2], 'tensor: data[1]: expected 1 entries, got a number'],
    ['a row for a number', [1, [2]], 'tensor: data[1]: expected a number, got 1 entries'],
    [
      'a string',
      [
        [1, 2],
        [3, '4'],
      ],
      "tensor: data[1][1]: expected a number, got the string '4'",
    ],
    [
      'a hole',
      [
        [1, 2],
        [3, undefined],
      ],
      'tensor: data[1][1]: expected a number, got nothing',
    ],
    ['null', [[1], null], 'tensor: data[1]: expected 1 entries, got null'],
    ['an error after whole rows', [[[1], [2]], [[3]]], 'tensor: data[1]: expected 2 entries, got 1 entries'],
  ])('names the place of %s', (_, nested, message) => {
    expect(() => flattenNested(nested as NestedArray)).toThrow(new ShapeError(message));
  });

  it('begins the message with the name given', () => {
    expect(() => flattenNested([[1], []], 'fit: x')).toThrow('fit: x[1]: expected 1 entries, got 0 entries');
  });

  it.each([1, 3, 4, 5, 17, 33])('is undone by toNested (size %i)', (n) => {
    const data = testData(n, n * 3 * 2);
    const back = flattenNested(toNested(data, [n, 3, 2]));
    expect(back).toEqual({ data, shape: [n, 3, 2] });
    expect(toNested(data.subarray(0, 2), [2, 1])).toEqual([[data[0]], [data[1]]]);
  });
});

describe('toNested', () => {
  it('gives a bare number for no axes', () => {
    expect(toNested(new Float32Array([7]), [])).toBe(7);
  });

  it('refuses a shape that does not hold the data', () => {
    expect(() => toNested(new Float32Array(5), [2, 3])).toThrow('shape [2, 3] holds 6 values, data has 5');
  });
});

describe('tensor', () => {
  it('reads nested arrays and reports where they are ragged', () => {
    expect(tensor([[1, 2], new Float32Array([3, 4])])).toEqual({
      data: new Float32Array([1, 2, 3, 4]),
      shape: [2, 2],
    });
    expect(() => tensor([[1, 2], [3]])).toThrow('tensor: data[1]: expected 2 entries, got 1 entries');
  });
});
