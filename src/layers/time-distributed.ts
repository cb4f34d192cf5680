import { describeValue } from '../describe.js';
import { checkOptionNames, ShapeError, ValueError } from '../errors.js';
import { at, type Ref } from '../program/region.js';
import { formatShape, type OpenShape, type Shape, sizeOf } from '../shape.js';
import * as kernels from '../wasm/generated/kernels.js';
import { checkStandsInside } from './inner.js';
import { type BaseOptions, type Binding, Layer, type LayerDefinition } from './layer.js';
import { applyMaskRule } from './mask-rule.js';
import { layerLabel } from './options.js';
import type { Resolve } from './restore.js';

/** Options of {@link timeDistributed}. */
export interface TimeDistributedOptions extends BaseOptions {
  /** The layer to apply to every step. */
  layer: Layer;
}

interface TimeDistributedConfig {
  readonly layer: { readonly type: string; readonly config: object };
}

/** What one step of the input has. @throws ShapeError without a time axis */
function stepOf(x: OpenShape, name: string): OpenShape {
  if (x.length >= 2) return x.slice(1);
  throw new ShapeError(`${name}: input has shape ${formatShape([null, ...x])}, expected [batch, time, ...]`);
}

/** Samples that the layer inside sees: all steps of all samples, or the samples of one step. */
function rowsOf(k: Binding, stepping: boolean): number {
  return stepping ? k.batch : k.batch * k.inputShapes[0][0];
}

/**
 * Turns what each of `rows` samples has between sample-major, as steps lie in memory, and what a layer expects:
 * time-major for two axes and more.
 */
function turned(k: Binding, place: Ref, shape: Shape, rows: number, name: string, inwards: boolean): Ref {
  if (shape.length < 2) return place;
  const buffer = at(k.buffer(name, rows * sizeOf(shape)));
  const [P, Q] = inwards ? [rows, shape[0]] : [shape[0], rows];
  k.emit(kernels.transpose_copy, buffer, place, P, Q, sizeOf(shape.slice(1)));
  return buffer;
}

/** The definition for layers inside that `resolve` knows. */
export function defineTimeDistributed(resolve: Resolve): LayerDefinition<TimeDistributedConfig> {
  const inner = ({ layer }: TimeDistributedConfig) => resolve(layer.type);

  /** A binding for the layer inside, whose batch is all steps; `places` receives where its output lies. */
  const inside = (k: Binding, stepping: boolean, places: Ref[]): Binding => {
    const rows = rowsOf(k, stepping);
    const [x, y] = [k.inputShapes[0], k.outputShapes[0]].map((shape) => (stepping ? shape : shape.slice(1)));
    const input = turned(k, k.input(), x, rows, 'stepsIn', true);
    const output = (): Ref => (y.length < 2 ? k.output() : at(k.buffer('stepsOut', rows * sizeOf(y))));
    return {
      ...k,
      batch: rows,
      inputShapes: [x],
      outputShapes: [y],
      input: () => input,
      output: () => {
        places[0] ??= output();
        return places[0];
      },
      mask: () => null, // a step has no steps
      setMask: () => {},
      setOutput: (_index, place) => {
        places[0] = place;
      },
      state: () => null,
    };
  };

  const run = (config: TimeDistributedConfig, k: Binding, stepping: boolean): void => {
    const places: Ref[] = [];
    const binding = inside(k, stepping, places);
    inner(config).forward(config.layer.config, binding);
    const [y] = binding.outputShapes;
    if (y.length < 2) k.setOutput(0, places[0]);
    else k.emit(kernels.transpose_copy, k.output(), places[0], y[0], binding.batch, sizeOf(y.slice(1)));
  };

  return {
    type: 'timeDistributed',
    restore(saved, where) {
      checkOptionNames(where, saved, ['layer']);
      const { type, config } = ((saved as { layer?: unknown }).layer ?? {}) as {
        readonly type?: unknown;
        readonly config?: unknown;
      };
      if (typeof type !== 'string' || typeof config !== 'object' || config === null) {
        throw new ValueError(`${where}: layer must have a type and a config, got ${describeValue(type)}`);
      }
      const layer = { type, config: resolve(type).restore(config, `${where}.layer`, resolve) };
      checkInner(where, resolve(type), layer.config);
      return { layer };
    },
    outputShapes(config, [x], name) {
      const shapes = inner(config).outputShapes(config.layer.config, [stepOf(x, name)], name);
      return [[x[0], ...shapes[0]]];
    },
    parameters: (config, [x]) => inner(config).parameters(config.layer.config, [x.slice(1)]),
    isQuantized: (config) => inner(config).isQuantized?.(config.layer.config) === true,
    inputRange: (config) => inner(config).inputRange?.(config.layer.config),
    forward: (config, k) => run(config, k, false),
    backward(config, k) {
      const binding = inside(k, false, []);
      const [x] = binding.inputShapes;
      const [y] = binding.outputShapes;
      const dy = turned(k, k.outputGradient() as Ref, y, binding.batch, 'dStepsOut', true);
      let given: Ref | null = null;
      inner(config).backward(config.layer.config, {
        ...binding,
        outputGradient: () => dy,
        inputGradient: () => {
          given ??= at(k.buffer('dStepsIn', binding.batch * sizeOf(x)));
          return given;
        },
        setInputGradient: (_index, place) => {
          given = place;
        },
      });
      if (given !== null) k.setInputGradient(0, turned(k, given, x, binding.batch, 'dSteps', false));
    },
    masks: 'passes',
    seesPadding: (_config, training) => training, // the layer inside knows no mask
    step: (config, k) => run(config, k, true),
  };
}

function checkInner(where: string, definition: LayerDefinition, config: object): void {
  if (definition.stateful?.(config) === true) {
    throw new ValueError(`${where}: layer '${definition.type}' is stateful, its steps here have no order`);
  }
  const outcome = applyMaskRule(definition.masks, config, [false], [[1, 1]]);
  if (!('refuses' in outcome) && outcome.includes(true)) {
    throw new ValueError(
      `${where}: layer '${definition.type}' makes a mask, which one step has no place for`,
    );
  }
  if ((config as { returnState?: boolean }).returnState === true) {
    throw new ValueError(`${where}: layer '${definition.type}' has returnState, expected one output`);
  }
}

/**
 * Applies a layer to every step of a sequence by itself: `[batch, time, ...]`, one set of weights for all steps.
 *
 * The layer sees the steps of all samples as one batch. Its weights keep their names:
 * `timeDistributed.kernel`. For `dense` and others that work on the last axis it changes nothing.
 *
 * @throws ValueError for what is no layer, is stateful, or gives several outputs
 */
export function timeDistributed(options: TimeDistributedOptions): Layer {
  const where = layerLabel('timeDistributed', options);
  checkOptionNames(where, options, ['layer', 'name', 'trainable']);
  const { layer } = options;
  if (!(layer instanceof Layer)) {
    throw new ValueError(
      `${where}: layer must be a layer such as dense({ units }), got ${describeValue(layer)}`,
    );
  }
  checkStandsInside(where, 'layer', layer);
  const { definition, config: own } = layer;
  checkInner(where, definition, own);
  const config: TimeDistributedConfig = { layer: { type: definition.type, config: own } };
  const made = defineTimeDistributed(() => definition);
  const trainable = (options.trainable ?? true) && layer.trainable;
  return new Layer(made, config, options.name, trainable) as unknown as Layer;
}
