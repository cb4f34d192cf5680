import { checkNumber } from '../../check.js';
import { checkOptionNames, ShapeError } from '../../errors.js';
import { at, type Ref, type Region } from '../../program/region.js';
import { formatShape, type OpenShape } from '../../shape.js';
import * as kernels from '../../wasm/generated/kernels.js';
import type { InitializerLike } from '../initializers/index.js';
import {
  type BaseOptions,
  type Binding,
  Layer,
  type LayerDefinition,
  type StateDeclaration,
} from '../layer.js';
import { layerLabel, positiveInteger } from '../options.js';
import { restoreWith } from '../restore.js';
import { declareWeight, type WeightConfig, weightConfig } from '../weight.js';
import { sineTable } from './angles.js';

// What depends on the number of a step alone. Outputs have the shape of the input, which is not read: add them to it.

/** Options of {@link sinePositionEncoding}. Names and defaults are Keras's (keras-hub). */
export interface SinePositionEncodingOptions extends BaseOptions {
  /** Steps times 2π after which the slowest wave has come round, at most. Default 10000. */
  maxWavelength?: number;
}

/** Options of {@link positionEmbedding}. Names and defaults are Keras's (keras-hub). */
export interface PositionEmbeddingOptions extends BaseOptions {
  /** Steps that there are vectors for. */
  sequenceLength: number;
  /** Default 'glorotUniform'. */
  embeddingsInitializer?: InitializerLike;
}

interface PositionConfig {
  readonly sequenceLength: number;
  readonly embeddings: WeightConfig;
}

/** The number of the step that a stream is at, of a layer with room for so many. */
export function positionStates(steps: number | null): StateDeclaration[] {
  return steps === null ? [] : [{ name: 'place', shape: [1], limit: steps }];
}

/** Why a layer of positions cannot take single steps, or undefined. */
export function refusesPositions(steps: number | null): string | undefined {
  if (steps !== null) return undefined;
  return 'it counts steps; say how many these will be at most: stream({ maxSteps })';
}

function checkSequence(x: OpenShape, name: string): void {
  if (x.length === 2 && x[1] !== null) return;
  const came = formatShape([null, ...x]);
  throw new ShapeError(`${name}: input has shape ${came}, expected a sequence [batch, time, features]`);
}

/** Records the rows of a table for all steps, or for the one that a stream is at. */
function recordRows(k: Binding, table: Ref | Region, stepping: boolean): void {
  const shape = k.inputShapes[0];
  const D = shape[shape.length - 1];
  const place = stepping ? k.state('place') : null;
  k.emit(kernels.position_rows, k.output(), table, place, stepping ? 1 : shape[0], k.batch, D);
  if (place !== null) k.emit(kernels.position_advance, place, k.batch);
}

const sines: LayerDefinition<Required<Pick<SinePositionEncodingOptions, 'maxWavelength'>>> = {
  type: 'sinePositionEncoding',
  restore: restoreWith(sinePositionEncoding),
  outputShapes(_config, [x], name) {
    checkSequence(x, name);
    return [x];
  },
  parameters: () => [],
  states: (_config, [x]) => positionStates(x[0]),
  forward({ maxWavelength }, k) {
    const [T, D] = k.inputShapes[0];
    recordRows(k, sineTable(k, T, D, maxWavelength), false);
  },
  backward() {}, // nothing of the input is in the output
  masks: 'passes',
  step({ maxWavelength }, k) {
    const [D] = k.inputShapes[0];
    recordRows(k, sineTable(k, k.maxSteps as number, D, maxWavelength), true);
  },
  refusesStep: (_config, [x]) => refusesPositions(x[0]),
};

const learned: LayerDefinition<PositionConfig> = {
  type: 'positionEmbedding',
  restore: restoreWith(positionEmbedding),
  outputShapes({ sequenceLength }, [x], name) {
    checkSequence(x, name);
    if (x[0] === null || x[0] <= sequenceLength) return [x];
    const came = formatShape([null, ...x]);
    throw new ShapeError(`${name}: input has shape ${came}, expected at most ${sequenceLength} steps`);
  },
  parameters: ({ sequenceLength, embeddings }, [x]) => [
    declareWeight('embeddings', [sequenceLength, x[x.length - 1] as number], embeddings),
  ],
  states: ({ sequenceLength }, [x]) => positionStates(Math.min(sequenceLength, x[0] ?? sequenceLength)),
  forward: (_config, k) => recordRows(k, k.parameter('embeddings'), false),
  backward(_config, k) {
    const [T, D] = k.inputShapes[0];
    const gradient = k.gradient('embeddings');
    const dy = k.outputGradient() as Ref;
    if (gradient !== null) k.emit(kernels.position_gradient, gradient, dy, T, k.batch, D);
  },
  masks: 'passes',
  step: (_config, k) => recordRows(k, at(k.parameter('embeddings')), true),
};

/** How these layers are saved and rebuilt. */
export const sinePositionEncodingDefinition = sines as unknown as LayerDefinition;
export const positionEmbeddingDefinition = learned as unknown as LayerDefinition;

/**
 * Sines and cosines of the number of a step, to be added to what the step holds (Vaswani et al. 2017).
 *
 * ```text
 * y_{t,2i} = sin(t · maxWavelength^(−2i/D)),   y_{t,2i+1} = cos(t · maxWavelength^(−2i/D))
 * ```
 *
 * Input `[batch, time, D]`, of which the shape alone counts; output likewise. It streams.
 *
 * @throws ValueError for an option out of range, UnknownNameError for an option that does not exist
 */
export function sinePositionEncoding(options: SinePositionEncodingOptions = {}): Layer {
  const where = layerLabel(sines.type, options);
  checkOptionNames(where, options, ['maxWavelength', 'name', 'trainable']);
  const maxWavelength = checkNumber(where, 'maxWavelength', options.maxWavelength ?? 10000, { above: 0 });
  return new Layer(sines, { maxWavelength }, options.name, options.trainable) as unknown as Layer;
}

/**
 * A learned vector for each step, to be added to what the step holds.   y_t = embeddings_t
 *
 * Input `[batch, time, D]` of at most `sequenceLength` steps, of which the shape alone counts; output likewise. Weight
 * `embeddings [sequenceLength, D]`. It streams.
 *
 * @throws ValueError for an option out of range, UnknownNameError for an option that does not exist
 */
export function positionEmbedding(options: PositionEmbeddingOptions): Layer {
  const where = layerLabel(learned.type, options);
  checkOptionNames(where, options, ['sequenceLength', 'embeddingsInitializer', 'name', 'trainable']);
  const config: PositionConfig = {
    sequenceLength: positiveInteger(where, 'sequenceLength', options.sequenceLength),
    embeddings: weightConfig(`${where}: embeddings`, {
      initializer: options.embeddingsInitializer ?? 'glorotUniform',
    }),
  };
  return new Layer(learned, config, options.name, options.trainable) as unknown as Layer;
}
