import type { KernelName } from '../../src/wasm/generated/abi.js';
import { crfLossScratch, crfViterbiScratch, ctcScratch } from '../../src/wasm/scratch.js';

/** A call to share out, as test/program/split.test.ts reads it. */
interface Case {
  readonly kernel: KernelName;
  readonly floats: readonly number[];
  readonly numbers: readonly number[];
  readonly scratch?: readonly number[];
  readonly ids?: { readonly place: number; readonly below: number };
}

/** T, B, classes, labels; 1 or 0: masked and weighted. */
const SIZES = [
  [1, 1, 3, 1, 0],
  [4, 2, 4, 1, 1],
  [17, 3, 5, 4, 1],
  [33, 4, 17, 5, 0],
  [5, 5, 9, 2, 1],
] as const;

const LOGITS = 1;
const SCALE = 0.3;

/** Losses over whole sequences, and what reads tags: by samples, each with a scratch of its own. */
export const SEQUENCE_LOSS_CASES: readonly Case[] = SIZES.flatMap(([T, B, N, L, some]): Case[] => {
  const [steps, all, one] = [T * B, T * B * N, N * N];
  return [
    {
      kernel: 'ctc_loss',
      floats: [B, all, all, B * L, some * steps, some * B, ctcScratch(T, L)],
      numbers: [T, B, B, N, L, SCALE, N - 1, LOGITS, 1, 0],
      scratch: [6],
      ids: { place: 3, below: N - 1 },
    },
    {
      kernel: 'crf_loss',
      floats: [B, all, B * one, all, steps, one, some * steps, some * B, crfLossScratch(T, N)],
      numbers: [T, B, B, N, SCALE],
      scratch: [8],
      ids: { place: 4, below: N },
    },
    { kernel: 'crf_boundary_forward', floats: [all, N, N, some * steps], numbers: [T, B, B, N] },
    {
      kernel: 'crf_viterbi',
      floats: [all, all, one, some * steps, crfViterbiScratch(T, N)],
      numbers: [T, B, B, N],
      scratch: [4],
    },
  ];
});
