// The program in a page or a worker: its result, or the error, as something that can be posted.
import * as recurra from '/node_modules/recurra/dist/index.js';
import { run } from '/program.mjs';

export async function answer(threads) {
  try {
    const start = performance.now();
    const { saved, ...result } = await run(recurra, threads);
    return { ...result, ms: performance.now() - start };
  } catch (error) {
    return { error: `${error} ${error?.stack}` };
  }
}
