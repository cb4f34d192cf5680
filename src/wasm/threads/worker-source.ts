import { ASLEEP, BEGIN, END, HANDLED, MODEL, SENT, TICKET } from './protocol.js';

/** Milliseconds that a worker keeps looking for the next turn before it goes to sleep. */
const AWAKE_MS = 0.1;

/**
 * What a worker does: it handles messages, then serves turns until the main thread has posted another one.
 * `listen` calls a function with each message; `post` sends one back.
 */
const WORK = `
const models = new Map();
let control, line, self_, handled = 0, seen = 0;
const now = () => performance.now();
function serve() {
  for (;;) {
    const limit = now() + ${AWAKE_MS};
    while (Atomics.load(control, line) === seen) {
      if (now() < limit) continue;
      Atomics.store(control, line + ${ASLEEP}, 1);
      Atomics.wait(control, line, seen);
      Atomics.store(control, line + ${ASLEEP}, 0);
    }
    seen = Atomics.load(control, line);
    if (Atomics.load(control, line + ${SENT}) !== handled) return;
    const model = models.get(control[line + ${MODEL}]);
    if (model === undefined) continue;
    control[line + ${MODEL}] = 0;
    try {
      model.kernels.run(control[line + ${BEGIN}], control[line + ${END}]);
      model.kernels.arrive(model.words, self_, control[line + ${TICKET}]);
    } catch (error) {
      Atomics.store(new Int32Array(model.memory.buffer), model.words >> 2, 1);
    }
  }
}
listen(({ hello, attach, detach }) => {
  if (hello) {
    ({ control, line, self: self_ } = hello);
    post('ready');
  }
  if (attach) {
    const { model, module, memory, words } = attach;
    const { exports: kernels } = new WebAssembly.Instance(module, { env: { memory, now } });
    models.set(model, { kernels, memory, words });
  }
  if (detach) models.delete(detach);
  handled++;
  Atomics.store(control, line + ${HANDLED}, handled);
  serve();
});
`;

/** The program of a worker where text may be run in Node, whatever its version. */
export const NODE_TEXT = `
const { parentPort } = require('node:worker_threads');
const listen = (handle) => parentPort.on('message', handle);
const post = (message) => parentPort.postMessage(message);
${WORK}`;

/** The program of a worker as a file, which the build writes, or as a blob: for Node and for web workers. */
export const WORKER_FILE = `
const port = globalThis.process?.getBuiltinModule?.('node:worker_threads')?.parentPort;
const listen = (handle) => {
  if (port) port.on('message', handle);
  else onmessage = (event) => handle(event.data);
};
const post = (message) => (port ? port.postMessage(message) : postMessage(message));
${WORK}`;
