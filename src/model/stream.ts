import { DataError, ShapeError, ValueError } from '../errors.js';
import type { SymbolicTensor } from '../layers/symbolic.js';
import type { MemoryView } from '../memory/arena.js';
import { Program } from '../program/program.js';
import { addressOf, at, Region } from '../program/region.js';
import { formatShape, type Shape, sizeOf } from '../shape.js';
import { GraphBinder } from './binder.js';
import type { Network } from './network.js';
import { findOutside, type IdRange, idRanges } from './ranges.js';

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
  private readonly states: { view: MemoryView }[] = [];
  private readonly inputView: MemoryView;
  private readonly outputView: MemoryView;
  private readonly frameFloats: number;
  private readonly ranges: readonly IdRange[];
  private readonly begin: number;
  private readonly end: number;

  /** @internal Made by `model.stream()`. */
  constructor(
    private readonly network: Network,
    options: StreamOptions,
  ) {
    const { batchSize = 1 } = options;
    if (!Number.isInteger(batchSize) || batchSize < 1) {
      throw new ValueError(
        `stream: batchSize must be a whole number of at least 1, got ${String(batchSize)}`,
      );
    }
    checkStreamable(network);
    const { arena, graph } = network;
    const blocks: number[] = [];
    const allocate = (floats: number, purpose: string): number => {
      const address = arena.allocate(4 * floats, purpose);
      blocks.push(address);
      return address;
    };
    const target = network.bindingTarget(batchSize, [], false, () => null, frameShapes(network));
    const binder = new GraphBinder({
      ...target,
      state: (node, named, name) => {
        const shapes = node.inputs.map((value) => value.shape);
        const declared = named.layer.definition
          .states?.(named.layer.config, shapes)
          .find((state) => state.name === name);
        if (declared === undefined) return null;
        const floats = batchSize * sizeOf(declared.shape);
        const region = new Region(`${named.name}.${name}`, floats, allocate(floats, 'streams'));
        this.states.push({ view: arena.view(region.address as number, floats) });
        return at(region);
      },
    });
    const [output] = binder.forward(true);
    binder.recorder.readAfter(output);
    const program = new Program(arena, binder.recorder);
    blocks.push(program.address);
    program.link(allocate(program.workspaceBytes / 4, 'streams'));
    this.ranges = idRanges(graph);
    this.frameFloats = batchSize * sizeOf(binder.shape(graph.inputs[0]));
    this.inputView = arena.view(binder.inputs[0].address as number, this.frameFloats);
    this.outputView = arena.view(addressOf(output), batchSize * sizeOf(binder.shape(graph.outputs[0])));
    this.begin = program.callAddress(0);
    this.end = program.callAddress(program.calls.length);
    arena.freeAfter(this, blocks);
  }

  /**
   * Takes one frame `[features]` (`[batchSize, features]` flat) and gives the output of this step.
   *
   * @param frame numbers of one time step
   * @returns a view on linear memory: valid until the next step; copy what is to be kept
   * @throws ShapeError when the frame has another length, DataError for an id out of range; the state is as it
   *   was
   */
  step(frame: ArrayLike<number>): Float32Array {
    if (frame.length !== this.frameFloats) {
      throw new ShapeError(`stream: frame has ${frame.length} values, expected ${this.frameFloats}`);
    }
    for (const { layer, limit } of this.ranges) {
      const bad = findOutside(frame, limit);
      if (bad < 0) continue;
      throw new DataError(
        `stream: ${layer}: input is ${frame[bad]}, expected a whole number from 0 to ${limit - 1}`,
      );
    }
    const { prepared, parameters, arena } = this.network;
    prepared.refresh(parameters.version);
    this.inputView.f32.set(frame);
    arena.kernels.run(this.begin, this.end);
    return this.outputView.f32;
  }

  /** Starts a new sequence: every state is zero again. */
  reset(): void {
    for (const { view } of this.states) view.f32.fill(0);
  }

  /** A copy of the carried state, to come back to with {@link setState}. */
  getState(): Float32Array[] {
    return this.states.map(({ view }) => view.f32.slice());
  }

  /** Goes back to a state that {@link getState} gave. */
  setState(state: readonly Float32Array[]): void {
    if (state.length !== this.states.length) {
      throw new ShapeError(`stream: state has ${state.length} parts, expected ${this.states.length}`);
    }
    state.forEach((part, i) => {
      const expected = this.states[i].view.f32.length;
      if (part.length !== expected) {
        throw new ShapeError(`stream: state part ${i} has ${part.length} values, expected ${expected}`);
      }
    });
    state.forEach((part, i) => {
      this.states[i].view.f32.set(part);
    });
  }
}

function checkStreamable({ graph }: Network): void {
  if (graph.inputs.length !== 1 || graph.outputs.length !== 1) {
    throw new ValueError(
      `stream: needs a model with one input and one output, got ${graph.inputs.length} and ${graph.outputs.length}`,
    );
  }
  const [{ shape }] = graph.inputs;
  if (shape.length === 1 && idRanges(graph).length === 0) {
    const sample = formatShape(shape).replace('[', '[batch, ');
    throw new ValueError(`stream: needs an input with a time axis, got ${sample}`);
  }
  for (const { layer, name, inputShapes } of graph.layers) {
    const { step } = layer.definition;
    if (typeof step === 'object') throw new ValueError(`stream: ${name} cannot stream: ${step.refuses}`);
    const refusal = layer.definition.refusesStep?.(layer.config, inputShapes);
    if (refusal !== undefined) throw new ValueError(`stream: ${name} cannot stream: ${refusal}`);
  }
}

/** Shapes of one step: the time axis, first of two or more, is gone. A list of ids [time] becomes one id. */
function frameShapes({ graph }: Network): Map<SymbolicTensor, Shape> {
  const shapes = new Map<SymbolicTensor, Shape>();
  for (const node of graph.nodes) {
    for (const value of node.outputs) {
      const isIds = node.layer === null && value.shape.length === 1;
      shapes.set(
        value,
        isIds ? [1] : ((value.shape.length > 1 ? value.shape.slice(1) : value.shape) as Shape),
      );
    }
  }
  return shapes;
}
