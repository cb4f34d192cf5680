import { ShapeError, ValueError } from '../errors.js';
import { definitionOf } from '../layers/registry.js';
import { readSaved } from '../model/saved.js';
import { loadedFrom } from '../streaming/load.js';
import type { StepSession } from '../streaming/open.js';

/** How a new model takes over. */
export interface Takeover {
  /** Hops over which the old model fades into the new one; 0 changes from one hop to the next. */
  readonly crossfade: number;
  /** True lets the new model begin with the state of the old one, which must have the same shapes. */
  readonly keepState: boolean;
}

interface Voice extends Takeover {
  readonly stream: StepSession;
}

/** Steps that a new model runs for nothing, so that the engine has compiled what a step needs before it counts. */
const WARM_STEPS = 8;

/**
 * The stream of the model that plays, and of the one that takes its place. `step` allocates nothing.
 *
 *   out = old + w·(new − old),   w = (p + 1) / (n·count + 1) at position p of the fade
 *
 * with `count` positions in each of the n hops: one a sample, or one a hop.
 */
export class Player {
  private current: StepSession;
  private next: Voice | null = null;
  /** Came during a fade, and begins after it. */
  private waiting: Voice | null = null;
  /** Hops of the fade that are done. */
  private faded = 0;
  private readonly mixed: Float32Array;

  /** @throws FormatError for what is no saved model, ValueError for one that cannot stream */
  constructor(
    bytes: Uint8Array | ArrayBuffer,
    private readonly channels: number,
  ) {
    this.current = open(bytes, channels);
    this.mixed = new Float32Array(this.current.outputSize);
  }

  /** Numbers that a step takes for each channel. */
  get window(): number {
    return this.current.inputSize / this.channels;
  }

  /** Numbers that a step gives for each channel. */
  get outputs(): number {
    return this.current.outputSize / this.channels;
  }

  /**
   * Lets another model take over. One that is still waiting for an earlier fade to end gives way.
   * @throws FormatError, ValueError as the constructor; ShapeError when it takes or gives other numbers, or has other
   *   states that are to be kept; the old model goes on then
   */
  replace(bytes: Uint8Array | ArrayBuffer, { crossfade, keepState }: Takeover): void {
    const stream = open(bytes, this.channels);
    this.checkSize('takes', stream.inputSize / this.channels, this.window);
    this.checkSize('gives', stream.outputSize / this.channels, this.outputs);
    if (keepState) stream.setState((this.next?.stream ?? this.current).getState());
    const voice = { stream, crossfade, keepState };
    if (this.next !== null) this.waiting = voice;
    else this.begin(voice);
  }

  /**
   * The outputs for a frame, [channels, outputs]; valid until the next step.
   * @param positions places in a channel's outputs at which the fade goes on: all of them, or 1
   */
  step(frame: Float32Array, positions: number): Float32Array {
    const { next } = this;
    if (next === null) return this.current.step(frame);
    const old = this.current.step(frame);
    const now = next.stream.step(frame);
    const { mixed } = this;
    const total = next.crossfade * positions + 1;
    const outputs = mixed.length / this.channels;
    for (let i = 0; i < mixed.length; i++) {
      const place = positions === 1 ? 0 : i % outputs;
      mixed[i] = old[i] + ((this.faded * positions + place + 1) / total) * (now[i] - old[i]);
    }
    this.faded++;
    if (this.faded === next.crossfade) this.finish(next);
    return mixed;
  }

  /** Every state is zero again. */
  reset(): void {
    this.current.reset();
    this.next?.stream.reset();
  }

  private begin(voice: Voice): void {
    this.faded = 0;
    if (voice.crossfade > 0) this.next = voice;
    else this.current = voice.stream;
  }

  private finish({ stream }: Voice): void {
    const { waiting } = this;
    this.current = stream;
    this.next = null;
    this.waiting = null;
    if (waiting === null) return;
    // The one moment at which a step allocates: copies of the state, after a model that came during a fade.
    if (waiting.keepState) waiting.stream.setState(stream.getState());
    this.begin(waiting);
  }

  private checkSize(verb: string, got: number, expected: number): void {
    if (got === expected) return;
    throw new ShapeError(`worklet: the new model ${verb} ${got} numbers a step, expected ${expected}`);
  }
}

function open(bytes: Uint8Array | ArrayBuffer, channels: number): StepSession {
  const model = loadedFrom(readSaved(bytes, definitionOf));
  const { inputs, outputs } = model.graph;
  if (inputs.length !== 1 || outputs.length !== 1) {
    throw new ValueError(
      `worklet: needs a model with one input and one output, got ${inputs.length} and ${outputs.length}`,
    );
  }
  const stream = model.stream({ batchSize: channels });
  const silence = new Float32Array(stream.inputSize);
  for (let i = 0; i < WARM_STEPS; i++) stream.step(silence);
  stream.reset();
  return stream;
}
