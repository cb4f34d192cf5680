import { FormatError } from '../../errors.js';
import { describeNode } from './node.js';
import type { AttributeProto, FunctionProto, GraphProto, NodeProto } from './proto/messages.js';

/** Functions inside one another at most. */
const DEEPEST = 32;

const keyOf = ({ domain }: { domain: string }, name: string): string =>
  `${domain === 'ai.onnx' ? '' : domain}:${name}`;

/** The functions of a file, by domain and name. */
export class FunctionTable {
  private readonly all = new Map<string, FunctionProto>();

  constructor(functions: readonly FunctionProto[]) {
    for (const own of functions) this.all.set(keyOf(own, own.name), own);
  }

  /** The function that a node uses, or undefined. */
  of(node: NodeProto): FunctionProto | undefined {
    return this.all.get(keyOf(node, node.op));
  }
}

/** Attributes of a node of a body: those that refer to one of the use get its value; those it has not are left out. */
function attributesOf(
  body: readonly AttributeProto[],
  use: readonly AttributeProto[],
  defaults: readonly AttributeProto[],
): AttributeProto[] {
  return body.flatMap((attribute) => {
    if (attribute.ref === '') return [attribute];
    const given = [...use, ...defaults].find(({ name }) => name === attribute.ref);
    return given === undefined ? [] : [{ ...given, name: attribute.name }];
  });
}

/**
 * The graph with the uses of functions replaced by their bodies.
 *
 * @param keep says which uses stay as they are
 * @param most nodes at most: bodies inside bodies multiply
 * @throws FormatError for functions that use themselves, and for too many nodes
 */
export function expandFunctions(
  graph: GraphProto,
  functions: FunctionTable,
  keep: (own: FunctionProto) => boolean,
  most: number,
): GraphProto {
  const nodes: NodeProto[] = [];
  let uses = 0;
  const add = (node: NodeProto, depth: number): void => {
    const own = functions.of(node);
    if (own === undefined || keep(own)) {
      nodes.push(node);
      if (nodes.length > most) {
        throw new FormatError(`importOnnx: its functions come to more than ${most} nodes`);
      }
      return;
    }
    if (depth > DEEPEST)
      throw new FormatError(`${describeNode(node)}: functions are more than ${DEEPEST} deep`);
    const scope = `${node.name || own.name}/${uses++}/`;
    const names = new Map<string, string>([['', '']]);
    own.inputs.forEach((name, i) => {
      names.set(name, node.inputs[i] ?? '');
    });
    own.outputs.forEach((name, i) => {
      // An output that is also an input is passed through by a name of its own.
      if (!own.inputs.includes(name) && node.outputs[i]) names.set(name, node.outputs[i]);
    });
    const renamed = (name: string): string => names.get(name) ?? scope + name;
    for (const inner of own.nodes) {
      if (uses > most) throw new FormatError(`importOnnx: its functions come to more than ${most} uses`);
      const copy: NodeProto = {
        name: inner.name === '' ? '' : `${node.name || own.name}_${inner.name}`,
        op: inner.op,
        domain: inner.domain,
        inputs: inner.inputs.map(renamed),
        outputs: inner.outputs.map(renamed),
        attributes: attributesOf(inner.attributes, node.attributes, own.defaults),
      };
      add(copy, depth + 1);
    }
    own.outputs.forEach((name, i) => {
      const at = own.inputs.indexOf(name);
      if (at < 0 || !node.outputs[i]) return;
      const pass = { name: '', op: 'Identity', domain: '', attributes: [] };
      nodes.push({ ...pass, inputs: [node.inputs[at] ?? ''], outputs: [node.outputs[i]] });
    });
  };
  for (const node of graph.nodes) add(node, 0);
  return { ...graph, nodes };
}
