import { barrier } from '../wasm/generated/thread-kernels.js';
import { RecordList } from './record-list.js';
import type { Call } from './recorder.js';
import type { Region } from './region.js';
import { shareLoop, shareOut } from './split.js';

/**
 * A program laid out for several threads: the same calls for each, shared out where that pays (split.ts).
 * What is not shared out is done by thread 0. Between two calls of which either is shared out, all threads
 * meet at a barrier.
 */
export class Schedule {
  readonly lists: readonly RecordList[];
  /** Tickets that the barriers between calls and inside them use. */
  readonly tickets: number;
  /** Nanoseconds saved by the calls before each position. */
  private readonly saved: Float64Array;

  /**
   * @param words address of the words that the threads share
   * @param scratch makes a buffer for a share of the call at a position
   */
  constructor(
    calls: readonly Call[],
    threads: number,
    words: number,
    scratch: (position: number, floats: number) => Region,
  ) {
    this.lists = Array.from({ length: threads }, () => new RecordList());
    this.saved = new Float64Array(calls.length + 1);
    let tickets = 0;
    let before = false;
    calls.forEach((call, position) => {
      const make = (floats: number): Region => scratch(position, floats);
      const meeting = { words, ticket: tickets + 2 };
      const loop = call.kernel === 'loop' ? shareLoop(call.loop, threads) : null;
      const shared = call.kernel === 'loop' ? null : shareOut(call.kernel, call.args, threads, make, meeting);
      const saved = (loop ?? shared)?.saved;
      if (position > 0 && (saved !== undefined || before)) {
        tickets++;
        this.lists.forEach((list, i) => {
          list.addBetween(barrier, [words, i, threads, tickets]);
        });
      }
      this.lists.forEach((list, i) => {
        if (call.kernel === 'loop') {
          const { from, to } = loop?.parts[i] ?? { from: 0, to: i === 0 ? call.loop.units : 0 };
          list.addLoop(call.loop, from, to - from);
        } else if (shared !== null) list.addCall(shared.kernel, shared.shares[i]);
        else list.addCall(call.kernel, i === 0 ? [call.args] : []);
      });
      if (shared !== null && shared.tickets > 0) tickets += 1 + shared.tickets;
      this.saved[position + 1] = this.saved[position] + (saved ?? 0);
      before = saved !== undefined;
    });
    this.tickets = tickets;
  }

  /** Whether the calls from one position to another save so many nanoseconds. */
  saves(from: number, to: number, enough: number): boolean {
    return this.saved[to] - this.saved[from] >= enough;
  }
}
