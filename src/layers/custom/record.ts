import type { Argument, LoopCall, Moving } from '../../program/recorder.js';
import { at, type Ref } from '../../program/region.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { ACTIVATIONS } from '../activations.js';
import type { Binding } from '../layer.js';
import { packedFloats } from '../recurrent/weights.js';
import type { Layout, Place } from './layout.js';
import type { MatrixView, Term } from './term.js';

/** Gives the argument that stands for a place: of one step, of all steps, or moving from step to step. */
export type Locate = (place: Place) => Argument | Moving;

const COMBINE: Readonly<Record<string, number>> = { add: 0, sub: 1, mul: 2, div: 3 };

/** A row of zeros. */
export function zeroRow(k: Binding, width: number): Ref {
  return at(k.prepared(`zeros_${width}`, width, (emit, place) => emit(kernels.fill, place, width, 0)));
}

/** A weight, or columns of it, packed for a product with it or its transpose. */
function packed(k: Binding, { name, rows, columns, from, width }: MatrixView, transposed: boolean): Ref {
  const weight = at(k.parameter(name), from);
  const label = `${name}_${from}_${width}${transposed ? '_transposed' : ''}`;
  const [K, N] = transposed ? [width, rows] : [rows, width];
  const [ldk, ldn] = transposed ? [1, columns] : [columns, 1];
  const region = k.prepared(label, packedFloats(K, N, 1), (emit, place) => {
    emit(kernels.pack_panels, place, weight, K, N, 1, ldk, ldn);
  });
  return at(region);
}

/** Adds the calls that compute a term over R rows. */
export function computeTerm(
  k: Binding,
  layout: Layout,
  term: Term,
  R: number,
  locate: Locate,
  calls: LoopCall[],
): void {
  if (layout.absorbed.has(term)) return;
  const { operation, inputs, width: n } = term;
  const out = layout.place(term);
  const [a, b] = inputs.map((input) => (layout.absorbed.has(input) ? out : layout.place(input)));
  const call = (kernel: LoopCall['kernel'], ...args: LoopCall['args']): void => {
    calls.push({ kernel, args });
  };
  const multiply = (product: Term, bias: Term | null, accumulate: boolean): void => {
    if (product.operation.kind !== 'product') return;
    const { matrix, transposed } = product.operation;
    const v = layout.place(product.inputs[0]);
    const weights = packed(k, matrix, transposed);
    const start = bias && locate(layout.place(bias));
    const K = product.inputs[0].width;
    call(kernels.gemm, locate(out), locate(v), weights, start, R, n, K, 1, v.ld, out.ld, accumulate ? 1 : 0);
  };
  const fusion = layout.fusions.get(term);
  if (fusion !== undefined) {
    multiply(fusion.product, fusion.bias, fusion.bias === null);
    return;
  }
  switch (operation.kind) {
    case 'product':
      multiply(term, null, false);
      return;
    case 'add':
    case 'sub':
    case 'mul':
    case 'div':
      call(
        kernels.rows_combine,
        locate(out),
        locate(a),
        locate(b),
        R,
        n,
        out.ld,
        a.ld,
        b.ld,
        COMBINE[operation.kind],
      );
      return;
    case 'affine':
      call(kernels.rows_affine, locate(out), locate(a), R, n, out.ld, a.ld, operation.alpha, operation.beta);
      return;
    case 'activation':
      call(kernels.rows_activation, locate(out), locate(a), R, n, out.ld, a.ld, ACTIVATIONS[operation.name]);
      return;
    case 'slope': {
      const x = inputs.length > 2 ? layout.place(inputs[2]) : null;
      const places = [locate(out), locate(a), locate(b), x && locate(x)];
      call(kernels.rows_slope, ...places, R, n, out.ld, a.ld, b.ld, x?.ld ?? 0, ACTIVATIONS[operation.name]);
      return;
    }
    case 'zeros':
      call(kernels.copy_columns, locate(out), zeroRow(k, n), R, n, out.ld, 0);
      return;
    case 'concat': {
      let offset = 0;
      for (const part of inputs) {
        if (!layout.isInside(part, term)) {
          const from = layout.place(part);
          const to = { ...out, ref: at(out.ref, offset) };
          call(kernels.copy_columns, locate(to), locate(from), R, part.width, out.ld, from.ld);
        }
        offset += part.width;
      }
    }
  }
}

/** Nanoseconds that a term takes per row, roughly. */
export function costOf({ operation, inputs, width }: Term): number {
  if (operation.kind === 'product') return 0.025 * width * inputs[0].width;
  if (operation.kind === 'slice') return 0;
  return (operation.kind === 'activation' ? 1 : 0.3) * width;
}

/** Records calls one after the other. */
export function emitAll(k: Binding, calls: readonly LoopCall[]): void {
  const emit = k.emit as unknown as (kernel: LoopCall['kernel'], ...args: readonly unknown[]) => void;
  for (const { kernel, args } of calls) emit(kernel, ...args);
}

/** Every step of a place, as one run of rows. */
export const allSteps: Locate = ({ ref }) => ref;

/** The place of a step, for samples from a number on; `first` is the step with which a loop begins. */
export function oneStep(from: number, first: number, forwards: boolean): Locate {
  return ({ ref, ld, moves }) => ({
    place: at(ref, first * moves + from * ld),
    stride: forwards ? moves : -moves,
  });
}
