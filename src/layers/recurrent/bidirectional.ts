import { describeValue } from '../../describe.js';
import { checkOptionNames, ShapeError, ValueError } from '../../errors.js';
import { at, type Ref } from '../../program/region.js';
import { type OpenShape, type Shape, sizeOf } from '../../shape.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { InnerLayer, innerLayer, isRecurrent, restoreInner } from '../inner.js';
import {
  type BackwardBinding,
  type BaseOptions,
  type Binding,
  Layer,
  type LayerDefinition,
} from '../layer.js';
import { layerLabel, oneOf } from '../options.js';
import type { Resolve } from '../restore.js';
import { type Inside, scoped, scopedBackward } from '../scope.js';
import type { SequenceConfig } from './options.js';

/** How the outputs of the two directions become one. 'none' gives both. */
export type MergeMode = 'concat' | 'sum' | 'mul' | 'ave' | 'none';

const MERGE_MODES: readonly MergeMode[] = ['concat', 'sum', 'mul', 'ave', 'none'];

/** Options of {@link bidirectional}. */
export interface BidirectionalOptions extends BaseOptions {
  /** A recurrent layer, such as `lstm({ units: 32 })`. */
  layer: Layer;
  /** The layer that reads backwards. Default: a second one with the options of `layer`. */
  backwardLayer?: Layer;
  /** Default 'concat'. */
  mergeMode?: MergeMode;
}

/** One direction's layer. */
export interface Direction extends InnerLayer {
  readonly config: SequenceConfig;
}

/** The options of a bidirectional layer, complete. */
export interface BidirectionalConfig {
  readonly forward: Direction;
  readonly backward: Direction;
  readonly mergeMode: MergeMode;
}

const SIDES = ['forward', 'backward'] as const;
type Side = (typeof SIDES)[number];

/** Random streams of a direction. */
const STREAMS = 4;

function stateCount(direction: Direction): number {
  return direction.definition.states?.(direction.config, [[null, 1]]).length ?? 0;
}

/** The inputs of one direction: the sequence, and its half of the initial states. */
function ownInputs<T>(config: BidirectionalConfig, side: Side, inputs: readonly T[]): T[] {
  const [x, ...initial] = inputs;
  const split = stateCount(config.forward);
  return [x, ...(side === 'forward' ? initial.slice(0, split) : initial.slice(split))];
}

/** Size of the last axis of a direction's output. */
function widthOf({ definition: { outputShapes }, config, name }: Direction): number {
  const { filters } = config as { filters?: number };
  if (filters !== undefined) return filters;
  const [output] = outputShapes(config, [[null, 1]], name);
  return output[output.length - 1] as number;
}

/** What a direction gives out for its inputs. */
function ownOutputs(
  config: BidirectionalConfig,
  side: Side,
  inputs: readonly OpenShape[],
  name: string,
): OpenShape[] {
  const direction = config[side];
  const own = ownInputs(config, side, inputs);
  return direction.definition.outputShapes(direction.config, own, `${name}.${side}`);
}

function merged(mode: MergeMode, forward: OpenShape, backward: OpenShape): OpenShape[] {
  if (mode === 'none') return [forward, backward];
  const last = forward.length - 1;
  if (mode === 'concat') {
    return [[...forward.slice(0, last), (forward[last] as number) + (backward[last] as number)]];
  }
  return [forward];
}

/** One direction as a layer inside this one. */
function inside(config: BidirectionalConfig, k: Binding, side: Side): Inside {
  const inputShapes = ownInputs(config, side, k.inputShapes);
  const inputs = ownInputs(
    config,
    side,
    k.inputShapes.map((_, i) => k.input(i)),
  );
  const outputShapes = ownOutputs(config, side, k.inputShapes, k.name) as Shape[];
  const output = (index: number): Ref =>
    at(k.buffer(`${side}.output_${index}`, k.batch * sizeOf(outputShapes[index])));
  const streams = side === 'forward' ? 0 : STREAMS;
  const masks = [k.mask(0)]; // initial states are no sequences
  return { prefix: side, streams, inputShapes, outputShapes, inputs, masks, output };
}

interface OutputSizes {
  /** Steps given out: T, or 1 without returnSequences. */
  readonly steps: number;
  readonly rows: number;
  readonly forward: number;
  readonly backward: number;
}

function outputSizes(config: BidirectionalConfig, k: Binding): OutputSizes {
  const steps = config.forward.config.returnSequences ? k.inputShapes[0][0] : 1;
  const [forward, backward] = SIDES.map((side) => widthOf(config[side]));
  const [y] = ownOutputs(config, 'forward', k.inputShapes, k.name) as Shape[];
  return { steps, rows: (k.batch * sizeOf(y)) / forward, forward, backward };
}

/** The backward direction's outputs in the order of time. */
function inOrder(k: Binding, y: Ref, { steps, rows, backward }: OutputSizes, name: string): Ref {
  if (steps === 1) return y;
  const flipped = k.buffer(name, rows * backward);
  k.emit(kernels.reverse_time, flipped, y, steps, (rows / steps) * backward);
  return at(flipped);
}

/** Records y from the two directions' outputs a and b, both in the order of time. */
function recordMerge(mode: MergeMode, k: Binding, a: Ref, b: Ref, sizes: OutputSizes): void {
  const { rows, forward, backward } = sizes;
  const floats = rows * forward;
  if (mode === 'none') {
    k.setOutput(0, a);
    k.setOutput(1, b);
    return;
  }
  const y = k.output(0);
  if (mode === 'concat') {
    const width = forward + backward;
    k.emit(kernels.copy_columns, y, a, rows, forward, width, forward);
    k.emit(kernels.copy_columns, at(y, forward), b, rows, backward, width, backward);
  } else if (mode === 'mul') k.emit(kernels.mul, y, a, b, floats);
  else {
    k.emit(kernels.add, y, a, b, floats);
    if (mode === 'ave') k.emit(kernels.scale, y, y, floats, 0.5);
  }
}

/** Both directions' outputs, which the gradient of a product needs. */
function keptOutputs(k: Binding, { rows, forward, backward }: OutputSizes): [Ref, Ref] {
  return [at(k.buffer('forwardKept', rows * forward)), at(k.buffer('backwardKept', rows * backward))];
}

/** Gradients of the two directions' outputs, both in the order of time. */
function recordSplit(mode: MergeMode, k: BackwardBinding, sizes: OutputSizes): [Ref | null, Ref | null] {
  const { rows, forward, backward } = sizes;
  const floats = rows * forward;
  const dy = k.outputGradient(0);
  if (mode === 'none') return [dy, k.outputGradient(1)];
  if (dy === null) return [null, null];
  if (mode === 'sum') return [dy, dy];
  const da = at(k.buffer('dForward', rows * forward));
  if (mode === 'ave') {
    k.emit(kernels.scale, da, dy, floats, 0.5);
    return [da, da];
  }
  const db = at(k.buffer('dBackward', rows * backward));
  if (mode === 'concat') {
    const width = forward + backward;
    k.emit(kernels.copy_columns, da, dy, rows, forward, forward, width);
    k.emit(kernels.copy_columns, db, at(dy, forward), rows, backward, backward, width);
  } else {
    const [a, b] = keptOutputs(k, sizes);
    k.emit(kernels.mul, da, dy, b, floats);
    k.emit(kernels.mul, db, dy, a, floats);
  }
  return [da, db];
}

/** Outputs of this layer that are the states of a direction. */
function stateOutputs(config: BidirectionalConfig, side: Side): number[] {
  if (!config[side].config.returnState) return [];
  const first = config.mergeMode === 'none' ? 2 : 1;
  const from = first + (side === 'forward' ? 0 : stateCount(config.forward));
  return Array.from({ length: stateCount(config[side]) }, (_, i) => from + i);
}

const definition: LayerDefinition<BidirectionalConfig> = {
  type: 'bidirectional',
  restore: (saved, where, resolve) => restore(saved as Readonly<Record<string, unknown>>, where, resolve),
  maxInputs: Number.POSITIVE_INFINITY, // outputShapes says how many initial states the directions take
  outputShapes(config, inputs, name) {
    const states = stateCount(config.forward) + stateCount(config.backward);
    if (inputs.length !== 1 && inputs.length !== 1 + states) {
      throw new ShapeError(
        `${name}: initialState has ${inputs.length - 1} parts, expected ${states}: first those of the forward layer`,
      );
    }
    const [forward, ...forwardStates] = ownOutputs(config, 'forward', inputs, name);
    const [backward, ...backwardStates] = ownOutputs(config, 'backward', inputs, name);
    return [...merged(config.mergeMode, forward, backward), ...forwardStates, ...backwardStates];
  },
  parameters: (config, inputs) =>
    SIDES.flatMap((side) => config[side].parameters(ownInputs(config, side, inputs))),
  states: (config, inputs) => SIDES.flatMap((side) => config[side].states(inputs)),
  stateful: (config) => config.forward.config.stateful,
  forward(config, k) {
    const sizes = outputSizes(config, k);
    const [a, b] = SIDES.map((side) => {
      const places: Ref[] = [];
      const { config: own } = config[side];
      config[side].definition.forward(own, scoped(k, inside(config, k, side), places));
      stateOutputs(config, side).forEach((output, i) => {
        k.setOutput(output, places[1 + i]);
      });
      return places[0];
    });
    const ordered = inOrder(k, b, sizes, 'inOrder');
    recordMerge(config.mergeMode, k, a, ordered, sizes);
    if (config.mergeMode === 'mul' && k.training) {
      const [keptA, keptB] = keptOutputs(k, sizes);
      k.emit(kernels.copy, keptA, a, sizes.rows * sizes.forward);
      k.emit(kernels.copy, keptB, ordered, sizes.rows * sizes.backward);
    }
  },
  backward(config, k) {
    const sizes = outputSizes(config, k);
    const gradients = recordSplit(config.mergeMode, k, sizes);
    const x = k.inputShapes[0];
    const dx = k.inputGradient(0);
    const floats = k.batch * sizeOf(x);
    const parts = SIDES.map((side, s) => {
      const given = gradients[s];
      const turned =
        given === null || side === 'forward' ? given : inOrder(k, given, sizes, 'dInProcessingOrder');
      const states = stateOutputs(config, side).map((output) => k.outputGradient(output));
      if (turned === null && states.every((gradient) => gradient === null)) return null;
      const part = dx === null ? null : at(k.buffer(`${side}.dInput`, floats));
      const firstState = side === 'forward' ? 0 : stateCount(config.forward);
      const binding = scopedBackward(
        k,
        inside(config, k, side),
        [],
        [turned, ...states],
        (index) => (index === 0 ? part : k.inputGradient(firstState + index)),
        (index, place) => k.setInputGradient(index === 0 ? 0 : firstState + index, place),
      );
      config[side].definition.backward(config[side].config, binding);
      return part;
    });
    if (dx === null) return;
    const [first, second] = parts.filter((part) => part !== null);
    if (second === undefined) k.setInputGradient(0, first);
    else k.emit(kernels.add, dx, first, second, floats);
  },
  masks({ forward, mergeMode }, [masked]) {
    const sequence = masked && forward.config.returnSequences;
    return mergeMode === 'none' ? [sequence, sequence] : [sequence];
  },
  seesPadding: (config, training) => SIDES.some((side) => config[side].seesPadding(training)),
  isQuantized: (config) => SIDES.some((side) => config[side].definition.isQuantized?.(config[side].config)),
  step: { refuses: 'the backward direction reads a sequence from its end' },
};

function restore(
  saved: Readonly<Record<string, unknown>>,
  where: string,
  resolve: Resolve,
): BidirectionalConfig {
  checkOptionNames(where, saved, [...SIDES, 'mergeMode']);
  const side = (name: Side): Direction => {
    const given = saved[name];
    const part = typeof given === 'object' && given !== null ? given : {};
    const named = part instanceof InnerLayer ? part : { ...part, name };
    return checkDirection(where, name, restoreInner(where, name, named, resolve));
  };
  const [forward, backward] = SIDES.map(side);
  const mergeMode = oneOf(where, 'mergeMode', saved.mergeMode, MERGE_MODES);
  checkPair(where, mergeMode, forward, backward);
  return { forward, backward, mergeMode };
}

/** How bidirectional layers are saved and rebuilt. */
export const bidirectionalDefinition = definition as unknown as LayerDefinition;

function checkDirection(where: string, option: string, inner: InnerLayer): Direction {
  if (isRecurrent(inner)) return inner as Direction;
  throw new ValueError(`${where}: ${option} must be a recurrent layer, got '${inner.type}'`);
}

function direction(where: string, option: string, layer: unknown, side: Side): Direction {
  if (layer instanceof Layer)
    return checkDirection(where, option, innerLayer(where, option, layer).named(side));
  throw new ValueError(
    `${where}: ${option} must be a recurrent layer such as lstm({ units }), got ${describeValue(layer)}`,
  );
}

/**
 * Two recurrent layers over the same sequence, one from each end (Schuster & Paliwal 1997).
 *
 * ```text
 * concat  y = [f, b]     sum  y = f + b     mul  y = f ⊙ b     ave  y = (f + b) / 2     none  f and b
 * ```
 *
 * With `returnSequences` the backward outputs are turned into the order of time before they are merged.
 * `returnState` gives the forward states, then the backward ones (use `applyAll`). Weights carry the
 * direction in their names: `bidirectional.forward.kernel`.
 *
 * @throws ValueError for a layer that is not recurrent, or directions whose outputs do not merge
 */
export function bidirectional(options: BidirectionalOptions): Layer {
  const where = layerLabel('bidirectional', options);
  checkOptionNames(where, options, ['layer', 'backwardLayer', 'mergeMode', 'name', 'trainable']);
  const mergeMode = oneOf(where, 'mergeMode', options.mergeMode ?? 'concat', MERGE_MODES);
  const forward = direction(where, 'layer', options.layer, 'forward');
  const given = options.backwardLayer;
  const backward =
    given === undefined
      ? (forward.with({ goBackwards: !forward.config.goBackwards }).named('backward') as Direction)
      : direction(where, 'backwardLayer', given, 'backward');
  checkPair(where, mergeMode, forward, backward);
  const config: BidirectionalConfig = { forward, backward, mergeMode };
  return new Layer(definition, config, options.name, options.trainable) as unknown as Layer;
}

function checkPair(where: string, mode: MergeMode, forward: Direction, backward: Direction): void {
  const [a, b] = [forward.config, backward.config];
  if (a.goBackwards || !b.goBackwards) {
    throw new ValueError(`${where}: layer must read forwards and backwardLayer with goBackwards: true`);
  }
  for (const option of ['returnSequences', 'returnState', 'stateful'] as const) {
    if (a[option] !== b[option]) {
      throw new ValueError(`${where}: layer and backwardLayer must agree in ${option}`);
    }
  }
  const [m, n] = [widthOf(forward), widthOf(backward)];
  if (mode !== 'concat' && mode !== 'none' && m !== n) {
    throw new ValueError(`${where}: mergeMode '${mode}' needs equal units, got ${m} and ${n}`);
  }
}
