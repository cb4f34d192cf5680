import { afterEach, describe, expect, it } from 'vitest';
import type { Argument } from '../../src/program/recorder.js';
import { Region } from '../../src/program/region.js';
import { type Shares, shareOut, WORTH } from '../../src/program/split.js';
import { UNIT_SPLITS } from '../../src/program/split-units.js';
import type { KernelName } from '../../src/wasm/generated/abi.js';
import { KERNELS } from '../harness/kernels.js';

const usual = { ...WORTH };
const make = (floats: number) => new Region('scratch', floats, 64);
const MEETING = { words: 4096, ticket: 7 };

/** Shares of a call with places for addresses and these numbers. */
function share(kernel: KernelName, numbers: readonly number[], threads: number): Shares | null {
  const places = [...KERNELS[kernel].args].filter((type) => type === 'p');
  const args: Argument[] = [...places.map((_, i) => new Region(`${i}`, 1, 64 * i)), ...numbers];
  return shareOut(KERNELS[kernel], args, threads, make, MEETING);
}

describe('units shared out among threads', () => {
  afterEach(() => void Object.assign(WORTH, usual));

  it('are each made by one thread, in parts that begin at a cache line', () => {
    Object.assign(WORTH, { call: 0, run: 0, meeting: 0 });
    for (const H of [17, 33, 64, 100, 250]) {
      for (const threads of [2, 3, 4]) {
        const shared = share('lstm_forward', [5, 1, 1, H, 1, 2], threads) as Shares;
        expect(shared).toMatchObject({ kernel: { name: 'lstm_forward_units' }, tickets: 5 });
        expect(shared.shares.length).toBe(threads);
        const records = shared.shares.flat();
        let next = 0;
        records.forEach(([words, self, count, ticket, from, to], i) => {
          expect([words, self, count, ticket, from]).toEqual([4096, i, records.length, 7, next]);
          expect((from as number) % 16).toBe(0);
          expect(to).toBeGreaterThan(from as number);
          next = to as number;
        });
        expect(next).toBe(H);
      }
    }
  });

  it('are shared out when samples are fewer than threads, samples when they are enough', () => {
    expect(share('lstm_forward', [100, 1, 1, 256, 1, 2], 2)?.kernel.name).toBe('lstm_forward_units');
    expect(share('lstm_forward', [100, 2, 2, 256, 1, 2], 4)?.kernel.name).toBe('lstm_forward_units');
    expect(share('lstm_forward', [100, 32, 32, 256, 1, 2], 2)?.kernel.name).toBe('lstm_forward');
  });

  it('are left to one thread where barriers would cost more than they save', () => {
    expect(share('lstm_forward', [100, 1, 1, 16, 1, 2], 2)).toBeNull();
    expect(share('lstm_forward', [100, 1, 1, 32, 1, 2], 2)).toBeNull();
    expect(share('rnn_step', [1, 8, 32, 1], 2)).toBeNull();
  });

  it('meet twice a step in a GRU whose candidate waits for the reset gate', () => {
    expect(share('gru_forward', [100, 1, 1, 256, 1, 2, 1, 0], 2)?.tickets).toBe(100);
    expect(share('gru_backward', [100, 1, 1, 256, 1, 2, 0, 0], 2)?.tickets).toBe(200);
  });

  it('take the arguments of their kernel behind six of their own', () => {
    for (const [name, rule] of Object.entries(UNIT_SPLITS)) {
      const { kernel } = rule([1, 1, 1, 64, 1, 2, 1, 0]);
      expect(kernel.args).toBe(`piiiii${KERNELS[name as KernelName].args}`);
    }
  });
});
