import { checkInteger, checkList } from '../check.js';
import { describeValue } from '../describe.js';
import { checkOptionNames, DataError, type RecurraError, ShapeError, ValueError } from '../errors.js';
import type { Layer } from '../layers/layer.js';
import type { Node, SymbolicTensor } from '../layers/symbolic.js';
import type { MemoryView } from '../memory/arena.js';
import { Program } from '../program/program.js';
import { addressOf, at, Region } from '../program/region.js';
import { type Shape, sizeOf, withBatch } from '../shape.js';
import { isFlat } from '../tensor.js';
import { GraphBinder } from './binder.js';
import type { Graph } from './graph.js';
import { findOutOfRange } from './inputs.js';
import type { Network } from './network.js';
import { wholeShapes } from './steps.js';

/** Options of `model.stream()`. */
export interface StreamOptions {
  /** Sequences fed side by side. Default 1. */
  batchSize?: number;
}

/**
 * One time step at a time, with the state kept in linear memory. `step` is synchronous, crosses into wasm
 * once whatever the depth of the model, and allocates nothing. A step gives the bits that `predict` gives for
 * that step of the whole sequence.
 */
export class Stream {
  private readonly states: { name: string; view: MemoryView }[] = [];
  private readonly inputView: MemoryView;
  private readonly outputView: MemoryView;
  /** Numbers that a step takes: `batchSize` frames of features. */
  readonly inputSize: number;
  /** Numbers that a step gives. */
  readonly outputSize: number;
  /** Ids have to be below this; Infinity where frames are features. */
  private readonly idLimit: number;
  private readonly program: Program;
  /** With threads: the states before the step that is under way. */
  private readonly before: Float32Array[];

  /** @internal Made by `model.stream()`. */
  constructor(
    private readonly network: Network,
    options: StreamOptions,
  ) {
    checkOptionNames('stream', options, ['batchSize']);
    const { batchSize = 1 } = options;
    checkInteger('stream', 'batchSize', batchSize, { min: 1 });
    checkStreamable(network);
    const { arena, graph } = network;
    const blocks: number[] = [];
    const allocate = (floats: number): number => {
      const address = arena.allocate(4 * floats, 'streams');
      blocks.push(address);
      return address;
    };
    try {
      const binder = this.bind(batchSize, allocate);
      const [output] = binder.forward(true);
      binder.recorder.readAfter(output);
      this.program = new Program(arena, binder.recorder);
      blocks.push(this.program.address);
      const { program } = this;
      program.link(allocate(program.workspaceBytes / 4));
      this.inputSize = batchSize * sizeOf(binder.shape(graph.inputs[0]));
      this.inputView = arena.view(binder.inputs[0].address as number, this.inputSize);
      this.outputSize = batchSize * sizeOf(binder.shape(graph.outputs[0]));
      this.outputView = arena.view(addressOf(output), this.outputSize);
    } catch (error) {
      for (const block of blocks) arena.free(block);
      throw error;
    }
    this.before = network.threads > 1 ? this.getState() : [];
    this.idLimit = graph.ranges[0]?.limit ?? Number.POSITIVE_INFINITY;
    arena.freeAfter(this, blocks);
  }

  /** A binder whose states are this stream's own. */
  private bind(batchSize: number, allocate: (floats: number) => number): GraphBinder {
    const { network } = this;
    const target = network.bindingTarget(batchSize, wholeShapes([]), false, () => null, frameShapes(network));
    return new GraphBinder({
      ...target,
      state: (node, named, name) => {
        const shapes = node.inputs.map((value) => value.shape);
        const declared = named.layer.definition
          .states?.(named.layer.config, shapes)
          .find((state) => state.name === name);
        if (declared === undefined) return null;
        const floats = batchSize * sizeOf(declared.shape);
        const region = new Region(`${named.name}.${name}`, floats, allocate(floats));
        const view = network.arena.view(region.address as number, floats);
        this.states.push({ name: region.name, view });
        return at(region);
      },
    });
  }

  /**
   * Takes one frame `[features]` (`[batchSize, features]` flat) and gives the output of this step.
   *
   * @param frame numbers of one time step
   * @returns a view on linear memory: valid until the next step; copy what is to be kept
   * @throws ShapeError when the frame has another length, ValueError when it is no numbers, DataError for an id
   *   out of range, ThreadError when a thread is lost; the state is as it was
   */
  step(frame: ArrayLike<number>): Float32Array {
    if (!isFlat(frame) || frame.length !== this.inputSize || !holdsNumbers(frame)) {
      throw frameError(frame, this.inputSize);
    }
    if (this.idLimit !== Number.POSITIVE_INFINITY) this.checkIds(frame);
    const { prepared, parameters } = this.network;
    prepared.refresh(parameters.version);
    this.inputView.f32.set(frame);
    if (this.network.threads > 1) this.runTogether();
    else this.program.step();
    return this.outputView.f32;
  }

  /** A lost thread leaves states half written: they are put back then. */
  private runTogether(): void {
    const { states, before } = this;
    for (let i = 0; i < states.length; i++) before[i].set(states[i].view.f32);
    try {
      this.program.step();
    } catch (error) {
      states.forEach(({ view }, i) => {
        view.f32.set(before[i]);
      });
      throw error;
    }
  }

  private checkIds(frame: ArrayLike<number>): void {
    const bad = findOutOfRange(frame, this.idLimit);
    if (bad < 0) return;
    const { layer } = this.network.graph.ranges[0];
    throw new DataError(
      `stream: ${layer}: frame[${bad}] is ${frame[bad]}, expected a whole number from 0 to ${this.idLimit - 1}`,
    );
  }

  /** Starts a new sequence: every state is zero again. */
  reset(): void {
    for (const { view } of this.states) view.f32.fill(0);
  }

  /** A copy of the carried state, to come back to with {@link setState}. */
  getState(): Float32Array[] {
    return this.states.map(({ view }) => view.f32.slice());
  }

  /**
   * Goes back to a state that {@link getState} gave.
   * @throws ShapeError or ValueError when it is not of such a stream; the state is as it was
   */
  setState(state: readonly Float32Array[]): void {
    const parts = checkList('stream', 'state', state);
    if (parts.length !== this.states.length) {
      throw new ShapeError(`stream: state has ${parts.length} parts, expected ${this.states.length}`);
    }
    parts.forEach((part, i) => {
      const { name, view } = this.states[i];
      if (part instanceof Float32Array && part.length === view.f32.length) return;
      throw new ShapeError(
        `stream: state ${i} (${name}) is ${describeValue(part)}, expected a Float32Array of ${view.f32.length}`,
      );
    });
    state.forEach((part, i) => {
      this.states[i].view.f32.set(part);
    });
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

function checkStreamable({ graph }: Network): void {
  if (graph.inputs.length !== 1 || graph.outputs.length !== 1) {
    throw new ValueError(
      `stream: needs a model with one input and one output, got ${graph.inputs.length} and ${graph.outputs.length}`,
    );
  }
  const [{ shape }] = graph.inputs;
  if (shape.length === 1 && graph.ranges.length === 0) {
    throw new ValueError(`stream: needs an input with a time axis, got ${withBatch(shape)}`);
  }
  for (const node of graph.nodes) {
    const refusal = node.layer === null ? undefined : whyNotStream(graph, node, node.layer);
    if (refusal !== undefined) {
      throw new ValueError(`stream: ${graph.named(node).name} cannot stream: ${refusal}`);
    }
  }
}

function whyNotStream(graph: Graph, node: Node, { definition, config }: Layer): string | undefined {
  if (typeof definition.step === 'object') return definition.step.refuses;
  if (definition.states !== undefined && node.inputs.length > 1) {
    return 'an initial state belongs to a whole sequence; use setState';
  }
  const used = graph.nodes.flatMap((other) => other.inputs).concat(graph.outputs);
  if (used.some((value) => value.node === node && value.index > 0)) {
    return 'a returned state belongs to a whole sequence; use getState';
  }
  if (definition.inputRange?.(config) !== undefined && node.inputs[0].shape.length > 1) {
    return 'frames of ids must be one id each';
  }
  const shapes = node.inputs.map((value) => value.shape);
  return definition.refusesStep?.(config, shapes);
}

/** Shapes of one step: the time axis, first of two or more, is gone. A list of ids [time] becomes one id. */
function frameShapes({ graph }: Network): Map<SymbolicTensor, Shape> {
  const ids = graph.ranges.map(({ input }) => graph.inputs[input]);
  const shapes = new Map<SymbolicTensor, Shape>();
  for (const node of graph.nodes) {
    for (const value of node.outputs) {
      const { shape } = value;
      shapes.set(value, ids.includes(value) ? [1] : ((shape.length > 1 ? shape.slice(1) : shape) as Shape));
    }
  }
  return shapes;
}
