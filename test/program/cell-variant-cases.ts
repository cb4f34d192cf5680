import type { KernelName } from '../../src/wasm/generated/abi.js';
import {
  gruNormBackwardScratch,
  gruNormStepScratch,
  lstmVariantBackwardScratch,
  lstmVariantStepScratch,
} from '../../src/wasm/scratch.js';

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

/** B, H, and 1 or 0: masks. */
const GRU_SIZES = [
  [1, 5, 1],
  [3, 17, 1],
  [17, 4, 0],
] as const;

function gruCalls([B, H, masked]: (typeof GRU_SIZES)[number]): Case[] {
  const [T, BS, I] = [4, B + 2, 3];
  const [all, states] = [T * BS * H, (T + 1) * BS * H];
  const numbers = [T, B, BS, H, TANH, SIGMOID, masked];
  const masks = [masked * BS * H, masked * T * BS];
  const u = packed(H, 3 * H, 3);
  return [
    {
      kernel: 'gru_norm_forward',
      floats: [
        ...[states, 3 * all, all, 2 * all, all, 2 * T * BS],
        ...[u, 3 * H, masked * 3 * H, ...masks, masked * all],
      ],
      numbers: [...numbers, EPSILON],
      ids: { place: 10, below: 2 },
    },
    {
      kernel: 'gru_norm_backward',
      floats: [
        ...[3 * all, all, BS * H, 2 * all, all],
        ...[masked * all, 3 * all, all, states, 2 * all, all, 2 * T * BS],
        ...[packed(2 * H, H, 1) + packed(H, H, 1), 3 * H, ...masks, gruNormBackwardScratch(B, H)],
      ],
      numbers,
      scratch: [16],
      ids: { place: 15, below: 2 },
    },
    {
      kernel: 'gru_norm_step',
      floats: [
        ...[B * H, B * I, packed(I, 3 * H, 3), u, 3 * H, 3 * H, 3 * H, masked * 3 * H],
        gruNormStepScratch(B, H),
      ],
      numbers: [B, I, H, TANH, SIGMOID, masked, EPSILON],
      scratch: [8],
    },
  ];
}

/** Calls of the kernels of LSTM and GRU variants, and of the normalisation inside cells. */
export const CELL_VARIANT_CASES: readonly Case[] = [
  ...SIZES.flatMap(calls),
  ...GRU_SIZES.flatMap(gruCalls),
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
