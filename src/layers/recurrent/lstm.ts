import { ValueError } from '../../errors.js';
import type { Ref } from '../../program/region.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { lstmBackwardScratch, lstmStepScratch } from '../../wasm/scratch.js';
import { ACTIVATIONS } from '../activations.js';
import { Layer, type LayerDefinition } from '../layer.js';
import { layerLabel } from '../options.js';
import { restoreWith } from '../restore.js';
import type { RecurrentCell } from './cell.js';
import { recurrentLayer } from './layer.js';
import {
  type LSTMConfig,
  type LSTMOptions,
  lstmConfig,
  lstmGates,
  lstmOutputSize,
  lstmVariantOptions,
  type PlainLSTMOptions,
} from './lstm-options.js';
import { lstmVariant } from './lstm-variant.js';
import { lstmParameters } from './lstm-weights.js';
import { biasOrZeros, packedTranspose, packedWeight, weightGradient } from './weights.js';

export type { LSTMConfig, LSTMOptions, PlainLSTMOptions } from './lstm-options.js';

/** Gates per unit of the LSTM without variants: input, forget, candidate, output. */
export const LSTM_GATES = 4;
const G = LSTM_GATES;

/** Codes of the activations, in the order of the kernels' arguments. */
export function lstmCodes(config: LSTMConfig): [number, number] {
  return [ACTIVATIONS[config.activation], ACTIVATIONS[config.recurrentActivation]];
}

type Form = Pick<RecurrentCell<LSTMConfig>, 'forward' | 'backward' | 'step'>;

/** The LSTM without variants. */
const plain: Form = {
  forward(config, k, { T, B, I, H, x, states: [h, c], mask, masked, valid, room }) {
    const gates = room('gates', G * H);
    const bias = config.useBias ? k.parameter('bias') : null;
    const w = packedWeight(k, 'kernel', I, H, G);
    const u = packedWeight(k, 'recurrentKernel', H, H, G);
    k.emit(kernels.gemm, gates, x, w, bias, T * B, G * H, I, G, I, G * H, 0);
    k.emit(kernels.lstm_forward, h, c, gates, u, mask, valid, masked, T, B, B, H, ...lstmCodes(config));
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
    k.emit(kernels.lstm_backward, dz, dh, dc, dy, gates, c, ut, mask, valid, kept, ...sizes);
    const rows = { N, K: T * B, ldb: N, ldc: N };
    weightGradient(k, k.gradient('kernel'), x, dz, { ...rows, M: I, lda: I });
    weightGradient(k, k.gradient('recurrentKernel'), masked ?? h, dz, { ...rows, M: H, lda: H });
    const dBias = config.useBias ? k.gradient('bias') : null;
    if (dBias !== null) k.emit(kernels.colsum, dBias, dz, T * B, N, N);
    return dz;
  },
  step(config, k, [h, c]: readonly Ref[]) {
    const [I] = k.inputShapes[0];
    const H = config.units;
    const w = packedWeight(k, 'kernel', I, H, G);
    const u = packedWeight(k, 'recurrentKernel', H, H, G);
    const bias = biasOrZeros(k, config.useBias, G * H);
    const scratch = k.buffer('stepScratch', lstmStepScratch(k.batch, H));
    k.emit(kernels.lstm_step, h, c, k.input(), w, u, bias, scratch, k.batch, I, H, ...lstmCodes(config));
  },
};

const formOf = (config: LSTMConfig): Form => (lstmVariantOptions(config).length === 0 ? plain : lstmVariant);

function cellOf(
  form: (config: LSTMConfig) => Form,
  restore: RecurrentCell<LSTMConfig>['restore'],
): RecurrentCell<LSTMConfig> {
  return {
    type: 'lstm',
    restore,
    gates: lstmGates,
    states: ['h', 'c'],
    stateSizes: (config) => [lstmOutputSize(config), config.units],
    parameters: lstmParameters,
    forward: (config, k, span) => form(config).forward(config, k, span),
    backward: (config, k, span) => form(config).backward(config, k, span),
    step: (config, k, states) => form(config).step(config, k, states),
  };
}

/** The cell in f32. */
export const lstmCell: RecurrentCell<LSTMConfig> = cellOf(formOf, restoreWith(lstm));

const definition = recurrentLayer(lstmCell);
const plainDefinition = recurrentLayer(cellOf(() => plain, restoreWith(plainLstm)));

/** LSTM layers without variants, for what only loads models: the kernels of the variants stay away. */
export const plainLstmDefinition = plainDefinition as unknown as LayerDefinition;

/**
 * Long short-term memory without variants, whose kernels stay away. It is the layer that `lstm` of `recurra` makes, and
 * `lstmVariant` is the one that takes the options for variants.
 *
 * @throws ValueError for an option out of range or one that makes a variant, UnknownNameError for an option that does
 *   not exist
 */
export function plainLstm(options: PlainLSTMOptions): Layer {
  const where = layerLabel('lstm', options);
  const config = lstmConfig(where, options);
  const [variant] = lstmVariantOptions(config);
  if (variant !== undefined) {
    throw new ValueError(`${where}: it has ${variant}: take lstmVariant in place of lstm`);
  }
  return new Layer(plainDefinition, config, options.name, options.trainable) as unknown as Layer;
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
 * Variants, which can be combined:
 *
 * ```text
 * peephole            i, f: + p ⊙ c₋₁,  o: + p ⊙ c                    peepholeKernel [3, units]: i, f, o
 * coupled             i = 1 − f; gates f, c, o, 3·units columns      peepholeKernel [2, units]: f, o
 * projection P        h = (o ⊙ tanh(c))·V, of size P                 projectionKernel [units, P]
 * cellClip a          c within ±a
 * layerNormalization  norm(x·W), norm(h₋₁·U), tanh(norm(c))          kernelGamma, recurrentGamma [4·units],
 *                                                                    cellGamma, cellBeta [units]
 * ```
 *
 * @throws ValueError for an option out of range, UnknownNameError for an option that does not exist
 */
export function lstm(options: LSTMOptions): Layer {
  const where = layerLabel('lstm', options);
  const config = lstmConfig(where, options);
  return new Layer(definition, config, options.name, options.trainable) as unknown as Layer;
}
