import { ShapeError } from '../../errors.js';
import type { Ref } from '../../program/region.js';
import { formatShape, type OpenShape, type Shape, sizeOf } from '../../shape.js';
import * as kernels from '../../wasm/generated/kernels.js';
import type { Binding } from '../layer.js';
import { MAX_RANK, memorySizes, stridesIn } from './memory.js';

/** Operations on two numbers by name, with the codes of assembly/layers/broadcast.ts. */
export const OPERATIONS = { add: 0, subtract: 1, multiply: 2, divide: 3, maximum: 4, minimum: 5 } as const;

/** Name of an operation on two numbers. */
export type OperationName = keyof typeof OPERATIONS;

/** Every operation, in the order of the codes. */
export const OPERATION_NAMES = Object.keys(OPERATIONS) as readonly OperationName[];

/**
 * The shape of one sample that two operands have together, each repeated along its axes of size 1.
 *
 * @throws ShapeError
 */
export function broadcastShape(a: OpenShape, b: OpenShape, name: string): OpenShape {
  const came = `${formatShape([null, ...a])} and ${formatShape([null, ...b])}`;
  if (a.length !== b.length || a.length > MAX_RANK) {
    throw new ShapeError(
      `${name}: operands have shapes ${came}, expected as many axes, ${MAX_RANK} at most beside the batch`,
    );
  }
  return a.map((size, i) => {
    const other = b[i];
    if (size === other || other === 1) return size;
    if (size === 1) return other;
    if (size === null || other === null) return size ?? other;
    throw new ShapeError(`${name}: operands have shapes ${came}, which differ on axis ${i + 1}`);
  });
}

/** An operand: its place and its sizes in memory. */
export interface Operand {
  readonly place: Ref;
  readonly sizes: readonly number[];
}

/** Sizes of the output and strides of both operands, as the kernels take them. */
function walk(k: Binding, a: Operand, b: Operand, stepping: boolean) {
  const [I, J, K, L] = memorySizes(k.outputShapes[0], k.batch, stepping);
  const [ai, aj, ak, al] = stridesIn(a.sizes);
  const [bi, bj, bk, bl] = stridesIn(b.sizes);
  return [I, J, K, L, ai, aj, ak, al, bi, bj, bk, bl] as const;
}

/** Records y = a op b. */
export function recordOperation(
  k: Binding,
  operation: OperationName,
  a: Operand,
  b: Operand,
  stepping: boolean,
): void {
  const numbers = walk(k, a, b, stepping);
  k.emit(kernels.broadcast_forward, k.output(), a.place, b.place, ...numbers, OPERATIONS[operation]);
}

/** Adds to the gradient `to` of the first or second operand. */
export function recordOperationGradient(
  k: Binding,
  operation: OperationName,
  operands: readonly [Operand, Operand],
  index: 0 | 1,
  to: Ref,
  dy: Ref,
): void {
  const [a, b] = operands;
  const numbers = walk(k, a, b, false);
  k.emit(kernels.broadcast_backward, to, dy, a.place, b.place, ...numbers, OPERATIONS[operation], index);
}

/** Records zeros where a gradient is added up. */
export function clear(k: Binding, place: Ref, shape: Shape): void {
  k.emit(kernels.fill, place, k.batch * sizeOf(shape), 0);
}
