import { attribute } from '../proto/write.js';
import { fromFront } from './moves.js';
import { asFunction, type Exporter, type LayerUse } from './use.js';

const OPERATIONS: Readonly<Record<string, string>> = {
  add: 'Add',
  subtract: 'Sub',
  multiply: 'Mul',
  divide: 'Div',
  maximum: 'Max',
  minimum: 'Min',
};

/** Layers on inputs of equal shape, from left to right. */
function chain(op: string): Exporter {
  return ({ writer, inputs, name }) => {
    const last = inputs.length - 1;
    return [
      inputs
        .slice(1)
        .reduce(
          (left, right, i) => writer.apply(op, [left, right], i === last - 1 ? name : `${name}.part`),
          inputs[0],
        ),
    ];
  };
}

const combine: Exporter = ({ writer, inputs, name, config }) => [
  writer.apply(OPERATIONS[(config as { operation: string }).operation], inputs, name),
];

const operand: Exporter = (use) => {
  const { operation, first } = use.config as { operation: string; first: boolean };
  const pair = first ? [use.weight('operand'), use.inputs[0]] : [use.inputs[0], use.weight('operand')];
  return [use.writer.apply(OPERATIONS[operation], pair, use.name)];
};

interface Numbers {
  readonly function: string;
  readonly alpha: number | null;
  readonly beta: number | null;
}

/** Functions that are one operator, with the attributes that hold alpha and beta. */
const FUNCTIONS: Readonly<Record<string, readonly [string, string?, string?]>> = {
  abs: ['Abs'],
  sqrt: ['Sqrt'],
  reciprocal: ['Reciprocal'],
  log: ['Log'],
  erf: ['Erf'],
  sign: ['Sign'],
  floor: ['Floor'],
  ceil: ['Ceil'],
  round: ['Round'],
  leakyRelu: ['LeakyRelu', 'alpha'],
  elu: ['Elu', 'alpha'],
  thresholdedRelu: ['ThresholdedRelu', 'alpha'],
  hardSigmoid: ['HardSigmoid', 'alpha', 'beta'],
};

const affine = asFunction(({ writer, inputs, config }) => {
  const { alpha, beta } = config as Numbers;
  const scaled = writer.apply('Mul', [inputs[0], writer.number(alpha ?? 1)], 'scaled');
  return [writer.apply('Add', [scaled, writer.number(beta ?? 0)], 'y')];
});

const geluTanh = asFunction(({ writer, inputs: [x] }) => {
  const times = (a: string, factor: number, name: string): string =>
    writer.apply('Mul', [a, writer.number(factor)], name);
  const square = writer.apply('Mul', [x, x], 'square');
  const slope = writer.apply('Add', [times(square, 0.044715, 'cubic'), writer.number(1)], 'slope');
  const inner = times(writer.apply('Mul', [x, slope], 'inner'), Math.sqrt(2 / Math.PI), 'argument');
  const rest = writer.apply('Add', [writer.apply('Tanh', [inner], 'tanh'), writer.number(1)], 'rest');
  return [writer.apply('Mul', [times(x, 0.5, 'half'), rest], 'y')];
});

const pointwise: Exporter = (use) => {
  const { writer, name, inputs } = use;
  const { function: of, alpha, beta } = use.config as Numbers;
  if (of === 'affine') return affine(use);
  if (of === 'geluTanh') return geluTanh(use);
  if (of === 'power') return [writer.apply('Pow', [inputs[0], writer.number(alpha ?? 1)], name)];
  if (of === 'clip') {
    const bounds = [alpha, beta].map((bound) => (bound === null ? '' : writer.number(bound)));
    const y = writer.fresh(name);
    writer.nodeOf('Clip', [inputs[0], ...bounds], { outputs: [y], name });
    return [y];
  }
  const [op, ...names] = FUNCTIONS[of];
  const attributes = [alpha, beta].flatMap((value, i) => {
    const own = names[i];
    return own === undefined || value === null ? [] : [attribute.float(own, value)];
  });
  return [writer.apply(op, [inputs[0]], name, attributes)];
};

const REDUCTIONS: Readonly<Record<string, string>> = {
  sum: 'ReduceSum',
  mean: 'ReduceMean',
  max: 'ReduceMax',
  min: 'ReduceMin',
  product: 'ReduceProd',
};

const reduce: Exporter = (use) => {
  const { operation, axis } = use.config as { operation: string; axis: number };
  return [use.writer.reduce(REDUCTIONS[operation], use.inputs[0], fromFront(axis, use), use.name)];
};

const matmul: Exporter = ({ writer, inputs, name }) => [writer.apply('MatMul', inputs, name)];

/** Zeros of the size of the batch, to which the vector is added. */
const learnedVector = asFunction((use) => {
  const { writer, inputs, inputShapes } = use;
  const rank = inputShapes[0].length;
  const first = writer.slice(inputs[0], rank, 0, 1, 'column');
  const flat = writer.reshape(rank > 1 ? writer.slice(first, 1, 0, 1, 'row') : first, [0, -1], 'flat');
  const one = writer.slice(flat, 1, 0, 1, 'one');
  const nothing = writer.apply('Mul', [one, writer.number(0)], 'nothing');
  return [writer.apply('Add', [nothing, use.weight('vector')], 'y')];
});

/** Vectors: Σ_d a_d b_d; sequences: a·bᵀ */
const dot = asFunction((use: LayerUse) => {
  const {
    writer,
    inputs: [a, b],
    inputShapes,
  } = use;
  if (inputShapes[0].length > 1) {
    return [writer.apply('MatMul', [a, writer.transpose(b, [0, 2, 1], 'b')], 'y')];
  }
  return [writer.reduce('ReduceSum', writer.apply('Mul', [a, b], 'products'), 1, 'y')];
});

const concatenate: Exporter = (use) => [
  use.writer.apply('Concat', use.inputs, use.name, [
    attribute.int('axis', fromFront((use.config as { axis: number }).axis, use)),
  ]),
];

/** Layers of several inputs, and single operations. */
export const ARITHMETIC_EXPORTERS: Readonly<Record<string, Exporter>> = {
  add: chain('Add'),
  subtract: chain('Sub'),
  multiply: chain('Mul'),
  maximum: chain('Max'),
  minimum: chain('Min'),
  average: ({ writer, inputs, name }) => [writer.apply('Mean', inputs, name)],
  concatenate,
  dot,
  combine,
  operand,
  pointwise,
  reduce,
  matmul,
  learnedVector,
};
