import { at, type Ref } from '../../program/region.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { gruSplitBackwardScratch, gruSplitStepScratch } from '../../wasm/scratch.js';
import { ACTIVATIONS } from '../activations.js';
import type { BackwardBinding, Binding } from '../layer.js';
import { declareWeight } from '../weight.js';
import type { BackwardSpan } from './cell.js';
import type { CellBody } from './gated-candidate.js';
import type { GRUConfig } from './gru.js';
import { biasOrZeros, packedWeight, transposedParts, weightGradient } from './weights.js';

/** Gates per unit: update, reset, candidate. */
const G = 3;

function codes(config: GRUConfig): [number, number, number] {
  const { activation, recurrentActivation, updateGate } = config;
  return [ACTIVATIONS[activation], ACTIVATIONS[recurrentActivation], updateGate === 'candidate' ? 1 : 0];
}

/** The bias of the input's projection, without that of the candidate, which stands outside the reset gate. */
function biases(config: GRUConfig, k: Binding): { input: Ref; own: Ref } {
  const gates = 2 * config.units;
  const given = biasOrZeros(k, config.useBias, G * config.units);
  if (!config.useBias) return { input: given, own: given };
  const input = k.prepared('biasOfGates', G * config.units, (emit, place) => {
    emit(kernels.copy, place, given, gates);
    emit(kernels.fill, at(place, gates), config.units, 0);
  });
  return { input: at(input), own: at(given, gates) };
}

function weightGradients(
  config: GRUConfig,
  k: BackwardBinding,
  { T, B, I, H, x, states, masked }: BackwardSpan,
  dz: Ref,
  db: Ref,
  dq: Ref,
): void {
  const [N, K] = [G * H, T * B];
  const h = masked ?? states[0];
  weightGradient(k, k.gradient('kernel'), x, dz, { M: I, N, K, lda: I, ldb: N, ldc: N });
  const dU = k.gradient('recurrentKernel');
  if (dU !== null) {
    weightGradient(k, dU, h, dz, { M: H, N: 2 * H, K, lda: H, ldb: N, ldc: N });
    weightGradient(k, at(dU, 2 * H), h, dq, { M: H, N: H, K, lda: H, ldb: H, ldc: N });
  }
  const dBias = config.useBias ? k.gradient('bias') : null;
  if (dBias === null) return;
  k.emit(kernels.colsum, dBias, dz, K, 2 * H, N);
  k.emit(kernels.colsum, at(dBias, 2 * H), db, K, H, H);
}

/** h̃ = act((x·W) ⊙ r + (h₋₁·U) ⊙ c + b), c the share of h̃ in the new state. */
export const gruSplit: CellBody<GRUConfig> = {
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
    const [gates, p, q] = [room('gates', N), room('p', H), room('q', H)];
    const { input, own } = biases(config, k);
    const w = packedWeight(k, 'kernel', I, H, G);
    const u = packedWeight(k, 'recurrentKernel', H, H, G);
    k.emit(kernels.gemm, gates, x, w, input, T * B, N, I, G, I, N, 0);
    k.emit(
      kernels.gru_split_forward,
      h,
      gates,
      p,
      q,
      u,
      own,
      mask,
      valid,
      masked,
      T,
      B,
      B,
      H,
      ...codes(config),
    );
  },
  backward(config, k, span) {
    const { T, B, H, states, mask, valid, room, dy, dStates } = span;
    const [h] = states;
    const [dh] = dStates;
    const [gates, p, q] = [room('gates', G * H), room('p', H), room('q', H)];
    const [dz, db, dq] = [gates, p, q]; // in place: each is read before its gradient is written
    const ut = transposedParts(k, H, G);
    const scratch = k.buffer('backwardScratch', gruSplitBackwardScratch(B, H));
    const saved = [dy, gates, p, q, h] as const;
    const sizes = [T, B, B, H, ...codes(config)] as const;
    k.emit(kernels.gru_split_backward, dz, db, dq, dh, ...saved, ut, mask, valid, scratch, ...sizes);
    weightGradients(config, k, span, dz, db, dq);
    return dz;
  },
  step(config, k, [h]) {
    const [I] = k.inputShapes[0];
    const H = config.units;
    const { input, own } = biases(config, k);
    const w = packedWeight(k, 'kernel', I, H, G);
    const u = packedWeight(k, 'recurrentKernel', H, H, G);
    const scratch = k.buffer('stepScratch', gruSplitStepScratch(k.batch, H));
    k.emit(kernels.gru_split_step, h, k.input(), w, u, input, own, scratch, k.batch, I, H, ...codes(config));
  },
};
