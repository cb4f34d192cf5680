import { checkOptionNames, ShapeError, ValueError } from '../../errors.js';
import type { Ref } from '../../program/region.js';
import { formatShape, type OpenShape, type Shape, sizeOf } from '../../shape.js';
import {
  type BackwardBinding,
  type BaseOptions,
  type Binding,
  Layer,
  type LayerDefinition,
} from '../layer.js';
import { layerLabel } from '../options.js';
import { restoreNone, restoreWith } from '../restore.js';
import { knownSizes, liesAlike, recordReshape } from './layout.js';

/** Options of {@link flatten}. */
export interface FlattenOptions extends BaseOptions {}

/** Options of {@link reshape}. */
export interface ReshapeOptions extends BaseOptions {
  /** Shape of one sample; one size may be −1 and is found from the others. */
  targetShape: readonly number[];
}

interface ReshapeConfig {
  readonly targetShape: readonly number[];
}

function forward(k: Binding): void {
  const [from, to] = [k.inputShapes[0], k.outputShapes[0]];
  if (liesAlike(from, to)) k.setOutput(0, k.input());
  else recordReshape(k, k.output(), k.input(), from, to, 'samples');
}

function backward(k: BackwardBinding): void {
  const [from, to] = [k.inputShapes[0], k.outputShapes[0]];
  const dy = k.outputGradient() as Ref;
  if (liesAlike(from, to)) {
    k.setInputGradient(0, dy);
    return;
  }
  const dx = k.inputGradient();
  if (dx !== null) recordReshape(k, dx, dy, to, from, 'dSamples');
}

const REFUSAL = 'it mixes the steps of a sequence';

const flattening: LayerDefinition = {
  type: 'flatten',
  restore: restoreNone,
  outputShapes: (_config, [x], name) => [[sizeOf(knownSizes(x, name))]],
  parameters: () => [],
  forward: (_config, k) => forward(k),
  backward: (_config, k) => backward(k),
  masks: { refuses: REFUSAL },
  step: 'forward',
  refusesStep: (_config, [x]) => (x.length > 1 ? REFUSAL : undefined),
};

/** The target with its open size filled in. @throws ShapeError when the numbers of elements differ */
function target(config: ReshapeConfig, x: OpenShape, name: string): Shape {
  const size = sizeOf(knownSizes(x, name));
  const { targetShape } = config;
  const given = sizeOf(targetShape.filter((d) => d !== -1));
  const open = targetShape.includes(-1);
  if (open ? size % given !== 0 : size !== given) {
    throw new ShapeError(
      `${name}: input has shape ${formatShape([null, ...x])}, which does not fill targetShape ${formatShape(targetShape)}`,
    );
  }
  return targetShape.map((d) => (d === -1 ? size / given : d));
}

const reshaping: LayerDefinition<ReshapeConfig> = {
  type: 'reshape',
  restore: restoreWith(reshape),
  outputShapes: (config, [x], name) => [target(config, x, name)],
  parameters: () => [],
  forward: (_config, k) => forward(k),
  backward: (_config, k) => backward(k),
  masks: { refuses: REFUSAL },
  step: (_config, k) => k.setOutput(0, k.input()),
  refusesStep: (config, [x]) => (liesAlike(x, target(config, x, reshaping.type)) ? undefined : REFUSAL),
};

/** How these layers are saved and rebuilt. */
export const RESHAPE_DEFINITIONS = [flattening, reshaping] as unknown as readonly LayerDefinition[];

/** All values of a sample in one row: `[batch, a, b, …]` becomes `[batch, a·b·…]`. */
export function flatten(options: FlattenOptions = {}): Layer {
  checkOptionNames(layerLabel('flatten', options), options, ['name', 'trainable']);
  return new Layer(flattening, {}, options.name, options.trainable);
}

/**
 * The values of a sample in another shape, in row-major order.
 *
 * @throws ValueError for a targetShape that is none, UnknownNameError for an option that does not exist
 */
export function reshape(options: ReshapeOptions): Layer {
  const where = layerLabel('reshape', options);
  checkOptionNames(where, options, ['targetShape', 'name', 'trainable']);
  const { targetShape } = options;
  const sizes = Array.isArray(targetShape) ? (targetShape as number[]) : [];
  const whole = sizes.length > 0 && sizes.every((d) => Number.isSafeInteger(d) && (d >= 1 || d === -1));
  if (!whole || sizes.filter((d) => d === -1).length > 1) {
    throw new ValueError(
      `${where}: targetShape must be whole numbers of at least 1, one of them -1 at most, got ${String(targetShape)}`,
    );
  }
  const config: ReshapeConfig = { targetShape: [...sizes] };
  return new Layer(reshaping, config, options.name, options.trainable) as unknown as Layer;
}
