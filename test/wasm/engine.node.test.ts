import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';

const FOLDER = resolve('build/engine');

const MODEL = `
const make = (options) => {
  const { dense, input, lstm, sequential, tensor } = recurra;
  const net = sequential([input({ shape: [null, 3] }), lstm({ units: 9 }), dense({ units: 1 })], { seed: 1, ...options });
  net.compile({ optimizer: 'adam', loss: 'mse' });
  return net;
};
const data = (B, T) => recurra.tensor(Float32Array.from({ length: B * T * 3 }, (_, i) => (i % 11) / 11), [B, T, 3]);
const said = (act) => { try { act(); return 'nothing'; } catch (error) { return error.name + ': ' + error.message; } };
`;

/** Each prints what it found as JSON. */
const SCRIPTS = {
  bare: `
    const prepared = await recurra.prepare({ numerics: 'relaxed', int8: true, threads: 2 });
    print({ error: said(() => make()), again: said(() => make({ threads: 2 })), info: recurra.runtimeInfo(), prepared });
  `,
  growth: `
    const net = make();
    const [x, y] = [data(4, 5), new Float32Array(4)];
    net.trainOnBatch(x, y);
    const before = [net.fingerprint(), ...net.predict(x).data];
    const errors = [
      said(() => net.predict(data(4, 60000))),
      said(() => net.trainOnBatch(data(4, 20000), y)),
    ];
    const after = [net.fingerprint(), ...net.predict(x).data];
    print({ errors, before, after, loss: net.trainOnBatch(x, y).loss });
  `,
  many: `
    const kept = [make()];
    const x = data(2, 4);
    const before = [...kept[0].predict(x).data];
    let error = 'nothing';
    while (error === 'nothing' && kept.length < 1000) error = said(() => kept.push(make()));
    const { missing } = await recurra.prepare({ threads: 2 });
    const shared = missing.length > 0 ? missing[0] : said(() => { for (;;) kept.push(make({ threads: 2 })); });
    print({ error, shared, kept: kept.length, before, after: [...kept[0].predict(x).data] });
    process.exit();
  `,
};

beforeAll(async () => {
  mkdirSync(FOLDER, { recursive: true });
  await build({
    entryPoints: ['src/index.ts'],
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    platform: 'neutral',
    outdir: FOLDER,
    outExtension: { '.js': '.mjs' },
  });
  for (const [name, script] of Object.entries(SCRIPTS)) {
    const print = 'const print = (found) => console.log(JSON.stringify(found));\n';
    writeFileSync(
      join(FOLDER, `${name}-run.mjs`),
      `import * as recurra from './index.mjs';\n${MODEL}${print}${script}`,
    );
  }
});

function started(command: string, args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', timeout: 50_000 });
  expect([status, status === 0 ? '' : stderr]).toEqual([0, '']);
  return JSON.parse(stdout);
}

const run = (script: keyof typeof SCRIPTS, ...flags: string[]) =>
  started(process.execPath, [...flags, join(FOLDER, `${script}-run.mjs`)]);

/** V8 has SIMD on this kind of processor by instructions that a flag takes away. */
const withoutSimd = it.skipIf(process.arch !== 'x64');

describe('an engine', () => {
  withoutSimd('without SIMD says so where a model is made, and offers nothing', () => {
    const { error, again, info, prepared } = run('bare', '--no-enable-sse4-1');
    expect([error, again]).toEqual(
      Array(2).fill("EngineError: model: this engine's WebAssembly has no SIMD, without which no model runs"),
    );
    expect(info).toMatchObject({ simd: false, relaxedSimd: false, threads: 1 });
    expect(prepared).toMatchObject({ numerics: 'portable', int8: false, threads: 1 });
    expect(prepared.missing).toEqual([
      expect.stringMatching(/^relaxed SIMD/),
      expect.stringMatching(/^threads: the engine does not take the build/),
    ]);
  });

  it('without WebAssembly says so', () => {
    const { error, info, prepared } = run('bare', '--jitless');
    expect(error).toBe('EngineError: model: this engine has no WebAssembly, without which no model runs');
    expect(info).toMatchObject({ simd: false, sharedMemory: false });
    expect(prepared).toMatchObject({ numerics: 'portable', threads: 1 });
  });

  it('that gives no more memory leaves the model as it was', () => {
    const { errors, before, after, loss } = run('growth', '--wasm-max-mem-pages=64');
    for (const error of errors)
      expect(error).toMatch(/^MemoryError: .*(does not give|more than this engine gives)/);
    expect(after).toEqual(before);
    expect(loss).toBeGreaterThan(0);
  });

  it.skipIf(process.platform !== 'linux')('that gives none for another model keeps those there are', () => {
    // V8 sets 8 GiB of addresses or more aside for each memory.
    const limited = `ulimit -v 60000000 && exec '${process.execPath}' '${join(FOLDER, 'many-run.mjs')}'`;
    const { error, shared, kept, before, after } = started('bash', ['-c', limited]);
    expect(error).toMatch(/^MemoryError: memory: this engine gives none for another model \(RangeError/);
    expect(shared).toMatch(
      /^shared memory: RangeError|^MemoryError: memory: this engine gives none for another/,
    );
    expect(kept).toBeGreaterThan(1);
    expect(after).toEqual(before);
  });
});
