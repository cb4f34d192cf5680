import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { Engine } from '../../src/worklet/engine.js';
import { sound, soundModel } from './models.js';

setFlagsFromString('--expose_gc');
const collect = runInNewContext('gc') as () => void;

const BLOCKS = 20_000;

/** Rounds within which the engine has compiled what a block runs. */
const ROUNDS = 40;

/** A number on the heap takes 12 or 16 bytes. */
const FEW = 2;

/** The least that the heap grew by in a round of blocks, in bytes a block. Ends when that is next to nothing. */
function growth(measure: boolean, hop: number): number {
  const model = soundModel(Math.max(hop, 160), hop).save();
  const surroundings = { sampleRate: 48_000, quantum: 128, clock: 'Date.now' as const, now: () => 0 };
  const engine = new Engine({ model, hop, channels: 1, measure }, surroundings, () => {});
  const [input, output] = [sound(1, 1), sound(1, 1)];
  const run = () => {
    for (let i = 0; i < BLOCKS; i++) engine.process(input, output, 128 * i);
  };
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS && least >= FEW; round++) {
    collect();
    const before = process.memoryUsage().heapUsed;
    run();
    least = Math.min(least, (process.memoryUsage().heapUsed - before) / BLOCKS);
  }
  return least;
}

it.each([64, 100, 160])('allocates nothing in a block, with a hop of %i', (hop) => {
  expect(growth(false, hop)).toBeLessThan(FEW);
  expect(growth(true, hop)).toBeLessThan(FEW);
});
