import { describeValue } from '../../describe.js';
import { ShapeError, ValueError } from '../../errors.js';
import { formatShape, type Shape } from '../../shape.js';
import { ACTIVATION_NAMES, type ActivationName, isRowActivation } from '../activations.js';
import { type MatrixView, type Operation, Term } from './term.js';

/** A value inside a cell: `width` numbers for each sample. Made by operations, never by hand. */
export class CellValue {
  /** @internal */
  constructor(
    /** @internal */
    readonly term: Term,
  ) {}

  /** How many numbers each sample has. */
  get width(): number {
    return this.term.width;
  }
}

/** A weight of a cell, a matrix [rows, columns] or a vector [width]. */
export class CellWeight {
  /** @internal */
  constructor(
    /** Its name among the cell's parameters. */
    readonly name: string,
    /** Rows and columns, or the width of a vector. */
    readonly shape: Shape,
    /** @internal First column of the weight. */
    readonly from = 0,
    /** @internal Columns of the whole weight. */
    readonly columns = shape[shape.length - 1],
  ) {}
}

/** What element-by-element operations take: a value, a weight vector, or a number. */
export type CellOperand = CellValue | CellWeight | number;

function fail(where: string, message: string): never {
  throw new ShapeError(`${where}: ${message}`);
}

/** The differentiable operations that the `step` of a cell is written with. */
export class CellOperations {
  /** @internal */
  constructor(private readonly where: string) {}

  /** v·W: [rows] numbers to [columns]. Of the input, all steps at once. */
  matmul(value: CellValue, weight: CellWeight): CellValue {
    const v = this.value('matmul', value);
    if (!(weight instanceof CellWeight) || weight.shape.length !== 2) {
      throw new ValueError(`${this.where}: matmul: expected a weight matrix, got ${this.say(weight)}`);
    }
    const [rows, width] = weight.shape;
    if (rows !== v.width) {
      fail(
        this.where,
        `matmul: a value of ${v.width} numbers and ${weight.name} ${formatShape(weight.shape)}`,
      );
    }
    const matrix: MatrixView = { name: weight.name, rows, columns: weight.columns, from: weight.from, width };
    return this.make({ kind: 'product', matrix, transposed: false }, width, [v]);
  }

  /** a + b + ... */
  add(a: CellOperand, b: CellOperand, ...further: CellOperand[]): CellValue {
    return further.reduce<CellValue>((sum, next) => this.two('add', sum, next), this.two('add', a, b));
  }

  /** a − b */
  sub(a: CellOperand, b: CellOperand): CellValue {
    return this.two('sub', a, b);
  }

  /** a ⊙ b, element by element. */
  mul(a: CellOperand, b: CellOperand): CellValue {
    return this.two('mul', a, b);
  }

  /** a / b, element by element. */
  div(a: CellOperand, b: CellOperand): CellValue {
    return this.two('div', a, b);
  }

  /** alpha · a + beta */
  affine(value: CellValue, alpha: number, beta = 0): CellValue {
    if (!Number.isFinite(alpha) || !Number.isFinite(beta)) {
      throw new ValueError(`${this.where}: affine: expected finite numbers, got ${alpha} and ${beta}`);
    }
    const v = this.value('affine', value);
    return this.make({ kind: 'affine', alpha, beta }, v.width, [v]);
  }

  /** factor · a */
  scale(value: CellValue, factor: number): CellValue {
    return this.affine(value, factor);
  }

  /** 1 − a */
  oneMinus(value: CellValue): CellValue {
    return this.affine(value, -1, 1);
  }

  /** An activation by its name, element by element. */
  activation(value: CellValue, name: ActivationName): CellValue {
    const v = this.value('activation', value);
    if (!ACTIVATION_NAMES.includes(name) || isRowActivation(name)) {
      const known = ACTIVATION_NAMES.filter((one) => !isRowActivation(one)).join(', ');
      throw new ValueError(`${this.where}: activation: expected one of ${known}, got ${describeValue(name)}`);
    }
    return name === 'linear' ? value : this.make({ kind: 'activation', name }, v.width, [v]);
  }

  /** 1 / (1 + e⁻ᵃ) */
  sigmoid(value: CellValue): CellValue {
    return this.activation(value, 'sigmoid');
  }

  /** (eᵃ − e⁻ᵃ) / (eᵃ + e⁻ᵃ) */
  tanh(value: CellValue): CellValue {
    return this.activation(value, 'tanh');
  }

  /** max(a, 0) */
  relu(value: CellValue): CellValue {
    return this.activation(value, 'relu');
  }

  /** eᵃ */
  exp(value: CellValue): CellValue {
    return this.activation(value, 'exponential');
  }

  /** Numbers `from` to before `to` of each sample; of a weight, those columns. */
  slice<V extends CellValue | CellWeight>(value: V, from: number, to: number): V {
    const width =
      value instanceof CellWeight ? value.shape[value.shape.length - 1] : this.value('slice', value).width;
    if (!(Number.isInteger(from) && Number.isInteger(to) && from >= 0 && from < to && to <= width)) {
      fail(this.where, `slice: from ${from} to ${to} of ${width} numbers`);
    }
    if (value instanceof CellWeight) {
      const shape = [...value.shape.slice(0, -1), to - from];
      return new CellWeight(value.name, shape, value.from + from, value.columns) as V;
    }
    if (to - from === width) return value;
    return this.make({ kind: 'slice', from }, to - from, [this.value('slice', value)]) as V;
  }

  /** So many parts of equal width. */
  split(value: CellValue, parts: number): CellValue[] {
    const { width } = this.value('split', value);
    if (!(Number.isInteger(parts) && parts >= 1 && width % parts === 0)) {
      fail(this.where, `split: ${width} numbers do not make ${parts} equal parts`);
    }
    const size = width / parts;
    return Array.from({ length: parts }, (_, i) => this.slice(value, i * size, (i + 1) * size));
  }

  /** Values side by side. */
  concat(values: readonly CellValue[]): CellValue {
    const terms = values.map((value) => this.value('concat', value));
    if (terms.length === 0) fail(this.where, 'concat: expected at least one value, got none');
    return this.make(
      { kind: 'concat' },
      terms.reduce((sum, { width }) => sum + width, 0),
      terms,
    );
  }

  private two(kind: 'add' | 'sub' | 'mul' | 'div', a: CellOperand, b: CellOperand): CellValue {
    if (typeof b === 'number') return this.withNumber(kind, a, b);
    if (typeof a === 'number') {
      if (kind === 'add' || kind === 'mul') return this.withNumber(kind, b, a);
      if (kind === 'sub') return this.affine(this.asValue(kind, b), -1, a);
      throw new ValueError(`${this.where}: div: a number cannot be divided by a value: use exp or a product`);
    }
    const [p, q] = [a, b].map((operand) => this.asValue(kind, operand));
    if (p.width !== q.width) fail(this.where, `${kind}: values of ${p.width} and ${q.width} numbers`);
    if (p.term.operation.kind === 'vector' && q.term.operation.kind === 'vector') {
      throw new ValueError(`${this.where}: ${kind}: expected a value of the step, got two weights`);
    }
    return this.make({ kind }, p.width, [p.term, q.term]);
  }

  private withNumber(kind: string, value: CellOperand, number: number): CellValue {
    const v = this.asValue(kind, value);
    if (kind === 'add') return this.affine(v, 1, number);
    if (kind === 'sub') return this.affine(v, 1, -number);
    return this.affine(v, kind === 'mul' ? number : 1 / number);
  }

  private asValue(kind: string, operand: CellOperand): CellValue {
    if (operand instanceof CellWeight) {
      if (operand.shape.length === 1) {
        return this.make({ kind: 'vector', name: operand.name, from: operand.from }, operand.shape[0], []);
      }
      fail(this.where, `${kind}: ${operand.name} ${formatShape(operand.shape)} is a matrix; use matmul`);
    }
    return new CellValue(this.value(kind, operand));
  }

  private value(operation: string, value: unknown): Term {
    if (value instanceof CellValue) return value.term;
    throw new ValueError(`${this.where}: ${operation}: expected a value of the step, got ${this.say(value)}`);
  }

  private say(value: unknown): string {
    if (value instanceof CellWeight) return `weight ${value.name} ${formatShape(value.shape)}`;
    return value instanceof CellValue ? `a value of ${value.width} numbers` : describeValue(value);
  }

  private make(operation: Operation, width: number, inputs: readonly Term[]): CellValue {
    return new CellValue(new Term(operation, width, inputs));
  }
}
