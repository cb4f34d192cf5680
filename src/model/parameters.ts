import { checkConstraint } from '../layers/constraints.js';
import type { DType, ParameterDeclaration } from '../layers/layer.js';
import type { Arena } from '../memory/arena.js';
import { Region } from '../program/region.js';
import { type Shape, sizeOf } from '../shape.js';
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
}
