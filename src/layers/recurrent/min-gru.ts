import * as kernels from '../../wasm/generated/kernels.js';
import { Layer, type LayerDefinition } from '../layer.js';
import { layerLabel } from '../options.js';
import { restoreWith } from '../restore.js';
import { recurrentLayer } from './layer.js';
import { scanCell } from './scan-cell.js';
import { type ScanOptions, scanConfig } from './scan-options.js';

/** Options of {@link minGru}. */
export interface MinGruOptions extends ScanOptions {}

const definition = recurrentLayer(
  scanCell('minGru', restoreWith(minGru), {
    gates: 2,
    forward: kernels.min_gru_forward,
    backward: kernels.min_gru_backward,
  }),
);

/** How minGRU layers are saved and rebuilt. */
export const minGruDefinition = definition as unknown as LayerDefinition;

/**
 * A GRU whose gates see only the input (Feng et al. 2024, section 3.1): all products of a sequence are one, and
 * it trains several times as fast as {@link gru}.
 *
 * ```text
 * z = σ(x·Wz + bz)    h̃ = act(x·Wh + bh)
 * h = (1−z) ⊙ h₋₁ + z ⊙ h̃
 * ```
 *
 * Input `[batch, time, features]`; output `[batch, units]`, or `[batch, time, units]` with `returnSequences`.
 * Weights `kernel [features, 2·units]`, `bias [2·units]`, in the order z, h. There is no recurrent product, so
 * none of its options.
 *
 * @throws ValueError for an option out of range, UnknownNameError for an option that does not exist
 */
export function minGru(options: MinGruOptions): Layer {
  const config = scanConfig(layerLabel('minGru', options), options);
  return new Layer(definition, config, options.name, options.trainable) as unknown as Layer;
}
