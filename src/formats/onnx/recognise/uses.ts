import type { Node, SymbolicTensor } from '../../../layers/symbolic.js';
import type { Chain } from './chains.js';
import type { Use } from './rebuild.js';
import type { Step } from './step.js';

/** Layers that one step consists of at most. */
const MOST_NODES = 200;

/** The uses of layers between the inputs and the states of a step; null beyond measure. */
function inside({ x, before, after }: Step): Set<Node> | null {
  const ends = new Set([...x.map(({ leaf }) => leaf), ...(before ?? [])]);
  const found = new Set<Node>();
  const waiting = after.map(({ node }) => node);
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (found.has(node)) continue;
    if (found.size === MOST_NODES) return null;
    found.add(node);
    for (const value of node.inputs) if (!ends.has(value)) waiting.push(value.node);
  }
  return found;
}

/**
 * What is used of a chain outside of its own steps; null where that cannot be told.
 *
 * @param readers who takes a value
 * @param roots values that are given out
 */
export function useOf(
  chain: Chain,
  readers: ReadonlyMap<SymbolicTensor, readonly Node[]>,
  roots: ReadonlySet<SymbolicTensor>,
): Use | null {
  const own = new Set<Node>();
  for (const step of chain) {
    const nodes = inside(step);
    if (nodes === null) return null;
    for (const node of nodes) own.add(node);
  }
  const isUsed = (value: SymbolicTensor): boolean =>
    roots.has(value) || (readers.get(value) ?? []).some((node) => !own.has(node));
  const states = new Set(chain.flatMap(({ after, output }) => [...after, ...(output ? [output] : [])]));
  // What is made of states inside a step, and taken from there.
  const waiting = [...states];
  const made = new Set<Node>();
  let isOpen = false;
  for (let value = waiting.pop(); value !== undefined && !isOpen; value = waiting.pop()) {
    isOpen = !states.has(value) && isUsed(value);
    for (const node of readers.get(value) ?? []) {
      if (!own.has(node) || made.has(node)) continue;
      made.add(node);
      waiting.push(...node.outputs.filter((output) => !states.has(output)));
    }
  }
  const last = chain[chain.length - 1];
  const earlier = chain.slice(0, -1);
  return {
    chain,
    sequence: earlier.some(
      ({ after, output }) => isUsed(after[0]) || (output !== undefined && isUsed(output)),
    ),
    cell: last.after.slice(1).some(isUsed),
    // No layer gives the states c of all steps, nor what a gate is made of.
    apart: isOpen || earlier.some(({ after }) => after.slice(1).some(isUsed)),
  };
}
