import { at } from '../../program/region.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { indRnnStepScratch } from '../../wasm/scratch.js';
import { ACTIVATIONS } from '../activations.js';
import { randomUniform } from '../initializers/index.js';
import { Layer, type LayerDefinition } from '../layer.js';
import { layerLabel } from '../options.js';
import { restoreWith } from '../restore.js';
import { declareWeight } from '../weight.js';
import type { RecurrentCell } from './cell.js';
import { recurrentLayer } from './layer.js';
import { type RecurrentConfig, type RecurrentOptions, recurrentConfig } from './options.js';
import { biasOrZeros, packedWeight, weightGradient } from './weights.js';

/** Options of {@link indRnn}: the activation is 'relu' and the recurrent weights are drawn from 0 to 1. */
export interface IndRNNOptions extends RecurrentOptions {}

const cell: RecurrentCell<RecurrentConfig> = {
  type: 'indRnn',
  restore: restoreWith(indRnn),
  gates: () => 1,
  states: ['h'],
  parameters: (config, [x]) => [
    declareWeight('kernel', [x[1] as number, config.units], config.kernel),
    declareWeight('recurrentKernel', [config.units], config.recurrentKernel),
    ...(config.useBias ? [declareWeight('bias', [config.units], config.bias)] : []),
  ],
  forward(config, k, { T, B, I, H, x, states: [h], mask, masked, valid }) {
    const bias = config.useBias ? k.parameter('bias') : null;
    const w = packedWeight(k, 'kernel', I, H, 1);
    const u = k.parameter('recurrentKernel');
    k.emit(kernels.gemm, at(h, B * H), x, w, bias, T * B, H, I, 1, I, H, 0);
    k.emit(kernels.ind_rnn_forward, h, u, mask, valid, masked, T, B, B, H, ACTIVATIONS[config.activation]);
  },
  backward(config, k, { T, B, I, H, x, states: [h], mask, masked, valid, room, dy, dStates: [dh] }) {
    const dz = room('dz', H);
    const u = k.parameter('recurrentKernel');
    k.emit(
      kernels.ind_rnn_backward,
      dz,
      dh,
      dy,
      h,
      u,
      mask,
      valid,
      T,
      B,
      B,
      H,
      ACTIVATIONS[config.activation],
    );
    const K = T * B;
    weightGradient(k, k.gradient('kernel'), x, dz, { M: I, N: H, K, lda: I, ldb: H, ldc: H });
    const du = k.gradient('recurrentKernel');
    if (du !== null) k.emit(kernels.colsum_mul, du, dz, masked ?? h, K, H, H, H);
    const dBias = config.useBias ? k.gradient('bias') : null;
    if (dBias !== null) k.emit(kernels.colsum, dBias, dz, K, H, H);
    return dz;
  },
  step(config, k, [h]) {
    const [I] = k.inputShapes[0];
    const H = config.units;
    const w = packedWeight(k, 'kernel', I, H, 1);
    const u = k.parameter('recurrentKernel');
    const bias = biasOrZeros(k, config.useBias, H);
    const scratch = k.buffer('stepScratch', indRnnStepScratch(k.batch, H));
    k.emit(
      kernels.ind_rnn_step,
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

const definition = recurrentLayer(cell);

/** How independently recurrent layers are saved and rebuilt. */
export const indRnnDefinition = definition as unknown as LayerDefinition;

/**
 * Independently recurrent layer (Li et al. 2018): each unit sees no state but its own.
 *
 * ```text
 * h = relu(x·W + u ⊙ h₋₁ + b)
 * ```
 *
 * Input `[batch, time, features]`; output `[batch, units]`, or `[batch, time, units]` with `returnSequences`.
 * Weights `kernel [features, units]`, `recurrentKernel [units]`, `bias [units]`. A step costs the projection and
 * `units` multiplications; layers are stacked where units should meet.
 *
 * @throws ValueError for an option out of range, UnknownNameError for an option that does not exist
 */
export function indRnn(options: IndRNNOptions): Layer {
  const where = layerLabel('indRnn', options);
  const config = recurrentConfig(where, {
    ...options,
    activation: options.activation === undefined ? 'relu' : options.activation,
    recurrentInitializer: options.recurrentInitializer ?? randomUniform({ minval: 0, maxval: 1 }),
  });
  return new Layer(definition, config, options.name, options.trainable) as unknown as Layer;
}
