import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { chromium } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const FOLDER = resolve('build/threads');

/** Trains a little and tells what was prepared, how many threads there were, and the weights' digest. */
const WORK = `
const { prepare, sequential, input, lstm, dense, tensor } = recurra;
const { threads, missing } = await prepare({ threads: 2 });
const data = (n) => Float32Array.from({ length: n }, (_, i) => ((i * 37) % 101) / 101 - 0.4);
const net = sequential([input({ shape: [20, 16] }), lstm({ units: 48 }), dense({ units: 1 })], { seed: 3, threads: 2 });
net.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
const served = net.threads;
const [x, y] = [tensor(data(64 * 20 * 16), [64, 20, 16]), tensor(data(64), [64, 1])];
await net.fit(x, y, { epochs: 3, batchSize: 16, verbose: 0 });
const result = { threads, missing, served, fingerprint: net.fingerprint(), runs: net.arena.threads?.runs ?? 0 };
`;

interface Result {
  readonly threads: number;
  readonly missing: readonly string[];
  readonly served: number;
  readonly fingerprint: string;
  readonly runs: number;
}

beforeAll(async () => {
  mkdirSync(FOLDER, { recursive: true });
  await build({
    entryPoints: ['src/index.ts'],
    bundle: true,
    minify: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    platform: 'neutral',
    outdir: FOLDER,
    outExtension: { '.js': '.mjs' },
  });
  const script = `PREAMBLE\nconst recurra = await import('./index.mjs');\n${WORK}console.log(JSON.stringify(result));`;
  for (const [name, preamble] of Object.entries({
    usual: '',
    unshared: 'delete globalThis.SharedArrayBuffer;',
    workerless: "Object.defineProperty(process.versions, 'node', { value: undefined });",
  })) {
    writeFileSync(join(FOLDER, `${name}.mjs`), script.replace('PREAMBLE', preamble));
  }
});

/** What a process of its own prints; it must end by itself, although nothing has been closed. */
function inProcess(script: string, flags: readonly string[] = []): Result {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...flags, join(FOLDER, `${script}.mjs`)], {
    encoding: 'utf8',
    timeout: 50_000,
  });
  expect([status, status === 0 ? '' : stderr]).toEqual([0, '']);
  return JSON.parse(stdout);
}

describe('a process', () => {
  it('ends by itself while a model still has threads', () => {
    const result = inProcess('usual');
    expect(result).toMatchObject({ threads: 2, missing: [], served: 2 });
    expect(result.runs).toBeGreaterThan(0);
  });

  it('trains to the same bits on one thread where there is no shared memory, no worker, or no leave for one', () => {
    const { fingerprint } = inProcess('usual');
    const one = { threads: 1, served: 1, runs: 0, fingerprint };
    const unshared = inProcess('unshared');
    expect(unshared).toMatchObject(one);
    expect(unshared.missing).toEqual([expect.stringMatching(/no SharedArrayBuffer.*; one thread serves/)]);
    const workerless = inProcess('workerless');
    expect(workerless).toMatchObject(one);
    expect(workerless.missing).toEqual([expect.stringMatching(/^workers: this engine has none/)]);
    const flag = process.allowedNodeEnvironmentFlags.has('--permission')
      ? '--permission'
      : '--experimental-permission';
    const refused = inProcess('usual', [flag, '--allow-fs-read=*']);
    expect(refused).toMatchObject(one);
    expect(refused.missing).toEqual([
      expect.stringMatching(/^workers: a worker did not start: .*restricted/),
    ]);
  });
});

const engine = (JSON.parse(process.env.TEST_ENGINES ?? '{}') as { chromium?: string }).chromium;

const ISOLATED = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/** Pages that differ by their headers. */
const PAGES: Readonly<Record<string, Record<string, string>>> = {
  isolated: ISOLATED,
  open: {},
  strict: {
    ...ISOLATED,
    'Content-Security-Policy': "script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'; worker-src 'self'",
  },
};

const PAGE = `<!doctype html><title>threads</title><output></output><script type="module">
import * as recurra from '/index.mjs';
${WORK}
document.querySelector('output').textContent = JSON.stringify(result);
</script>`;

function serve(): Promise<Server> {
  const server = createServer((request, response) => {
    const name = (request.url ?? '/').slice(1);
    if (name in PAGES) {
      response.writeHead(200, { 'Content-Type': 'text/html', ...PAGES[name] }).end(PAGE);
    } else if (name.endsWith('.mjs')) {
      response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(readFileSync(join(FOLDER, name)));
    } else response.writeHead(404).end();
  });
  return new Promise((done) => server.listen(0, '127.0.0.1', () => done(server)));
}

if (engine !== undefined) {
  describe('a page in Chromium', () => {
    let server: Server;
    let browser: Awaited<ReturnType<typeof chromium.launch>>;
    beforeAll(async () => {
      server = await serve();
      browser = await chromium.launch({ executablePath: engine, args: ['--no-sandbox', '--disable-gpu'] });
    });
    afterAll(async () => {
      await browser.close();
      server.close();
    });

    async function inPage(name: string): Promise<Result> {
      const page = await browser.newPage();
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/${name}`);
      return JSON.parse(await page.locator('output:not(:empty)').innerText());
    }

    it('has threads where it is cross-origin isolated, else says why not, with the bits of Node', async () => {
      const { fingerprint } = inProcess('usual');
      const isolated = await inPage('isolated');
      expect(isolated).toMatchObject({ threads: 2, missing: [], served: 2, fingerprint });
      expect(isolated.runs).toBeGreaterThan(0);
      const open = await inPage('open');
      expect(open).toMatchObject({ threads: 1, served: 1, fingerprint });
      expect(open.missing).toEqual([expect.stringMatching(/^shared memory: .*Cross-Origin-Embedder-Policy/)]);
      const strict = await inPage('strict');
      expect(strict).toMatchObject({ threads: 1, served: 1, fingerprint });
      expect(strict.missing).toEqual([
        expect.stringMatching(/^workers: a worker did not start: .*worker-src blob:/),
      ]);
    });
  });
}
