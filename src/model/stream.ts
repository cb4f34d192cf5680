import { checkBoolean, checkInteger } from '../check.js';
import { describeValue } from '../describe.js';
import { checkOptionNames, DataError, ShapeError, StateError, ValueError } from '../errors.js';
import type { Node } from '../layers/symbolic.js';
import type { MemoryView } from '../memory/arena.js';
import { isFlat, type Tensor } from '../tensor.js';
import { writeInputs } from './batch-data.js';
import { findOutOfRange } from './ids.js';
import { type ModelInputs, resolveInputs, type Samples } from './inputs.js';
import type { Lengths } from './lengths.js';
import type { Network } from './network.js';
import { StepStream } from './step-stream.js';
import { keyOf } from './steps.js';
import { StreamPlan } from './stream-plan.js';
import { moveRows } from './stream-states.js';
import { attentionOf, checkStreamSizes, splitForStream } from './streamable.js';

export type { StepOutput } from './step-stream.js';

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

/**
 * One time step at a time, with the state kept in linear memory. `step` is synchronous, crosses into wasm
 * once whatever the depth of the model, and allocates nothing. A step gives the bits that `predict` gives for
 * that step of the whole sequence.
 *
 * Where one of several inputs comes by steps, {@link start} takes the others, whole, and runs what depends on them
 * alone: the encoder of an encoder-decoder.
 */
export class Stream<Out extends Tensor | Tensor[] = Tensor> extends StepStream<Out, StreamPlan> {
  /** The use of a layer whose weights are kept. */
  private readonly looking: Node | null;
  /** Tells plans apart. */
  private key = '';
  private isStarted: boolean;
  /** With threads: the states before the step that is under way. */
  private before: Float32Array[] = [];
  /** Which sample of the start each row goes back to. */
  private readonly origins: Uint32Array;
  private readonly moved: Uint32Array;
  /** Whether rows have gone over to other samples. */
  private isMixed = false;
  /** All memory, and where in it a block of rows has room, in floats: made by the first {@link reorder}. */
  private moving: { readonly memory: MemoryView; readonly spare: number } | null = null;

  /** @internal Made by `model.stream()`. */
  constructor(
    /** @internal */
    protected override readonly network: Network,
    options: StreamOptions,
  ) {
    checkOptionNames('stream', options, ['batchSize', 'stepInput', 'maxSteps', 'attention']);
    const { batchSize, maxSteps } = checkStreamSizes(options);
    const { stepInput, attention = false } = options;
    const split = splitForStream(network.graph, stepInput, maxSteps);
    checkBoolean('stream', 'attention', attention);
    const looking = attention ? attentionOf(network.graph, split) : null;
    super(network, split, batchSize);
    this.looking = looking;
    this.origins = Uint32Array.from({ length: batchSize }, (_, b) => b);
    this.moved = new Uint32Array(batchSize);
    this.isStarted = split.wholeInputs.length === 0;
    if (this.isStarted) {
      this.begin(() => new StreamPlan(network, split, batchSize, this.states, [], looking));
    }
  }

  /** @internal Goes on with a plan. */
  protected override use(plan: StreamPlan): void {
    const old = this.plan;
    const gone = [...(old?.addresses ?? []), ...(this.moving === null ? [] : [4 * this.moving.spare])];
    for (const address of gone) this.network.arena.free(address);
    const kept = this.blocks.filter((address) => !gone.includes(address));
    this.blocks.splice(0, this.blocks.length, ...kept);
    this.moving = null;
    super.use(plan);
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

  /** @internal @throws StateError before the start */
  protected override started(what: string): StreamPlan {
    if (this.isStarted) return this.plan as StreamPlan;
    const names = this.split.wholeInputs.map((i) => this.network.graph.inputNames[i]);
    throw new StateError(`stream: ${what} before start: call start({ ${names.join(', ')} }) first`);
  }

  /** @internal A lost thread leaves states half written: they are put back then. */
  protected override run({ step }: StreamPlan): void {
    if (this.network.threads === 1) {
      step.step();
      return;
    }
    const { states, before } = this;
    states.readInto(before);
    try {
      step.step();
    } catch (error) {
      states.write(before);
      throw error;
    }
  }

  /**
   * Starts the sequence anew: every state is where it began, zero unless {@link start} has set it.
   * @throws StateError before {@link start}, and where {@link reorder} has given rows to other samples of it
   */
  override reset(): void {
    this.started('reset');
    if (this.isMixed) {
      throw new StateError('stream: reset after reorder gave rows to other samples: call start(...) again');
    }
    super.reset();
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
    const address = arena.allocate(4 * this.batchSize * Math.max(1, ...widths), 'streams');
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

  /** @internal */
  override release(): void {
    super.release();
    this.isStarted = false;
  }
}
