import type { Arena } from '../memory/arena.js';
import { type Plan, planOffsets } from '../memory/plan.js';
import { RecordList } from './record-list.js';
import type { Call, Phase, Recorder } from './recorder.js';
import { Region } from './region.js';
import type { Schedule } from './schedule.js';
import { layOut } from './thread-layout.js';
import { WORTH } from './worth.js';

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
  private readonly list = new RecordList();
  /** The same calls for several threads, or null for one. */
  private readonly schedule: Schedule | null;
  /** Where the call lists lie. */
  readonly address: number;

  constructor(
    private readonly arena: Arena,
    recorder: Recorder,
  ) {
    this.calls = recorder.calls;
    this.spans = new Map(recorder.spans);
    for (const call of this.calls) {
      if (call.kernel === 'loop') this.list.addLoop(call.loop, 0, call.loop.units);
      else this.list.addCall(call.kernel, [call.args]);
    }
    for (const family of this.list.families) arena.bring(family);
    const team = arena.threads;
    this.schedule = team && layOut.schedule(this.calls, team.threads, team.words, this.threadScratch);
    this.regions = [...this.spans.keys()];
    this.plan = planOffsets(
      this.regions.map((region) => {
        const span = this.spans.get(region) as { first: number; last: number };
        return { bytes: 4 * region.floats, first: span.first, last: span.last };
      }),
    );
    this.workspaceBytes = this.plan.bytes;
    const lists = [this.list, ...(this.schedule?.lists ?? [])];
    this.address = arena.allocate(
      lists.reduce((bytes, list) => bytes + list.bytes, 0),
      'programs',
    );
    let base = this.address;
    for (const list of lists) {
      list.place(base);
      base += list.bytes;
    }
  }

  /** Places the workspace regions from `workspace` on and writes the calls with their final addresses. */
  link(workspace: number): void {
    this.regions.forEach((region, i) => {
      region.address = workspace + this.plan.offsets[i];
    });
    this.list.write(this.arena.memory);
    for (const list of this.schedule?.lists ?? []) list.write(this.arena.memory);
  }

  /**
   * Runs the calls from one position to another, on several threads where the model has them and it pays.
   * @throws ThreadError when a thread is lost
   */
  run(from = 0, to = this.calls.length): void {
    this.runWhere(from, to, WORTH.run, false);
  }

  /**
   * Runs all calls, as {@link run} does, for the step of a stream: allocates nothing.
   * @throws ThreadError when a thread is lost
   */
  step(): void {
    this.runWhere(0, this.calls.length, WORTH.step, true);
  }

  private runWhere(from: number, to: number, enough: number, brief: boolean): void {
    const { arena, schedule, list } = this;
    const team = schedule?.saves(from, to, enough) ? arena.threads : null;
    if (schedule !== null && team?.ready) {
      arena.runTogether(team, schedule.lists, from, to, schedule.tickets, brief);
    } else arena.run(list.begin(from), list.end(to));
  }

  /** Position of the first call of a phase, or behind the last call. */
  position(phase: Phase): number {
    const index = this.calls.findIndex((call) => call.phase === phase);
    return index < 0 ? this.calls.length : index;
  }

  /** Gives back the memory of the call list. */
  release(): void {
    this.arena.free(this.address);
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

  private readonly threadScratch = (position: number, floats: number): Region => {
    const region = new Region(`${this.calls[position].owner}.threadScratch`, floats);
    this.spans.set(region, { first: position, last: position });
    return region;
  };

  private useOf(region: Region): BufferUse {
    const span = this.spans.get(region) as { first: number; last: number };
    if (span.first < 0) return 'input';
    const firstPhase = this.calls[span.first].phase;
    const lastPhase = this.calls[Math.min(span.last, this.calls.length - 1)].phase;
    return firstPhase === 'forward' && lastPhase === 'backward' ? 'saved' : 'scratch';
  }
}
