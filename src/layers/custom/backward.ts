import type { LoopCall } from '../../program/recorder.js';
import { at } from '../../program/region.js';
import * as kernels from '../../wasm/generated/kernels.js';
import type { BackwardBinding } from '../layer.js';
import type { BackwardSpan } from '../recurrent/cell.js';
import { weightGradient } from '../recurrent/weights.js';
import { costOfAll, rowsOf, spanLayout } from './forward.js';
import type { WeightTerm } from './gradient.js';
import { Layout, type Place } from './layout.js';
import { allSteps, computeTerm, emitAll, oneStep, zeroRow } from './record.js';
import { isComputed, type Term, termsBehind } from './term.js';
import type { Trace } from './trace.js';

/** The parts of the way back: what runs step by step, and what is done for all steps behind the loop. */
interface Parts {
  readonly terms: readonly Term[];
  readonly inLoop: ReadonlySet<Term>;
  readonly weights: readonly WeightTerm[];
  readonly x: Term | null;
}

function partsOf(k: BackwardBinding, { gradient, terms }: Trace, needsInput: boolean): Parts {
  const there = new Set(terms);
  const weights = gradient.weights.filter((weight) => k.gradient(nameOf(weight)) !== null);
  const x = needsInput ? gradient.x : null;
  const states = gradient.states.filter((term) => term !== null);
  const roots = [...states, ...weights.map(({ g }) => g), ...(x === null ? [] : [x])];
  const isThere = (term: Term): boolean => there.has(term) || !isComputed(term);
  return {
    terms: termsBehind(roots, isThere),
    inLoop: new Set(termsBehind(states, isThere)),
    weights,
    x,
  };
}

const nameOf = (weight: WeightTerm): string => (weight.kind === 'product' ? weight.matrix.name : weight.name);

/** Where the gradient of a state arrives before a step is gone back. */
interface Arrivals {
  /** Place of the gradient that the terms read. */
  place(index: number, everyStep: boolean): Place;
  /** Whether that is not the carried gradient itself. */
  isCopy(index: number): boolean;
}

function arrivals(k: BackwardBinding, trace: Trace, { B, dy, dStates, valid, room }: BackwardSpan): Arrivals {
  const sizes = trace.next.map(({ width }) => width);
  const copies = new Set<number>();
  // A gradient that is handed on as it is must not be written over before all are.
  const handedOn = trace.gradient.states.some(
    (term) => term !== null && ['incoming', 'slice'].includes(term.operation.kind),
  );
  return {
    place(index, everyStep) {
      const size = sizes[index];
      if (everyStep) {
        copies.add(index);
        return rowsOf(room(`incoming_${index}`, size), B, size);
      }
      if (!handedOn && valid === null && (index > 0 || dy === null)) {
        return { ref: dStates[index], ld: size, moves: 0 };
      }
      copies.add(index);
      return { ref: at(k.buffer(`incoming_${index}`, B * size)), ld: size, moves: 0 };
    },
    isCopy: (index) => copies.has(index),
  };
}

/** Records the loop back, then the gradients of the weights and of the input for all steps at once. */
export function recordBackward(k: BackwardBinding, trace: Trace, span: BackwardSpan): void {
  const { T, B, I, states, dx, room } = span;
  const there = spanLayout(k, trace, span);
  const parts = partsOf(k, trace, dx !== null);
  const arriving = arrivals(k, trace, span);
  const target =
    dx !== null && parts.x !== null && parts.terms.includes(parts.x) && parts.x.operation.kind !== 'slice';
  const kept = parts.weights.map(({ g }) => g).concat(parts.x ?? []);
  const layout = new Layout({
    terms: parts.terms,
    inLoop: (term) => parts.inLoop.has(term),
    kept: new Set(kept),
    targets: new Map(target ? [[parts.x as Term, rowsOf(dx, B, I)]] : []),
    given: (term, everyStep) =>
      term.operation.kind === 'incoming'
        ? arriving.place(term.operation.index, everyStep)
        : there.place(term),
    allocate: (name, width, everyStep) =>
      everyStep
        ? rowsOf(room(`back_${name}`, width), B, width)
        : { ref: at(k.buffer(`stepBack_${name}`, B * width)), ld: width, moves: 0 },
  });
  const inLoop = parts.terms.filter((term) => parts.inLoop.has(term));
  // Places of what arrives are settled before the first body is made: those of all terms decide about them.
  const incoming = trace.gradient.incoming.map((term) => layout.place(term));
  const body = (from: number, count: number): LoopCall[] => {
    const calls: LoopCall[] = [];
    const locate = oneStep(from, T - 1, false);
    for (let i = 0; i < states.length; i++) {
      recordArrival(k, span, trace.next[i].width, i, arriving, incoming[i], from, count, calls);
    }
    for (const term of inLoop) computeTerm(k, layout, term, count, locate, calls);
    trace.gradient.states.forEach((term, i) => {
      recordDeparture(k, span, trace.next[i].width, i, term && layout.place(term), from, count, calls);
    });
    return calls;
  };
  k.loop({ count: T, units: B, cost: costOfAll(inLoop, T * B), body });
  const late: LoopCall[] = [];
  for (const term of parts.terms) {
    if (!parts.inLoop.has(term)) computeTerm(k, layout, term, T * B, allSteps, late);
  }
  emitAll(k, late);
  for (const weight of parts.weights) recordWeight(k, weight, there, layout, T * B);
  if (dx === null) return;
  if (parts.x === null) k.emit(kernels.fill, dx, T * B * I, 0);
  else if (!target) {
    const from = layout.place(parts.x);
    k.emit(kernels.copy_columns, dx, from.ref, T * B, I, I, from.ld);
  }
}

/** g = dState + dy_t, without the rows of samples for which the step does not count. */
function recordArrival(
  k: BackwardBinding,
  { T, B, dy, dStates, valid }: BackwardSpan,
  size: number,
  index: number,
  arriving: Arrivals,
  to: Place,
  from: number,
  count: number,
  calls: LoopCall[],
): void {
  if (!arriving.isCopy(index)) return;
  const locate = oneStep(from, T - 1, false);
  const carried = { ref: dStates[index], ld: size, moves: 0 };
  const total = valid === null ? to : { ref: at(k.buffer(`total_${index}`, B * size)), ld: size, moves: 0 };
  if (index === 0 && dy !== null) {
    const given = rowsOf(dy, B, size);
    const places = [locate(total), locate(carried), locate(given)];
    calls.push({ kernel: kernels.rows_combine, args: [...places, count, size, size, size, size, 0] });
  } else {
    calls.push({ kernel: kernels.copy, args: [locate(total), locate(carried), count * size] });
  }
  if (valid === null) return;
  const counts = { ref: valid, ld: 1, moves: B };
  calls.push({ kernel: kernels.copy, args: [locate(to), locate(total), count * size] });
  calls.push({ kernel: kernels.clear_rows, args: [locate(to), locate(counts), count, size] });
}

/** dState becomes the gradient of the state before the step; at steps that do not count it passes by. */
function recordDeparture(
  k: BackwardBinding,
  { T, B, dStates, valid }: BackwardSpan,
  size: number,
  index: number,
  source: Place | null,
  from: number,
  count: number,
  calls: LoopCall[],
): void {
  const locate = oneStep(from, T - 1, false);
  const carried = locate({ ref: dStates[index], ld: size, moves: 0 });
  if (source === null) {
    calls.push({ kernel: kernels.copy_columns, args: [carried, zeroRow(k, size), count, size, size, 0] });
  } else {
    calls.push({
      kernel: kernels.rows_settle,
      args: [carried, locate(source), count, size, size, source.ld],
    });
  }
  if (valid === null) return;
  const total = { ref: at(k.buffer(`total_${index}`, B * size)), ld: size, moves: 0 };
  const counts = { ref: valid, ld: 1, moves: B };
  calls.push({ kernel: kernels.hold_rows, args: [carried, locate(total), locate(counts), count, size] });
}

/** Adds to the gradient of a weight over all rows. */
function recordWeight(k: BackwardBinding, weight: WeightTerm, there: Layout, back: Layout, K: number): void {
  const g = back.place(weight.g);
  const gradient = k.gradient(nameOf(weight));
  if (gradient === null) return;
  if (weight.kind === 'sum') {
    k.emit(kernels.colsum, at(gradient, weight.from), g.ref, K, weight.g.width, g.ld);
    return;
  }
  const { from, rows: M, width: N, columns } = weight.matrix;
  const v = there.place(weight.v);
  weightGradient(k, at(gradient, from), v.ref, g.ref, { M, N, K, lda: v.ld, ldb: g.ld, ldc: columns });
}
