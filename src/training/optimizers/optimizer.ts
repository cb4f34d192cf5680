import { checkInteger, checkNumber } from '../../check.js';
import { checkOptionNames, ValueError } from '../../errors.js';
import type { Argument, Recorder } from '../../program/recorder.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { learningRateFrom, type Schedule } from '../schedules/schedule.js';

/** Options of every optimizer. */
export interface OptimizerOptions {
  /** A number, or a schedule over the steps. */
  learningRate?: number | Schedule;
  /** Decoupled weight decay: every step starts with p ← p − learningRate · weightDecay · p. Default: none. */
  weightDecay?: number | null;
  /** Each weight's gradient is scaled down to this L2 norm. Default: none. */
  clipNorm?: number | null;
  /** Each element of the gradient is limited to ± this. Default: none. */
  clipValue?: number | null;
  /** The gradient of all weights together is scaled down to this L2 norm. Default: none. */
  globalClipNorm?: number | null;
  /** Batches whose mean gradient makes one step, at least 2. Default: every batch makes a step. */
  gradientAccumulationSteps?: number | null;
}

/** Numbers that change from step to step. Plain data: it belongs into a saved model. */
export interface OptimizerState {
  /** Batches seen, those of an unfinished accumulation included. */
  iterations: number;
  [name: string]: number;
}

/** A region of floats that an optimizer keeps beside the parameters, and what it holds at first. */
export interface Slot {
  readonly name: string;
  readonly initial: number;
}

/** Floats in a block that carries the values of one step to the kernels. */
export const HYPER_FLOATS = 8;

/** Records a kernel call. */
export type Emit = Recorder['emit'];

/** What an update kernel works on. */
export interface UpdateRegion {
  /** Parameters [n]. */
  readonly p: Argument;
  /** Gradients [n]. */
  readonly g: Argument;
  /** One region [n] for each of the optimizer's slots, in their order. */
  readonly slots: readonly Argument[];
  /** The block filled by {@link Optimizer.advance}. */
  readonly hyper: Argument;
  readonly n: number;
}

/** Gradients [n] of one weight, or of a run of weights. */
export interface GradientRegion {
  readonly g: Argument;
  readonly n: number;
}

/** The value of an option, or an error that says what it must be. */
export type OptionCheck<T> = (where: string, name: string, value: unknown) => T;

/** How one algorithm works; {@link Optimizer} adds what all have in common. */
export interface Rule<O extends object> {
  readonly name: string;
  readonly learningRate: number;
  readonly weightDecay?: number;
  /** Defaults of its own options. */
  readonly defaults: Readonly<O>;
  /** Checks of its own options. */
  readonly checks: { readonly [K in keyof O]: OptionCheck<O[K]> };
  slots(options: Readonly<O>): readonly Slot[];
  /** Numbers of its own in the state, at first. */
  readonly state?: Readonly<Record<string, number>>;
  /** Fills the values of step t = 1, 2, ... (hyper[2..5]) and moves its own state on. */
  step?(options: Readonly<O>, rate: number, t: number, state: OptimizerState, values: number[]): void;
  /** Records the update; `slot` gives a slot's region, or null when the options leave it out. */
  update(options: Readonly<O>, call: UpdateCall): void;
}

/** What a rule needs to record its kernel. */
export interface UpdateCall {
  readonly emit: Emit;
  readonly region: UpdateRegion;
  slot(name: string): Argument;
  readonly weightDecay: number;
  /** Limit of each element of the gradient; Infinity for none. */
  readonly clip: number;
}

const COMMON = [
  'learningRate',
  'weightDecay',
  'clipNorm',
  'clipValue',
  'globalClipNorm',
  'gradientAccumulationSteps',
] as const;

function optional(
  where: string,
  options: OptimizerOptions,
  name: keyof OptimizerOptions,
): number | undefined {
  const value = options[name] ?? undefined;
  return value === undefined ? undefined : checkNumber(where, name, value, { above: 0 });
}

/**
 * Turns gradients into new parameters. Made by `adam()`, `sgd()` and so on.
 *
 * One step, in Keras's order: mean over the accumulated batches, clipping, weight decay, update.
 */
export class Optimizer {
  /** 'adam', 'sgd', ... */
  readonly name: string;
  /** @internal Regions it keeps beside the parameters. */
  readonly slots: readonly Slot[];
  /** Largest size of a gradient's element. */
  readonly clipValue: number | undefined;
  /** Largest norm of a weight's gradient. */
  readonly clipNorm: number | undefined;
  /** Largest norm of the whole gradient. */
  readonly globalClipNorm: number | undefined;
  /** Decoupled weight decay; 0 for none. */
  readonly weightDecay: number;
  /** Batches per step. */
  readonly gradientAccumulationSteps: number;
  private readonly own: Readonly<Record<string, unknown>>;
  private rate: number | Schedule;

  /** @internal Made by the factories.   @throws ValueError, UnknownNameError */
  constructor(
    private readonly rule: Rule<object>,
    options: OptimizerOptions & object,
  ) {
    const where = rule.name;
    checkOptionNames(where, options, [...COMMON, ...Object.keys(rule.defaults)]);
    this.name = where;
    this.own = readOptions(rule, options);
    this.rate = learningRateFrom(where, options.learningRate ?? rule.learningRate);
    this.weightDecay = checkNumber(where, 'weightDecay', options.weightDecay ?? rule.weightDecay ?? 0, {
      min: 0,
    });
    this.clipNorm = optional(where, options, 'clipNorm');
    this.clipValue = optional(where, options, 'clipValue');
    this.globalClipNorm = optional(where, options, 'globalClipNorm');
    const clips = (['clipNorm', 'clipValue', 'globalClipNorm'] as const).filter((c) => this[c] !== undefined);
    if (clips.length > 1) throw new ValueError(`${where}: only one of ${clips.join(' and ')} can be set`);
    const steps = options.gradientAccumulationSteps ?? undefined;
    this.gradientAccumulationSteps =
      steps === undefined ? 1 : checkInteger(where, 'gradientAccumulationSteps', steps, { min: 2 });
    this.slots = rule.slots(this.own);
  }

  /** A number, or a schedule. May be set at any time; the next step uses it. */
  get learningRate(): number | Schedule {
    return this.rate;
  }

  /** Takes a number or a schedule. */
  set learningRate(value: number | Schedule) {
    this.rate = learningRateFrom(this.name, value);
  }

  /** Options that make it again, JSON-serialisable: a schedule as its name and config. */
  get config(): Readonly<Record<string, unknown>> {
    const rate = this.rate;
    return {
      learningRate: typeof rate === 'number' ? rate : { name: rate.name, config: rate.config },
      ...this.own,
      weightDecay: this.weightDecay,
      clipNorm: this.clipNorm ?? null,
      clipValue: this.clipValue ?? null,
      globalClipNorm: this.globalClipNorm ?? null,
      gradientAccumulationSteps: this.gradientAccumulationSteps > 1 ? this.gradientAccumulationSteps : null,
    };
  }

  /** @internal The same with a rate of its own. */
  twin(): Optimizer {
    return new Optimizer(this.rule, { ...this.config, learningRate: this.rate });
  }

  /** @internal The state before the first batch. */
  initialState(): OptimizerState {
    return { iterations: 0, ...this.rule.state };
  }

  /**
   * @internal
   * Learning rate of the batch that comes next. Schedules count batches, as Keras's do.
   * @throws ValueError when a schedule gives anything but a finite number of at least 0
   */
  currentLearningRate(state: OptimizerState): number {
    if (typeof this.rate === 'number') return this.rate;
    const { iterations } = state;
    const where = `${this.name}: schedule ${this.rate.name}`;
    return checkNumber(where, `the rate of step ${iterations}`, this.rate.at(iterations), { min: 0 });
  }

  /** @internal Whether gradients have been added up and wait for more batches. */
  isAccumulating(state: OptimizerState): boolean {
    return state.iterations % this.gradientAccumulationSteps !== 0;
  }

  /**
   * @internal
   * Counts a batch. When it completes an accumulation, fills the hyper block and gives true: run the clipping
   * and update calls now, then zero the gradients. Otherwise gives false: let gradients add up.
   */
  advance(hyper: Float32Array, state: OptimizerState): boolean {
    const rate = this.currentLearningRate(state);
    state.iterations++;
    if (this.isAccumulating(state)) return false;
    const values = [0, 0, 0, 0];
    this.rule.step?.(this.own, rate, state.iterations / this.gradientAccumulationSteps, state, values);
    hyper[0] = rate;
    hyper[1] = 1 / this.gradientAccumulationSteps;
    hyper.set(values, 2);
    hyper.fill(0, 6, HYPER_FLOATS);
    return true;
  }

  /**
   * @internal
   * Records what precedes the update: `clipNorm` limits each of `weights`, `globalClipNorm` all of `regions`
   * together. `clipValue` needs nothing here, the update kernels do it.
   */
  clip(
    emit: Emit,
    hyper: Argument,
    regions: readonly GradientRegion[],
    weights: readonly GradientRegion[],
  ): void {
    if (this.clipNorm !== undefined) {
      for (const { g, n } of weights) emit(kernels.clip_norm, g, hyper, n, this.clipNorm);
    }
    if (this.globalClipNorm !== undefined) {
      for (const { g, n } of regions) emit(kernels.global_norm_add, hyper, g, n);
      emit(kernels.global_norm_clip, hyper, this.globalClipNorm);
    }
  }

  /** @internal Records the update of one region. Element by element: a region may be cut anywhere. */
  update(emit: Emit, region: UpdateRegion): void {
    this.rule.update(this.own, {
      emit,
      region,
      slot: (name) => region.slots[this.slots.findIndex((s) => s.name === name)] ?? null,
      weightDecay: this.weightDecay,
      clip: this.clipValue ?? Number.POSITIVE_INFINITY,
    });
  }
}

function readOptions<O extends object>(rule: Rule<O>, options: object): Readonly<Record<string, unknown>> {
  const given = options as Readonly<Record<string, unknown>>;
  const read: Record<string, unknown> = {};
  for (const name of Object.keys(rule.defaults) as (keyof O & string)[]) {
    read[name] = rule.checks[name](rule.name, name, given[name] ?? rule.defaults[name]);
  }
  return read;
}

/** A function that makes the optimizer of a rule. */
export function factoryOf<O extends object>(
  rule: Rule<O>,
): (options?: OptimizerOptions & Partial<O>) => Optimizer {
  return (options = {}) => new Optimizer(rule as unknown as Rule<object>, options);
}
