import { KernelBench } from './kernels.js';
import { testData } from './random.js';
import { type CellActivationName, cellActivations } from './reference/cell_activations.js';
import type { RecurrentData, RecurrentShape } from './reference/recurrent.js';

/** Half a unit in the last place of 1: the unit of the error bounds of cells. */
export const EPS = 2 ** -24;

/** One case of every cell's tests; act and ract default to tanh and sigmoid. */
export interface CellCase extends RecurrentShape {
  readonly act?: CellActivationName;
  readonly ract?: CellActivationName;
  /** Recurrent dropout. */
  readonly mask?: boolean;
}

/** Every batch that has a tile of its own, every tail of units, every activation, one mask of each kind. */
export const CELL_CASES: readonly CellCase[] = [
  ...[1, 3, 4, 5, 8, 17, 33].flatMap((H) => [1, 2, 3].map((B) => ({ T: 2, B, I: 5, H }))),
  ...[4, 5, 6, 7, 17, 33].map((B) => ({ T: 5, B, I: 3, H: 17 })),
  { T: 1, B: 1, I: 1, H: 1 },
  { T: 5, B: 7, I: 4, H: 33, mask: true },
  { T: 5, B: 1, I: 4, H: 5, mask: true },
  ...(['linear', 'relu', 'leakyRelu', 'selu', 'sigmoid', 'softsign'] as const).map((act) => ({
    T: 5,
    B: 2,
    I: 4,
    H: 9,
    act,
  })),
  { T: 5, B: 4, I: 4, H: 9, ract: 'hardSigmoid', act: 'elu' },
];

/** Seeded weights and data for a cell with G gates and `biases` rows of bias. */
export function cellData({ T, B, I, H, mask }: CellCase, G: number, biases = 1): RecurrentData {
  const scale = 1 / Math.sqrt(H);
  return {
    x: testData(1, T * B * I),
    kernel: testData(2, I * G * H, -0.5, 0.6),
    recurrentKernel: testData(3, H * G * H, -scale, 1.1 * scale),
    bias: testData(4, biases * G * H, -0.4, 0.6),
    h0: testData(5, B * H),
    rmask: mask ? testData(7, B * H).map((v) => (v > 0.2 ? 1.5 : 0)) : undefined,
  };
}

/** The case's activations for a reference, and their codes for a kernel. */
export function cellOptions({ act = 'tanh', ract = 'sigmoid' }: CellCase) {
  return { activation: cellActivations[act], recurrentActivation: cellActivations[ract] };
}

/** Largest error in units of EPS, absolute below 1 and relative above; NaN if any value is NaN. */
export function worstError(got: ArrayLike<number>, want: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < want.length; i++) {
    const error = Math.abs(got[i] - want[i]) / (EPS * Math.max(1, Math.abs(want[i])));
    if (!(error <= most)) most = error;
  }
  return most;
}

/** Samples `first` to `first + count` of [T, B, width]. */
export function samples(values: ArrayLike<number>, B: number, width: number, first: number, count: number) {
  const rows = values.length / (B * width);
  const out = new Float32Array(rows * count * width);
  for (let r = 0; r < rows; r++)
    for (let i = 0; i < count * width; i++) out[r * count * width + i] = values[(r * B + first) * width + i];
  return out;
}

const CANARY = 777.25;
const GUARD = 16;

/** A KernelBench whose buffers stand between canaries, with the packing that cells need. */
export class CellBench {
  readonly bench: KernelBench;
  private guards: [from: number, count: number][] = [];

  constructor(megabytes = 32) {
    this.bench = new KernelBench(megabytes);
  }

  get kernels() {
    return this.bench.kernels;
  }

  /** Address of `count` floats between canaries. */
  alloc(count: number, fill = Number.NaN): number {
    const low = this.bench.alloc(GUARD);
    const at = this.bench.alloc(count, fill);
    const high = this.bench.alloc(GUARD);
    this.guard(low, at);
    this.guard(at + 4 * count, high + 4 * GUARD);
    return at;
  }

  put(values: ArrayLike<number>): number {
    const at = this.alloc(values.length);
    this.floats(at, values.length).set(values);
    return at;
  }

  read(at: number, count: number): Float32Array {
    return this.floats(at, count).slice();
  }

  /** A [K, N] matrix packed for gemm in G groups. */
  pack(matrix: ArrayLike<number>, K: number, N: number, G: number): number {
    const packed = this.alloc(G * Math.ceil(N / G / 8) * K * 8);
    this.kernels.pack_panels(packed, this.put(matrix), K, N, G, N, 1);
    return packed;
  }

  /** The transpose of a row-major [rows, columns], its columns `first` to `first + count`, packed for gemm. */
  packTranspose(
    matrix: ArrayLike<number>,
    rows: number,
    columns: number,
    first = 0,
    count = columns,
  ): number {
    const packed = this.alloc(Math.ceil(rows / 8) * count * 8);
    this.kernels.pack_panels(packed, this.put(matrix) + 4 * first, count, rows, 1, 1, columns);
    return packed;
  }

  /** Throws if a kernel wrote outside its buffers since the last reset. */
  check(what: string): void {
    for (const [from, count] of this.guards)
      if (!this.floats(from, count).every((value) => value === CANARY))
        throw new Error(`${what}: wrote outside its buffers`);
  }

  reset(): void {
    this.bench.reset();
    this.guards = [];
  }

  private guard(from: number, to: number): void {
    const count = (to - from) / 4;
    this.floats(from, count).fill(CANARY);
    this.guards.push([from, count]);
  }

  private floats(at: number, count: number): Float32Array {
    return new Float32Array(this.bench.memory.buffer, at, count);
  }
}
