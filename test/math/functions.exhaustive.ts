import { expect, it } from 'vitest';
import { KernelBench } from '../harness/kernels.js';
import { MATH_CASES } from '../harness/math-cases.js';
import { largestUlpError } from '../harness/ulp.js';

const CHUNK = 1 << 20;

it.each(MATH_CASES)('$name stays within its error over all 2^32 floats', ({ name, run, f, maxUlp }) => {
  const bench = new KernelBench(16);
  const xAt = bench.alloc(CHUNK);
  const yAt = bench.alloc(CHUNK);
  const bits = new Uint32Array(bench.memory.buffer, xAt, CHUNK);
  const x = new Float32Array(bench.memory.buffer, xAt, CHUNK);
  const y = new Float32Array(bench.memory.buffer, yAt, CHUNK);
  let worst = { error: 0, at: 0 };
  for (let start = 0; start < 2 ** 32; start += CHUNK) {
    for (let i = 0; i < CHUNK; i++) bits[i] = start + i;
    run(bench.kernels, yAt, xAt, CHUNK);
    const found = largestUlpError(y, x, f);
    if (!(found.error <= worst.error)) worst = found;
  }
  console.info(`${name}: ${worst.error.toFixed(3)} ULP at ${worst.at}`);
  expect(worst.error, `at ${worst.at}`).toBeLessThanOrEqual(maxUlp);
});
