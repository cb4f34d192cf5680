import {
  ASLEEP,
  BEGIN,
  END,
  HANDLED,
  LINE,
  MODEL,
  SENT,
  TICKET,
  TURN,
  type WorkerMessage,
} from './protocol.js';
import type { Spawn, WorkerHandle } from './spawn.js';

/** Most threads that can be asked for, the main thread included. */
export const MAX_THREADS = 64;

/** Milliseconds within which a worker must come up. */
const START_LIMIT = 20_000;

interface Member {
  readonly handle: WorkerHandle;
  /** Settles when the worker is up: undefined, or why it is not. */
  readonly started: Promise<string | undefined>;
}

/**
 * The workers, which all models with threads share: only one model computes at a time. The main thread is
 * thread 0, worker i is thread i + 1.
 *
 * Orders go through shared words (protocol.ts), since a main thread that computes handles no events;
 * a worker takes messages, which bring it new memories, between two orders.
 */
export class Pool {
  /** Why the workers cannot be used any more, or null. */
  broken: string | null = null;
  private readonly control = new Int32Array(new SharedArrayBuffer(4 * LINE * MAX_THREADS));
  private readonly members: Member[] = [];
  private nextModel = 1;
  private users = 0;

  constructor(private readonly spawn: Spawn) {}

  /** Number of workers started. */
  get size(): number {
    return this.members.length;
  }

  /** Starts workers until there are `count`; they come up by themselves. */
  grow(count: number): void {
    while (this.members.length < count && this.broken === null) this.add();
  }

  /** Waits until every worker is up. Gives undefined, or why one is not: the pool is broken then. */
  async started(): Promise<string | undefined> {
    for (const { started } of this.members) {
      const reason = await started;
      if (reason !== undefined) return reason;
    }
    return this.broken ?? undefined;
  }

  /** Counts a model that uses the workers, until it calls {@link release}. */
  retain(): void {
    this.users++;
  }

  /** Counts a model off. With the last one the workers end. */
  release(): void {
    this.users--;
    if (this.users === 0) this.end('no model uses them any more');
  }

  /** Makes the first `workers` workers ready for programs of a memory. Gives the number to run them by. */
  attach(workers: number, module: WebAssembly.Module, memory: WebAssembly.Memory, words: number): number {
    const model = this.nextModel++;
    for (let i = 0; i < workers; i++) this.send(i, { attach: { model, module, memory, words } });
    return model;
  }

  /** Lets the workers forget a memory. */
  detach(workers: number, model: number): void {
    if (this.broken !== null) return;
    for (let i = 0; i < workers; i++) this.send(i, { detach: model });
  }

  /** Whether a worker has handled every message sent to it. */
  isReady(worker: number): boolean {
    const { control } = this;
    const line = worker * LINE;
    return Atomics.load(control, line + HANDLED) === control[line + SENT];
  }

  /** Has a worker run the calls between two addresses of a model's memory, and arrive at a ticket. */
  order(worker: number, model: number, begin: number, end: number, ticket: number): void {
    const { control } = this;
    const line = worker * LINE;
    control[line + MODEL] = model;
    control[line + BEGIN] = begin;
    control[line + END] = end;
    control[line + TICKET] = ticket;
    this.wake(line);
  }

  /** Ends the workers at once, whatever they are doing. */
  end(reason: string): void {
    if (this.broken !== null) return;
    this.broken = reason;
    for (const { handle } of this.members) handle.end();
  }

  private add(): void {
    const index = this.members.length;
    let settle: (reason: string | undefined) => void = () => {};
    const started = new Promise<string | undefined>((resolve) => {
      settle = resolve;
    });
    let up = false;
    const onReady = (): void => {
      clearTimeout(timer);
      up = true;
      handle.unref();
      settle(undefined);
    };
    const onEnd = (reason: string): void => {
      clearTimeout(timer);
      this.end(`a worker ${up ? 'ended' : 'did not start'}: ${reason}`);
      settle(this.broken ?? undefined);
    };
    const timer = setTimeout(() => onEnd(`nothing within ${START_LIMIT / 1000} s`), START_LIMIT);
    let handle: WorkerHandle;
    try {
      handle = this.spawn(onReady, onEnd);
    } catch (error) {
      onEnd(String(error));
      return;
    }
    this.members.push({ handle, started });
    this.send(index, { hello: { control: this.control, line: index * LINE, self: index + 1 } });
  }

  private send(worker: number, message: WorkerMessage): void {
    const line = worker * LINE;
    Atomics.add(this.control, line + SENT, 1);
    this.members[worker].handle.post(message);
    this.wake(line);
  }

  private wake(line: number): void {
    Atomics.add(this.control, line + TURN, 1);
    if (Atomics.load(this.control, line + ASLEEP) !== 0) Atomics.notify(this.control, line + TURN);
  }
}
