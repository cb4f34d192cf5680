import { tensor } from 'recurra';
import { InputProblem } from '../shared/cli.mjs';
import { findPeriod } from './season.mjs';

const FEWEST_WINDOWS = 10;
const MOST_WINDOWS = 2000;

/**
 * Turns the training rows into windows for a direct forecast of `horizon` rows.
 *
 * With z the rows (their logarithms where all are positive) and m the rows in a season,
 *
 *   input   d[t−L .. t−1],   d[i] = z[i] − z[i−m]                 change since the season before, L steps
 *   target  z[t+h] − z[t−m + h mod m],   h = 0 .. horizon−1       change since the last season known at t
 *
 * both brought to mean 0 and deviation 1, the targets for each h apart. Everything is fitted on the training
 * rows: the rows held out are not an argument of this function.
 *
 * @returns inputs [n, L, 1], targets [n, horizon], the last window [1, L, 1], and `decode`, which turns the
 *   outputs of a model for the last window into rows of the series
 */
export function makeWindows(train, horizon, givenPeriod) {
  const logarithms = train.every((value) => value > 0);
  const z = logarithms ? train.map(Math.log) : train;
  const season = givenPeriod === undefined ? findPeriod(z) : { period: givenPeriod };
  const m = season.period;
  const L = Math.min(Math.max(2 * m, 12), 96);
  checkLength(train.length, horizon, m, L);

  const inputScale = standardise(z.slice(m).map((value, i) => value - z[i]));
  const input = (t) => Array.from({ length: L }, (_, i) => inputScale.to(z[t - L + i] - z[t - L + i - m]));
  const lastSeason = (t, h) => z[t - m + (h % m)];

  const starts = [];
  for (let t = m + L; t + horizon <= z.length; t++) starts.push(t);
  const kept = starts.slice(-MOST_WINDOWS);
  const targetScales = Array.from({ length: horizon }, (_, h) =>
    standardise(kept.map((t) => z[t + h] - lastSeason(t, h))),
  );
  const target = (t) => targetScales.map((scale, h) => scale.to(z[t + h] - lastSeason(t, h)));

  const end = z.length;
  return {
    ...season,
    logarithms,
    steps: L,
    all: starts.length,
    inputs: tensor(kept.flatMap(input), [kept.length, L, 1]),
    targets: tensor(kept.flatMap(target), [kept.length, horizon]),
    latest: tensor(input(end), [1, L, 1]),
    decode: (outputs) =>
      targetScales.map((scale, h) => {
        const value = lastSeason(end, h) + scale.from(outputs[h]);
        return logarithms ? Math.exp(value) : value;
      }),
  };
}

function standardise(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  const deviation = Math.sqrt(variance) || 1;
  return { to: (value) => (value - mean) / deviation, from: (scaled) => mean + scaled * deviation };
}

function checkLength(rows, horizon, period, steps) {
  const needed = period + steps + horizon + FEWEST_WINDOWS - 1;
  if (rows >= needed) return;
  const season = period === 1 ? '' : ` and a season of ${period}`;
  throw new InputProblem(
    `a horizon of ${horizon}${season} needs ${needed + horizon} rows, ${horizon} of them to hold out; ` +
      `the series has ${rows + horizon}. A smaller --horizon${period === 1 ? '' : ' or --period'} needs fewer`,
  );
}
