import type { Arena } from '../memory/arena.js';
import { type Plan, planOffsets } from '../memory/plan.js';
import { KERNELS } from '../wasm/generated/abi.js';
import type { Argument, Call, Phase, Recorder } from './recorder.js';
import { addressOf, Region } from './region.js';

/** What a workspace buffer is for: data of the batch, kept from forward to backward, or neither. */
export type BufferUse = 'input' | 'saved' | 'scratch';

/** A row of a program's memory report. */
export interface MemoryRow {
  /** Layer and buffer: `lstm.gates`. */
  readonly name: string;
  /** Its size. */
  readonly bytes: number;
  /** What it is for. */
  readonly use: BufferUse;
  /** Where it begins in the workspace, in bytes. */
  readonly offset: number;
}

/**
 * A list of kernel calls laid out in linear memory, run by one crossing per segment.
 *
 * The recorded calls are kept, so that the program can be laid out again when the workspace moves.
 */
export class Program {
  readonly calls: readonly Call[];
  /** Bytes of workspace that the program needs. */
  readonly workspaceBytes: number;
  private readonly regions: readonly Region[];
  private readonly plan: Plan;
  private readonly spans: Recorder['spans'];
  private readonly starts: Int32Array;
  private readonly base: number;

  constructor(
    private readonly arena: Arena,
    recorder: Recorder,
  ) {
    this.calls = recorder.calls;
    this.spans = recorder.spans;
    this.regions = [...recorder.spans.keys()];
    this.plan = planOffsets(
      this.regions.map((region) => {
        const span = recorder.spans.get(region) as { first: number; last: number };
        return { bytes: 4 * region.floats, first: span.first, last: span.last };
      }),
    );
    this.workspaceBytes = this.plan.bytes;
    this.starts = new Int32Array(this.calls.length + 1);
    this.calls.forEach((call, i) => {
      this.starts[i + 1] = this.starts[i] + 4 * (1 + call.args.length);
    });
    this.base = arena.allocate(this.starts[this.calls.length], 'programs');
  }

  /** Places the workspace regions from `workspace` on and writes the calls with their final addresses. */
  link(workspace: number): void {
    this.regions.forEach((region, i) => {
      region.address = workspace + this.plan.offsets[i];
    });
    const bytes = this.starts[this.calls.length];
    const words = new DataView(this.arena.memory.buffer, this.base, bytes);
    this.calls.forEach((call, i) => {
      const { opcode, args } = KERNELS[call.kernel];
      const start = this.starts[i];
      words.setInt32(start, opcode, true);
      call.args.forEach((arg, j) => {
        const value = resolve(arg);
        if (args[j] === 'f') words.setFloat32(start + 4 * (j + 1), value, true);
        else words.setInt32(start + 4 * (j + 1), value, true);
      });
    });
  }

  /** Address of the first call whose phase is one of those given, or of the end. */
  begin(phase: Phase): number {
    const index = this.calls.findIndex((call) => call.phase === phase);
    return this.base + this.starts[index < 0 ? this.calls.length : index];
  }

  /** Address behind the last call of the phase, or of the end. */
  end(phase?: Phase): number {
    let index = this.calls.length;
    if (phase !== undefined) {
      index = this.calls.length;
      while (index > 0 && this.calls[index - 1].phase !== phase) index--;
    }
    return this.base + this.starts[index];
  }

  /** Address of the first call. */
  get start(): number {
    return this.base;
  }

  /** Address of call `index`, for timing calls one by one. */
  callAddress(index: number): number {
    return this.base + this.starts[index];
  }

  /** Gives back the memory of the call list. */
  release(): void {
    this.arena.free(this.base);
  }

  /** Every workspace region with its size, use and place, largest first. */
  memoryReport(): MemoryRow[] {
    return this.regions
      .map((region, i) => ({
        name: region.name,
        bytes: 4 * region.floats,
        use: this.useOf(region),
        offset: this.plan.offsets[i],
      }))
      .sort((a, b) => b.bytes - a.bytes);
  }

  private useOf(region: Region): BufferUse {
    const span = this.spans.get(region) as { first: number; last: number };
    if (span.first < 0) return 'input';
    const firstPhase = this.calls[span.first].phase;
    const lastPhase = this.calls[Math.min(span.last, this.calls.length - 1)].phase;
    return firstPhase === 'forward' && lastPhase === 'backward' ? 'saved' : 'scratch';
  }
}

function resolve(arg: Argument): number {
  if (arg === null) return 0;
  if (typeof arg === 'number') return arg;
  return arg instanceof Region ? addressOf({ region: arg, offset: 0 }) : addressOf(arg);
}
