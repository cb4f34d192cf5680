import { ShapeError } from '../../errors.js';
import { at, type Ref } from '../../program/region.js';
import { formatShape, type OpenShape, sizeOf } from '../../shape.js';
import { gemmTnScratch } from '../../wasm/scratch.js';
import type { BackwardBinding, Binding, StateDeclaration } from '../layer.js';
import type { RecurrentConfig } from './options.js';

/** Sizes of one program's pass over a sequence. */
export interface SequenceSizes {
  readonly T: number;
  readonly B: number;
  readonly I: number;
  readonly H: number;
}

const INPUT_MASK = 0;
const STATE_MASK = 1;

/** Output shapes of a recurrent layer; checks [time, features] and the shapes of given initial states. */
export function recurrentShapes(
  config: RecurrentConfig,
  inputs: readonly OpenShape[],
  name: string,
  states: readonly string[],
): OpenShape[] {
  const [x, ...initial] = inputs;
  if (x.length !== 2 || x[1] === null) {
    const got = formatShape(x).replace('[', '[batch, ');
    throw new ShapeError(`${name}: input has shape ${got}, expected [batch, time, features]`);
  }
  if (initial.length !== 0 && initial.length !== states.length) {
    throw new ShapeError(
      `${name}: initialState has ${initial.length} parts, expected ${states.length}: ${states.join(', ')}`,
    );
  }
  initial.forEach((shape, i) => {
    if (shape.length !== 1 || shape[0] !== config.units) {
      const got = formatShape(shape).replace('[', '[batch, ');
      throw new ShapeError(
        `${name}: initialState ${states[i]} has shape ${got}, expected [batch, ${config.units}]`,
      );
    }
  });
  const output = config.returnSequences ? [x[0], config.units] : [config.units];
  return config.returnState ? [output, ...states.map(() => [config.units])] : [output];
}

/** The states of a recurrent layer, all of the size of its output. */
export function recurrentStates(config: RecurrentConfig, names: readonly string[]): StateDeclaration[] {
  return names.map((name) => ({ name, shape: [config.units] }));
}

/** T, B, I and H of the program being bound. */
export function sequenceSizes(config: RecurrentConfig, k: Binding): SequenceSizes {
  const [T, I] = k.inputShapes[0];
  return { T, B: k.batch, I, H: config.units };
}

/** The input sequence as the cell reads it: reversed for goBackwards, masked for dropout. */
export function sequenceInput(config: RecurrentConfig, k: Binding): Ref {
  const { T, B, I } = sequenceSizes(config, k);
  let x = k.input();
  if (config.goBackwards) {
    const reversed = k.buffer('reversed', T * B * I);
    k.emit('reverse_time', reversed, x, T, B * I);
    x = at(reversed);
  }
  if (k.training && config.dropout > 0) {
    const mask = k.buffer('inputMask', B * I);
    const masked = k.buffer('masked', T * B * I);
    k.emit('dropout_mask', mask, k.rng, 0, B * I, k.randomStream(INPUT_MASK), config.dropout);
    k.emit('mul_time', masked, x, mask, T, B * I);
    x = at(masked);
  }
  return x;
}

/** Where backward finds the input that {@link sequenceInput} made. */
export function sequenceInputAgain(config: RecurrentConfig, k: Binding): Ref {
  const { T, B, I } = sequenceSizes(config, k);
  if (k.training && config.dropout > 0) return at(k.buffer('masked', T * B * I));
  if (config.goBackwards) return at(k.buffer('reversed', T * B * I));
  return k.input();
}

/** Fills slot 0 of a state buffer: the initial state given, the carried one, or zeros. */
export function startState(k: Binding, index: number, name: string, slot: Ref, floats: number): void {
  const given = k.inputShapes.length > 1 ? k.input(1 + index) : null;
  const start = given ?? k.state(name);
  if (start !== null) k.emit('copy', slot, start, floats);
  else k.emit('fill', slot, floats, 0);
}

/** After the last step: keeps the state for the next batch, and says where outputs and states lie. */
export function finishSequence(
  config: RecurrentConfig,
  k: Binding,
  states: readonly { readonly name: string; readonly slots: Ref }[],
): void {
  const { T, B, H } = sequenceSizes(config, k);
  const last = T * B * H;
  for (const { name, slots } of states) {
    const carried = k.state(name);
    if (carried !== null) k.emit('copy', carried, at(slots, last), B * H);
  }
  k.setOutput(0, at(states[0].slots, config.returnSequences ? B * H : last));
  if (config.returnState) {
    states.forEach(({ slots }, i) => {
      k.setOutput(1 + i, at(slots, last));
    });
  }
}

/** The dropout mask on the state [B, H], and the room for masked states [T, B, H]; nulls without dropout. */
export function stateMask(config: RecurrentConfig, k: Binding): { mask: Ref | null; masked: Ref | null } {
  const { T, B, H } = sequenceSizes(config, k);
  if (!k.training || config.recurrentDropout === 0) return { mask: null, masked: null };
  return { mask: at(k.buffer('stateMask', B * H)), masked: at(k.buffer('maskedStates', T * B * H)) };
}

/** Draws the mask of {@link stateMask}. */
export function drawStateMask(config: RecurrentConfig, k: Binding): void {
  const { mask } = stateMask(config, k);
  if (mask === null) return;
  const floats = k.batch * config.units;
  k.emit('dropout_mask', mask, k.rng, 0, floats, k.randomStream(STATE_MASK), config.recurrentDropout);
}

/**
 * Gradients of the final states: what flows in through returned states, plus, when only the last output is
 * given out, what flows in through it. Buffers [B, H], one per state.
 */
export function finalStateGradients(config: RecurrentConfig, k: BackwardBinding, count: number): Ref[] {
  const floats = k.batch * config.units;
  return Array.from({ length: count }, (_, i) => {
    const gradient = at(k.buffer(`dState_${i}`, floats));
    const returned = config.returnState ? k.outputGradient(1 + i) : null;
    const last = i === 0 && !config.returnSequences ? k.outputGradient(0) : null;
    if (returned !== null && last !== null) k.emit('add', gradient, returned, last, floats);
    else if (returned !== null || last !== null) k.emit('copy', gradient, returned ?? last, floats);
    else k.emit('fill', gradient, floats, 0);
    return gradient;
  });
}

/** Gradient of every step's output [T, B, H], or null when only the last is given out. */
export function stepGradients(config: RecurrentConfig, k: BackwardBinding): Ref | null {
  return config.returnSequences ? k.outputGradient(0) : null;
}

/** dst += aᵀ · b over all rows, unless the weight is frozen. */
export function weightGradient(
  k: BackwardBinding,
  dst: Ref | null,
  a: Ref,
  b: Ref,
  sizes: { M: number; N: number; K: number; lda: number; ldb: number; ldc: number },
): void {
  if (dst === null) return;
  const { M, N, K, lda, ldb, ldc } = sizes;
  const scratch = k.buffer(`gemmScratch_${M}_${N}`, gemmTnScratch(M, N));
  k.emit('gemm_tn', dst, a, b, scratch, M, N, K, lda, ldb, ldc);
}

/** Gradients of the input and of given initial states, from dz [T, B, G·H] and the gradients of slot 0. */
export function inputGradients(
  config: RecurrentConfig,
  k: BackwardBinding,
  dz: Ref,
  G: number,
  startGradients: readonly Ref[],
): void {
  const { T, B, I, H } = sequenceSizes(config, k);
  const dx = k.inputGradient(0);
  if (dx !== null) {
    const N = G * H;
    const kernel = k.parameter('kernel');
    const packed = k.prepared('kernelTransposed', Math.ceil(I / 8) * 8 * N, (emit, place) => {
      emit('pack_panels', place, kernel, N, I, 1, 1, N);
    });
    const direct = config.goBackwards ? at(k.buffer('dReversed', T * B * I)) : dx;
    k.emit('gemm', direct, dz, packed, null, T * B, I, N, 1, N, I, 0);
    if (config.dropout > 0) k.emit('mul_time', direct, direct, k.buffer('inputMask', B * I), T, B * I);
    if (config.goBackwards) k.emit('reverse_time', dx, direct, T, B * I);
  }
  if (k.inputShapes.length > 1) {
    startGradients.forEach((gradient, i) => {
      k.setInputGradient(1 + i, gradient);
    });
  }
}

/** Floats of a weight [K, N] packed in G groups of columns. */
export function packedFloats(K: number, N: number, G: number): number {
  return G * Math.ceil(N / G / 8) * 8 * K;
}

/** Number of values of one sample. */
export function frameSize(k: Binding): number {
  return sizeOf(k.inputShapes[0]);
}
