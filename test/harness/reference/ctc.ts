/** CTC in f64, one sequence at a time, as plainly as it can be said. */

/** ln Σ e^v */
export function logSum(values: readonly number[]): number {
  const top = Math.max(...values);
  if (top === Number.NEGATIVE_INFINITY) return top;
  return top + Math.log(values.reduce((sum, v) => sum + Math.exp(v - top), 0));
}

export type Rows = readonly (readonly number[])[];

/** Logarithms of softmax. */
export const logSoftmax = (row: readonly number[]): number[] => row.map((v) => v - logSum(row));

const bound = (q: number): number => Math.min(Math.max(q, Math.fround(1e-7)), Math.fround(1 - 1e-7));

/** Logarithms of probabilities that are divided by their sum and clipped, as the crossentropies do it. */
export function logClipped(row: readonly number[]): number[] {
  const sum = row.reduce((a, b) => a + b, 0);
  return row.map((v) => Math.log(bound(v / sum)));
}

/** −ln p(label), given the logarithms of what each step says of each class. */
export function ctcLoss(logs: Rows, label: readonly number[], blank: number): number {
  const states = [blank, ...label.flatMap((y) => [y, blank])];
  const S = states.length;
  let alpha = states.map((_, s) => (s === 0 ? 0 : Number.NEGATIVE_INFINITY));
  for (const row of logs) {
    alpha = states.map((k, s) => {
      const ways = [alpha[s]];
      if (s > 0) ways.push(alpha[s - 1]);
      if (s > 1 && k !== blank && k !== states[s - 2]) ways.push(alpha[s - 2]);
      return logSum(ways) + row[k];
    });
  }
  return -logSum(S > 1 ? [alpha[S - 1], alpha[S - 2]] : [alpha[0]]);
}

/** What a way through the steps says: repeats merged, then blanks left out. */
export function said(way: readonly number[], blank: number): number[] {
  return way.filter((k, t) => k !== blank && k !== way[t - 1]);
}

/** Every way through T steps of O classes. */
export function everyWay(T: number, O: number): number[][] {
  let ways: number[][] = [[]];
  for (let t = 0; t < T; t++) {
    ways = ways.flatMap((way) => Array.from({ length: O }, (_, k) => [...way, k]));
  }
  return ways;
}

/** −ln of the sum over every way that says the label. */
export function ctcByEnumeration(logs: Rows, label: readonly number[], blank: number): number {
  const O = logs[0]?.length ?? 1;
  const ways = everyWay(logs.length, O).filter((way) => said(way, blank).join() === label.join());
  return -logSum(ways.map((way) => way.reduce((sum, k, t) => sum + logs[t][k], 0)));
}
