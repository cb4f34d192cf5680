import { checkNumber } from '../../check.js';
import { checkOptionNames } from '../../errors.js';
import { at, type Ref } from '../../program/region.js';
import { sizeOf } from '../../shape.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { type BaseOptions, type Binding, Layer, type LayerDefinition } from '../layer.js';
import { layerLabel } from '../options.js';
import { restoreWith } from '../restore.js';

/** Options of {@link activityRegularization}. */
export interface ActivityRegularizationOptions extends BaseOptions {
  /** Factor of the absolute values. Default 0. */
  l1?: number;
  /** Factor of the squares. Default 0. */
  l2?: number;
}

interface ActivityConfig {
  readonly l1: number;
  readonly l2: number;
}

const floats = (k: Binding): number => k.batch * sizeOf(k.inputShapes[0]);

/** The input, with 0 at steps that a mask takes out. */
function counted(k: Binding): Ref {
  const mask = k.mask();
  if (mask === null) return k.input();
  const steps = k.batch * k.inputShapes[0][0];
  const kept = at(k.buffer('counted', floats(k)));
  k.emit(kernels.mask_rows, kept, k.input(), mask, steps, floats(k) / steps);
  return kept;
}

const definition: LayerDefinition<ActivityConfig> = {
  type: 'activityRegularization',
  restore: restoreWith(activityRegularization),
  outputShapes: (_config, [x]) => [x],
  parameters: () => [],
  forward({ l1, l2 }, k) {
    k.setOutput(0, k.input());
    if (k.penalty === null) return;
    k.emit(kernels.regularize, k.penalty, null, counted(k), floats(k), l1 / k.batch, l2 / k.batch);
  },
  backward({ l1, l2 }, k) {
    const dx = k.inputGradient();
    if (dx === null) return;
    // The loss has its share from the forward pass: what comes here is not used.
    const spent = k.buffer('spent', 1);
    k.emit(kernels.fill, spent, 1, 0);
    k.emit(kernels.copy, dx, k.outputGradient() as Ref, floats(k));
    k.emit(kernels.regularize, spent, dx, counted(k), floats(k), l1 / k.batch, l2 / k.batch);
  },
  masks: 'passes',
  seesPadding: () => true, // the sum of the penalty rounds by the number of its terms
  step: 'forward',
};

/** How these layers are saved and rebuilt. */
export const activityRegularizationDefinition = definition as unknown as LayerDefinition;

/**
 * Passes values on and adds a penalty on their size to the loss, in training and evaluation.
 *
 * ```text
 * y = x,   loss += (l1 · Σ|x| + l2 · Σ x²) / B,   B samples in the batch
 * ```
 *
 * @throws ValueError for a factor below 0, UnknownNameError for an option that does not exist
 */
export function activityRegularization(options: ActivityRegularizationOptions = {}): Layer {
  const where = layerLabel(definition.type, options);
  checkOptionNames(where, options, ['l1', 'l2', 'name', 'trainable']);
  const config: ActivityConfig = {
    l1: checkNumber(where, 'l1', options.l1 ?? 0, { min: 0 }),
    l2: checkNumber(where, 'l2', options.l2 ?? 0, { min: 0 }),
  };
  return new Layer(definition, config, options.name, options.trainable) as unknown as Layer;
}
