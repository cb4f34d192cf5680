import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Argument } from '../../src/program/recorder.js';
import { addressOf, Region } from '../../src/program/region.js';
import { shareOut, WORTH } from '../../src/program/split.js';
import { panelBlocks } from '../../src/program/split-products.js';
import { SPLITS } from '../../src/program/split-rules.js';
import type { KernelName } from '../../src/wasm/generated/abi.js';
import {
  gemmTnScratch,
  gruBackwardScratch,
  gruInt8StepScratch,
  int8PackedFloats,
  int8Scratch,
  lstmBackwardScratch,
  lstmInt8StepScratch,
  rnnBackwardScratch,
  rnnInt8StepScratch,
} from '../../src/wasm/scratch.js';
import { KERNELS, KernelBench } from '../harness/kernels.js';
import { testData } from '../harness/random.js';
import { ATTENTION_CASES } from './attention-cases.js';
import { CELL_VARIANT_CASES } from './cell-variant-cases.js';
import { CONV_CELL_CASES } from './conv-cell-cases.js';
import { CONVOLUTION_CASES } from './convolution-cases.js';
import { ROWS_CASES } from './rows-cases.js';
import { SEQUENCE_LOSS_CASES } from './sequence-loss-cases.js';

/** A call to share out: floats at each address (0: the address 0), then the numbers. */
interface Case {
  readonly kernel: KernelName;
  readonly floats: readonly number[];
  readonly numbers: readonly number[];
  /** Addresses whose content is undefined afterwards. */
  readonly scratch?: readonly number[];
  /** Whole numbers below this at that address. */
  readonly ids?: { readonly place: number; readonly below: number };
}

const SIZES = [1, 3, 4, 5, 17, 33];

const TANH = 1;
const SIGMOID = 2;

const elementKernels: readonly [KernelName, number, readonly number[]][] = [
  ['fill', 1, [0.7]],
  ['copy', 2, []],
  ['add', 3, []],
  ['mul', 3, []],
  ['axpy', 2, [0.7]],
  ['scale', 2, [0.7]],
  ['erf_forward', 2, []],
  ['exp_forward', 2, []],
  ['log_forward', 2, []],
  ['sigmoid_forward', 2, []],
  ['softplus_forward', 2, []],
  ['tanh_forward', 2, []],
  ['activation_forward', 2, [TANH]],
  ['activation_backward', 4, [TANH]],
  ['constrain_non_neg', 1, []],
  ['extreme_forward', 3, [1]],
  ['extreme_backward', 4, []],
];

/** Regions of elements before `hyper`, and the numbers behind n. */
const updates: readonly [KernelName, number, readonly number[]][] = [
  ['sgd_update', 2, [0.01, 0.5]],
  ['sgd_momentum_update', 3, [0.9, 1, 0.01, 0.5]],
  ['adam_update', 5, [0.1, 0.001, 1e-7, 0.01, 0.5]],
  ['rmsprop_update', 5, [0.9, 0.1, 0.5, 1e-7, 0.01, 0.5]],
  ['adagrad_update', 3, [1e-7, 0.01, 0.5]],
  ['adadelta_update', 4, [0.95, 0.05, 1e-7, 0.01, 0.5]],
  ['adamax_update', 4, [0.1, 0.999, 1e-7, 0.01, 0.5]],
  ['nadam_update', 4, [0.1, 0.001, 1e-7, 0.01, 0.5]],
];

const plainLosses: readonly [KernelName, readonly number[]][] = [
  ['binary_crossentropy_loss', [0.1]],
  ['binary_crossentropy_logits_loss', [0.1]],
  ['categorical_crossentropy_loss', [0.1]],
  ['categorical_crossentropy_logits_loss', [0.1]],
  ['cosine_similarity_loss', []],
  ['hinge_loss', []],
  ['huber_loss', [0.3]],
  ['kl_divergence_loss', []],
  ['log_cosh_loss', []],
  ['mean_absolute_error_loss', []],
  ['mean_squared_error_loss', []],
  ['poisson_loss', []],
];

const rowKernels: readonly [KernelName, number][] = [
  ['softmax_forward', 2],
  ['softmax_backward', 3],
  ['log_softmax_forward', 2],
  ['log_softmax_backward', 3],
];

const CASES: readonly Case[] = [
  ...CONVOLUTION_CASES,
  ...ROWS_CASES,
  ...ATTENTION_CASES,
  ...CELL_VARIANT_CASES,
  ...CONV_CELL_CASES,
  ...SEQUENCE_LOSS_CASES,
  ...[...SIZES, 100].flatMap((n) => [
    ...elementKernels.map(([kernel, places, rest]) => ({
      kernel,
      floats: new Array<number>(places).fill(n),
      numbers: [n, ...rest],
    })),
    ...updates.map(([kernel, places, rest]) => ({
      kernel,
      floats: [...new Array<number>(places).fill(n), 8],
      numbers: [n, ...rest],
    })),
    { kernel: 'dropout_mask' as const, floats: [n, 4], numbers: [3, n, 5, 0.4] },
  ]),
  { kernel: 'adam_update', floats: [100, 100, 100, 100, 0, 8], numbers: [100, 0.1, 0.001, 1e-7, 0, 0.5] },
  ...[1, 5, 17, 40].flatMap((R) =>
    [1, 3, 17].flatMap((O): Case[] => [
      ...rowKernels.map(([kernel, places]) => ({
        kernel,
        floats: new Array<number>(places).fill(R * O),
        numbers: [R, O],
      })),
      ...plainLosses.flatMap(([kernel, rest]) => [
        { kernel, floats: [R, R * O, R * O, R * O, R], numbers: [R, O, 0.3, ...rest] },
        { kernel, floats: [R, 0, R * O, R * O, 0], numbers: [R, O, 0.3, ...rest] },
      ]),
      ...(
        ['sparse_categorical_crossentropy_loss', 'sparse_categorical_crossentropy_logits_loss'] as const
      ).map((kernel) => ({
        kernel,
        floats: [R, R * O, R * O, R, R],
        numbers: [R, O, 0.3, -1],
        ids: { place: 3, below: O },
      })),
      { kernel: 'sum_rows', floats: [R, R * O], numbers: [R, O] },
      {
        kernel: 'colsum_mul',
        floats: [R, O * (R + 2), O * (R + 3)],
        numbers: [O, R, R + 2, R + 3],
      },
      { kernel: 'zoneout_backward', floats: [R * O, R * O, R * O, R], numbers: [R, O] },
      { kernel: 'zoneout_forward', floats: [R * O, R * O, R * O, R * O], numbers: [R * O, 0.3] },
      { kernel: 'zoneout_forward', floats: [R * O, R * O, R * O, 0], numbers: [R * O, 0.3] },
      { kernel: 'colsum', floats: [R, O * (R + 2)], numbers: [O, R, R + 2] },
      { kernel: 'mul_time', floats: [R * O, R * O, O], numbers: [R, O] },
      { kernel: 'copy_columns', floats: [R * (O + 2), R * (O + 1)], numbers: [R, O, O + 2, O + 1] },
      { kernel: 'repeat_copy', floats: [R * 3 * O, R * O], numbers: [R, 3, O] },
      { kernel: 'repeat_sum', floats: [R * O, R * 3 * O], numbers: [R, 3, O] },
      ...[0, 1].map((centred) => ({
        kernel: 'norm_forward' as const,
        floats: [2 * (R + 1) * 2 * O, R * 6, 2 * (R + 1) * 2 * O, 2 * O, centred * 2 * O],
        numbers: [2, R, R + 1, 2, O, centred, 1e-3],
      })),
      { kernel: 'batch_norm_forward', floats: [R * O, R * O, O, O, O, O], numbers: [R, O, 1e-3] },
      ...[0, 1].map((through) => ({
        kernel: 'batch_norm_backward' as const,
        floats: [R * O, O, O, R * O, R * O, O, O, O, R],
        numbers: [R, O, O, 1, through, 1e-3],
        ids: { place: 8, below: 2 },
      })),
      {
        kernel: 'column_moments',
        floats: [O, O, R * O, R],
        numbers: [R, O, O, 1],
        ids: { place: 3, below: 2 },
      },
      {
        kernel: 'embedding_backward',
        floats: [7 * O, R * O, R],
        numbers: [R, O, 7, O],
        ids: { place: 2, below: 8 },
      },
      { kernel: 'permute_copy', floats: [R * 3 * O, R * 3 * O], numbers: [R, O, 3, 1, 3 * O, 1, O, 1] },
      { kernel: 'mask_rows', floats: [R * O, R * O, R], numbers: [R, O], ids: { place: 2, below: 2 } },
      {
        kernel: 'batch_dot_forward',
        floats: [R * 5 * 4, R * 5 * O, 4 * 5 * O],
        numbers: [R, 4, 5, O],
      },
      { kernel: 'reverse_time', floats: [R * O, R * O], numbers: [R, O] },
      {
        kernel: 'embedding_forward',
        floats: [R * O, R, 7 * O],
        numbers: [R, O, 7],
        ids: { place: 1, below: 7 },
      },
      {
        kernel: 'embedding_int8_forward',
        floats: [R * O, R, 7 * O, 7],
        numbers: [R, O, 7],
        ids: { place: 1, below: 7 },
      },
    ]),
  ),
  ...[
    [5, 12, 1],
    [17, 33, 1],
    [3, 24, 3],
    [5, 20, 4],
    [7, 96, 4],
    [4, 51, 3],
  ].flatMap(([K, N, G]): Case[] => {
    const packed = G * Math.ceil(N / G / 8) * 8 * K;
    const products = [1, 2, 3, 7, 23, 24, 33, 200].flatMap((M) =>
      [0, 1].map((accumulate) => ({
        kernel: 'gemm' as const,
        floats: [M * (N + 1), M * (K + 2), packed, accumulate ? 0 : N],
        numbers: [M, N, K, G, K + 2, N + 1, accumulate],
      })),
    );
    const int8Products = [1, 2, 3, 7, 23, 24, 70].flatMap((M) =>
      [0, 1].map((accumulate) => ({
        kernel: 'int8_gemm' as const,
        floats: [
          ...[M * (N + 1), M * (K + 2), int8PackedFloats(K, N, G)],
          ...[accumulate * 2 * K, accumulate ? 0 : N, int8Scratch(M, K)],
        ],
        numbers: [M, N, K, G, K + 2, N + 1, accumulate],
        scratch: [5],
      })),
    );
    return [
      ...int8Products,
      { kernel: 'pack_panels', floats: [packed, K * N], numbers: [K, N, G, N, 1] },
      { kernel: 'pack_panels', floats: [packed, K * N], numbers: [K, N, G, 1, K] },
      ...products,
    ];
  }),
  ...[
    [1, 1, 3],
    [5, 33, 17],
    [33, 5, 300],
    [17, 17, 1],
    [200, 3, 40],
    [8, 64, 5],
  ].map(([M, N, K]) => ({
    kernel: 'gemm_tn' as const,
    floats: [M * (N + 2), K * (M + 1), K * (N + 3), gemmTnScratch(M, N)],
    numbers: [M, N, K, M + 1, N + 3, N + 2],
    scratch: [3],
  })),
  ...[1, 2, 3, 5, 17].flatMap((B) =>
    [1, 5, 16].flatMap((H): Case[] => {
      const [T, BS, I] = [4, B + 2, 3];
      const [state, states, all] = [BS * H, (T + 1) * BS * H, T * BS * H];
      const panels = Math.ceil(H / 8) * 8;
      const u = (G: number) => G * panels * H;
      const ut = (G: number) => G * H * panels;
      const w = (G: number) => G * panels * I;
      return [
        ...[0, 1].flatMap((masked): Case[] => [
          {
            kernel: 'lstm_forward',
            floats: [states, states, 4 * all, u(4), masked * state, masked * T * BS, masked * all],
            numbers: [T, B, BS, H, TANH, SIGMOID],
            ids: { place: 5, below: 2 },
          },
          {
            kernel: 'lstm_backward',
            floats: [
              ...[4 * all, state, state, masked * all, 4 * all, states, ut(4), masked * state],
              ...[masked * T * BS, masked * lstmBackwardScratch(B, H)],
            ],
            numbers: [T, B, BS, H, TANH, SIGMOID],
            scratch: [9],
            ids: { place: 8, below: 2 },
          },
          {
            kernel: 'gru_forward',
            floats: [states, 3 * all, all, u(3), 3 * H, masked * state, masked * T * BS, masked * all],
            numbers: [T, B, BS, H, TANH, SIGMOID, masked, 0],
            ids: { place: 6, below: 2 },
          },
          {
            kernel: 'gru_backward',
            floats: [
              ...[3 * all, all, state, all, 3 * all, all, states, masked * all],
              ...[ut(3), masked * state, masked * T * BS, gruBackwardScratch(B, H)],
            ],
            numbers: [T, B, BS, H, TANH, SIGMOID, masked, 0],
            scratch: [11],
            ids: { place: 10, below: 2 },
          },
          {
            kernel: 'rnn_forward',
            floats: [states, u(1), masked * state, masked * T * BS, masked * all],
            numbers: [T, B, BS, H, TANH],
            ids: { place: 3, below: 2 },
          },
          {
            kernel: 'rnn_backward',
            floats: [
              ...[all, state, masked * all, states, ut(1), masked * state],
              ...[masked * T * BS, masked * rnnBackwardScratch(B, H)],
            ],
            numbers: [T, B, BS, H, TANH],
            scratch: [7],
            ids: { place: 6, below: 2 },
          },
          {
            kernel: 'gru_split_forward',
            floats: [states, 3 * all, all, all, u(3), H, masked * state, masked * T * BS, masked * all],
            numbers: [T, B, BS, H, TANH, SIGMOID, masked],
          },
          {
            kernel: 'gru_split_backward',
            floats: [
              ...[3 * all, all, all, state, masked * all, 3 * all, all, all, states],
              ...[ut(3), masked * state, masked * T * BS, 2 * B * H],
            ],
            numbers: [T, B, BS, H, TANH, SIGMOID, masked],
            scratch: [12],
          },
          {
            kernel: 'mgu_forward',
            floats: [states, 2 * all, all, u(2), masked * state, masked * T * BS, masked * all],
            numbers: [T, B, BS, H, TANH, SIGMOID, masked],
          },
          {
            kernel: 'mgu_backward',
            floats: [
              ...[2 * all, state, masked * all, 2 * all, states, masked * all, ut(2)],
              ...[masked * state, masked * T * BS, 3 * B * H],
            ],
            numbers: [T, B, BS, H, TANH, SIGMOID, masked],
            scratch: [9],
          },
          {
            kernel: 'ind_rnn_forward',
            floats: [states, H, masked * state, masked * T * BS, masked * all],
            numbers: [T, B, BS, H, TANH],
          },
          {
            kernel: 'ind_rnn_backward',
            floats: [all, state, masked * all, states, H, masked * state, masked * T * BS],
            numbers: [T, B, BS, H, TANH],
          },
        ]),
        ...[0, 1].flatMap((whole): Case[] => {
          const [valid, units] = [(1 - whole) * T * BS, H + 16 * whole];
          const [own, every] = [BS * units, T * BS * units];
          const simple = [0, 1].flatMap((highway): Case[] => {
            const [x, gates] = [highway * every, (4 - highway) * every];
            const numbers = [T, B, BS, units, units, TANH];
            const v = (1 - whole) * 2 * units;
            return [
              {
                kernel: 'sru_forward',
                floats: [every, every, gates, x, v, own, own, valid],
                numbers,
                ids: { place: 7, below: 2 },
              },
              {
                kernel: 'sru_backward',
                floats: [gates, x, own, own, whole * every, gates, x, v, own + every, valid],
                numbers,
                ids: { place: 9, below: 2 },
              },
            ];
          });
          const others = (
            [
              ['min_gru_forward', 'min_gru_backward', 2],
              ['min_lstm_forward', 'min_lstm_backward', 3],
            ] as const
          ).flatMap(([forward, backward, G]): Case[] => [
            {
              kernel: forward,
              floats: [every, G * every, own, valid],
              numbers: [T, B, BS, units, units, TANH],
              ids: { place: 3, below: 2 },
            },
            {
              kernel: backward,
              floats: [G * every, own, whole * every, G * every, own + every, valid],
              numbers: [T, B, BS, units, units, TANH],
              ids: { place: 5, below: 2 },
            },
          ]);
          return [...simple, ...others];
        }),
        {
          kernel: 'gru_split_step',
          floats: [B * H, B * I, w(3), u(3), 3 * H, H, 5 * B * H],
          numbers: [B, I, H, TANH, SIGMOID, 1],
          scratch: [6],
        },
        {
          kernel: 'mgu_step',
          floats: [B * H, B * I, w(2), u(2), 2 * H, 3 * B * H],
          numbers: [B, I, H, TANH, SIGMOID, 1],
          scratch: [5],
        },
        {
          kernel: 'ind_rnn_step',
          floats: [B * H, B * I, w(1), H, H, B * H],
          numbers: [B, I, H, TANH],
          scratch: [5],
        },
        {
          kernel: 'lstm_int8_forward',
          floats: [
            ...[states, states, 4 * all, int8PackedFloats(H, 4 * H, 4), 2 * H, T * BS],
            int8Scratch(B, H),
          ],
          numbers: [T, B, BS, H, TANH, SIGMOID],
          scratch: [6],
          ids: { place: 5, below: 2 },
        },
        ...[0, 1].map((resetAfter) => ({
          kernel: 'gru_int8_forward' as const,
          floats: [
            ...[states, 3 * all, all, int8PackedFloats(H, 3 * H, 3), 0, 3 * H, T * BS],
            int8Scratch(B, H),
          ],
          numbers: [T, B, BS, H, TANH, SIGMOID, resetAfter, 0],
          scratch: [7],
          ids: { place: 6, below: 2 },
        })),
        {
          kernel: 'rnn_int8_forward',
          floats: [states, int8PackedFloats(H, H, 1), 2 * H, T * BS, int8Scratch(B, H)],
          numbers: [T, B, BS, H, TANH],
          scratch: [4],
          ids: { place: 3, below: 2 },
        },
        {
          kernel: 'lstm_int8_step',
          floats: [
            ...[B * H, B * H, B * I, int8PackedFloats(I, 4 * H, 4), 2 * I],
            ...[int8PackedFloats(H, 4 * H, 4), 2 * H, 4 * H, lstmInt8StepScratch(B, I, H)],
          ],
          numbers: [B, I, H, TANH, SIGMOID],
          scratch: [8],
        },
        {
          kernel: 'gru_int8_step',
          floats: [
            ...[B * H, B * I, int8PackedFloats(I, 3 * H, 3), 2 * I, int8PackedFloats(H, 3 * H, 3)],
            ...[0, 3 * H, 3 * H, gruInt8StepScratch(B, I, H)],
          ],
          numbers: [B, I, H, TANH, SIGMOID, 1, 0],
          scratch: [8],
        },
        {
          kernel: 'rnn_int8_step',
          floats: [
            ...[B * H, B * I, int8PackedFloats(I, H, 1), 2 * I, int8PackedFloats(H, H, 1)],
            ...[2 * H, H, rnnInt8StepScratch(B, I, H)],
          ],
          numbers: [B, I, H, TANH],
          scratch: [7],
        },
        {
          kernel: 'lstm_step',
          floats: [B * H, B * H, B * I, w(4), u(4), 4 * H, 4 * B * H],
          numbers: [B, I, H, TANH, SIGMOID],
          scratch: [6],
        },
        {
          kernel: 'gru_step',
          floats: [B * H, B * I, w(3), u(3), 3 * H, 3 * H, 4 * B * H],
          numbers: [B, I, H, TANH, SIGMOID, 1, 0],
          scratch: [6],
        },
        {
          kernel: 'rnn_step',
          floats: [B * H, B * I, w(1), u(1), H, B * H],
          numbers: [B, I, H, TANH],
          scratch: [5],
        },
      ];
    }),
  ),
];

const bench = new KernelBench(16);

/** Threads never meet inside the calls of these tests: they run one after the other. */
const MEETING = { words: 0, ticket: 1 };

/** Everything in memory after the call, shared out among so many threads whose shares run last to first. */
function memoryAfter(test: Case, threads: number): Uint32Array[] {
  bench.reset();
  const places = test.floats.map((count, i) => {
    if (count === 0) return null;
    const data = testData(i + 1, count);
    if (test.ids?.place === i)
      data.forEach((_, j) => {
        data[j] = (j * 5) % (test.ids?.below ?? 1);
      });
    return new Region(`place ${i}`, count, bench.put(data));
  });
  const args: Argument[] = [...places, ...test.numbers];
  const make = (floats: number) => new Region('scratch', floats, bench.alloc(floats));
  const shares = shareOut(KERNELS[test.kernel], args, threads, make, MEETING)?.shares ?? [[args]];
  const run = bench.kernels[test.kernel] as (...values: number[]) => void;
  for (const calls of [...shares].reverse()) {
    for (const call of calls) run(...call.map(resolve));
  }
  return places.flatMap((place, i) => {
    if (place === null || test.scratch?.includes(i)) return [];
    return [
      new Uint32Array(bench.memory.buffer, addressOf({ region: place, offset: 0 }), place.floats).slice(),
    ];
  });
}

function resolve(arg: Argument): number {
  if (arg === null) return 0;
  if (typeof arg === 'number') return arg;
  return addressOf(arg instanceof Region ? { region: arg, offset: 0 } : arg);
}

describe('a call shared out among threads', () => {
  const usual = { ...WORTH };
  beforeAll(() => Object.assign(WORTH, { call: 0, run: 0, meeting: Number.POSITIVE_INFINITY }));
  afterAll(() => Object.assign(WORTH, usual));

  const kernels = [...new Set(CASES.map((test) => test.kernel))];

  it.each(kernels)('%s: leaves the bits that one thread leaves', (kernel) => {
    let shared = 0;
    for (const test of CASES.filter((candidate) => candidate.kernel === kernel)) {
      const alone = memoryAfter(test, 1);
      for (const threads of [2, 3, 4]) {
        expect([test, threads, memoryAfter(test, threads)]).toEqual([test, threads, alone]);
      }
      const make = (floats: number) => new Region('scratch', floats, 64);
      const places = test.floats.map((count) => (count === 0 ? null : new Region('', count, 64)));
      const shares = shareOut(KERNELS[kernel], [...places, ...test.numbers], 2, make, MEETING)?.shares;
      if (shares?.every((calls) => calls.length > 0)) shared++;
    }
    expect(shared).toBeGreaterThan(0);
  });

  it('is tried for every kernel that has a rule', () => {
    expect(Object.keys(SPLITS).sort()).toEqual([...kernels].sort());
  });

  it('has addresses in front of numbers, as the rules expect', () => {
    const mixed = Object.entries(KERNELS).filter(([, { args }]) => !/^p*[if]*$/.test(args));
    expect(mixed).toEqual([]);
  });

  it('stays whole where it is short', () => {
    Object.assign(WORTH, usual);
    const places = [1, 2].map((i) => new Region(`${i}`, 100, 64 * i));
    const make = (floats: number) => new Region('scratch', floats, 64);
    expect(shareOut(KERNELS.copy, [...places, 100], 2, make, MEETING)).toBeNull();
  });
});

describe('panels of packed columns', () => {
  it('are all there once, in order, for any cut', () => {
    for (const [N, G] of [
      [33, 1],
      [24, 3],
      [20, 4],
      [51, 3],
    ]) {
      const panels = G * Math.ceil(N / G / 8);
      for (let cut = 0; cut <= panels; cut++) {
        const blocks = [...panelBlocks(N, G, 0, cut), ...panelBlocks(N, G, cut, panels - cut)];
        const columns = blocks.flatMap((b) => Array.from({ length: b.columns }, (_, i) => b.column + i));
        expect(columns).toEqual(Array.from({ length: N }, (_, i) => i));
        for (const { column, columns: width, groups, panel } of blocks) {
          expect(width % groups).toBe(0);
          const group = Math.floor(column / (N / G));
          const inside = column - group * (N / G);
          expect(panel).toBe(group * Math.ceil(N / G / 8) + inside / 8);
        }
      }
    }
  });
});
