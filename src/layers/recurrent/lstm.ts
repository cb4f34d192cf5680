import { at, type Ref } from '../../program/region.js';
import { lstmStepScratch } from '../../wasm/scratch.js';
import { ACTIVATIONS, type ActivationName, activationFrom, CELL_ACTIVATION_NAMES } from '../activations.js';
import { type BackwardBinding, type Binding, Layer, type LayerDefinition } from '../layer.js';
import { flag } from '../options.js';
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

/** Options of {@link lstm}. */
export interface LSTMOptions extends RecurrentOptions {
  /** Activation of the three gates. Default 'sigmoid'. */
  recurrentActivation?: ActivationName;
  /** True starts the forget gate's bias at 1 (Jozefowicz et al. 2015). Default true. */
  unitForgetBias?: boolean;
}

interface LSTMConfig extends RecurrentConfig {
  readonly recurrentActivation: ActivationName;
  readonly unitForgetBias: boolean;
}

/** Gates per unit: input, forget, candidate, output. */
const G = 4;
const STATES = ['h', 'c'] as const;

function bias(k: Binding, config: LSTMConfig): Ref | null {
  return config.useBias ? k.parameter('bias') : null;
}

function packedRecurrent(k: Binding, H: number): Ref {
  const weights = k.parameter('recurrentKernel');
  const packed = k.prepared('recurrentKernelPacked', packedFloats(H, G * H, G), (emit, place) => {
    emit('pack_panels', place, weights, H, G * H, G, G * H, 1);
  });
  return at(packed);
}

function packedKernel(k: Binding, I: number, H: number): Ref {
  const weights = k.parameter('kernel');
  const packed = k.prepared('kernelPacked', packedFloats(I, G * H, G), (emit, place) => {
    emit('pack_panels', place, weights, I, G * H, G, G * H, 1);
  });
  return at(packed);
}

const definition: LayerDefinition<LSTMConfig> = {
  type: 'lstm',
  outputShapes: (config, inputs, name) => recurrentShapes(config, inputs, name, STATES),
  parameters(config, [x]) {
    const H = config.units;
    const biasWeight = declareWeight('bias', [G * H], config.bias);
    const { initializer } = biasWeight;
    const startBias = config.unitForgetBias
      ? {
          ...biasWeight,
          initializer: {
            name: initializer.name,
            config: initializer.config,
            fill: (...args: Parameters<typeof initializer.fill>) =>
              initializer.fill(...args).fill(1, H, 2 * H),
          },
        }
      : biasWeight;
    return [
      declareWeight('kernel', [x[1] as number, G * H], config.kernel),
      declareWeight('recurrentKernel', [H, G * H], config.recurrentKernel),
      ...(config.useBias ? [startBias] : []),
    ];
  },
  states: (config) => recurrentStates(config, STATES),
  stateful: (config) => config.stateful,
  forward(config, k) {
    const { T, B, I, H } = sequenceSizes(config, k);
    const x = sequenceInput(config, k);
    const h = at(k.buffer('h', (T + 1) * B * H));
    const c = at(k.buffer('c', (T + 1) * B * H));
    const gates = k.buffer('gates', T * B * G * H);
    startState(k, 0, 'h', h, B * H);
    startState(k, 1, 'c', c, B * H);
    drawStateMask(config, k);
    const { mask, masked } = stateMask(config, k);
    k.emit('gemm', gates, x, packedKernel(k, I, H), bias(k, config), T * B, G * H, I, G, I, G * H, 0);
    const act = ACTIVATIONS[config.activation];
    const ract = ACTIVATIONS[config.recurrentActivation];
    k.emit('lstm_forward', h, c, gates, packedRecurrent(k, H), mask, masked, T, B, B, H, act, ract);
    finishSequence(config, k, [
      { name: 'h', slots: h },
      { name: 'c', slots: c },
    ]);
  },
  backward(config, k) {
    const { T, B, I, H } = sequenceSizes(config, k);
    const N = G * H;
    const gates = at(k.buffer('gates', T * B * N));
    const h = at(k.buffer('h', (T + 1) * B * H));
    const c = at(k.buffer('c', (T + 1) * B * H));
    const [dh, dc] = finalStateGradients(config, k, 2);
    const { mask, masked } = stateMask(config, k);
    const weights = k.parameter('recurrentKernel');
    const ut = k.prepared('recurrentKernelTransposed', packedFloats(N, H, 1), (emit, place) => {
      emit('pack_panels', place, weights, N, H, 1, 1, N);
    });
    const act = ACTIVATIONS[config.activation];
    const ract = ACTIVATIONS[config.recurrentActivation];
    const dy = stepGradients(config, k);
    const dz = gates; // in place: a gate is read before its gradient is written
    k.emit('lstm_backward', dz, dh, dc, dy, gates, c, ut, mask, T, B, B, H, act, ract);
    recurrentWeightGradients(k, sequenceInputAgain(config, k), masked ?? h, dz, { T, B, I, H });
    const dBias = config.useBias ? k.gradient('bias') : null;
    if (dBias !== null) k.emit('colsum', dBias, dz, T * B, N, N);
    inputGradients(config, k, dz, G, [dh, dc]);
  },
  step(config, k) {
    const [I] = k.inputShapes[0];
    const H = config.units;
    const B = k.batch;
    const h = k.state('h') as Ref;
    const c = k.state('c') as Ref;
    const zeros = k.prepared('zeroBias', G * H, (emit, place) => emit('fill', place, G * H, 0));
    const b = bias(k, config) ?? at(zeros);
    const scratch = k.buffer('stepScratch', lstmStepScratch(B, H));
    const act = ACTIVATIONS[config.activation];
    const ract = ACTIVATIONS[config.recurrentActivation];
    const [w, u] = [packedKernel(k, I, H), packedRecurrent(k, H)];
    k.emit('lstm_step', h, c, k.input(), w, u, b, scratch, B, I, H, act, ract);
    k.setOutput(0, h);
  },
  refusesStep: (config) => (config.goBackwards ? 'goBackwards reads a sequence from its end' : undefined),
};

function recurrentWeightGradients(
  k: BackwardBinding,
  x: Ref,
  h: Ref,
  dz: Ref,
  { T, B, I, H }: { T: number; B: number; I: number; H: number },
): void {
  const N = G * H;
  weightGradient(k, k.gradient('kernel'), x, dz, { M: I, N, K: T * B, lda: I, ldb: N, ldc: N });
  weightGradient(k, k.gradient('recurrentKernel'), h, dz, { M: H, N, K: T * B, lda: H, ldb: N, ldc: N });
}

/** How LSTM layers are saved and rebuilt. */
export const lstmDefinition = definition as unknown as LayerDefinition;

/**
 * Long short-term memory (Hochreiter & Schmidhuber 1997; forget gate: Gers et al. 2000).
 *
 * ```text
 * i = σ(x·Wi + h₋₁·Ui + bi)    f = σ(x·Wf + h₋₁·Uf + bf)
 * g = tanh(x·Wc + h₋₁·Uc + bc) o = σ(x·Wo + h₋₁·Uo + bo)
 * c = f ⊙ c₋₁ + i ⊙ g          h = o ⊙ tanh(c)
 * ```
 *
 * Input `[batch, time, features]`; output `[batch, units]`, or `[batch, time, units]` with `returnSequences`.
 * Weights `kernel [features, 4·units]`, `recurrentKernel [units, 4·units]`, `bias [4·units]`, gates in
 * Keras's order i, f, c, o.
 *
 * @throws ValueError for an option out of range, UnknownNameError for an option that does not exist
 */
export function lstm(options: LSTMOptions): Layer {
  const where = options.name ?? 'lstm';
  const config: LSTMConfig = {
    ...recurrentConfig(where, options, ['recurrentActivation', 'unitForgetBias']),
    recurrentActivation: activationFrom(
      where,
      'recurrentActivation',
      options.recurrentActivation === undefined ? 'sigmoid' : options.recurrentActivation,
      CELL_ACTIVATION_NAMES,
    ),
    unitForgetBias: flag(where, 'unitForgetBias', options.unitForgetBias ?? true),
  };
  return new Layer(definition, config, options.name, options.trainable) as unknown as Layer;
}
