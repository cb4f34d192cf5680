import { GENERATION_DOMAIN } from '../random/seed.js';
import { RandomStream } from '../random/stream.js';
import { drawFrom } from './draw.js';
import type { GenerateConfig } from './options.js';
import { type Generated, type TokenSession, type Trace, unwind } from './session.js';

/** Sequences to be written on from, and the number of the first among all samples. */
export interface Prompts {
  readonly lists: readonly (readonly number[])[];
  readonly first: number;
}

/** Greedy search and sampling: each row goes its own way. Rows are numReturnSequences for each prompt. */
export function follow(
  session: TokenSession,
  { lists, first }: Prompts,
  config: GenerateConfig,
): Generated[] {
  const { maxLength, stops, suppressed, seed, strategy, numReturnSequences: copies } = config;
  const rows = lists.flatMap((prompt, p) =>
    Array.from({ length: copies }, (_, copy) => ({
      prompt,
      trace: null as Trace | null,
      written: 0,
      logProbability: 0,
      stopped: false,
      random: new RandomStream(seed, (first + p) * copies + copy, GENERATION_DOMAIN),
    })),
  );
  const tokens = Uint32Array.from(rows, ({ prompt }) => prompt[0]);
  const isDone = (row: (typeof rows)[number]): boolean => row.stopped || row.written === maxLength;
  for (let t = 1; !rows.every(isDone); t++) {
    session.step(tokens);
    rows.forEach((row, r) => {
      if (t < row.prompt.length) tokens[r] = row.prompt[t];
      if (t < row.prompt.length || isDone(row)) return;
      const scores = session.row(r);
      const token =
        strategy === 'greedy'
          ? scores.best(1, suppressed)[0]
          : drawFrom(scores, config, row.random.uniform());
      row.logProbability += scores.logProbability(token);
      row.trace = { token, before: row.trace, attention: session.attention(r) };
      row.written++;
      row.stopped = stops.has(token);
      tokens[r] = token;
    });
  }
  return rows.map(({ trace, logProbability, stopped }) =>
    generated(trace, logProbability, logProbability, stopped, config),
  );
}

/** What the user is given. */
export function generated(
  trace: Trace | null,
  logProbability: number,
  score: number,
  stopped: boolean,
  { returnAttention }: GenerateConfig,
): Generated {
  const { tokens, attention } = unwind(trace);
  const own = stopped ? tokens.slice(0, -1) : tokens;
  return { tokens: own, logProbability, score, stopped, ...(returnAttention && { attention }) };
}
