const LONGEST = 1000;

/**
 * Rows in a season, from the autocorrelation of the changes from row to row; 1 where there is none.
 *
 * A season is a lag at which the autocorrelation has a peak of at least 0.3 and of three standard errors of
 * white noise. Multiples of a season peak too, so the shortest lag within 15 % of the highest peak is taken.
 */
export function findPeriod(values) {
  const changes = values.slice(1).map((value, i) => value - values[i]);
  const mean = changes.reduce((sum, value) => sum + value, 0) / changes.length;
  const centred = changes.map((value) => value - mean);
  const correlation = (lag) => {
    let sum = 0;
    for (let i = lag; i < centred.length; i++) sum += centred[i] * centred[i - lag];
    return sum;
  };
  const variance = correlation(0);
  if (!(variance > 0)) return { period: 1, correlation: 0 };
  const last = Math.min(Math.floor(changes.length / 3), LONGEST);
  const r = Array.from({ length: last + 2 }, (_, lag) => correlation(lag) / variance);
  const threshold = Math.max(0.3, 3 / Math.sqrt(changes.length));
  const peaks = [];
  for (let lag = 2; lag <= last; lag++) {
    if (r[lag] >= threshold && r[lag] > r[lag - 1] && r[lag] >= r[lag + 1]) peaks.push(lag);
  }
  const highest = Math.max(...peaks.map((lag) => r[lag]));
  const period = peaks.find((lag) => r[lag] >= 0.85 * highest) ?? 1;
  return { period, correlation: period === 1 ? 0 : r[period] };
}
