import { type ActivationName, activationFrom, CELL_ACTIVATION_NAMES } from '../activations.js';
import { Layer, type LayerDefinition } from '../layer.js';
import { layerLabel } from '../options.js';
import { restoreWith } from '../restore.js';
import type { RecurrentCell } from './cell.js';
import { type GatedCandidateConfig, gatedCandidate } from './gated-candidate.js';
import { recurrentLayer } from './layer.js';
import { type RecurrentOptions, recurrentConfig } from './options.js';

/** Options of {@link mgu}. */
export interface MGUOptions extends RecurrentOptions {
  /** Activation of the gate. Default 'sigmoid'. */
  recurrentActivation?: ActivationName;
}

const cell: RecurrentCell<GatedCandidateConfig> = {
  ...gatedCandidate(() => true),
  type: 'mgu',
  restore: restoreWith(mgu),
  states: ['h'],
};

const definition = recurrentLayer(cell);

/** How minimal gated units are saved and rebuilt. */
export const mguDefinition = definition as unknown as LayerDefinition;

/**
 * Minimal gated unit (Zhou et al. 2016): one gate does the work of the GRU's two.
 *
 * ```text
 * f = σ(x·Wf + h₋₁·Uf + bf)
 * h̃ = tanh(x·Wh + (f ⊙ h₋₁)·Uh + bh)
 * h = (1−f) ⊙ h₋₁ + f ⊙ h̃
 * ```
 *
 * Input `[batch, time, features]`; output `[batch, units]`, or `[batch, time, units]` with `returnSequences`.
 * Weights `kernel [features, 2·units]`, `recurrentKernel [units, 2·units]`, `bias [2·units]`, in the order f, h.
 *
 * @throws ValueError for an option out of range, UnknownNameError for an option that does not exist
 */
export function mgu(options: MGUOptions): Layer {
  const where = layerLabel('mgu', options);
  const config: GatedCandidateConfig = {
    ...recurrentConfig(where, options, ['recurrentActivation']),
    recurrentActivation: activationFrom(
      where,
      'recurrentActivation',
      options.recurrentActivation === undefined ? 'sigmoid' : options.recurrentActivation,
      CELL_ACTIVATION_NAMES,
    ),
  };
  return new Layer(definition, config, options.name, options.trainable) as unknown as Layer;
}
