import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { Engine } from '../../src/worklet/engine.js';
import { sound, soundModel } from './models.js';

setFlagsFromString('--expose_gc');
const collect = runInNewContext('gc') as () => void;

const BLOCKS = 20_000;

/** The least that the heap grew by in a round of blocks, so that what else goes on does not count. One number: 16 bytes. */
function growth(measure: boolean, hop: number): number {
  const model = soundModel(Math.max(hop, 160), hop).save();
  const surroundings = { sampleRate: 48_000, quantum: 128, clock: 'Date.now' as const, now: () => 0 };
  const engine = new Engine({ model, hop, channels: 1, measure }, surroundings, () => {});
  const [input, output] = [sound(1, 1), sound(1, 1)];
  const run = () => {
    for (let i = 0; i < BLOCKS; i++) engine.process(input, output, 128 * i);
  };
  run();
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 5; round++) {
    collect();
    const before = process.memoryUsage().heapUsed;
    run();
    least = Math.min(least, process.memoryUsage().heapUsed - before);
  }
  return least;
}

it.each([64, 100, 160])('allocates nothing in a block, with a hop of %i', (hop) => {
  expect(growth(false, hop) / BLOCKS).toBeLessThan(2);
  expect(growth(true, hop) / BLOCKS).toBeLessThan(2);
});
