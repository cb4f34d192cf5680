import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { load } from '../../src/index.js';
import { makeFolder, runExample } from './run.js';

const folder = makeFolder('alignment');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const spell = (...args: string[]) =>
  runExample('alignment', folder, ['--train', '300', '--test', '100', '--epochs', '12', ...args]);

describe('alignment', () => {
  it('spells most words that it has not heard, and draws one with the letter of each frame', () => {
    const { status, stdout, stderr } = spell();
    expect([status, stderr]).toEqual([0, '']);
    expect(Number(stdout.match(/label error ([\d.]+) %/)?.[1])).toBeLessThan(8); // 2 measured
    expect(Number(stdout.match(/rightly: (\d+) of 100/)?.[1])).toBeGreaterThan(70);
    const [, word] = stdout.match(/The word was (\w+)\./) ?? [];
    const letters = stdout.match(/^ {2}([-aeioumls]+)$/m)?.[1] ?? '';
    expect(letters.length).toBeGreaterThanOrEqual(2 * word.length);
    const [best] = [...stdout.matchAll(/^ {2}(\w+) +([\d.]+) %$/gm)];
    const merged = letters.replace(/(.)\1+/g, '$1').replaceAll('-', '');
    expect(best[1]).toBe(merged);
  });

  it('learns the same from the same seed, saves what it names, and refuses options in one line', () => {
    const weights = (...args: string[]) =>
      spell('--epochs', '1', ...args).stdout.match(/weights (\w{64})/)?.[1];
    const first = weights();
    expect(weights()).toBe(first);
    const other = weights('--seed', '1');
    expect(other).not.toBe(first);
    expect(readdirSync(folder)).toEqual(['model.recurra']);
    expect(load(readFileSync(join(folder, 'model.recurra'))).fingerprint()).toBe(other);
    const { status, stdout, stderr } = spell('--epochs', 'many');
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toBe("--epochs must be a whole number of at least 1, got 'many'\n");
  });
});
