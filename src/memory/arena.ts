import { formatBytes } from '../allocate.js';
import { MemoryError } from '../errors.js';
import { checkEngine } from '../wasm/features.js';
import type { Instance } from '../wasm/instance.js';
import type { Family } from '../wasm/kernel.js';
import { type Build, instantiate } from '../wasm/load.js';
import { type ThreadParts, threadParts } from '../wasm/threads/link.js';
import type { Team, ThreadCalls } from '../wasm/threads/team.js';
import { align } from './plan.js';

const PAGE = 65536;
const INITIAL_PAGES = 2;

/** Where WebAssembly memory ends: 4 GiB. */
export const MAX_BYTES = 2 ** 32;

/** The threads of a memory that was dropped let go of it. */
const dropped = new FinalizationRegistry<Team>((team) => team.close());

/** The memory of a new model. */
function firstMemory(make: () => WebAssembly.Memory): WebAssembly.Memory {
  checkEngine();
  try {
    return make();
  } catch (error) {
    throw new MemoryError(
      `memory: this engine gives none for another model (${String(error)}); models that nothing refers to any more ` +
        'give theirs back',
    );
  }
}

/** The memory in which a model goes on that has lost a thread. */
function secondMemory(bytes: number, make: () => WebAssembly.Memory): WebAssembly.Memory {
  try {
    return make();
  } catch (error) {
    throw new MemoryError(
      `memory: a thread was lost and may still be writing, and this engine gives no ${formatBytes(bytes)} to go on in ` +
        `(${String(error)}); models that nothing refers to any more give theirs back`,
    );
  }
}

/** A window on linear memory that survives growth: read `f32` each time, do not keep it. */
export class MemoryView {
  private array: Float32Array;
  private generation: number;

  constructor(
    private readonly arena: Arena,
    private readonly address: number,
    private readonly count: number,
  ) {
    this.generation = arena.generation;
    this.array = new Float32Array(arena.memory.buffer, address, count);
  }

  /** The floats. Valid until memory grows. */
  get f32(): Float32Array {
    if (this.generation !== this.arena.generation) {
      this.generation = this.arena.generation;
      this.array = new Float32Array(this.arena.memory.buffer, this.address, this.count);
    }
    return this.array;
  }
}

/**
 * One linear memory and the kernels over it. Hands out blocks, grows when none fits, and is the only maker
 * of views.
 *
 * ```text
 * | static data | control | parameters | gradients | slots | packed | programs | workspace | streams ... |
 * ```
 *
 * Blocks are placed first-fit in the free gaps, so the picture is the usual order, not a promise.
 */
export class Arena {
  /** The memory and the kernels. Others take their place when a thread is lost. */
  memory: WebAssembly.Memory;
  private kernels: Instance;
  /** Goes up by one whenever memory grows and old views die. */
  generation = 0;
  private readonly blocks: { address: number; bytes: number; purpose: string }[] = [];
  private readonly base: number;
  // One for each arena: a registry that outlived it, or a WeakRef to it, would keep the memory of dropped
  // models alive until the next turn of the event loop.
  private readonly owners = new FinalizationRegistry<readonly number[]>((blocks) => {
    for (const block of blocks) this.free(block);
  });
  private team: Team | null = null;
  private readonly module: WebAssembly.Module | null = null;
  private readonly parts: ThreadParts | null = null;

  /**
   * @param build what serves one thread, and `threadBuild` several
   * @throws StateError when a build or threads have not been prepared, EngineError where no model runs, MemoryError when
   *   the engine gives no memory
   */
  constructor(build: Build = 'portable', threads = 1, threadBuild = build) {
    const parts = threads > 1 ? threadParts(threads) : null;
    const acquired = parts?.acquirePool(threads, threadBuild) ?? null;
    if (parts === null || acquired === null) {
      this.memory = firstMemory(() => new WebAssembly.Memory({ initial: INITIAL_PAGES }));
      this.kernels = instantiate(this.memory, build);
      this.base = align(this.kernels.exports.heap_base());
      return;
    }
    const { pool, module } = acquired;
    try {
      this.module = module;
      this.parts = parts;
      this.memory = firstMemory(() => parts.sharedMemory(INITIAL_PAGES));
      const kernels = parts.instantiateThreads(this.memory, module);
      this.kernels = kernels;
      this.base = align(kernels.exports.heap_base());
      const words = this.allocate(parts.teamBytes(threads), 'threads');
      this.team = new parts.Team(pool, module, this.memory, kernels.exports, words, threads);
    } catch (error) {
      pool.release();
      throw error;
    }
    dropped.register(this, this.team, this);
  }

  /** The threads that serve this memory, or null where there is one. */
  get threads(): Team | null {
    return this.team?.alive === true ? this.team : null;
  }

  /** Makes the kernels of a family ready for {@link run}. */
  bring(family: Family): void {
    this.kernels.bring(family);
  }

  /** Runs the calls between two addresses, whose families have been brought. */
  run(begin: number, end: number): void {
    this.kernels.exports.run(begin, end);
  }

  /**
   * Runs calls on all threads.
   * @throws ThreadError when a thread is lost: the memory has moved then, away from what may still be written, or moves
   *   before the next run
   */
  runTogether(
    team: Team,
    lists: readonly ThreadCalls[],
    from: number,
    to: number,
    tickets: number,
    brief: boolean,
  ): void {
    try {
      team.run(lists, from, to, tickets, brief);
    } catch (error) {
      this.closeThreads();
      this.kernels = this.kernelsElsewhere();
      try {
        this.move();
      } catch {
        // The next run tries again, and says why there is none.
      }
      throw error;
    }
  }

  /** Lets the workers go. */
  closeThreads(): void {
    this.team?.close();
    this.team = null;
    dropped.unregister(this);
  }

  /** Bytes handed out, by purpose. */
  usage(): Record<string, number> {
    const usage: Record<string, number> = {};
    for (const { purpose, bytes } of this.blocks) usage[purpose] = (usage[purpose] ?? 0) + bytes;
    return usage;
  }

  /** Bytes handed out, all together. */
  get used(): number {
    return this.blocks.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /**
   * A zeroed block of at least `bytes`, on a cache line.
   * @throws MemoryError when the engine does not give the memory; nothing has changed then
   */
  allocate(bytes: number, purpose: string): number {
    const size = Math.max(align(bytes), 64);
    let address = this.base;
    let index = 0;
    for (; index < this.blocks.length; index++) {
      const block = this.blocks[index];
      if (address + size <= block.address) break;
      address = block.address + block.bytes;
    }
    const old = this.memory.buffer.byteLength; // what is beyond is new, and zero
    this.growTo(address + size, bytes, purpose);
    this.blocks.splice(index, 0, { address, bytes: size, purpose });
    if (address < old) new Uint8Array(this.memory.buffer, address, Math.min(size, old - address)).fill(0);
    return address;
  }

  /** Gives a block back. */
  free(address: number): void {
    const index = this.blocks.findIndex((block) => block.address === address);
    if (index >= 0) this.blocks.splice(index, 1);
  }

  /** Gives blocks back once an object is out of reach. */
  freeAfter(owner: object, blocks: readonly number[]): void {
    this.owners.register(owner, blocks);
  }

  /** A view that is remade after growth. */
  view(address: number, count: number): MemoryView {
    return new MemoryView(this, address, count);
  }

  /** A view for use at once. */
  f32(address: number, count: number): Float32Array {
    return new Float32Array(this.memory.buffer, address, count);
  }

  /** A view for use at once. */
  i8(address: number, count: number): Int8Array {
    return new Int8Array(this.memory.buffer, address, count);
  }

  /** A view for use at once. */
  u32(address: number, count: number): Uint32Array {
    return new Uint32Array(this.memory.buffer, address, count);
  }

  /** Kernels that first move the memory. */
  private kernelsElsewhere(): Instance {
    const moved = (): Instance => {
      this.move();
      return this.kernels;
    };
    return {
      exports: { ...this.kernels.exports, run: (begin, end) => moved().exports.run(begin, end) },
      bring: (family) => moved().bring(family),
    };
  }

  /**
   * Goes on with a copy of the memory.
   * @throws MemoryError when the engine gives none; nothing has changed then
   */
  private move(): void {
    const old = this.memory.buffer;
    const { sharedMemory, instantiateThreads } = this.parts as ThreadParts;
    const memory = secondMemory(old.byteLength, () => sharedMemory(old.byteLength / PAGE));
    new Uint8Array(memory.buffer).set(new Uint8Array(old));
    this.kernels = instantiateThreads(memory, this.module as WebAssembly.Module);
    this.memory = memory;
    this.generation++;
  }

  private growTo(end: number, asked: number, purpose: string): void {
    const have = this.memory.buffer.byteLength;
    if (end <= have) return;
    const pages = Math.ceil((end - have) / PAGE);
    try {
      if (!(end <= MAX_BYTES)) throw new RangeError('beyond 4 GiB');
      this.memory.grow(pages);
    } catch {
      throw new MemoryError(
        `memory: ${purpose} asked for ${formatBytes(asked)} more on top of ${formatBytes(have)}, which this ` +
          `engine does not give (WebAssembly memory ends at ${formatBytes(MAX_BYTES)}); a smaller batchSize, ` +
          'shorter sequences or fewer units need less',
      );
    }
    this.generation++;
  }
}
