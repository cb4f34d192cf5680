import { at, type Ref } from '../../program/region.js';
import * as kernels from '../../wasm/generated/kernels.js';
import type { BackwardBinding, Binding } from '../layer.js';
import type { CellState, Span } from './cell.js';
import { shown, stepMask } from './masked.js';
import type { SequenceConfig } from './options.js';
import { drawsEachStep } from './step-modes.js';
import { INPUT_MASK, STATE_MASK } from './streams.js';
import { packedTranspose } from './weights.js';

/** Consecutive steps of a sequence. */
export interface Chunk {
  readonly from: number;
  readonly steps: number;
}

/** Chunks of a size, in the order of time; the last may be shorter. */
export function chunksFromStart(T: number, size: number): Chunk[] {
  const chunks: Chunk[] = [];
  for (let from = 0; from < T; from += size) chunks.push({ from, steps: Math.min(size, T - from) });
  return chunks;
}

/** Chunks of a size, from the end of the sequence; the one that is last in the list may be shorter. */
export function chunksFromEnd(T: number, size: number): Chunk[] {
  const chunks: Chunk[] = [];
  for (let end = T; end > 0; end -= size) {
    const from = Math.max(0, end - size);
    chunks.push({ from, steps: end - from });
  }
  return chunks;
}

/** Rows of a product that make up for reading its weights once more. */
const ENOUGH_ROWS = 128;
/** Floats that stay in the second-level cache beside the weights. */
const CACHED = 1 << 16;
/** Chunks of a sequence at most. */
const MOST_CHUNKS = 64;

/** Steps of a forward pass alone whose projections [steps, B, floats] are made at once. */
export function stepsAtOnce(T: number, B: number, floats: number): number {
  const steps = Math.max(Math.ceil(ENOUGH_ROWS / B), Math.floor(CACHED / (B * floats)), T / MOST_CHUNKS);
  return Math.ceil(T / Math.max(1, Math.ceil(T / steps)));
}

const drops = (config: SequenceConfig): boolean => config.dropout > 0;

/** Records how the cell's input comes about: reversed for goBackwards, masked for dropout. Gives its place. */
export function readInput(config: SequenceConfig, k: Binding): Ref {
  const [T, I] = k.inputShapes[0];
  const S = k.batch * I;
  let x = k.input();
  if (config.goBackwards) {
    const reversed = k.buffer('reversed', T * S);
    k.emit(kernels.reverse_time, reversed, x, T, S);
    x = at(reversed);
  }
  if (k.training && drops(config)) {
    const mask = k.buffer('inputMask', S);
    k.emit(kernels.dropout_mask, mask, k.rng, 0, S, k.randomStream(INPUT_MASK), config.dropout);
    k.emit(kernels.mul_time, k.buffer('masked', T * S), x, mask, T, S);
  }
  return sequenceInput(config, k);
}

/** Where the cell's input lies, recorded by {@link readInput}. */
export function sequenceInput(config: SequenceConfig, k: Binding): Ref {
  const [T, I] = k.inputShapes[0];
  if (k.training && drops(config)) return at(k.buffer('masked', T * k.batch * I));
  if (config.goBackwards) return at(k.buffer('reversed', T * k.batch * I));
  return k.input();
}

/** Fills slot 0 of a state: the initial state given, the carried one, or zeros. */
export function startState(k: Binding, index: number, { name, size }: CellState, slot: Ref): void {
  const floats = k.batch * size;
  const start = k.inputShapes.length > 1 ? k.input(1 + index) : k.state(name);
  if (start !== null) k.emit(kernels.copy, slot, start, floats);
  else k.emit(kernels.fill, slot, floats, 0);
}

/** Draws the dropout mask of the recurrent product, the same for every step, for outputs of a size. */
export function drawStateMask(config: SequenceConfig, k: Binding, size: number): void {
  if (!k.training) return;
  const mask = stateMask(config, k, size);
  if (mask === null) return;
  const floats = k.batch * size;
  k.emit(
    kernels.dropout_mask,
    mask,
    k.rng,
    0,
    floats,
    k.randomStream(STATE_MASK),
    config.recurrentDropout ?? 0,
  );
}

function stateMask(config: SequenceConfig, k: Binding, size: number): Ref | null {
  const acts = (config.recurrentDropout ?? 0) > 0 && !drawsEachStep(config, k);
  return acts ? at(k.buffer('stateMask', k.batch * size)) : null;
}

/**
 * The span of a chunk. Without a pass its buffers cover `rows` steps and the chunk has its part of them;
 * with one they cover a single chunk, and all chunks of the pass share them. `size`: of an output.
 */
export function spanOver(
  config: SequenceConfig,
  k: Binding,
  size: number,
  chunk: Chunk,
  rows: number,
  x: Ref,
  states: readonly Ref[],
  pass?: string,
): Span {
  const I = k.inputShapes[0][1];
  const B = k.batch;
  const H = config.units;
  const room = (name: string, floats: number): Ref => {
    const buffer = k.buffer(pass === undefined ? name : `${pass}.${name}`, rows * B * floats);
    return at(buffer, pass === undefined ? chunk.from * B * floats : 0);
  };
  const mask = k.training ? stateMask(config, k, size) : null;
  const masked = mask === null ? null : room('maskedStates', size);
  const counts = stepMask(config, k);
  const valid = counts && at(counts, chunk.from * B);
  return {
    from: chunk.from,
    T: chunk.steps,
    B,
    I,
    H,
    x: at(x, chunk.from * B * I),
    states,
    mask,
    masked,
    valid,
    room,
  };
}

/** After the last step: keeps the states for the next batch, and says where outputs and states lie. */
export function publish(
  config: SequenceConfig,
  k: Binding,
  states: readonly CellState[],
  sequences: Ref,
  finals: readonly Ref[],
): void {
  finals.forEach((final, i) => {
    const { name, size } = states[i];
    const carried = k.inputShapes.length > 1 ? null : k.state(name);
    if (carried !== null) k.emit(kernels.copy, carried, final, k.batch * size);
    if (config.returnState) k.setOutput(1 + i, final);
  });
  const all = config.returnSequences;
  k.setOutput(0, shown(k, states[0], all ? sequences : finals[0], !all, 'shown'));
}

/**
 * Gradients of the final states: what flows in through returned states, plus, when only the last output is
 * given out, what flows in through it. Buffers [B, size], one per state.
 */
export function finalStateGradients(
  config: SequenceConfig,
  k: BackwardBinding,
  states: readonly CellState[],
): Ref[] {
  return states.map(({ size }, i) => {
    const floats = k.batch * size;
    const gradient = at(k.buffer(`dState_${i}`, floats));
    const returned = config.returnState ? k.outputGradient(1 + i) : null;
    const output = i === 0 && !config.returnSequences ? k.outputGradient(0) : null;
    const last = output && shown(k, states[0], output, true, 'dShown');
    if (returned !== null && last !== null) k.emit(kernels.add, gradient, returned, last, floats);
    else if (returned !== null || last !== null) k.emit(kernels.copy, gradient, returned ?? last, floats);
    else k.emit(kernels.fill, gradient, floats, 0);
    return gradient;
  });
}

/** Gradient of every step's output [T, B, size], or null when only the last is given out. */
export function stepGradients(config: SequenceConfig, k: BackwardBinding, output: CellState): Ref | null {
  const dy = config.returnSequences ? k.outputGradient(0) : null;
  return dy && shown(k, output, dy, false, 'dShown');
}

/** Collects the input's gradient chunk by chunk. */
export interface InputGradient {
  /** Where dx of a chunk lies, or null when nobody needs it. */
  place(chunk: Chunk): Ref | null;
  /** dx of a chunk from its dz [steps, B, G·H]. */
  add(chunk: Chunk, dz: Ref): void;
  /** Undoes what {@link readInput} did. */
  finish(): void;
}

/**
 * dx = dz·Wᵀ, masked and turned back; does nothing when nobody needs it. Steps of no chunk get zeros. With
 * `adds` the product is added to what lies there; `project` records dx itself.
 */
export function inputGradient(
  config: SequenceConfig,
  k: BackwardBinding,
  G: number,
  chunks: readonly Chunk[],
  adds = false,
  project?: (dx: Ref, dz: Ref, rows: number) => void,
): InputGradient {
  const dx = k.inputGradient(0);
  if (dx === null) return { place: () => null, add: () => {}, finish: () => {} };
  const [T, I] = k.inputShapes[0];
  const B = k.batch;
  const N = G * config.units;
  const packed = G === 0 || project ? null : packedTranspose(k, 'kernel', I, N);
  const direct = config.goBackwards ? at(k.buffer('dReversed', T * B * I)) : dx;
  const covered = chunks.reduce((sum, { steps }) => sum + steps, 0);
  if (covered < T) k.emit(kernels.fill, direct, T * B * I, 0);
  const place = (chunk: Chunk): Ref => at(direct, chunk.from * B * I);
  return {
    place,
    add(chunk, dz) {
      if (project) {
        project(place(chunk), dz, chunk.steps * B);
        return;
      }
      const onto = adds ? 1 : 0;
      k.emit(kernels.gemm, place(chunk), dz, packed, null, chunk.steps * B, I, N, 1, N, I, onto);
    },
    finish() {
      if (k.training && drops(config))
        k.emit(kernels.mul_time, direct, direct, k.buffer('inputMask', B * I), T, B * I);
      if (config.goBackwards) k.emit(kernels.reverse_time, dx, direct, T, B * I);
    },
  };
}
