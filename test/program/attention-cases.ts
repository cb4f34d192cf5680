import type { KernelName } from '../../src/wasm/generated/abi.js';
import {
  additiveScratch,
  attentionBackwardScratch,
  attentionMemory,
  attentionScratch,
  attentionStepScratch,
} from '../../src/wasm/scratch.js';

/** A call to share out, as test/program/split.test.ts reads it. */
interface Case {
  readonly kernel: KernelName;
  readonly floats: readonly number[];
  readonly numbers: readonly number[];
  readonly scratch?: readonly number[];
  readonly ids?: { readonly place: number; readonly below: number };
}

const LAYER = 3;

/** T, S, B, N, D, E; 1 or 0: causal, masked; dropout; window. */
const SIZES = [
  [1, 1, 1, 2, 1, 1, 0, 0, 0, 0],
  [5, 3, 2, 3, 4, 5, 0, 1, 0.3, 0],
  [17, 17, 3, 1, 8, 3, 1, 0, 0, 5],
  [70, 70, 1, 5, 5, 9, 1, 1, 0.2, 0],
  [3, 130, 2, 4, 16, 8, 0, 1, 0, 0],
] as const;

const WHOLE: readonly Case[] = SIZES.flatMap(([T, S, B, N, D, E, causal, masked, rate, window]) => {
  const [queries, keys, values, outputs] = [T * B * N * D, S * B * N * D, S * B * N * E, T * B * N * E];
  const scale = 1 / Math.sqrt(D);
  const numbers = [0, B * N, T, S, B, N, D, E, causal, window, LAYER, scale, rate];
  const hiding = [masked * S * B, 0, masked * T * B * S];
  const masks = [...hiding, 4];
  return [
    {
      kernel: 'attention_forward',
      floats: [outputs, B * N * T, queries, keys, values, ...masks, attentionScratch(S, D, E)],
      numbers,
      scratch: [9],
      ids: { place: 5, below: 2 },
    },
    {
      kernel: 'attention_scores',
      floats: [N * B * T * S, B * N * T, queries, keys, ...hiding, attentionScratch(S, D, 1)],
      numbers: [0, B * N, T, S, B, N, D, causal, window, scale],
      scratch: [7],
      ids: { place: 4, below: 2 },
    },
    {
      kernel: 'attention_backward',
      floats: [
        ...[queries, keys, values, outputs, outputs, B * N * T, queries, keys, values],
        ...[...masks, attentionBackwardScratch(T, S, D, E)],
      ],
      numbers,
      scratch: [13],
      ids: { place: 9, below: 2 },
    },
  ] as const;
});

const ADDITIVE: readonly Case[] = SIZES.flatMap(([T, S, B, , D, E, causal, masked, rate]) => {
  const numbers = [0, B, T, S, B, D, E, causal, LAYER, rate];
  const parts = [T * B * D, S * B * D, S * B * E, D];
  const given = [...parts, masked * S * B, 0, masked * T * B * S, 4, additiveScratch(S, D)];
  return [
    {
      kernel: 'additive_forward',
      floats: [T * B * E, B * T, ...given],
      numbers,
      scratch: [10],
      ids: { place: 6, below: 2 },
    },
    {
      kernel: 'additive_backward',
      floats: [T * B * D, S * B * D, S * B * E, B * D, T * B * E, T * B * E, B * T, ...given],
      numbers,
      scratch: [15],
      ids: { place: 11, below: 2 },
    },
  ] as const;
});

/** B, N, P, D, E; how many steps a step sees, 0 for all; the number of the step. */
const STEPS = [
  [1, 1, 64, 1, 1, 0, 0],
  [2, 3, 128, 5, 9, 0, 100],
  [1, 5, 192, 8, 4, 70, 150],
] as const;

const STEPPED: readonly Case[] = STEPS.map(([B, N, P, D, E, window, step]) => {
  const { keys, values } = attentionMemory(P, D, E);
  const memory = [B * N * keys, B * N * values, B * P, B];
  return {
    kernel: 'attention_step',
    floats: [B * N * E, ...memory, B * N * D, B * N * D, B * N * E, B, attentionStepScratch(D, E)],
    numbers: [0, B * N, P, N, D, E, window, 1 / Math.sqrt(D)],
    scratch: [9],
    ids: { place: 4, below: step + 1 },
  };
});

/** T, B, N, D. */
const POSITIONS = [
  [1, 1, 1, 2],
  [5, 3, 2, 4],
  [17, 2, 1, 33 * 2],
] as const;

const POSITIONED: readonly Case[] = POSITIONS.flatMap(([T, B, N, D]) => [
  {
    kernel: 'position_rows',
    floats: [T * B * D, (T + 3) * D, 1],
    numbers: [T, B, D],
    ids: { place: 2, below: 4 },
  },
  { kernel: 'position_gradient', floats: [T * D, T * B * D], numbers: [T, B, D] },
  {
    kernel: 'rotary_turn',
    floats: [T * B * N * D, T * B * N * D, (T + 3) * D, 1],
    numbers: [T, B * N, D, -1],
    ids: { place: 3, below: 4 },
  },
]);

/** Calls of attention that are shared out by heads of samples or by samples, and of positions by steps. */
export const ATTENTION_CASES: readonly Case[] = [...WHOLE, ...ADDITIVE, ...STEPPED, ...POSITIONED];
