import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { gru, input, type Model, sequential } from '../../src/index.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function stream(net: Model, count: number): void {
  for (let i = 0; i < count; i++) net.stream({ batchSize: 4 }).step([1, 2, 3, 4, 5, 6, 7, 8]);
}

it('streams of a model that stays give their memory back to it', async () => {
  const net = sequential([input({ shape: [null, 2] }), gru({ units: 5 })]);
  stream(net, 1);
  const held = net.arena.usage();
  stream(net, 40);
  expect(net.arena.usage().streams).toBe(41 * held.streams);
  for (let turn = 0; turn < 20 && net.arena.usage().streams !== undefined; turn++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(net.arena.usage().streams).toBeUndefined();
  expect(net.arena.usage().programs).toBeLessThan(held.programs);
});
