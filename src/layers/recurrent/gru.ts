import { at, type Ref } from '../../program/region.js';
import { gruBackwardScratch, gruStepScratch } from '../../wasm/scratch.js';
import { ACTIVATIONS, type ActivationName, activationFrom, CELL_ACTIVATION_NAMES } from '../activations.js';
import { type BackwardBinding, type Binding, Layer, type LayerDefinition } from '../layer.js';
import { flag, layerLabel, oneOf } from '../options.js';
import { restoreWith } from '../restore.js';
import { declareWeight } from '../weight.js';
import type { BackwardSpan, RecurrentCell } from './cell.js';
import { recurrentLayer } from './layer.js';
import { type RecurrentConfig, type RecurrentOptions, recurrentConfig } from './options.js';
import { biasOrZeros, packedWeight, transposedParts, weightGradient } from './weights.js';

/** Which part of the new state the update gate weighs. */
export type UpdateGate = 'state' | 'candidate';

/** Options of {@link gru}. */
export interface GRUOptions extends RecurrentOptions {
  /** Activation of the two gates. Default 'sigmoid'. */
  recurrentActivation?: ActivationName;
  /** True resets after the recurrent product (Keras, cuDNN), false before it (Cho 2014). Default true. */
  resetAfter?: boolean;
  /** 'state': h = z ⊙ h₋₁ + (1−z) ⊙ h̃ (Keras, the default). 'candidate': h = (1−z) ⊙ h₋₁ + z ⊙ h̃. */
  updateGate?: UpdateGate;
}

/** The options of a GRU, complete. */
export interface GRUConfig extends RecurrentConfig {
  readonly recurrentActivation: ActivationName;
  readonly resetAfter: boolean;
  readonly updateGate: UpdateGate;
}

/** Gates per unit: update, reset, candidate. */
export const GRU_GATES = 3;
const G = GRU_GATES;

/** The biases as the kernels take them: z and r summed once, the two halves of the candidate apart. */
export function gruBiases(config: GRUConfig, k: Binding): { input: Ref; recurrent: Ref | null } {
  const N = G * config.units;
  const given = biasOrZeros(k, config.useBias, N);
  if (!config.resetAfter) return { input: given, recurrent: null };
  if (!config.useBias) return { input: given, recurrent: given };
  const gates = 2 * config.units;
  const summed = k.prepared('biasSummed', N, (emit, place) => {
    emit('add', place, given, at(given, N), gates);
    emit('copy', at(place, gates), at(given, gates), config.units);
  });
  return { input: at(summed), recurrent: at(given, N) };
}

/** Activations and form, in the order of the kernels' arguments. */
export function gruCodes(config: GRUConfig): [number, number, number, number] {
  return [
    ACTIVATIONS[config.activation],
    ACTIVATIONS[config.recurrentActivation],
    config.resetAfter ? 1 : 0,
    config.updateGate === 'candidate' ? 1 : 0,
  ];
}

/** dW, dU and the biases' gradients from dz, and from dq where the candidate's recurrent part is apart. */
function weightGradients(
  config: GRUConfig,
  k: BackwardBinding,
  span: BackwardSpan,
  dz: Ref,
  dq: Ref | null,
): void {
  const { T, B, I, H, x, states, masked, room } = span;
  const N = G * H;
  const K = T * B;
  const h = masked ?? states[0];
  weightGradient(k, k.gradient('kernel'), x, dz, { M: I, N, K, lda: I, ldb: N, ldc: N });
  const dU = k.gradient('recurrentKernel');
  if (dU !== null) {
    const candidate = at(dU, 2 * H);
    weightGradient(k, dU, h, dz, { M: H, N: 2 * H, K, lda: H, ldb: N, ldc: N });
    if (dq !== null) weightGradient(k, candidate, h, dq, { M: H, N: H, K, lda: H, ldb: H, ldc: N });
    else {
      const dCandidate = at(dz, 2 * H);
      weightGradient(k, candidate, room('q', H), dCandidate, { M: H, N: H, K, lda: H, ldb: N, ldc: N });
    }
  }
  const dBias = config.useBias ? k.gradient('bias') : null;
  if (dBias === null) return;
  k.emit('colsum', dBias, dz, K, N, N);
  if (dq === null) return;
  k.emit('colsum', at(dBias, N), dz, K, 2 * H, N);
  k.emit('colsum', at(dBias, N + 2 * H), dq, K, H, H);
}

/** The cell in f32. */
export const gruCell: RecurrentCell<GRUConfig> = {
  type: 'gru',
  restore: restoreWith(gru),
  gates: () => G,
  states: ['h'],
  parameters(config, [x]) {
    const N = G * config.units;
    return [
      declareWeight('kernel', [x[1] as number, N], config.kernel),
      declareWeight('recurrentKernel', [config.units, N], config.recurrentKernel),
      ...(config.useBias ? [declareWeight('bias', config.resetAfter ? [2, N] : [N], config.bias)] : []),
    ];
  },
  forward(config, k, { T, B, I, H, x, states: [h], mask, masked, valid, room }) {
    const N = G * H;
    const gates = room('gates', N);
    const q = room('q', H);
    const { input, recurrent } = gruBiases(config, k);
    const w = packedWeight(k, 'kernel', I, H, G);
    const u = packedWeight(k, 'recurrentKernel', H, H, G);
    k.emit('gemm', gates, x, w, input, T * B, N, I, G, I, N, 0);
    const sizes = [T, B, B, H, ...gruCodes(config)] as const;
    k.emit('gru_forward', h, gates, q, u, recurrent, mask, valid, masked, ...sizes);
  },
  backward(config, k, span) {
    const { T, B, H, states, mask, masked, valid, room, dy, dStates } = span;
    const [h] = states;
    const [dh] = dStates;
    const gates = room('gates', G * H);
    const q = room('q', H);
    const dz = gates; // in place: a gate is read before its gradient is written
    const dq = config.resetAfter ? q : null; // likewise
    const ut = transposedParts(k, H, G);
    const scratch = k.buffer('backwardScratch', gruBackwardScratch(B, H));
    const sizes = [T, B, B, H, ...gruCodes(config)] as const;
    k.emit('gru_backward', dz, dq, dh, dy, gates, q, h, masked, ut, mask, valid, scratch, ...sizes);
    weightGradients(config, k, span, dz, dq);
    return dz;
  },
  step(config, k, [h]) {
    const [I] = k.inputShapes[0];
    const H = config.units;
    const { input, recurrent } = gruBiases(config, k);
    const w = packedWeight(k, 'kernel', I, H, G);
    const u = packedWeight(k, 'recurrentKernel', H, H, G);
    const scratch = k.buffer('stepScratch', gruStepScratch(k.batch, H));
    k.emit('gru_step', h, k.input(), w, u, input, recurrent, scratch, k.batch, I, H, ...gruCodes(config));
  },
};

const definition = recurrentLayer(gruCell);

/** How GRU layers are saved and rebuilt. */
export const gruDefinition = definition as unknown as LayerDefinition;

/**
 * Gated recurrent unit (Cho et al. 2014; with `resetAfter` as in cuDNN and Keras).
 *
 * ```text
 * z = σ(x·Wz + h₋₁·Uz + bz)    r = σ(x·Wr + h₋₁·Ur + br)
 * resetAfter true:   h̃ = tanh(x·Wh + bh + r ⊙ (h₋₁·Uh + ch))
 * resetAfter false:  h̃ = tanh(x·Wh + (r ⊙ h₋₁)·Uh + bh)
 * h = z ⊙ h₋₁ + (1−z) ⊙ h̃
 * ```
 *
 * Input `[batch, time, features]`; output `[batch, units]`, or `[batch, time, units]` with `returnSequences`.
 * Weights `kernel [features, 3·units]`, `recurrentKernel [units, 3·units]`, `bias [2, 3·units]` (input and
 * recurrent halves; `[3·units]` when `resetAfter` is false), gates in Keras's order z, r, h.
 *
 * @throws ValueError for an option out of range, UnknownNameError for an option that does not exist
 */
export function gru(options: GRUOptions): Layer {
  const where = layerLabel('gru', options);
  const config: GRUConfig = {
    ...recurrentConfig(where, options, ['recurrentActivation', 'resetAfter', 'updateGate']),
    recurrentActivation: activationFrom(
      where,
      'recurrentActivation',
      options.recurrentActivation === undefined ? 'sigmoid' : options.recurrentActivation,
      CELL_ACTIVATION_NAMES,
    ),
    resetAfter: flag(where, 'resetAfter', options.resetAfter ?? true),
    updateGate: oneOf(where, 'updateGate', options.updateGate ?? 'state', ['state', 'candidate'] as const),
  };
  return new Layer(definition, config, options.name, options.trainable) as unknown as Layer;
}
