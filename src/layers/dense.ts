import { checkOptionNames, ShapeError } from '../errors.js';
import { at, type Ref } from '../program/region.js';
import { formatShape, sizeOf } from '../shape.js';
import * as kernels from '../wasm/generated/kernels.js';
import { gemmTnScratch } from '../wasm/scratch.js';
import { recordActivation, recordActivationGradient } from './activation-calls.js';
import { type ActivationName, activationFrom, activationNeedsInput } from './activations.js';
import type { ConstraintLike } from './constraints.js';
import type { InitializerLike } from './initializers/index.js';
import { type BaseOptions, type Binding, Layer, type LayerDefinition } from './layer.js';
import { flag, layerLabel, positiveInteger } from './options.js';
import type { RegularizerLike } from './regularizers.js';
import { restoreWith } from './restore.js';
import { declareWeight, type WeightConfig, weightConfig } from './weight.js';

/** Options of {@link dense}. Names and defaults are Keras's. */
export interface DenseOptions extends BaseOptions {
  /** Size of the output's last axis. */
  units: number;
  /** Activation of the output. Default 'linear'. */
  activation?: ActivationName;
  /** False leaves the bias out. Default true. */
  useBias?: boolean;
  /** Default 'glorotUniform'. */
  kernelInitializer?: InitializerLike;
  /** Default 'zeros'. */
  biasInitializer?: InitializerLike;
  /** Penalty on the kernel. Default none. */
  kernelRegularizer?: RegularizerLike | null;
  /** Penalty on the bias. Default none. */
  biasRegularizer?: RegularizerLike | null;
  /** Bound on the kernel, applied after each update. Default none. */
  kernelConstraint?: ConstraintLike | null;
  /** Bound on the bias. Default none. */
  biasConstraint?: ConstraintLike | null;
}

/** The options of a dense layer, complete. */
export interface DenseConfig {
  readonly units: number;
  readonly activation: ActivationName;
  readonly useBias: boolean;
  readonly kernel: WeightConfig;
  readonly bias: WeightConfig;
}

const NAMES: readonly (keyof DenseOptions)[] = [
  'units',
  'activation',
  'useBias',
  'kernelInitializer',
  'biasInitializer',
  'kernelRegularizer',
  'biasRegularizer',
  'kernelConstraint',
  'biasConstraint',
  'name',
  'trainable',
];

/** Rows R, inputs I and outputs O of the product. */
export function denseSizes(config: DenseConfig, k: Binding): { R: number; I: number; O: number } {
  const shape = k.inputShapes[0];
  const I = shape[shape.length - 1];
  return { R: (k.batch * sizeOf(shape)) / I, I, O: config.units };
}

function preActivation(config: DenseConfig, k: Binding, floats: number): Ref {
  if (k.givesLogits) return at(k.buffer('logits', floats));
  return activationNeedsInput(config.activation) ? at(k.buffer('preActivation', floats)) : k.output();
}

const definition: LayerDefinition<DenseConfig> = {
  type: 'dense',
  restore: restoreWith(dense),
  outputShapes(config, [x], name) {
    if (x.length === 0 || x[x.length - 1] === null) {
      const got = formatShape(x).replace('[', '[batch, ');
      throw new ShapeError(`${name}: input has shape ${got}, expected a last axis of known size`);
    }
    return [[...x.slice(0, -1), config.units]];
  },
  parameters(config, [x]) {
    const kernel = declareWeight('kernel', [x[x.length - 1] as number, config.units], config.kernel);
    return config.useBias ? [kernel, declareWeight('bias', [config.units], config.bias)] : [kernel];
  },
  forward(config, k) {
    const { R, I, O } = denseSizes(config, k);
    const kernel = k.parameter('kernel');
    const packed = k.prepared('kernelPacked', Math.ceil(O / 8) * 8 * I, (emit, place) => {
      emit(kernels.pack_panels, place, kernel, I, O, 1, O, 1);
    });
    const bias = config.useBias ? k.parameter('bias') : null;
    const z = preActivation(config, k, R * O);
    k.emit(kernels.gemm, z, k.input(), packed, bias, R, O, I, 1, I, O, 0);
    recordActivation(config.activation, k, k.output(), z, R, O);
    if (k.givesLogits) k.setLogits(z);
  },
  backward(config, k) {
    const { R, I, O } = denseSizes(config, k);
    const dy = k.outputGradient() as Ref;
    const z = preActivation(config, k, R * O);
    const dz = k.givesLogits ? dy : recordActivationGradient(config.activation, k, dy, k.output(), z, R, O);
    const dKernel = k.gradient('kernel');
    if (dKernel !== null) {
      const scratch = k.buffer('gemmScratch', gemmTnScratch(I, O));
      k.emit(kernels.gemm_tn, dKernel, k.input(), dz, scratch, I, O, R, I, O, O);
    }
    const dBias = config.useBias ? k.gradient('bias') : null;
    if (dBias !== null) k.emit(kernels.colsum, dBias, dz, R, O, O);
    const dx = k.inputGradient();
    if (dx !== null) {
      const kernel = k.parameter('kernel');
      const packed = k.prepared('kernelTransposed', Math.ceil(I / 8) * 8 * O, (emit, place) => {
        emit(kernels.pack_panels, place, kernel, O, I, 1, 1, O);
      });
      k.emit(kernels.gemm, dx, dz, packed, null, R, I, O, 1, O, I, 0);
    }
  },
  logits: (config) => config.activation,
  masks: 'passes',
  step: 'forward',
};

/** How dense layers are saved and rebuilt. */
export const denseDefinition = definition as unknown as LayerDefinition;

/**
 * Fully connected layer on the last axis, at every time step alike.   y = act(x·W + b)
 *
 * Input `[batch, ..., features]`, output `[batch, ..., units]`. Weights `kernel [features, units]`,
 * `bias [units]`.
 *
 * @throws ValueError for an option out of range, UnknownNameError for an option that does not exist
 */
export function dense(options: DenseOptions): Layer {
  const where = layerLabel('dense', options);
  checkOptionNames(where, options, NAMES);
  const config: DenseConfig = {
    units: positiveInteger(where, 'units', options.units),
    activation: activationFrom(where, 'activation', options.activation),
    useBias: flag(where, 'useBias', options.useBias ?? true),
    kernel: weightConfig(`${where}: kernel`, {
      initializer: options.kernelInitializer ?? 'glorotUniform',
      regularizer: options.kernelRegularizer,
      constraint: options.kernelConstraint,
    }),
    bias: weightConfig(`${where}: bias`, {
      initializer: options.biasInitializer ?? 'zeros',
      regularizer: options.biasRegularizer,
      constraint: options.biasConstraint,
    }),
  };
  return new Layer(definition, config, options.name, options.trainable) as unknown as Layer;
}
