import type { Layer } from '../../../layers/layer.js';
import type { Node, SymbolicTensor } from '../../../layers/symbolic.js';
import type { Builder } from '../node.js';
import { type Chain, fullStep } from './chains.js';
import { cellLayer, emitChain, emitStep, type Wanted } from './emit.js';
import { runOf, turned } from './sequences.js';
import type { Step } from './step.js';

/** A chain and what of it is used. */
export interface Use extends Wanted {
  readonly chain: Chain;
  /** Whether every step has to be made by itself. */
  apart: boolean;
}

/** The input of a step depends on the step before. */
class Cycle extends Error {
  constructor(readonly use: Use) {
    super();
  }
}

/** What has to be there before a value can be made. */
interface Task {
  readonly needs: readonly SymbolicTensor[];
  readonly make: () => ReadonlyMap<SymbolicTensor, SymbolicTensor>;
  readonly use: Use | null;
}

const needsOf = ({ x, before }: Step): SymbolicTensor[] => [...x.map(({ leaf }) => leaf), ...(before ?? [])];

/** Makes a graph anew with layers in place of chains. */
class Rebuild {
  private readonly done = new Map<SymbolicTensor, SymbolicTensor>();
  private readonly owners = new Map<SymbolicTensor, { use: Use; step: Step }>();
  private readonly open = new Set<Use>();
  private readonly shared = new Map<Use, Layer>();

  constructor(
    private readonly list: Builder,
    uses: readonly Use[],
  ) {
    for (const use of uses) {
      for (const step of use.chain) {
        for (const state of step.after) this.owners.set(state, { use, step });
        if (step.output !== undefined) this.owners.set(step.output, { use, step });
      }
    }
  }

  private readonly now = (old: SymbolicTensor): SymbolicTensor => this.done.get(old) as SymbolicTensor;

  private task(value: SymbolicTensor): Task {
    const owner = this.owners.get(value);
    if (owner === undefined) {
      const { node } = value;
      return { needs: node.inputs, make: () => this.again(node), use: null };
    }
    const { use, step } = owner;
    if (use.apart) return { needs: needsOf(step), make: () => this.single(use, step), use: null };
    const needs = use.chain.flatMap((one, t) => (t === 0 ? needsOf(one) : one.x.map(({ leaf }) => leaf)));
    return { needs, make: () => emitChain(this.list, use.chain, this.now, use), use };
  }

  private single(use: Use, step: Step): Map<SymbolicTensor, SymbolicTensor> {
    let layer = this.shared.get(use);
    if (layer === undefined) {
      const flags = { returnSequences: false, returnState: true, goBackwards: false };
      layer = cellLayer(this.list, fullStep(use.chain), flags);
      this.shared.set(use, layer);
    }
    return emitStep(this.list, layer, step, this.now);
  }

  /** A layer on what its inputs have become. */
  private again(node: Node): Map<SymbolicTensor, SymbolicTensor> {
    const inputs = node.inputs.map(this.now);
    const same = inputs.every((value, i) => value === node.inputs[i]);
    if (same || node.layer === null) return new Map(node.outputs.map((value) => [value, value]));
    const joined = this.joinedSteps(node, inputs);
    if (joined !== null) return new Map([[node.outputs[0], joined]]);
    const outputs = node.layer.applyAll(inputs);
    return new Map(node.outputs.map((value, i) => [value, outputs[i]]));
  }

  /** Steps of one sequence that are joined again: the sequence itself. */
  private joinedSteps({ layer, outputs }: Node, inputs: readonly SymbolicTensor[]): SymbolicTensor | null {
    const [{ shape }] = outputs;
    if (layer?.definition.type !== 'concatenate' || shape.length !== 2) return null;
    if ((layer.config as { axis?: number }).axis !== 1 || inputs.some((x) => x.shape[0] !== 1)) return null;
    const run = runOf(this.list, inputs, shape[1] as number);
    return run && (run.backwards ? turned(this.list, run.sequence) : run.sequence);
  }

  /** @throws Cycle */
  value(root: SymbolicTensor): SymbolicTensor {
    const stack = [root];
    for (let at = stack[stack.length - 1]; at !== undefined; at = stack[stack.length - 1]) {
      if (this.done.has(at)) {
        stack.pop();
        continue;
      }
      const { needs, make, use } = this.task(at);
      const missing = needs.filter((one) => !this.done.has(one));
      if (missing.length === 0) {
        for (const [old, value] of make()) this.done.set(old, value);
        const owner = this.owners.get(at);
        if (!this.done.has(at) && owner !== undefined) throw new Cycle(owner.use);
        if (use !== null) this.open.delete(use);
        stack.pop();
        continue;
      }
      if (use !== null) this.open.add(use);
      for (const one of missing) {
        const owner = this.owners.get(one);
        if (owner !== undefined && this.open.has(owner.use)) throw new Cycle(owner.use);
        stack.push(one);
      }
    }
    return this.now(root);
  }
}

/** The values of a graph made anew. Chains whose inputs depend on their own outputs are taken step by step. */
export function rebuilt(
  list: Builder,
  roots: readonly SymbolicTensor[],
  uses: readonly Use[],
): SymbolicTensor[] {
  for (;;) {
    try {
      const rebuild = new Rebuild(list, uses);
      return roots.map((root) => rebuild.value(root));
    } catch (error) {
      if (!(error instanceof Cycle)) throw error;
      if (error.use.apart) return [...roots];
      error.use.apart = true;
    }
  }
}
