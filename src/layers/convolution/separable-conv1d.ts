import { at } from '../../program/region.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { gemmTnScratch } from '../../wasm/scratch.js';
import type { ConstraintLike } from '../constraints.js';
import type { InitializerLike } from '../initializers/index.js';
import { type Binding, Layer, type LayerDefinition } from '../layer.js';
import { layerLabel, positiveInteger } from '../options.js';
import type { RegularizerLike } from '../regularizers.js';
import { restoreWith } from '../restore.js';
import { checkSequence } from '../shaping/layout.js';
import { declareWeight, type WeightConfig, weightConfig } from '../weight.js';
import {
  packedTaps,
  packedTransposes,
  recordOutput,
  recordOutputGradient,
  sumPlace,
  type Taps,
} from './calls.js';
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

/** Options of {@link separableConv1d}. Names and defaults are Keras's. */
export interface SeparableConv1dOptions extends OutputOptions, SlidingOptions, DepthwiseOptions {
  /** Channels of the output. */
  filters: number;
  /** As for `conv1d`. Default 'valid'. */
  padding?: Padding;
  /** Default 'glorotUniform'. */
  pointwiseInitializer?: InitializerLike;
  /** Penalty on the pointwise kernel. Default none. */
  pointwiseRegularizer?: RegularizerLike | null;
  /** Bound on the pointwise kernel. Default none. */
  pointwiseConstraint?: ConstraintLike | null;
}

interface SeparableConfig extends OutputConfig, Sliding {
  readonly filters: number;
  readonly depthMultiplier: number;
  readonly depthwise: WeightConfig;
  readonly pointwise: WeightConfig;
}

const partOf = (config: SeparableConfig): Depthwise => ({
  window: config,
  depthMultiplier: config.depthMultiplier,
  weight: 'depthwiseKernel',
});

/** The pointwise product as a convolution of one tap over rows. */
function pointwise(config: SeparableConfig, k: Binding): Taps {
  const [x, y] = [k.inputShapes[0], k.outputShapes[0]];
  const T = y.length > 1 ? y[0] : 1;
  const CG = x[x.length - 1] * config.depthMultiplier;
  const one = { K: 1, stride: 1, dilation: 1, offset: 0, groups: 1 };
  return { ...one, T, TX: T, B: k.batch, CG, OG: config.filters };
}

/** Records the depthwise part into a buffer, then the product with the pointwise kernel. */
function run(config: SeparableConfig, k: Binding, stepping: boolean): void {
  const taps = pointwise(config, k);
  const R = taps.T * taps.B;
  const between = at(k.buffer('depthwise', R * taps.CG));
  if (stepping) recordDepthwiseStep(partOf(config), k, between, null);
  else recordDepthwise(partOf(config), k, between, null, taps.T);
  const z = sumPlace(config, k, R * config.filters);
  const bias = config.useBias ? k.parameter('bias') : null;
  const packed = packedTaps(k, 'pointwiseKernel', taps);
  k.emit(kernels.gemm, z, between, packed, bias, R, taps.OG, taps.CG, 1, taps.CG, taps.OG, 0);
  recordOutput(config, k, z, R, config.filters);
}

const definition: LayerDefinition<SeparableConfig> = {
  type: 'separableConv1d',
  restore: restoreWith(separableConv1d),
  outputShapes(config, [x], name) {
    checkSequence(x, name);
    return [slidShape(config, x, config.filters, name)];
  },
  parameters(config, [x]) {
    const C = x[1] as number;
    const { kernelSize, depthMultiplier: M, filters } = config;
    return [
      declareWeight('depthwiseKernel', [kernelSize, C, M], config.depthwise),
      declareWeight('pointwiseKernel', [1, C * M, filters], config.pointwise),
      ...(config.useBias ? [declareWeight('bias', [filters], config.bias)] : []),
    ];
  },
  masks: slidingMasks,
  states: (config, [x]) => historyStates(config, [repeatedShape(x, config.depthMultiplier)]),
  forward: (config, k) => run(config, k, false),
  backward(config, k) {
    const taps = pointwise(config, k);
    const { T, B, CG, OG } = taps;
    const R = T * B;
    const dz = recordOutputGradient(config, k, R, OG);
    const between = at(k.buffer('depthwise', R * CG));
    const dPointwise = k.gradient('pointwiseKernel');
    if (dPointwise !== null) {
      const scratch = k.buffer('gemmScratch', gemmTnScratch(CG, OG));
      k.emit(kernels.gemm_tn, dPointwise, between, dz, scratch, CG, OG, R, CG, OG, OG);
    }
    const dBetween = at(k.buffer('dDepthwise', R * CG));
    const packed = packedTransposes(k, 'pointwiseKernel', taps);
    k.emit(kernels.gemm, dBetween, dz, packed, null, R, CG, OG, 1, OG, CG, 0);
    recordDepthwiseBack(partOf(config), k, dBetween, T);
  },
  step: (config, k) => run(config, k, true),
  refusesStep: refusesSliding,
};

/** How separable convolutions are saved and rebuilt. */
export const separableConv1dDefinition = definition as unknown as LayerDefinition;

/**
 * A convolution of every channel by itself, then a product that mixes the channels (Chollet 2017).
 *
 * Input `[batch, time, features]`, output `[batch, steps, filters]`. Weights
 * `depthwiseKernel [kernelSize, features, depthMultiplier]`,
 * `pointwiseKernel [1, features · depthMultiplier, filters]`, `bias [filters]`.
 *
 * @throws ValueError for an option out of range, UnknownNameError for an option that does not exist
 */
export function separableConv1d(options: SeparableConv1dOptions): Layer {
  const where = layerLabel('separableConv1d', options);
  const names = ['filters', 'depthMultiplier', ...weightNames('depthwise'), ...weightNames('pointwise')];
  checkNames(where, options, names);
  const config: SeparableConfig = {
    filters: positiveInteger(where, 'filters', options.filters),
    ...slidingFrom(where, options, PADDINGS),
    depthMultiplier: positiveInteger(where, 'depthMultiplier', options.depthMultiplier ?? 1),
    ...outputFrom(where, options),
    depthwise: weightConfig(`${where}: depthwise`, {
      initializer: options.depthwiseInitializer ?? 'glorotUniform',
      regularizer: options.depthwiseRegularizer,
      constraint: options.depthwiseConstraint,
    }),
    pointwise: weightConfig(`${where}: pointwise`, {
      initializer: options.pointwiseInitializer ?? 'glorotUniform',
      regularizer: options.pointwiseRegularizer,
      constraint: options.pointwiseConstraint,
    }),
  };
  return new Layer(definition, config, options.name, options.trainable) as unknown as Layer;
}
