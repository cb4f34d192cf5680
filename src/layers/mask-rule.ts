import type { OpenShape } from '../shape.js';

/**
 * Which outputs of a layer have a mask, or why a mask that comes in cannot be taken. 'moved': it has one, and
 * its step t is not about step t of the inputs.
 */
export type MaskOutcome = readonly (boolean | 'moved')[] | { readonly refuses: string };

/**
 * How the mask of a sequence goes through a layer. A value [T, B, ...] may have a mask [T, B] of 1 where a step
 * of a sample counts and 0 where it does not; in a streaming program it is [B].
 *
 * - 'passes': no step looks at another. The first output has the mask of the first input, the only one that may
 *   have a mask.
 * - 'consumes': outputs have no mask. The layer reads `k.mask(i)` where it matters which steps count.
 * - `{ refuses }`: a mask is an error, with this text for a reason.
 * - A function of which inputs have masks, and of their shapes: for layers that make masks, merge them, or for
 *   which it depends. An output that has a mask has that of the first input, unless the layer calls
 *   `k.setMask` while it records forward or step.
 *
 * Keras warns where a layer has no rule, and drops the mask; here that is an error.
 */
export type MaskRule<C> =
  | 'passes'
  | 'consumes'
  | { readonly refuses: string }
  | ((config: C, masked: readonly boolean[], inputs: readonly OpenShape[]) => MaskOutcome);

/** What a rule makes of the masks that come in. */
export function applyMaskRule<C>(
  rule: MaskRule<C>,
  config: C,
  masked: readonly boolean[],
  inputs: readonly OpenShape[],
): MaskOutcome {
  if (typeof rule === 'function') return rule(config, masked, inputs);
  if (!masked.includes(true) || rule === 'consumes') return [];
  if (rule !== 'passes') return rule;
  return masked.indexOf(true, 1) > 0 ? { refuses: 'only its first input may have one' } : [true];
}
