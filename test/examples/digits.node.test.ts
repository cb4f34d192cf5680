import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { load } from '../../src/index.js';
import { makeFolder, runExample } from './run.js';

const folder = makeFolder('digits');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SMALL = ['--train', '1000', '--test', '200', '--epochs', '8'];
const read = (...args: string[]) => runExample('digits', folder, [...SMALL, ...args]);

const accuracy = (stdout: string) => Number(stdout.match(/held-out digits: ([\d.]+) %/)?.[1]);

/** Rows of the table of what was taken for what. */
const table = (stdout: string) =>
  Array.from({ length: 10 }, (_, digit) => {
    const row = stdout.match(new RegExp(`^ {4}${digit} \\|(.*)$`, 'm'))?.[1] ?? '';
    return row
      .trim()
      .split(/\s+/)
      .map((cell) => (cell === '.' ? 0 : Number(cell)));
  });

describe('digits', () => {
  it('reads most digits that it has not seen', () => {
    const { status, stdout, stderr } = read();
    expect([status, stderr]).toEqual([0, '']);
    expect(accuracy(stdout)).toBeGreaterThan(60); // 76.5 measured
  });

  it('counts every digit held out once, and calls the diagonal right', () => {
    const { stdout } = read('--seed', '3');
    const counts = table(stdout);
    expect(counts.every((row) => row.length === 10)).toBe(true);
    expect(counts.flat().reduce((sum, count) => sum + count, 0)).toBe(200);
    const right = counts.reduce((sum, row, digit) => sum + row[digit], 0);
    expect(accuracy(stdout)).toBe(right / 2);
  });

  it('draws and learns the same from the same seed, and otherwise from another', () => {
    const first = read('--epochs', '1').stdout;
    const drawing = (stdout: string) => stdout.slice(0, stdout.indexOf('Epoch'));
    const weights = (stdout: string) => stdout.match(/weights (\w{64})/)?.[1];
    const again = read('--epochs', '1').stdout;
    expect([drawing(again), weights(again)]).toEqual([drawing(first), weights(first)]);
    const other = read('--epochs', '1', '--seed', '1').stdout;
    expect(drawing(other)).not.toBe(drawing(first));
    expect(weights(other)).not.toBe(weights(first));
  });

  it('saves the model whose weights it names, and nothing half', () => {
    const { stdout } = read('--epochs', '1');
    expect(readdirSync(folder)).toEqual(['model.recurra']);
    expect(stdout).toContain(load(readFileSync(join(folder, 'model.recurra'))).fingerprint());
  });

  it('refuses options in one line', () => {
    const { status, stdout, stderr } = read('--train', 'many');
    expect([status, stdout, stderr]).toEqual([
      1,
      '',
      "--train must be a whole number of at least 1, got 'many'\n",
    ]);
  });
});
