import { kindOf, type LayerKind } from '../inference/kind.js';
import { type Cell, definitionOfCell } from '../layers/custom/index.js';

export type { LayerKind } from '../inference/kind.js';
export * from '../inference/layers.js';

/** The layers of a cell of one's own (`defineCell`). */
export function custom(cell: Cell<never>): LayerKind {
  return kindOf(definitionOfCell(cell));
}
