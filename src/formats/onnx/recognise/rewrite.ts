import type { SymbolicTensor } from '../../../layers/symbolic.js';
import type { Builder } from '../node.js';
import { asGelu } from './gelu.js';
import { asMultiHead } from './multi-head.js';
import { asLayerNormalization } from './normalization.js';
import { nodesBehind } from './order.js';

/** What a value is, as another layer says it; null where that is not known. Each looks back a few layers. */
type Rule = (list: Builder, value: SymbolicTensor) => SymbolicTensor | null;

const RULES: Readonly<Record<string, readonly Rule[]>> = {
  dense: [asMultiHead],
  pointwise: [asGelu],
  multiply: [asGelu, asLayerNormalization],
  combine: [asLayerNormalization],
  operand: [asLayerNormalization],
};

/** The values of a graph with one layer in place of some that spell it. */
export function rewritten(list: Builder, roots: readonly SymbolicTensor[]): SymbolicTensor[] {
  const now = new Map<SymbolicTensor, SymbolicTensor>();
  const current = (value: SymbolicTensor): SymbolicTensor => now.get(value) ?? value;
  for (const node of nodesBehind(roots)) {
    const { layer } = node;
    if (layer === null) continue;
    const inputs = node.inputs.map(current);
    const same = inputs.every((value, i) => value === node.inputs[i]);
    const outputs = same ? node.outputs : layer.applyAll(inputs);
    node.outputs.forEach((value, i) => {
      if (outputs[i] !== value) now.set(value, outputs[i]);
    });
    const { type } = layer.definition;
    if (!Object.hasOwn(RULES, type)) continue;
    for (const rule of RULES[type]) {
      const found = rule(list, outputs[0]);
      if (found === null) continue;
      now.set(node.outputs[0], found);
      break;
    }
  }
  return roots.map(current);
}
