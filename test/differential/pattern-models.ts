import type { GraphProto, NodeProto } from '../../src/formats/onnx/proto/messages.js';
import { attribute, floatTensor, writeModel } from '../../src/formats/onnx/proto/write.js';
import { type Tensor, tensor } from '../../src/index.js';
import { type Draw, drawsFrom } from '../formats/fuzz/mutate.js';
import { Building } from './building.js';
import { node, numbers, value } from './recurrent-models.js';

/** A file that spells a layer by single operations, with what goes in. */
export interface RandomPattern {
  readonly text: string;
  readonly bytes: Uint8Array;
  readonly feeds: Record<string, Tensor>;
  /** The layer that it spells. */
  readonly kind: string;
}

const FORMS = ['steps', 'Scan', 'Loop'] as const;
const CELLS = ['lstm', 'gru', 'simpleRNN'] as const;
const OPSET = 14;

/** A graph that spells a layer. */
class Spelling extends Building {
  override floats(shape: readonly number[], size = 0.8): string {
    return super.floats(shape, size);
  }

  /** One number. */
  number(v: number): string {
    return this.given(Float32Array.of(v), []);
  }

  /** Operands in one order or the other. */
  either(op: 'Add' | 'Mul', a: string, b: string): string {
    return this.add(op, this.flip() ? [a, b] : [b, a]);
  }

  /** The parts of equal sizes of a last axis, in an order that is drawn. */
  parts(x: string, H: number, order: readonly number[]): string[] {
    const sizes = this.ints(order.map(() => H));
    const names = order.map(() => this.name());
    this.nodes.push(node('Split', [x, sizes], names, [attribute.int('axis', 1)]));
    return order.map((place) => names[place]);
  }
}

function shuffled(draw: Draw, n: number): number[] {
  const list = Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const at = draw(i + 1);
    [list[i], list[at]] = [list[at], list[i]];
  }
  return list;
}

type Step = (x: string, h: string, c: string) => { h: string; c: string };

/** Products of x and h: of both joined, or apart, with a bias at either or both. */
function products(g: Spelling, I: number, H: number, G: number) {
  const joint = g.flip(3);
  const [bx, bh] = [g.flip() ? g.floats([G * H]) : '', g.flip() ? g.floats([G * H]) : ''];
  const [w, u] = joint ? [g.floats([I + H, G * H]), ''] : [g.floats([I, G * H]), g.floats([H, G * H])];
  const plus = (y: string, b: string): string => (b === '' ? y : g.either('Add', y, b));
  return {
    joint,
    sum(x: string, h: string): string {
      if (joint) {
        const both = g.add('Concat', [x, h], [attribute.int('axis', 1)]);
        return plus(g.add('MatMul', [both, w]), bx);
      }
      return g.either('Add', plus(g.add('MatMul', [x, w]), bx), plus(g.add('MatMul', [h, u]), bh));
    },
    apart: (x: string, h: string): [string, string] => [
      plus(g.add('MatMul', [x, w]), bx),
      plus(g.add('MatMul', [h, u]), bh),
    ],
  };
}

function lstmStep(g: Spelling, I: number, H: number): Step {
  const order = shuffled(g.draw, 4);
  const all = products(g, I, H, 4);
  const gate = g.flip(4) ? 'HardSigmoid' : 'Sigmoid';
  const peeps = g.flip(3) ? [g.floats([H]), g.floats([H]), g.floats([H])] : null;
  return (x, h, c) => {
    const [ia, fa, ga, oa] = g.parts(all.sum(x, h), H, order);
    const seen = (a: string, k: number, state: string): string =>
      peeps === null ? a : g.either('Add', a, g.either('Mul', peeps[k], state));
    const [i, f] = [g.add(gate, [seen(ia, 0, c)]), g.add(gate, [seen(fa, 1, c)])];
    const next = g.either('Add', g.either('Mul', f, c), g.either('Mul', i, g.add('Tanh', [ga])));
    const o = g.add(gate, [seen(oa, 2, next)]);
    return { h: g.either('Mul', o, g.add('Tanh', [next])), c: next };
  };
}

function gruStep(g: Spelling, I: number, H: number): Step {
  const resetAfter = g.flip();
  const mirrored = g.flip();
  const form = g.draw(2);
  const order = shuffled(g.draw, resetAfter ? 3 : 2);
  let all = products(g, I, H, resetAfter ? 3 : 2);
  while (resetAfter && all.joint) all = products(g, I, H, 3);
  const [w, u, b] = resetAfter ? ['', '', ''] : [g.floats([I, H]), g.floats([H, H]), g.floats([H])];
  const one = g.number(1);
  return (x, h, c) => {
    let [z, n] = ['', ''];
    if (resetAfter) {
      const [px, ph] = all.apart(x, h);
      const [zx, rx, nx] = g.parts(px, H, order);
      const [zh, rh, nh] = g.parts(ph, H, order);
      z = g.add('Sigmoid', [g.either('Add', zx, zh)]);
      const r = g.add('Sigmoid', [g.either('Add', rx, rh)]);
      n = g.add('Tanh', [g.either('Add', nx, g.either('Mul', r, nh))]);
    } else {
      const [za, ra] = g.parts(all.sum(x, h), H, order);
      z = g.add('Sigmoid', [za]);
      const product = g.add('MatMul', [g.either('Mul', g.add('Sigmoid', [ra]), h), u]);
      n = g.add('Tanh', [g.either('Add', g.either('Add', g.add('MatMul', [x, w]), b), product)]);
    }
    const [kept, fresh] = mirrored ? [n, h] : [h, n];
    if (form === 0) {
      const rest = g.either('Mul', g.add('Sub', [one, z]), fresh);
      return { h: g.either('Add', g.either('Mul', z, kept), rest), c };
    }
    return { h: g.either('Add', fresh, g.either('Mul', z, g.add('Sub', [kept, fresh]))), c };
  };
}

function rnnStep(g: Spelling, I: number, H: number): Step {
  const all = products(g, I, H, 1);
  const op = ['Tanh', 'Relu', 'Softsign'][g.draw(3)];
  return (x, h, c) => ({ h: g.add(op, [all.sum(x, h)]), c });
}

/** A cell in one of three forms, over time in front or behind the batch, from either end. */
function randomCell(seed: number): RandomPattern {
  const draw = drawsFrom(seed);
  const g = new Spelling(draw);
  const kind = CELLS[draw(3)];
  const form = FORMS[draw(3)];
  const [T, B, I, H] = [2 + draw(4), 1 + draw(3), 1 + draw(5), 2 + draw(5)];
  const step = { lstm: lstmStep, gru: gruStep, simpleRNN: rnnStep }[kind](g, I, H);
  const axis = draw(2);
  const backwards = form !== 'Loop' && g.flip(3);
  const states = kind === 'lstm' ? ['h', 'c'] : ['h'];
  const shape = axis === 0 ? [T, B, I] : [B, T, I];
  const x = numbers(draw, shape, 1.5);
  const feeds: Record<string, Tensor> = { x };
  for (const state of states) feeds[state] = numbers(draw, [B, H], 0.7);
  const inside = (own: NodeProto[], inputs: string[], outputs: string[]): GraphProto => ({
    name: 'body',
    nodes: own,
    constants: [],
    inputs: inputs.map((name) =>
      value(
        name,
        name === 't' || name === 'go' ? [] : ['batch', name === 'x_t' ? I : H],
        name === 't' ? 7 : name === 'go' ? 9 : 1,
      ),
    ),
    outputs: outputs.map((name) =>
      value(name, name === 'go_out' ? [] : ['batch', H], name === 'go_out' ? 9 : 1),
    ),
  });
  let last: string[] = [];
  let y = '';
  if (form === 'steps') {
    let state = { h: 'h', c: 'c' };
    const all: string[] = [];
    for (let k = 0; k < T; k++) {
      const at = g.ints([backwards ? T - 1 - k : k]);
      const taken = g.add('Gather', ['x', at], [attribute.int('axis', axis)]);
      const x_t = g.add('Squeeze', [taken, g.ints([axis])]);
      state = step(x_t, state.h, state.c);
      all.push(g.add('Unsqueeze', [state.h, g.ints([axis])]));
    }
    y = g.add('Concat', backwards ? all.reverse() : all, [attribute.int('axis', axis)]);
    last = kind === 'lstm' ? [state.h, state.c] : [state.h];
  } else {
    const outer = g.nodes;
    g.nodes = [];
    const x_t = form === 'Loop' ? g.add('Gather', ['x', 't'], [attribute.int('axis', axis)]) : 'x_t';
    const after = step(x_t, 'h_in', 'c_in');
    const results = states.map((name) => g.add('Identity', [after[name as 'h' | 'c']]));
    const out = g.add('Identity', [after.h]);
    const body = g.nodes;
    g.nodes = outer;
    const ins = states.map((name) => `${name}_in`);
    last = states.map((name) => `${name}_n`);
    if (form === 'Scan') {
      y = 'ys';
      const graph = inside(body, [...ins, 'x_t'], [...results, out]);
      g.nodes.push(
        node(
          'Scan',
          [...states, 'x'],
          [...last, y],
          [
            attribute.graph('body', graph),
            attribute.int('num_scan_inputs', 1),
            attribute.ints('scan_input_axes', [axis]),
            attribute.ints('scan_output_axes', [axis]),
            attribute.ints('scan_input_directions', [Number(backwards)]),
            attribute.ints('scan_output_directions', [Number(backwards)]),
          ],
        ),
      );
    } else {
      body.push(node('Identity', ['go'], ['go_out']));
      const graph = inside(body, ['t', 'go', ...ins], ['go_out', ...results, out]);
      const sizes = g.add('Shape', ['x']);
      const count = g.add('Squeeze', [g.add('Gather', [sizes, g.ints([axis])]), g.ints([0])]);
      g.nodes.push(node('Loop', [count, '', ...states], [...last, 'ys'], [attribute.graph('body', graph)]));
      y = axis === 0 ? 'ys' : g.add('Transpose', ['ys'], [attribute.ints('perm', [1, 0, 2])]);
    }
  }
  const time = form === 'steps' ? T : 'time';
  const ends = ['y', ...states.map((name) => `${name}_end`)];
  const graph: GraphProto = {
    name: 'cells',
    nodes: [...g.nodes, ...[y, ...last].map((name, i) => node('Identity', [name], [ends[i]]))],
    constants: g.constants,
    inputs: [
      value('x', axis === 0 ? [time, 'batch', I] : ['batch', time, I]),
      ...states.map((name) => value(name, ['batch', H])),
    ],
    outputs: ends.map((name) =>
      value(name, name === 'y' ? (axis === 0 ? [time, 'batch', H] : ['batch', time, H]) : ['batch', H]),
    ),
  };
  return {
    text: `${kind} ${form} axis ${axis}${backwards ? ' backwards' : ''} T${T} B${B} I${I} H${H}: ${g.nodes.map(({ op }) => op).join(' ')}`,
    bytes: writeModel({ opsets: new Map([['', OPSET]]), graph, functions: [] }, 8),
    feeds,
    kind,
  };
}

/** Self-attention of heads, with products in front and behind. */
function randomAttention(seed: number): RandomPattern {
  const draw = drawsFrom(seed);
  const g = new Spelling(draw);
  const [T, B, I, N, D] = [2 + draw(6), 1 + draw(3), 1 + draw(6), 1 + draw(3), 1 + draw(4)];
  const E = N * D;
  const shape = g.ints([0, 0, N, D]);
  const dense = (x: string, from: number, to: number): string => {
    const product = g.add('MatMul', [x, g.floats([from, to])]);
    return g.flip() ? product : g.either('Add', product, g.floats([to]));
  };
  const heads = (perm: number[]): string =>
    g.add('Transpose', [g.add('Reshape', [dense('x', I, E), shape])], [attribute.ints('perm', perm)]);
  const [q, k, v] = [heads([0, 2, 1, 3]), heads([0, 2, 3, 1]), heads([0, 2, 1, 3])];
  const where = draw(3);
  const scale = 0.2 + draw(10) / 10;
  const scaled = where === 0 ? g.either('Mul', q, g.number(scale)) : q;
  let scores = g.add('MatMul', [scaled, k]);
  if (where === 1) scores = g.add('Div', [scores, g.number(1 / scale)]);
  const mask = draw(3);
  if (mask > 0) {
    const data = Float32Array.from({ length: T * T }, (_, i) => {
      const [row, column] = [Math.floor(i / T), i % T];
      const hidden = mask === 1 ? column > row : column !== row && draw(2) === 0;
      return hidden ? Number.NEGATIVE_INFINITY : 0;
    });
    g.constants.push(floatTensor('mask', data, g.flip() ? [T, T] : [1, 1, T, T]));
    scores = g.either('Add', scores, 'mask');
  }
  const y = g.add('MatMul', [g.add('Softmax', [scores], [attribute.int('axis', -1)]), v]);
  const joined = g.add('Reshape', [
    g.add('Transpose', [y], [attribute.ints('perm', [0, 2, 1, 3])]),
    g.ints([0, 0, E]),
  ]);
  const out = dense(joined, E, 1 + draw(5));
  const O = g.constants.find(({ name }) => name === g.nodes[g.nodes.length - 1].inputs[1])?.dims ?? [];
  const time = mask === 0 ? 'time' : T;
  const graph: GraphProto = {
    name: 'attention',
    nodes: [...g.nodes, node('Identity', [out], ['y'])],
    constants: g.constants,
    inputs: [value('x', ['batch', time, I])],
    outputs: [value('y', ['batch', time, 'features'])],
  };
  return {
    text: `attention T${T} B${B} I${I} N${N} D${D} scale at ${where} mask ${mask} ${O}`,
    bytes: writeModel({ opsets: new Map([['', OPSET]]), graph, functions: [] }, 8),
    feeds: { x: tensor(numbers(draw, [B, T, I], 1.5).data, [B, T, I]) },
    kind: 'multiHeadAttention',
  };
}

/** Layer normalization, as exporters of opsets below 17 spell it. */
function randomNormalization(seed: number): RandomPattern {
  const draw = drawsFrom(seed);
  const g = new Spelling(draw);
  const [T, B, I] = [1 + draw(4), 1 + draw(3), 2 + draw(9)];
  const mean = (x: string): string => g.add('ReduceMean', [x], [attribute.ints('axes', [-1])]);
  const centred = g.add('Sub', ['x', mean('x')]);
  const square = g.flip() ? g.add('Pow', [centred, g.number(2)]) : g.add('Mul', [centred, centred]);
  const root = g.add('Sqrt', [g.either('Add', mean(square), g.number(10 ** -(3 + draw(3))))]);
  let y = g.flip() ? g.add('Div', [centred, root]) : g.add('Mul', [centred, g.add('Reciprocal', [root])]);
  if (!g.flip(4)) y = g.either('Mul', y, g.floats([I]));
  if (!g.flip(4)) y = g.either('Add', y, g.floats([I]));
  const graph: GraphProto = {
    name: 'normalization',
    nodes: [...g.nodes, node('Identity', [y], ['y'])],
    constants: g.constants,
    inputs: [value('x', ['batch', 'time', I])],
    outputs: [value('y', ['batch', 'time', I])],
  };
  return {
    text: `normalization T${T} B${B} I${I}: ${g.nodes.map(({ op }) => op).join(' ')}`,
    bytes: writeModel({ opsets: new Map([['', OPSET]]), graph, functions: [] }, 8),
    feeds: { x: numbers(draw, [B, T, I], 2) },
    kind: 'layerNormalization',
  };
}

/** A random file: most are cells. */
export function randomPattern(seed: number): RandomPattern {
  const kind = seed % 4;
  if (kind === 3) return randomNormalization(seed);
  return kind === 2 ? randomAttention(seed) : randomCell(seed);
}
