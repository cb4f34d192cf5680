import type { Node, SymbolicTensor } from '../../../layers/symbolic.js';
import { linearOf, stateCandidates } from './gates.js';
import { matchGru } from './gru.js';
import { stepOfLayer } from './layer-step.js';
import { type ChooseState, matchLstm } from './lstm.js';
import type { Reader } from './reader.js';
import { rnnStep } from './rnn.js';
import { type Step, sameCell } from './step.js';
import type { Sum } from './sums.js';

/** Steps of one cell, each from the states of the one before. */
export type Chain = Step[];

/** Finds the steps of recurrent cells, and which follow which. */
export class ChainFinder {
  readonly chains = new Set<Chain>();
  /** The chain that a state behind a step belongs to. */
  private readonly owners = new Map<SymbolicTensor, { chain: Chain; step: Step }>();
  /** h of each state c. */
  private readonly pairs = new Map<SymbolicTensor, SymbolicTensor>();
  /** Values that could be steps of a simple cell: an activation of a linear form. */
  private readonly simple = new Map<SymbolicTensor, Sum>();

  /**
   * @param readers who takes a value
   * @param states vectors that are known to be states, and what each is behind the step
   */
  constructor(
    private readonly reader: Reader,
    private readonly readers: ReadonlyMap<SymbolicTensor, readonly Node[]>,
    private readonly states: ReadonlyMap<SymbolicTensor, SymbolicTensor> = new Map(),
  ) {}

  private readonly choose: ChooseState = (candidates, c) => {
    const paired = this.pairs.get(c);
    if (paired !== undefined) return candidates.includes(paired) ? paired : undefined;
    const free = candidates.filter((leaf) => !this.owners.has(leaf));
    const known = free.find((leaf) => this.states.has(leaf));
    const given = free.filter(
      ({ node }) => node.layer === null || node.layer.definition.type === 'learnedVector',
    );
    return known ?? given[given.length - 1] ?? free[free.length - 1];
  };

  /** Reads a use of a layer; those it depends on have been read. */
  read(node: Node): void {
    const step = stepOfLayer(node, this.reader);
    if (step !== null) {
      this.add(step);
      return;
    }
    for (const value of node.outputs) {
      const sum = this.reader.value(value);
      this.reader.segmentsOf(value);
      if (sum === null || sum.terms.length === 0 || node.layer === null) continue;
      const type = node.layer.definition.type;
      if (type === 'activation') this.readSimple(value, sum);
      else if (['multiply', 'add', 'subtract', 'combine'].includes(type)) {
        const found = matchLstm(value, sum, this.choose) ?? matchGru(value, sum, this.reader);
        if (found !== null && (found.before !== null || this.isMultiplied(value))) this.add(found);
      }
    }
  }

  /** Whether a matrix may multiply a value: (1 − f) ⊙ g is part of an LSTM, and h of a GRU that began at zero. */
  private isMultiplied(value: SymbolicTensor): boolean {
    const types = (this.readers.get(value) ?? []).map(({ layer }) => layer?.definition.type ?? '');
    return types.some((type) => ['dense', 'concatenate', 'reshape'].includes(type));
  }

  private add(step: Step): void {
    for (const value of step.after) this.reader.close(value);
    if (step.output !== undefined) this.reader.alias(step.output, step.after[0]);
    const [h, c] = step.after;
    if (c !== undefined) this.pairs.set(c, h);
    const before = step.before === null ? undefined : this.owners.get(step.before[0]);
    const follows =
      before !== undefined &&
      before.chain[before.chain.length - 1] === before.step &&
      step.before?.length === before.step.after.length &&
      step.before.every((state, i) => state === before.step.after[i]) &&
      sameCell(before.step, step);
    const chain = follows ? before.chain : [];
    chain.push(step);
    this.chains.add(chain);
    for (const value of step.after) this.owners.set(value, { chain, step });
  }

  /** An activation of a linear form is a step where it takes the value of another such, of the same weights. */
  private readSimple(value: SymbolicTensor, sum: Sum): void {
    const [atom] = sum.terms[0].atoms;
    const linear = sum.terms.length === 1 && atom !== undefined ? linearOf(atom.argument) : null;
    if (linear === null || linear.parts.length === 0) return;
    this.simple.set(value, sum);
    const candidates = stateCandidates([linear], sum.width);
    for (const h of candidates) {
      const isState = this.states.get(h) === value;
      if (!isState && !this.simple.has(h)) continue;
      const step = rnnStep(value, sum, h);
      if (step === null) continue;
      if (isState || this.owners.has(h) || this.begin(h, step)) {
        this.add(step);
        return;
      }
    }
  }

  /** Makes a step of the value before the first that is known to be one, where it is of the same cell. */
  private begin(value: SymbolicTensor, next: Step): boolean {
    const sum = this.simple.get(value) as Sum;
    const linear = linearOf(sum.terms[0].atoms[0].argument);
    if (linear === null || sum.width !== next.units) return false;
    for (const h of [...stateCandidates([linear], sum.width), null]) {
      const step = rnnStep(value, sum, h);
      if (step === null || !sameCell(step, next)) continue;
      this.add(step);
      return true;
    }
    return false;
  }
}

/** Chains that are more than what could be taken for one: a step from zero alone does not show its cell. */
export const isWhole = (chain: Chain): boolean =>
  chain.some(({ before }) => before !== null) && (chain.length > 1 || chain[0].type !== 'simpleRNN');

/** The step of a chain whose weights are known to the last. */
export const fullStep = (chain: Chain): Step => chain.find(({ before }) => before !== null) as Step;
