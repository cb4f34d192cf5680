import { checkInteger, checkList, checkText } from '../../check.js';
import { describeValue } from '../../describe.js';
import { checkOptionNames, ShapeError, ValueError } from '../../errors.js';
import type { Shape } from '../../shape.js';
import type { ConstraintLike } from '../constraints.js';
import type { InitializerLike } from '../initializers/index.js';
import type { ParameterDeclaration } from '../layer.js';
import type { RegularizerLike } from '../regularizers.js';
import { declareWeight, weightConfig } from '../weight.js';
import { type CellSizes, type StepArguments, type StepResult, type Trace, traceStep } from './trace.js';

/** A weight of a cell: a matrix [rows, columns] or a vector [width]. */
export interface CellParameter {
  /** Its sizes. */
  shape: readonly number[];
  /** Default 'glorotUniform' for a matrix, 'zeros' for a vector. */
  initializer?: InitializerLike;
  /** Penalty on it. Default none. */
  regularizer?: RegularizerLike | null;
  /** Bound on it, applied after each update. Default none. */
  constraint?: ConstraintLike | null;
  /** False keeps it as it is during training. Default true. */
  trainable?: boolean;
}

/** What `states` and `parameters` of a cell are given. */
export interface CellSetting<O> extends CellSizes {
  /** What the layer was given for `options`. */
  readonly options: O;
}

/** A recurrent cell as its author writes it, for {@link defineCell}. */
export interface CellDescription<O = Readonly<Record<string, unknown>>> {
  /** Its name in layers, saved files and errors. */
  name: string;
  /** Names of the states, the output first. Default: one state, 'h'. */
  states?: readonly string[];
  /** Sizes of the states. Default: the units, for each. */
  stateSizes?(setting: Omit<CellSetting<O>, 'features'>): readonly number[];
  /** Weights by name. */
  parameters(setting: CellSetting<O>): Readonly<Record<string, CellParameter>>;
  /**
   * One step, written with `ops`. It is run once for each size of input and output, with symbols in place of
   * numbers: what it does not write with `ops` (a loop, a condition on an option) happens then.
   */
  step(given: StepArguments<O>): StepResult;
}

/** A recurrent cell of one's own: made by {@link defineCell}, used by `rnn({ cell, units })`. */
export class Cell<O = Readonly<Record<string, unknown>>> {
  private readonly traces = new WeakMap<object, Map<number, Trace>>();

  /** @internal Made by `defineCell`. */
  constructor(
    /** @internal */
    readonly description: CellDescription<O>,
    /** @internal Names of the states. */
    readonly states: readonly string[],
  ) {}

  /** Its name in layers, saved files and errors. */
  get name(): string {
    return this.description.name;
  }

  /** @internal Sizes of the states. @throws ShapeError */
  stateSizes(units: number, options: O): readonly number[] {
    const { states, description, name } = this;
    const sizes = description.stateSizes?.({ units, options }) ?? states.map(() => units);
    if (checkList(name, 'stateSizes', sizes).length !== states.length) {
      throw new ShapeError(`${name}: stateSizes has ${sizes.length} entries, expected ${states.length}`);
    }
    return sizes.map((size, i) => checkInteger(name, `size of state '${states[i]}'`, size, { min: 1 }));
  }

  /** @internal Its weights at a size. @throws ShapeError, ValueError */
  parameters(setting: CellSetting<O>): ParameterDeclaration[] {
    const { name } = this;
    const given: unknown = this.description.parameters(setting);
    if (typeof given !== 'object' || given === null) {
      throw new ValueError(`${name}: parameters must return weights by name, got ${describeValue(given)}`);
    }
    return Object.entries(given as Record<string, CellParameter>).map(([weight, options]) => {
      const where = `${name}: ${weight}`;
      checkOptionNames(where, options, ['shape', 'initializer', 'regularizer', 'constraint', 'trainable']);
      const shape = checkShape(where, options.shape);
      const { regularizer, constraint, trainable = true } = options;
      const initializer = options.initializer ?? (shape.length === 2 ? 'glorotUniform' : 'zeros');
      const config = weightConfig(where, { initializer, regularizer, constraint });
      return { ...declareWeight(weight, shape, config), trainable };
    });
  }

  /** @internal The step at a size; `key` is the config that it belongs to. */
  trace(key: object, setting: CellSetting<O>): Trace {
    const { features, units, options } = setting;
    const known = this.traces.get(key) ?? new Map<number, Trace>();
    this.traces.set(key, known);
    let trace = known.get(features);
    if (trace === undefined) {
      const sizes = this.stateSizes(units, options);
      trace = traceStep({
        ...setting,
        where: this.name,
        states: this.states.map((state, i) => ({ name: state, size: sizes[i] })),
        weights: this.parameters(setting),
        step: (given) => this.description.step(given as StepArguments<O>),
      });
      known.set(features, trace);
    }
    return trace;
  }
}

function checkShape(where: string, shape: unknown): Shape {
  const sizes = checkList(where, 'shape', shape);
  if (sizes.length !== 1 && sizes.length !== 2) {
    throw new ShapeError(`${where}: shape must be [rows, columns] or [width], got ${sizes.length} sizes`);
  }
  return sizes.map((size) => checkInteger(where, 'shape', size, { min: 1 }));
}

/**
 * A recurrent cell from its step, written with differentiable operations.
 *
 * ```ts
 * const leaky = defineCell({
 *   name: 'leaky',
 *   parameters: ({ features, units }) => ({
 *     kernel: { shape: [features, units] },
 *     recurrentKernel: { shape: [units, units], initializer: 'orthogonal' },
 *     bias: { shape: [units] },
 *   }),
 *   step({ x, states: { h }, weights: { kernel, recurrentKernel, bias }, ops }) {
 *     const candidate = ops.tanh(ops.add(ops.matmul(x, kernel), bias, ops.matmul(h, recurrentKernel)));
 *     return { states: { h: ops.add(ops.scale(h, 0.9), ops.scale(candidate, 0.1)) } };
 *   },
 * });
 * const layer = rnn({ cell: leaky, units: 32 });
 * ```
 *
 * The step is traced into a graph, which is differentiated, and both ways run in WebAssembly: what needs no
 * state is computed for all steps at once, the rest in one loop. Nothing of the cell's JavaScript runs then.
 *
 * @throws ValueError for what is no description of a cell
 */
export function defineCell<O = Readonly<Record<string, unknown>>>(description: CellDescription<O>): Cell<O> {
  checkOptionNames('defineCell', description, ['name', 'states', 'stateSizes', 'parameters', 'step']);
  const name = checkText('defineCell', 'name', description.name);
  const { states = ['h'] } = description;
  const names = checkList(name, 'states', states).map((state) => checkText(name, 'state', state));
  if (names.length === 0 || new Set(names).size < names.length) {
    throw new ValueError(
      `${name}: states must be one name or several different ones, got ${describeValue(states)}`,
    );
  }
  for (const part of ['parameters', 'step'] as const) {
    if (typeof description[part] !== 'function') {
      throw new ValueError(`${name}: ${part} must be a function, got ${describeValue(description[part])}`);
    }
  }
  return new Cell(description, names);
}
