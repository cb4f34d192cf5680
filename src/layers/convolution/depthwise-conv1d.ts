import { Layer, type LayerDefinition } from '../layer.js';
import { layerLabel, positiveInteger } from '../options.js';
import { restoreWith } from '../restore.js';
import { checkSequence } from '../shaping/layout.js';
import { declareWeight, type WeightConfig, weightConfig } from '../weight.js';
import { recordOutput, recordOutputGradient, sumPlace } from './calls.js';
import {
  type Depthwise,
  recordDepthwise,
  recordDepthwiseBack,
  recordDepthwiseStep,
  repeatedShape,
} from './depthwise.js';
import { PADDINGS, type Padding, refusesSliding, type Sliding, slidShape } from './geometry.js';
import { historyStates, slidingMasks } from './history.js';
import {
  checkNames,
  type DepthwiseOptions,
  type OutputConfig,
  type OutputOptions,
  outputFrom,
  type SlidingOptions,
  slidingFrom,
  weightNames,
} from './options.js';

/** Options of {@link depthwiseConv1d}. Names and defaults are Keras's. */
export interface DepthwiseConv1dOptions extends OutputOptions, SlidingOptions, DepthwiseOptions {
  /** As for `conv1d`. Default 'valid'. */
  padding?: Padding;
}

interface DepthwiseConfig extends OutputConfig, Sliding {
  readonly depthMultiplier: number;
  readonly depthwise: WeightConfig;
}

const partOf = (config: DepthwiseConfig): Depthwise => ({
  window: config,
  depthMultiplier: config.depthMultiplier,
  weight: 'kernel',
});

const definition: LayerDefinition<DepthwiseConfig> = {
  type: 'depthwiseConv1d',
  restore: restoreWith(depthwiseConv1d),
  outputShapes(config, [x], name) {
    checkSequence(x, name);
    return [slidShape(config, x, (x[1] as number) * config.depthMultiplier, name)];
  },
  parameters(config, [x]) {
    const C = x[1] as number;
    const { kernelSize, depthMultiplier } = config;
    const kernel = declareWeight('kernel', [kernelSize, C, depthMultiplier], config.depthwise);
    return config.useBias ? [kernel, declareWeight('bias', [C * depthMultiplier], config.bias)] : [kernel];
  },
  masks: slidingMasks,
  states: (config, [x]) => historyStates(config, [repeatedShape(x, config.depthMultiplier)]),
  forward(config, k) {
    const [steps, channels] = k.outputShapes[0];
    const R = steps * k.batch;
    const z = sumPlace(config, k, R * channels);
    recordDepthwise(partOf(config), k, z, config.useBias ? k.parameter('bias') : null, steps);
    recordOutput(config, k, z, R, channels);
  },
  backward(config, k) {
    const [steps, channels] = k.outputShapes[0];
    const dz = recordOutputGradient(config, k, steps * k.batch, channels);
    recordDepthwiseBack(partOf(config), k, dz, steps);
  },
  step(config, k) {
    const [channels] = k.outputShapes[0];
    const z = sumPlace(config, k, k.batch * channels);
    recordDepthwiseStep(partOf(config), k, z, config.useBias ? k.parameter('bias') : null);
    recordOutput(config, k, z, k.batch, channels);
  },
  refusesStep: refusesSliding,
};

/** How depthwise convolutions are saved and rebuilt. */
export const depthwiseConv1dDefinition = definition as unknown as LayerDefinition;

/**
 * Convolution of every channel by itself.   y_{t, c·M + m} = act(b + Σ_k x_{t·strides + k·dilationRate − before, c}·w_kcm)
 *
 * Input `[batch, time, features]`, output `[batch, steps, features · depthMultiplier]`. Weights
 * `kernel [kernelSize, features, depthMultiplier]`, `bias [features · depthMultiplier]`.
 *
 * @throws ValueError for an option out of range, UnknownNameError for an option that does not exist
 */
export function depthwiseConv1d(options: DepthwiseConv1dOptions): Layer {
  const where = layerLabel('depthwiseConv1d', options);
  checkNames(where, options, ['depthMultiplier', ...weightNames('depthwise')]);
  const config: DepthwiseConfig = {
    ...slidingFrom(where, options, PADDINGS),
    depthMultiplier: positiveInteger(where, 'depthMultiplier', options.depthMultiplier ?? 1),
    ...outputFrom(where, options),
    depthwise: weightConfig(`${where}: depthwise`, {
      initializer: options.depthwiseInitializer ?? 'glorotUniform',
      regularizer: options.depthwiseRegularizer,
      constraint: options.depthwiseConstraint,
    }),
  };
  return new Layer(definition, config, options.name, options.trainable) as unknown as Layer;
}
