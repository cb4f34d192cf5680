import { describe, expect, it } from 'vitest';
import { CellBench } from '../harness/cells.js';

const TANH = 6;
const SIGMOID = 7;

describe('cells with nothing to do', () => {
  const bench = new CellBench(4);

  // T, B, H with one of them 0: every buffer keeps its contents.
  it.each([
    [0, 2, 3],
    [2, 0, 3],
    [2, 2, 0],
  ])('write nothing for T = %i, B = %i, H = %i', (T, B, H) => {
    bench.reset();
    const [a, b, c, d, e, f, g, s] = Array.from({ length: 8 }, () => bench.alloc(256, 0.5));
    const { kernels: k } = bench;
    k.lstm_forward(a, b, c, d, e, 0, f, T, B, 2, H, TANH, SIGMOID);
    k.lstm_backward(a, b, c, d, e, f, g, s, 0, 0, T, B, 2, H, TANH, SIGMOID);
    k.gru_forward(a, b, c, d, e, f, 0, g, T, B, 2, H, TANH, SIGMOID, 1, 0);
    k.gru_backward(a, b, c, d, e, f, g, a, b, c, 0, s, T, B, 2, H, TANH, SIGMOID, 1, 0);
    k.rnn_forward(a, b, c, 0, d, T, B, 2, H, TANH);
    k.rnn_backward(a, b, c, d, e, f, 0, 0, T, B, 2, H, TANH);
    k.gru_split_forward(a, b, c, d, e, f, g, 0, a, T, B, 2, H, TANH, SIGMOID, 1);
    k.gru_split_backward(a, b, c, d, e, f, g, a, b, c, d, 0, s, T, B, 2, H, TANH, SIGMOID, 1);
    const tail = [TANH, SIGMOID] as const;
    k.lstm_variant_forward(a, b, c, d, e, f, g, a, b, c, d, e, f, g, 0, a, T, B, 2, H, H, 4, ...tail, 1, 1);
    k.lstm_variant_backward(
      ...([a, b, c, d, e, f, g, a, b, c, d, e, f, g, a, b, c, d, e, 0, s] as const),
      ...([T, B, 2, H, H, 3, ...tail, 1] as const),
    );
    k.gru_norm_forward(a, b, c, d, e, f, g, a, b, c, 0, d, T, B, 2, H, ...tail, 0, 1);
    k.gru_norm_backward(a, b, c, d, e, f, g, a, b, c, d, e, f, g, a, 0, s, T, B, 2, H, ...tail, 0);
    k.mgu_forward(a, b, c, d, e, 0, f, T, B, 2, H, TANH, SIGMOID, 1);
    k.mgu_backward(a, b, c, d, e, f, g, a, 0, s, T, B, 2, H, TANH, SIGMOID, 1);
    k.ind_rnn_forward(a, b, c, 0, d, T, B, 2, H, TANH);
    k.ind_rnn_backward(a, b, c, d, e, f, 0, T, B, 2, H, TANH);
    k.min_gru_forward(a, b, c, d, T, B, 2, H, H, TANH);
    k.min_gru_backward(a, b, c, d, e, f, T, B, 2, H, H, TANH);
    k.min_lstm_forward(a, b, c, d, T, B, 2, H, H, TANH);
    k.min_lstm_backward(a, b, c, d, e, f, T, B, 2, H, H, TANH);
    k.sru_forward(a, b, c, d, e, f, g, s, T, B, 2, H, H, TANH);
    k.sru_backward(a, b, c, d, e, f, g, s, a, b, T, B, 2, H, H, TANH);
    if (T > 0) {
      k.lstm_step(a, b, c, d, e, f, s, B, 1, H, TANH, SIGMOID);
      k.gru_step(a, b, c, d, e, f, s, B, 1, H, TANH, SIGMOID, 0, 0);
      k.gru_split_step(a, b, c, d, e, f, s, B, 1, H, TANH, SIGMOID, 1);
      k.lstm_variant_step(a, b, c, d, e, f, g, a, b, c, d, e, s, B, 1, H, H, 4, ...tail, 1, 1);
      k.gru_norm_step(a, b, c, d, e, f, g, a, s, B, 1, H, ...tail, 0, 1);
      k.norm_rows(a, b, c, d, e, B, H, H, 1, 0, 1);
      k.norm_rows_backward(a, b, c, d, e, B, H, H, H, 1, 0);
      k.mgu_step(a, b, c, d, e, s, B, 1, H, TANH, SIGMOID, 1);
      k.ind_rnn_step(a, b, c, d, e, s, B, 1, H, TANH);
      k.rnn_step(a, b, c, d, e, s, B, 1, H, TANH);
    }
    bench.check('empty cells');
    for (const buffer of [a, b, c, d, e, f, g, s])
      expect(bench.read(buffer, 256)).toEqual(new Float32Array(256).fill(0.5));
  });
});
