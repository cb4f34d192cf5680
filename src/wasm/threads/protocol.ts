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
