import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BenchOptions, BenchReport } from '../../bench/run.js';
import { RecurraError } from '../../errors.js';
import { findMiniBrowser, onDisplay } from './mini-browser.js';
import { servePage } from './server.js';

/** A runtime that may be installed here. */
export interface Runtime {
  readonly id: string;
  /** Names of its program. */
  readonly commands: readonly string[];
  /** Finds its program, where it is not on the path. */
  find?(): string | undefined;
  /** Runs the benchmark there. @throws RecurraError when it fails or does not answer */
  run(program: string, options: BenchOptions): Promise<BenchReport>;
}

/** How long a runtime may take. */
const LIMIT_MS = 10 * 60_000;

/** This program, as the package holds it. */
const PROGRAM = fileURLToPath(new URL('index.js', import.meta.url));

function flags({ numerics, rounds, sampleMs, filter, fingerprintsOnly }: BenchOptions): string[] {
  return [
    ...(numerics === undefined ? [] : ['--numerics', numerics]),
    ...(rounds === undefined ? [] : ['--rounds', String(rounds)]),
    ...(sampleMs === undefined ? [] : ['--sample-ms', String(sampleMs)]),
    ...(filter === undefined ? [] : ['--filter', filter]),
    ...(fingerprintsOnly ? ['--fingerprints-only'] : []),
  ];
}

/** A runtime that takes this program as it is. */
const onCommandLine =
  (id: string, before: readonly string[]) =>
  (program: string, options: BenchOptions): Promise<BenchReport> =>
    new Promise((resolve, reject) => {
      const args = [...before, PROGRAM, 'bench', '--json', '-', ...flags(options)];
      const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: LIMIT_MS });
      const output = { stdout: '', stderr: '' };
      child.stdout.on('data', (part) => {
        output.stdout += part;
      });
      child.stderr.on('data', (part) => {
        output.stderr += part;
      });
      child.on('error', reject);
      child.on('close', (code) => {
        try {
          if (code !== 0) throw new Error(output.stderr.trim() || `exit code ${code}`);
          resolve(JSON.parse(output.stdout)[0]);
        } catch (error) {
          reject(new RecurraError(`bench: ${id}: ${(error as Error).message}`));
        }
      });
    });

/** A browser, which opens the page and lets it post what came out. */
const inBrowser =
  (id: string, args: (profile: string) => readonly string[], { window = false } = {}) =>
  async (program: string, options: BenchOptions): Promise<BenchReport> => {
    const server = await servePage();
    const profile = mkdtempSync(join(tmpdir(), 'recurra-bench-'));
    const { onProgress: _, ...rest } = options;
    const query = new URLSearchParams({ post: '1', options: JSON.stringify(rest) });
    const all = [...args(profile), `${server.address}?${query}`];
    const [command, given] = window ? onDisplay(program, all) : [program, all];
    // A browser and its display are one group, which ends together.
    const child = spawn(command, given, { stdio: 'ignore', detached: window });
    try {
      return await new Promise((resolve, reject) => {
        const fail = (why: string): void => reject(new RecurraError(`bench: ${id}: ${why}`));
        const timer = setTimeout(fail, LIMIT_MS, `no answer within ${LIMIT_MS / 60_000} minutes`);
        child.on('error', (error) => fail(error.message));
        child.on('exit', (code) => fail(`ended before it answered, exit code ${code}`));
        server.onResult((body) => {
          clearTimeout(timer);
          const answer = JSON.parse(body);
          if (typeof answer.error === 'string') fail(answer.error);
          else resolve(answer);
        });
      });
    } finally {
      child.removeAllListeners('exit');
      const ended = new Promise((done) => child.once('exit', done));
      if (window && child.pid !== undefined && child.exitCode === null) process.kill(-child.pid);
      else child.kill();
      await Promise.race([ended, new Promise((done) => setTimeout(done, 5000))]);
      server.close();
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    }
  };

/** Quiet, offline, and able to start as root. */
const CHROMIUM = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Every runtime that `--all` looks for. */
export const RUNTIMES: readonly Runtime[] = [
  { id: 'node', commands: ['node'], run: onCommandLine('node', []) },
  { id: 'deno', commands: ['deno'], run: onCommandLine('deno', ['run', '--allow-all', '--no-lock']) },
  { id: 'bun', commands: ['bun'], run: onCommandLine('bun', []) },
  {
    id: 'chromium',
    commands: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
    run: inBrowser('chromium', (profile) => [...CHROMIUM, `--user-data-dir=${profile}`]),
  },
  {
    id: 'firefox',
    commands: ['firefox-esr', 'firefox'],
    run: inBrowser('firefox', (profile) => ['--headless', '--no-remote', '--profile', profile]),
  },
  {
    id: 'webkitgtk',
    commands: ['MiniBrowser'],
    find: findMiniBrowser,
    run: inBrowser('webkitgtk', () => ['--private'], { window: true }),
  },
];

/** The program of a runtime: on the path, or among the packages of this folder. */
export function findRuntime({ commands, find }: Runtime): string | undefined {
  const found = find?.();
  if (found !== undefined) return found;
  const folders = [
    join(process.cwd(), 'node_modules', '.bin'),
    ...(process.env.PATH ?? '').split(delimiter).filter(Boolean),
  ];
  const candidates = commands.flatMap((command) => folders.map((folder) => join(folder, command)));
  return candidates.find(
    (path) =>
      existsSync(path) && spawnSync(path, ['--version'], { stdio: 'ignore', timeout: 30_000 }).status === 0,
  );
}
