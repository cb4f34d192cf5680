import { activation } from '../../../layers/activation.js';
import type { ActivationName } from '../../../layers/activations.js';
import type { Layer } from '../../../layers/layer.js';
import { constantOf } from '../constants.js';
import type { NodeUse, Operator } from '../node.js';
import type { Flow } from '../values.js';
import { ofFlows, pointwiseOf, withConstant } from './broadcast.js';
import { CONSTANT_FUNCTIONS, foldOne } from './fold.js';
import { along } from './rows.js';

/** An activation of every number of a flow. */
export function activated(node: NodeUse, flow: Flow, name: ActivationName): Flow {
  const make = (own: string): Layer => activation({ activation: name, name: own });
  return { ...flow, tensor: node.builder.layer('activation', node.proto, make).apply(flow.tensor) };
}

/** What an operator does on flows; constants are reckoned out by {@link CONSTANT_FUNCTIONS}. */
type OnFlow = (node: NodeUse, flow: Flow) => Flow;

const named =
  (name: ActivationName): OnFlow =>
  (node, flow) =>
    activated(node, flow, name);

const near = (a: number, b: number): boolean => Math.abs(a - b) < 1e-6;

/** An activation of ours where its numbers are ONNX's, else a function with them. */
function withAlpha(name: 'leakyRelu' | 'elu', standard: number, ours: number): OnFlow {
  return (node, flow) => {
    const alpha = node.float('alpha', standard);
    return near(alpha, ours) ? activated(node, flow, name) : pointwiseOf(node, flow, name, alpha);
  };
}

const hardSigmoid: OnFlow = (node, flow) => {
  const [alpha, beta] = [node.float('alpha', 0.2), node.float('beta', 0.5)];
  if (near(alpha, 1 / 6) && near(beta, 0.5)) return activated(node, flow, 'hardSigmoid');
  if (near(alpha, 0.2) && near(beta, 0.5)) return activated(node, flow, 'hardSigmoid02');
  return pointwiseOf(node, flow, 'hardSigmoid', alpha, beta);
};

/** gamma · elu(x, alpha) */
const selu: OnFlow = (node, flow) => {
  const [alpha, gamma] = [node.float('alpha', 1.6732632), node.float('gamma', 1.050701)];
  if (near(alpha, 1.6732632) && near(gamma, 1.050701)) return activated(node, flow, 'selu');
  return pointwiseOf(node, pointwiseOf(node, flow, 'elu', alpha), 'affine', gamma, 0);
};

/** alpha · elu(x / alpha) */
const celu: OnFlow = (node, flow) => {
  const alpha = node.float('alpha', 1);
  if (near(alpha, 1)) return activated(node, flow, 'elu');
  const inner = pointwiseOf(node, flow, 'affine', 1 / alpha, 0);
  return pointwiseOf(node, pointwiseOf(node, inner, 'elu', 1), 'affine', alpha, 0);
};

const gelu: OnFlow = (node, flow) => {
  const approximate = node.text('approximate', 'none');
  if (approximate === 'none') return activated(node, flow, 'gelu');
  return approximate === 'tanh'
    ? pointwiseOf(node, flow, 'geluTanh')
    : node.refuse(`approximate '${approximate}'`);
};

/** x ⊙ gate(x) */
const gated =
  (gate: (node: NodeUse, flow: Flow) => Flow): OnFlow =>
  (node, flow) =>
    ofFlows(node, 'multiply', flow, gate(node, flow));

/** max(x, 0) + slope ⊙ min(x, 0) */
const parametric: OnFlow = (node, flow) => {
  const slope = node.constant(1, 'slope');
  const below = withConstant(node, 'multiply', pointwiseOf(node, flow, 'clip', undefined, 0), slope, false);
  return ofFlows(node, 'add', activated(node, flow, 'relu'), below);
};

const shrink: OnFlow = (node, flow) => {
  const [lambda, bias] = [node.float('lambd', 0.5), node.float('bias', 0)];
  if (bias !== lambda) node.refuse('only soft shrinking is imported: bias must be lambd');
  const above = pointwiseOf(node, pointwiseOf(node, flow, 'affine', 1, -lambda), 'clip', 0);
  const below = pointwiseOf(node, pointwiseOf(node, flow, 'affine', 1, lambda), 'clip', undefined, 0);
  return ofFlows(node, 'add', above, below);
};

/** Bounds are attributes up to opset 10, inputs from 11 on. */
const clip: OnFlow = (node, flow) => {
  const bound = (index: number, name: string): number | undefined => {
    const given = node.optionalConstant(index, name);
    const value = given === null ? (node.has(name) ? node.float(name, 0) : undefined) : given.data[0];
    return value !== undefined && Number.isFinite(value) && Math.abs(value) < 3e38 ? value : undefined;
  };
  const [low, high] = [bound(1, 'min'), bound(2, 'max')];
  return low === undefined && high === undefined ? flow : pointwiseOf(node, flow, 'clip', low, high);
};

const ON_FLOWS: Readonly<Record<string, OnFlow>> = {
  Relu: named('relu'),
  Tanh: named('tanh'),
  Sigmoid: named('sigmoid'),
  Softplus: named('softplus'),
  Softsign: named('softsign'),
  Exp: named('exponential'),
  Swish: named('silu'),
  Elu: withAlpha('elu', 1, 1),
  LeakyRelu: withAlpha('leakyRelu', 0.01, 0.2),
  ThresholdedRelu: (node, flow) => pointwiseOf(node, flow, 'thresholdedRelu', node.float('alpha', 1)),
  HardSigmoid: hardSigmoid,
  HardSwish: gated((node, flow) => activated(node, flow, 'hardSigmoid')),
  Mish: gated((node, flow) => activated(node, activated(node, flow, 'softplus'), 'tanh')),
  Selu: selu,
  Celu: celu,
  Gelu: gelu,
  FastGelu: (node, flow) => {
    const bias = node.optionalConstant(1, 'the bias');
    const sum = bias === null ? flow : withConstant(node, 'add', flow, bias, false);
    return pointwiseOf(node, sum, 'geluTanh');
  },
  QuickGelu: gated((node, flow) =>
    activated(node, pointwiseOf(node, flow, 'affine', node.float('alpha', 1.702), 0), 'sigmoid'),
  ),
  PRelu: parametric,
  Shrink: shrink,
  Clip: clip,
  Neg: (node, flow) => pointwiseOf(node, flow, 'affine', -1, 0),
  Abs: (node, flow) => pointwiseOf(node, flow, 'abs'),
  Sqrt: (node, flow) => pointwiseOf(node, flow, 'sqrt'),
  Reciprocal: (node, flow) => pointwiseOf(node, flow, 'reciprocal'),
  Log: (node, flow) => pointwiseOf(node, flow, 'log'),
  Erf: (node, flow) => pointwiseOf(node, flow, 'erf'),
  Sign: (node, flow) => pointwiseOf(node, flow, 'sign'),
  Floor: (node, flow) => pointwiseOf(node, flow, 'floor'),
  Ceil: (node, flow) => pointwiseOf(node, flow, 'ceil'),
  Round: (node, flow) => pointwiseOf(node, flow, 'round'),
};

function functionOperator(op: string, onFlow: OnFlow): Operator {
  return (node) => {
    const value = node.input(0);
    if (value.kind === 'flow') return [onFlow(node, value)];
    const fold = Object.hasOwn(CONSTANT_FUNCTIONS, op) ? CONSTANT_FUNCTIONS[op] : null;
    if (op === 'Clip') return [clippedConstant(node)];
    // A size that is open stays what it is where rounding does nothing to it.
    if (value.kind === 'dims' && ['Floor', 'Ceil', 'Round'].includes(op)) return [value];
    if (fold === null) return node.refuse('its input is a constant');
    return [foldOne(node.constant(0, 'input'), fold)];
  };
}

function clippedConstant(node: NodeUse) {
  const [low, high] = [node.optionalConstant(1, 'min'), node.optionalConstant(2, 'max')];
  const from = low?.data[0] ?? node.float('min', Number.NEGATIVE_INFINITY);
  const to = high?.data[0] ?? node.float('max', Number.POSITIVE_INFINITY);
  return foldOne(node.constant(0, 'input'), (x) => Math.min(Math.max(x, from), to));
}

/** Over one axis; up to opset 12 over all axes from one on. */
function overAxis(name: ActivationName): Operator {
  return (node) => {
    const flow = node.flow(0);
    const old = node.opset < 13;
    const rows = along(node, flow, node.int('axis', old ? 1 : -1), old);
    const make = (own: string): Layer => activation({ activation: name, name: own });
    return [rows.result(node.builder.layer('activation', node.proto, make).apply(rows.x))];
  };
}

const not: Operator = (node) => [foldOne(node.constant(0, 'input'), (x) => Number(x === 0), 'bool')];

/** Whole numbers that constants turn into: no weights. */
const cast: Operator = (node) => {
  const value = node.input(0);
  const to = node.int('to', 1);
  const floats = [1, 10, 11, 16].includes(to);
  if (value.kind !== 'constant') return [value];
  if (floats) return [{ ...constantOf('float', value.data, value.shape), reckoned: value.type !== 'float' }];
  if (to === 9) return [foldOne(value, (v) => Number(v !== 0), 'bool')];
  return [foldOne(value, Math.trunc, 'int')];
};

/** Functions of every number, and softmax over an axis. */
export const FUNCTION_OPERATORS: Readonly<Record<string, Operator>> = {
  ...Object.fromEntries(Object.entries(ON_FLOWS).map(([op, onFlow]) => [op, functionOperator(op, onFlow)])),
  Softmax: overAxis('softmax'),
  LogSoftmax: overAxis('logSoftmax'),
  Not: not,
  Cast: cast,
  CastLike: (node) => [node.input(0)],
};
