import { describeValue } from '../../describe.js';
import { ShapeError, ValueError } from '../../errors.js';
import type { Shape } from '../../shape.js';
import { differentiate, type StepGradient } from './gradient.js';
import { CellOperations, CellValue, CellWeight } from './operations.js';
import { isComputed, Term, termsBehind } from './term.js';

/** Sizes that a cell is used at. */
export interface CellSizes {
  /** Numbers of the input of a step. */
  readonly features: number;
  /** Size of the output. */
  readonly units: number;
}

/** What the `step` of a cell is given. */
export interface StepArguments<O> extends CellSizes {
  /** Input of the step, [features]. */
  readonly x: CellValue;
  /** States before the step, by name. */
  readonly states: Readonly<Record<string, CellValue>>;
  /** Weights by name. */
  readonly weights: Readonly<Record<string, CellWeight>>;
  /** What the step is written with. */
  readonly ops: CellOperations;
  /** What the layer was given for `options`. */
  readonly options: O;
}

/** What the `step` of a cell gives. */
export interface StepResult {
  /** States behind the step, by name. */
  states: Readonly<Record<string, CellValue>>;
  /** The output: the new value of the first state, which it is when this is left out. */
  output?: CellValue;
}

/** One step as terms. */
export interface Trace {
  /** Terms of the states behind the step, in order. */
  readonly next: readonly Term[];
  /** All that the step computes, each term behind its inputs. */
  readonly terms: readonly Term[];
  /** Terms that depend on a state. */
  readonly recurrent: ReadonlySet<Term>;
  readonly gradient: StepGradient;
}

/** What a trace is made from. */
export interface TraceTask<O> extends CellSizes {
  readonly where: string;
  readonly states: readonly { readonly name: string; readonly size: number }[];
  readonly weights: readonly { readonly name: string; readonly shape: Shape }[];
  readonly options: O;
  step(given: StepArguments<O>): StepResult;
}

/** Terms among `terms` that depend on one of a kind. */
export function dependents(terms: readonly Term[], kind: 'state' | 'incoming'): Set<Term> {
  const found = new Set<Term>();
  for (const term of terms) {
    if (term.operation.kind === kind || term.inputs.some((input) => found.has(input))) found.add(term);
  }
  return found;
}

/** Runs `step` once, on symbols. @throws ShapeError or ValueError for what does not fit together */
export function traceStep<O>(task: TraceTask<O>): Trace {
  const { where, features, units, options } = task;
  const symbols = task.states.map(
    ({ name, size }, index) => [name, new CellValue(new Term({ kind: 'state', index }, size))] as const,
  );
  const weights = task.weights.map(({ name, shape }) => [name, new CellWeight(name, shape)] as const);
  const result: unknown = task.step({
    x: new CellValue(new Term({ kind: 'x' }, features)),
    states: Object.fromEntries(symbols),
    weights: Object.fromEntries(weights),
    ops: new CellOperations(where),
    features,
    units,
    options,
  });
  const next = readStates(task, result);
  checkOutput(where, task.states[0].name, result as StepResult, next[0]);
  const all = termsBehind(next);
  return {
    next,
    terms: all.filter(isComputed),
    recurrent: dependents(all, 'state'),
    gradient: differentiate(next),
  };
}

function readStates<O>({ where, states }: TraceTask<O>, result: unknown): Term[] {
  const given = (result as Partial<StepResult> | null)?.states;
  if (typeof given !== 'object' || given === null) {
    throw new ValueError(`${where}: step must return { states }, got ${describeValue(result)}`);
  }
  const surplus = Object.keys(given).find((name) => !states.some((state) => state.name === name));
  if (surplus !== undefined)
    throw new ValueError(`${where}: step returns a state '${surplus}' that is not declared`);
  return states.map(({ name, size }) => {
    const value = given[name];
    if (!(value instanceof CellValue)) {
      throw new ValueError(`${where}: step must return state '${name}', got ${describeValue(value)}`);
    }
    if (value.width === size) return value.term;
    throw new ShapeError(
      `${where}: step returns state '${name}' of ${value.width} numbers, expected ${size}`,
    );
  });
}

function checkOutput(where: string, first: string, { output }: StepResult, term: Term): void {
  if (output === undefined || output.term === term) return;
  throw new ValueError(
    `${where}: step must return the new value of state '${first}', the first, as its output; what else is computed ` +
      'from the states can be had by a layer behind this one',
  );
}
