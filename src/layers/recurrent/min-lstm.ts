import * as kernels from '../../wasm/generated/kernels.js';
import { Layer, type LayerDefinition } from '../layer.js';
import { layerLabel } from '../options.js';
import { restoreWith } from '../restore.js';
import { recurrentLayer } from './layer.js';
import { scanCell } from './scan-cell.js';
import { type ScanOptions, scanConfig } from './scan-options.js';

/** Options of {@link minLstm}. */
export interface MinLstmOptions extends ScanOptions {}

const definition = recurrentLayer(
  scanCell('minLstm', restoreWith(minLstm), {
    gates: 3,
    forward: kernels.min_lstm_forward,
    backward: kernels.min_lstm_backward,
  }),
);

/** How minLSTM layers are saved and rebuilt. */
export const minLstmDefinition = definition as unknown as LayerDefinition;

/**
 * An LSTM whose gates see only the input (Feng et al. 2024, section 3.2): all products of a sequence are one. Its
 * forget and input gates are scaled to sum to 1, and there is no output gate.
 *
 * ```text
 * f = σ(x·Wf + bf)    i = σ(x·Wi + bi)    h̃ = act(x·Wh + bh)
 * f' = f / (f + i)    i' = i / (f + i)    h = f' ⊙ h₋₁ + i' ⊙ h̃
 * ```
 *
 * Input `[batch, time, features]`; output `[batch, units]`, or `[batch, time, units]` with `returnSequences`.
 * Weights `kernel [features, 3·units]`, `bias [3·units]`, in the order f, i, h. There is no recurrent product,
 * so none of its options.
 *
 * @throws ValueError for an option out of range, UnknownNameError for an option that does not exist
 */
export function minLstm(options: MinLstmOptions): Layer {
  const config = scanConfig(layerLabel('minLstm', options), options);
  return new Layer(definition, config, options.name, options.trainable) as unknown as Layer;
}
