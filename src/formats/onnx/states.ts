import type { NodeOrder } from './graph.js';
import type { GraphProto, NodeProto } from './proto/messages.js';

/** A state that goes into a graph, and the output that it is behind the last step. */
export interface StatePair {
  readonly input: string;
  readonly output: string;
}

const RECURRENT = ['RNN', 'GRU', 'LSTM'];

/** Operators that only move values. */
const MOVES = [
  ...['Identity', 'Squeeze', 'Unsqueeze', 'Reshape', 'Transpose', 'Concat', 'Slice', 'Split', 'Gather'],
];

/** Inputs of a recurrent operator that hold initial states, and its outputs that are the states behind. */
const FIRST_INITIAL = 5;
const FIRST_STATE = 1;

/** Which states of which nodes, in order. */
type Places = readonly string[];

/** The states that are read off an output through moves alone; null where anything else is. */
function statesBehind(
  name: string,
  producers: ReadonlyMap<string, NodeProto>,
  numbers: ReadonlyMap<NodeProto, number>,
): Places | null {
  const found: string[] = [];
  const seen = new Set<string>();
  const waiting = [name];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    if (seen.has(at)) continue;
    seen.add(at);
    const node = producers.get(at);
    if (node === undefined) return null;
    const state = node.outputs.indexOf(at) - FIRST_STATE;
    if (RECURRENT.includes(node.op) && state >= 0) found.push(`${numbers.get(node)}.${state}`);
    else if (node.op === 'Concat') waiting.push(...node.inputs);
    else if (MOVES.includes(node.op)) waiting.push(node.inputs[0]);
    else return null;
  }
  return found.sort();
}

/**
 * Inputs that are nothing but initial states, each with the output that the same states are behind the last step.
 *
 * @param isOpen whether an input is fed
 */
export function statePairs(
  graph: GraphProto,
  order: NodeOrder,
  isOpen: (input: string) => boolean,
): StatePair[] {
  const producers = new Map<string, NodeProto>();
  const numbers = new Map<NodeProto, number>();
  order.live.forEach((node, i) => {
    numbers.set(node, i);
    for (const name of node.outputs) if (name !== '') producers.set(name, node);
  });
  const startsOf = new Map<string, string[]>();
  for (const node of order.live) {
    if (!RECURRENT.includes(node.op)) continue;
    node.inputs.slice(FIRST_INITIAL, FIRST_INITIAL + 2).forEach((name, state) => {
      if (name === '') return;
      const sources = [...order.sources(name)].filter((source) => isOpen(source) && source !== '');
      const [only] = sources.filter((source) => graph.inputs.some((value) => value.name === source));
      if (only !== undefined)
        startsOf.set(only, [...(startsOf.get(only) ?? []), `${numbers.get(node)}.${state}`]);
    });
  }
  const ends = graph.outputs.map(({ name }) => ({ name, places: statesBehind(name, producers, numbers) }));
  const pairs: StatePair[] = [];
  for (const [input, places] of startsOf) {
    const key = places.sort().join();
    const end = ends.find((one) => one.places !== null && one.places.join() === key);
    if (end !== undefined && onlyStarts(order, input)) pairs.push({ input, output: end.name });
  }
  return pairs.length === startsOf.size ? pairs : [];
}

/** Whether an input is read, through moves, by recurrent nodes as an initial state and by nothing else. */
function onlyStarts(order: NodeOrder, input: string): boolean {
  const waiting = [input];
  const seen = new Set<string>();
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    for (const node of order.readersOf(name)) {
      const at = node.inputs.indexOf(name);
      if (RECURRENT.includes(node.op) && at >= FIRST_INITIAL) continue;
      if (!MOVES.includes(node.op)) return false;
      waiting.push(...node.outputs);
    }
  }
  return true;
}
