import { ShapeError, ValueError } from '../../errors.js';
import type { Ref } from '../../program/region.js';
import { formatShape } from '../../shape.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { type Binding, Layer, type LayerDefinition } from '../layer.js';
import { flag, layerLabel, positiveInteger } from '../options.js';
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
import { PADDINGS, type Padding, refusesSliding, type Sliding, slidShape, stepsBefore } from './geometry.js';
import {
  historyStates,
  keepsHistory,
  maskGradient,
  readFrame,
  readWindows,
  slidingMasks,
  windowInput,
} from './history.js';
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

/** Options of {@link conv1d}. Names and defaults are Keras's. */
export interface Conv1dOptions extends OutputOptions, SlidingOptions, KernelOptions {
  /** Channels of the output. */
  filters: number;
  /** 'valid': windows inside the sequence. 'same': zeros at both ends. 'causal': zeros in front. Default 'valid'. */
  padding?: Padding;
  /** Channels in and out fall into so many groups that do not mix. Default 1. */
  groups?: number;
  /** True starts each batch behind the last steps of the one before; only causal and without strides. Default false. */
  stateful?: boolean;
}

/** The options of a convolution, complete. */
export interface Conv1dConfig extends OutputConfig, Sliding {
  readonly filters: number;
  readonly groups: number;
  readonly kernel: WeightConfig;
  readonly stateful: boolean;
}

/** Sizes of the convolution over whole sequences of TX steps, `past` of them carried. */
function tapsOf(config: Conv1dConfig, k: Binding, past = 0): Taps {
  const [steps, C] = k.inputShapes[0];
  return {
    ...sizesOf(config, k.batch, C),
    T: k.outputShapes[0][0],
    TX: steps + past,
    offset: past - stepsBefore(config, steps),
  };
}

function sizesOf(config: Conv1dConfig, B: number, C: number): Omit<Taps, 'T' | 'TX' | 'offset'> {
  const { groups, filters, kernelSize, strides, dilationRate } = config;
  const [CG, OG] = [C / groups, filters / groups];
  return { B, groups, CG, OG, K: kernelSize, stride: strides, dilation: dilationRate };
}

const definition: LayerDefinition<Conv1dConfig> = {
  type: 'conv1d',
  restore: restoreWith(conv1d),
  outputShapes(config, [x], name) {
    checkSequence(x, name);
    if ((x[1] as number) % config.groups !== 0) {
      const came = formatShape([null, ...x]);
      throw new ShapeError(
        `${name}: input has shape ${came}, whose features are not ${config.groups} groups`,
      );
    }
    return [slidShape(config, x, config.filters, name)];
  },
  parameters(config, [x]) {
    const { kernelSize, groups, filters } = config;
    const shape = [kernelSize, (x[x.length - 1] as number) / groups, filters];
    const kernel = declareWeight('kernel', shape, config.kernel);
    return config.useBias ? [kernel, declareWeight('bias', [filters], config.bias)] : [kernel];
  },
  masks: slidingMasks,
  states: historyStates,
  stateful: (config) => config.stateful && keepsHistory(config),
  forward(config, k) {
    const { x, past } = readWindows(config, k);
    const taps = tapsOf(config, k, past);
    const R = taps.T * taps.B;
    const z = sumPlace(config, k, R * config.filters);
    const bias = config.useBias ? k.parameter('bias') : null;
    recordTaps(k, z, x, packedTaps(k, 'kernel', taps), bias, taps);
    recordOutput(config, k, z, R, config.filters);
  },
  backward(config, k) {
    const { x, past } = windowInput(config, k);
    const taps = tapsOf(config, k);
    const dz = recordOutputGradient(config, k, taps.T * taps.B, config.filters);
    recordTapGradients(k, 'kernel', x, dz, tapsOf(config, k, past));
    const dx = k.inputGradient();
    if (dx === null) return;
    recordTransposed(k, dx, dz, packedTransposes(k, 'kernel', taps), null, taps);
    maskGradient(k, dx);
  },
  step(config, k) {
    const [C] = k.inputShapes[0];
    const { B, groups, CG, OG, K, dilation } = sizesOf(config, k.batch, C);
    const taps = { ...sizesOf(config, k.batch, C), T: 1, TX: 1, offset: 0 };
    const z = sumPlace(config, k, B * config.filters);
    const bias = config.useBias ? k.parameter('bias') : null;
    const [frames, place] = ['frames', 'place'].map((name) =>
      keepsHistory(config) ? (k.state(name) as Ref) : null,
    );
    const packed = packedTaps(k, 'kernel', taps);
    k.emit(kernels.conv1d_step, z, frames, place, readFrame(k), packed, bias, B, groups, CG, OG, K, dilation);
    recordOutput(config, k, z, B, config.filters);
  },
  refusesStep: refusesSliding,
};

/** How convolutions are saved and rebuilt. */
export const conv1dDefinition = definition as unknown as LayerDefinition;

/** The definition for layers that have convolutions inside. */
export const CONV1D = definition;

/**
 * Convolution over time.   y_t = act(b + Σ_k x_{t·strides + k·dilationRate − before}·W_k)
 *
 * Input `[batch, time, features]`, output `[batch, steps, filters]`; steps outside the sequence count as zero.
 * Weights `kernel [kernelSize, features / groups, filters]`, `bias [filters]`. Causal ones without strides stream.
 *
 * @throws ValueError for an option out of range, UnknownNameError for an option that does not exist
 */
export function conv1d(options: Conv1dOptions): Layer {
  const where = layerLabel('conv1d', options);
  checkNames(where, options, ['filters', 'groups', 'stateful', ...weightNames('kernel')]);
  const config: Conv1dConfig = {
    filters: positiveInteger(where, 'filters', options.filters),
    ...slidingFrom(where, options, PADDINGS),
    groups: positiveInteger(where, 'groups', options.groups ?? 1),
    ...outputFrom(where, options),
    kernel: kernelFrom(where, options),
    stateful: flag(where, 'stateful', options.stateful ?? false),
  };
  if (config.filters % config.groups !== 0) {
    throw new ValueError(
      `${where}: filters must be a multiple of groups, got ${config.filters} and ${config.groups}`,
    );
  }
  const refusal = config.stateful ? refusesSliding(config) : undefined;
  if (refusal !== undefined) throw new ValueError(`${where}: cannot be stateful: ${refusal}`);
  return new Layer(definition, config, options.name, options.trainable) as unknown as Layer;
}
