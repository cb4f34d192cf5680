import { at, type Ref } from '../../program/region.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { lstmVariantBackwardScratch, lstmVariantStepScratch } from '../../wasm/scratch.js';
import { ACTIVATIONS } from '../activations.js';
import type { BackwardBinding, Binding } from '../layer.js';
import type { BackwardSpan, RecurrentCell } from './cell.js';
import { type LSTMConfig, lstmGates, lstmOutputSize } from './lstm-options.js';
import { columnSums, NORM_EPSILON, productSums } from './norm.js';
import { packedTranspose, packedWeight, weightGradient } from './weights.js';

/** Codes and scalars as the kernels take them after the sizes, but for epsilon. */
function codes(config: LSTMConfig): [number, number, number] {
  return [
    ACTIVATIONS[config.activation],
    ACTIVATIONS[config.recurrentActivation],
    Math.fround(config.cellClip ?? 0),
  ];
}

/** Gains and bias of the normalisations, in the order of the kernels' arguments; null without. */
function norms(config: LSTMConfig, k: Binding): [rgain: Ref | null, cgain: Ref | null, cbias: Ref | null] {
  const { layerNormalization: has } = config;
  const weight = (name: string): Ref | null => (has ? k.parameter(name) : null);
  return [weight('recurrentGamma'), weight('cellGamma'), weight('cellBeta')];
}

const peepholes = (config: LSTMConfig, k: Binding): Ref | null =>
  config.peephole ? k.parameter('peepholeKernel') : null;

const biasOf = (config: LSTMConfig, k: Binding): Ref | null => (config.useBias ? k.parameter('bias') : null);

function projection(config: LSTMConfig, k: Binding): Ref | null {
  const { projection: P, units: H } = config;
  return P === null ? null : packedWeight(k, 'projectionKernel', H, P, 1);
}

type Room = BackwardSpan['room'];

/** What forward keeps beside the states: null where the configuration has no use for it. */
function kept(config: LSTMConfig, room: Room) {
  const H = config.units;
  const N = lstmGates(config) * H;
  const { layerNormalization: has } = config;
  const normRoom = (name: string, floats: number): Ref | null => (has ? room(name, floats) : null);
  return {
    gates: room('gates', N),
    m: config.projection === null ? null : room('unprojected', H),
    xhat: normRoom('inputNormalized', N),
    xinv: normRoom('inputDeviation', 1),
    rhat: normRoom('stateNormalized', N),
    chat: normRoom('cellNormalized', H),
    inv: normRoom('deviations', 2),
  };
}

/** The i and f (or f alone) peepholes see c₋₁, that of o sees c. */
function peepholeGradients(config: LSTMConfig, k: BackwardBinding, span: BackwardSpan, dz: Ref): void {
  const dp = k.gradient('peepholeKernel');
  if (dp === null) return;
  const { T, B, H, states } = span;
  const c = states[1];
  const G = lstmGates(config);
  const sizes = [T * B, H, G * H, H] as const;
  for (let gate = 0; gate < G - 2; gate++) productSums(k, at(dp, gate * H), at(dz, gate * H), c, sizes);
  productSums(k, at(dp, (G - 2) * H), at(dz, (G - 1) * H), at(c, B * H), sizes);
}

/** Back through the normalisation of x·W, in place of dz. */
function inputNormBackward(k: BackwardBinding, dz: Ref, xhat: Ref, xinv: Ref, rows: number, N: number): void {
  productSums(k, k.gradient('kernelGamma'), dz, xhat, [rows, N, N, N]);
  const gain = k.parameter('kernelGamma');
  k.emit(kernels.norm_rows_backward, dz, dz, gain, xhat, xinv, rows, N, N, N, 1, 0);
}

/** The LSTM with any of its variants (assembly/cells/lstm_variant.ts). */
export const lstmVariant: Pick<RecurrentCell<LSTMConfig>, 'forward' | 'backward' | 'step'> = {
  forward(config, k, { T, B, I, H, x, states: [h, c], mask, masked, valid, room }) {
    const P = lstmOutputSize(config);
    const G = lstmGates(config);
    const N = G * H;
    const { gates, m, xhat, xinv, rhat, chat, inv } = kept(config, room);
    const w = packedWeight(k, 'kernel', I, H, G);
    const u = packedWeight(k, 'recurrentKernel', P, H, G);
    const bias = biasOf(config, k);
    if (xhat === null) k.emit(kernels.gemm, gates, x, w, bias, T * B, N, I, G, I, N, 0);
    else {
      k.emit(kernels.gemm, xhat, x, w, null, T * B, N, I, G, I, N, 0);
      const gain = k.parameter('kernelGamma');
      k.emit(kernels.norm_rows, gates, xhat, xinv, gain, bias, T * B, N, N, 1, 0, NORM_EPSILON);
    }
    const saved = [h, c, gates, m, rhat, chat, inv] as const;
    const weights = [u, peepholes(config, k), projection(config, k), ...norms(config, k)] as const;
    const sizes = [T, B, B, H, P, G, ...codes(config), NORM_EPSILON] as const;
    k.emit(kernels.lstm_variant_forward, ...saved, ...weights, mask, valid, masked, ...sizes);
  },

  backward(config, k, span) {
    const { T, B, I, H, x, states, mask, masked, valid, room, dy, dStates } = span;
    const [h, c] = states;
    const P = lstmOutputSize(config);
    const G = lstmGates(config);
    const N = G * H;
    const { gates, m, xhat, xinv, rhat, chat, inv } = kept(config, room);
    const has = config.layerNormalization;
    const dz = gates; // in place: a gate is read before its gradient is written
    const dhs = m === null ? null : room('dOutputs', P);
    const e = has ? room('dProducts', N) : null;
    const dn = has ? room('dCellNormalized', H) : null;
    const ut = packedTranspose(k, 'recurrentKernel', P, N);
    const vt = m === null ? null : packedTranspose(k, 'projectionKernel', H, P);
    const scratch = k.buffer('backwardScratch', lstmVariantBackwardScratch(B, H, P));
    const out = [dz, ...dStates, dhs, e, dn] as unknown as readonly [Ref, Ref, Ref, Ref | null, Ref, Ref];
    const saved = [dy, gates, c, rhat, chat, inv] as const;
    const weights = [ut, peepholes(config, k), vt, ...norms(config, k)] as const;
    const sizes = [T, B, B, H, P, G, ...codes(config)] as const;
    k.emit(kernels.lstm_variant_backward, ...out, ...saved, ...weights, mask, valid, scratch, ...sizes);
    const K = T * B;
    const through = e ?? dz;
    const rows = { N, K, ldb: N, ldc: N };
    weightGradient(k, k.gradient('recurrentKernel'), masked ?? h, through, { ...rows, M: P, lda: P });
    if (m !== null && dhs !== null) {
      const sides = { M: H, N: P, K, lda: H, ldb: P, ldc: P };
      weightGradient(k, k.gradient('projectionKernel'), m, dhs, sides);
    }
    if (config.peephole) peepholeGradients(config, k, span, dz);
    if (config.useBias) columnSums(k, k.gradient('bias'), dz, K, N);
    if (rhat !== null && chat !== null && dn !== null && xhat !== null && xinv !== null) {
      productSums(k, k.gradient('recurrentGamma'), dz, rhat, [K, N, N, N]);
      productSums(k, k.gradient('cellGamma'), dn, chat, [K, H, H, H]);
      columnSums(k, k.gradient('cellBeta'), dn, K, H);
      inputNormBackward(k, dz, xhat, xinv, K, N);
    }
    weightGradient(k, k.gradient('kernel'), x, dz, { ...rows, M: I, lda: I });
    return dz;
  },

  step(config, k, [h, c]) {
    const [I] = k.inputShapes[0];
    const H = config.units;
    const P = lstmOutputSize(config);
    const G = lstmGates(config);
    const w = packedWeight(k, 'kernel', I, H, G);
    const u = packedWeight(k, 'recurrentKernel', P, H, G);
    const kgain = config.layerNormalization ? k.parameter('kernelGamma') : null;
    const weights = [w, u, biasOf(config, k), peepholes(config, k), projection(config, k)] as const;
    const scratch = k.buffer('stepScratch', lstmVariantStepScratch(k.batch, H, G));
    const sizes = [k.batch, I, H, P, G, ...codes(config), NORM_EPSILON] as const;
    k.emit(
      kernels.lstm_variant_step,
      h,
      c,
      k.input(),
      ...weights,
      kgain,
      ...norms(config, k),
      scratch,
      ...sizes,
    );
  },
};
