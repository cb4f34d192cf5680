/** A linear chain in f64, one sequence at a time, as plainly as it can be said. */
import { everyWay, logSum, type Rows } from './ctc.js';

/** Σ_t u_t(y_t) + Σ_t A(y_{t−1}, y_t) */
export function crfScore(u: Rows, chain: Rows, tags: readonly number[]): number {
  return tags.reduce((sum, y, t) => sum + u[t][y] + (t > 0 ? chain[tags[t - 1]][y] : 0), 0);
}

/** ln Σ_y e^s(y), by the forward recursion. */
export function crfLogSum(u: Rows, chain: Rows): number {
  if (u.length === 0) return 0;
  let alpha = [...u[0]];
  for (const row of u.slice(1)) {
    alpha = row.map((own, j) => own + logSum(alpha.map((a, i) => a + chain[i][j])));
  }
  return logSum(alpha);
}

/** −ln p(tags) */
export const crfLoss = (u: Rows, chain: Rows, tags: readonly number[]): number =>
  crfLogSum(u, chain) - crfScore(u, chain, tags);

/** The same sum, and the best tags, of equals the first, over all ways. */
export function crfByEnumeration(u: Rows, chain: Rows): { logSum: number; best: number[] } {
  const ways = everyWay(u.length, chain.length);
  const scores = ways.map((tags) => crfScore(u, chain, tags));
  return { logSum: logSum(scores), best: ways[scores.indexOf(Math.max(...scores))] };
}

/** The best tags by Viterbi's recursion. */
export function crfBest(u: Rows, chain: Rows): number[] {
  let best = (u[0] ?? []).map((own, j) => ({ score: own, tags: [j] }));
  for (const row of u.slice(1)) {
    best = row.map((own, j) => {
      const scores = best.map(({ score }, i) => score + chain[i][j]);
      const i = scores.indexOf(Math.max(...scores));
      return { score: own + scores[i], tags: [...best[i].tags, j] };
    });
  }
  const scores = best.map(({ score }) => score);
  return best[scores.indexOf(Math.max(...scores))]?.tags ?? [];
}
