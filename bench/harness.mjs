// What every benchmark shares: interleaved timing, medians, a table, a JSON file, loading wasm and TypeScript.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The middle value, the mean of the two middle ones for an even count. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/**
 * Times cases in turn, round after round, so that a slow moment of the machine falls on all of them.
 * A case is `{ name, run }` plus whatever the caller wants back; a sample calls `run` until `sampleMs` is full.
 * Each case is first run for `warmMs`, twice with a pause between, so that the optimising tier is in.
 * Gives the cases with `ms` (median), `best` and `samples`, all in milliseconds per call.
 */
export async function interleave(cases, { rounds = 15, sampleMs = 8, warmMs = 60 } = {}) {
  const until = (run, limit) => {
    let calls = 0;
    const start = performance.now();
    do {
      run();
      calls++;
    } while (performance.now() - start < limit);
    return (performance.now() - start) / calls;
  };
  for (const { run } of cases) until(run, warmMs);
  await new Promise((done) => setTimeout(done, 300));
  const counts = cases.map(({ run }) => Math.max(1, Math.round(sampleMs / until(run, warmMs))));
  const samples = cases.map(() => []);
  for (let round = 0; round < rounds; round++) {
    cases.forEach(({ run }, i) => {
      const start = performance.now();
      for (let call = 0; call < counts[i]; call++) run();
      samples[i].push((performance.now() - start) / counts[i]);
    });
  }
  return cases.map((c, i) => ({
    ...c,
    ms: median(samples[i]),
    best: Math.min(...samples[i]),
    samples: samples[i],
  }));
}

/** Prints rows (objects with the same keys) as an aligned table; the keys are the headings. */
export function printTable(rows) {
  const keys = Object.keys(rows[0] ?? {});
  const cells = rows.map((row) => keys.map((key) => String(row[key] ?? '')));
  const widths = keys.map((key, i) => Math.max(key.length, ...cells.map((row) => row[i].length)));
  const numeric = keys.map((_, i) => cells.every((row) => row[i] === '' || /^[-+]?[\d.]/.test(row[i])));
  const line = (row) =>
    row
      .map((cell, i) => (numeric[i] && i > 0 ? cell.padStart(widths[i]) : cell.padEnd(widths[i])))
      .join('  ')
      .trimEnd();
  console.log(line(keys));
  console.log(widths.map((w) => '-'.repeat(w)).join('  '));
  for (const row of cells) console.log(line(row));
}

/** Writes bench/results/NAME.json with the engine and the processor beside the data. */
export function writeJson(name, data) {
  mkdirSync(`${root}bench/results`, { recursive: true });
  const where = { node: process.version, v8: process.versions.v8, cpu: cpus()[0]?.model ?? 'unknown' };
  writeFileSync(`${root}bench/results/${name}.json`, `${JSON.stringify({ ...where, data }, null, 2)}\n`);
}

/** An instance of wasm bytes over a memory. */
export function instantiateBytes(bytes, memory) {
  return new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } }).exports;
}

/** The kernels that `node scripts/build-wasm.mjs` wrote, over a memory. */
export function loadKernels(memory, target = 'portable') {
  return instantiateBytes(readFileSync(`${root}build/${target}.wasm`), memory);
}

/** Compiles a file of bench/assembly with the options of the kernels and gives its bytes. */
export async function compileAssembly(file, target = 'portable') {
  const config = JSON.parse(readFileSync(`${root}asconfig.json`, 'utf8'));
  const { runtime, optimizeLevel, shrinkLevel } = config.options;
  const out = `build/bench-${file.replace(/\W+/g, '-')}-${target}.wasm`;
  const { error, stderr } = await asc.main([
    `bench/assembly/${file}`,
    ...['--config', 'none'],
    ...['--baseDir', root, '--outFile', out, '--runtime', runtime, '--importMemory', '--noAssert'],
    ...['--optimizeLevel', String(optimizeLevel), '--shrinkLevel', String(shrinkLevel), '--converge'],
    ...config.targets[target].enable.flatMap((feature) => ['--enable', feature]),
  ]);
  if (error) throw new Error(`${file}: ${stderr.toString()}`);
  return readFileSync(`${root}${out}`);
}

/** Imports a TypeScript module of this repository, bundled. */
export async function importTypeScript(path) {
  const { outputFiles } = await build({
    entryPoints: [`${root}${path}`],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node20',
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
}
