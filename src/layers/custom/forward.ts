import type { LoopCall } from '../../program/recorder.js';
import { at, type Ref } from '../../program/region.js';
import * as kernels from '../../wasm/generated/kernels.js';
import type { Binding } from '../layer.js';
import type { Span } from '../recurrent/cell.js';
import { Layout, type Place } from './layout.js';
import { allSteps, computeTerm, costOf, emitAll, oneStep } from './record.js';
import { isComputed, type Term } from './term.js';
import type { Trace } from './trace.js';

/** Rows [T, B, size] one behind the other. */
export function rowsOf(ref: Ref, B: number, size: number): Place {
  return { ref, ld: size, moves: B * size };
}

/** Terms that the step writes where their state is to lie; the others are copied there. */
function directly(next: readonly Term[], places: readonly Place[]): Map<Term, Place> {
  const targets = new Map<Term, Place>();
  next.forEach((term, i) => {
    if (isComputed(term) && term.operation.kind !== 'slice' && !targets.has(term))
      targets.set(term, places[i]);
  });
  return targets;
}

/** Place of a weight vector, the same for every row. */
function vectorPlace(k: Binding, name: string, from: number): Place {
  return { ref: at(k.parameter(name), from), ld: 0, moves: 0 };
}

/** Terms of a step that the way back reads. */
function keptTerms({ gradient, terms }: Trace): Set<Term> {
  const own = new Set(terms);
  const kept = new Set(gradient.weights.flatMap((weight) => (weight.kind === 'product' ? [weight.v] : [])));
  for (const term of gradient.terms) for (const input of term.inputs) kept.add(input);
  return new Set([...kept].filter((term) => own.has(term)));
}

/** Where the terms of a span lie; the same whenever it is asked for in one program. */
export function spanLayout(k: Binding, trace: Trace, { B, I, x, states, room }: Span): Layout {
  const sizes = trace.next.map(({ width }) => width);
  const slots = states.map((slot, i) => rowsOf(at(slot, B * sizes[i]), B, sizes[i]));
  return new Layout({
    terms: trace.terms,
    inLoop: (term) => trace.recurrent.has(term),
    kept: k.training ? keptTerms(trace) : new Set(),
    targets: directly(trace.next, slots),
    given({ operation }) {
      if (operation.kind === 'state') return rowsOf(states[operation.index], B, sizes[operation.index]);
      if (operation.kind === 'vector') return vectorPlace(k, operation.name, operation.from);
      return rowsOf(x, B, I);
    },
    allocate: (name, width, everyStep) =>
      everyStep
        ? rowsOf(room(`value_${name}`, width), B, width)
        : { ref: at(k.buffer(`step_${name}`, B * width)), ld: width, moves: 0 },
  });
}

/** Nanoseconds of terms over a number of rows, roughly. */
export function costOfAll(terms: readonly Term[], rows: number): number {
  return terms.reduce((sum, term) => sum + costOf(term), 0) * rows;
}

/** Records what needs no state for all steps at once, then the loop over the steps. */
export function recordForward(k: Binding, trace: Trace, span: Span): void {
  const { T, B, states, valid } = span;
  const layout = spanLayout(k, trace, span);
  const early: LoopCall[] = [];
  for (const term of trace.terms) {
    if (!trace.recurrent.has(term)) computeTerm(k, layout, term, T * B, allSteps, early);
  }
  emitAll(k, early);
  const inLoop = trace.terms.filter((term) => trace.recurrent.has(term));
  const body = (from: number, count: number): LoopCall[] => {
    const locate = oneStep(from, 0, true);
    const calls: LoopCall[] = [];
    const carry = (index: number): void => {
      const { width } = trace.next[index];
      const slot = rowsOf(at(states[index], B * width), B, width);
      const source = layout.place(trace.next[index]);
      calls.push({
        kernel: kernels.rows_settle,
        args: [locate(slot), locate(source), count, width, width, source.ld],
      });
    };
    const direct = new Set<number>();
    for (const term of inLoop) {
      computeTerm(k, layout, term, count, locate, calls);
      const index = trace.next.indexOf(term);
      if (index < 0 || term.operation.kind === 'slice') continue;
      carry(index);
      direct.add(index);
    }
    trace.next.forEach(({ width }, index) => {
      if (!direct.has(index)) carry(index);
      if (valid === null) return;
      const before = rowsOf(states[index], B, width);
      const after = rowsOf(at(states[index], B * width), B, width);
      const counts = { ref: valid, ld: 1, moves: B };
      calls.push({
        kernel: kernels.hold_rows,
        args: [locate(after), locate(before), locate(counts), count, width],
      });
    });
    return calls;
  };
  k.loop({ count: T, units: B, cost: costOfAll(inLoop, T * B), body });
}

/** Records one step in place of the carried states. */
export function recordStep(k: Binding, trace: Trace, states: readonly Ref[]): void {
  const B = k.batch;
  const [I] = k.inputShapes[0];
  const still = (ref: Ref, ld: number): Place => ({ ref, ld, moves: 0 });
  const next = trace.next.map(({ width }, i) => still(at(k.buffer(`next_${i}`, B * width)), width));
  const layout = new Layout({
    terms: trace.terms,
    inLoop: () => true,
    kept: new Set(),
    targets: directly(trace.next, next),
    given({ operation }) {
      if (operation.kind === 'state')
        return still(states[operation.index], trace.next[operation.index].width);
      if (operation.kind === 'vector') return vectorPlace(k, operation.name, operation.from);
      return still(k.input(), I);
    },
    allocate: (name, width) => still(at(k.buffer(`step_${name}`, B * width)), width),
  });
  const calls: LoopCall[] = [];
  const carry = (index: number): void => {
    const { width } = trace.next[index];
    const source = layout.place(trace.next[index]);
    calls.push({
      kernel: kernels.rows_settle,
      args: [next[index].ref, source.ref, B, width, width, source.ld],
    });
  };
  const direct = new Set<number>();
  for (const term of trace.terms) {
    computeTerm(k, layout, term, B, allSteps, calls);
    const index = trace.next.indexOf(term);
    if (index < 0 || term.operation.kind === 'slice') continue;
    carry(index);
    direct.add(index);
  }
  trace.next.forEach((_, index) => {
    if (!direct.has(index)) carry(index);
  });
  emitAll(k, calls);
  states.forEach((state, i) => {
    k.emit(kernels.copy, state, next[i].ref, B * trace.next[i].width);
  });
}
