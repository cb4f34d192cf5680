import { checkOptionNames } from '../../errors.js';
import { at, type Ref } from '../../program/region.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { type BaseOptions, type Binding, Layer, type LayerDefinition } from '../layer.js';
import { dropRate, layerLabel } from '../options.js';
import { restoreWith } from '../restore.js';
import { checkSequence } from '../shaping/layout.js';

/** Options of {@link spatialDropout1d}. */
export interface SpatialDropout1dOptions extends BaseOptions {
  /** Share of features set to zero in training: 0 or more, below 1. */
  rate: number;
}

interface SpatialConfig {
  readonly rate: number;
}

const acts = (config: SpatialConfig, k: Binding): boolean => k.training && config.rate > 0;

const sizes = (k: Binding): [T: number, S: number] => [k.inputShapes[0][0], k.batch * k.inputShapes[0][1]];

const definition: LayerDefinition<SpatialConfig> = {
  type: 'spatialDropout1d',
  restore: restoreWith(spatialDropout1d),
  outputShapes(_config, [x], name) {
    checkSequence(x, name);
    return [x];
  },
  parameters: () => [],
  forward(config, k) {
    if (!acts(config, k)) {
      k.setOutput(0, k.input());
      return;
    }
    const [T, S] = sizes(k);
    const mask = k.buffer('mask', S);
    k.emit(kernels.dropout_mask, mask, k.rng, 0, S, k.randomStream(0), config.rate);
    k.emit(kernels.mul_time, k.output(), k.input(), mask, T, S);
  },
  backward(config, k) {
    const dy = k.outputGradient() as Ref;
    if (!acts(config, k)) {
      k.setInputGradient(0, dy);
      return;
    }
    const [T, S] = sizes(k);
    const dx = k.inputGradient();
    if (dx !== null) k.emit(kernels.mul_time, dx, dy, at(k.buffer('mask', S)), T, S);
  },
  masks: 'passes',
  step: 'forward',
};

/** How these layers are saved and rebuilt. */
export const spatialDropout1dDefinition = definition as unknown as LayerDefinition;

/**
 * Dropout of whole features of a sequence (Tompson et al. 2015).   y_tc = x_tc · m_c / (1 − rate)
 *
 * m_c is 0 with probability rate and else 1, one for all steps of a sample. Acts in training only.
 *
 * @throws ValueError unless 0 ≤ rate < 1
 */
export function spatialDropout1d(options: SpatialDropout1dOptions): Layer {
  const where = layerLabel(definition.type, options);
  checkOptionNames(where, options, ['rate', 'name', 'trainable']);
  const config = { rate: dropRate(where, 'rate', options.rate) };
  return new Layer(definition, config, options.name, options.trainable) as unknown as Layer;
}
