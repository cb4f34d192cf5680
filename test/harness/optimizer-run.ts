import {
  type Emit,
  HYPER_FLOATS,
  type Optimizer,
  type OptimizerState,
} from '../../src/training/optimizers/optimizer.js';
import type { KernelName } from '../../src/wasm/generated/abi.js';
import { KernelBench } from './kernels.js';

/** Runs each call at once, with addresses as places. */
export function immediate(bench: KernelBench): Emit {
  return (kernel, ...args) => {
    const words = args.map((arg) => (arg === null ? 0 : (arg as number)));
    (bench.kernels[kernel.name as KernelName] as (...words: number[]) => void)(...words);
  };
}

/** An optimizer over one region of floats, made of tensors of the given sizes. */
export class OptimizerRun {
  readonly state: OptimizerState;
  readonly n: number;
  private readonly p: number;
  private readonly g: number;
  private readonly slots: number[];
  private readonly hyper: number;

  constructor(
    readonly optimizer: Optimizer,
    start: ArrayLike<number>,
    readonly sizes: readonly number[] = [start.length],
    readonly bench = new KernelBench(2),
  ) {
    this.n = start.length;
    this.state = optimizer.initialState();
    this.p = bench.put(start);
    this.g = bench.alloc(this.n, 0);
    this.slots = optimizer.slots.map(({ initial }) => bench.alloc(this.n, initial));
    this.hyper = bench.alloc(HYPER_FLOATS);
  }

  /** Adds a batch's gradient and makes a step when one is due; gives the parameters. */
  batch(gradient: ArrayLike<number>): Float32Array {
    const { bench, optimizer, g } = this;
    const sum = new Float32Array(bench.memory.buffer, g, this.n);
    for (let i = 0; i < this.n; i++) sum[i] += gradient[i];
    const hyper = new Float32Array(bench.memory.buffer, this.hyper, HYPER_FLOATS);
    if (optimizer.advance(hyper, this.state)) {
      const emit = immediate(bench);
      let offset = 0;
      const weights = this.sizes.map((n) => {
        const weight = { g: g + 4 * offset, n };
        offset += n;
        return weight;
      });
      optimizer.clip(emit, this.hyper, [{ g, n: this.n }], weights);
      this.update([this.n]);
      sum.fill(0);
    }
    return this.parameters();
  }

  /** Runs the update kernel over pieces of these lengths. */
  update(pieces: readonly number[]): void {
    const emit = immediate(this.bench);
    let at = 0;
    for (const n of pieces) {
      this.optimizer.update(emit, {
        p: this.p + 4 * at,
        g: this.g + 4 * at,
        slots: this.slots.map((slot) => slot + 4 * at),
        hyper: this.hyper,
        n,
      });
      at += n;
    }
  }

  parameters(): Float32Array {
    return this.bench.read(this.p, this.n);
  }

  /** Contents of a slot. */
  slot(name: string): Float32Array {
    const index = this.optimizer.slots.findIndex((slot) => slot.name === name);
    return this.bench.read(this.slots[index], this.n);
  }

  /** The gradient as it lies in memory. */
  gradient(): Float32Array {
    return new Float32Array(this.bench.memory.buffer, this.g, this.n);
  }

  /** The hyper block as it lies in memory. */
  hyperBlock(): Float32Array {
    return new Float32Array(this.bench.memory.buffer, this.hyper, HYPER_FLOATS);
  }

  /** Copies slots, parameters and state from another run. */
  restore(other: OptimizerRun): void {
    Object.assign(this.state, JSON.parse(JSON.stringify(other.state)));
    new Float32Array(this.bench.memory.buffer, this.p, this.n).set(other.parameters());
    this.optimizer.slots.forEach(({ name }, i) => {
      new Float32Array(this.bench.memory.buffer, this.slots[i], this.n).set(other.slot(name));
    });
  }
}
