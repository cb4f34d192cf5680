import { ValueError } from '../errors.js';
import type { Graph } from '../model/graph.js';
import { exp } from '../numeric/exp.js';
import { log } from '../numeric/log.js';

/** What the output of a model says of each token. */
export type ScoreKind = 'probabilities' | 'logProbabilities' | 'logits';

const KINDS: Readonly<Record<string, ScoreKind>> = {
  softmax: 'probabilities',
  logSoftmax: 'logProbabilities',
  linear: 'logits',
};

/** @throws ValueError for a model whose output cannot be read as scores of tokens */
export function scoreKind(where: string, graph: Graph): ScoreKind {
  const [{ node }] = graph.outputs;
  const { layer } = node;
  const activation = layer?.definition.logits?.(layer.config);
  const kind = activation === undefined ? undefined : KINDS[activation];
  if (kind !== undefined) return kind;
  const found = activation === undefined ? 'it has none' : `it is '${activation}'`;
  throw new ValueError(
    `${where}: ${graph.named(node).name}: the output's activation must be softmax, logSoftmax or linear, ${found}`,
  );
}

/** From so many on, all are sorted; fewer are kept sorted while the row is read. */
const MANY = 32;

/** Scores of the tokens of one row of a step's output. */
export class RowScores {
  /** Where the row begins in `values`. */
  private at = 0;
  private values: Float32Array = new Float32Array(0);
  private normalizer = Number.NaN;

  constructor(
    readonly vocabulary: number,
    private readonly kind: ScoreKind,
  ) {}

  /** Looks at a row. */
  read(values: Float32Array, row: number): this {
    this.values = values;
    this.at = row * this.vocabulary;
    this.normalizer = Number.NaN;
    return this;
  }

  /** What ranks tokens: rises with the log-probability. */
  raw(token: number): number {
    return this.values[this.at + token];
  }

  /** Natural logarithm of a token's probability. The same bits in every engine. */
  logProbability(token: number): number {
    const value = this.raw(token);
    if (this.kind === 'probabilities') return log(value);
    if (this.kind === 'logProbabilities') return value;
    if (Number.isNaN(this.normalizer)) this.normalizer = this.logSum();
    return value - this.normalizer;
  }

  /** ln Σ e^x, from the largest x. */
  private logSum(): number {
    let most = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < this.vocabulary; i++) most = Math.max(most, this.raw(i));
    let sum = 0;
    for (let i = 0; i < this.vocabulary; i++) sum += exp(this.raw(i) - most);
    return most + log(sum);
  }

  /** The tokens that are not suppressed, by rising number. */
  open(suppressed: ReadonlySet<number>): number[] {
    const found: number[] = [];
    for (let token = 0; token < this.vocabulary; token++) if (!suppressed.has(token)) found.push(token);
    return found;
  }

  /** The likeliest `count` tokens that are not suppressed, best first; of equals the lower one first. */
  best(count: number, suppressed: ReadonlySet<number>): number[] {
    if (count > MANY) {
      const all = this.open(suppressed).sort((a, b) => this.raw(b) - this.raw(a) || a - b);
      return all.slice(0, count);
    }
    const found: number[] = [];
    for (let token = 0; token < this.vocabulary; token++) {
      const value = this.raw(token);
      if (suppressed.has(token)) continue;
      if (found.length === count && !(value > this.raw(found[count - 1]))) continue;
      let place = found.length;
      while (place > 0 && value > this.raw(found[place - 1])) place--;
      found.splice(place, 0, token);
      if (found.length > count) found.pop();
    }
    return found;
  }
}
