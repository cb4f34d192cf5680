import {
  gruInt8StepScratch,
  int8Scratch,
  lstmInt8StepScratch,
  rnnInt8StepScratch,
} from '../../src/wasm/scratch.js';
import { int8Matrix, packInt8 } from './int8.js';
import type { KernelBench } from './kernels.js';
import { testData } from './random.js';
import { type Int8Matrix, int8Row } from './reference/int8.js';

/** One case of an 8-bit cell. */
export interface Int8CellCase {
  readonly cell: 'lstm' | 'gru' | 'rnn';
  readonly T: number;
  readonly B: number;
  readonly I: number;
  readonly H: number;
  /** Codes of the activations; default tanh and sigmoid. */
  readonly act?: number;
  readonly ract?: number;
  readonly resetAfter?: number;
  readonly candidateGate?: number;
  /** Whether operands have centers and gains. */
  readonly adjust?: boolean;
}

export const GATES = { lstm: 4, gru: 3, rnn: 1 } as const;
const [TANH, SIGMOID] = [6, 7];

/** Seeded weights and data, sample-major in each step: x [T, B, I], h0 and c0 [B, H]. */
export interface Int8CellData {
  readonly w: Int8Matrix;
  readonly u: Int8Matrix;
  readonly bias: Float32Array;
  readonly rbias: Float32Array;
  readonly x: Float32Array;
  readonly h0: Float32Array;
  readonly c0: Float32Array;
}

export function int8CellData({ cell, T, B, I, H, adjust }: Int8CellCase): Int8CellData {
  const N = GATES[cell] * H;
  return {
    w: int8Matrix(11, I, N, 0.004, adjust),
    u: int8Matrix(13, H, N, 0.008 / Math.sqrt(H), adjust),
    bias: testData(15, N, -0.4, 0.6),
    rbias: testData(16, N, -0.4, 0.3),
    x: testData(17, T * B * I),
    h0: testData(18, B * H),
    c0: testData(19, B * H, -1.5, 1.2),
  };
}

/** States after every step [T, B, H], c only for the LSTM. */
export interface Int8Run {
  readonly h: Float32Array;
  readonly c: Float32Array;
}

function settings({ act = TANH, ract = SIGMOID, resetAfter = 1, candidateGate = 0 }: Int8CellCase) {
  return { act, ract, resetAfter, candidateGate };
}

/**
 * What the cell must give: products by exact integers in TypeScript, and for the rest of the step the f32 cell
 * of the portable build, one sample at a time, with a recurrent kernel of zeros.
 */
export function int8Reference(bench: KernelBench, test: Int8CellCase, data: Int8CellData): Int8Run {
  const { cell, T, B, I, H } = test;
  const { act, ract, resetAfter, candidateGate } = settings(test);
  const { kernels } = bench;
  const columns = (m: Int8Matrix, from: number, to: number): Int8Matrix => ({
    adjust: m.adjust,
    K: m.K,
    N: to - from,
    scales: m.scales.slice(from, to),
    q: Int8Array.from(
      { length: m.K * (to - from) },
      (_, i) => m.q[Math.floor(i / (to - from)) * m.N + from + (i % (to - from))],
    ),
  });
  const out = { h: new Float32Array(T * B * H), c: new Float32Array(T * B * H) };
  bench.reset();
  const zeros = bench.alloc(GATES[cell] * (H + 8) * H, 0);
  const [states, cells] = [bench.alloc(2 * H), bench.alloc(2 * H)];
  const [gates, q] = [bench.alloc(4 * H), bench.alloc(H)];
  const rbias = bench.alloc(3 * H);
  const write = (at: number, values: Float32Array) =>
    new Float32Array(bench.memory.buffer, at, values.length).set(values);
  for (let b = 0; b < B; b++) {
    let h: Float32Array = data.h0.slice(b * H, (b + 1) * H);
    let c: Float32Array = data.c0.slice(b * H, (b + 1) * H);
    for (let t = 0; t < T; t++) {
      const x = data.x.subarray((t * B + b) * I, (t * B + b + 1) * I);
      const z = int8Row(x, data.w, data.bias);
      write(states, h);
      write(cells, c);
      if (cell === 'gru') {
        const old = columns(data.u, 0, 2 * H);
        z.set(int8Row(h, old, z), 0);
        const last = columns(data.u, 2 * H, 3 * H);
        if (resetAfter) {
          write(rbias + 8 * H, int8Row(h, last, data.rbias.subarray(2 * H)));
        } else {
          write(q, z.subarray(H, 2 * H));
          kernels.activation_forward(q, q, H, ract);
          const reset = bench.read(q, H).map((r, j) => r * h[j]);
          z.set(int8Row(reset, { ...last, adjust: undefined }, z.subarray(2 * H)), 2 * H);
        }
        write(gates, z);
        const form = [resetAfter, candidateGate] as const;
        kernels.gru_forward(states, gates, q, zeros, rbias, 0, 0, 0, 1, 1, 1, H, act, ract, ...form);
      } else if (cell === 'lstm') {
        write(gates, int8Row(h, data.u, z));
        kernels.lstm_forward(states, cells, gates, zeros, 0, 0, 0, 1, 1, 1, H, act, ract);
      } else {
        write(states + 4 * H, int8Row(h, data.u, z));
        kernels.rnn_forward(states, zeros, 0, 0, 0, 1, 1, 1, H, act);
      }
      h = bench.read(states + 4 * H, H);
      c = bench.read(cells + 4 * H, H);
      out.h.set(h, (t * B + b) * H);
      out.c.set(c, (t * B + b) * H);
    }
  }
  return out;
}

function packed(bench: KernelBench, { cell }: Int8CellCase, data: Int8CellData) {
  const { w, u } = data;
  return {
    w: packInt8(bench, w, GATES[cell]),
    u: packInt8(bench, u, GATES[cell]),
    forX: w.adjust ? bench.put(w.adjust) : 0,
    forH: u.adjust ? bench.put(u.adjust) : 0,
  };
}

/** The whole sequence, run on `count` samples from `first`; the states of the others stay NaN. */
export function int8Sequence(
  bench: KernelBench,
  test: Int8CellCase,
  data: Int8CellData,
  first = 0,
  count = test.B,
): Int8Run {
  const { cell, T, B, I, H } = test;
  const { act, ract, resetAfter, candidateGate } = settings(test);
  const { kernels } = bench;
  const G = GATES[cell];
  bench.reset();
  const { w, u, forX, forH } = packed(bench, test, data);
  const [x, bias, rbias] = [data.x, data.bias, data.rbias].map((values) => bench.put(values));
  const h = bench.alloc((T + 1) * B * H);
  const c = bench.alloc((T + 1) * B * H);
  kernels.copy(h, bench.put(data.h0), B * H);
  kernels.copy(c, bench.put(data.c0), B * H);
  const q = bench.alloc(T * B * H);
  const gates = cell === 'rnn' ? h + 4 * B * H : bench.alloc(T * B * G * H);
  const rows = bench.alloc(int8Scratch(T * B, I));
  kernels.int8_gemm(gates, x, w, forX, bias, rows, T * B, G * H, I, G, I, G * H, 0);
  const scratch = bench.alloc(int8Scratch(count, H));
  const to = 4 * first * H;
  const sizes = [T, count, B, H] as const;
  if (cell === 'lstm') {
    kernels.lstm_int8_forward(h + to, c + to, gates + 4 * to, u, forH, 0, scratch, ...sizes, act, ract);
  } else if (cell === 'gru') {
    const form = [act, ract, resetAfter, candidateGate] as const;
    kernels.gru_int8_forward(h + to, gates + 3 * to, q + to, u, forH, rbias, 0, scratch, ...sizes, ...form);
  } else {
    kernels.rnn_int8_forward(h + to, u, forH, 0, scratch, ...sizes, act);
  }
  return { h: bench.read(h + 4 * B * H, T * B * H), c: bench.read(c + 4 * B * H, T * B * H) };
}

/** The same, one step at a time. */
export function int8Steps(bench: KernelBench, test: Int8CellCase, data: Int8CellData): Int8Run {
  const { cell, T, B, I, H } = test;
  const { act, ract, resetAfter, candidateGate } = settings(test);
  const { kernels } = bench;
  bench.reset();
  const { w, u, forX, forH } = packed(bench, test, data);
  const [x, bias, rbias, h, c] = [data.x, data.bias, data.rbias, data.h0, data.c0].map((v) => bench.put(v));
  const floats = { lstm: lstmInt8StepScratch, gru: gruInt8StepScratch, rnn: rnnInt8StepScratch }[cell];
  const scratch = bench.alloc(floats(B, I, H));
  const canary = bench.alloc(8, 777);
  const out = { h: new Float32Array(T * B * H), c: new Float32Array(T * B * H) };
  for (let t = 0; t < T; t++) {
    const frame = x + 4 * t * B * I;
    const sizes = [B, I, H, act] as const;
    const weights = [frame, w, forX, u, forH, bias] as const;
    if (cell === 'lstm') kernels.lstm_int8_step(h, c, ...weights, scratch, ...sizes, ract);
    else if (cell === 'gru')
      kernels.gru_int8_step(h, ...weights, rbias, scratch, ...sizes, ract, resetAfter, candidateGate);
    else kernels.rnn_int8_step(h, ...weights, scratch, ...sizes);
    out.h.set(bench.read(h, B * H), t * B * H);
    out.c.set(bench.read(c, B * H), t * B * H);
  }
  if (bench.read(canary, 8).some((v) => v !== 777)) throw new Error(`${cell}: wrote behind its scratch`);
  return out;
}
