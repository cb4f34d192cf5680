import { describe, expect, it } from 'vitest';
import { align, type Placement, planOffsets } from '../../src/memory/plan.js';
import { testRandom } from '../harness/random.js';

function overlapInTime(a: Placement, b: Placement): boolean {
  return a.first <= b.last && b.first <= a.last;
}

function collisions(requests: readonly Placement[], offsets: readonly number[]): [number, number][] {
  const found: [number, number][] = [];
  for (let i = 0; i < requests.length; i++) {
    for (let j = 0; j < i; j++) {
      const apart =
        offsets[i] + requests[i].bytes <= offsets[j] || offsets[j] + requests[j].bytes <= offsets[i];
      if (overlapInTime(requests[i], requests[j]) && !apart) found.push([j, i]);
    }
  }
  return found;
}

describe('planOffsets', () => {
  it('gives buffers whose lives do not meet the same place', () => {
    const plan = planOffsets([
      { bytes: 1000, first: 0, last: 1 },
      { bytes: 900, first: 2, last: 3 },
    ]);
    expect(plan).toEqual({ offsets: [0, 0], bytes: 1024 });
  });

  it('keeps buffers apart that live at the same call, ends included', () => {
    const plan = planOffsets([
      { bytes: 64, first: 0, last: 2 },
      { bytes: 64, first: 2, last: 3 },
    ]);
    expect(plan).toEqual({ offsets: [0, 64], bytes: 128 });
  });

  it('fills a gap that opens under a longer life', () => {
    const plan = planOffsets([
      { bytes: 256, first: 0, last: 1 },
      { bytes: 128, first: 0, last: 9 },
      { bytes: 192, first: 3, last: 5 },
    ]);
    expect(plan).toEqual({ offsets: [0, 256, 0], bytes: 384 });
  });

  it.each([1, 2, 3, 4, 5])('never lets living buffers collide, seed %i', (seed) => {
    const next = testRandom(seed);
    const requests = Array.from({ length: 120 }, () => {
      const first = Math.floor(next() * 60) - 1;
      return { bytes: Math.floor(next() * 5000) + 1, first, last: first + Math.floor(next() * 25) };
    });
    const plan = planOffsets(requests);
    expect(collisions(requests, plan.offsets)).toEqual([]);
    expect(plan.offsets.every((offset) => offset % 64 === 0)).toBe(true);
    const end = Math.max(...requests.map((r, i) => plan.offsets[i] + align(r.bytes)));
    expect(plan.bytes).toBe(end);
    const most = Math.max(
      ...Array.from({ length: 90 }, (_, t) =>
        requests.filter((r) => r.first <= t && t <= r.last).reduce((sum, r) => sum + align(r.bytes), 0),
      ),
    );
    expect(plan.bytes / most).toBeLessThan(1.25);
  });
});
