import { checkList } from '../../check.js';
import { checkOptionNames, ShapeError, ValueError } from '../../errors.js';
import { at, type Ref } from '../../program/region.js';
import type { OpenShape, Shape } from '../../shape.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { dropoutDefinition } from '../dropout.js';
import { type InnerLayer, innerBuffer, innerLayer, isRecurrent, restoreInner } from '../inner.js';
import {
  type BackwardBinding,
  type BaseOptions,
  type Binding,
  Layer,
  type LayerDefinition,
} from '../layer.js';
import { dropRate, flag, layerLabel } from '../options.js';
import { type Inside, scoped, scopedBackward } from '../scope.js';
import { sequenceMask } from './masked.js';
import { refusesStart } from './start.js';

/** Options of a stack of recurrent layers. */
export interface StackOptions extends BaseOptions {
  /** Share of the values dropped in training between one cell and the next. Default 0. */
  dropout?: number;
  /** True gives the output of every step, false that of the last. Default false. */
  returnSequences?: boolean;
  /** True gives the last states of every cell as further outputs (use `applyAll`). Default false. */
  returnState?: boolean;
  /** True reads the sequence from its end; outputs stay in that order. Default false. */
  goBackwards?: boolean;
  /** True starts each batch from the states in which the last one ended. Default false. */
  stateful?: boolean;
}

/** The options of a stack, complete. */
export interface StackConfig {
  readonly cells: readonly InnerLayer[];
  readonly dropout: number;
  readonly returnSequences: boolean;
  readonly returnState: boolean;
  readonly goBackwards: boolean;
  readonly stateful: boolean;
}

/** Random streams of one layer inside. */
const STREAMS = 8;

/** The cells as layers: all but the last give sequences, the first one turns time round. */
function layersOf({ cells, returnSequences, returnState, goBackwards, stateful }: StackConfig): InnerLayer[] {
  return cells.map((cell, i) =>
    cell.with({
      returnSequences: returnSequences || i < cells.length - 1,
      returnState,
      goBackwards: goBackwards && i === 0,
      stateful,
    }),
  );
}

/** A layer of the stack with what goes in and out of it. */
interface Level {
  readonly layer: InnerLayer;
  readonly index: number;
  /** Shapes of the sequence and of the initial states. */
  readonly inputs: readonly OpenShape[];
  readonly outputs: readonly OpenShape[];
  /** Position of its first state among all states. */
  readonly firstState: number;
}

/** @throws ShapeError for inputs that a layer cannot take, or a number of initial states that is not theirs */
function levelsOf(config: StackConfig, inputs: readonly OpenShape[], name: string): Level[] {
  const [first, ...initial] = inputs;
  const layers = layersOf(config);
  let x = first;
  let states = 0;
  const levels = layers.map((layer, index) => {
    const count = layer.states([x]).length;
    const own = [x, ...initial.slice(states, states + count)];
    const outputs = layer.definition.outputShapes(layer.config, own, `${name}.${layer.name}`);
    const level = { layer, index, inputs: own, outputs, firstState: states };
    states += count;
    x = outputs[0];
    return level;
  });
  if (initial.length === 0 || initial.length === states) return levels;
  throw new ShapeError(
    `${name}: initialState has ${initial.length} parts, expected ${states}: those of the first cell, then of the next`,
  );
}

/** Levels for the shapes of a binding; when stepping, frames have no time axis. */
function boundLevels(config: StackConfig, k: Binding, stepping: boolean): Level[] {
  if (!stepping) return levelsOf(config, k.inputShapes, k.name);
  const [x, ...initial] = k.inputShapes;
  const levels = levelsOf({ ...config, returnSequences: true }, [[1, ...x], ...initial], k.name);
  return levels.map((level) => {
    const [sequence, ...states] = level.inputs;
    const outputs = level.outputs.map((shape) => shape.slice(1));
    return { ...level, inputs: [sequence.slice(1), ...states], outputs };
  });
}

/** The mask in the order in which a stack that goes backwards reads. */
function reversedMask(k: Binding): Ref | null {
  return k.mask() && at(k.buffer('maskReversed', k.inputShapes[0][0] * k.batch));
}

/** A level as a layer inside this one, reading its sequence from `x`. */
function inside(config: StackConfig, k: Binding, level: Level, x: Ref): Inside {
  const { layer, index, inputs, outputs, firstState } = level;
  const outputShapes = outputs as readonly Shape[];
  return {
    prefix: layer.name,
    streams: STREAMS * index,
    inputShapes: inputs as readonly Shape[],
    outputShapes,
    inputs: inputs.map((_, i) => (i === 0 ? x : k.input(firstState + i))),
    masks: [config.goBackwards && index > 0 ? reversedMask(k) : k.mask()],
    whole: inputs.map((_, i) => i > 0 && k.whole(firstState + i)),
    output: (i) => innerBuffer(k, `${layer.name}.output_${i}`, outputShapes[i]),
  };
}

/** The dropout behind a level. */
function dropped(config: StackConfig, k: Binding, level: Level, y: Ref): Inside {
  const { layer, index, outputs } = level;
  const shape = outputs[0] as Shape;
  const prefix = `${layer.name}.dropout`;
  return {
    prefix,
    streams: STREAMS * (config.cells.length + index),
    inputShapes: [shape],
    outputShapes: [shape],
    inputs: [y],
    masks: [],
    output: () => innerBuffer(k, `${prefix}.output`, shape),
  };
}

const dropsBehind = (config: StackConfig, { index }: Level): boolean =>
  config.dropout > 0 && index < config.cells.length - 1;

/** Where a level's output lies, behind its dropout where there is one: known once forward is recorded. */
function outputOf(config: StackConfig, k: Binding, level: Level): Ref {
  const { name } = level.layer;
  return dropsBehind(config, level) ? k.places(`${name}.dropout`)[0] : k.places(name)[0];
}

function run(config: StackConfig, k: Binding, stepping: boolean): void {
  let x = k.input(0);
  const reversed = config.goBackwards ? reversedMask(k) : null;
  if (reversed !== null) {
    k.emit(kernels.reverse_time, reversed, k.mask(), k.inputShapes[0][0], k.batch);
    if (config.returnSequences) k.setMask(0, reversed);
  }
  for (const level of boundLevels(config, k, stepping)) {
    const { layer, firstState } = level;
    const places = k.places(layer.name);
    layer.record(scoped(k, inside(config, k, level, x), places), stepping);
    if (config.returnState && !stepping) {
      places.slice(1).forEach((place, i) => {
        k.setOutput(1 + firstState + i, place);
      });
    }
    if (dropsBehind(config, level)) {
      const behind = k.places(`${layer.name}.dropout`);
      dropoutDefinition.forward(
        { rate: config.dropout },
        scoped(k, dropped(config, k, level, places[0]), behind),
      );
    }
    x = outputOf(config, k, level);
  }
  k.setOutput(0, x);
}

/** From the last cell to the first: what a cell finds for its input is the gradient of the output before. */
function goBack(config: StackConfig, k: BackwardBinding): void {
  const levels = boundLevels(config, k, false);
  let dy = k.outputGradient(0);
  for (const level of [...levels].reverse()) {
    const { layer, index, inputs, outputs, firstState } = level;
    const x = index === 0 ? k.input(0) : outputOf(config, k, levels[index - 1]);
    if (dropsBehind(config, level) && dy !== null) dy = dropoutGradient(config, k, level, dy);
    const incoming = [dy, ...outputs.slice(1).map((_, i) => k.outputGradient(1 + firstState + i))];
    dy = null;
    if (incoming.every((gradient) => gradient === null)) continue;
    let given: Ref | null = null;
    const own = (): Ref => {
      given ??= innerBuffer(k, `${layer.name}.dInput`, inputs[0] as Shape);
      return given;
    };
    const binding = scopedBackward(
      k,
      inside(config, k, level, x),
      k.places(layer.name),
      incoming,
      (i) => (i > 0 ? k.inputGradient(firstState + i) : index === 0 ? k.inputGradient(0) : own()),
      (i, place) => {
        if (i > 0) k.setInputGradient(firstState + i, place);
        else if (index === 0) k.setInputGradient(0, place);
        else given = place;
      },
    );
    layer.definition.backward(layer.config, binding);
    dy = given;
  }
}

function dropoutGradient(config: StackConfig, k: BackwardBinding, level: Level, dy: Ref): Ref {
  const { layer, outputs } = level;
  let given: Ref | null = null;
  const around = dropped(config, k, level, k.places(layer.name)[0]);
  const binding = scopedBackward(
    k,
    around,
    k.places(around.prefix),
    [dy],
    () => {
      given ??= innerBuffer(k, `${around.prefix}.dInput`, outputs[0] as Shape);
      return given;
    },
    (_index, place) => {
      given = place;
    },
  );
  dropoutDefinition.backward({ rate: config.dropout }, binding);
  return given as unknown as Ref;
}

const definition: LayerDefinition<StackConfig> = {
  type: 'rnn',
  restore: (saved, where, resolve) => {
    const { cells, ...options } = saved as { cells?: unknown } & StackOptions;
    const list = checkList(where, 'cells', cells);
    const inner = list.map((cell, i) => restoreInner(where, `cells[${i}]`, cell, resolve));
    return stackConfig(where, inner, options);
  },
  maxInputs: Number.POSITIVE_INFINITY, // outputShapes says how many initial states the cells take
  outputShapes(config, inputs, name) {
    const levels = levelsOf(config, inputs, name);
    const last = levels[levels.length - 1];
    return [last.outputs[0], ...levels.flatMap(({ outputs }) => outputs.slice(1))];
  },
  parameters: (config, inputs) =>
    levelsOf(config, [inputs[0]], 'rnn').flatMap(({ layer, inputs: own }) => layer.parameters(own)),
  states: (config, inputs) =>
    levelsOf(config, inputs, 'rnn').flatMap(({ layer, inputs: own }) => layer.states(own)),
  masks: sequenceMask,
  seesPadding: ({ cells, goBackwards, dropout }, training) =>
    (training && goBackwards && dropout > 0) ||
    cells.some((cell) => cell.with({ goBackwards }).seesPadding(training)),
  stateful: (config) => config.stateful,
  forward: (config, k) => run(config, k, false),
  backward: (config, k) => goBack(config, k),
  step: (config, k) => run(config, k, true),
  takesWhole: true,
  refusesStep(config, inputs, whole) {
    const levels = levelsOf(config, [inputs[0]], 'rnn');
    const reasons = levels.map(({ layer, inputs: own }) => layer.refusal(own));
    return reasons.find((reason) => reason !== undefined) ?? refusesStart(whole);
  },
  isQuantized: (config) => config.cells.some(({ definition, config: own }) => definition.isQuantized?.(own)),
};

/** How stacks are saved and rebuilt. */
export const stackDefinition = definition as unknown as LayerDefinition;

/** Options that belong to the stack. */
const OF_STACK = ['returnState', 'goBackwards', 'stateful'] as const;

const NAMES = ['dropout', 'returnSequences', ...OF_STACK, 'name', 'trainable'] as const;

function stackConfig(where: string, cells: readonly InnerLayer[], options: StackOptions): StackConfig {
  checkOptionNames(where, options, NAMES);
  if (cells.length === 0) throw new ValueError(`${where}: expected at least one cell, got none`);
  const returnSequences = flag(where, 'returnSequences', options.returnSequences ?? false);
  cells.forEach((cell, i) => {
    if (!isRecurrent(cell)) {
      throw new ValueError(
        `${where}: cell ${i} must be a recurrent layer such as lstm({ units }), got '${cell.type}'`,
      );
    }
    const own = cell.config as Record<string, unknown>;
    const isLast = i === cells.length - 1;
    const set = OF_STACK.find((option) => own[option] === true);
    const misplaced =
      set ?? (isLast && own.returnSequences === true && !returnSequences ? 'returnSequences' : null);
    if (misplaced === null) return;
    throw new ValueError(
      `${where}: cell ${i} (${cell.name}) sets ${misplaced}, which is an option of the stack`,
    );
  });
  return {
    cells: cells.map((cell) => cell.with({ returnSequences: false })),
    dropout: dropRate(where, 'dropout', options.dropout ?? 0),
    returnSequences,
    returnState: flag(where, 'returnState', options.returnState ?? false),
    goBackwards: flag(where, 'goBackwards', options.goBackwards ?? false),
    stateful: flag(where, 'stateful', options.stateful ?? false),
  };
}

/** Names of the cells inside: their own, or their types with a number where several would be the same. */
function nameCells(where: string, cells: readonly Layer[]): string[] {
  const given = cells.flatMap((cell) => cell.givenName ?? []);
  const twice = given.find((name, i) => given.indexOf(name) !== i);
  if (twice !== undefined) throw new ValueError(`${where}: two cells are named '${twice}'`);
  const taken = new Set(given);
  return cells.map(({ givenName, definition: { type } }) => {
    if (givenName !== undefined) return givenName;
    let name = type;
    for (let i = 1; taken.has(name); i++) name = `${type}_${i}`;
    taken.add(name);
    return name;
  });
}

/** The layer of `rnn` for a list of cells. */
export function stack(cells: readonly Layer[], options: StackOptions): Layer {
  const where = layerLabel('rnn', options);
  const list = checkList(where, 'cells', cells);
  const layers = list.map((cell, i) => innerLayer(where, `cells[${i}]`, cell));
  const names = nameCells(where, list as readonly Layer[]);
  const named = layers.map((layer, i) => layer.named(names[i]));
  const config = stackConfig(where, named, options);
  return new Layer(definition, config, options.name, options.trainable) as unknown as Layer;
}
