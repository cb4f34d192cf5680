import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { load } from '../../src/index.js';
import { makeFolder, runExample } from './run.js';

const folder = makeFolder('tagger');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const tag = (...args: string[]) =>
  runExample('tagger', folder, ['--train', '150', '--test', '200', '--epochs', '10', ...args]);

/** Words and sentences that are right in per cent, and sentences that break a rule, of each model. */
function scores(stdout: string): Record<string, number[]> {
  const line = /^(softmax|crf) +words ([\d.]+) %, whole sentences ([\d.]+) %, .*: (\d+) of 200$/gm;
  return Object.fromEntries(
    [...stdout.matchAll(line)].map(([, kind, ...values]) => [kind, values.map(Number)]),
  );
}

describe('tagger', () => {
  it('gets more sentences wholly right by a conditional random field, which keeps the rules', () => {
    const { status, stdout, stderr } = tag();
    expect([status, stderr]).toEqual([0, '']);
    const { softmax, crf } = scores(stdout);
    expect(crf[0]).toBeGreaterThan(85); // 91 measured
    expect(crf[1]).toBeGreaterThan(softmax[1]);
    expect(crf[2]).toBeLessThan(0.2 * softmax[2]);
  });

  it('tags and learns the same from the same seed, saves what it names, and refuses options in one line', () => {
    const [first, again, other] = [[], [], ['--seed', '1']].map(
      (args) => tag('--epochs', '1', ...args).stdout,
    );
    expect(scores(again)).toEqual(scores(first));
    expect(scores(other)).not.toEqual(scores(first));
    expect(readdirSync(folder)).toEqual(['model.recurra']);
    expect(other).toContain(load(readFileSync(join(folder, 'model.recurra'))).fingerprint());
    const { status, stdout, stderr } = tag('--train', '0');
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toBe("--train must be a whole number of at least 1, got '0'\n");
  });
});
