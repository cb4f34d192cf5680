import type { Cell } from '../../../src/index.js';
import { type ElementActivationName, elementActivations } from './activations.js';
import type { Value, Weights } from './network.js';

type Row = readonly number[];
/** A weight in f64: rows of a matrix, or one row. */
interface Weight {
  readonly rows: readonly Row[];
}
type Operand = Row | Weight | number;

const isWeight = (value: Operand): value is Weight => typeof value === 'object' && 'rows' in value;

/** The operations of a cell on the numbers of one sample, in f64. */
class Operations {
  matmul(v: Row, { rows }: Weight): Row {
    return rows[0].map((_, n) => rows.reduce((sum, row, k) => sum + v[k] * row[n], 0));
  }
  add(...operands: Operand[]): Row {
    return operands.reduce((a, b) => this.two(a, b, (p, q) => p + q)) as Row;
  }
  sub(a: Operand, b: Operand): Row {
    return this.two(a, b, (p, q) => p - q);
  }
  mul(a: Operand, b: Operand): Row {
    return this.two(a, b, (p, q) => p * q);
  }
  div(a: Operand, b: Operand): Row {
    return this.two(a, b, (p, q) => p / q);
  }
  affine(v: Row, alpha: number, beta = 0): Row {
    return v.map((p) => alpha * p + beta);
  }
  scale(v: Row, factor: number): Row {
    return this.affine(v, factor);
  }
  oneMinus(v: Row): Row {
    return this.affine(v, -1, 1);
  }
  activation(v: Row, name: string): Row {
    return v.map(elementActivations[name as ElementActivationName].f);
  }
  sigmoid(v: Row): Row {
    return this.activation(v, 'sigmoid');
  }
  tanh(v: Row): Row {
    return this.activation(v, 'tanh');
  }
  relu(v: Row): Row {
    return this.activation(v, 'relu');
  }
  exp(v: Row): Row {
    return v.map(Math.exp);
  }
  slice(value: Row | Weight, from: number, to: number): Row | Weight {
    return isWeight(value) ? { rows: value.rows.map((row) => row.slice(from, to)) } : value.slice(from, to);
  }
  split(v: Row, parts: number): Row[] {
    const size = v.length / parts;
    return Array.from({ length: parts }, (_, i) => v.slice(i * size, (i + 1) * size));
  }
  concat(values: readonly Row[]): Row {
    return values.flat();
  }
  private two(a: Operand, b: Operand, f: (p: number, q: number) => number): Row {
    const [p, q] = [a, b].map((value) =>
      typeof value === 'object' && isWeight(value) ? value.rows[0] : value,
    );
    const width = (typeof p === 'number' ? (q as Row) : p).length;
    const of = (value: Row | number, i: number): number => (typeof value === 'number' ? value : value[i]);
    return Array.from({ length: width }, (_, i) => f(of(p as Row, i), of(q as Row, i)));
  }
}

interface Config {
  readonly units: number;
  readonly options: never;
  readonly returnSequences: boolean;
  readonly returnState: boolean;
  readonly goBackwards: boolean;
}

/** A layer of a cell of one's own in f64, sample by sample and step by step, by the cell's own functions. */
export function referenceOfCell<O>({ description, states }: Cell<O>) {
  return (config: Config, inputs: readonly Value[], w: Weights): Value[] => {
    const { units, options } = config;
    const [{ data, shape }, ...initial] = inputs;
    const [B, T, features] = shape;
    const sizes = description.stateSizes?.({ units, options }) ?? states.map(() => units);
    const shapes = description.parameters({ features, units, options });
    const weights: Record<string, Weight> = {};
    for (const [name, given] of Object.entries(shapes)) {
      const [rows, columns] = given.shape.length === 2 ? given.shape : [1, given.shape[0]];
      const row = (r: number): Row => [...w[name].subarray(r * columns, (r + 1) * columns)];
      weights[name] = { rows: Array.from({ length: rows }, (_, r) => row(r)) };
    }
    const sequences = new Float64Array(B * T * units);
    const last = sizes.map((size) => new Float64Array(B * size));
    for (let b = 0; b < B; b++) {
      let carried: Record<string, Row> = {};
      states.forEach((name, s) => {
        carried[name] = Array.from({ length: sizes[s] }, (_, j) => initial[s]?.data[b * sizes[s] + j] ?? 0);
      });
      for (let t = 0; t < T; t++) {
        const at = (b * T + (config.goBackwards ? T - 1 - t : t)) * features;
        const x = [...data.subarray(at, at + features)];
        const given = { x, states: carried, weights, ops: new Operations(), features, units, options };
        carried = description.step(given as never).states as unknown as Record<string, Row>;
        sequences.set(carried[states[0]], (b * T + t) * units);
      }
      states.forEach((name, s) => {
        last[s].set(carried[name], b * sizes[s]);
      });
    }
    const finals = last.map((values, s) => ({ data: values, shape: [B, sizes[s]] }));
    const output = config.returnSequences ? { data: sequences, shape: [B, T, units] } : finals[0];
    return config.returnState ? [output, ...finals] : [output];
  };
}
