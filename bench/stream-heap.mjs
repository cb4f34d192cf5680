// Heap growth over a million steps of a stream, and time per step. Run with --expose-gc:
// node --expose-gc bench/stream-heap.mjs [--steps N]
import { parseArgs } from 'node:util';
import { dense, gru, input, lstm, sequential, simpleRNN } from 'recurra';
import { printTable, writeJson } from './harness.mjs';

const { values } = parseArgs({ options: { steps: { type: 'string', default: '1000000' } } });
const STEPS = Number(values.steps);
if (globalThis.gc === undefined) throw new Error('run with node --expose-gc');

const I = 128;
const cases = {
  'lstm 128': [lstm({ units: 128 })],
  'gru 128': [gru({ units: 128 })],
  'simpleRNN 128': [simpleRNN({ units: 128 })],
  'lstm 32, gru 32, dense 8': [
    lstm({ units: 32, returnSequences: true }),
    gru({ units: 32 }),
    dense({ units: 8 }),
  ],
};
const rows = [];
for (const [name, layers] of Object.entries(cases)) {
  const stream = sequential([input({ shape: [null, I] }), ...layers], { seed: 1 }).stream();
  const frame = Float32Array.from({ length: I }, (_, i) => Math.sin(i));
  for (let i = 0; i < 20_000; i++) stream.step(frame);
  // The measurement itself settles: collect twice, then count.
  globalThis.gc();
  globalThis.gc();
  const before = process.memoryUsage();
  const start = performance.now();
  for (let i = 0; i < STEPS; i++) stream.step(frame);
  const us = ((performance.now() - start) * 1e3) / STEPS;
  const grown = process.memoryUsage().heapUsed - before.heapUsed;
  globalThis.gc();
  globalThis.gc();
  const after = process.memoryUsage();
  rows.push({
    name,
    steps: STEPS,
    us,
    heapGrowth: after.heapUsed - before.heapUsed,
    uncollected: grown,
    bytesPerStep: grown / STEPS,
  });
}
printTable(
  rows.map((r) => ({
    stream: r.name,
    steps: r.steps,
    'us a step': r.us.toFixed(2),
    'heap growth, bytes': r.heapGrowth,
    'before collection': r.uncollected,
    'bytes a step': r.bytesPerStep.toFixed(3),
  })),
);
writeJson('stream-heap', rows);
