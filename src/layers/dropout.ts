import { checkOptionNames } from '../errors.js';
import { at, type Ref } from '../program/region.js';
import { sizeOf } from '../shape.js';
import * as kernels from '../wasm/generated/kernels.js';
import { type BaseOptions, type Binding, Layer, type LayerDefinition } from './layer.js';
import { dropRate, layerLabel } from './options.js';
import { restoreWith } from './restore.js';

/** Options of {@link dropout}. */
export interface DropoutOptions extends BaseOptions {
  /** Share of values set to zero in training: 0 or more, below 1. */
  rate: number;
}

interface DropoutConfig {
  readonly rate: number;
}

const acts = (config: DropoutConfig, k: Binding): boolean => k.training && config.rate > 0;

const floats = (k: Binding): number => k.batch * sizeOf(k.inputShapes[0]);

const definition: LayerDefinition<DropoutConfig> = {
  type: 'dropout',
  restore: restoreWith(dropout),
  outputShapes: (_config, [x]) => [x],
  parameters: () => [],
  forward(config, k) {
    if (!acts(config, k)) {
      k.setOutput(0, k.input());
      return;
    }
    const mask = k.buffer('mask', floats(k));
    k.emit(kernels.dropout_mask, mask, k.rng, 0, floats(k), k.randomStream(0), config.rate);
    k.emit(kernels.mul, k.output(), k.input(), mask, floats(k));
  },
  backward(config, k) {
    const dy = k.outputGradient() as Ref;
    if (!acts(config, k)) {
      k.setInputGradient(0, dy);
      return;
    }
    const dx = k.inputGradient();
    if (dx !== null) k.emit(kernels.mul, dx, dy, at(k.buffer('mask', floats(k))), floats(k));
  },
  masks: 'passes',
  step: 'forward',
};

/** How dropout layers are saved and rebuilt. */
export const dropoutDefinition = definition as unknown as LayerDefinition;

/**
 * Inverted dropout (Srivastava et al. 2014).   y = x ⊙ m / (1 − rate),  m = 0 with probability rate, else 1
 *
 * Acts in training only. Masks are keyed by the model's seed, the layer and the training step.
 *
 * @throws ValueError unless 0 ≤ rate < 1
 */
export function dropout(options: DropoutOptions): Layer {
  const where = layerLabel('dropout', options);
  checkOptionNames(where, options, ['rate', 'name', 'trainable']);
  const config = { rate: dropRate(where, 'rate', options.rate) };
  return new Layer(definition, config, options.name, options.trainable) as unknown as Layer;
}
