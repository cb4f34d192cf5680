import { ctcScratch } from '../../../src/wasm/scratch.js';
import type { KernelBench } from '../../harness/kernels.js';
import { testData, testRandom } from '../../harness/random.js';
import { ctcLoss, logClipped, logSoftmax, type Rows } from '../../harness/reference/ctc.js';

/** A batch for the kernel: predictions [T, B, O], labels [B, L] padded with the blank. */
export interface CtcInput {
  readonly T: number;
  readonly B: number;
  readonly O: number;
  readonly L: number;
  readonly pred: Float32Array;
  readonly labels: Float32Array;
  readonly blank: number;
  readonly logits: boolean;
  readonly mask?: Float32Array;
  readonly weights?: Float32Array;
  readonly scale?: number;
  readonly free?: boolean;
  readonly share?: boolean;
}

export function runCtc(bench: KernelBench, input: CtcInput, gradient = true) {
  bench.reset();
  const { T, B, O, L, pred, labels, blank, logits, mask, weights, scale = 1, free, share } = input;
  const losses = bench.alloc(B);
  const dpred = bench.alloc(T * B * O);
  bench.kernels.ctc_loss(
    losses,
    gradient ? dpred : 0,
    bench.put(pred),
    bench.put(labels),
    mask ? bench.put(mask) : 0,
    weights ? bench.put(weights) : 0,
    bench.alloc(ctcScratch(T, L)),
    ...([T, B, B, O, L, scale, blank] as const),
    ...([logits ? 1 : 0, free ? 1 : 0, share ? 1 : 0] as const),
  );
  return { losses: bench.read(losses, B), dpred: bench.read(dpred, T * B * O) };
}

/** The rows of sample b that count, and the steps at which they stand. */
export function stepsOf({ T, B, O, pred, mask }: CtcInput, b: number): { rows: number[][]; steps: number[] } {
  const steps = Array.from({ length: T }, (_, t) => t).filter((t) => mask?.[t * B + b] !== 0);
  const rows = steps.map((t) => [...pred.subarray((t * B + b) * O, (t * B + b + 1) * O)]);
  return { rows, steps };
}

export function labelOf({ L, labels, blank }: CtcInput, b: number): number[] {
  const label = [...labels.subarray(b * L, (b + 1) * L)];
  const end = label.indexOf(blank);
  return end < 0 ? label : label.slice(0, end);
}

/** Reach of a difference. */
const STEP = 1e-5;

/** Losses and gradients in f64, the gradients by central differences. */
export function referenceCtc(input: CtcInput) {
  const { T, B, O, blank, logits, weights, scale = 1, share } = input;
  const losses: number[] = [];
  const dpred = new Float64Array(T * B * O);
  for (let b = 0; b < B; b++) {
    const { rows, steps } = stepsOf(input, b);
    const label = labelOf(input, b);
    const by = share ? 1 / Math.max(1, label.length) : 1;
    const logsOf = logits ? logSoftmax : logClipped;
    const logs = rows.map(logsOf);
    const lossOf = (values: Rows): number => by * ctcLoss(values, label, blank);
    const loss = lossOf(logs);
    losses.push(loss);
    if (!Number.isFinite(loss)) continue;
    steps.forEach((t, i) => {
      for (let k = 0; k < O; k++) {
        const moved = (by: number): Rows => {
          const row = logsOf(rows[i].map((v, c) => (c === k ? v + by : v)));
          return logs.map((own, j) => (j === i ? row : own));
        };
        const slope = (lossOf(moved(STEP)) - lossOf(moved(-STEP))) / (2 * STEP);
        dpred[(t * B + b) * O + k] = slope * scale * (weights?.[b] ?? 1);
      }
    });
  }
  return { losses, dpred };
}

/** Predictions and labels that can be said, with repeats and of every length. */
export function drawCtc(seed: number, T: number, B: number, O: number, L: number, logits: boolean): CtcInput {
  const next = testRandom(seed);
  const blank = O - 1 === 0 ? 0 : Math.floor(next() * O);
  const labels = new Float32Array(B * L).fill(blank);
  for (let b = 0; b < B && O > 1; b++) {
    let steps = 0;
    const length = Math.floor(next() * (L + 1));
    for (let u = 0; u < length; u++) {
      const y = (blank + 1 + Math.floor(next() * (O - 1))) % O;
      steps += u > 0 && labels[b * L + u - 1] === y ? 2 : 1;
      if (steps > T) break;
      labels[b * L + u] = y;
    }
  }
  const pred = logits ? testData(seed + 1, T * B * O, -3, 4) : testData(seed + 1, T * B * O, 0.05, 1);
  return { T, B, O, L, pred, labels, blank, logits };
}
