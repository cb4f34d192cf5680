import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  complaint,
  type Engine,
  ISOLATION,
  makeProject,
  openChromium,
  openFirefox,
  openProcess,
  POLICY,
  type ProjectServer,
  serve,
} from '../platform/harness.mjs';

/** Each engine in which the packed package gives the bits of all others; more of them in `npm run test:platforms`. */
const { chromium, firefox } = JSON.parse(process.env.TEST_ENGINES ?? '{}') as Record<string, string>;

let folder: string;
let server: ProjectServer;

beforeAll(async () => {
  folder = await makeProject();
  const recurra = await import(join(folder, 'node_modules/recurra/dist/index.js'));
  const { saved } = await (await import(join(folder, 'program.mjs'))).run(recurra);
  server = await serve(folder, { extra: { '/saved.bin': saved } });
});

afterAll(async () => {
  await server?.close();
  rmSync(folder, { recursive: true, force: true });
});

const ENGINES: Record<string, () => Promise<Engine>> = {
  Node: () => openProcess(process.execPath, [], folder),
  ...(chromium && { Chromium: () => openChromium(chromium, server) }),
  ...(firefox && { Firefox: () => openFirefox(firefox, server) }),
};

const RUNS = [
  ['process', 1],
  ['process', 2],
  ['page', 1],
  ['page', 2],
  ['worker', 1],
  ['worker', 2],
  ['service worker', 1],
  ['worklet', 1],
] as const;

/** Pages allow only files of their server: the policy that is tested here with everything else. */
it('the pages are served under a strict policy, isolated', () => {
  expect(POLICY['Content-Security-Policy']).toContain("script-src 'self' 'wasm-unsafe-eval';");
  expect(ISOLATION['Cross-Origin-Embedder-Policy']).toBe('require-corp');
});

describe.each(Object.keys(ENGINES))('the packed package in %s', (name) => {
  const runs = RUNS.filter(([place]) => (place === 'process') === (name === 'Node'));
  let engine: Engine;

  beforeAll(async () => {
    engine = await ENGINES[name]();
  });

  afterAll(() => engine?.close());

  it.each(runs)('gives the bits of every other engine: %s, threads: %i', async (place, threads) => {
    expect(complaint(await engine.run(place, threads), place, threads)).toBeUndefined();
  });
});

const BROWSERS = [
  ['Chromium', chromium, openChromium],
  ['Firefox', firefox, openFirefox],
] as const;

describe.each(BROWSERS.filter(([, path]) => path !== undefined))('a page in %s', (_, path, open) => {
  it('that may not compile WebAssembly is told which word of its policy would let it', async () => {
    const headers = { ...ISOLATION, 'Content-Security-Policy': "script-src 'self'" };
    const strict = await serve(folder, { headers });
    const engine = await open(path, strict);
    try {
      await expect(engine.run('page', 1)).rejects.toThrow(
        /EngineError: model: this engine refuses to compile the kernels .*script-src 'wasm-unsafe-eval'/,
      );
    } finally {
      await engine.close();
      await strict.close();
    }
  });
});
