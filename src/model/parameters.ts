import { describeValue } from '../describe.js';
import { DataError, ShapeError, unknownName, ValueError } from '../errors.js';
import { checkConstraint } from '../layers/constraints.js';
import type { DType, ParameterDeclaration } from '../layers/layer.js';
import type { Arena } from '../memory/arena.js';
import { Region } from '../program/region.js';
import { RandomStream } from '../random/stream.js';
import { formatShape, type Shape, sameShape, sizeOf } from '../shape.js';
import { type Tensor, type TensorLike, tensorOf } from '../tensor.js';
import type { Graph } from './graph.js';

/** A weight of a model: its declaration and its place. */
export interface Parameter {
  /** `lstm.kernel` */
  readonly name: string;
  readonly layer: string;
  readonly declaration: ParameterDeclaration;
  readonly trainable: boolean;
  readonly dtype: DType;
  readonly size: number;
  readonly bytes: number;
  /** Distance in floats from the start of its part (trainable or frozen). */
  readonly offset: number;
  readonly region: Region;
}

/** Weights shared with another model. */
interface Loan {
  readonly source: Parameters;
  /** The same weight here and there. */
  readonly pairs: readonly (readonly [Parameter, Parameter])[];
  /** Version of the source whose weights are here. */
  seen: number;
}

const GRAIN = 4;

const BYTES: Readonly<Record<DType, number>> = { float32: 4, int8: 1 };

/** A weight as it lies in memory and in files. */
export interface StoredTensor {
  readonly data: Float32Array | Int8Array;
  readonly shape: Shape;
}

/** The weights of a graph in order, before they have a place. @throws ShapeError when a constraint does not fit */
export function declareParameters(graph: Graph): Omit<Parameter, 'offset' | 'region'>[] {
  return graph.layers.flatMap(({ layer, name, inputShapes, trainable }) =>
    layer.definition.parameters(layer.config, inputShapes).map((declaration) => {
      const { constraint, dtype = 'float32', shape } = declaration;
      if (constraint) checkConstraint(constraint, shape, `${name}.${declaration.name}: constraint`);
      return {
        declaration,
        layer: name,
        name: `${name}.${declaration.name}`,
        trainable: trainable && declaration.trainable !== false,
        dtype,
        size: sizeOf(shape),
        bytes: BYTES[dtype] * sizeOf(shape),
      };
    }),
  );
}

/** Puts the name of a weight in front of what an initializer has to say about its shape. */
function named<T>(name: string, fill: () => T): T {
  try {
    return fill();
  } catch (error) {
    if (error instanceof ValueError) throw new ValueError(`${name}: ${error.message}`);
    throw error;
  }
}

/**
 * All weights of a model, in one block: the trainable ones first and without gaps but for alignment, so that
 * an optimizer passes over one run of floats.
 */
export class Parameters {
  readonly all: readonly Parameter[];
  /** Floats from the first trainable weight to the end of the last, padding included. */
  readonly trainableFloats: number;
  /** The trainable part. */
  readonly region: Region;
  /** All of them, the frozen part behind the trainable one. */
  readonly block: Region;
  private count = 1;
  private readonly loans: Loan[] = [];
  private readonly byName = new Map<string, Parameter>();

  constructor(
    private readonly arena: Arena,
    graph: Graph,
  ) {
    const ends = { trainable: 0, frozen: 0 };
    const placed = declareParameters(graph).map((p) => {
      const part = p.trainable ? 'trainable' : 'frozen';
      const offset = ends[part];
      ends[part] += Math.ceil(p.bytes / 4 / GRAIN) * GRAIN;
      return { ...p, offset };
    });
    this.trainableFloats = ends.trainable;
    const address = arena.allocate(4 * (ends.trainable + ends.frozen), 'parameters');
    this.region = new Region('parameters', ends.trainable, address);
    this.block = new Region('parameters', ends.trainable + ends.frozen, address);
    this.all = placed.map((p) => {
      const start = p.trainable ? p.offset : ends.trainable + p.offset;
      return { ...p, region: new Region(p.name, Math.ceil(p.bytes / 4), address + 4 * start) };
    });
    for (const parameter of this.all) this.byName.set(parameter.name, parameter);
  }

  /** Fills weights, all unless told which, from their initializers; the position of a weight keys the random stream. */
  initialize(seed: number, wanted: (name: string) => boolean = () => true): void {
    this.all.forEach((parameter, index) => {
      if (!wanted(parameter.name)) return;
      const { initializer, shape } = parameter.declaration;
      const stream = new RandomStream(seed, index);
      this.view(parameter).set(named(parameter.name, () => initializer.fill(shape, stream)));
    });
    this.changed();
  }

  /** Number of changes of weights, those in models of which this one is made included. */
  get version(): number {
    this.refresh();
    return this.count;
  }

  /** Brings the weights of the models of which this one is made up to date. */
  refresh(): void {
    for (const loan of this.loans) {
      const { version } = loan.source;
      if (version === loan.seen) continue;
      for (const [own, theirs] of loan.pairs) this.view(own).set(loan.source.view(theirs));
      loan.seen = version;
      this.count++;
    }
  }

  /** To be called when weights have changed: packings made before are stale, and lenders get the new weights. */
  changed(): void {
    this.count++;
    for (const loan of this.loans) {
      for (const [own, theirs] of loan.pairs) loan.source.view(theirs).set(this.view(own));
      loan.source.changed();
      loan.seen = loan.source.version;
    }
  }

  /** Shares the weights of another model, by names here and there: a change in either is one in both. */
  borrow(source: Parameters, names: readonly (readonly [string, string])[]): void {
    const pairs = names.map(([own, theirs]) => [this.get(own), source.get(theirs)] as const);
    this.loans.push({ source, pairs, seen: 0 });
  }

  has(name: string): boolean {
    return this.byName.has(name);
  }

  get(name: string): Parameter {
    return this.byName.get(name) as Parameter;
  }

  /** The weight in memory, for use at once. */
  view({ region, size, dtype }: Parameter): Float32Array | Int8Array {
    const address = region.address as number;
    return dtype === 'int8' ? this.arena.i8(address, size) : this.arena.f32(address, size);
  }

  /** Copies of all weights by name. */
  read(): Record<string, Tensor> {
    this.refresh();
    const weights: Record<string, Tensor> = {};
    for (const parameter of this.all) {
      weights[parameter.name] = {
        data: Float32Array.from(this.view(parameter)),
        shape: [...parameter.declaration.shape],
      };
    }
    return weights;
  }

  /** Copies of all weights by name, in the types in which they are kept. */
  readStored(): Record<string, StoredTensor> {
    this.refresh();
    const weights: Record<string, StoredTensor> = {};
    for (const parameter of this.all) {
      const { name, declaration } = parameter;
      weights[name] = { data: this.view(parameter).slice(), shape: [...declaration.shape] };
    }
    return weights;
  }

  /**
   * Sets the weights named; the others stay.
   * @throws UnknownNameError, ShapeError, ValueError, DataError; nothing has changed then
   */
  write(weights: Readonly<Record<string, TensorLike>>): void {
    if (typeof weights !== 'object' || weights === null || Array.isArray(weights)) {
      const got = describeValue(weights);
      throw new ValueError(`setWeights: expected tensors by name as getWeights() gives them, got ${got}`);
    }
    const checked = Object.entries(weights).map(([name, value]) => {
      const parameter = this.byName.get(name);
      if (parameter === undefined) throw unknownName('setWeights', 'weight', name, [...this.byName.keys()]);
      const { shape } = parameter.declaration;
      const where = `setWeights: ${name}`;
      const given = tensorOf(where, value, ArrayBuffer.isView(value) ? shape : undefined);
      if (!sameShape(given.shape, shape)) {
        throw new ShapeError(
          `setWeights: ${name} has shape ${formatShape(given.shape)}, expected ${formatShape(shape)}`,
        );
      }
      if (parameter.dtype === 'int8') checkInt8(name, given.data);
      return { parameter, data: given.data };
    });
    this.refresh();
    for (const { parameter, data } of checked) this.view(parameter).set(data);
    this.changed();
  }
}

function checkInt8(name: string, data: Float32Array): void {
  const bad = data.findIndex((v) => !(Number.isInteger(v) && v >= -127 && v <= 127));
  if (bad >= 0) {
    throw new DataError(
      `setWeights: ${name} holds whole numbers from -127 to 127, got ${data[bad]} at position ${bad}`,
    );
  }
}
