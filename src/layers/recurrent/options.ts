import { checkOptionNames } from '../../errors.js';
import { type ActivationName, activationFrom, CELL_ACTIVATION_NAMES } from '../activations.js';
import type { ConstraintLike } from '../constraints.js';
import type { InitializerLike } from '../initializers/index.js';
import type { BaseOptions } from '../layer.js';
import { dropRate, flag, oneOf, positiveInteger } from '../options.js';
import type { RegularizerLike } from '../regularizers.js';
import { type WeightConfig, weightConfig } from '../weight.js';

/** Options that every layer over time with a carried state takes, whatever its cell. */
export interface SequenceOptions extends BaseOptions {
  /** Size of the state and of the output. */
  units: number;
  /** False leaves the bias out. Default true. */
  useBias?: boolean;
  /** Default 'glorotUniform'. */
  kernelInitializer?: InitializerLike;
  /** Default 'zeros'. */
  biasInitializer?: InitializerLike;
  /** Penalty on the kernel. Default none. */
  kernelRegularizer?: RegularizerLike | null;
  /** Penalty on the bias. Default none. */
  biasRegularizer?: RegularizerLike | null;
  /** Bound on the kernel, applied after each update. Default none. */
  kernelConstraint?: ConstraintLike | null;
  /** Bound on the bias. Default none. */
  biasConstraint?: ConstraintLike | null;
  /** Share of inputs dropped in training, the same ones at every step of a sequence. Default 0. */
  dropout?: number;
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

/** When the mask of recurrent dropout is drawn: once for a sequence, or at every step. */
export type RecurrentDropoutMask = 'variational' | 'naive';

/** Shares of the units of each state that keep their old value. */
export interface ZoneoutRates {
  /** Of the state h, which is the output. Default 0. */
  hidden?: number;
  /** Of the state c of an LSTM. Default 0. */
  cell?: number;
}

/** One share for every state, or one for each. */
export type Zoneout = number | ZoneoutRates;

/** Options that every recurrent layer takes. Names and defaults are Keras's. */
export interface RecurrentOptions extends SequenceOptions {
  /** Activation of the candidate and the output. Default 'tanh'. */
  activation?: ActivationName;
  /** Default 'orthogonal'. */
  recurrentInitializer?: InitializerLike;
  /** Penalty on the recurrent kernel. Default none. */
  recurrentRegularizer?: RegularizerLike | null;
  /** Bound on the recurrent kernel. Default none. */
  recurrentConstraint?: ConstraintLike | null;
  /** Share of state units dropped before the recurrent product, in training. Default 0. */
  recurrentDropout?: number;
  /**
   * 'variational' drops the same units at every step of a sequence (Gal & Ghahramani 2016), 'naive' others at
   * each, for which a sequence runs step by step. Default 'variational'.
   */
  recurrentDropoutMask?: RecurrentDropoutMask;
  /**
   * Share of state units that keep their old value at a step (Krueger et al. 2017): at random in training, by
   * expectation otherwise. A number for every state, or one for each: `{ hidden, cell }` of an LSTM. Default 0.
   */
  zoneout?: Zoneout;
}

/** The options of a layer over time with a carried state, complete, as plain data. */
export interface SequenceConfig {
  readonly units: number;
  readonly useBias: boolean;
  readonly kernel: WeightConfig;
  readonly bias: WeightConfig;
  readonly dropout: number;
  /** Of cells that have a recurrent product. */
  readonly recurrentDropout?: number;
  readonly recurrentDropoutMask?: RecurrentDropoutMask;
  readonly zoneout?: number | Readonly<Required<ZoneoutRates>>;
  readonly returnSequences: boolean;
  readonly returnState: boolean;
  readonly goBackwards: boolean;
  readonly stateful: boolean;
  readonly truncate: number | null;
  readonly recompute: boolean;
}

/** The options of a recurrent layer, complete, as plain data. */
export interface RecurrentConfig extends SequenceConfig {
  readonly activation: ActivationName;
  readonly recurrentKernel: WeightConfig;
  readonly recurrentDropout: number;
  readonly recurrentDropoutMask: RecurrentDropoutMask;
  readonly zoneout: number | Readonly<Required<ZoneoutRates>>;
}

const SEQUENCE_NAMES: readonly (keyof SequenceOptions)[] = [
  'units',
  'useBias',
  'kernelInitializer',
  'biasInitializer',
  'kernelRegularizer',
  'biasRegularizer',
  'kernelConstraint',
  'biasConstraint',
  'dropout',
  'returnSequences',
  'returnState',
  'goBackwards',
  'stateful',
  'truncate',
  'recompute',
  'name',
  'trainable',
];

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
  'recurrentDropoutMask',
  'zoneout',
  'returnSequences',
  'returnState',
  'goBackwards',
  'stateful',
  'truncate',
  'recompute',
  'name',
  'trainable',
];

/** Options of one weight, checked. */
export function weightOf(
  where: string,
  name: string,
  initializer: InitializerLike,
  regularizer?: RegularizerLike | null,
  constraint?: ConstraintLike | null,
): WeightConfig {
  return weightConfig(`${where}: ${name}`, { initializer, regularizer, constraint });
}

/**
 * Checks the options of a layer over time and fills in Keras's defaults.
 *
 * @param names every option that the layer takes
 */
export function sequenceConfig(
  where: string,
  options: SequenceOptions,
  furtherNames: readonly string[],
  names: readonly string[] = SEQUENCE_NAMES,
): SequenceConfig {
  checkOptionNames(where, options, [...names, ...furtherNames]);
  const { kernelInitializer, kernelRegularizer, kernelConstraint } = options;
  const { biasInitializer, biasRegularizer, biasConstraint } = options;
  return {
    units: positiveInteger(where, 'units', options.units),
    useBias: flag(where, 'useBias', options.useBias ?? true),
    kernel: weightOf(
      where,
      'kernel',
      kernelInitializer ?? 'glorotUniform',
      kernelRegularizer,
      kernelConstraint,
    ),
    bias: weightOf(where, 'bias', biasInitializer ?? 'zeros', biasRegularizer, biasConstraint),
    dropout: dropRate(where, 'dropout', options.dropout ?? 0),
    returnSequences: flag(where, 'returnSequences', options.returnSequences ?? false),
    returnState: flag(where, 'returnState', options.returnState ?? false),
    goBackwards: flag(where, 'goBackwards', options.goBackwards ?? false),
    stateful: flag(where, 'stateful', options.stateful ?? false),
    truncate:
      (options.truncate ?? null) === null ? null : positiveInteger(where, 'truncate', options.truncate),
    recompute: flag(where, 'recompute', options.recompute ?? false),
  };
}

const RECURRENT_DROPOUT_MASKS: readonly RecurrentDropoutMask[] = ['variational', 'naive'];

function zoneoutFrom(where: string, zoneout: Zoneout, hasCellState: boolean): RecurrentConfig['zoneout'] {
  if (typeof zoneout !== 'object') return dropRate(where, 'zoneout', zoneout);
  const place = `${where}: zoneout`;
  checkOptionNames(place, zoneout, hasCellState ? ['hidden', 'cell'] : ['hidden']);
  const hidden = dropRate(place, 'hidden', zoneout.hidden ?? 0);
  return hasCellState ? { hidden, cell: dropRate(place, 'cell', zoneout.cell ?? 0) } : hidden;
}

/**
 * Checks the common options of recurrent layers and fills in Keras's defaults.
 *
 * @param hasCellState whether there is a second state, with a share of its own for zoneout
 */
export function recurrentConfig(
  where: string,
  options: RecurrentOptions,
  furtherNames: readonly string[] = [],
  hasCellState = false,
): RecurrentConfig {
  const { recurrentInitializer, recurrentRegularizer, recurrentConstraint } = options;
  return {
    ...sequenceConfig(where, options, furtherNames, NAMES),
    activation: activationFrom(
      where,
      'activation',
      options.activation === undefined ? 'tanh' : options.activation,
      CELL_ACTIVATION_NAMES,
    ),
    recurrentKernel: weightOf(
      where,
      'recurrent',
      recurrentInitializer ?? 'orthogonal',
      recurrentRegularizer,
      recurrentConstraint,
    ),
    recurrentDropout: dropRate(where, 'recurrentDropout', options.recurrentDropout ?? 0),
    recurrentDropoutMask: oneOf(
      where,
      'recurrentDropoutMask',
      options.recurrentDropoutMask ?? 'variational',
      RECURRENT_DROPOUT_MASKS,
    ),
    zoneout: zoneoutFrom(where, options.zoneout ?? 0, hasCellState),
  };
}
