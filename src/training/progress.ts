import type { Callback, CallbackContext, Logs } from './callbacks/callback.js';
import { type ProgressState, renderFinished, renderLine, renderRunning } from './progress-render.js';

/** Where progress is shown. */
export interface ProgressOutput {
  /** Whether a line can be drawn over. */
  readonly isTerminal: boolean;
  /** Width of the terminal in characters. */
  columns(): number;
  /** Text is a whole line with its end, or in a terminal any piece of one. */
  write(text: string): void;
}

/** What {@link outputOf} looks at of a Node-like process. */
interface ProcessLike {
  readonly stdout?: { isTTY?: boolean; columns?: number; write?(text: string): unknown };
  readonly env?: Record<string, string | undefined>;
}

/** Standard output where there is one (Node, Deno, Bun), else the console, a line at a time. */
export function outputOf(process: ProcessLike | undefined): ProgressOutput {
  const stream = process?.stdout;
  if (typeof stream?.write !== 'function') {
    return { isTerminal: false, columns: () => 80, write: (text) => console.log(text.replace(/\n$/, '')) };
  }
  return {
    isTerminal: stream.isTTY === true && process?.env?.TERM !== 'dumb',
    columns: () => stream.columns || 80,
    write: (text) => void stream.write?.(text),
  };
}

/** Options of {@link progressBar}. */
export interface ProgressOptions {
  /** Default: see {@link outputOf}. */
  output?: ProgressOutput;
  /** Milliseconds from any origin. Default `performance.now`. */
  clock?: () => number;
  /** Milliseconds between two drawings at least; the last batch of an epoch is always drawn. Default 100. */
  interval?: number;
}

/** A callback that shows progress. */
export interface ProgressBar extends Callback {
  /** Ends a line that is still open, such as when `fit` throws. */
  close(): void;
}

/**
 * Shows progress as `verbose` of the training asks: 0 nothing; 1 a bar in a terminal, elsewhere a line an epoch;
 * 2 a line an epoch.
 *
 * The time left is to the end of the training, from the mean time of a batch so far, validation included. The
 * first batch, in which engines are still warming up, is left out as soon as there is a second.
 */
export function progressBar(options: ProgressOptions = {}): ProgressBar {
  return new Progress(options);
}

class Progress implements ProgressBar {
  private readonly output: ProgressOutput;
  private readonly clock: () => number;
  private readonly interval: number;
  private epoch = 0;
  private epochStart = 0;
  private firstEpoch: number | null = null;
  private batch = 0;
  /** Batches done in this training, and when the first was. */
  private done = 0;
  private start = 0;
  private firstDone = 0;
  private lastDrawn = Number.NEGATIVE_INFINITY;
  /** Characters of the line that is open. */
  private open = 0;

  constructor(options: ProgressOptions) {
    this.output = options.output ?? outputOf(typeof process === 'undefined' ? undefined : process);
    this.clock = options.clock ?? (() => performance.now());
    this.interval = options.interval ?? 100;
  }

  onTrainBegin(): void {
    this.firstEpoch = null;
    this.done = 0;
    this.start = this.clock();
  }

  onEpochBegin(epoch: number): void {
    this.firstEpoch ??= epoch;
    this.epoch = epoch;
    this.batch = 0;
    this.epochStart = this.clock();
    this.lastDrawn = Number.NEGATIVE_INFINITY;
  }

  onBatchEnd(batch: number, logs: Logs, { params }: CallbackContext): void {
    this.batch = batch + 1;
    if (++this.done === 1) this.firstDone = this.clock();
    if (params.verbose !== 1 || !this.output.isTerminal) return;
    const now = this.clock();
    if (now - this.lastDrawn < this.interval && this.batch < params.batches) return;
    this.lastDrawn = now;
    this.draw(renderRunning(this.state(now, logs, params), this.output.columns()));
  }

  onEpochEnd(_epoch: number, logs: Logs, { params }: CallbackContext): void {
    if (params.verbose === 0) return;
    const state = this.state(this.clock(), logs, params);
    if (params.verbose === 1 && this.output.isTerminal) {
      this.draw(renderFinished(state, this.output.columns()));
      this.close();
    } else {
      this.output.write(`${renderLine(state)}\n`);
    }
  }

  onTrainEnd(): void {
    this.close();
  }

  close(): void {
    if (this.open > 0) this.output.write('\n');
    this.open = 0;
  }

  /** Draws over the open line in one write; spaces cover what was longer. */
  private draw(line: string): void {
    this.output.write(`\r${line.padEnd(this.open)}`);
    this.open = line.length;
  }

  private state(now: number, logs: Logs, params: CallbackContext['params']): ProgressState {
    const { epochs, batches } = params;
    const elapsed = (now - this.epochStart) / 1000;
    const left = this.secondsLeft(now, (epochs - (this.firstEpoch ?? 0)) * batches);
    return { epoch: this.epoch, epochs, batch: this.batch, batches, elapsed, left, logs };
  }

  private secondsLeft(now: number, all: number): number | null {
    if (this.done === 0) return null;
    const each = this.done === 1 ? now - this.start : (now - this.firstDone) / (this.done - 1);
    return (each * (all - this.done)) / 1000;
  }
}
