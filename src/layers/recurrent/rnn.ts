import { describeValue } from '../../describe.js';
import { ValueError } from '../../errors.js';
import { type CustomOptions, customLayer } from '../custom/index.js';
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
export function rnn(cells: readonly Layer[], options?: StackOptions): Layer;
/**
 * A layer of a recurrent cell of one's own; `defineCell` makes the cell.
 *
 * Its weights are those that the cell declares: `leaky.kernel` for a cell named 'leaky'. It trains, streams and
 * goes into `bidirectional` and stacks as the built-in layers do. A file keeps the name of the cell and its
 * `options`; `load(bytes, { cells: [leaky] })` reads it.
 *
 * @throws ValueError for an option out of range; ShapeError or ValueError, once the size of the input is known, for
 *   what does not fit together in the cell
 */
export function rnn<O>(options: CustomOptions<O>): Layer;
export function rnn<O>(given: readonly Layer[] | CustomOptions<O>, options: StackOptions = {}): Layer {
  if (Array.isArray(given)) return stack(given, options);
  if (typeof given === 'object' && given !== null) return customLayer(given as CustomOptions<O>);
  throw new ValueError(
    `rnn: expected a list of recurrent layers or { cell, units }, got ${describeValue(given)}`,
  );
}
