import type { Ref } from '../../program/region.js';
import { lstmBackwardScratch, lstmStepScratch } from '../../wasm/scratch.js';
import { ACTIVATIONS, type ActivationName, activationFrom, CELL_ACTIVATION_NAMES } from '../activations.js';
import { Layer, type LayerDefinition, type ParameterDeclaration } from '../layer.js';
import { flag, layerLabel } from '../options.js';
import { restoreWith } from '../restore.js';
import { declareWeight } from '../weight.js';
import type { RecurrentCell } from './cell.js';
import { recurrentLayer } from './layer.js';
import { type RecurrentConfig, type RecurrentOptions, recurrentConfig } from './options.js';
import { biasOrZeros, packedTranspose, packedWeight, weightGradient } from './weights.js';

/** Options of {@link lstm}. */
export interface LSTMOptions extends RecurrentOptions {
  /** Activation of the three gates. Default 'sigmoid'. */
  recurrentActivation?: ActivationName;
  /** True starts the forget gate's bias at 1 (Jozefowicz et al. 2015). Default true. */
  unitForgetBias?: boolean;
}

/** The options of an LSTM, complete. */
export interface LSTMConfig extends RecurrentConfig {
  readonly recurrentActivation: ActivationName;
  readonly unitForgetBias: boolean;
}

/** Gates per unit: input, forget, candidate, output. */
export const LSTM_GATES = 4;
const G = LSTM_GATES;

function biasWeight(config: LSTMConfig): ParameterDeclaration {
  const H = config.units;
  const plain = declareWeight('bias', [G * H], config.bias);
  if (!config.unitForgetBias) return plain;
  const { name, config: options } = plain.initializer;
  const fill: typeof plain.initializer.fill = (...args) => plain.initializer.fill(...args).fill(1, H, 2 * H);
  return { ...plain, initializer: { name, config: options, fill } };
}

/** Codes of the activations, in the order of the kernels' arguments. */
export function lstmCodes(config: LSTMConfig): [number, number] {
  return [ACTIVATIONS[config.activation], ACTIVATIONS[config.recurrentActivation]];
}

/** The cell in f32. */
export const lstmCell: RecurrentCell<LSTMConfig> = {
  type: 'lstm',
  restore: restoreWith(lstm),
  gates: () => G,
  states: ['h', 'c'],
  parameters: (config, [x]) => [
    declareWeight('kernel', [x[1] as number, G * config.units], config.kernel),
    declareWeight('recurrentKernel', [config.units, G * config.units], config.recurrentKernel),
    ...(config.useBias ? [biasWeight(config)] : []),
  ],
  forward(config, k, { T, B, I, H, x, states: [h, c], mask, masked, valid, room }) {
    const gates = room('gates', G * H);
    const bias = config.useBias ? k.parameter('bias') : null;
    const w = packedWeight(k, 'kernel', I, H, G);
    const u = packedWeight(k, 'recurrentKernel', H, H, G);
    k.emit('gemm', gates, x, w, bias, T * B, G * H, I, G, I, G * H, 0);
    k.emit('lstm_forward', h, c, gates, u, mask, valid, masked, T, B, B, H, ...lstmCodes(config));
  },
  backward(config, k, span) {
    const { T, B, I, H, x, states, mask, masked, valid, room, dy, dStates } = span;
    const [[h, c], [dh, dc]] = [states, dStates];
    const N = G * H;
    const gates = room('gates', N);
    const ut = packedTranspose(k, 'recurrentKernel', H, N);
    const dz = gates; // in place: a gate is read before its gradient is written
    const kept = valid === null ? null : k.buffer('backwardScratch', lstmBackwardScratch(B, H));
    const sizes = [T, B, B, H, ...lstmCodes(config)] as const;
    k.emit('lstm_backward', dz, dh, dc, dy, gates, c, ut, mask, valid, kept, ...sizes);
    const rows = { N, K: T * B, ldb: N, ldc: N };
    weightGradient(k, k.gradient('kernel'), x, dz, { ...rows, M: I, lda: I });
    weightGradient(k, k.gradient('recurrentKernel'), masked ?? h, dz, { ...rows, M: H, lda: H });
    const dBias = config.useBias ? k.gradient('bias') : null;
    if (dBias !== null) k.emit('colsum', dBias, dz, T * B, N, N);
    return dz;
  },
  step(config, k, [h, c]: readonly Ref[]) {
    const [I] = k.inputShapes[0];
    const H = config.units;
    const w = packedWeight(k, 'kernel', I, H, G);
    const u = packedWeight(k, 'recurrentKernel', H, H, G);
    const bias = biasOrZeros(k, config.useBias, G * H);
    const scratch = k.buffer('stepScratch', lstmStepScratch(k.batch, H));
    k.emit('lstm_step', h, c, k.input(), w, u, bias, scratch, k.batch, I, H, ...lstmCodes(config));
  },
};

const definition = recurrentLayer(lstmCell);

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
  const where = layerLabel('lstm', options);
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
