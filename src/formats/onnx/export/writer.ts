import type { Tensor } from '../../../tensor.js';
import type { AttributeProto, FunctionProto, NodeProto, TensorProto, ValueProto } from '../proto/messages.js';
import { attribute, DATA_TYPE, floatTensor, intTensor } from '../proto/write.js';

/** Domain of the operators that a file of ours defines itself: layers for which ONNX has no operator of its own. */
export const DOMAIN = 'recurra';

/** Size of an axis of a value that goes in or out: a number, a name, or nothing known. */
export type DimText = number | string | null;

/** The declaration of a value that goes in or out. */
export function declareValue(
  name: string,
  dims: readonly DimText[],
  type: number = DATA_TYPE.float,
): ValueProto {
  return {
    name,
    type,
    dims: dims.map((d) => (typeof d === 'number' ? { value: d, name: '' } : { value: null, name: d ?? '' })),
  };
}

/** Collects the nodes and constants of a graph, or of a function, which holds its constants as nodes. */
export class GraphWriter {
  readonly nodes: NodeProto[] = [];
  readonly constants: TensorProto[] = [];
  private readonly taken = new Set<string>();
  private readonly nodeNames = new Set<string>();
  private readonly shared = new Map<string, string>();

  constructor(
    readonly opset: number,
    /** Functions of the file, which all its writers add to. */
    readonly functions: FunctionProto[],
    /** Whether this is the body of a function. */
    private readonly inFunction = false,
  ) {}

  /** A name that no value has yet. */
  fresh(stem: string): string {
    let name = stem;
    for (let i = 1; this.taken.has(name); i++) name = `${stem}_${i}`;
    this.taken.add(name);
    return name;
  }

  /** Nodes have names of their own, no two the same. */
  private nodeName(stem: string): string {
    if (stem === '') return '';
    let name = stem;
    for (let i = 1; this.nodeNames.has(name); i++) name = `${stem}_${i}`;
    this.nodeNames.add(name);
    return name;
  }

  /** Uses an operator once. @returns names of its outputs */
  nodeOf(
    op: string,
    inputs: readonly string[],
    options: {
      attributes?: readonly AttributeProto[];
      outputs: readonly string[];
      name?: string;
      domain?: string;
    },
  ): readonly string[] {
    const given = [...inputs];
    while (given[given.length - 1] === '') given.pop();
    this.nodes.push({
      name: this.nodeName(options.name ?? ''),
      op,
      domain: options.domain ?? '',
      inputs: given,
      outputs: [...options.outputs],
      attributes: [...(options.attributes ?? [])],
    });
    return options.outputs;
  }

  /** The same for an operator with one output, whose name is made of `name`. */
  apply(
    op: string,
    inputs: readonly string[],
    name: string,
    attributes: readonly AttributeProto[] = [],
  ): string {
    const output = this.fresh(name);
    this.nodeOf(op, inputs, { attributes, outputs: [output], name });
    return output;
  }

  private constant(tensor: TensorProto): string {
    if (this.inFunction) {
      const attributes = [attribute.tensor('value', { ...tensor, name: '' })];
      this.nodeOf('Constant', [], { attributes, outputs: [tensor.name] });
    } else this.constants.push(tensor);
    return tensor.name;
  }

  /** Floats by a name; the same name asked for again is the same constant. */
  floats(name: string, { data, shape }: Pick<Tensor, 'data' | 'shape'>): string {
    const known = this.shared.get(name);
    if (known !== undefined) return known;
    const own = this.constant(floatTensor(this.fresh(name), Float32Array.from(data), shape));
    this.shared.set(name, own);
    return own;
  }

  /** One float. */
  number(value: number): string {
    return this.floats(`number_${value}`, { data: Float32Array.of(value), shape: [] });
  }

  /** Whole numbers: a list, or one. */
  ints(numbers: number | readonly number[]): string {
    const key = `ints_${typeof numbers === 'number' ? numbers : `${numbers.join('_')}_`}`;
    const known = this.shared.get(key);
    if (known !== undefined) return known;
    const own = this.constant(intTensor(this.fresh(key), numbers));
    this.shared.set(key, own);
    return own;
  }

  /** Whole numbers as floats. */
  cast(x: string): string {
    const key = `cast ${x}`;
    const known = this.shared.get(key);
    if (known !== undefined) return known;
    const own = this.apply('Cast', [x], `${x}.floats`, [attribute.int('to', DATA_TYPE.float)]);
    this.shared.set(key, own);
    return own;
  }

  transpose(x: string, perm: readonly number[], name: string): string {
    return this.apply('Transpose', [x], `${name}.turned`, [attribute.ints('perm', [...perm])]);
  }

  squeeze(x: string, axis: number, name: string): string {
    return this.apply('Squeeze', [x, this.ints([axis])], `${name}.squeezed`);
  }

  unsqueeze(x: string, axis: number, name: string): string {
    return this.apply('Unsqueeze', [x, this.ints([axis])], `${name}.widened`);
  }

  /** 0 keeps a size, −1 is found from the others. */
  reshape(x: string, sizes: readonly number[], name: string): string {
    return this.apply('Reshape', [x, this.ints(sizes)], `${name}.reshaped`);
  }

  concat(parts: readonly string[], axis: number, name: string): string {
    return this.apply('Concat', parts, name, [attribute.int('axis', axis)]);
  }

  /** Positions from `start` to before `end` on one axis, in steps. */
  slice(x: string, axis: number, start: number, end: number, name: string, step = 1): string {
    const list = [[start], [end], [axis], [step]].map((numbers) => this.ints(numbers));
    return this.apply('Slice', [x, ...list], name);
  }

  /** ReduceMean and its like over one axis, which stays: its place is an input from opset 18 on, for sums from 13. */
  reduce(op: string, x: string, axis: number, name: string): string {
    const asInput = this.opset >= 18 || op === 'ReduceSum';
    const inputs = asInput ? [x, this.ints([axis])] : [x];
    return this.apply(op, inputs, name, asInput ? [] : [attribute.ints('axes', [axis])]);
  }
}
