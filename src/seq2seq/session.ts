import { DataError, ValueError } from '../errors.js';
import type { Network } from '../model/network.js';
import { Stream, type StreamOptions } from '../model/stream.js';
import { type RowScores, type ScoreKind, RowScores as Scores } from './scores.js';

/** A token written, and those before it. */
export interface Trace {
  readonly token: number;
  readonly before: Trace | null;
  /** What the step that chose it looked at; null unless asked for. */
  readonly attention: Float32Array | null;
}

/** Tokens of a trace, first to last, and what their steps looked at. */
export function unwind(trace: Trace | null): { tokens: number[]; attention: Float32Array[] } {
  const tokens: number[] = [];
  const attention: Float32Array[] = [];
  for (let at = trace; at !== null; at = at.before) {
    tokens.push(at.token);
    if (at.attention !== null) attention.push(at.attention);
  }
  return { tokens: tokens.reverse(), attention: attention.reverse() };
}

/** A sequence that {@link generate} has written. */
export interface Generated {
  /** Its tokens, without the start token, the prompt and the stop token. */
  readonly tokens: number[];
  /** Sum of the log-probabilities of its tokens by the model, a stop token included. */
  readonly logProbability: number;
  /** What it is ranked by: with strategy 'beam' the log-probability over length^lengthPenalty, else the former. */
  readonly score: number;
  /** Whether a stop token ended it, and not maxLength. */
  readonly stopped: boolean;
  /** With `returnAttention`: for each token, the stop token included, the weight of each step of the source. */
  readonly attention?: Float32Array[];
}

/** A stream that takes a token for each row and gives scores of the next. */
export class TokenSession {
  private readonly stream: Stream;
  private output: Float32Array = new Float32Array(0);
  private readonly scores: RowScores;
  /** Rows side by side. */
  readonly rows: number;
  private readonly looks: boolean;

  constructor(
    network: Network,
    options: StreamOptions & { readonly batchSize: number },
    kind: ScoreKind,
    readonly vocabulary: number,
  ) {
    this.rows = options.batchSize;
    this.looks = options.attention === true;
    this.stream = new Stream(network, options);
    this.scores = new Scores(vocabulary, kind);
  }

  /** Starts anew, with inputs given whole where the model has any. */
  start(begin: (stream: Stream) => void): void {
    begin(this.stream);
  }

  /** Takes a token for each row. */
  step(tokens: Uint32Array): void {
    this.output = this.stream.step(tokens);
  }

  /** Scores of the next token of a row: until the next call. @throws DataError when they are no numbers */
  row(row: number): RowScores {
    const scores = this.scores.read(this.output, row);
    for (let token = 0; token < this.vocabulary; token++) {
      if (Number.isNaN(scores.raw(token))) {
        throw new DataError('generate: the model gives NaN for the next token; its weights may hold NaN');
      }
    }
    return scores;
  }

  /** A copy of what a row of the last step looked at; null where that is not asked for. */
  attention(row: number): Float32Array | null {
    return this.looks ? this.stream.attention(row).slice() : null;
  }

  reorder(from: Uint32Array): void {
    this.stream.reorder(from);
  }

  release(): void {
    this.stream.release();
  }
}

/** @throws ValueError unless tokens that a model gives can be what it takes next */
export function checkVocabulary(where: string, vocabulary: number, limit: number, input: string): void {
  if (vocabulary <= limit) return;
  throw new ValueError(
    `${where}: the output has ${vocabulary} tokens, and input '${input}' takes those below ${limit}: what is written ` +
      'could not be read',
  );
}
