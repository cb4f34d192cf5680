import type { Ref } from '../../program/region.js';
import { at } from '../../program/region.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { rnnBackwardScratch, rnnStepScratch } from '../../wasm/scratch.js';
import { ACTIVATIONS } from '../activations.js';
import { Layer, type LayerDefinition } from '../layer.js';
import { layerLabel } from '../options.js';
import { restoreWith } from '../restore.js';
import { declareWeight } from '../weight.js';
import type { RecurrentCell } from './cell.js';
import { recurrentLayer } from './layer.js';
import { type RecurrentConfig, type RecurrentOptions, recurrentConfig } from './options.js';
import { biasOrZeros, packedTranspose, packedWeight, weightGradient } from './weights.js';

/** Options of {@link simpleRNN}. */
export interface SimpleRNNOptions extends RecurrentOptions {}

/** The cell in f32. */
export const simpleRNNCell: RecurrentCell<RecurrentConfig> = {
  type: 'simpleRNN',
  restore: restoreWith(simpleRNN),
  gates: () => 1,
  states: ['h'],
  parameters: (config, [x]) => [
    declareWeight('kernel', [x[1] as number, config.units], config.kernel),
    declareWeight('recurrentKernel', [config.units, config.units], config.recurrentKernel),
    ...(config.useBias ? [declareWeight('bias', [config.units], config.bias)] : []),
  ],
  forward(config, k, { T, B, I, H, x, states: [h], mask, masked, valid }) {
    const bias = config.useBias ? k.parameter('bias') : null;
    const w = packedWeight(k, 'kernel', I, H, 1);
    const u = packedWeight(k, 'recurrentKernel', H, H, 1);
    k.emit(kernels.gemm, at(h, B * H), x, w, bias, T * B, H, I, 1, I, H, 0);
    k.emit(kernels.rnn_forward, h, u, mask, valid, masked, T, B, B, H, ACTIVATIONS[config.activation]);
  },
  backward(config, k, span) {
    const { T, B, I, H, x, states, mask, masked, valid, room, dy, dStates } = span;
    const [[h], [dh]] = [states, dStates];
    const dz = room('dz', H);
    const ut = packedTranspose(k, 'recurrentKernel', H, H);
    const kept = valid === null ? null : k.buffer('backwardScratch', rnnBackwardScratch(B, H));
    const sizes = [T, B, B, H, ACTIVATIONS[config.activation]] as const;
    k.emit(kernels.rnn_backward, dz, dh, dy, h, ut, mask, valid, kept, ...sizes);
    const rows = { N: H, K: T * B, ldb: H, ldc: H };
    weightGradient(k, k.gradient('kernel'), x, dz, { ...rows, M: I, lda: I });
    weightGradient(k, k.gradient('recurrentKernel'), masked ?? h, dz, { ...rows, M: H, lda: H });
    const dBias = config.useBias ? k.gradient('bias') : null;
    if (dBias !== null) k.emit(kernels.colsum, dBias, dz, T * B, H, H);
    return dz;
  },
  step(config, k, [h]: readonly Ref[]) {
    const [I] = k.inputShapes[0];
    const H = config.units;
    const w = packedWeight(k, 'kernel', I, H, 1);
    const u = packedWeight(k, 'recurrentKernel', H, H, 1);
    const bias = biasOrZeros(k, config.useBias, H);
    const scratch = k.buffer('stepScratch', rnnStepScratch(k.batch, H));
    k.emit(
      kernels.rnn_step,
      h,
      k.input(),
      w,
      u,
      bias,
      scratch,
      k.batch,
      I,
      H,
      ACTIVATIONS[config.activation],
    );
  },
};

const definition = recurrentLayer(simpleRNNCell);

/** How simple recurrent layers are saved and rebuilt. */
export const simpleRNNDefinition = definition as unknown as LayerDefinition;

/**
 * Simple recurrent layer (Elman 1990).   h = act(x·W + h₋₁·U + b)
 *
 * Input `[batch, time, features]`; output `[batch, units]`, or `[batch, time, units]` with `returnSequences`.
 * Weights `kernel [features, units]`, `recurrentKernel [units, units]`, `bias [units]`.
 *
 * @throws ValueError for an option out of range, UnknownNameError for an option that does not exist
 */
export function simpleRNN(options: SimpleRNNOptions): Layer {
  const config = recurrentConfig(layerLabel('simpleRNN', options), options);
  return new Layer(definition, config, options.name, options.trainable) as unknown as Layer;
}
