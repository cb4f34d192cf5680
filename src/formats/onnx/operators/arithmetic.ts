import type { OperationName } from '../../../layers/arithmetic/index.js';
import type { Layer } from '../../../layers/layer.js';
import { average } from '../../../layers/merge/index.js';
import { constantOf } from '../constants.js';
import type { NodeUse, Operator } from '../node.js';
import {
  BATCH,
  type Constant,
  type Dim,
  dimsOf,
  type Flow,
  isTimes,
  OPEN,
  type Turn,
  type Value,
} from '../values.js';
import { ofFlows, pointwiseOf, withConstant } from './broadcast.js';
import { CONSTANT_PAIRS, foldTwo, power } from './fold.js';

interface Arithmetic {
  readonly numbers: (a: number, b: number) => number;
  readonly operation: OperationName;
  /** The number that changes nothing as the second operand. */
  readonly neutral: number;
  readonly commutes: boolean;
}

const ARITHMETIC: Readonly<Record<string, Arithmetic>> = {
  Add: { numbers: (a, b) => a + b, operation: 'add', neutral: 0, commutes: true },
  Sub: { numbers: (a, b) => a - b, operation: 'subtract', neutral: 0, commutes: false },
  Mul: { numbers: (a, b) => a * b, operation: 'multiply', neutral: 1, commutes: true },
  Div: { numbers: (a, b) => a / b, operation: 'divide', neutral: 1, commutes: false },
  Max: { numbers: Math.max, operation: 'maximum', neutral: Number.NEGATIVE_INFINITY, commutes: true },
  Min: { numbers: Math.min, operation: 'minimum', neutral: Number.POSITIVE_INFINITY, commutes: true },
  Sum: { numbers: (a, b) => a + b, operation: 'add', neutral: 0, commutes: true },
};

const isOpen = (value: Value): boolean =>
  value.kind === 'dims' && value.dims.some((d) => typeof d !== 'number');

/** The batch times a size; null for other products. */
function timesBatch(x: Dim, y: Dim): Dim | null {
  const [batch, other]: readonly [Dim, Dim] = x === BATCH || isTimes(x) ? [x, y] : [y, x];
  if (batch === BATCH) return typeof other === 'number' || other === OPEN ? { times: other } : null;
  if (!isTimes(batch) || typeof batch.times !== 'number' || typeof other !== 'number') return null;
  return { times: batch.times * other };
}

/** Reckons with sizes: what is open stays open only where nothing is done to it. */
function dimensions(
  node: NodeUse,
  { numbers, neutral, commutes, operation }: Arithmetic,
  a: Value,
  b: Value,
): Value {
  const listOf = (value: Value): readonly Dim[] => {
    if (value.kind === 'dims') return value.dims;
    return value.kind === 'constant' && value.shape.length < 2
      ? [...value.data]
      : node.refuse('mixes sizes and data');
  };
  const [left, right] = [listOf(a), listOf(b)];
  const length = Math.max(left.length, right.length);
  const dims = Array.from({ length }, (_, i): Dim => {
    const x: Dim | undefined = left[left.length === 1 ? 0 : i];
    const y: Dim | undefined = right[right.length === 1 ? 0 : i];
    if (x === undefined || y === undefined) return node.refuse('its operands have different lengths');
    if (typeof x === 'number' && typeof y === 'number') return Math.trunc(numbers(x, y));
    if (y === neutral) return x;
    if (commutes && x === neutral) return y;
    const product = operation === 'multiply' ? timesBatch(x, y) : null;
    if (product !== null) return product;
    return node.refuse('reckons with a size that is open');
  });
  const origins = [a, b].flatMap((value) => (value.kind === 'dims' && value.of ? [value.of] : []));
  const of = origins.every((one) => one === origins[0]) ? origins[0] : undefined;
  return { kind: 'dims', dims, scalar: dimsOf(a).length === 0 && dimsOf(b).length === 0, of };
}

/** A value as a constant, sizes that are known included. */
export function asConstant(node: NodeUse, value: Value): Constant {
  if (value.kind === 'constant') return value;
  if (value.kind === 'dims' && !isOpen(value)) {
    return constantOf('int', value.dims as number[], value.scalar ? [] : [value.dims.length]);
  }
  return node.refuse('mixes sizes and data');
}

/** t + c, t − c and c − t of the number of a turn. */
function ofTurn(node: NodeUse, operation: OperationName, a: Value, b: Value): Turn {
  const [turn, other] = a.kind === 'turn' ? [a, b] : [b as Turn, a];
  const { data } = asConstant(node, other);
  if (data.length !== 1 || !['add', 'subtract'].includes(operation))
    node.refuse('reckons with the number of a turn');
  if (operation === 'add') return { ...turn, offset: turn.offset + data[0] };
  if (a.kind === 'turn') return { ...turn, offset: turn.offset - data[0] };
  return { ...turn, sign: turn.sign === 1 ? -1 : 1, offset: data[0] - turn.offset };
}

function two(node: NodeUse, kind: Arithmetic, a: Value, b: Value): Value {
  if (a.kind === 'turn' || b.kind === 'turn') return ofTurn(node, kind.operation, a, b);
  if (a.kind === 'flow' && b.kind === 'flow') return ofFlows(node, kind.operation, a, b);
  if (a.kind === 'flow') return withConstant(node, kind.operation, a, asConstant(node, b), false);
  if (b.kind === 'flow') return withConstant(node, kind.operation, b, asConstant(node, a), true);
  if (isOpen(a) || isOpen(b)) return dimensions(node, kind, a, b);
  return foldTwo(node, asConstant(node, a), asConstant(node, b), kind.numbers);
}

function arithmetic(kind: Arithmetic): Operator {
  return (node) => {
    const values = node.inputs.map((_, i) => node.input(i));
    const absorbed = node.builder.absorbed.has(node.proto);
    if (absorbed) return [values.find((value): value is Flow => value.kind === 'flow') as Flow];
    if (values.length === 0) node.refuse('has no operands');
    return [values.reduce((a, b) => two(node, kind, a, b))];
  };
}

function pair(f: (a: number, b: number) => number, type: 'bool' | null): Operator {
  return (node) => {
    const [a, b] = [0, 1].map((i) => asConstant(node, node.input(i)));
    return [foldTwo(node, a, b, f, type ?? undefined)];
  };
}

/** x^c by a function; c^x = e^(x·ln c) is left out, as are two flows. */
const pow: Operator = (node) => {
  const [base, exponent] = [node.input(0), node.input(1)];
  if (base.kind !== 'flow') return [foldTwo(node, asConstant(node, base), asConstant(node, exponent), power)];
  const { data } = node.constant(1, 'the exponent');
  const [p] = data;
  if (data.length === 0 || data.some((v) => v !== p) || !Number.isFinite(p)) {
    node.refuse('its exponent is not one number');
  }
  if (p === 1) return [base];
  return [p === 0.5 ? pointwiseOf(node, base, 'sqrt') : pointwiseOf(node, base, 'power', p)];
};

const mean: Operator = (node) => {
  const values = node.inputs.map((_, i) => node.input(i));
  const sum = values.reduce((a, b) => two(node, ARITHMETIC.Add, a, b));
  if (sum.kind === 'flow') {
    const same = values.every((value) => value.kind === 'flow') && values.length > 1;
    const flows = values as Flow[];
    const equal = same && flows.every(({ axes }) => axes.length === flows[0].axes.length);
    if (equal && flows.every((flow) => sameLayout(flow, flows[0]))) {
      const make = (name: string): Layer => average({ name });
      const tensors = flows.map(({ tensor }) => tensor);
      return [{ ...flows[0], tensor: node.builder.layer('average', node.proto, make).apply(tensors) }];
    }
    return [pointwiseOf(node, sum, 'affine', 1 / values.length, 0)];
  }
  return [foldTwo(node, asConstant(node, sum), constantOf('float', [values.length], []), (a, b) => a / b)];
};

/** Whether two flows lie alike. */
const sameLayout = (a: Flow, b: Flow): boolean =>
  JSON.stringify([a.factors, a.axes.map(String), a.tensor.shape]) ===
  JSON.stringify([b.factors, b.axes.map(String), b.tensor.shape]);

/** c ? x : y of a condition that is known: numbers of x and y where it is not, times 1 and 0. */
const where: Operator = (node) => {
  const condition = node.constant(0, 'the condition');
  const [x, y] = [node.input(1), node.input(2)];
  if (condition.data.length > 0) {
    const one = condition.data[0] !== 0 ? x : y;
    if (condition.shape.length === 0 && (one.kind === 'flow' || (x.kind !== 'flow' && y.kind !== 'flow')))
      return [one];
  }
  const chosen = (value: Value, on: boolean): Value => {
    const share = (c: number): number => Number((c !== 0) === on);
    const mask = {
      ...condition,
      type: 'float' as const,
      data: Float32Array.from(condition.data, share),
      reckoned: true,
    };
    if (value.kind === 'flow') return withConstant(node, 'multiply', value, mask, false);
    // Not a product: what is left out may be infinite.
    return foldTwo(node, mask, asConstant(node, value), (c, v) => (c === 0 ? 0 : v), 'float');
  };
  return [two(node, ARITHMETIC.Add, chosen(x, true), chosen(y, false))];
};

/** Operators on two and more values, element by element. */
export const ARITHMETIC_OPERATORS: Readonly<Record<string, Operator>> = {
  ...Object.fromEntries(Object.entries(ARITHMETIC).map(([name, kind]) => [name, arithmetic(kind)])),
  ...Object.fromEntries(Object.entries(CONSTANT_PAIRS).map(([name, [f, type]]) => [name, pair(f, type)])),
  Pow: pow,
  Mean: mean,
  Where: where,
};
