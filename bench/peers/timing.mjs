// Timing of runners in turn. A runner has `time(calls)`: milliseconds for that many calls, as its process sees them.

/** The value below which a share of the values lies, between two of them in proportion. */
export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const low = Math.floor(at);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low] + (at - low) * (sorted[high] - sorted[low]);
}

/** Samples that must agree for a runner to count as warm, and how well. */
const STEADY_SAMPLES = 4;
const STEADY = 1.05;

/**
 * Runs until the optimising compiler is in: at least `minMs`, then until the last samples agree, at most `maxMs`.
 * @returns milliseconds per call
 */
export async function warmUp(runner, { minMs, maxMs, sampleMs }) {
  const start = performance.now();
  const recent = [];
  let calls = 1;
  for (;;) {
    const perCall = (await runner.time(calls)) / calls;
    recent.push(perCall);
    if (recent.length > STEADY_SAMPLES) recent.shift();
    calls = Math.max(1, Math.round(sampleMs / perCall));
    const spent = performance.now() - start;
    const steady = recent.length === STEADY_SAMPLES && Math.max(...recent) < STEADY * Math.min(...recent);
    if (spent > maxMs || (spent > minMs && steady)) return quantile(recent, 0.5);
  }
}

/**
 * Times runners round after round, so that a slow moment of the machine falls on all of them. Each round starts
 * with another runner. Ends after `rounds`, or when `budgetMs` is spent and `minRounds` are done.
 * A runner that fails drops out.
 * @returns per runner { samples: milliseconds per call } or { error }
 */
export async function interleave(runners, perCall, { rounds, minRounds, budgetMs, sampleMs, pauseMs = 0 }) {
  const calls = perCall.map((ms) => Math.max(1, Math.round(sampleMs / ms)));
  const results = runners.map(() => ({ samples: [] }));
  const start = performance.now();
  for (let round = 0; round < rounds; round++) {
    if (round >= minRounds && performance.now() - start > budgetMs) break;
    for (let turn = 0; turn < runners.length; turn++) {
      const i = (turn + round) % runners.length;
      if (results[i].error !== undefined) continue;
      if (pauseMs > 0) await new Promise((wake) => setTimeout(wake, pauseMs));
      try {
        results[i].samples.push((await runners[i].time(calls[i])) / calls[i]);
      } catch (error) {
        results[i] = { error: error.message };
      }
    }
  }
  return results;
}

/** Median and spread (half the distance between the quartiles, as a share of the median). */
export function summarize(samples) {
  const ms = quantile(samples, 0.5);
  return { ms, spread: (quantile(samples, 0.75) - quantile(samples, 0.25)) / (2 * ms), samples };
}
