import { describe, expect, it } from 'vitest';
import { importOnnx } from '../../../src/formats/onnx/index.js';
import type {
  GraphProto,
  NodeProto,
  TensorProto,
  ValueProto,
} from '../../../src/formats/onnx/proto/messages.js';
import { attribute, floatTensor, intTensor, writeModel } from '../../../src/formats/onnx/proto/write.js';
import { sgd, tensor } from '../../../src/index.js';
import { testData } from '../../harness/random.js';
import { nestedFiles } from './nested-files.js';

const value = (name: string, ...dims: (number | string)[]): ValueProto => ({
  name,
  type: 1,
  dims: dims.map((d) => (typeof d === 'number' ? { value: d, name: '' } : { value: null, name: d })),
});
const node = (
  op: string,
  inputs: string[],
  outputs: string[],
  attributes: NodeProto['attributes'] = [],
): NodeProto => ({
  ...{ name: '', op, domain: '' },
  ...{ inputs, outputs, attributes },
});
const graph = (
  nodes: NodeProto[],
  inputs: ValueProto[],
  outputs: string[],
  constants: TensorProto[] = [],
): GraphProto => ({ name: 'g', nodes, constants, inputs, outputs: outputs.map((name) => value(name)) });
const file = (own: GraphProto): Uint8Array =>
  writeModel({ opsets: new Map([['', 17]]), graph: own, functions: [] }, 8);
const flag = (name: string, on: boolean): TensorProto => ({
  ...{ name, dims: [], type: 9, raw: Uint8Array.of(Number(on)), numbers: [], external: false },
});

const [T, I, H] = [4, 3, 2];
const W = testData(1, I * H);
const R = testData(2, H * H);
const weights = [floatTensor('W', W, [I, H]), floatTensor('R', R, [H, H])];
/** h = tanh(x·W + h·R) */
const cell = [
  node('MatMul', ['x_t', 'W'], ['a']),
  node('MatMul', ['h_in', 'R'], ['b']),
  node('Add', ['a', 'b'], ['sum']),
  node('Tanh', ['sum'], ['h_out']),
];

function expected(x: Float32Array): number[] {
  let h = [0, 0];
  return Array.from({ length: T }, (_, t) => {
    h = h.map((_v, j) => {
      let sum = 0;
      for (let i = 0; i < I; i++) sum += x[t * I + i] * W[i * H + j];
      for (let i = 0; i < H; i++) sum += h[i] * R[i * H + j];
      return Math.tanh(sum);
    });
    return h;
  }).flat();
}

describe('importOnnx of graphs inside nodes', () => {
  it('reads a scan, a loop that uses a function, and a branch on both', () => {
    const { run } = importOnnx(nestedFiles()[0]);
    const { y, z } = run({ x: tensor(testData(6, 12), [4, 1, 3]), h0: [[0, 0]] });
    const turned = (h: number): number => {
      let v = h;
      for (let i = 0; i < 3; i++) v = 1 / (1 + Math.exp(-2 * v));
      return Math.max(v, 0);
    };
    [...y.data.slice(6)].forEach((h, i) => {
      expect(z.data[i]).toBeCloseTo(turned(h), 5);
    });
  });

  const x = testData(3, T * I);

  it('takes the branch of a condition that is known', () => {
    const branch = (op: string) => graph([node(op, ['x'], ['out'])], [], ['out']);
    const own = (on: boolean) =>
      file(
        graph(
          [
            node(
              'If',
              ['c'],
              ['y'],
              [attribute.graph('then_branch', branch('Relu')), attribute.graph('else_branch', branch('Neg'))],
            ),
          ],
          [value('x', 'batch', 2)],
          ['y'],
          [flag('c', on)],
        ),
      );
    const run = (on: boolean) => [...importOnnx(own(on)).run({ x: [[-1, 2]] }).y.data];
    expect(run(true)).toEqual([0, 2]);
    expect(run(false)).toEqual([1, -2]);
  });

  it('runs a scan along a known time, on one set of weights, which trains', () => {
    const body = graph(
      [...cell, node('Identity', ['h_out'], ['y_t'])],
      [value('h_in', 'batch', H), value('x_t', 'batch', I)],
      ['h_out', 'y_t'],
    );
    const own = graph(
      [
        node(
          'Scan',
          ['h0', 'x'],
          ['h', 'y'],
          [attribute.int('num_scan_inputs', 1), attribute.graph('body', body)],
        ),
      ],
      [value('x', T, 'batch', I), value('h0', 'batch', H)],
      ['y'],
      weights,
    );
    const { model, run } = importOnnx(file(own));
    const got = run({ x: tensor(x, [T, 1, I]), h0: [[0, 0]] }).y;
    expect(got.shape).toEqual([T, 1, H]);
    expected(x).forEach((v, i) => {
      expect(got.data[i]).toBeCloseTo(v, 5);
    });
    expect(Object.keys(model.getWeights())).toHaveLength(2);
    model.compile({ optimizer: sgd({ learningRate: 0.1 }), loss: 'meanSquaredError' });
    const inputs = [tensor(x, [1, T, I]), tensor([0, 0], [1, H])];
    const target = tensor(testData(4, T * H), [1, T, H]);
    const losses = Array.from({ length: 10 }, () => model.trainOnBatch(inputs, target).loss);
    expect(losses[9]).toBeLessThan(losses[0]);
  });

  it('takes steps in a loop as long as the sequence, and refuses a loop as long as another', () => {
    const body = graph(
      [
        node('Gather', ['x', 't'], ['x_t'], [attribute.int('axis', 0)]),
        ...cell,
        node('Identity', ['go_in'], ['go_out']),
        node('Identity', ['h_out'], ['y_t']),
      ],
      [value('t'), value('go_in'), value('h_in', 'batch', H)],
      ['go_out', 'h_out', 'y_t'],
    );
    const own = (longAs: string) =>
      file(
        graph(
          [
            node('Shape', [longAs], ['sizes']),
            node('Gather', ['sizes', 'first'], ['count'], [attribute.int('axis', 0)]),
            node('Loop', ['count', '', 'h0'], ['h', 'y'], [attribute.graph('body', body)]),
            node('Tanh', ['other'], ['z']),
          ],
          [value('x', 'time', 'batch', I), value('other', 'steps', 'batch', I), value('h0', 'batch', H)],
          ['y', 'z'],
          [...weights, intTensor('first', [0])],
        ),
      );
    const { model, run } = importOnnx(own('x'));
    expect(model.graph.layers.map(({ layer }) => layer.definition.type)).toContain('simpleRNN');
    const feeds = { x: tensor(x, [T, 1, I]), other: tensor(x.slice(0, I), [1, 1, I]), h0: [[0, 0]] };
    const { y } = run(feeds);
    expect(y.shape).toEqual([T, 1, H]);
    expected(x).forEach((v, i) => {
      expect(y.data[i]).toBeCloseTo(v, 5);
    });
    expect(() => importOnnx(own('other'))).toThrow(/number of turns/);
  });

  it('unrolls a loop of a known number of turns', () => {
    const body = graph(
      [node('Add', ['h_in', 'h_in'], ['h_out']), node('Identity', ['go_in'], ['go_out'])],
      [value('t'), value('go_in'), value('h_in', 'batch', 2)],
      ['go_out', 'h_out'],
    );
    const own = graph(
      [node('Loop', ['n', '', 'x'], ['y'], [attribute.graph('body', body)])],
      [value('x', 'batch', 2)],
      ['y'],
      [intTensor('n', 5)],
    );
    expect([...importOnnx(file(own)).run({ x: [[1, -2]] }).y.data]).toEqual([32, -64]);
    const endless = { ...own, constants: [intTensor('n', 2 ** 40)] };
    expect(() => importOnnx(file(endless))).toThrow('its number of turns is');
  });

  it('puts the body of a function in place of its use, and refuses one that uses itself', () => {
    const own = {
      ...{
        name: 'twice',
        domain: 'mine',
        doc: '',
        inputs: ['a'],
        outputs: ['b'],
        attributes: ['alpha'],
        defaults: [],
      },
      nodes: [
        node('Elu', ['a'], ['t'], [{ ...attribute.float('alpha', 0), ref: 'alpha' }]),
        node('Add', ['t', 't'], ['b']),
      ],
    };
    const use = { ...node('twice', ['x'], ['y'], [attribute.float('alpha', 2)]), domain: 'mine' };
    const model = (nodes: NodeProto[]) =>
      writeModel(
        {
          opsets: new Map([
            ['', 17],
            ['mine', 1],
          ]),
          graph: graph([use], [value('x', 'batch', 1)], ['y']),
          functions: [{ ...own, nodes }],
        },
        8,
      );
    const again = { ...use, inputs: ['a'], outputs: ['b'] };
    expect(() => importOnnx(model([again]))).toThrow('functions are more than 32 deep');
    expect(() => importOnnx(model([again, { ...again, outputs: ['c'] }]))).toThrow('deep');
    // `ref` is not written: what is left is the attribute's own value, elu with alpha 0.
    expect([...importOnnx(model(own.nodes)).run({ x: [[3]] }).y.data]).toEqual([6]);
  });
});
