import { at, type Ref } from '../../program/region.js';
import { gruBackwardScratch, gruStepScratch } from '../../wasm/scratch.js';
import { ACTIVATIONS, type ActivationName, activationFrom, CELL_ACTIVATION_NAMES } from '../activations.js';
import { type Binding, Layer, type LayerDefinition } from '../layer.js';
import { flag, oneOf } from '../options.js';
import { declareWeight } from '../weight.js';
import { type RecurrentConfig, type RecurrentOptions, recurrentConfig } from './options.js';
import {
  drawStateMask,
  finalStateGradients,
  finishSequence,
  inputGradients,
  packedFloats,
  recurrentShapes,
  recurrentStates,
  sequenceInput,
  sequenceInputAgain,
  sequenceSizes,
  startState,
  stateMask,
  stepGradients,
  weightGradient,
} from './sequence.js';

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

interface GRUConfig extends RecurrentConfig {
  readonly recurrentActivation: ActivationName;
  readonly resetAfter: boolean;
  readonly updateGate: UpdateGate;
}

/** Gates per unit: update, reset, candidate. */
const G = 3;
const STATES = ['h'] as const;

function packed(k: Binding, name: 'kernel' | 'recurrentKernel', K: number, H: number): Ref {
  const weights = k.parameter(name);
  const region = k.prepared(`${name}Packed`, packedFloats(K, G * H, G), (emit, place) => {
    emit('pack_panels', place, weights, K, G * H, G, G * H, 1);
  });
  return at(region);
}

/** The biases as the kernels take them: z and r summed once, the two halves of the candidate apart. */
function biases(config: GRUConfig, k: Binding): { input: Ref; recurrent: Ref } {
  const N = G * config.units;
  if (!config.useBias) {
    const zeros = at(k.prepared('zeroBias', N, (emit, place) => emit('fill', place, N, 0)));
    return { input: zeros, recurrent: zeros };
  }
  const given = k.parameter('bias');
  if (!config.resetAfter) return { input: given, recurrent: given };
  const gates = 2 * config.units;
  const summed = k.prepared('biasSummed', N, (emit, place) => {
    emit('add', place, given, at(given, N), gates);
    emit('copy', at(place, gates), at(given, gates), config.units);
  });
  return { input: at(summed), recurrent: at(given, N) };
}

function codes(config: GRUConfig): [number, number, number, number] {
  return [
    ACTIVATIONS[config.activation],
    ACTIVATIONS[config.recurrentActivation],
    config.resetAfter ? 1 : 0,
    config.updateGate === 'candidate' ? 1 : 0,
  ];
}

const definition: LayerDefinition<GRUConfig> = {
  type: 'gru',
  outputShapes: (config, inputs, name) => recurrentShapes(config, inputs, name, STATES),
  parameters(config, [x]) {
    const N = G * config.units;
    return [
      declareWeight('kernel', [x[1] as number, N], config.kernel),
      declareWeight('recurrentKernel', [config.units, N], config.recurrentKernel),
      ...(config.useBias ? [declareWeight('bias', config.resetAfter ? [2, N] : [N], config.bias)] : []),
    ];
  },
  states: (config) => recurrentStates(config, STATES),
  stateful: (config) => config.stateful,
  forward(config, k) {
    const { T, B, I, H } = sequenceSizes(config, k);
    const N = G * H;
    const x = sequenceInput(config, k);
    const h = at(k.buffer('h', (T + 1) * B * H));
    const q = k.buffer('q', T * B * H);
    const gates = k.buffer('gates', T * B * N);
    startState(k, 0, 'h', h, B * H);
    drawStateMask(config, k);
    const { mask, masked } = stateMask(config, k);
    const { input, recurrent } = biases(config, k);
    k.emit('gemm', gates, x, packed(k, 'kernel', I, H), input, T * B, N, I, G, I, N, 0);
    const u = packed(k, 'recurrentKernel', H, H);
    const rbias = config.resetAfter ? recurrent : null;
    k.emit('gru_forward', h, gates, q, u, rbias, mask, masked, T, B, B, H, ...codes(config));
    finishSequence(config, k, [{ name: 'h', slots: h }]);
  },
  backward(config, k) {
    const { T, B, I, H } = sequenceSizes(config, k);
    const N = G * H;
    const h = at(k.buffer('h', (T + 1) * B * H));
    const q = at(k.buffer('q', T * B * H));
    const gates = at(k.buffer('gates', T * B * N));
    const [dh] = finalStateGradients(config, k, 1);
    const { mask, masked } = stateMask(config, k);
    const weights = k.parameter('recurrentKernel');
    const gatesPart = packedFloats(2 * H, H, 1);
    const ut = k.prepared('recurrentKernelTransposed', gatesPart + packedFloats(H, H, 1), (emit, place) => {
      emit('pack_panels', place, weights, 2 * H, H, 1, 1, N);
      emit('pack_panels', at(place, gatesPart), at(weights, 2 * H), H, H, 1, 1, N);
    });
    const scratch = k.buffer('backwardScratch', gruBackwardScratch(B, H));
    const dq = config.resetAfter ? at(k.buffer('dq', T * B * H)) : null;
    const dz = gates; // in place: a gate is read before its gradient is written
    const dy = stepGradients(config, k);
    const sizes = [T, B, B, H, ...codes(config)] as const;
    k.emit('gru_backward', dz, dq, dh, dy, gates, q, h, masked, ut, mask, scratch, ...sizes);

    const K = T * B;
    const state = masked ?? h;
    const x = sequenceInputAgain(config, k);
    weightGradient(k, k.gradient('kernel'), x, dz, { M: I, N, K, lda: I, ldb: N, ldc: N });
    const dU = k.gradient('recurrentKernel');
    if (dU !== null) {
      weightGradient(k, dU, state, dz, { M: H, N: 2 * H, K, lda: H, ldb: N, ldc: N });
      const candidate = at(dU, 2 * H);
      if (dq !== null) weightGradient(k, candidate, state, dq, { M: H, N: H, K, lda: H, ldb: H, ldc: N });
      else weightGradient(k, candidate, q, at(dz, 2 * H), { M: H, N: H, K, lda: H, ldb: N, ldc: N });
    }
    const dBias = config.useBias ? k.gradient('bias') : null;
    if (dBias !== null) {
      k.emit('colsum', dBias, dz, K, N, N);
      if (dq !== null) {
        k.emit('colsum', at(dBias, N), dz, K, 2 * H, N);
        k.emit('colsum', at(dBias, N + 2 * H), dq, K, H, H);
      }
    }
    inputGradients(config, k, dz, G, [dh]);
  },
  step(config, k) {
    const [I] = k.inputShapes[0];
    const H = config.units;
    const h = k.state('h') as Ref;
    const { input, recurrent } = biases(config, k);
    const scratch = k.buffer('stepScratch', gruStepScratch(k.batch, H));
    const rbias = config.resetAfter ? recurrent : null;
    const [w, u] = [packed(k, 'kernel', I, H), packed(k, 'recurrentKernel', H, H)];
    k.emit('gru_step', h, k.input(), w, u, input, rbias, scratch, k.batch, I, H, ...codes(config));
    k.setOutput(0, h);
  },
  refusesStep: (config) => (config.goBackwards ? 'goBackwards reads a sequence from its end' : undefined),
};

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
  const where = options.name ?? 'gru';
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
