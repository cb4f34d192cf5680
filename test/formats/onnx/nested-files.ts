import type {
  GraphProto,
  NodeProto,
  TensorProto,
  ValueProto,
} from '../../../src/formats/onnx/proto/messages.js';
import { attribute, floatTensor, intTensor, writeModel } from '../../../src/formats/onnx/proto/write.js';

const value = (name: string, ...dims: (number | string)[]): ValueProto => ({
  name,
  type: 1,
  dims: dims.map((d) => (typeof d === 'number' ? { value: d, name: '' } : { value: null, name: d })),
});

const node = (
  op: string,
  inputs: string[],
  outputs: string[],
  ...attributes: NodeProto['attributes']
): NodeProto => ({
  ...{ name: '', op, domain: op === 'twice' ? 'mine' : '' },
  ...{ inputs, outputs, attributes },
});

const graph = (
  nodes: NodeProto[],
  inputs: ValueProto[],
  outputs: string[],
  constants: TensorProto[] = [],
): GraphProto => ({ name: 'nested', nodes, constants, inputs, outputs: outputs.map((name) => value(name)) });

const step = [
  node('MatMul', ['x_t', 'W'], ['a']),
  node('Add', ['a', 'h_in'], ['sum']),
  node('Tanh', ['sum'], ['h_out']),
  node('Identity', ['h_out'], ['y_t']),
];
const scan = graph(step, [value('h_in', 'batch', 2), value('x_t', 'batch', 3)], ['h_out', 'y_t']);
const loop = graph(
  [node('twice', ['h_l'], ['d']), node('Sigmoid', ['d'], ['h_m']), node('Identity', ['go_in'], ['go_out'])],
  [value('t'), value('go_in'), value('h_l', 'batch', 2)],
  ['go_out', 'h_m'],
);
const branch = (op: string): GraphProto => graph([node(op, ['looped'], [`${op}d`])], [], [`${op}d`]);

const yes: TensorProto = {
  name: 'c',
  dims: [],
  type: 9,
  raw: Uint8Array.of(1),
  numbers: [],
  external: false,
};

/** Files with a scan, a loop, a branch and a function, which mutations of sizes and names turn into others. */
export function nestedFiles(): Uint8Array[] {
  const whole = graph(
    [
      node(
        'Scan',
        ['h0', 'x'],
        ['last', 'y'],
        attribute.int('num_scan_inputs', 1),
        attribute.graph('body', scan),
      ),
      node('Loop', ['n', '', 'last'], ['looped'], attribute.graph('body', loop)),
      node(
        'If',
        ['c'],
        ['z'],
        attribute.graph('then_branch', branch('Relu')),
        attribute.graph('else_branch', branch('Neg')),
      ),
    ],
    [value('x', 4, 'batch', 3), value('h0', 'batch', 2)],
    ['y', 'z'],
    [floatTensor('W', Float32Array.of(1, 2, 3, 4, 5, 6), [3, 2]), intTensor('n', 3), yes],
  );
  const own = {
    ...{
      name: 'twice',
      domain: 'mine',
      doc: '',
      inputs: ['p'],
      outputs: ['q'],
      attributes: [],
      defaults: [],
    },
    nodes: [node('Add', ['p', 'p'], ['q'])],
  };
  const opsets = new Map([
    ['', 17],
    ['mine', 1],
  ]);
  return [writeModel({ opsets, graph: whole, functions: [own] }, 8)];
}
