import { type ModelProto, type NodeProto, readModel } from '../../../src/formats/onnx/proto/messages.js';
import { writeModel } from '../../../src/formats/onnx/proto/write.js';
import type { Draw } from './mutate.js';

/** Sizes, axes and counts that files are most often wrong with. */
const NUMBERS = [
  -(2 ** 31),
  -3,
  -2,
  -1,
  0,
  1,
  2,
  3,
  5,
  64,
  1000,
  65_536,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 40,
  2 ** 53,
];

type Change = (model: ModelProto, draw: Draw) => void;

const pick = <T>(list: readonly T[], draw: Draw): T => list[draw(list.length)];

/** All nodes, those of functions and of graphs inside nodes too. */
function allNodes({ graph, functions }: ModelProto): NodeProto[] {
  const found: NodeProto[] = [];
  const add = (nodes: readonly NodeProto[]): void => {
    for (const node of nodes) {
      found.push(node);
      for (const { g } of node.attributes) add(g?.nodes ?? []);
    }
  };
  add(graph?.nodes ?? []);
  for (const own of functions) add(own.nodes);
  return found;
}

/** Changes to what a file says, not to its bytes: they are read to the end. */
const CHANGES: readonly Change[] = [
  // Another value goes in: cycles, and values of other shapes.
  (model, draw) => {
    const nodes = allNodes(model);
    const node = pick(nodes, draw);
    if (node.inputs.length > 0)
      node.inputs[draw(node.inputs.length)] = pick(pick(nodes, draw).outputs, draw) ?? '';
  },
  (model, draw) => {
    const node = pick(allNodes(model), draw);
    if (node.inputs.length > 0) node.inputs.splice(draw(node.inputs.length), 1);
  },
  // Another operator.
  (model, draw) => {
    const nodes = allNodes(model);
    const other = pick(nodes, draw);
    const node = pick(nodes, draw);
    node.op = other.op;
    node.domain = other.domain;
  },
  // Other attributes.
  (model, draw) => {
    const { attributes } = pick(allNodes(model), draw);
    if (attributes.length === 0) return;
    const own = pick(attributes, draw);
    const value = pick(NUMBERS, draw);
    if (own.ints.length > 0) own.ints[draw(own.ints.length)] = value;
    else if (own.floats.length > 0)
      own.floats[draw(own.floats.length)] = pick([0, -1, 1e30, Number.NaN], draw);
    else if (own.s !== null) own.s = Uint8Array.of(65 + draw(26));
    else {
      own.i = value;
      own.f = pick([0, -1, 1e-30, 1e30, Number.NaN, Number.POSITIVE_INFINITY], draw);
    }
  },
  (model, draw) => {
    const { attributes } = pick(allNodes(model), draw);
    if (attributes.length > 0) attributes.splice(draw(attributes.length), 1);
  },
  // Other numbers of whole constants: shapes, axes, counts.
  ({ graph }, draw) => {
    const whole = (graph?.constants ?? []).filter(
      ({ type, raw }) => type === 7 && raw !== null && raw.length >= 8,
    );
    if (whole.length === 0) return;
    const own = pick(whole, draw);
    own.raw = (own.raw as Uint8Array).slice();
    const view = new DataView(own.raw.buffer);
    view.setBigInt64(8 * draw(own.raw.length / 8), BigInt(pick(NUMBERS, draw)), true);
  },
  // Other shapes of constants, with and without numbers for them.
  ({ graph }, draw) => {
    const own = pick(graph?.constants ?? [], draw);
    if (own === undefined || own.dims.length === 0) return;
    if (draw(2) === 0) own.dims[draw(own.dims.length)] = pick(NUMBERS, draw);
    else own.dims.reverse();
  },
  ({ graph }, draw) => {
    const own = pick(graph?.constants ?? [], draw);
    if (own !== undefined) own.type = draw(17);
  },
  // Other shapes of inputs.
  ({ graph }, draw) => {
    const own = pick(graph?.inputs ?? [], draw);
    const { dims } = own;
    if (dims === null || dims.length === 0) return;
    const at = draw(dims.length);
    if (draw(3) === 0) own.dims = dims.filter((_, i) => i !== at);
    else dims[at] = draw(3) === 0 ? { value: null, name: 'any' } : { value: pick(NUMBERS, draw), name: '' };
  },
  ({ graph }, draw) => {
    const outputs = graph?.outputs ?? [];
    const node = pick(graph?.nodes ?? [], draw);
    if (outputs.length > 0 && node !== undefined)
      outputs[draw(outputs.length)].name = pick(node.outputs, draw) ?? '';
  },
  (model, draw) => {
    model.opsets.set('', 7 + draw(17));
  },
  // What a function says that it is.
  ({ functions }, draw) => {
    const own = pick(functions, draw);
    if (own === undefined) return;
    own.doc = own.doc.replace(/\d+/g, (digits) => (draw(6) === 0 ? String(pick(NUMBERS, draw)) : digits));
  },
  ({ graph }, draw) => {
    const nodes = graph?.nodes ?? [];
    if (nodes.length > 1) nodes.splice(draw(nodes.length), 0, ...nodes.splice(draw(nodes.length), 1));
  },
];

/** A file that says something else in one to three places. */
export function mutateOnnx(file: Uint8Array, draw: Draw): Uint8Array {
  const model = readModel(file);
  for (let i = draw(3); i >= 0; i--) pick(CHANGES, draw)(model, draw);
  const ir = 8;
  return writeModel({ ...model, opsets: model.opsets }, ir);
}
