import { checkOptionNames } from '../../errors.js';
import { type ActivationName, activationFrom, CELL_ACTIVATION_NAMES } from '../activations.js';
import type { ConstraintLike } from '../constraints.js';
import type { InitializerLike } from '../initializers/index.js';
import type { BaseOptions } from '../layer.js';
import { dropRate, flag, positiveInteger } from '../options.js';
import type { RegularizerLike } from '../regularizers.js';
import { type WeightConfig, weightConfig } from '../weight.js';

/** Options that every recurrent layer takes. Names and defaults are Keras's. */
export interface RecurrentOptions extends BaseOptions {
  /** Size of the state and of the output. */
  units: number;
  /** Activation of the candidate and the output. Default 'tanh'. */
  activation?: ActivationName;
  /** False leaves the bias out. Default true. */
  useBias?: boolean;
  /** Default 'glorotUniform'. */
  kernelInitializer?: InitializerLike;
  /** Default 'orthogonal'. */
  recurrentInitializer?: InitializerLike;
  /** Default 'zeros'. */
  biasInitializer?: InitializerLike;
  /** Penalty on the kernel. Default none. */
  kernelRegularizer?: RegularizerLike | null;
  /** Penalty on the recurrent kernel. Default none. */
  recurrentRegularizer?: RegularizerLike | null;
  /** Penalty on the bias. Default none. */
  biasRegularizer?: RegularizerLike | null;
  /** Bound on the kernel, applied after each update. Default none. */
  kernelConstraint?: ConstraintLike | null;
  /** Bound on the recurrent kernel. Default none. */
  recurrentConstraint?: ConstraintLike | null;
  /** Bound on the bias. Default none. */
  biasConstraint?: ConstraintLike | null;
  /** Share of inputs dropped in training, the same ones at every step of a sequence. Default 0. */
  dropout?: number;
  /** Share of state units dropped before the recurrent product, the same ones at every step. Default 0. */
  recurrentDropout?: number;
  /** True gives the output of every step, false that of the last. Default false. */
  returnSequences?: boolean;
  /** True gives the last state as further outputs (use `applyAll`). Default false. */
  returnState?: boolean;
  /** True reads the sequence from its end; outputs stay in that order. Default false. */
  goBackwards?: boolean;
  /** True starts each batch from the state in which the last one ended. Default false. */
  stateful?: boolean;
  /** Gradients flow back through at most this many steps, counted from the end. Default: through all. */
  truncate?: number | null;
  /**
   * True keeps only the states at the ends of chunks of √T (or `truncate`) steps for training, and computes
   * the rest again on the way back: memory grows with √T, a step costs about a third more. Default false.
   */
  recompute?: boolean;
}

/** The options of a recurrent layer, complete, as plain data. */
export interface RecurrentConfig {
  readonly units: number;
  readonly activation: ActivationName;
  readonly useBias: boolean;
  readonly kernel: WeightConfig;
  readonly recurrentKernel: WeightConfig;
  readonly bias: WeightConfig;
  readonly dropout: number;
  readonly recurrentDropout: number;
  readonly returnSequences: boolean;
  readonly returnState: boolean;
  readonly goBackwards: boolean;
  readonly stateful: boolean;
  readonly truncate: number | null;
  readonly recompute: boolean;
}

const NAMES: readonly (keyof RecurrentOptions)[] = [
  'units',
  'activation',
  'useBias',
  'kernelInitializer',
  'recurrentInitializer',
  'biasInitializer',
  'kernelRegularizer',
  'recurrentRegularizer',
  'biasRegularizer',
  'kernelConstraint',
  'recurrentConstraint',
  'biasConstraint',
  'dropout',
  'recurrentDropout',
  'returnSequences',
  'returnState',
  'goBackwards',
  'stateful',
  'truncate',
  'recompute',
  'name',
  'trainable',
];

/** Checks the common options and fills in Keras's defaults. */
export function recurrentConfig(
  where: string,
  options: RecurrentOptions,
  furtherNames: readonly string[] = [],
): RecurrentConfig {
  checkOptionNames(where, options, [...NAMES, ...furtherNames]);
  const weight = (
    name: string,
    initializer: InitializerLike,
    regularizer?: RegularizerLike | null,
    constraint?: ConstraintLike | null,
  ): WeightConfig => weightConfig(`${where}: ${name}`, { initializer, regularizer, constraint });
  return {
    units: positiveInteger(where, 'units', options.units),
    activation: activationFrom(
      where,
      'activation',
      options.activation === undefined ? 'tanh' : options.activation,
      CELL_ACTIVATION_NAMES,
    ),
    useBias: flag(where, 'useBias', options.useBias ?? true),
    kernel: weight(
      'kernel',
      options.kernelInitializer ?? 'glorotUniform',
      options.kernelRegularizer,
      options.kernelConstraint,
    ),
    recurrentKernel: weight(
      'recurrent',
      options.recurrentInitializer ?? 'orthogonal',
      options.recurrentRegularizer,
      options.recurrentConstraint,
    ),
    bias: weight('bias', options.biasInitializer ?? 'zeros', options.biasRegularizer, options.biasConstraint),
    dropout: dropRate(where, 'dropout', options.dropout ?? 0),
    recurrentDropout: dropRate(where, 'recurrentDropout', options.recurrentDropout ?? 0),
    returnSequences: flag(where, 'returnSequences', options.returnSequences ?? false),
    returnState: flag(where, 'returnState', options.returnState ?? false),
    goBackwards: flag(where, 'goBackwards', options.goBackwards ?? false),
    stateful: flag(where, 'stateful', options.stateful ?? false),
    truncate:
      (options.truncate ?? null) === null ? null : positiveInteger(where, 'truncate', options.truncate),
    recompute: flag(where, 'recompute', options.recompute ?? false),
  };
}
