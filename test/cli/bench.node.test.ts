import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runBench } from '../../src/bench/index.js';
import { benchTable, differingCases } from '../../src/cli/bench/table.js';
import { ValueError } from '../../src/index.js';
import { Folder } from './run.js';

/** The bits of all cases: of every engine, in 'portable' numerics. */
const FINGERPRINT = 'd84442ca1444629f0ac5ac3d23d10c66f13ccbeed8b479626e1c239319a5ae5e';

describe('runBench', () => {
  it('gives the bits that every engine gives, and no times where none were asked for', async () => {
    const report = await runBench({ fingerprintsOnly: true });
    expect(report.fingerprint).toBe(FINGERPRINT);
    expect(report.rows.length).toBeGreaterThan(8);
    expect(report.rows.every(({ us }) => us === null)).toBe(true);
    const all = report.rows.map(({ fingerprint }) => fingerprint).join('');
    expect(createHash('sha256').update(all).digest('hex')).toBe(report.fingerprint);
  });

  it('times what was asked for', async () => {
    const seen: number[] = [];
    const onProgress = (done: number): void => void seen.push(done);
    const { rows, runtime } = await runBench({ filter: 'step, 64', rounds: 2, sampleMs: 2, onProgress });
    expect(runtime).toBe(`Node ${process.versions.node}`);
    expect(rows.map(({ name }) => name)).toEqual(['LSTM step, 64 units']);
    expect(rows[0].us).toBeGreaterThan(0);
    expect(seen).toEqual([0, 1]);
  });

  it('names what it does not know', async () => {
    await expect(runBench({ filter: 'fortran' })).rejects.toThrow(ValueError);
    await expect(runBench({ filter: 'fortran' })).rejects.toThrow(
      /filter 'fortran' is in the name of no case/,
    );
    await expect(runBench({ rounds: 0 })).rejects.toThrow(
      /rounds must be a whole number of at least 1, got 0/,
    );
    await expect(runBench({ numerics: 'fast' as never })).rejects.toThrow(/numerics/);
  });
});

describe('the table', () => {
  const report = (runtime: string, us: number, fingerprint: string) => ({
    runtime,
    numerics: 'portable' as const,
    rows: [{ name: 'work', us, fingerprint }],
    fingerprint,
  });

  it('gives times, and those behind the first as multiples of it', () => {
    const text = benchTable([report('Node 20', 2, 'ab'), report('Bun 1', 3000, 'ab')]);
    expect(text).toMatch(/^case +Node 20 +Bun 1$/m);
    expect(text).toMatch(/^work +2\.00 µs +3\.00 ms {2}1500\.00×$/m);
  });

  it('says whose bits differ', () => {
    const reports = [report('Node 20', 2, 'ab'), report('Bun 1', 3, 'cd')];
    expect(differingCases(reports)).toEqual(["Bun 1: 'work' has other bits than Node 20"]);
    expect(differingCases(reports.slice(0, 1))).toEqual([]);
  });
});

describe('recurra bench', () => {
  const folder = new Folder();

  it('prints JSON, and writes a page that holds all it needs', () => {
    const { stdout, status } = folder.recurra(
      ...[
        'bench',
        '--json',
        '-',
        '--html',
        'report.html',
        '--filter',
        'GRU step',
        '--rounds',
        '1',
        '--sample-ms',
        '2',
      ],
    );
    expect(status).toBe(0);
    const [report] = JSON.parse(stdout);
    expect(report.rows.map(({ name }: { name: string }) => name)).toEqual(['GRU step, 128 units']);
    const page = new TextDecoder().decode(folder.read('report.html'));
    expect(page).toContain(report.rows[0].fingerprint);
    expect(page).not.toMatch(/(?:src|href)=["'](?:https?:)?\/\//);
  });

  it('refuses what is no number, with exit code 1', () => {
    const { stderr, status } = folder.recurra('bench', '--rounds', 'many');
    expect([status, stderr.trim()]).toEqual([1, "bench: rounds must be a whole number, got 'many'"]);
  });

  it('serves modules of the package alone', () => {
    const script = `
      const { spawn } = await import('node:child_process');
      const child = spawn(process.execPath, [process.argv[1], 'bench', '--serve']);
      const line = await new Promise((done) => child.stdout.once('data', (part) => done(String(part))));
      const address = line.split(' ')[0];
      const status = async (path) => (await fetch(new URL(path, address))).status;
      const paths = ['', 'dist/bench/index.js', 'dist/bench/..%2f..%2fpackage.json', 'package.json', 'dist/none.js'];
      const answers = [];
      for (const path of paths) answers.push(await status(path));
      console.log(JSON.stringify(answers));
      child.kill();
    `;
    const { stdout } = spawnSync(
      process.execPath,
      ['--input-type=module', '-e', script, resolve('dist/cli/index.js')],
      { encoding: 'utf8' },
    );
    expect(JSON.parse(stdout)).toEqual([200, 200, 404, 404, 404]);
  });
});
