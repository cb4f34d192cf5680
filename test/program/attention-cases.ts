import type { KernelName } from '../../src/wasm/generated/abi.js';
import { attentionBackwardScratch, attentionScratch } from '../../src/wasm/scratch.js';

/** A call to share out, as test/program/split.test.ts reads it. */
interface Case {
  readonly kernel: KernelName;
  readonly floats: readonly number[];
  readonly numbers: readonly number[];
  readonly scratch: readonly number[];
  readonly ids: { readonly place: number; readonly below: number };
}

const LAYER = 3;

/** T, S, B, N, D, E; 1 or 0: causal, masked; dropout. */
const SIZES = [
  [1, 1, 1, 2, 1, 1, 0, 0, 0],
  [5, 3, 2, 3, 4, 5, 0, 1, 0.3],
  [17, 17, 3, 1, 8, 3, 1, 0, 0],
  [70, 70, 1, 5, 5, 9, 1, 1, 0.2],
  [3, 130, 2, 4, 16, 8, 0, 1, 0],
] as const;

/** Calls of attention that are shared out by heads of samples. */
export const ATTENTION_CASES: readonly Case[] = SIZES.flatMap(([T, S, B, N, D, E, causal, masked, rate]) => {
  const [queries, keys, values, outputs] = [T * B * N * D, S * B * N * D, S * B * N * E, T * B * N * E];
  const numbers = [0, B * N, T, S, B, N, D, E, causal, LAYER, 1 / Math.sqrt(D), rate];
  const masks = [masked * S * B, 0, 4];
  return [
    {
      kernel: 'attention_forward',
      floats: [outputs, B * N * T, queries, keys, values, ...masks, attentionScratch(S, D, E)],
      numbers,
      scratch: [8],
      ids: { place: 5, below: 2 },
    },
    {
      kernel: 'attention_backward',
      floats: [
        ...[queries, keys, values, outputs, outputs, B * N * T, queries, keys, values],
        ...[...masks, attentionBackwardScratch(T, S, D, E)],
      ],
      numbers,
      scratch: [12],
      ids: { place: 9, below: 2 },
    },
  ] as const;
});
