import { at, type Ref } from '../../program/region.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { ACTIVATIONS, type ActivationName, activationFrom, CELL_ACTIVATION_NAMES } from '../activations.js';
import { Layer, type LayerDefinition } from '../layer.js';
import { layerLabel, oneOf } from '../options.js';
import { restoreWith } from '../restore.js';
import { declareWeight } from '../weight.js';
import { type ConvCell, convRecurrentLayer } from './conv-layer.js';
import { type ConvRecurrentConfig, type ConvRecurrentOptions, convRecurrentConfig } from './conv-options.js';
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
import type { UpdateGate } from './gru.js';

/** Options of {@link convGru1d}. */
export interface ConvGru1dOptions extends ConvRecurrentOptions {
  /** Activation of the two gates. Default 'sigmoid'. */
  recurrentActivation?: ActivationName;
  /** 'state': h = z ⊙ h₋₁ + (1−z) ⊙ h̃, the default. 'candidate': h = (1−z) ⊙ h₋₁ + z ⊙ h̃. */
  updateGate?: UpdateGate;
}

interface ConvGruConfig extends ConvRecurrentConfig {
  readonly recurrentActivation: ActivationName;
  readonly updateGate: UpdateGate;
}

/** Gates per channel: update, reset, candidate. */
const G = 3;

const restore = restoreWith<ConvGruConfig>(convGru1d);

function codes({ activation, recurrentActivation, updateGate }: ConvGruConfig): [number, number, number] {
  return [ACTIVATIONS[activation], ACTIVATIONS[recurrentActivation], updateGate === 'candidate' ? 1 : 0];
}

const cell: ConvCell<ConvGruConfig> = {
  type: 'convGru1d',
  restore: restore as never,
  gates: () => G,
  states: ['h'],
  parameters: ({ kernelSize, channels, filters: F, kernel, recurrentKernel, useBias, bias }) => [
    declareWeight('kernel', [kernelSize, channels, G * F], kernel),
    declareWeight('recurrentKernel', [kernelSize, F, G * F], recurrentKernel),
    ...(useBias ? [declareWeight('bias', [G * F], bias)] : []),
  ],
  forward(config, k, { T, B, H: size, x, states: [h], mask, masked, valid, room }) {
    const F = config.filters;
    const [gates, q] = [room('gates', G * size), room('q', size)];
    recordInput(config, k, gates, x, T * B, G * F);
    const u = stateTaps(config, k, G * F, { count: 2 * F, G: 2 });
    const uh = stateTaps(config, k, G * F, { from: 2 * F, count: F });
    const sizes = [...loopSizes(config, T, B), ...codes(config)] as const;
    k.emit(kernels.conv_gru_forward, h, gates, q, u, uh, mask, valid, masked, ...sizes);
  },
  backward(config, k, span) {
    const { T, B, H: size, states, mask, masked, valid, room, dy, dStates } = span;
    const [[h], [dh]] = [states, dStates];
    const F = config.filters;
    const N = G * F;
    const [gates, q] = [room('gates', G * size), room('q', size)];
    const dz = gates; // in place: a gate is read before its gradient is written
    const ut = stateTapsBack(config, k, N, 0, 2 * F);
    const uth = stateTapsBack(config, k, N, 2 * F, F);
    const scratch = k.buffer('backwardScratch', 2 * B * size);
    const sizes = [...loopSizes(config, T, B), ...codes(config)] as const;
    k.emit(
      kernels.conv_gru_backward,
      dz,
      dh,
      dy,
      gates,
      q,
      h,
      masked,
      ut,
      uth,
      mask,
      valid,
      scratch,
      ...sizes,
    );
    recordInputWeights(config, k, span, dz, N);
    const dU = k.gradient('recurrentKernel');
    const columns = (from: number, count: number) => {
      const dst: Ref | null = dU && at(dU, from);
      return { dst, dz: at(dz, from), count, ldz: N };
    };
    recordStateWeights(config, k, span, masked ?? h, columns(0, 2 * F));
    recordStateWeights(config, k, span, q, columns(2 * F, F));
    return dz;
  },
  project: (config, k, dx, dz, rows) => recordInputBack(config, k, dx, dz, rows, G * config.filters),
  step(config, k, [h]) {
    const F = config.filters;
    const scratch = k.buffer('stepScratch', k.batch * (G + 1) * config.units);
    const bias = config.useBias ? k.parameter('bias') : null;
    const w = inputTaps(config, k, G * F);
    const u = stateTaps(config, k, G * F, { count: 2 * F, G: 2 });
    const uh = stateTaps(config, k, G * F, { from: 2 * F, count: F });
    const sizes = [...stepSizes(config, k.batch), ...codes(config)] as const;
    k.emit(kernels.conv_gru_step, h, k.input(), w, u, uh, bias, scratch, ...sizes);
  },
};

const definition = convRecurrentLayer(cell, restore);

/** How these layers are saved and rebuilt. */
export const convGru1dDefinition = definition as unknown as LayerDefinition;

/**
 * Gated recurrent unit whose products are convolutions (Ballas et al. 2016), reset in front of the product.
 *
 * ```text
 * z = σ(Wz ∗ x + Uz ∗ h₋₁ + bz)    r = σ(Wr ∗ x + Ur ∗ h₋₁ + br)
 * h̃ = tanh(Wh ∗ x + Uh ∗ (r ⊙ h₋₁) + bh)    h = z ⊙ h₋₁ + (1−z) ⊙ h̃
 * ```
 *
 * Shapes as for `convRnn1d`, with 3 · filters columns in the order z, r, h.
 *
 * @throws ValueError for an option out of range, UnknownNameError for an option that does not exist
 */
export function convGru1d(options: ConvGru1dOptions): Layer {
  const where = layerLabel('convGru1d', options);
  const { recurrentActivation = 'sigmoid', updateGate = 'state' } = options;
  const config: ConvGruConfig = {
    ...convRecurrentConfig(where, options, ['recurrentActivation', 'updateGate']),
    recurrentActivation: activationFrom(
      where,
      'recurrentActivation',
      recurrentActivation,
      CELL_ACTIVATION_NAMES,
    ),
    updateGate: oneOf(where, 'updateGate', updateGate, ['state', 'candidate'] as const),
  };
  return new Layer(definition, config, options.name, options.trainable) as unknown as Layer;
}
