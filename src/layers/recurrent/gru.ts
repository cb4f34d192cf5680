import { ValueError } from '../../errors.js';
import { at, type Ref } from '../../program/region.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { gruBackwardScratch, gruStepScratch } from '../../wasm/scratch.js';
import { ACTIVATIONS, type ActivationName, activationFrom, CELL_ACTIVATION_NAMES } from '../activations.js';
import { type BackwardBinding, type Binding, Layer, type LayerDefinition } from '../layer.js';
import { flag, layerLabel, oneOf } from '../options.js';
import { restoreWith } from '../restore.js';
import { declareWeight } from '../weight.js';
import type { BackwardSpan, RecurrentCell } from './cell.js';
import { type CellBody, gatedCandidate } from './gated-candidate.js';
import { gruNorm, gruNormWeights } from './gru-norm.js';
import { gruSplit } from './gru-split.js';
import { recurrentLayer } from './layer.js';
import { type RecurrentConfig, type RecurrentOptions, recurrentConfig } from './options.js';
import { biasOrZeros, packedWeight, transposedParts, weightGradient } from './weights.js';

/** Which part of the new state the update gate weighs. */
export type UpdateGate = 'state' | 'candidate';

/** How the candidate h̃ comes about. c is its share in the new state: 1−z, or z with `updateGate: 'candidate'`. */
export type GRUForm =
  /** h̃ = tanh(x·W + b + r ⊙ (h₋₁·U + b')): Keras, cuDNN, PyTorch. */
  | 'resetAfter'
  /** h̃ = tanh(x·W + (r ⊙ h₋₁)·U + b): Cho et al. 2014. */
  | 'resetBefore'
  /** h̃ = tanh(x·W + (c ⊙ h₋₁)·U + b), without a reset gate. */
  | 'updateGated'
  /** h̃ = tanh((x·W) ⊙ r + (h₋₁·U) ⊙ c + b). */
  | 'split';

/** Options of {@link gru}. */
export interface GRUOptions extends RecurrentOptions {
  /** Activation of the two gates. Default 'sigmoid'. */
  recurrentActivation?: ActivationName;
  /** How the candidate comes about. Default 'resetAfter'. */
  form?: GRUForm;
  /** Keras's name for the first two forms: true is 'resetAfter', false 'resetBefore'. */
  resetAfter?: boolean;
  /** 'state': h = z ⊙ h₋₁ + (1−z) ⊙ h̃ (Keras, the default). 'candidate': h = (1−z) ⊙ h₋₁ + z ⊙ h̃. */
  updateGate?: UpdateGate;
  /** True normalises x·W and h₋₁·U, the gates' and the candidate's parts apart (Ba et al. 2016). Default false. */
  layerNormalization?: boolean;
}

/** The options of a GRU, complete. */
export interface GRUConfig extends RecurrentConfig {
  readonly recurrentActivation: ActivationName;
  readonly form: GRUForm;
  readonly updateGate: UpdateGate;
  readonly layerNormalization: boolean;
}

/** Gates per unit: update, reset, candidate. */
export const GRU_GATES = 3;
const G = GRU_GATES;

/** The biases as the kernels take them: z and r summed once, the two halves of the candidate apart. */
export function gruBiases(config: GRUConfig, k: Binding): { input: Ref; recurrent: Ref | null } {
  const N = G * config.units;
  const given = biasOrZeros(k, config.useBias, N);
  if (config.form === 'resetBefore') return { input: given, recurrent: null };
  if (!config.useBias) return { input: given, recurrent: given };
  const gates = 2 * config.units;
  const summed = k.prepared('biasSummed', N, (emit, place) => {
    emit(kernels.add, place, given, at(given, N), gates);
    emit(kernels.copy, at(place, gates), at(given, gates), config.units);
  });
  return { input: at(summed), recurrent: at(given, N) };
}

/** Activations and form, in the order of the kernels' arguments. */
export function gruCodes(config: GRUConfig): [number, number, number, number] {
  return [
    ACTIVATIONS[config.activation],
    ACTIVATIONS[config.recurrentActivation],
    config.form === 'resetAfter' ? 1 : 0,
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
  k.emit(kernels.colsum, dBias, dz, K, N, N);
  if (dq === null) return;
  k.emit(kernels.colsum, at(dBias, N), dz, K, 2 * H, N);
  k.emit(kernels.colsum, at(dBias, N + 2 * H), dq, K, H, H);
}

/** The two forms with a reset gate on what comes from the state. */
const resetBody: CellBody<GRUConfig> = {
  gates: () => G,
  parameters(config, [x]) {
    const N = G * config.units;
    return [
      declareWeight('kernel', [x[1] as number, N], config.kernel),
      declareWeight('recurrentKernel', [config.units, N], config.recurrentKernel),
      ...(config.useBias
        ? [declareWeight('bias', config.form === 'resetAfter' ? [2, N] : [N], config.bias)]
        : []),
    ];
  },
  forward(config, k, { T, B, I, H, x, states: [h], mask, masked, valid, room }) {
    const N = G * H;
    const gates = room('gates', N);
    const q = room('q', H);
    const { input, recurrent } = gruBiases(config, k);
    const w = packedWeight(k, 'kernel', I, H, G);
    const u = packedWeight(k, 'recurrentKernel', H, H, G);
    k.emit(kernels.gemm, gates, x, w, input, T * B, N, I, G, I, N, 0);
    const sizes = [T, B, B, H, ...gruCodes(config)] as const;
    k.emit(kernels.gru_forward, h, gates, q, u, recurrent, mask, valid, masked, ...sizes);
  },
  backward(config, k, span) {
    const { T, B, H, states, mask, masked, valid, room, dy, dStates } = span;
    const [h] = states;
    const [dh] = dStates;
    const gates = room('gates', G * H);
    const q = room('q', H);
    const dz = gates; // in place: a gate is read before its gradient is written
    const dq = config.form === 'resetAfter' ? q : null; // likewise
    const ut = transposedParts(k, H, G);
    const scratch = k.buffer('backwardScratch', gruBackwardScratch(B, H));
    const sizes = [T, B, B, H, ...gruCodes(config)] as const;
    k.emit(kernels.gru_backward, dz, dq, dh, dy, gates, q, h, masked, ut, mask, valid, scratch, ...sizes);
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
    k.emit(
      kernels.gru_step,
      h,
      k.input(),
      w,
      u,
      input,
      recurrent,
      scratch,
      k.batch,
      I,
      H,
      ...gruCodes(config),
    );
  },
};

const updateGated = gatedCandidate<GRUConfig>((config) => config.updateGate === 'candidate');

const BODIES: Readonly<Record<GRUForm, CellBody<GRUConfig>>> = {
  resetAfter: resetBody,
  resetBefore: resetBody,
  updateGated,
  split: gruSplit,
};

const FORMS = Object.keys(BODIES) as readonly GRUForm[];

const normalized: CellBody<GRUConfig> = {
  ...resetBody,
  parameters: (config, inputs) => [...resetBody.parameters(config, inputs), ...gruNormWeights(config)],
  ...gruNorm(gruBiases),
};

const bodyOf = (config: GRUConfig): CellBody<GRUConfig> =>
  config.layerNormalization ? normalized : BODIES[config.form];

/** The cell in f32. */
export const gruCell: RecurrentCell<GRUConfig> = {
  type: 'gru',
  restore: restoreWith(gru),
  states: ['h'],
  gates: (config, features) => bodyOf(config).gates(config, features),
  parameters: (config, inputs) => bodyOf(config).parameters(config, inputs),
  forward: (config, k, span) => bodyOf(config).forward(config, k, span),
  backward: (config, k, span) => bodyOf(config).backward(config, k, span),
  step: (config, k, states) => bodyOf(config).step(config, k, states),
};

const definition = recurrentLayer(gruCell);

/** How GRU layers are saved and rebuilt. */
export const gruDefinition = definition as unknown as LayerDefinition;

/** The form that the options ask for, by its own name or by Keras's. */
function formFrom(where: string, { form, resetAfter }: GRUOptions): GRUForm {
  const named = form === undefined ? undefined : oneOf(where, 'form', form, FORMS);
  if ((resetAfter ?? undefined) === undefined) return named ?? 'resetAfter';
  const meant = flag(where, 'resetAfter', resetAfter) ? 'resetAfter' : 'resetBefore';
  if (named !== undefined && named !== meant) {
    throw new ValueError(`${where}: resetAfter: ${resetAfter} is form '${meant}', but form is '${named}'`);
  }
  return meant;
}

/**
 * Gated recurrent unit (Cho et al. 2014), in four forms of its candidate.
 *
 * ```text
 * z = σ(x·Wz + h₋₁·Uz + bz)    r = σ(x·Wr + h₋₁·Ur + br)
 * resetAfter    h̃ = tanh(x·Wh + bh + r ⊙ (h₋₁·Uh + ch))       (Keras, cuDNN, PyTorch)
 * resetBefore   h̃ = tanh(x·Wh + (r ⊙ h₋₁)·Uh + bh)            (Cho et al. 2014)
 * updateGated   h̃ = tanh(x·Wh + ((1−z) ⊙ h₋₁)·Uh + bh)        (no r)
 * split         h̃ = tanh((x·Wh) ⊙ r + (h₋₁·Uh) ⊙ (1−z) + bh)
 * h = z ⊙ h₋₁ + (1−z) ⊙ h̃
 * ```
 *
 * With `updateGate: 'candidate'` z and 1−z change places in every line: the same network with z mirrored.
 *
 * Input `[batch, time, features]`; output `[batch, units]`, or `[batch, time, units]` with `returnSequences`.
 * Weights `kernel [features, 3·units]`, `recurrentKernel [units, 3·units]`, `bias [2, 3·units]` (input and
 * recurrent halves; `[3·units]` in the other forms), gates in Keras's order z, r, h. `updateGated` has no reset
 * gate: its weights are `[features, 2·units]`, `[units, 2·units]` and `[2·units]`, in the order z, h.
 *
 * With `layerNormalization` x·W and h₋₁·U are normalised, z and r together and h by itself, and have gains
 * `kernelGamma`, `recurrentGamma [3·units]`.
 *
 * @throws ValueError for an option out of range or a form that `resetAfter` denies, UnknownNameError for an option that does not exist
 */
export function gru(options: GRUOptions): Layer {
  const where = layerLabel('gru', options);
  const config: GRUConfig = {
    ...recurrentConfig(where, options, [
      'recurrentActivation',
      'form',
      'resetAfter',
      'updateGate',
      'layerNormalization',
    ]),
    recurrentActivation: activationFrom(
      where,
      'recurrentActivation',
      options.recurrentActivation === undefined ? 'sigmoid' : options.recurrentActivation,
      CELL_ACTIVATION_NAMES,
    ),
    form: formFrom(where, options),
    updateGate: oneOf(where, 'updateGate', options.updateGate ?? 'state', ['state', 'candidate'] as const),
    layerNormalization: flag(where, 'layerNormalization', options.layerNormalization ?? false),
  };
  if (config.layerNormalization && config.form !== 'resetAfter') {
    throw new ValueError(
      `${where}: layerNormalization needs form 'resetAfter', whose products of x and of the state stand apart; got '${config.form}'`,
    );
  }
  return new Layer(definition, config, options.name, options.trainable) as unknown as Layer;
}
