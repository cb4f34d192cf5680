import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { load } from '../../src/index.js';
import { makeFolder, runExample } from './run.js';

const folder = makeFolder('dates');
const out = join(folder, 'out');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (...args: string[]) => runExample('dates', out, args);

describe('dates', () => {
  it('learns to write dates that it has not seen, and draws what it looked at', () => {
    const small = ['--train', '2500', '--epochs', '8', '--units', '32', '--test', '100'];
    const { status, stdout, stderr } = run(...small, '--date', '3 May 1979');
    expect([status, stderr]).toEqual([0, '']);
    const right = Number(stdout.match(/(\d+) of 100 dates/)?.[1]);
    expect(right).toBeGreaterThan(90);
    expect(stdout).toMatch(/3 May 1979 +1979-05-03/);
    const drawings = [1, 2, 3, 4, 5, 6, 7].map((i) => `attention-${i}.svg`);
    expect(readdirSync(out).sort()).toEqual([...drawings, 'attention.html', 'model.recurra'].sort());
    expect(stdout).toContain(load(readFileSync(join(out, 'model.recurra'))).fingerprint());

    const svg = readFileSync(join(out, 'attention-7.svg'), 'utf8');
    expect(svg).toContain('<title>3␣May␣1979 as 1979-05-03</title>');
    const cells = [...svg.matchAll(/fill-opacity="([\d.]+)"/g)].map(([, value]) => Number(value));
    expect(cells).toHaveLength(10 * 10);
    for (let t = 0; t < 10; t++) {
      const sum = cells.slice(10 * t, 10 * t + 10).reduce((a, b) => a + b);
      expect(sum).toBeGreaterThan(0.9);
      expect(sum).toBeLessThan(1.01);
    }
  });

  it('writes the same from the same seed', () => {
    const tiny = ['--train', '200', '--epochs', '1', '--units', '8', '--test', '5'];
    const { stdout } = run(...tiny);
    expect(run(...tiny).stdout.slice(-64)).toBe(stdout.slice(-64));
    expect(run(...tiny, '--seed', '1').stdout).not.toBe(stdout);
  });

  it.each([
    ['--epochs', '0', /--epochs must be a whole number of at least 1, got '0'$/],
    ['--beams', '0', /--beams must be a whole number of at least 1, got '0'$/],
    ['--tarin', '9', /'--tarin'.*--help lists the options/],
  ])('%s %s: one clear line, no stack, status 1', (option, value, message) => {
    const { status, stdout, stderr } = run(option, value);
    expect(stderr.trimEnd()).toMatch(message);
    expect(stderr.trimEnd()).not.toContain('\n');
    expect([status, stdout]).toEqual([1, '']);
  });
});
