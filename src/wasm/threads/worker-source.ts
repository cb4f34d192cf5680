/**
 * Words of a worker's line in the control buffer, 16 to a line:
 *   0 turn      goes up whenever the main thread wants something
 *   1 model     whose program to run, 0 for none; the worker sets it back
 *   2, 3        addresses of the first call and behind the last
 *   4 ticket    to arrive at afterwards
 *   5 asleep    1 while the worker waits and must be woken
 *   6 sent      messages that the main thread has posted
 *   7 handled   messages that the worker has handled
 */
export const LINE = 16;
export const TURN = 0;
export const MODEL = 1;
export const BEGIN = 2;
export const END = 3;
export const TICKET = 4;
export const ASLEEP = 5;
export const SENT = 6;
export const HANDLED = 7;

/** What a worker is told by message. The first message is `hello`. */
export type WorkerMessage =
  | { readonly hello: { readonly control: Int32Array; readonly line: number; readonly self: number } }
  | {
      readonly attach: {
        readonly model: number;
        readonly module: WebAssembly.Module;
        readonly memory: WebAssembly.Memory;
        readonly words: number;
      };
    }
  | { readonly detach: number };

/** Milliseconds that a worker keeps looking for the next turn before it goes to sleep. */
const AWAKE_MS = 0.1;

/**
 * The program of a worker, as text: no file beside the package has to be found when it starts. It handles
 * messages, then serves turns until the main thread has posted another one.
 * `listen` calls a function with each message; `post` sends one back.
 */
export const WORKER_SOURCE = `
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
