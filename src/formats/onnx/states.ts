import { input } from '../../layers/input.js';
import type { Node, SymbolicTensor } from '../../layers/symbolic.js';
import type { Wiring } from '../../model/network.js';
import type { Builder } from './node.js';
import { nodesBehind, readersIn } from './recognise/order.js';
import { widthOf } from './recognise/reader.js';
import { type StepState, vectorised } from './recognise/vectorise.js';

/** A state that goes into a model, and the output that it is behind the last step. */
export interface StatePair {
  readonly input: SymbolicTensor;
  readonly output: SymbolicTensor;
}

/** Layers that start from states that they are given. */
const RECURRENT = ['simpleRNN', 'lstm', 'gru', 'rnn', 'bidirectional'];

/** Layers that only move values. */
const MOVES = ['reshape', 'permute', 'slice', 'concatenate'];

const typeOf = ({ layer }: Node): string => layer?.definition.type ?? '';

/** Which states of which layers, in order. */
type Places = readonly string[];

/** Numbers the uses of layers, for places to name them. */
class Numbers {
  private readonly all = new Map<Node, number>();

  place(node: Node, state: number): string {
    const number = this.all.get(node) ?? this.all.size;
    this.all.set(node, number);
    return `${number}.${state}`;
  }
}

/** Which state of its layer an output is, h being 0; −1 where it is none. */
function stateOf({ node, index, shape }: SymbolicTensor): number {
  if (!RECURRENT.includes(typeOf(node))) return -1;
  if (index > 0) return index - 1;
  return node.outputs.length === 1 && shape.length === 1 ? 0 : -1;
}

/** The states that are read off an output through moves alone; null where anything else is. */
function statesBehind(output: SymbolicTensor, numbers: Numbers): Places | null {
  const found = new Set<string>();
  const seen = new Set<SymbolicTensor>();
  const waiting = [output];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    if (seen.has(at)) continue;
    seen.add(at);
    const state = stateOf(at);
    if (state >= 0) found.add(numbers.place(at.node, state));
    else if (MOVES.includes(typeOf(at.node))) waiting.push(...at.node.inputs);
    else return null;
  }
  return [...found].sort();
}

/** The states that start from an input, through moves; null where it is read in any other way. */
function statesBefore(
  from: SymbolicTensor,
  readers: ReadonlyMap<SymbolicTensor, readonly Node[]>,
  numbers: Numbers,
): Places | null {
  const found = new Set<string>();
  const seen = new Set<SymbolicTensor>();
  const waiting = [from];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    if (seen.has(at)) continue;
    seen.add(at);
    for (const node of readers.get(at) ?? []) {
      if (RECURRENT.includes(typeOf(node)) && node.inputs[0] !== at) {
        node.inputs.forEach((value, i) => {
          if (value === at) found.add(numbers.place(node, i - 1));
        });
      } else if (MOVES.includes(typeOf(node))) waiting.push(...node.outputs);
      else return null;
    }
  }
  return [...found].sort();
}

/**
 * Inputs that are nothing but initial states, each with the output that the same states are behind the last step.
 * None where a layer starts from anything else.
 */
export function statePairs({ inputs, outputs }: Wiring): StatePair[] {
  const order = nodesBehind(outputs);
  const readers = readersIn(order);
  const numbers = new Numbers();
  const ends = outputs.map((output) => ({ output, places: statesBehind(output, numbers)?.join() }));
  const pairs: StatePair[] = [];
  const fed = new Set<string>();
  for (const one of inputs) {
    const places = statesBefore(one, readers, numbers);
    if (places === null || places.length === 0) continue;
    const end = ends.find((own) => own.places === places.join());
    if (end === undefined) return [];
    pairs.push({ input: one, output: end.output });
    for (const place of places) fed.add(place);
  }
  const starts = order.filter((node) => RECURRENT.includes(typeOf(node)));
  const all = starts.every((node) => node.inputs.slice(1).every((_, i) => fed.has(numbers.place(node, i))));
  return all ? pairs : [];
}

/** Makes layers that keep the names of those they stand for. */
function namesakes(weightsOf: Builder['of'], builder: Builder): Builder {
  return {
    layer: (_type, _node, make) => make(undefined as unknown as string),
    of: weightsOf,
    hasLengths: builder.hasLengths,
    absorbed: builder.absorbed,
    sharing: (steps) => steps(),
    unfold: () => {},
  };
}

/** The graph of one step, as one over sequences. */
function stepsOf(
  { inputs }: Wiring,
  given: readonly SymbolicTensor[],
  pairs: readonly StatePair[],
  list: Builder,
) {
  const states = pairs.map(
    ({ input: before, output: after }): StepState => ({ before, after, initial: null }),
  );
  const vectors = inputs.filter((value) => !pairs.some((pair) => pair.input === value));
  if (vectors.length === 0 || vectors.some(({ shape }) => shape.length !== 1)) return null;
  const sequences = new Map(
    vectors.map((value) => [
      value,
      input({ name: value.name as string, shape: [null, widthOf(value) as number] }),
    ]),
  );
  const found = vectorised(list, { inputs: sequences, states, outputs: given, backwards: false });
  return found && { inputs: [...sequences.values()], outputs: [...found.outputs] };
}

/** The wiring without states that go in and out: layers keep them. A graph of one step becomes one over sequences. */
export function withoutStates(wiring: Wiring, pairs: readonly StatePair[], builder: Builder): Wiring {
  const others = wiring.outputs.filter((value) => !pairs.some(({ output }) => output === value));
  const given = others.length > 0 ? others : [pairs[0].output];
  const list = namesakes((layer) => builder.of(layer), builder);
  const steps = stepsOf(wiring, given, pairs, list);
  if (steps !== null) return steps;
  const starts = new Set(pairs.map((pair) => pair.input));
  const dropped = new Set<SymbolicTensor>(starts);
  const now = new Map<SymbolicTensor, SymbolicTensor>();
  for (const node of nodesBehind(given)) {
    if (node.layer === null) continue;
    const isStart = node.inputs.every((value) => dropped.has(value));
    if (isStart) {
      for (const value of node.outputs) dropped.add(value);
      continue;
    }
    const kept = RECURRENT.includes(typeOf(node))
      ? node.inputs.filter((value) => !dropped.has(value))
      : node.inputs;
    const values = kept.map((value) => now.get(value) ?? value);
    const same = values.length === node.inputs.length && values.every((value, i) => value === node.inputs[i]);
    const outputs = same ? node.outputs : node.layer.applyAll(values);
    node.outputs.forEach((value, i) => {
      now.set(value, outputs[i]);
    });
  }
  return {
    inputs: wiring.inputs.filter((value) => !starts.has(value)),
    outputs: given.map((value) => now.get(value) ?? value),
  };
}
