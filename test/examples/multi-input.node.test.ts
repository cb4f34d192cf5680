import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { load, type Tensor } from '../../src/index.js';
import { makeFolder, runExample } from './run.js';

const folder = makeFolder('multi-input');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const foretell = (...args: string[]) =>
  runExample('multi-input', folder, ['--train', '1000', '--test', '300', '--epochs', '14', ...args]);

/** Error of the load and share of right peaks, in the row of that name. */
function row(stdout: string, name: string): { error: number; right: number } {
  const [, error, right] = stdout.match(new RegExp(`^${name} +([\\d.]+) +([\\d.]+)$`, 'm')) ?? [];
  return { error: Number(error), right: Number(right) };
}

describe('multi-input', () => {
  it('foretells both outputs better with attributes than without, and the load better than the last day', () => {
    const { status, stdout, stderr } = foretell();
    expect([status, stderr]).toEqual([0, '']);
    const both = row(stdout, 'series and attributes');
    const alone = row(stdout, 'series alone');
    expect(both.error).toBeLessThan(0.8 * alone.error);
    expect(both.right).toBeGreaterThan(alone.right + 5);
    expect(both.error).toBeLessThan(0.8 * row(stdout, 'the last day once more').error);
  });

  it('saves the model that reads both inputs and gives both outputs', () => {
    const { stdout } = foretell('--epochs', '1');
    const model = load(readFileSync(join(folder, 'model.recurra')));
    expect(stdout).toContain(model.fingerprint());
    const inputs = {
      series: Float32Array.from({ length: 144 }, (_, i) => (i % 7) / 7),
      attributes: Float32Array.from([0.2, 0.1, 1, 0.4, -0.3, 0]),
    };
    const [first, exceeds] = model.predict(inputs) as unknown as Tensor[];
    expect(exceeds.data[0]).toBeGreaterThan(0);
    expect(exceeds.data[0]).toBeLessThan(1);
    const colder = { ...inputs, attributes: Float32Array.from([0.2, 0.1, 1, 0.4, -0.9, 0]) };
    const [second] = model.predict(colder) as unknown as Tensor[];
    expect(second.data[0]).not.toBe(first.data[0]);
  });

  it('gives the same from the same seed, and otherwise from another', () => {
    const text = (...args: string[]) =>
      foretell('--epochs', '1', ...args).stdout.replace(/ - [^-]*\/batch/g, '');
    const first = text();
    expect(text()).toBe(first);
    expect(text('--seed', '7')).not.toBe(first);
  });

  it('refuses options in one line', () => {
    const { status, stdout, stderr } = foretell('--seed', '0.5');
    expect([status, stdout, stderr]).toEqual([
      1,
      '',
      "--seed must be a whole number of at least 0, got '0.5'\n",
    ]);
  });
});
