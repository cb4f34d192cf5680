import { pow } from '../numeric/pow.js';
import { generated, type Prompts } from './follow.js';
import type { GenerateConfig } from './options.js';
import type { Generated, TokenSession, Trace } from './session.js';

/** A sequence that is followed: a row of the session. */
interface Beam {
  readonly sum: number;
  readonly trace: Trace | null;
}

/** A sequence that has ended. */
interface Ended {
  readonly sum: number;
  readonly score: number;
  readonly trace: Trace | null;
  readonly stopped: boolean;
}

/** A way to go on from a beam. */
interface Candidate {
  readonly beam: number;
  readonly token: number;
  readonly sum: number;
}

/** The search of one sample: `numBeams` rows side by side, from row `first` on. */
class BeamSearch {
  private beams: (Beam | null)[];
  private readonly ended: Ended[] = [];
  private written = 0;
  isDone = false;

  constructor(
    private readonly session: TokenSession,
    private readonly config: GenerateConfig,
    readonly prompt: readonly number[],
    private readonly first: number,
  ) {
    // All rows are alike at first: one of them is followed.
    this.beams = Array.from({ length: config.numBeams }, (_, i) =>
      i === 0 ? { sum: 0, trace: null } : null,
    );
  }

  /** Goes on by a step; says for each row which token comes next and of which row it goes on. */
  advance(tokens: Uint32Array, from: Uint32Array): void {
    const { config, first, session } = this;
    const { numBeams, stops, maxLength } = config;
    const next: (Beam | null)[] = [];
    this.written++;
    let rank = 0;
    for (const { beam, token, sum } of this.candidates()) {
      const before = (this.beams[beam] as Beam).trace;
      const trace = { token, before, attention: session.attention(first + beam) };
      // An end that is not among the best would not have been followed either.
      if (stops.has(token)) {
        if (rank < numBeams) this.end(sum, trace, true);
      } else {
        tokens[first + next.length] = token;
        from[first + next.length] = first + beam;
        next.push({ sum, trace });
      }
      rank++;
      if (next.length === numBeams) break;
    }
    if (this.written === maxLength) for (const beam of next) if (beam) this.end(beam.sum, beam.trace, false);
    while (next.length < numBeams) next.push(null);
    this.beams = next;
    this.isDone = this.written === maxLength || next.every((beam) => beam === null) || this.isSettled();
  }

  /** Ways to go on, best first; of equals that of the earlier beam, then the lower token. */
  private candidates(): Candidate[] {
    const { config, session, first } = this;
    const wanted = config.numBeams + config.stops.size;
    const found = this.beams.flatMap((beam, i) => {
      if (beam === null) return [];
      const scores = session.row(first + i);
      return scores
        .best(wanted, config.suppressed)
        .map((token) => ({ beam: i, token, sum: beam.sum + scores.logProbability(token) }))
        .filter(({ sum }) => sum > Number.NEGATIVE_INFINITY);
    });
    return found.sort((a, b) => b.sum - a.sum || a.beam - b.beam || a.token - b.token);
  }

  private end(sum: number, trace: Trace | null, stopped: boolean): void {
    const { ended, config } = this;
    ended.push({ sum, score: scoreOf(sum, this.written, config), trace, stopped });
    ended.sort((a, b) => b.score - a.score);
    if (ended.length > config.numBeams) ended.pop();
  }

  /** Whether enough sequences have ended, and no beam can come to a better score than theirs. */
  private isSettled(): boolean {
    const { ended, config, beams, written } = this;
    if (ended.length < config.numBeams) return false;
    if (config.earlyStopping) return true;
    const best = Math.max(...beams.map((beam) => beam?.sum ?? Number.NEGATIVE_INFINITY));
    // Sums only fall; divided by a power of the length they can rise, most of all where that is largest.
    const length = config.lengthPenalty > 0 ? config.maxLength : written + 1;
    return scoreOf(best, length, config) <= ended[ended.length - 1].score;
  }

  /** The best sequences. */
  results(): Generated[] {
    const best = this.ended.slice(0, this.config.numReturnSequences);
    return best.map(({ trace, sum, score, stopped }) => generated(trace, sum, score, stopped, this.config));
  }
}

/** log p / length^lengthPenalty */
function scoreOf(sum: number, length: number, { lengthPenalty }: GenerateConfig): number {
  return lengthPenalty === 0 ? sum : sum / pow(length, lengthPenalty);
}

/**
 * Beam search: of all ways to go on from `numBeams` beginnings the best `numBeams` are followed.
 *
 * Source: Graves 2012; Wu et al. 2016 for ranking by length, in the form of Hugging Face
 */
export function beamSearch(session: TokenSession, { lists }: Prompts, config: GenerateConfig): Generated[] {
  const { numBeams } = config;
  const searches = lists.map((prompt, s) => new BeamSearch(session, config, prompt, s * numBeams));
  const tokens = Uint32Array.from({ length: session.rows }, (_, r) => lists[Math.floor(r / numBeams)][0]);
  const from = new Uint32Array(session.rows);
  for (let t = 1; !searches.every(({ isDone }) => isDone); t++) {
    session.step(tokens);
    for (let r = 0; r < from.length; r++) from[r] = r;
    searches.forEach((search, s) => {
      if (search.isDone) return;
      const { prompt } = search;
      if (t < prompt.length) tokens.fill(prompt[t], s * numBeams, (s + 1) * numBeams);
      else search.advance(tokens, from);
    });
    if (from.some((source, r) => source !== r)) session.reorder(from);
  }
  return searches.flatMap((search) => search.results());
}
