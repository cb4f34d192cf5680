import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { load } from '../../src/index.js';
import { makeFolder, runExample } from './run.js';

const folder = makeFolder('characters');
const out = join(folder, 'out');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const textFile = (name: string, text: string): string => {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
};

const LINES = 'the owl sat on the wall\nthe fox ran by the barn\na bär sang 😀 in the sun\n';
const rhyme = textFile('rhyme.txt', LINES.repeat(120));
const SMALL = ['--units', '48', '--steps', '25', '--epochs', '20'];
const write = (...args: string[]) => runExample('characters', out, ['--file', rhyme, ...SMALL, ...args]);

/** Bits per character of the model, and of the guess by frequencies. */
const bits = (stdout: string) =>
  [/([\d.]+) bits per character/, /([\d.]+) for a guess/].map((form) => Number(stdout.match(form)?.[1]));

/** What stands below the line that names the weights. */
const writing = (stdout: string) => stdout.slice(stdout.indexOf('\n\n', stdout.indexOf('weights')) + 2);

describe('characters', () => {
  it('learns a rhyme that repeats, characters beyond 16 bits included, and writes it on', () => {
    const { status, stdout, stderr } = write(
      '--prompt',
      'the owl ',
      '--temperature',
      '0.1',
      '--length',
      '60',
    );
    expect([status, stderr]).toEqual([0, '']);
    const [model, frequencies] = bits(stdout);
    expect(frequencies).toBeGreaterThan(3);
    expect(model).toBeLessThan(0.2);
    expect(writing(stdout)).toBe(`${[...LINES].slice(0, 68).join('')}\n`);
  });

  it('saves whole files, and the model whose weights it names', () => {
    const { stdout } = write('--epochs', '2');
    expect(readdirSync(out).sort()).toEqual(['alphabet.json', 'model.recurra']);
    const model = load(readFileSync(join(out, 'model.recurra')));
    expect(stdout).toContain(model.fingerprint());
    const alphabet: string[] = JSON.parse(readFileSync(join(out, 'alphabet.json'), 'utf8'));
    expect(alphabet).toEqual([...new Set(LINES)].sort((a, b) => a.codePointAt(0)! - b.codePointAt(0)!));
    expect(model.predict([[0, 1, alphabet.length - 1]]).shape).toEqual([1, 3, alphabet.length]);
  });

  it('writes the same from the same seed, and draws otherwise from another or when bolder', () => {
    const text = (...args: string[]) => writing(write('--epochs', '2', '--prompt', 'the ', ...args).stdout);
    const first = text();
    expect([...first]).toHaveLength('the '.length + 400 + 1);
    expect(text()).toBe(first);
    expect(text('--seed', '1')).not.toBe(first);
    expect(text('--temperature', '2')).not.toBe(first);
  });

  const cases: [what: string, args: () => string[], message: RegExp][] = [
    ['no file', () => [], /^--file FILE must be given/],
    ['a missing file', () => ['--file', join(folder, 'none')], /none: there is no such file$/],
    ['a folder', () => ['--file', folder], /that is a folder$/],
    [
      'what is no text',
      () => {
        const file = join(folder, 'bytes');
        writeFileSync(file, Uint8Array.of(0xff, 0xfe, 0x41));
        return ['--file', file];
      },
      /bytes: this is no text in UTF-8$/,
    ],
    [
      'a short text',
      () => ['--file', textFile('short.txt', 'a b c '.repeat(20))],
      /short\.txt: 120 characters are too few, 650 are needed for windows of 64$/,
    ],
    [
      'no temperature',
      () => ['--file', rhyme, '--temperature', '0'],
      /--temperature must be a number above 0, got '0'$/,
    ],
    [
      'half an epoch',
      () => ['--file', rhyme, '--epochs', '0.5'],
      /--epochs must be a whole number of at least 1, got '0\.5'$/,
    ],
    ['an unknown option', () => ['--fiel', rhyme], /'--fiel'.*--help lists the options/],
  ];

  it.each(cases)('%s: one clear line, no stack, status 1', (_what, args, message) => {
    const { status, stdout, stderr } = runExample('characters', out, args());
    expect(stderr.trimEnd()).toMatch(message);
    expect(stderr.trimEnd()).not.toContain('\n');
    expect([status, stdout]).toEqual([1, '']);
  });
});
