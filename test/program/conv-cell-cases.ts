import type { KernelName } from '../../src/wasm/generated/abi.js';

/** A call to share out, as test/program/split.test.ts reads it. */
interface Case {
  readonly kernel: KernelName;
  readonly floats: readonly number[];
  readonly numbers: readonly number[];
  readonly scratch?: readonly number[];
}

const [TANH, SIGMOID] = [1, 2];

/** Floats of K taps [rows, columns] packed in G groups. */
const taps = (K: number, rows: number, columns: number, G = 1): number =>
  K * G * Math.ceil(columns / G / 8) * 8 * rows;

/** B, W, WX, C, H, K, stride, offset. */
const SIZES = [
  [1, 3, 3, 2, 5, 3, 1, -1],
  [2, 4, 4, 1, 3, 2, 1, 0],
  [5, 2, 5, 3, 8, 3, 2, -1],
  [17, 1, 3, 4, 1, 3, 1, 0],
] as const;

/** Calls of the kernels of recurrent cells with convolutions. */
export const CONV_CELL_CASES: readonly Case[] = SIZES.flatMap(
  ([B, W, WX, C, H, K, stride, offset]): Case[] => {
    const [T, BS] = [3, B + 2];
    const S = W * H;
    const [state, states, all] = [BS * S, (T + 1) * BS * S, T * BS * S];
    const window = [K, stride, 1, offset];
    const step = [B, W, WX, C, H, ...window];
    return [
      {
        kernel: 'conv_samples',
        floats: [B * S, B * WX * C, taps(K, C, H), H],
        numbers: [B, W, WX, C, H, ...window, 0],
      },
      {
        kernel: 'conv_samples',
        floats: [B * WX * C, B * S, taps(K, H, C), 0],
        numbers: [B, WX, W, H, C, ...window, 1],
      },
      { kernel: 'conv_shifted', floats: [B * W * C, B * WX * C], numbers: [B, W, WX, C, stride, offset] },
      { kernel: 'conv_peephole_gradient', floats: [S, B * 4 * S, B * S], numbers: [B, W, W, H, 4 * H] },
      {
        kernel: 'conv_peephole_gradient',
        floats: [40 * H, B * 160 * H, B * 40 * H],
        numbers: [B, 40, 40, H, 4 * H],
      },
      ...[0, 1].flatMap((on): Case[] => {
        const [mask, valid, hm] = [on * state, on * T * BS, on * all];
        const sizes = [T, B, BS, W, H, K, TANH];
        const u = (G: number): number => taps(K, H, G * H, G);
        const ut = (G: number): number => taps(K, G * H, H);
        return [
          { kernel: 'conv_rnn_forward', floats: [states, u(1), mask, valid, hm], numbers: sizes },
          {
            kernel: 'conv_rnn_backward',
            floats: [all, state, on * all, states, ut(1), mask, valid, B * S],
            numbers: sizes,
            scratch: [7],
          },
          {
            kernel: 'conv_gru_forward',
            floats: [states, 3 * all, all, u(2), u(1), mask, valid, hm],
            numbers: [...sizes, SIGMOID, on],
          },
          {
            kernel: 'conv_gru_backward',
            floats: [
              ...[3 * all, state, on * all, 3 * all, all, states, hm, ut(2), ut(1), mask, valid],
              2 * B * S,
            ],
            numbers: [...sizes, SIGMOID, on],
            scratch: [11],
          },
          {
            kernel: 'conv_lstm_forward',
            floats: [states, states, 4 * all, u(4), on * 3 * S, mask, valid, hm],
            numbers: [...sizes, SIGMOID],
          },
          {
            kernel: 'conv_lstm_backward',
            floats: [
              4 * all,
              state,
              state,
              on * all,
              4 * all,
              states,
              ut(4),
              on * 3 * S,
              mask,
              valid,
              2 * B * S,
            ],
            numbers: [...sizes, SIGMOID],
            scratch: [10],
          },
          {
            kernel: 'conv_rnn_step',
            floats: [B * S, B * WX * C, taps(K, C, H), u(1), on * H, B * S],
            numbers: [...step, TANH],
            scratch: [5],
          },
          {
            kernel: 'conv_gru_step',
            floats: [B * S, B * WX * C, taps(K, C, 3 * H), u(2), u(1), on * 3 * H, 4 * B * S],
            numbers: [...step, TANH, SIGMOID, on],
            scratch: [6],
          },
          {
            kernel: 'conv_lstm_step',
            floats: [B * S, B * S, B * WX * C, taps(K, C, 4 * H), u(4), on * 4 * H, on * 3 * S, 4 * B * S],
            numbers: [...step, TANH, SIGMOID],
            scratch: [7],
          },
        ];
      }),
    ];
  },
);
