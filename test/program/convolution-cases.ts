import type { KernelName } from '../../src/wasm/generated/abi.js';
import { gemmTnScratch } from '../../src/wasm/scratch.js';

/** A call to share out, as test/program/split.test.ts reads it. */
interface Case {
  readonly kernel: KernelName;
  readonly floats: readonly number[];
  readonly numbers: readonly number[];
  readonly scratch?: readonly number[];
}

/** T, TX, B, groups, CG, OG, K, stride, dilation, offset. */
const SIZES = [
  [9, 9, 1, 1, 3, 1, 3, 1, 2, -4],
  [33, 33, 4, 1, 5, 17, 3, 1, 1, -1],
  [17, 33, 3, 1, 4, 8, 2, 2, 1, 0],
  [5, 17, 7, 3, 2, 5, 4, 3, 1, -2],
  [40, 40, 1, 17, 1, 2, 2, 1, 3, 0],
] as const;

const PRODUCTS: readonly Case[] = SIZES.flatMap(
  ([T, TX, B, G, CG, OG, K, stride, dilation, offset]): Case[] => {
    const [C, O] = [G * CG, G * OG];
    const packed = K * G * Math.ceil(OG / 8) * 8 * CG;
    const sizes = [T, TX, B, G, CG, OG, K, stride, dilation, offset];
    return [
      { kernel: 'conv1d_forward', floats: [T * B * O, TX * B * C, packed, O], numbers: sizes },
      { kernel: 'conv1d_forward', floats: [T * B * O, TX * B * C, packed, 0], numbers: sizes },
      {
        kernel: 'conv1d_transpose',
        floats: [TX * B * O, T * B * C, packed, O],
        numbers: [TX, T, B, G, CG, OG, K, stride, dilation, offset],
      },
      {
        kernel: 'conv1d_weights',
        floats: [K * CG * O, TX * B * C, T * B * O, gemmTnScratch(CG, OG)],
        numbers: [T, TX, B, G, CG, OG, C, O, K, stride, dilation, offset],
        scratch: [3],
      },
      {
        kernel: 'conv1d_pack',
        floats: [packed, K * CG * O],
        numbers: [K, G, CG, OG, CG * O, OG, O, 1],
      },
    ];
  },
);

/** The same of depthwise ones, whose channels are those of x above, and of pools with K steps in a window. */
const CHANNELWISE: readonly Case[] = SIZES.flatMap(
  ([T, TX, B, G, CG, , K, stride, dilation, offset]): Case[] => {
    const C = G * CG + 13;
    const S = B * C;
    const moves = [K, stride, dilation, offset];
    const windows = [T, TX, S, S, K, stride, Math.max(offset, 1 - K)];
    return [
      ...[0, C].map((bias) => ({
        kernel: 'depthwise_forward' as const,
        floats: [T * S, TX * S, K * C, bias],
        numbers: [T, TX, B, C, ...moves],
      })),
      { kernel: 'depthwise_transpose', floats: [TX * S, T * S, K * C], numbers: [TX, T, B, C, ...moves] },
      { kernel: 'depthwise_weights', floats: [K * C, TX * S, T * S], numbers: [T, TX, B, C, C, ...moves] },
      { kernel: 'pool_max_forward', floats: [T * S, TX * S], numbers: windows },
      { kernel: 'pool_max_backward', floats: [TX * S, TX * S, T * S, T * S], numbers: windows },
      { kernel: 'pool_mean_forward', floats: [T * S, TX * S], numbers: windows },
      { kernel: 'pool_mean_backward', floats: [TX * S, T * S], numbers: windows },
      ...[0, 1].flatMap((mean): Case[] => [
        { kernel: 'pool_valid_forward', floats: [S, T * S, T * B], numbers: [T, B, C, C, mean] },
        { kernel: 'pool_valid_backward', floats: [T * S, T * S, S, S, T * B], numbers: [T, B, C, C, mean] },
      ]),
    ];
  },
);

const NORMALIZED: readonly Case[] = [1, 5, 17, 40].flatMap((O): Case[] => {
  const [R, ld] = [7, O + 3];
  return [
    { kernel: 'weight_norm_forward', floats: [R * ld, O, R * ld, O], numbers: [R, O, ld] },
    { kernel: 'weight_norm_backward', floats: [R * ld, O, R * ld, R * ld, O, O], numbers: [R, O, ld] },
  ];
});

/** Calls of the kernels that slide windows over time. */
export const CONVOLUTION_CASES: readonly Case[] = [...PRODUCTS, ...CHANNELWISE, ...NORMALIZED];
