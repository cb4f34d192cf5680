import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { load } from '../../src/index.js';
import { makeFolder, runExample } from './run.js';

const folder = makeFolder('irregular');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const tell = (...args: string[]) =>
  runExample('irregular', folder, [
    '--train',
    '1200',
    '--test',
    '300',
    '--longest',
    '41',
    '--epochs',
    '10',
    ...args,
  ]);

/** The share in the line that begins so, in per cent. */
const share = (stdout: string, line: string) =>
  Number(stdout.match(new RegExp(`^${line} +([\\d.]+) %$`, 'm'))?.[1]);

describe('irregular', () => {
  it('tells the systems apart, longer series better than shorter ones, and padding changes no bit', () => {
    const { status, stdout, stderr } = tell();
    expect([status, stderr]).toEqual([0, '']);
    expect(share(stdout, 'all')).toBeGreaterThan(60);
    expect(share(stdout, '30 to 41 steps')).toBeGreaterThan(share(stdout, '6 to 17 steps'));
    expect(stdout).toContain('300 of 300 series have the same bits.');
  });

  it('saves the model whose weights it names', () => {
    const { stdout } = tell('--epochs', '1');
    const model = load(readFileSync(join(folder, 'model.recurra')));
    expect(stdout).toContain(model.fingerprint());
    expect(model.predict([[[0.1], [0.5], [-0.3]]]).shape).toEqual([1, 4]);
  });

  it('gives the same from the same seed, and otherwise from another', () => {
    const text = (...args: string[]) => tell('--epochs', '1', ...args).stdout.replace(/ - [^-]*\/batch/g, '');
    const first = text();
    expect(text()).toBe(first);
    expect(text('--seed', '7')).not.toBe(first);
  });

  it('refuses options in one line', () => {
    const { status, stdout, stderr } = tell('--shortest', '50');
    expect([status, stdout, stderr]).toEqual([
      1,
      '',
      '--longest must be at least --shortest, which is 50, got 41\n',
    ]);
  });
});
