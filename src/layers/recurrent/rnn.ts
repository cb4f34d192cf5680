import type { Layer } from '../layer.js';
import { type StackOptions, stack } from './stack.js';

/**
 * Recurrent layers on top of one another as one layer: the outputs of a cell are the inputs of the next.
 *
 * ```text
 * y⁰ = x,   yˡ = cellˡ(dropout(yˡ⁻¹)),   output y of the last cell
 * ```
 *
 * The semantics are those of `num_layers` in PyTorch: `dropout` acts between cells, not behind the last, on every
 * step anew. `returnState` gives the states of the first cell, then those of the next (use `applyAll`);
 * `initialState` takes them in that order. `goBackwards` turns what the first cell reads. Weights carry the name
 * of their cell: `rnn.lstm.kernel`, `rnn.lstm_1.kernel`.
 *
 * @throws ValueError for a cell that is not recurrent, or that sets what is an option of the stack
 */
export function rnn(cells: readonly Layer[], options: StackOptions = {}): Layer {
  return stack(cells, options);
}
