import { at } from '../../program/region.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { ACTIVATIONS, type ActivationName, activationFrom, CELL_ACTIVATION_NAMES } from '../activations.js';
import type { ConstraintLike } from '../constraints.js';
import type { InitializerLike } from '../initializers/index.js';
import { type BackwardBinding, Layer, type LayerDefinition, type ParameterDeclaration } from '../layer.js';
import { flag, layerLabel } from '../options.js';
import type { RegularizerLike } from '../regularizers.js';
import { restoreWith } from '../restore.js';
import { declareWeight, type WeightConfig, weightConfig } from '../weight.js';
import type { BackwardSpan } from './cell.js';
import { type ConvCell, convRecurrentLayer } from './conv-layer.js';
import {
  type ConvRecurrentConfig,
  type ConvRecurrentOptions,
  convRecurrentConfig,
  type OverWidth,
} from './conv-options.js';
import {
  inputTaps,
  loopSizes,
  recordInput,
  recordInputBack,
  recordInputWeights,
  recordStateWeights,
  stateTaps,
  stateTapsBack,
  stepSizes,
} from './conv-products.js';

/** Options of {@link convLstm1d}. */
export interface ConvLstm1dOptions extends ConvRecurrentOptions {
  /** Activation of the three gates. Default 'sigmoid'. */
  recurrentActivation?: ActivationName;
  /** True starts the forget gate's bias at 1. Default true. */
  unitForgetBias?: boolean;
  /** True lets the gates of a position see its cell state. Default false. */
  peephole?: boolean;
  /** Default 'glorotUniform'. */
  peepholeInitializer?: InitializerLike;
  /** Penalty on the peepholes. Default none. */
  peepholeRegularizer?: RegularizerLike | null;
  /** Bound on the peepholes, applied after each update. Default none. */
  peepholeConstraint?: ConstraintLike | null;
}

interface ConvLstmConfig extends ConvRecurrentConfig {
  readonly recurrentActivation: ActivationName;
  readonly unitForgetBias: boolean;
  readonly peephole: boolean;
  readonly peepholeKernel: WeightConfig;
}

/** Gates per channel: input, forget, candidate, output. */
const G = 4;

const restore = restoreWith<ConvLstmConfig>(convLstm1d);

const codes = ({ activation, recurrentActivation }: ConvLstmConfig) =>
  [ACTIVATIONS[activation], ACTIVATIONS[recurrentActivation]] as const;

function biasWeight({ filters: F, bias, unitForgetBias }: ConvLstmConfig): ParameterDeclaration {
  const plain = declareWeight('bias', [G * F], bias);
  if (!unitForgetBias) return plain;
  const { name, config } = plain.initializer;
  const fill: typeof plain.initializer.fill = (...args) => plain.initializer.fill(...args).fill(1, F, 2 * F);
  return { ...plain, initializer: { name, config, fill } };
}

/** Records the gradients of p_i and p_f, which see the old cell state, and of p_o, which sees the new. */
function recordPeepholes(
  config: OverWidth,
  k: BackwardBinding,
  span: BackwardSpan,
  dz: Parameters<typeof at>[0],
): void {
  const dp = k.gradient('peepholeKernel');
  if (dp === null) return;
  const { T, B, H: size, states } = span;
  const { positions: W, filters: F } = config;
  for (const [row, gate, slot] of [
    [0, 0, 0],
    [1, 1, 0],
    [2, 3, 1],
  ]) {
    const c = at(states[1], slot * B * size);
    const dGate = at(dz as never, gate * F);
    k.emit(kernels.conv_peephole_gradient, at(dp, row * size), dGate, c, T * B, W, W, F, G * F);
  }
}

const cell: ConvCell<ConvLstmConfig> = {
  type: 'convLstm1d',
  restore: restore as never,
  gates: () => G,
  states: ['h', 'c'],
  parameters: (config) => {
    const { kernelSize, channels, filters: F, positions } = config;
    return [
      declareWeight('kernel', [kernelSize, channels, G * F], config.kernel),
      declareWeight('recurrentKernel', [kernelSize, F, G * F], config.recurrentKernel),
      ...(config.useBias ? [biasWeight(config)] : []),
      ...(config.peephole ? [declareWeight('peepholeKernel', [3, positions, F], config.peepholeKernel)] : []),
    ];
  },
  forward(config, k, { T, B, H: size, x, states: [h, c], mask, masked, valid, room }) {
    const N = G * config.filters;
    const gates = room('gates', G * size);
    recordInput(config, k, gates, x, T * B, N);
    const u = stateTaps(config, k, N, { G });
    const p = config.peephole ? k.parameter('peepholeKernel') : null;
    const sizes = [...loopSizes(config, T, B), ...codes(config)] as const;
    k.emit(kernels.conv_lstm_forward, h, c, gates, u, p, mask, valid, masked, ...sizes);
  },
  backward(config, k, span) {
    const { T, B, H: size, states, mask, masked, valid, room, dy, dStates } = span;
    const [[h, c], [dh, dc]] = [states, dStates];
    const N = G * config.filters;
    const gates = room('gates', G * size);
    const dz = gates; // in place: a gate is read before its gradient is written
    const ut = stateTapsBack(config, k, N);
    const p = config.peephole ? k.parameter('peepholeKernel') : null;
    const kept = valid === null ? null : k.buffer('backwardScratch', 2 * B * size);
    const sizes = [...loopSizes(config, T, B), ...codes(config)] as const;
    k.emit(kernels.conv_lstm_backward, dz, dh, dc, dy, gates, c, ut, p, mask, valid, kept, ...sizes);
    recordInputWeights(config, k, span, dz, N);
    const columns = { dst: k.gradient('recurrentKernel'), dz, count: N, ldz: N };
    recordStateWeights(config, k, span, masked ?? h, columns);
    if (config.peephole) recordPeepholes(config, k, span, dz);
    return dz;
  },
  project: (config, k, dx, dz, rows) => recordInputBack(config, k, dx, dz, rows, G * config.filters),
  step(config, k, [h, c]) {
    const N = G * config.filters;
    const scratch = k.buffer('stepScratch', k.batch * G * config.units);
    const bias = config.useBias ? k.parameter('bias') : null;
    const p = config.peephole ? k.parameter('peepholeKernel') : null;
    const [w, u] = [inputTaps(config, k, N), stateTaps(config, k, N, { G })];
    const sizes = [...stepSizes(config, k.batch), ...codes(config)] as const;
    k.emit(kernels.conv_lstm_step, h, c, k.input(), w, u, bias, p, scratch, ...sizes);
  },
};

const definition = convRecurrentLayer(cell, restore);

/** How these layers are saved and rebuilt. */
export const convLstm1dDefinition = definition as unknown as LayerDefinition;

/**
 * Long short-term memory whose products are convolutions (Shi et al. 2015).
 *
 * ```text
 * i = σ(Wi ∗ x + Ui ∗ h₋₁ + bi)     f = σ(Wf ∗ x + Uf ∗ h₋₁ + bf)
 * g = tanh(Wc ∗ x + Uc ∗ h₋₁ + bc)  o = σ(Wo ∗ x + Uo ∗ h₋₁ + bo)
 * c = f ⊙ c₋₁ + i ⊙ g               h = o ⊙ tanh(c)
 * peephole            i, f: + p ⊙ c₋₁,  o: + p ⊙ c       peepholeKernel [3, positions, filters]: i, f, o
 * ```
 *
 * Shapes as for `convRnn1d`, with 4 · filters columns in Keras's order i, f, c, o.
 *
 * @throws ValueError for an option out of range, UnknownNameError for an option that does not exist
 */
export function convLstm1d(options: ConvLstm1dOptions): Layer {
  const where = layerLabel('convLstm1d', options);
  const names = [
    ...['recurrentActivation', 'unitForgetBias', 'peephole'],
    ...['peepholeInitializer', 'peepholeRegularizer', 'peepholeConstraint'],
  ];
  const config: ConvLstmConfig = {
    ...convRecurrentConfig(where, options, names),
    recurrentActivation: activationFrom(
      where,
      'recurrentActivation',
      options.recurrentActivation === undefined ? 'sigmoid' : options.recurrentActivation,
      CELL_ACTIVATION_NAMES,
    ),
    unitForgetBias: flag(where, 'unitForgetBias', options.unitForgetBias ?? true),
    peephole: flag(where, 'peephole', options.peephole ?? false),
    peepholeKernel: weightConfig(`${where}: peephole`, {
      initializer: options.peepholeInitializer ?? 'glorotUniform',
      regularizer: options.peepholeRegularizer,
      constraint: options.peepholeConstraint,
    }),
  };
  return new Layer(definition, config, options.name, options.trainable) as unknown as Layer;
}
