import type { Layer } from '../../../layers/layer.js';
import { concatenate } from '../../../layers/merge/index.js';
import { slice } from '../../../layers/shaping/index.js';
import type { Node, SymbolicTensor } from '../../../layers/symbolic.js';
import type { Builder } from '../node.js';
import { type Chain, ChainFinder } from './chains.js';
import { cellLayer } from './emit.js';
import { nodesBehind, readersIn } from './order.js';
import { Reader, widthOf } from './reader.js';
import { besides, featuresOf, turned } from './sequences.js';
import type { Step } from './step.js';

/** A state of a step: the vector before it, the one behind it, and what it is at first; null for zeros. */
export interface StepState {
  readonly before: SymbolicTensor;
  readonly after: SymbolicTensor;
  readonly initial: SymbolicTensor | null;
}

/** One step of a loop, written on vectors. */
export interface StepGraph {
  /** Vectors that come anew at each step, and the sequences that they are of. */
  readonly inputs: ReadonlyMap<SymbolicTensor, SymbolicTensor>;
  readonly states: readonly StepState[];
  /** Vectors that each step gives out. */
  readonly outputs: readonly SymbolicTensor[];
  /** Whether sequences are read from their end. */
  readonly backwards: boolean;
}

/** What a step graph is over whole sequences: the outputs as sequences in the order of time, and the last states. */
export interface Vectorised {
  readonly outputs: readonly SymbolicTensor[];
  readonly states: readonly SymbolicTensor[];
}

/** Layers that do with each step of a sequence what they do with a vector. */
const STEPWISE = [
  ...['dense', 'activation', 'pointwise', 'operand', 'dropout', 'layerNormalization', 'rmsNormalization'],
  ...['add', 'subtract', 'multiply', 'maximum', 'minimum', 'average', 'combine'],
];

/** The layer for whole sequences; null where there is none. */
function overTime(list: Builder, { layer, inputs, outputs }: Node): Layer | 'pass' | null {
  if (layer === null || [...inputs, ...outputs].some((value) => widthOf(value) === null)) return null;
  const type = layer.definition.type;
  if (STEPWISE.includes(type)) return layer;
  const { axis = -1, start } = layer.config as { axis?: number; start?: number };
  if (type === 'reshape' && widthOf(inputs[0]) === widthOf(outputs[0])) return 'pass';
  if (axis !== -1 && axis !== inputs[0].shape.length) return null;
  if (type === 'concatenate') return list.layer(type, null, (name) => concatenate({ name }));
  if (type !== 'slice') return null;
  const size = widthOf(outputs[0]) as number;
  return list.layer(type, null, (name) => slice({ start, size, name }));
}

/** The cell of each state behind it, where all states are those of cells. */
function cellsOf(list: Builder, { states, outputs }: StepGraph): Map<SymbolicTensor, Step> | null {
  const order = nodesBehind([...states.map(({ after }) => after), ...outputs]);
  const known = new Map(states.map(({ before, after }) => [before, after]));
  const finder = new ChainFinder(new Reader((layer) => list.of(layer)), readersIn(order), known);
  for (const node of order) finder.read(node);
  const found = new Map<SymbolicTensor, Step>();
  for (const chain of finder.chains as Set<Chain>) {
    for (const step of chain) {
      const own = step.before?.every((state, i) => known.get(state) === step.after[i]) === true;
      if (!own || step.before?.length !== step.after.length) continue;
      for (const state of step.after) found.set(state, step);
      if (step.output !== undefined) found.set(step.output, step);
    }
  }
  return states.every(({ after }) => found.has(after)) ? found : null;
}

/** Makes the layers of a step graph, demand by demand. */
class Vectoriser {
  private readonly sequences: Map<SymbolicTensor, SymbolicTensor>;
  private readonly last = new Map<SymbolicTensor, SymbolicTensor>();

  constructor(
    private readonly list: Builder,
    private readonly graph: StepGraph,
    private readonly cells: ReadonlyMap<SymbolicTensor, Step>,
  ) {
    this.sequences = new Map(graph.inputs);
  }

  private emit(step: Step): void {
    const { list, graph } = this;
    const parts = step.x.map((segment) =>
      featuresOf(list, this.sequences.get(segment.leaf) as SymbolicTensor, segment),
    );
    const initial = (step.before ?? []).map(
      (before) => graph.states.find((state) => state.before === before)?.initial,
    );
    const flags = { returnSequences: true, returnState: true, goBackwards: graph.backwards };
    const given = initial.filter((state) => state !== null && state !== undefined);
    const initialState = given.length === initial.length ? given : [];
    const [y, ...states] = cellLayer(list, step, flags).applyAll(besides(list, parts), { initialState });
    const sequence = graph.backwards ? turned(list, y) : y;
    for (const value of [step.after[0], step.output])
      if (value !== undefined) this.sequences.set(value, sequence);
    step.after.forEach((value, i) => {
      this.last.set(value, states[i]);
    });
  }

  /** The sequence of a vector; null where a layer has no counterpart. */
  sequence(root: SymbolicTensor): SymbolicTensor | null {
    const path = new Set([root]);
    const stack = [root];
    for (let at = stack[stack.length - 1]; at !== undefined; at = stack[stack.length - 1]) {
      const step = this.cells.get(at);
      const needs = step?.x.map(({ leaf }) => leaf) ?? at.node.inputs;
      const missing = needs.find((one) => !this.sequences.has(one));
      if (!this.sequences.has(at)) {
        // A vector from elsewhere, or a cell that takes its own output.
        if (needs.length === 0 || (missing !== undefined && path.has(missing))) return null;
        if (missing !== undefined) {
          path.add(missing);
          stack.push(missing);
          continue;
        }
        if (step !== undefined) this.emit(step);
        else if (!this.apply(at.node)) return null;
        if (!this.sequences.has(at)) return null; // a state c, of which only the last is given
      }
      path.delete(at);
      stack.pop();
    }
    return this.sequences.get(root) as SymbolicTensor;
  }

  private apply(node: Node): boolean {
    const layer = overTime(this.list, node);
    if (layer === null) return false;
    const inputs = node.inputs.map((value) => this.sequences.get(value) as SymbolicTensor);
    const outputs = layer === 'pass' ? inputs : layer.applyAll(inputs);
    node.outputs.forEach((value, i) => {
      this.sequences.set(value, outputs[i]);
    });
    return true;
  }

  lastState({ after }: StepState): SymbolicTensor | null {
    if (!this.last.has(after)) {
      const step = this.cells.get(after) as Step;
      if (this.sequence(step.after[0]) === null) return null;
    }
    return this.last.get(after) ?? null;
  }
}

/** A step graph over whole sequences; null where a state is that of no cell, or a layer has no counterpart. */
export function vectorised(list: Builder, graph: StepGraph): Vectorised | null {
  const cells = graph.states.length === 0 ? null : cellsOf(list, graph);
  if (cells === null) return null;
  // Zeros and others are not mixed in one cell.
  const initials = new Map(graph.states.map(({ before, initial }) => [before, initial]));
  for (const { before } of cells.values()) {
    const nulls = (before ?? []).filter((state) => initials.get(state) === null).length;
    if (nulls > 0 && nulls < (before ?? []).length) return null;
  }
  const maker = new Vectoriser(list, graph, cells);
  const outputs = graph.outputs.map((output) => maker.sequence(output));
  const states = graph.states.map((state) => maker.lastState(state));
  if (outputs.includes(null) || states.includes(null)) return null;
  return { outputs: outputs as SymbolicTensor[], states: states as SymbolicTensor[] };
}
