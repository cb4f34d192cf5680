import { ThreadError } from '../../errors.js';
import type { ThreadExports } from '../generated/abi.js';
import type { Pool } from './pool.js';
import { maySleep } from './shared.js';

/** Bytes of the words that the threads of one memory share (assembly/threads/barrier.ts). */
export function teamBytes(threads: number): number {
  return 64 * (1 + threads);
}

const FAILED = 0;
const BASE = 1;
const SPIN = 3;
const STARTED = 2;
const GRACE = 3;

/** Milliseconds without any progress after which a thread counts as lost. */
const GRACE_MS = 10_000;

/** Calls laid out for one thread: addresses where those of a position begin, and where those before it end. */
export interface ThreadCalls {
  begin(position: number): number;
  end(position: number): number;
}

/** The threads that serve one memory. */
export class Team {
  private readonly model: number;
  private readonly integers: Int32Array;
  private readonly floats: Float64Array;
  /** Number of runs so far. */
  runs = 0;
  private closed = false;
  /** Where the tickets of the next run start. */
  private next = 0;

  /** `words`: address of {@link teamBytes} zeroed bytes, a multiple of 64. */
  constructor(
    private readonly pool: Pool,
    module: WebAssembly.Module,
    memory: WebAssembly.Memory,
    private readonly kernels: ThreadExports,
    readonly words: number,
    readonly threads: number,
  ) {
    this.integers = new Int32Array(memory.buffer, words, 8);
    this.floats = new Float64Array(memory.buffer, words, 4);
    this.integers[SPIN] = maySleep() ? 0 : 1;
    this.grace = GRACE_MS;
    this.model = pool.attach(threads - 1, module, memory, words);
  }

  /** Milliseconds without progress after which a thread counts as lost. */
  set grace(milliseconds: number) {
    this.floats[GRACE] = milliseconds;
  }

  /** Whether the workers have not been given up. */
  get alive(): boolean {
    return !this.closed && this.pool.broken === null;
  }

  /** Whether every worker has come up and knows the memory. */
  get ready(): boolean {
    if (!this.alive) return false;
    for (let i = 1; i < this.threads; i++) if (!this.pool.isReady(i - 1)) return false;
    return true;
  }

  /**
   * Has every thread run its calls from one position to another, and returns when all have. `tickets` is the
   * last that a barrier of the calls uses. A `brief` run does not look at the clock, and so allocates nothing.
   * @throws ThreadError when a thread is lost; the workers are ended then, but may still be writing
   */
  run(lists: readonly ThreadCalls[], from: number, to: number, tickets: number, brief: boolean): void {
    const { integers, kernels, pool, threads, words } = this;
    const last = tickets + 1;
    this.runs++;
    integers[BASE] = this.next;
    this.next = (this.next + last) | 0;
    this.floats[STARTED] = brief ? 0 : performance.now();
    for (let i = 1; i < threads; i++) {
      pool.order(i - 1, this.model, lists[i].begin(from), lists[i].end(to), last);
    }
    try {
      kernels.run(lists[0].begin(from), lists[0].end(to));
    } catch (error) {
      Atomics.store(integers, FAILED, 1);
      pool.end(String(error));
      throw error;
    }
    if (kernels.barrier(words, 0, threads, last)) return;
    pool.end('a thread was lost');
    throw new ThreadError(
      'threads: a worker has died or did not answer in time; the computation was not finished, and the model ' +
        'goes on with one thread',
    );
  }

  /** Lets the workers go. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.pool.detach(this.threads - 1, this.model);
    this.pool.release();
  }
}
