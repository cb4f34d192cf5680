import { checkList } from '../check.js';
import { describeValue } from '../describe.js';
import { ShapeError, StateError } from '../errors.js';
import type { BatchAxis, StateDeclaration } from '../layers/layer.js';
import type { Node } from '../layers/symbolic.js';
import type { Arena, MemoryView } from '../memory/arena.js';
import { at, type Ref, Region } from '../program/region.js';
import { sizeOf } from '../shape.js';
import type { NamedLayer } from './graph.js';
import { roomyShapes, type StreamSplit } from './streamable.js';

/** Rows of a batch in memory: [blocks, batch, width], at an address in floats. */
interface Rows {
  readonly start: number;
  readonly blocks: number;
  readonly width: number;
}

/** What lies in memory from step to step, batch and all. */
export interface Kept {
  readonly name: string;
  readonly region: Region;
  readonly view: MemoryView;
  /** Null where all samples have the same. */
  readonly rows: Rows | null;
  /** Of a state that counts steps: how many it has room for. */
  readonly limit?: number;
}

/** Room for something kept, filled with zeros. */
export function keep(
  arena: Arena,
  name: string,
  { shape, batchAxis = 0 }: { readonly shape: StateDeclaration['shape']; readonly batchAxis?: BatchAxis },
  batch: number,
  allocate: (floats: number) => number,
): Kept {
  const floats = batch * sizeOf(shape);
  const address = allocate(floats);
  const region = new Region(name, floats, address);
  const blocks = batchAxis === 1 ? shape[0] : 1;
  const rows = batchAxis === null ? null : { start: address / 4, blocks, width: floats / batch / blocks };
  return { name, region, view: arena.view(address, floats), rows };
}

/** Gives each row of a batch what another has, in place; `spare`: where a block fits, as floats from 0. */
export function moveRows(
  memory: Float32Array,
  { start, blocks, width }: Rows,
  from: ArrayLike<number>,
  spare: number,
): void {
  const size = from.length * width;
  for (let block = 0; block < blocks; block++) {
    const first = start + block * size;
    memory.copyWithin(spare, first, first + size);
    for (let b = 0; b < from.length; b++) {
      const source = spare + from[b] * width;
      if (from[b] !== b) memory.copyWithin(first + b * width, source, source + width);
    }
  }
}

/** The carried states of a stream, in the order in which its layers have them. */
export class StreamStates {
  readonly all: Kept[] = [];
  private readonly known = new Map<Node, Map<string, Kept>>();

  constructor(
    private readonly arena: Arena,
    private readonly split: StreamSplit,
    private readonly batch: number,
    private readonly allocate: (floats: number) => number,
  ) {}

  /** The place of a state of a node, made on first request; null for what it does not declare. */
  place(node: Node, { name: owner, layer }: NamedLayer, name: string): Ref | null {
    let own = this.known.get(node);
    if (own === undefined) {
      own = new Map();
      this.known.set(node, own);
    }
    let state = own.get(name);
    if (state === undefined) {
      const shapes = roomyShapes(node, this.split);
      const declared = layer.definition.states?.(layer.config, shapes).find((one) => one.name === name);
      if (declared === undefined) return null;
      const { limit } = declared;
      state = { ...keep(this.arena, `${owner}.${name}`, declared, this.batch, this.allocate), limit };
      own.set(name, state);
      this.all.push(state);
    }
    return at(state.region);
  }

  /** @throws StateError where a layer has taken as many steps as it has room for */
  checkRoom(): void {
    for (let i = 0; i < this.all.length; i++) {
      const { name, view, limit } = this.all[i];
      if (limit === undefined || view.f32[0] < limit) continue;
      throw new StateError(
        `stream: ${name.slice(0, name.lastIndexOf('.'))} has room for ${limit} steps, and this is the next; reset() ` +
          'starts anew, stream({ maxSteps }) makes more room',
      );
    }
  }

  /** Back to zero. */
  clear(): void {
    for (const { view } of this.all) view.f32.fill(0);
  }

  /** Copies of the states. */
  read(): Float32Array[] {
    return this.all.map(({ view }) => view.f32.slice());
  }

  /** Copies the states into what {@link read} gave before. */
  readInto(copies: readonly Float32Array[]): void {
    for (let i = 0; i < copies.length; i++) copies[i].set(this.all[i].view.f32);
  }

  /** Sets the states to copies. */
  write(copies: readonly Float32Array[]): void {
    for (let i = 0; i < copies.length; i++) this.all[i].view.f32.set(copies[i]);
  }

  /** @throws ShapeError or ValueError unless the value is what {@link read} gives */
  check(value: unknown): void {
    const parts = checkList('stream', 'state', value);
    if (parts.length !== this.all.length) {
      throw new ShapeError(`stream: state has ${parts.length} parts, expected ${this.all.length}`);
    }
    parts.forEach((part, i) => {
      const { name, view } = this.all[i];
      if (part instanceof Float32Array && part.length === view.f32.length) return;
      throw new ShapeError(
        `stream: state ${i} (${name}) is ${describeValue(part)}, expected a Float32Array of ${view.f32.length}`,
      );
    });
  }
}
