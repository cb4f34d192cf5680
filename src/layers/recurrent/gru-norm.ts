import { at, type Ref } from '../../program/region.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { gruNormBackwardScratch, gruNormStepScratch } from '../../wasm/scratch.js';
import { ACTIVATIONS } from '../activations.js';
import { initializerFrom } from '../initializers/index.js';
import type { BackwardBinding, Binding, ParameterDeclaration } from '../layer.js';
import type { BackwardSpan, Span } from './cell.js';
import type { CellBody } from './gated-candidate.js';
import type { GRUConfig } from './gru.js';
import { columnSums, NORM_EPSILON, productSums } from './norm.js';
import { packedFloats, packedWeight, transposedParts, weightGradient } from './weights.js';

const G = 3;

/** Activations and update gate, in the order of the kernels' arguments. */
function codes(config: GRUConfig): [number, number, number] {
  return [
    ACTIVATIONS[config.activation],
    ACTIVATIONS[config.recurrentActivation],
    config.updateGate === 'candidate' ? 1 : 0,
  ];
}

/** What forward keeps: gates and q, and of each product what is normalised, with its deviations. */
function kept({ H, room }: Pick<Span, 'H' | 'room'>) {
  return {
    gates: room('gates', G * H),
    q: room('q', H),
    input: {
      gates: [room('inputGatesNormalized', 2 * H), room('inputGatesDeviation', 1)],
      candidate: [room('inputCandidateNormalized', H), room('inputCandidateDeviation', 1)],
    },
    ghat: room('gatesNormalized', 2 * H),
    qhat: room('candidateNormalized', H),
    inv: room('deviations', 2),
  } as const;
}

/** The biases as the kernels take them, which a GRU without normalisation has as well. */
type Biases = (config: GRUConfig, k: Binding) => { readonly input: Ref; readonly recurrent: Ref | null };

/** dU and dW, and what the gains and biases of both have of dz, dq, eg and eq. */
function weightGradients(
  config: GRUConfig,
  k: BackwardBinding,
  span: BackwardSpan,
  [dz, dq, eg, eq]: readonly Ref[],
): void {
  const { T, B, I, H, x, states, masked } = span;
  const [N, K] = [G * H, T * B];
  const h = masked ?? states[0];
  const { input, ghat, qhat } = kept(span);
  const dU = k.gradient('recurrentKernel');
  if (dU !== null) {
    weightGradient(k, dU, h, eg, { M: H, N: 2 * H, K, lda: H, ldb: 2 * H, ldc: N });
    weightGradient(k, at(dU, 2 * H), h, eq, { M: H, N: H, K, lda: H, ldb: H, ldc: N });
  }
  const dCandidate = at(dz, 2 * H);
  const [inputGates, inputGatesDeviation] = input.gates;
  const [inputCandidate, inputCandidateDeviation] = input.candidate;
  const [dRecurrentGain, dKernelGain] = [k.gradient('recurrentGamma'), k.gradient('kernelGamma')];
  if (dRecurrentGain !== null) {
    productSums(k, dRecurrentGain, dz, ghat, [K, 2 * H, N, 2 * H]);
    productSums(k, at(dRecurrentGain, 2 * H), dq, qhat, [K, H, H, H]);
  }
  if (dKernelGain !== null) {
    productSums(k, dKernelGain, dz, inputGates, [K, 2 * H, N, 2 * H]);
    productSums(k, at(dKernelGain, 2 * H), dCandidate, inputCandidate, [K, H, N, H]);
  }
  const dBias = config.useBias ? k.gradient('bias') : null;
  if (dBias !== null) {
    columnSums(k, dBias, dz, K, N);
    k.emit(kernels.colsum, at(dBias, N), dz, K, 2 * H, N);
    columnSums(k, at(dBias, N + 2 * H), dq, K, H);
  }
  const gain = k.parameter('kernelGamma');
  const gates = [dz, dz, gain, inputGates, inputGatesDeviation] as const;
  const candidate = [
    dCandidate,
    dCandidate,
    at(gain, 2 * H),
    inputCandidate,
    inputCandidateDeviation,
  ] as const;
  k.emit(kernels.norm_rows_backward, ...gates, K, 2 * H, N, N, 1, 0);
  k.emit(kernels.norm_rows_backward, ...candidate, K, H, N, N, 1, 0);
  weightGradient(k, k.gradient('kernel'), x, dz, { M: I, N, K, lda: I, ldb: N, ldc: N });
}

/**
 * The GRU with resetAfter whose products are normalised, the gates' together and the candidate's by itself
 * (assembly/cells/gru_norm.ts).
 */
export function gruNorm(biases: Biases): Pick<CellBody<GRUConfig>, 'forward' | 'backward' | 'step'> {
  return {
    forward(config, k, span) {
      const { T, B, I, H, x, states, mask, masked, valid } = span;
      const N = G * H;
      const { gates, q, input, ghat, qhat, inv } = kept(span);
      const { input: bias, recurrent } = biases(config, k);
      const w = packedWeight(k, 'kernel', I, H, G);
      const u = packedWeight(k, 'recurrentKernel', H, H, G);
      const gain = k.parameter('kernelGamma');
      const rows = T * B;
      k.emit(kernels.gemm, input.gates[0], x, w, null, rows, 2 * H, I, 2, I, 2 * H, 0);
      k.emit(kernels.norm_rows, gates, ...input.gates, gain, bias, rows, 2 * H, N, 1, 0, NORM_EPSILON);
      const wh = at(w, packedFloats(I, 2 * H, 2));
      const [toCandidate, ofCandidate] = [at(gates, 2 * H), [at(gain, 2 * H), at(bias, 2 * H)] as const];
      k.emit(kernels.gemm, input.candidate[0], x, wh, null, rows, H, I, 1, I, H, 0);
      k.emit(
        kernels.norm_rows,
        toCandidate,
        ...input.candidate,
        ...ofCandidate,
        rows,
        H,
        N,
        1,
        0,
        NORM_EPSILON,
      );
      const saved = [states[0], gates, q, ghat, qhat, inv] as const;
      const weights = [u, k.parameter('recurrentGamma'), recurrent] as const;
      const sizes = [T, B, B, H, ...codes(config), NORM_EPSILON] as const;
      k.emit(kernels.gru_norm_forward, ...saved, ...weights, mask, valid, masked, ...sizes);
    },

    backward(config, k, span) {
      const { T, B, H, states, mask, valid, room, dy, dStates } = span;
      const { gates, q, ghat, qhat, inv } = kept(span);
      const [dz, dq] = [gates, q]; // in place: a gate is read before its gradient is written
      const [eg, eq] = [room('dGateProducts', 2 * H), room('dCandidateProducts', H)];
      const ut = transposedParts(k, H, G);
      const scratch = k.buffer('backwardScratch', gruNormBackwardScratch(B, H));
      const saved = [dy, gates, q, states[0], ghat, qhat, inv] as const;
      const weights = [ut, k.parameter('recurrentGamma')] as const;
      const sizes = [T, B, B, H, ...codes(config)] as const;
      const out = [dz, dq, dStates[0], eg, eq] as const;
      k.emit(kernels.gru_norm_backward, ...out, ...saved, ...weights, mask, valid, scratch, ...sizes);
      weightGradients(config, k, span, [dz, dq, eg, eq]);
      return dz;
    },

    step(config, k, [h]) {
      const [I] = k.inputShapes[0];
      const H = config.units;
      const { input: bias, recurrent } = biases(config, k);
      const w = packedWeight(k, 'kernel', I, H, G);
      const u = packedWeight(k, 'recurrentKernel', H, H, G);
      const [kgain, rgain] = [k.parameter('kernelGamma'), k.parameter('recurrentGamma')];
      const scratch = k.buffer('stepScratch', gruNormStepScratch(k.batch, H));
      const sizes = [k.batch, I, H, ...codes(config), NORM_EPSILON] as const;
      k.emit(kernels.gru_norm_step, h, k.input(), w, u, bias, kgain, rgain, recurrent, scratch, ...sizes);
    },
  };
}

/** The gains of both products. */
export function gruNormWeights(config: GRUConfig): ParameterDeclaration[] {
  return ['kernelGamma', 'recurrentGamma'].map((name) => ({
    name,
    shape: [G * config.units],
    initializer: initializerFrom(name, 'ones'),
  }));
}
