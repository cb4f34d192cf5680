import { at } from '../../program/region.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { declareWeight } from '../weight.js';
import type { RecurrentCell } from './cell.js';
import { candidateCode, type ScanConfig } from './scan-options.js';
import { packedWeight, weightGradient } from './weights.js';

/** What tells cells apart whose gates see only the input. */
export interface ScanKernels {
  /** Columns of the kernel per unit. */
  readonly gates: number;
  readonly forward: typeof kernels.min_gru_forward | typeof kernels.min_lstm_forward;
  readonly backward: typeof kernels.min_gru_backward | typeof kernels.min_lstm_backward;
}

/**
 * A cell whose gates see only the input: the products of all steps are one gemm, and what goes from step to
 * step is element by element.
 */
export function scanCell(
  type: string,
  restore: RecurrentCell<ScanConfig>['restore'],
  { gates: G, forward, backward }: ScanKernels,
): RecurrentCell<ScanConfig> {
  return {
    type,
    restore,
    gates: () => G,
    states: ['h'],
    parameters: (config, [x]) => [
      declareWeight('kernel', [x[1] as number, G * config.units], config.kernel),
      ...(config.useBias ? [declareWeight('bias', [G * config.units], config.bias)] : []),
    ],
    forward(config, k, { T, B, I, H, x, states: [h], valid, room }) {
      const gates = room('gates', G * H);
      const bias = config.useBias ? k.parameter('bias') : null;
      const w = packedWeight(k, 'kernel', I, H, G);
      const act = candidateCode(config.activation);
      k.emit(kernels.gemm, gates, x, w, bias, T * B, G * H, I, G, I, G * H, 0);
      k.emit(forward, at(h, B * H), gates, h, valid, T, B, B, H, H, act);
    },
    backward(config, k, { T, B, I, H, x, states: [h], valid, room, dy, dStates: [dh] }) {
      const N = G * H;
      const gates = room('gates', N);
      const dz = gates; // in place: a gate is read before its gradient is written
      const act = candidateCode(config.activation);
      k.emit(backward, dz, dh, dy, gates, h, valid, T, B, B, H, H, act);
      const sizes = { M: I, N, K: T * B, lda: I, ldb: N, ldc: N };
      weightGradient(k, k.gradient('kernel'), x, dz, sizes);
      const dBias = config.useBias ? k.gradient('bias') : null;
      if (dBias !== null) k.emit(kernels.colsum, dBias, dz, T * B, N, N);
      return dz;
    },
    step(config, k, [h]) {
      const [I] = k.inputShapes[0];
      const { batch: B } = k;
      const H = config.units;
      const gates = k.buffer('gates', B * G * H);
      const bias = config.useBias ? k.parameter('bias') : null;
      const w = packedWeight(k, 'kernel', I, H, G);
      k.emit(kernels.gemm, gates, k.input(), w, bias, B, G * H, I, G, I, G * H, 0);
      k.emit(forward, h, gates, h, null, 1, B, B, H, H, candidateCode(config.activation));
    },
  };
}
