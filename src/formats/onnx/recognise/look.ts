import type { Layer } from '../../../layers/layer.js';
import type { SymbolicTensor } from '../../../layers/symbolic.js';

/** What makes a value: the type of its layer, how it is set, and what goes in. */
export interface Look<C = Readonly<Record<string, unknown>>> {
  readonly type: string;
  readonly layer: Layer;
  readonly config: C;
  readonly inputs: readonly SymbolicTensor[];
}

/** What makes a value; null for an input. */
export function look({ node: { layer, inputs } }: SymbolicTensor): Look | null {
  if (layer === null) return null;
  const config = layer.config as unknown as Readonly<Record<string, unknown>>;
  return { type: layer.definition.type, layer, config, inputs };
}

/** What a function of one number is applied to: `pointwise` of a name, with its numbers. */
export function ofFunction(
  value: SymbolicTensor,
  name: string,
): { readonly x: SymbolicTensor; readonly alpha: number | null; readonly beta: number | null } | null {
  const made = look(value);
  if (made?.type !== 'pointwise' || made.config.function !== name) return null;
  const { alpha = null, beta = null } = made.config as { alpha?: number | null; beta?: number | null };
  return { x: made.inputs[0], alpha, beta };
}

/** Both operands of an operation on two values. */
export function ofTwo(value: SymbolicTensor, operation: string): readonly SymbolicTensor[] | null {
  const made = look(value);
  const is = made?.type === operation || (made?.type === 'combine' && made.config.operation === operation);
  return is && made.inputs.length === 2 ? made.inputs : null;
}

export const near = (a: number | null, b: number): boolean =>
  a !== null && Math.abs(a - b) <= 1e-6 * Math.abs(b);
