import { greatestDivisor } from './divisor.js';

/** How sound is cut for a model. */
export interface HopSizes {
  /** Samples of one channel that a step looks at. */
  readonly window: number;
  /** Samples from one step to the next, at most `window`. */
  readonly hop: number;
  /** Channels of sound, each a sequence of its own. */
  readonly channels: number;
  /** Numbers that a step gives for each channel. */
  readonly outputs: number;
  /** True holds each output over a hop on a channel of its own; false takes the outputs for the samples of a hop. */
  readonly held: boolean;
  /** Samples of a block. */
  readonly quantum: number;
}

/** Gives the outputs for a frame [channels · window], channel by channel, or null for silence. */
export type Step = (frame: Float32Array) => ArrayLike<number> | null;

/**
 * Sound in blocks to a model in hops, and back.
 *
 *   frame k   = the `window` samples before sample (k + 1)·hop, zeros before the first
 *   output k fills the samples from k·hop + latency on,   latency = hop − gcd(hop, quantum)
 *
 * That is the least with which every sample is there when its block is due: none where the hop divides the block.
 * Allocates when it is made, and nothing afterwards.
 */
export class Hops {
  /** Samples by which the output lags behind the input. */
  readonly latency: number;
  /** Channels of the output. */
  readonly rows: number;
  /** [channels, window] */
  private readonly frame: Float32Array;
  /** [rows, capacity]: output that is not due yet, from the left. */
  private readonly due: Float32Array;
  private readonly capacity: number;
  private ready: number;
  /** Samples of the hop under way. */
  private filled = 0;

  constructor(
    readonly sizes: HopSizes,
    private readonly step: Step,
  ) {
    const { window, hop, channels, outputs, held, quantum } = sizes;
    this.latency = hop - greatestDivisor(hop, quantum);
    this.rows = held ? channels * outputs : channels;
    this.frame = new Float32Array(channels * window);
    this.capacity = 2 * hop + quantum;
    this.due = new Float32Array(this.rows * this.capacity);
    this.ready = this.latency;
  }

  /** Takes a block of input and writes a block of output. A channel that is not there counts as silence. */
  process(input: readonly Float32Array[], output: readonly Float32Array[]): void {
    const { hop, quantum } = this.sizes;
    for (let done = 0; done < quantum; ) {
      const count = Math.min(quantum - done, hop - this.filled);
      this.take(input, done, count);
      done += count;
      this.filled += count;
      if (this.filled < hop) break;
      this.push(this.step(this.frame));
      this.shift();
      this.filled = 0;
    }
    this.give(output);
  }

  /** The output as it was at the start: silence behind, nothing under way. */
  clear(): void {
    this.frame.fill(0);
    this.due.fill(0);
    this.ready = this.latency;
    this.filled = 0;
  }

  private take(input: readonly Float32Array[], from: number, count: number): void {
    const { window, hop, channels } = this.sizes;
    for (let c = 0; c < channels; c++) {
      const at = c * window + window - hop + this.filled;
      const samples = c < input.length ? input[c] : null;
      for (let i = 0; i < count; i++) this.frame[at + i] = samples === null ? 0 : samples[from + i];
    }
  }

  private shift(): void {
    const { window, hop, channels } = this.sizes;
    for (let c = 0; c < channels; c++) {
      this.frame.copyWithin(c * window, c * window + hop, (c + 1) * window);
    }
  }

  private push(values: ArrayLike<number> | null): void {
    const { hop, held } = this.sizes;
    for (let r = 0; r < this.rows; r++) {
      const at = r * this.capacity + this.ready;
      for (let i = 0; i < hop; i++) {
        this.due[at + i] = values === null ? 0 : held ? values[r] : values[r * hop + i];
      }
    }
    this.ready += hop;
  }

  private give(output: readonly Float32Array[]): void {
    const { quantum } = this.sizes;
    const { capacity, due, ready } = this;
    for (let r = 0; r < this.rows; r++) {
      const from = r * capacity;
      if (r < output.length) for (let i = 0; i < quantum; i++) output[r][i] = due[from + i];
      due.copyWithin(from, from + quantum, from + ready);
    }
    this.ready = ready - quantum;
  }
}
