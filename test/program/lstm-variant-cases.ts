import type { KernelName } from '../../src/wasm/generated/abi.js';
import { lstmVariantBackwardScratch, lstmVariantStepScratch } from '../../src/wasm/scratch.js';

/** A call to share out, as test/program/split.test.ts reads it. */
interface Case {
  readonly kernel: KernelName;
  readonly floats: readonly number[];
  readonly numbers: readonly number[];
  readonly scratch?: readonly number[];
  readonly ids?: { readonly place: number; readonly below: number };
}

const TANH = 6;
const SIGMOID = 7;
const [CLIP, EPSILON] = [0.4, 1e-3];

const packed = (K: number, N: number, G: number): number => G * Math.ceil(N / G / 8) * 8 * K;

/** B, H, P, G, and 1 or 0: peepholes, normalisation, masks. P other than H: with projection. */
const SIZES = [
  [1, 5, 5, 4, 1, 1, 1],
  [2, 5, 3, 4, 1, 1, 1],
  [3, 17, 9, 3, 1, 0, 1],
  [5, 16, 16, 3, 0, 1, 0],
  [17, 4, 1, 4, 0, 0, 1],
  [5, 1, 3, 4, 1, 0, 0],
] as const;

function calls([B, H, P, G, peephole, norm, masked]: (typeof SIZES)[number]): Case[] {
  const [T, BS, I, N] = [4, B + 2, 3, G * H];
  const projected = P === H ? 0 : 1;
  const [all, outputs, states] = [T * BS * H, T * BS * P, (T + 1) * BS * H];
  const norms = [norm * N, norm * H, norm * H];
  const masks = [masked * BS * P, masked * T * BS];
  const numbers = [T, B, BS, H, P, G, TANH, SIGMOID, CLIP];
  const p = peephole * (G - 1) * H;
  const u = packed(P, N, G);
  return [
    {
      kernel: 'lstm_variant_forward',
      floats: [
        ...[outputs + BS * P, states, G * all, projected * all],
        ...[norm * G * all, norm * all, norm * 2 * T * BS],
        ...[u, p, projected * packed(H, P, 1), ...norms, ...masks, masked * outputs],
      ],
      numbers: [...numbers, EPSILON],
      ids: { place: 14, below: 2 },
    },
    {
      kernel: 'lstm_variant_backward',
      floats: [
        ...[G * all, BS * P, BS * H, projected * outputs, norm * G * all, norm * all],
        ...[masked * outputs, G * all, states, norm * G * all, norm * all, norm * 2 * T * BS],
        ...[packed(N, P, 1), p, projected * packed(P, H, 1), ...norms, ...masks],
        lstmVariantBackwardScratch(B, H, P),
      ],
      numbers,
      scratch: [20],
      ids: { place: 19, below: 2 },
    },
    {
      kernel: 'lstm_variant_step',
      floats: [
        ...[B * P, B * H, B * I, packed(I, N, G), u, N, p, projected * packed(H, P, 1)],
        ...[norm * N, ...norms, lstmVariantStepScratch(B, H, G)],
      ],
      numbers: [B, I, H, P, G, TANH, SIGMOID, CLIP, EPSILON],
      scratch: [12],
    },
  ];
}

/** Calls of the kernels of LSTM variants, and of the normalisation inside cells. */
export const LSTM_VARIANT_CASES: readonly Case[] = [
  ...SIZES.flatMap(calls),
  ...[1, 5, 40].flatMap((R) =>
    [1, 3, 17].flatMap((D): Case[] => [
      {
        kernel: 'norm_rows',
        floats: [R * (D + 2), R * D, 2 * R, D, D],
        numbers: [R, D, D + 2, 2, D === 3 ? 1 : 0, EPSILON],
      },
      {
        kernel: 'norm_rows_backward',
        floats: [R * (D + 1), R * (D + 2), D, R * D, 2 * R],
        numbers: [R, D, D + 1, D + 2, 2, D === 3 ? 1 : 0],
      },
    ]),
  ),
];
