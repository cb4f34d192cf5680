import { checkNumber } from '../../check.js';
import { type ActivationName, activationFrom, CELL_ACTIVATION_NAMES } from '../activations.js';
import type { ConstraintLike } from '../constraints.js';
import type { InitializerLike } from '../initializers/index.js';
import { flag, positiveInteger } from '../options.js';
import type { RegularizerLike } from '../regularizers.js';
import { type WeightConfig, weightConfig } from '../weight.js';
import { type RecurrentConfig, type RecurrentOptions, recurrentConfig } from './options.js';

/** Options of {@link lstm}. */
export interface LSTMOptions extends RecurrentOptions {
  /** Activation of the gates. Default 'sigmoid'. */
  recurrentActivation?: ActivationName;
  /** True starts the forget gate's bias at 1 (Jozefowicz et al. 2015). Default true. */
  unitForgetBias?: boolean;
  /** True lets i and f see c₋₁ and o see c, unit by unit (Gers & Schmidhuber 2000). Default false. */
  peephole?: boolean;
  /** Default 'glorotUniform'. */
  peepholeInitializer?: InitializerLike;
  /** Penalty on the peepholes. Default none. */
  peepholeRegularizer?: RegularizerLike | null;
  /** Bound on the peepholes, applied after each update. Default none. */
  peepholeConstraint?: ConstraintLike | null;
  /** True has no input gate: i = 1 − f (Greff et al. 2017). Default false. */
  coupled?: boolean;
  /** Size P of the output and of the state h, to which o ⊙ tanh(c) is projected (Sak et al. 2014). Default none. */
  projection?: number | null;
  /** Default 'glorotUniform'. */
  projectionInitializer?: InitializerLike;
  /** Penalty on the projection. Default none. */
  projectionRegularizer?: RegularizerLike | null;
  /** Bound on the projection, applied after each update. Default none. */
  projectionConstraint?: ConstraintLike | null;
  /** c is held between -cellClip and cellClip; no gradient passes where it reaches them. Default: no bound. */
  cellClip?: number | null;
  /** True normalises x·W, h₋₁·U and what the output sees of c over the units (Ba et al. 2016). Default false. */
  layerNormalization?: boolean;
}

/** Options of an LSTM without variants. */
export type PlainLSTMOptions = Omit<
  LSTMOptions,
  | 'peephole'
  | `peephole${'Initializer' | 'Regularizer' | 'Constraint'}`
  | 'coupled'
  | 'projection'
  | `projection${'Initializer' | 'Regularizer' | 'Constraint'}`
  | 'cellClip'
  | 'layerNormalization'
>;

/** The options of an LSTM, complete. */
export interface LSTMConfig extends RecurrentConfig {
  readonly recurrentActivation: ActivationName;
  readonly unitForgetBias: boolean;
  readonly peephole: boolean;
  readonly peepholeKernel: WeightConfig;
  readonly coupled: boolean;
  readonly projection: number | null;
  readonly projectionKernel: WeightConfig;
  readonly cellClip: number | null;
  readonly layerNormalization: boolean;
}

const NAMES: readonly (keyof LSTMOptions)[] = [
  'recurrentActivation',
  'unitForgetBias',
  'peephole',
  'peepholeInitializer',
  'peepholeRegularizer',
  'peepholeConstraint',
  'coupled',
  'projection',
  'projectionInitializer',
  'projectionRegularizer',
  'projectionConstraint',
  'cellClip',
  'layerNormalization',
];

/** Checks the options of an LSTM and fills in Keras's defaults. */
export function lstmConfig(where: string, options: LSTMOptions): LSTMConfig {
  const common = recurrentConfig(where, options, NAMES, true);
  const activation = options.recurrentActivation === undefined ? 'sigmoid' : options.recurrentActivation;
  const { projection = null, cellClip = null } = options;
  return {
    ...common,
    recurrentActivation: activationFrom(where, 'recurrentActivation', activation, CELL_ACTIVATION_NAMES),
    unitForgetBias: flag(where, 'unitForgetBias', options.unitForgetBias ?? true),
    peephole: flag(where, 'peephole', options.peephole ?? false),
    peepholeKernel: weightConfig(`${where}: peephole`, {
      initializer: options.peepholeInitializer ?? 'glorotUniform',
      regularizer: options.peepholeRegularizer,
      constraint: options.peepholeConstraint,
    }),
    coupled: flag(where, 'coupled', options.coupled ?? false),
    projection: projection === null ? null : positiveInteger(where, 'projection', projection),
    projectionKernel: weightConfig(`${where}: projection`, {
      initializer: options.projectionInitializer ?? 'glorotUniform',
      regularizer: options.projectionRegularizer,
      constraint: options.projectionConstraint,
    }),
    cellClip: cellClip === null ? null : checkNumber(where, 'cellClip', cellClip, { above: 0 }),
    layerNormalization: flag(where, 'layerNormalization', options.layerNormalization ?? false),
  };
}

/** The options that make an LSTM other than Hochreiter's and Gers's, as they are named. */
export function lstmVariantOptions(config: LSTMConfig): string[] {
  return (['peephole', 'coupled', 'projection', 'cellClip', 'layerNormalization'] as const).filter(
    (name) => config[name] !== false && config[name] !== null,
  );
}

/** Gates per unit: input, forget, candidate, output; forget, candidate, output where they are coupled. */
export function lstmGates(config: LSTMConfig): 3 | 4 {
  return config.coupled ? 3 : 4;
}

/** Size of the output and of h. */
export function lstmOutputSize(config: LSTMConfig): number {
  return config.projection ?? config.units;
}
