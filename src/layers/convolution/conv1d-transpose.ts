import { checkInteger } from '../../check.js';
import { ShapeError } from '../../errors.js';
import type { Ref } from '../../program/region.js';
import { formatShape } from '../../shape.js';
import { type Binding, Layer, type LayerDefinition } from '../layer.js';
import { layerLabel, positiveInteger } from '../options.js';
import { restoreWith } from '../restore.js';
import { checkSequence } from '../shaping/layout.js';
import { declareWeight, type WeightConfig } from '../weight.js';
import {
  packedTaps,
  packedTransposes,
  recordOutput,
  recordOutputGradient,
  recordTapGradients,
  recordTaps,
  recordTransposed,
  sumPlace,
  type Taps,
} from './calls.js';
import { reachOf, type Sliding } from './geometry.js';
import {
  checkNames,
  type KernelOptions,
  kernelFrom,
  type OutputConfig,
  type OutputOptions,
  outputFrom,
  type SlidingOptions,
  slidingFrom,
  weightNames,
} from './options.js';

/** Options of {@link conv1dTranspose}. Names and defaults are Keras's. */
export interface Conv1dTransposeOptions extends OutputOptions, SlidingOptions, KernelOptions {
  /** Channels of the output. */
  filters: number;
  /** 'valid' gives all steps that a tap reaches, 'same' `strides` steps for each. Default 'valid'. */
  padding?: 'valid' | 'same';
  /** Steps added at the end, fewer than `strides`. Default: what makes the length that of the default rule. */
  outputPadding?: number | null;
}

interface TransposeConfig extends OutputConfig, Sliding {
  readonly filters: number;
  readonly outputPadding: number | null;
  readonly kernel: WeightConfig;
}

/** Steps of the full result cut off in front, and the number of steps given out for T; Keras's rules. */
function kept(config: TransposeConfig, T: number): { before: number; steps: number } {
  const { strides, padding, outputPadding } = config;
  const reach = reachOf(config);
  const last = (T - 1) * strides;
  if (padding === 'valid') {
    const length = outputPadding === null ? Math.max(reach, strides) : reach + outputPadding;
    return { before: 0, steps: last + length };
  }
  const steps = last + (outputPadding === null ? strides : (reach % 2) + outputPadding);
  return { before: Math.max(0, Math.floor((last + reach - steps) / 2)), steps };
}

/** The numbers of the convolution that this one is the transpose of: from its output to its input. */
function tapsOf(config: TransposeConfig, k: Binding): Taps {
  const [T, C] = k.inputShapes[0];
  return {
    T,
    TX: k.outputShapes[0][0],
    B: k.batch,
    groups: 1,
    CG: config.filters,
    OG: C,
    K: config.kernelSize,
    stride: config.strides,
    dilation: config.dilationRate,
    offset: -kept(config, T).before,
  };
}

const definition: LayerDefinition<TransposeConfig> = {
  type: 'conv1dTranspose',
  restore: restoreWith(conv1dTranspose),
  outputShapes(config, [x], name) {
    checkSequence(x, name);
    if (x[0] === null) return [[null, config.filters]];
    const { steps } = kept(config, x[0]);
    if (steps > 0) return [[steps, config.filters]];
    throw new ShapeError(
      `${name}: input has shape ${formatShape([null, ...x])}, of which outputPadding ${config.outputPadding} leaves no step`,
    );
  },
  parameters(config, [x]) {
    const { kernelSize, filters } = config;
    const kernel = declareWeight('kernel', [kernelSize, filters, x[1] as number], config.kernel);
    return config.useBias ? [kernel, declareWeight('bias', [filters], config.bias)] : [kernel];
  },
  masks: { refuses: 'its windows mix steps that count with steps that do not' },
  forward(config, k) {
    const taps = tapsOf(config, k);
    const R = taps.TX * taps.B;
    const z = sumPlace(config, k, R * config.filters);
    const bias = config.useBias ? k.parameter('bias') : null;
    recordTransposed(k, z, k.input(), packedTransposes(k, 'kernel', taps), bias, taps);
    recordOutput(config, k, z, R, config.filters);
  },
  backward(config, k) {
    const taps = tapsOf(config, k);
    const dz: Ref = recordOutputGradient(config, k, taps.TX * taps.B, config.filters);
    recordTapGradients(k, 'kernel', dz, k.input(), taps);
    const dx = k.inputGradient();
    if (dx !== null) recordTaps(k, dx, dz, packedTaps(k, 'kernel', taps), null, taps);
  },
  step: { refuses: 'a step reaches into several steps of the output' },
};

/** How transposed convolutions are saved and rebuilt. */
export const conv1dTransposeDefinition = definition as unknown as LayerDefinition;

/**
 * Transposed convolution: the way back of a convolution.   y_{t·strides + k·dilationRate − before} += x_t·W_kᵀ
 *
 * Input `[batch, time, features]`, output `[batch, steps, filters]`, from the bias on and through the activation.
 * Weights `kernel [kernelSize, filters, features]`, `bias [filters]`.
 *
 * @throws ValueError for an option out of range, UnknownNameError for an option that does not exist
 */
export function conv1dTranspose(options: Conv1dTransposeOptions): Layer {
  const where = layerLabel('conv1dTranspose', options);
  checkNames(where, options, ['filters', 'outputPadding', ...weightNames('kernel')]);
  const { outputPadding = null } = options;
  const window = slidingFrom(where, options, ['valid', 'same']);
  const config: TransposeConfig = {
    filters: positiveInteger(where, 'filters', options.filters),
    ...window,
    outputPadding:
      outputPadding === null
        ? null
        : checkInteger(where, 'outputPadding', outputPadding, { min: 0, below: window.strides }),
    ...outputFrom(where, options),
    kernel: kernelFrom(where, options),
  };
  return new Layer(definition, config, options.name, options.trainable) as unknown as Layer;
}
