import { checkOptionNames, ShapeError } from '../../errors.js';
import { at, type Ref } from '../../program/region.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { gemmTnScratch } from '../../wasm/scratch.js';
import { ACTIVATIONS } from '../activations.js';
import type { InitializerLike } from '../initializers/index.js';
import { checkKeepsAxes, type InnerLayer, innerLayer, onlyOutput, restoreInner } from '../inner.js';
import {
  type BackwardBinding,
  type BaseOptions,
  type Binding,
  Layer,
  type LayerDefinition,
} from '../layer.js';
import { layerLabel } from '../options.js';
import { weightOptions } from '../restore.js';
import { declareWeight, type WeightConfig, weightConfig } from '../weight.js';
import { connectionMasks, connectionSizes, recordInner, recordInnerGradient } from './inside.js';

/** Options of {@link highway}. */
export interface HighwayOptions extends BaseOptions {
  /** Start of the gate's matrix. Default 'glorotUniform'. */
  gateKernelInitializer?: InitializerLike;
  /** Start of the gate's bias. Default −1 everywhere: at first more of x passes than of f(x). */
  gateBiasInitializer?: InitializerLike;
}

interface HighwayConfig {
  readonly layer: InnerLayer;
  readonly gateKernel: WeightConfig;
  readonly gateBias: WeightConfig;
}

/** Gate T and difference f(x) − x, which backward needs. */
function kept(k: Binding): { gate: Ref; difference: Ref } {
  const { R, O } = connectionSizes(k);
  return { gate: at(k.buffer('gate', R * O)), difference: at(k.buffer('difference', R * O)) };
}

/** T = σ(x·W + b),   y = x + T ⊙ (f − x) */
function recordGate(k: Binding, f: Ref): void {
  const { R, I } = connectionSizes(k);
  const n = R * I;
  const x = k.input();
  const y = k.output();
  const { gate, difference } = kept(k);
  const weights = k.parameter('gateKernel');
  const packed = k.prepared('gatePacked', Math.ceil(I / 8) * 8 * I, (emit, place) => {
    emit(kernels.pack_panels, place, weights, I, I, 1, I, 1);
  });
  k.emit(kernels.gemm, gate, x, packed, k.parameter('gateBias'), R, I, I, 1, I, I, 0);
  k.emit(kernels.activation_forward, gate, gate, n, ACTIVATIONS.sigmoid);
  k.emit(kernels.copy, difference, f, n);
  k.emit(kernels.axpy, difference, x, n, -1);
  k.emit(kernels.mul, y, gate, difference, n);
  k.emit(kernels.add, y, y, x, n);
}

/** dx += dz·Wᵀ, and the gradients of the gate's weights. */
function recordGateGradient(k: BackwardBinding, dx: Ref | null, dz: Ref): void {
  const { R, I } = connectionSizes(k);
  const dKernel = k.gradient('gateKernel');
  if (dKernel !== null) {
    const scratch = k.buffer('gemmScratch', gemmTnScratch(I, I));
    k.emit(kernels.gemm_tn, dKernel, k.input(), dz, scratch, I, I, R, I, I, I);
  }
  const dBias = k.gradient('gateBias');
  if (dBias !== null) k.emit(kernels.colsum, dBias, dz, R, I, I);
  if (dx === null) return;
  const weights = k.parameter('gateKernel');
  const packed = k.prepared('gateTransposed', Math.ceil(I / 8) * 8 * I, (emit, place) => {
    emit(kernels.pack_panels, place, weights, I, I, 1, 1, I);
  });
  k.emit(kernels.gemm, dx, dz, packed, null, R, I, I, 1, I, I, 1);
}

const definition: LayerDefinition<HighwayConfig> = {
  type: 'highway',
  restore(saved, where, resolve) {
    const { layer, ...options } = weightOptions(saved as Readonly<Record<string, unknown>>);
    return highwayConfig(where, restoreInner(where, 'layer', layer, resolve), options as HighwayOptions);
  },
  outputShapes(config, [x], name) {
    const y = onlyOutput(config.layer, x, name);
    checkKeepsAxes(config.layer, x, y, name);
    const [I, O] = [x[x.length - 1], y[y.length - 1]];
    if (I === O && I !== null) return [y];
    throw new ShapeError(
      `${name}: ${config.layer.name} makes ${O} features of ${I}, which a gate cannot mix: give it as many units`,
    );
  },
  parameters(config, [x]) {
    const I = x[x.length - 1] as number;
    return [
      ...config.layer.parameters([x]),
      declareWeight('gateKernel', [I, I], config.gateKernel),
      declareWeight('gateBias', [I], config.gateBias),
    ];
  },
  states: (config, inputs) => config.layer.states(inputs),
  stateful: (config) => config.layer.definition.stateful?.(config.layer.config) === true,
  masks: (config, masked, inputs) => connectionMasks(config.layer, masked, inputs),
  seesPadding: ({ layer }, training) => layer.seesPadding(training),
  isQuantized: ({ layer }) => layer.definition.isQuantized?.(layer.config) === true,
  forward: (config, k) => recordGate(k, recordInner(config.layer, k, false)),
  backward(config, k) {
    const { R, I } = connectionSizes(k);
    const n = R * I;
    const dy = k.outputGradient() as Ref;
    const { gate, difference } = kept(k);
    const df = at(k.buffer('dInner', n));
    const dz = at(k.buffer('dGate', n));
    k.emit(kernels.mul, df, dy, gate, n);
    k.emit(kernels.mul, dz, dy, difference, n);
    k.emit(kernels.activation_backward, dz, dz, gate, null, n, ACTIVATIONS.sigmoid);
    const around = recordInnerGradient(config.layer, k, df);
    const dx = k.inputGradient();
    if (dx !== null) {
      k.emit(kernels.copy, dx, dy, n);
      k.emit(kernels.axpy, dx, df, n, -1);
      if (around !== null) k.emit(kernels.add, dx, dx, around, n);
    }
    recordGateGradient(k, dx, dz);
  },
  step: (config, k) => recordGate(k, recordInner(config.layer, k, true)),
  refusesStep: (config, inputs) => config.layer.refusal(inputs),
};

/** How highway connections are saved and rebuilt. */
export const highwayDefinition = definition as unknown as LayerDefinition;

function highwayConfig(where: string, layer: InnerLayer, options: HighwayOptions): HighwayConfig {
  checkOptionNames(where, options, ['gateKernelInitializer', 'gateBiasInitializer', 'name', 'trainable']);
  const { gateKernelInitializer, gateBiasInitializer } = options;
  return {
    layer,
    gateKernel: weightConfig(`${where}: gateKernel`, {
      initializer: gateKernelInitializer ?? 'glorotUniform',
    }),
    gateBias: weightConfig(`${where}: gateBias`, {
      initializer: gateBiasInitializer ?? { name: 'constant', config: { value: -1 } },
    }),
  };
}

/**
 * Mixes what a layer gives with its input by a trained gate (Srivastava et al. 2015).
 *
 * ```text
 * T = σ(x·W + b)      y = T ⊙ f(x) + (1 − T) ⊙ x
 * ```
 *
 * f is any layer that keeps all axes, such as a recurrent one with `returnSequences` and as many units as x has
 * features. Weights: those of f under its name (`highway.gru.kernel`), `gateKernel [features, features]`,
 * `gateBias [features]`. It streams when f does.
 *
 * @throws ValueError for what is no layer, ShapeError when f(x) has another shape than x
 */
export function highway(layer: Layer, options: HighwayOptions = {}): Layer {
  const where = layerLabel('highway', options);
  const config = highwayConfig(where, innerLayer(where, 'layer', layer), options);
  return new Layer(definition, config, options.name, options.trainable) as unknown as Layer;
}
