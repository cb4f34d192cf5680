import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

/** A name, scores, and the seconds that no two runs share. */
const TABLE_ROW = /^(\S.*?\S) {2,}(\d[\d. ]*) +\d+$/gm;

/** Scores by model of a two-hundredth of the benchmark, on the text of README. */
function learn(...args: string[]): Record<string, string[]> {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['bench/learning/index.mjs', '--share', '0.005', '--text', 'README.md', ...args],
    { encoding: 'utf8' },
  );
  expect([status, stderr]).toEqual([0, '']);
  return Object.fromEntries(
    [...stdout.matchAll(TABLE_ROW)].map(([, model, scores]) => [model, scores.trim().split(/ +/)]),
  );
}

describe('npm run bench:learning', () => {
  it('scores the same in every run, however many rows are trained at the same time', () => {
    const once = learn('--model', 'minGRU');
    expect(Object.keys(once)).toContain('minGRU, 2 layers');
    for (const scores of Object.values(once)) expect(scores).toHaveLength(4);
    expect(learn('--model', 'minGRU', '--workers', '1')).toEqual(once);
  });
});
