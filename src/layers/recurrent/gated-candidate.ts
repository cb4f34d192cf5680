import { at } from '../../program/region.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { mguBackwardScratch, mguStepScratch } from '../../wasm/scratch.js';
import { ACTIVATIONS, type ActivationName } from '../activations.js';
import { declareWeight } from '../weight.js';
import type { RecurrentCell } from './cell.js';
import type { RecurrentConfig } from './options.js';
import { biasOrZeros, packedWeight, transposedParts, weightGradient } from './weights.js';

/** The options of a cell with one gate. */
export interface GatedCandidateConfig extends RecurrentConfig {
  readonly recurrentActivation: ActivationName;
}

/** Gates per unit: the gate, the candidate. */
const G = 2;

/** What a cell is without its name. */
export type CellBody<C extends RecurrentConfig> = Omit<RecurrentCell<C>, 'type' | 'restore' | 'states'>;

/**
 * The recurrence of the kernels mgu_*: one gate that opens the candidate's view of the state as far as it lets
 * the candidate into the state.
 *
 * @param weighsCandidate whether the gate weighs the candidate (MGU's forget gate) or the old state (GRU's z)
 */
export function gatedCandidate<C extends GatedCandidateConfig>(
  weighsCandidate: (config: C) => boolean,
): CellBody<C> {
  const codes = (config: C): [number, number, number] => [
    ACTIVATIONS[config.activation],
    ACTIVATIONS[config.recurrentActivation],
    weighsCandidate(config) ? 1 : 0,
  ];
  return {
    gates: () => G,
    parameters(config, [x]) {
      const N = G * config.units;
      return [
        declareWeight('kernel', [x[1] as number, N], config.kernel),
        declareWeight('recurrentKernel', [config.units, N], config.recurrentKernel),
        ...(config.useBias ? [declareWeight('bias', [N], config.bias)] : []),
      ];
    },
    forward(config, k, { T, B, I, H, x, states: [h], mask, masked, valid, room }) {
      const N = G * H;
      const [gates, q] = [room('gates', N), room('q', H)];
      const bias = config.useBias ? k.parameter('bias') : null;
      const w = packedWeight(k, 'kernel', I, H, G);
      const u = packedWeight(k, 'recurrentKernel', H, H, G);
      k.emit(kernels.gemm, gates, x, w, bias, T * B, N, I, G, I, N, 0);
      k.emit(kernels.mgu_forward, h, gates, q, u, mask, valid, masked, T, B, B, H, ...codes(config));
    },
    backward(config, k, span) {
      const { T, B, I, H, x, states, mask, masked, valid, room, dy, dStates } = span;
      const [N, K] = [G * H, T * B];
      const [h] = states;
      const [dh] = dStates;
      const gates = room('gates', N);
      const dz = gates; // in place: a gate is read before its gradient is written
      const ut = transposedParts(k, H, G);
      const scratch = k.buffer('backwardScratch', mguBackwardScratch(B, H));
      const sizes = [T, B, B, H, ...codes(config)] as const;
      k.emit(kernels.mgu_backward, dz, dh, dy, gates, h, masked, ut, mask, valid, scratch, ...sizes);
      weightGradient(k, k.gradient('kernel'), x, dz, { M: I, N, K, lda: I, ldb: N, ldc: N });
      const dU = k.gradient('recurrentKernel');
      if (dU !== null) {
        const square = { M: H, N: H, K, lda: H, ldb: N, ldc: N };
        weightGradient(k, dU, masked ?? h, dz, square);
        weightGradient(k, at(dU, H), room('q', H), at(dz, H), square);
      }
      const dBias = config.useBias ? k.gradient('bias') : null;
      if (dBias !== null) k.emit(kernels.colsum, dBias, dz, K, N, N);
      return dz;
    },
    step(config, k, [h]) {
      const [I] = k.inputShapes[0];
      const H = config.units;
      const w = packedWeight(k, 'kernel', I, H, G);
      const u = packedWeight(k, 'recurrentKernel', H, H, G);
      const bias = biasOrZeros(k, config.useBias, G * H);
      const scratch = k.buffer('stepScratch', mguStepScratch(k.batch, H));
      k.emit(kernels.mgu_step, h, k.input(), w, u, bias, scratch, k.batch, I, H, ...codes(config));
    },
  };
}
