import { isCellActivation } from '../../../layers/activations.js';
import type { SymbolicTensor } from '../../../layers/symbolic.js';
import { gateWeights, hasBias, stepOf } from './cell.js';
import { inputSegments, linearOf, stateCandidates } from './gates.js';
import type { Step } from './step.js';
import { numberOf, type Sum } from './sums.js';

/** h' = act(x·W + h·U + b), for a state h that is told; without one, of a step from zero. */
export function rnnStep(after: SymbolicTensor, sum: Sum, h: SymbolicTensor | null): Step | null {
  const [term] = sum.terms;
  const [atom] = term?.atoms ?? [];
  const alone = sum.terms.length === 1 && term.atoms.length === 1 && numberOf(term.linear) === 1;
  if (!alone || atom.tensor !== after || !isCellActivation(atom.activation)) return null;
  const linear = linearOf(atom.argument);
  if (linear === null || linear.parts.some(({ matrix }) => matrix === null)) return null;
  if (h !== null && !stateCandidates([linear], sum.width).includes(h)) return null;
  const x = inputSegments([linear], h === null ? [] : [h]);
  if (x.length === 0) return null;
  return stepOf({
    type: 'simpleRNN',
    units: sum.width,
    x,
    before: h === null ? null : [h],
    after: [after],
    options: { activation: atom.activation, useBias: hasBias([linear]) },
    weights: () => gateWeights([linear], sum.width, x, h === null ? [] : [h]),
  });
}
