import { RecordList } from './record-list.js';
import type { Call } from './recorder.js';
import type { Region } from './region.js';
import { shareOut } from './split.js';

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
    calls.forEach(({ kernel, args }, position) => {
      const make = (floats: number): Region => scratch(position, floats);
      const shared = shareOut(kernel, args, threads, make, { words, ticket: tickets + 2 });
      if (position > 0 && (shared !== null || before)) {
        tickets++;
        this.lists.forEach((list, i) => {
          list.addBetween('barrier', [words, i, threads, tickets]);
        });
      }
      this.lists.forEach((list, i) => {
        if (shared !== null) list.addCall(shared.kernel, shared.shares[i]);
        else list.addCall(kernel, i === 0 ? [args] : []);
      });
      if (shared !== null && shared.tickets > 0) tickets += 1 + shared.tickets;
      this.saved[position + 1] = this.saved[position] + (shared?.saved ?? 0);
      before = shared !== null;
    });
    this.tickets = tickets;
  }

  /** Whether the calls from one position to another save so many nanoseconds. */
  saves(from: number, to: number, enough: number): boolean {
    return this.saved[to] - this.saved[from] >= enough;
  }
}
