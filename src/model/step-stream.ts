import { describeValue } from '../describe.js';
import { DataError, type RecurraError, ShapeError, ValueError } from '../errors.js';
import { sizeOf } from '../shape.js';
import { isFlat, type Tensor } from '../tensor.js';
import { findOutOfRange } from './ids.js';
import type { NetworkCore } from './network-core.js';
import { Blocks, type StepPlan } from './step-plan.js';
import { StreamStates } from './stream-states.js';
import { type StreamSplit, stepFrame } from './streamable.js';

/** What a step gives: one view, or a list of them where the model has several outputs. */
export type StepOutput<Out> = Out extends readonly unknown[] ? Float32Array[] : Float32Array;

/**
 * One time step at a time, with the state kept in linear memory. `step` is synchronous, crosses into wasm
 * once whatever the depth of the model, and allocates nothing. A step gives the bits that `predict` gives for
 * that step of the whole sequence.
 */
export class StepStream<Out extends Tensor | Tensor[] = Tensor, Plan extends StepPlan = StepPlan> {
  /** @internal */
  protected readonly states: StreamStates;
  /** @internal Null before the start. */
  protected plan: Plan | null = null;
  /** @internal Memory to be freed with the stream. */
  protected readonly blocks: number[];
  /** @internal The states at the beginning of a sequence. */
  protected first: Float32Array[] = [];
  /** Ids have to be below this; Infinity where frames are features. */
  private readonly idLimit: number;
  private readonly outputs: Float32Array[] = [];

  /** @internal */
  constructor(
    /** @internal */
    protected readonly network: NetworkCore,
    /** @internal */
    protected readonly split: StreamSplit,
    /** @internal */
    protected readonly batchSize: number,
  ) {
    const { arena, graph } = network;
    const own = new Blocks(arena);
    this.blocks = own.addresses;
    this.states = new StreamStates(arena, split, batchSize, (floats) => own.allocate(floats));
    const range = graph.ranges.find(({ input }) => input === split.input);
    this.idLimit = range?.limit ?? Number.POSITIVE_INFINITY;
    arena.freeAfter(this, this.blocks);
  }

  /** @internal Begins with the first plan. */
  protected begin(make: () => Plan): void {
    try {
      this.use(make());
    } catch (error) {
      this.release();
      throw error;
    }
  }

  /** @internal Goes on with a plan. */
  protected use(plan: Plan): void {
    this.blocks.push(...plan.addresses);
    this.plan = plan;
    this.first = this.states.read();
  }

  /** @internal The plan, once there is one. */
  protected started(_what: string): Plan {
    return this.plan as Plan;
  }

  /** @internal */
  protected run(plan: Plan): void {
    plan.step.step();
  }

  /** Numbers that a step takes: `batchSize` frames of features. */
  get inputSize(): number {
    return this.batchSize * sizeOf(stepFrame(this.network.graph.inputs[this.split.input]));
  }

  /**
   * Numbers that a step gives, in all its outputs.
   * @throws StateError before {@link start}
   */
  get outputSize(): number {
    return this.started('outputSize').outputs.reduce((sum, { f32 }) => sum + f32.length, 0);
  }

  /**
   * Takes one frame `[features]` (`[batchSize, features]` flat) and gives the output of this step.
   *
   * @param frame numbers of one time step
   * @returns a view on linear memory, or a list of them for a model with several outputs: valid until the next step;
   *   copy what is to be kept
   * @throws ShapeError when the frame has another length, ValueError when it is no numbers, DataError for an id
   *   out of range, StateError before {@link start} and past the last step that there is room for, ThreadError when a
   *   thread is lost; the state is as it was
   */
  step(frame: ArrayLike<number>): StepOutput<Out> {
    const plan = this.started('step');
    const view = plan.input.f32;
    if (!isFlat(frame) || frame.length !== view.length || !holdsNumbers(frame)) {
      throw frameError(frame, view.length);
    }
    if (this.idLimit !== Number.POSITIVE_INFINITY) this.checkIds(frame);
    this.states.checkRoom();
    const { prepared, parameters } = this.network;
    prepared.refresh(parameters.version);
    view.set(frame);
    this.run(plan);
    const { outputs } = plan;
    if (outputs.length === 1) return outputs[0].f32 as StepOutput<Out>;
    for (let i = 0; i < outputs.length; i++) this.outputs[i] = outputs[i].f32;
    return this.outputs as StepOutput<Out>;
  }

  private checkIds(frame: ArrayLike<number>): void {
    const bad = findOutOfRange(frame, this.idLimit);
    if (bad < 0) return;
    const range = this.network.graph.ranges.find(({ input }) => input === this.split.input);
    throw new DataError(
      `stream: ${range?.layer}: frame[${bad}] is ${frame[bad]}, expected a whole number from 0 to ${this.idLimit - 1}`,
    );
  }

  /** Starts the sequence anew: every state is where it began. */
  reset(): void {
    this.states.write(this.first);
  }

  /** A copy of the carried state, to come back to with {@link setState}. What was given whole is not part of it. */
  getState(): Float32Array[] {
    this.started('getState');
    return this.states.read();
  }

  /**
   * Goes back to a state that {@link getState} gave.
   * @throws ShapeError or ValueError when it is not of such a stream, StateError before {@link start}; the state is as
   *   it was
   */
  setState(state: readonly Float32Array[]): void {
    this.started('setState');
    this.states.check(state);
    this.states.write(state);
  }

  /** @internal Gives its memory back at once, and not when the stream is out of reach. It is of no use then. */
  release(): void {
    for (const address of this.blocks.splice(0)) this.network.arena.free(address);
    this.plan = null;
  }
}

function holdsNumbers(frame: ArrayLike<number>): boolean {
  if (!Array.isArray(frame)) return typeof frame[0] === 'number';
  for (let i = 0; i < frame.length; i++) if (typeof frame[i] !== 'number') return false;
  return true;
}

function frameError(frame: unknown, expected: number): RecurraError {
  if (!isFlat(frame) || frame.length === expected) {
    return new ValueError(`stream: frame must be ${expected} numbers, got ${describeValue(frame)}`);
  }
  return new ShapeError(`stream: frame has ${frame.length} values, expected ${expected}`);
}
