import { checkBoolean, checkInteger } from '../check.js';
import { describeValue } from '../describe.js';
import {
  checkOptionNames,
  DataError,
  type RecurraError,
  ShapeError,
  StateError,
  ValueError,
} from '../errors.js';
import type { Node } from '../layers/symbolic.js';
import type { MemoryView } from '../memory/arena.js';
import { sizeOf } from '../shape.js';
import { isFlat, type Tensor } from '../tensor.js';
import { writeInputs } from './batch-data.js';
import { findOutOfRange, type ModelInputs, resolveInputs, type Samples } from './inputs.js';
import type { Lengths } from './lengths.js';
import type { Network } from './network.js';
import { keyOf } from './steps.js';
import { allocateIn, StreamPlan } from './stream-plan.js';
import { moveRows, StreamStates } from './stream-states.js';
import { attentionOf, type StreamSplit, splitForStream, stepFrame } from './streamable.js';

/** Options of `model.stream()`. */
export interface StreamOptions {
  /** Sequences fed side by side. Default 1. */
  batchSize?: number;
  /** Name of the input that comes by steps, of a model with several: the others are given whole to `start`. */
  stepInput?: string;
  /**
   * Steps that layers have room for which keep what they see of each, such as causal attention. Default: the length of
   * the model's input, where it is fixed. No matter to other layers.
   */
  maxSteps?: number;
  /** True keeps by what each step weighs the steps of an input given whole: {@link Stream.attention}. Default false. */
  attention?: boolean;
}

/** Options of {@link Stream.start}. */
export interface StartOptions {
  /** Steps of each sample that count, one number a sample; by name of input where there are several. */
  lengths?: Lengths;
}

/** What a step gives: one view, or a list of them where the model has several outputs. */
export type StepOutput<Out> = Out extends readonly unknown[] ? Float32Array[] : Float32Array;

/**
 * One time step at a time, with the state kept in linear memory. `step` is synchronous, crosses into wasm
 * once whatever the depth of the model, and allocates nothing. A step gives the bits that `predict` gives for
 * that step of the whole sequence.
 *
 * Where one of several inputs comes by steps, {@link start} takes the others, whole, and runs what depends on them
 * alone: the encoder of an encoder-decoder.
 */
export class Stream<Out extends Tensor | Tensor[] = Tensor> {
  private readonly split: StreamSplit;
  private readonly batchSize: number;
  private readonly states: StreamStates;
  /** The use of a layer whose weights are kept. */
  private readonly looking: Node | null;
  /** Null before the start. */
  private plan: StreamPlan | null = null;
  /** Tells plans apart. */
  private key = '';
  private isStarted: boolean;
  /** Memory to be freed with the stream. */
  private readonly blocks: number[] = [];
  /** Ids have to be below this; Infinity where frames are features. */
  private readonly idLimit: number;
  /** With threads: the states before the step that is under way. */
  private before: Float32Array[] = [];
  /** The states that the start has left. */
  private first: Float32Array[] = [];
  /** Which sample of the start each row goes back to. */
  private readonly origins: Uint32Array;
  private readonly moved: Uint32Array;
  /** Whether rows have gone over to other samples. */
  private isMixed = false;
  /** All memory, and where in it a block of rows has room, in floats: made by the first {@link reorder}. */
  private moving: { readonly memory: MemoryView; readonly spare: number } | null = null;
  private readonly outputs: Float32Array[] = [];

  /** @internal Made by `model.stream()`. */
  constructor(
    private readonly network: Network,
    options: StreamOptions,
  ) {
    checkOptionNames('stream', options, ['batchSize', 'stepInput', 'maxSteps', 'attention']);
    const { batchSize = 1, stepInput, maxSteps, attention = false } = options;
    checkInteger('stream', 'batchSize', batchSize, { min: 1 });
    if (maxSteps !== undefined) checkInteger('stream', 'maxSteps', maxSteps, { min: 1 });
    const { arena, graph } = network;
    this.split = splitForStream(graph, stepInput, maxSteps);
    checkBoolean('stream', 'attention', attention);
    this.looking = attention ? attentionOf(graph, this.split) : null;
    this.batchSize = batchSize;
    this.origins = Uint32Array.from({ length: batchSize }, (_, b) => b);
    this.moved = new Uint32Array(batchSize);
    this.states = new StreamStates(arena, this.split, batchSize, (floats) => {
      const address = allocateIn(arena, floats);
      this.blocks.push(address);
      return address;
    });
    const range = graph.ranges.find(({ input }) => input === this.split.input);
    this.idLimit = range?.limit ?? Number.POSITIVE_INFINITY;
    this.isStarted = this.split.wholeInputs.length === 0;
    if (this.isStarted) {
      try {
        this.use(new StreamPlan(network, this.split, batchSize, this.states, [], this.looking));
      } catch (error) {
        for (const block of this.blocks) arena.free(block);
        throw error;
      }
    }
    arena.freeAfter(this, this.blocks);
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

  /** Goes on with a plan. */
  private use(plan: StreamPlan): void {
    const old = this.plan;
    const gone = [...(old?.addresses ?? []), ...(this.moving === null ? [] : [4 * this.moving.spare])];
    for (const address of gone) this.network.arena.free(address);
    const kept = this.blocks.filter((address) => !gone.includes(address));
    this.blocks.splice(0, this.blocks.length, ...kept, ...plan.addresses);
    this.plan = plan;
    this.moving = null;
    this.first = this.states.read();
    this.before = this.network.threads > 1 ? this.states.read() : [];
  }

  /**
   * Starts sequences: takes the inputs that do not come by steps, runs what depends on them alone, and sets every
   * state to where it begins. Each of n samples goes to `batchSize` / n rows side by side.
   *
   * @param inputs data of one input `[samples, ...]`, or of several in a list or by name
   * @throws ShapeError, DataError, ValueError or UnknownNameError for what does not fit, MemoryError: the stream is as
   *   it was. ThreadError when a thread is lost: the stream has to be started again
   */
  start(inputs: ModelInputs, options: StartOptions = {}): void {
    const { network, split, batchSize } = this;
    checkOptionNames('stream.start', options, ['lengths']);
    if (split.wholeInputs.length === 0) {
      throw new ValueError(
        'stream.start: the model has no input beside the one that comes by steps; use reset()',
      );
    }
    const given = resolveInputs('stream.start', network.graph, inputs, options.lengths, split.wholeInputs);
    const { count } = given[0];
    if (count === 0 || batchSize % count !== 0) {
      throw new ShapeError(
        `stream.start: inputs have ${count} samples, expected ${batchSize} or a number that divides it`,
      );
    }
    const plan = this.planFor(given);
    const { start } = plan;
    if (start === null) return;
    network.prepared.refresh(network.parameters.version);
    this.isStarted = false;
    this.states.clear();
    writeInputs(network.arena, start, given, null, 0);
    start.program.run();
    this.isStarted = true;
    this.isMixed = false;
    this.states.readInto(this.first);
    for (let b = 0; b < batchSize; b++) this.origins[b] = Math.floor((b * count) / batchSize);
  }

  private planFor(given: readonly Samples[]): StreamPlan {
    const shapes = { inputShapes: given.map((s) => s.shape), lengths: given.map((s) => s.lengths !== null) };
    const key = `${given[0].count}:${keyOf(shapes)}`;
    if (this.plan !== null && key === this.key) return this.plan;
    const { network, split, batchSize, states, looking } = this;
    const plan = new StreamPlan(network, split, batchSize, states, given, looking);
    this.use(plan);
    this.key = key;
    return plan;
  }

  /** @throws StateError before the start */
  private started(what: string): StreamPlan {
    if (this.isStarted) return this.plan as StreamPlan;
    const names = this.split.wholeInputs.map((i) => this.network.graph.inputNames[i]);
    throw new StateError(`stream: ${what} before start: call start({ ${names.join(', ')} }) first`);
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
    if (this.network.threads > 1) this.runTogether(plan);
    else plan.step.step();
    const { outputs } = plan;
    if (outputs.length === 1) return outputs[0].f32 as StepOutput<Out>;
    for (let i = 0; i < outputs.length; i++) this.outputs[i] = outputs[i].f32;
    return this.outputs as StepOutput<Out>;
  }

  /** A lost thread leaves states half written: they are put back then. */
  private runTogether({ step }: StreamPlan): void {
    const { states, before } = this;
    states.readInto(before);
    try {
      step.step();
    } catch (error) {
      states.write(before);
      throw error;
    }
  }

  private checkIds(frame: ArrayLike<number>): void {
    const bad = findOutOfRange(frame, this.idLimit);
    if (bad < 0) return;
    const range = this.network.graph.ranges.find(({ input }) => input === this.split.input);
    throw new DataError(
      `stream: ${range?.layer}: frame[${bad}] is ${frame[bad]}, expected a whole number from 0 to ${this.idLimit - 1}`,
    );
  }

  /**
   * Starts the sequence anew: every state is where it began, zero unless {@link start} has set it.
   * @throws StateError before {@link start}, and where {@link reorder} has given rows to other samples of it
   */
  reset(): void {
    this.started('reset');
    if (this.isMixed) {
      throw new StateError('stream: reset after reorder gave rows to other samples: call start(...) again');
    }
    this.states.write(this.first);
  }

  /**
   * Gives each row of the batch the state of another: row b goes on from where row `from[b]` was. For searches that
   * follow several continuations of a sequence side by side. Allocates nothing but once after a start.
   *
   * @param from whole numbers from 0 to batchSize − 1, one for each row
   * @throws ShapeError for another count, DataError for another number; StateError before {@link start}
   */
  reorder(from: ArrayLike<number>): void {
    const plan = this.started('reorder');
    const { batchSize, origins, moved } = this;
    if (!isFlat(from) || from.length !== batchSize) {
      throw new ShapeError(`stream: reorder takes ${batchSize} rows, got ${describeValue(from)}`);
    }
    const bad = findOutOfRange(from, batchSize);
    if (bad >= 0) {
      throw new DataError(
        `stream: reorder: row ${bad} is ${from[bad]}, expected a whole number from 0 to ${batchSize - 1}`,
      );
    }
    this.moving ??= this.makeRoom(plan);
    const { spare } = this.moving;
    const memory = this.moving.memory.f32;
    for (const { rows } of this.states.all) if (rows !== null) moveRows(memory, rows, from, spare);
    let isSame = true;
    for (let b = 0; b < batchSize; b++) {
      moved[b] = origins[from[b]];
      if (moved[b] !== origins[b]) isSame = false;
    }
    if (isSame) return;
    origins.set(moved);
    this.isMixed = plan.kept.length > 0;
    for (const { rows } of plan.kept) if (rows !== null) moveRows(memory, rows, from, spare);
  }

  /** All memory as the stream has it, with room for the largest block of rows. */
  private makeRoom({ kept }: StreamPlan): { memory: MemoryView; spare: number } {
    const { arena } = this.network;
    const widths = [...this.states.all, ...kept].map(({ rows }) => rows?.width ?? 0);
    const address = allocateIn(arena, this.batchSize * Math.max(1, ...widths));
    this.blocks.push(address);
    return { memory: arena.view(0, arena.memory.buffer.byteLength / 4), spare: address / 4 };
  }

  /**
   * Of a stream with `attention: true`: by what a row of the last step weighed each step of the input that its last
   * attention layer looks back at. They add up to 1.
   *
   * @returns a view on linear memory: valid until the next step; copy what is to be kept
   * @throws StateError without `attention: true` and before {@link start}; ValueError for a row that there is not
   */
  attention(row = 0): Float32Array {
    const { sight } = this.started('attention');
    if (sight === null)
      throw new StateError('stream: attention is not kept: stream({ attention: true }) keeps it');
    checkInteger('stream', 'row', row, { min: 0, below: this.batchSize });
    const { f32 } = sight;
    const steps = f32.length / this.batchSize;
    return f32.subarray(row * steps, (row + 1) * steps);
  }

  /** @internal Gives its memory back at once, and not when the stream is out of reach. It is of no use then. */
  release(): void {
    for (const address of this.blocks.splice(0)) this.network.arena.free(address);
    this.isStarted = false;
    this.plan = null;
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
