import type { Model, Tensor } from '../../src/index.js';
import { prepare } from '../../src/index.js';
import { WORTH } from '../../src/program/split.js';

/** Shares out every call that can be, however short, until the function that it gives is called. */
export function shareEverything(): () => void {
  const usual = { ...WORTH };
  Object.assign(WORTH, { call: 0, run: 0, meeting: 0, step: 0 });
  return () => Object.assign(WORTH, usual);
}

/** Prepares threads and fails where the engine has none. */
export async function prepareThreads(threads: number): Promise<void> {
  const { missing } = await prepare({ threads });
  if (missing.length > 0) throw new Error(missing.join('; '));
}

/** Waits until the workers of a model know its memory. */
export async function threadsReady(model: Model<Tensor> | Model<Tensor[]>): Promise<void> {
  const give = performance.now() + 20_000;
  while (model.arena.threads !== null && !model.arena.threads.ready) {
    if (performance.now() > give) throw new Error('the workers did not get ready');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

type Losable = { pool: { members: { handle: { end(): void } }[] } };

/** Ends a worker behind a model while no event can be handled; the model waits for it for a moment only. */
export function loseWorker(net: Model<Tensor>): void {
  const team = net.arena.threads;
  if (team === null) throw new Error('the model has no threads');
  team.grace = 50;
  (team as unknown as Losable).pool.members[0].handle.end();
}
