import type { AttributeProto } from '../../src/formats/onnx/proto/messages.js';
import { attribute, writeModel } from '../../src/formats/onnx/proto/write.js';
import { type Tensor, tensor } from '../../src/index.js';
import { type Draw, drawsFrom } from '../formats/fuzz/mutate.js';
import { Building } from './building.js';
import { node, numbers, value } from './recurrent-models.js';

/** A value of a graph in the making, batch first. */
interface Made {
  readonly name: string;
  readonly shape: readonly number[];
}

/** A graph whose values have shapes. */
class Shaped extends Building {
  readonly said: string[] = [];

  constructor(
    draw: Draw,
    readonly opset: number,
  ) {
    super(draw);
  }

  make(
    op: string,
    inputs: readonly string[],
    shape: readonly number[],
    attributes: AttributeProto[] = [],
  ): Made {
    this.said.push(`${op}[${shape}]`);
    return { name: this.add(op, inputs, attributes), shape };
  }
}

type Step = (g: Shaped, x: Made) => Made | null;

const unary =
  (op: string, attributes: (g: Shaped) => AttributeProto[] = () => []): Step =>
  (g, x) =>
    g.make(op, [x.name], x.shape, attributes(g));

const alpha = (name: string, low: number, high: number) => (g: Shaped) => [
  attribute.float(name, low + (g.draw(101) / 100) * (high - low)),
];

/** A shape that is repeated to another: some axes of size 1, the batch among them, some left out in front. */
function narrowed(g: Shaped, shape: readonly number[]): number[] {
  const sizes = shape.map((size, axis) => (axis === 0 || g.flip(3) ? 1 : size));
  return g.flip(3) ? sizes.slice(1 + g.draw(sizes.length - 1)) : sizes;
}

const withConstant =
  (op: string, from = 0): Step =>
  (g, x) => {
    const c = g.floats(narrowed(g, x.shape), 1, from);
    const first = g.flip() && op !== 'Div' && op !== 'Pow';
    return g.make(op, first ? [c, x.name] : [x.name, c], x.shape);
  };

const reduction =
  (op: string): Step =>
  (g, x) => {
    const axis = 1 + g.draw(x.shape.length - 1);
    const keeps = g.flip();
    if (!keeps && x.shape.length < 3) return null;
    const shape = keeps ? x.shape.map((d, i) => (i === axis ? 1 : d)) : x.shape.filter((_, i) => i !== axis);
    const given = g.flip() ? axis : axis - x.shape.length;
    const asInput = g.opset >= 18 || (op === 'ReduceSum' && g.opset >= 13);
    const inputs = asInput ? [x.name, g.ints([given])] : [x.name];
    const attributes = [
      attribute.int('keepdims', Number(keeps)),
      ...(asInput ? [] : [attribute.ints('axes', [given])]),
    ];
    return g.make(op, inputs, shape, attributes);
  };

/** The same value put through a function: another that depends on the data. */
const beside =
  (op: string): Step =>
  (g, x) => {
    const y = g.make(['Sigmoid', 'Tanh', 'Abs'][g.draw(3)], [x.name], x.shape);
    if (op !== 'Div') return g.make(op, g.flip() ? [x.name, y.name] : [y.name, x.name], x.shape);
    const c = g.make('Add', [g.make('Abs', [y.name], x.shape).name, g.floats([], 0, 1)], x.shape);
    return g.make('Div', [x.name, c.name], x.shape);
  };

const axesInput = (g: Shaped, x: Made, op: string, axis: number, shape: readonly number[]): Made =>
  g.opset >= 13
    ? g.make(op, [x.name, g.ints([axis])], shape)
    : g.make(op, [x.name], shape, [attribute.ints('axes', [axis])]);

const STEPS: Readonly<Record<string, Step>> = {
  Relu: unary('Relu'),
  Tanh: unary('Tanh'),
  Sigmoid: unary('Sigmoid'),
  Softplus: unary('Softplus'),
  Softsign: unary('Softsign'),
  Neg: unary('Neg'),
  Abs: unary('Abs'),
  Erf: (g, x) => (g.opset < 9 ? null : unary('Erf')(g, x)),
  Floor: unary('Floor'),
  Identity: unary('Identity'),
  Elu: unary('Elu', alpha('alpha', 0.5, 1.5)),
  LeakyRelu: unary('LeakyRelu', alpha('alpha', 0.01, 0.4)),
  ThresholdedRelu: (g, x) => (g.opset < 10 ? null : unary('ThresholdedRelu', alpha('alpha', 0, 0.5))(g, x)),
  HardSigmoid: unary('HardSigmoid', alpha('alpha', 0.1, 0.4)),
  Selu: unary('Selu'),
  Celu: (g, x) => (g.opset < 12 ? null : unary('Celu', alpha('alpha', 0.5, 1.5))(g, x)),
  PRelu: (g, x) => g.make('PRelu', [x.name, g.floats([x.shape[x.shape.length - 1]], 0.5)], x.shape),
  Clip(g, x) {
    if (g.opset < 11)
      return g.make('Clip', [x.name], x.shape, [attribute.float('min', -0.4), attribute.float('max', 0.6)]);
    return g.make(
      'Clip',
      [x.name, g.floats([], 0, -0.4), g.flip() ? g.floats([], 0, 0.6) : ''].filter(Boolean),
      x.shape,
    );
  },
  Add: withConstant('Add'),
  Sub: withConstant('Sub'),
  Mul: withConstant('Mul'),
  Div: withConstant('Div', 2.5),
  Max: withConstant('Max'),
  Min: withConstant('Min'),
  Pow: (g, x) => g.make('Pow', [x.name, g.floats([], 0, 2 + g.draw(2))], x.shape),
  Sqrt(g, x) {
    const y = g.make('Abs', [x.name], x.shape);
    const z = g.make('Sqrt', [g.make('Add', [y.name, g.floats([], 0, 0.5)], x.shape).name], x.shape);
    return g.flip() ? z : g.make('Reciprocal', [z.name], x.shape);
  },
  AddFlow: beside('Add'),
  SubFlow: beside('Sub'),
  MulFlow: beside('Mul'),
  DivFlow: beside('Div'),
  Where(g, x) {
    const c = g.make('Greater', [g.floats(narrowed(g, x.shape)), g.floats([])], []);
    return g.make('Where', [c.name, x.name, g.floats([])], x.shape);
  },
  ReduceSum: reduction('ReduceSum'),
  ReduceMean: reduction('ReduceMean'),
  ReduceMax: reduction('ReduceMax'),
  ReduceMin: reduction('ReduceMin'),
  ReduceL2: reduction('ReduceL2'),
  ReduceLogSumExp: reduction('ReduceLogSumExp'),
  Softmax(g, x) {
    if (g.opset < 13)
      return g.make('Softmax', [x.name], x.shape, [attribute.int('axis', 1 + g.draw(x.shape.length - 1))]);
    return g.make('Softmax', [x.name], x.shape, [attribute.int('axis', 1 + g.draw(x.shape.length - 1))]);
  },
  LogSoftmax: (g, x) => g.make('LogSoftmax', [x.name], x.shape, [attribute.int('axis', x.shape.length - 1)]),
  LayerNormalization(g, x) {
    if (g.opset < 17) return null;
    const N = x.shape[x.shape.length - 1];
    return g.make('LayerNormalization', [x.name, g.floats([N]), g.floats([N])], x.shape, [
      attribute.int('axis', -1),
    ]);
  },
  InstanceNormalization(g, x) {
    if (x.shape.length !== 3 || x.shape[2] < 2) return null;
    const C = x.shape[1];
    return g.make('InstanceNormalization', [x.name, g.floats([C]), g.floats([C])], x.shape);
  },
  BatchNormalization(g, x) {
    if (x.shape.length > 3) return null;
    const C = x.shape[1];
    const given = [g.floats([C]), g.floats([C]), g.floats([C]), g.floats([C], 0.5, 1)];
    return g.make('BatchNormalization', [x.name, ...given], x.shape);
  },
  MatMul(g, x) {
    const [K, N] = [x.shape[x.shape.length - 1], 1 + g.draw(6)];
    return g.make('MatMul', [x.name, g.floats([K, N])], [...x.shape.slice(0, -1), N]);
  },
  MatMulFirst(g, x) {
    if (x.shape.length !== 3) return null;
    const M = 1 + g.draw(6);
    return g.make('MatMul', [g.floats([M, x.shape[1]]), x.name], [x.shape[0], M, x.shape[2]]);
  },
  MatMulFlow(g, x) {
    if (x.shape.length !== 3) return null;
    const y = g.make(
      'Transpose',
      [x.name],
      [x.shape[0], x.shape[2], x.shape[1]],
      [attribute.ints('perm', [0, 2, 1])],
    );
    return g.make('MatMul', [x.name, y.name], [x.shape[0], x.shape[1], x.shape[1]]);
  },
  Gemm(g, x) {
    if (x.shape.length !== 2) return null;
    const [K, N, turns] = [x.shape[1], 1 + g.draw(6), g.flip()];
    return g.make(
      'Gemm',
      [x.name, g.floats(turns ? [N, K] : [K, N]), g.floats([N])],
      [x.shape[0], N],
      [attribute.int('transB', Number(turns)), attribute.float('alpha', 0.5)],
    );
  },
  Conv(g, x) {
    if (x.shape.length !== 3) return null;
    const [C, K, M] = [x.shape[1], 1 + g.draw(Math.min(3, x.shape[2])), 1 + g.draw(5)];
    const pads = [g.draw(2), g.draw(2)];
    const strides = 1 + g.draw(2);
    const steps = Math.floor((x.shape[2] + pads[0] + pads[1] - K) / strides) + 1;
    return g.make(
      'Conv',
      [x.name, g.floats([M, C, K]), g.floats([M])],
      [x.shape[0], M, steps],
      [
        attribute.ints('kernel_shape', [K]),
        attribute.ints('pads', pads),
        attribute.ints('strides', [strides]),
      ],
    );
  },
  MaxPool(g, x) {
    if (x.shape.length !== 3 || x.shape[2] < 2) return null;
    const shape = [x.shape[0], x.shape[1], x.shape[2] - 1];
    return g.make('MaxPool', [x.name], shape, [
      attribute.ints('kernel_shape', [2]),
      attribute.ints('strides', [1]),
    ]);
  },
  AveragePool(g, x) {
    if (x.shape.length !== 3) return null;
    const counts = Number(g.flip());
    return g.make('AveragePool', [x.name], x.shape, [
      attribute.ints('kernel_shape', [3]),
      attribute.ints('strides', [1]),
      attribute.ints('pads', [1, 1]),
      attribute.int('count_include_pad', counts),
    ]);
  },
  GlobalAveragePool: (g, x) =>
    x.shape.length === 3 ? g.make('GlobalAveragePool', [x.name], [x.shape[0], x.shape[1], 1]) : null,
  Pad(g, x) {
    if (x.shape.length !== 3 || g.opset < 11) return null;
    const shape = [x.shape[0], x.shape[1], x.shape[2] + 3];
    return g.make('Pad', [x.name, g.ints([0, 0, 1, 0, 0, 2])], shape);
  },
  Transpose(g, x) {
    if (x.shape.length !== 3) return null;
    return g.make(
      'Transpose',
      [x.name],
      [x.shape[0], x.shape[2], x.shape[1]],
      [attribute.ints('perm', [0, 2, 1])],
    );
  },
  Reshape(g, x) {
    const size = x.shape.slice(1).reduce((a, b) => a * b, 1);
    const first = [2, 3, 1].find((d) => size % d === 0) as number;
    const target = g.flip() ? [0, -1] : [0, first, -1];
    return g.make(
      'Reshape',
      [x.name, g.ints(target)],
      [x.shape[0], ...(target.length === 2 ? [size] : [first, size / first])],
    );
  },
  Flatten: (g, x) => g.make('Flatten', [x.name], [x.shape[0], x.shape.slice(1).reduce((a, b) => a * b, 1)]),
  Unsqueeze: (g, x) =>
    x.shape.length > 2 ? null : axesInput(g, x, 'Unsqueeze', 1, [x.shape[0], 1, ...x.shape.slice(1)]),
  Squeeze: (g, x) =>
    x.shape.length === 3 && x.shape[1] === 1 ? axesInput(g, x, 'Squeeze', 1, [x.shape[0], x.shape[2]]) : null,
  Concat(g, x) {
    const axis = 1 + g.draw(x.shape.length - 1);
    const y = g.make('Tanh', [x.name], x.shape);
    return g.make(
      'Concat',
      [y.name, x.name],
      x.shape.map((d, i) => (i === axis ? 2 * d : d)),
      [attribute.int('axis', axis)],
    );
  },
  Slice(g, x) {
    const axis = 1 + g.draw(x.shape.length - 1);
    const size = x.shape[axis];
    if (size < 3) return null;
    const shape = x.shape.map((d, i) => (i === axis ? size - 2 : d));
    if (g.opset < 10) {
      return g.make('Slice', [x.name], shape, [
        attribute.ints('starts', [1]),
        attribute.ints('ends', [-1]),
        attribute.ints('axes', [axis]),
      ]);
    }
    return g.make('Slice', [x.name, g.ints([1]), g.ints([-1]), g.ints([axis])], shape);
  },
  SliceSteps(g, x) {
    const axis = 1 + g.draw(x.shape.length - 1);
    if (g.opset < 10) return null;
    const step = [2, -1, -2][g.draw(3)];
    const shape = x.shape.map((d, i) => (i === axis ? Math.ceil(d / Math.abs(step)) : d));
    const [start, end] = step > 0 ? [0, 1000] : [-1, -1000];
    return g.make('Slice', [x.name, g.ints([start]), g.ints([end]), g.ints([axis]), g.ints([step])], shape);
  },
  Gather(g, x) {
    const axis = 1 + g.draw(x.shape.length - 1);
    const places = Array.from({ length: 1 + g.draw(3) }, () => g.draw(x.shape[axis]));
    const shape = x.shape.map((d, i) => (i === axis ? places.length : d));
    return g.make('Gather', [x.name, g.ints(places)], shape, [attribute.int('axis', axis)]);
  },
  Expand(g, x) {
    const shape = x.shape.length < 3 ? [x.shape[0], x.shape[1]] : x.shape;
    return g.make('Expand', [x.name, g.ints(shape.map(() => 1))], shape);
  },
  ReshapeByShape(g, x) {
    if (x.shape.length !== 3) return null;
    const shape = g.make('Shape', [x.name], []);
    const front = g.make('Gather', [shape.name, g.ints([0])], []);
    const target = g.make('Concat', [front.name, g.ints([-1])], [], [attribute.int('axis', 0)]);
    return g.make('Reshape', [x.name, target.name], [x.shape[0], x.shape[1] * x.shape[2]]);
  },
  QDQ(g, x) {
    if (g.opset < 13) return null;
    const scale = g.floats([], 0, 0.02);
    const zero = `z${g.constants.length}`;
    g.constants.push({
      name: zero,
      dims: [],
      type: 2,
      raw: Uint8Array.of(128),
      numbers: [],
      external: false,
    });
    const q = g.make('QuantizeLinear', [x.name, scale, zero], []);
    return g.make('DequantizeLinear', [q.name, scale, zero], x.shape);
  },
  Dropout: (g, x) => (g.opset < 12 ? null : g.make('Dropout', [x.name], x.shape)),
};

/** A file with what goes in. */
export interface RandomGraph {
  readonly text: string;
  readonly bytes: Uint8Array;
  readonly feeds: Record<string, Tensor>;
  readonly ops: readonly string[];
}

/** A random graph of a few operators in a row. */
export function randomGraph(seed: number): RandomGraph {
  const draw = drawsFrom(seed);
  const opset = [8, 11, 13, 14, 17, 18, 20, 21][draw(8)];
  const g = new Shaped(draw, opset);
  const names = Object.keys(STEPS);
  const shape = draw(4) === 0 ? [1 + draw(3), 2 + draw(5)] : [1 + draw(3), 2 + draw(5), 2 + draw(5)];
  let x: Made = { name: 'x', shape };
  const ops: string[] = [];
  for (let steps = 3 + draw(5); steps > 0; ) {
    const op = names[draw(names.length)];
    if (x.shape.length === 4 || x.shape.reduce((a, b) => a * b, 1) > 4000) break;
    const next = STEPS[op](g, x);
    if (next === null) continue;
    ops.push(op);
    x = next;
    steps--;
  }
  const graph = {
    name: 'random',
    nodes: [...g.nodes, node('Identity', [x.name], ['y'])],
    constants: g.constants,
    inputs: [value('x', ['batch', ...shape.slice(1)])],
    outputs: [value('y', ['batch', ...x.shape.slice(1)])],
  };
  return {
    text: `opset ${opset} x[${shape}]: ${g.said.join(' ')}`,
    bytes: writeModel({ opsets: new Map([['', opset]]), graph, functions: [] }, opset > 20 ? 10 : 8),
    feeds: { x: tensor(numbers(draw, shape, 1.5).data, shape) },
    ops,
  };
}
