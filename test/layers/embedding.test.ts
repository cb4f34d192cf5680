import { describe, expect, it } from 'vitest';
import { KernelBench } from '../harness/kernels.js';
import { testData, testRandom } from '../harness/random.js';

const SIZES = [1, 3, 4, 5, 17, 33];

function ids(seed: number, R: number, V: number): number[] {
  const next = testRandom(seed);
  return Array.from({ length: R }, () => Math.floor(next() * V));
}

function forward(id: number[], table: Float32Array, O: number, V: number): Float32Array {
  const bench = new KernelBench(1);
  const y = bench.alloc(id.length * O + 4, 7);
  bench.kernels.embedding_forward(y, bench.put(id), bench.put(table), id.length, O, V);
  expect([...bench.read(y + 4 * id.length * O, 4)]).toEqual([7, 7, 7, 7]);
  return bench.read(y, id.length * O);
}

function backward(id: number[], dtable: Float32Array, dy: Float32Array, O: number, V: number): Float32Array {
  const bench = new KernelBench(1);
  const at = bench.put(dtable);
  bench.kernels.embedding_backward(at, bench.put(dy), bench.put(id), id.length, O, V, O);
  return bench.read(at, V * O);
}

describe.each(SIZES)('embedding with O = %i', (O) => {
  const V = 7;
  const table = testData(1, V * O);

  it.each(SIZES)('forward copies %i rows', (R) => {
    const id = ids(2, R, V);
    const want = id.flatMap((v) => [...table.subarray(v * O, v * O + O)]);
    expect([...forward(id, table, O, V)]).toEqual(want);
  });

  it.each(SIZES)('backward adds %i rows by rising row onto what was there', (R) => {
    const id = ids(3, R, V);
    const dy = testData(4, R * O);
    const start = testData(5, V * O);
    const want = start.slice();
    for (let r = 0; r < R; r++) for (let o = 0; o < O; o++) want[id[r] * O + o] += dy[r * O + o];
    expect([...backward(id, start, dy, O, V)]).toEqual([...want]);
  });

  it('an id outside the table reads zeros and adds nothing', () => {
    const outside = [-1, V, Number.NaN, 1e30, -1e30, Number.POSITIVE_INFINITY, -0.5];
    expect([...forward(outside, table, O, V)]).toEqual(Array(outside.length * O).fill(0));
    const start = testData(5, V * O);
    expect([...backward(outside, start, testData(6, outside.length * O), O, V)]).toEqual([...start]);
    expect([...forward([V - 1], table, O, V)]).toEqual([...table.subarray((V - 1) * O)]);
  });
});
