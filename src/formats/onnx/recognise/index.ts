import type { SymbolicTensor } from '../../../layers/symbolic.js';
import type { Builder } from '../node.js';
import { type Chain, ChainFinder, isWhole } from './chains.js';
import { nodesBehind, readersIn } from './order.js';
import { Reader } from './reader.js';
import { rebuilt, type Use } from './rebuild.js';
import { rewritten } from './rewrite.js';
import { useOf } from './uses.js';

/** Chains that are looked for at most. */
const MOST_CHAINS = 64;

/**
 * The values of a graph with layers of ours in place of operations that spell them: cells of LSTM, GRU and simple RNN
 * written gate by gate, step after step; layer normalization and GELU.
 */
export function recognise(list: Builder, given: readonly SymbolicTensor[]): SymbolicTensor[] {
  const roots = rewritten(list, given);
  const order = nodesBehind(roots);
  const readers = readersIn(order);
  const finder = new ChainFinder(new Reader((layer) => list.of(layer)), readers);
  for (const node of order) finder.read(node);
  const whole = [...finder.chains].filter(isWhole);
  if (whole.length === 0 || whole.length > MOST_CHAINS) return [...roots];
  const all = new Set(roots);
  const uses = whole
    .map((chain: Chain) => useOf(chain, readers, all))
    .filter((use): use is Use => use !== null);
  return uses.length === 0 ? [...roots] : rebuilt(list, roots, uses);
}
