import type { Kernel } from '../wasm/kernel.js';
import { type Ref, Region } from './region.js';

/** What stands for a kernel's argument while recording: a number, a place, or null for address 0. */
export type Argument = number | Region | Ref | null;

/** The arguments of a kernel, position by position. */
export type ArgumentsOf<P extends readonly unknown[]> = { [I in keyof P]: Argument };

/** The part of a program that a call belongs to. */
export type Phase = 'prepare' | 'forward' | 'loss' | 'backward' | 'accept' | 'update';

/** A place that moves on by so many floats from one run of a loop's body to the next. */
export interface Moving {
  readonly place: Ref;
  readonly stride: number;
}

/** A kernel call in the body of a loop. */
export interface LoopCall {
  readonly kernel: Kernel;
  readonly args: readonly (Argument | Moving)[];
}

/** Calls that are run several times over, at places that move on from time to time. */
export interface Loop {
  /** How often the body runs, at least once. */
  readonly count: number;
  /** What the body divides into for threads: samples. */
  readonly units: number;
  /** Time of the whole loop on one thread, a rough figure in nanoseconds. */
  readonly cost: number;
  /** The body for units `from` to `from + count`. */
  body(from: number, count: number): readonly LoopCall[];
}

/** One recorded kernel call, or a loop over several. */
export type Call = KernelCall | RecordedLoop;

interface Recorded {
  readonly phase: Phase;
  /** Who asked for it: a layer's name, 'loss', 'optimizer'. */
  readonly owner: string;
}

/** A call of its own. */
export interface KernelCall extends Recorded {
  readonly kernel: Kernel;
  readonly args: readonly Argument[];
}

/** A loop as one call. */
export interface RecordedLoop extends Recorded {
  readonly kernel: 'loop';
  readonly loop: Loop;
}

/** Where a workspace region is used, as call positions. */
export interface Span {
  first: number;
  last: number;
}

/** Writes down kernel calls with symbolic memory; the spans of the workspace regions follow from them. */
export class Recorder {
  readonly calls: Call[] = [];
  readonly spans = new Map<Region, Span>();
  phase: Phase = 'forward';
  owner = '';

  /** A new workspace region. It occupies memory only from the first to the last call that names it. */
  region(name: string, floats: number): Region {
    return new Region(`${this.owner}.${name}`, floats);
  }

  /** Records a call of a kernel (`import * as kernels from '../wasm/generated/kernels.js'`). */
  emit<P extends readonly number[]>(kernel: Kernel<(...args: P) => void>, ...args: ArgumentsOf<P>): void {
    const position = this.calls.length;
    for (const arg of args) {
      if (typeof arg === 'object' && arg !== null) this.touch(arg, position);
    }
    this.calls.push({ kernel, args, phase: this.phase, owner: this.owner });
  }

  /** Records a loop. All that its body names is occupied throughout. */
  loop(loop: Loop): void {
    const position = this.calls.length;
    for (const { args } of loop.body(0, loop.units)) {
      for (const arg of args) {
        if (typeof arg !== 'object' || arg === null) continue;
        this.touch('place' in arg ? arg.place : arg, position);
      }
    }
    this.calls.push({ kernel: 'loop', loop, phase: this.phase, owner: this.owner });
  }

  /** Keeps the content from before the first call, as JavaScript writes it there. */
  writtenBefore(place: Region | Ref): void {
    this.touch(place, -1);
  }

  /** Keeps the content until after the last call, as JavaScript reads it then. */
  readAfter(place: Region | Ref): void {
    this.touch(place, Number.MAX_SAFE_INTEGER);
  }

  /** Puts the calls of another recorder, which touch fixed regions only, in front. */
  prepend(other: Recorder): void {
    const shift = other.calls.length;
    this.calls.unshift(...other.calls);
    for (const span of this.spans.values()) {
      if (span.first >= 0) span.first += shift;
      if (span.last >= 0 && span.last < Number.MAX_SAFE_INTEGER) span.last += shift;
    }
  }

  private touch(place: Region | Ref, position: number): void {
    const region = place instanceof Region ? place : place.region;
    if (region.address !== null && !this.spans.has(region)) return;
    const span = this.spans.get(region);
    if (span === undefined) {
      this.spans.set(region, { first: position, last: position });
    } else {
      span.first = Math.min(span.first, position);
      span.last = Math.max(span.last, position);
    }
  }
}
