import { activation } from '../../../layers/activation.js';
import type { ActivationName } from '../../../layers/activations.js';
import { dropout } from '../../../layers/dropout.js';
import type { Layer } from '../../../layers/layer.js';
import { add, maximum, minimum, multiply, subtract } from '../../../layers/merge/index.js';
import { arrange } from '../arrange.js';
import { constantOf } from '../constants.js';
import type { NodeUse, Operator } from '../node.js';
import { type Axis, BATCH, type Dim, dimsOf, type Flow, flowOf, formatDims, type Value } from '../values.js';
import { alongLast } from './dense.js';

const pass: Operator = (node) => [node.input(0)];

/** Types of numbers do not matter here: but whole numbers are cut off. */
const cast: Operator = (node) => {
  const value = node.input(0);
  const floats = [1, 10, 11, 16].includes(node.int('to', 1));
  if (value.kind !== 'constant') return [value];
  const numbers = floats ? value.data : value.data.map((v) => Math.trunc(v));
  return [constantOf(floats ? 'float' : 'int', numbers, value.shape)];
};

/** One of our activations, with a check of what ONNX lets one choose. */
function activated(name: ActivationName, check: (node: NodeUse) => boolean = () => true): Operator {
  return (node) => {
    if (!check(node)) node.refuse(`with its attributes it is not our activation '${name}'`);
    const flow = node.flow(0);
    const make = (own: string): Layer => activation({ activation: name, name: own });
    return [{ ...flow, tensor: node.builder.layer('activation', node.proto, make).apply(flow.tensor) }];
  };
}

const near = (node: NodeUse, name: string, otherwise: number, expected: number): boolean =>
  Math.abs(node.float(name, otherwise) - expected) < 1e-6;

const overLast = (name: ActivationName): Operator => {
  return (node) => {
    const flow = node.flow(0);
    const rank = flow.axes.length;
    const axis = node.int('axis', node.opset < 13 ? 1 : -1);
    if (axis !== -1 && axis !== rank - 1) node.refuse('works along another axis than the last');
    const { x, result } = alongLast(node, flow);
    const make = (own: string): Layer => activation({ activation: name, name: own });
    return [result(node.builder.layer('activation', node.proto, make).apply(x))];
  };
};

const drop: Operator = (node) => {
  const value = node.input(0);
  if (value.kind !== 'flow') return [value];
  if (node.reads(1)) node.refuse('its mask is read');
  const given = node.inputs[1] ?? null;
  const rate = given?.kind === 'constant' ? given.data[0] : node.float('ratio', 0.5);
  if (!(rate > 0 && rate < 1)) return [value];
  const make = (name: string): Layer => dropout({ rate, name });
  return [{ ...value, tensor: node.builder.layer('dropout', node.proto, make).apply(value.tensor) }];
};

interface Arithmetic {
  readonly numbers: (a: number, b: number) => number;
  /** The number that changes nothing as the second operand. */
  readonly neutral: number;
  readonly commutes: boolean;
  readonly layer?: (options: { name: string }) => Layer;
}

const ARITHMETIC: Readonly<Record<string, Arithmetic>> = {
  Add: { numbers: (a, b) => a + b, neutral: 0, commutes: true, layer: add },
  Sub: { numbers: (a, b) => a - b, neutral: 0, commutes: false, layer: subtract },
  Mul: { numbers: (a, b) => a * b, neutral: 1, commutes: true, layer: multiply },
  Div: { numbers: (a, b) => a / b, neutral: 1, commutes: false },
  Max: { numbers: Math.max, neutral: Number.NEGATIVE_INFINITY, commutes: true, layer: maximum },
  Min: { numbers: Math.min, neutral: Number.POSITIVE_INFINITY, commutes: true, layer: minimum },
};

/** Reckons with sizes: what is open stays open only where nothing is done to it. */
function dimensions(node: NodeUse, { numbers, neutral, commutes }: Arithmetic, a: Value, b: Value): Value {
  const listOf = (value: Value): readonly Dim[] => {
    if (value.kind === 'dims') return value.dims;
    return value.kind === 'constant' && value.shape.length < 2
      ? [...value.data]
      : node.refuse('mixes sizes and data');
  };
  const [left, right] = [listOf(a), listOf(b)];
  const whole = [a, b].every((value) => value.kind !== 'constant' || value.type !== 'float');
  const length = Math.max(left.length, right.length);
  const dims = Array.from({ length }, (_, i): Dim => {
    const x: Dim | undefined = left[left.length === 1 ? 0 : i];
    const y: Dim | undefined = right[right.length === 1 ? 0 : i];
    if (x === undefined || y === undefined) return node.refuse('its operands have different lengths');
    if (typeof x === 'number' && typeof y === 'number') {
      return whole ? Math.trunc(numbers(x, y)) : numbers(x, y);
    }
    if (y === neutral) return x;
    if (commutes && x === neutral) return y;
    return node.refuse('reckons with a size that is open');
  });
  return { kind: 'dims', dims, scalar: dimsOf(a).length === 0 && dimsOf(b).length === 0 };
}

/** Both flows in one order of axes. */
function merged(node: NodeUse, layer: (options: { name: string }) => Layer, flows: readonly Flow[]): Flow {
  const [first, ...others] = flows;
  const shapes = flows.map(dimsOf);
  if (
    others.some(
      (_, i) =>
        shapes[0].length !== shapes[i + 1].length || shapes[0].some((d, axis) => d !== shapes[i + 1][axis]),
    )
  ) {
    node.refuse(`its operands have shapes ${shapes.map(formatDims).join(' and ')}, which must be equal`);
  }
  const groups = first.axes.flatMap((of, axis) => (of === BATCH ? [] : [[axis]]));
  const parts = flows.map((flow) => arrange(node.where, node.builder, flow, groups));
  const tensor = node.builder
    .layer(node.proto.op.toLowerCase(), node.proto, (name) => layer({ name }))
    .apply(parts);
  let next = 0;
  const axes = first.axes.map((of): Axis => (of === BATCH ? BATCH : [next++]));
  return flowOf(tensor, axes);
}

function arithmetic(kind: Arithmetic): Operator {
  return (node) => {
    const values = node.inputs.map((_, i) => node.input(i));
    const flows = values.filter((value): value is Flow => value.kind === 'flow');
    if (flows.length === 1 && node.builder.absorbed.has(node.proto)) return [flows[0]];
    if (flows.length === 0) return [values.reduce((a, b) => dimensions(node, kind, a, b))];
    if (flows.length === values.length) {
      if (kind.layer === undefined) node.refuse('both operands depend on the data');
      return [merged(node, kind.layer as NonNullable<typeof kind.layer>, flows)];
    }
    const others = values.filter((value) => value.kind !== 'flow');
    const neutral = others.every(
      (value) => value.kind === 'constant' && value.data.every((v) => v === kind.neutral),
    );
    const place = kind.commutes || values[0].kind === 'flow';
    if (neutral && place && flows.length === 1 && others.every((value) => dimsOf(value).length <= 1))
      return [flows[0]];
    return node.refuse('one operand is a constant, which is imported only as the bias of a product');
  };
}

/** Operators on each number, and those that leave numbers as they are. */
export const ELEMENTWISE_OPERATORS: Readonly<Record<string, Operator>> = {
  Identity: pass,
  Cast: cast,
  Dropout: drop,
  Relu: activated('relu'),
  Tanh: activated('tanh'),
  Sigmoid: activated('sigmoid'),
  Softplus: activated('softplus'),
  Softsign: activated('softsign'),
  Exp: activated('exponential'),
  Elu: activated('elu', (node) => near(node, 'alpha', 1, 1)),
  Selu: activated(
    'selu',
    (node) => near(node, 'alpha', 1.6732632, 1.6732632) && near(node, 'gamma', 1.050701, 1.050701),
  ),
  LeakyRelu: activated('leakyRelu', (node) => near(node, 'alpha', 0.01, 0.2)),
  HardSigmoid: activated(
    'hardSigmoid',
    (node) => near(node, 'alpha', 0.2, 1 / 6) && near(node, 'beta', 0.5, 0.5),
  ),
  Gelu: activated('gelu', (node) => node.text('approximate', 'none') === 'none'),
  Softmax: overLast('softmax'),
  LogSoftmax: overLast('logSoftmax'),
  ...Object.fromEntries(Object.entries(ARITHMETIC).map(([name, kind]) => [name, arithmetic(kind)])),
};
