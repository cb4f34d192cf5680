import type { NodeUse, Operator, Outputs } from '../node.js';
import type { Value } from '../values.js';
import { onFolded } from './folded.js';
import { madeOf, onScores } from './scores.js';

/**
 * An operator on values some of which are not what they will be: scores that may become attention, and values in which
 * the batch is part of an axis.
 */
export function onValues(node: NodeUse, operator: Operator): Outputs {
  let use = node;
  if (node.inputs.some((value) => value?.kind === 'scores')) {
    const found = onScores(node, operator);
    if (found !== null) return [found];
    use = node.on(
      node.inputs.map((value): Value | null => (value?.kind === 'scores' ? madeOf(value) : value)),
    );
  }
  return use.inputs.some((value) => value?.kind === 'folded') ? onFolded(use, operator) : operator(use);
}
