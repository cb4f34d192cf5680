// One case with one number of threads: prepare all that can do it, compare outputs, warm up, time in turn.
import { INT8_TOLERANCE } from './cases.mjs';
import { oursFor, peersFor, prepareRunner } from './participants.mjs';
import { interleave, summarize, warmUp } from './timing.mjs';

/** `maxCallMs`: what takes longer than this for one call is left out. */
const FULL = {
  maxCallMs: 60_000,
  warm: { minMs: 400, maxMs: 5000, sampleMs: 20 },
  rounds: { rounds: 25, minRounds: 9, budgetMs: 40_000, sampleMs: 30 },
};
const QUICK = {
  maxCallMs: 2500,
  warm: { minMs: 120, maxMs: 1200, sampleMs: 8 },
  rounds: { rounds: 11, minRounds: 5, budgetMs: 3500, sampleMs: 8 },
};

/** Between two turns with threads: those of some peers go on spinning for a while when their work is done. */
const PAUSE_MS = 250;

/**
 * Results by participant: { ms, spread, samples, difference, version } for those that were timed, { error } for
 * those that failed, { refuses } for those that cannot do this work.
 */
export async function runCase(work, threads, { quick, only, log }) {
  const settings = quick ? QUICK : FULL;
  const wanted = [...oursFor(work, threads, quick), ...peersFor(threads)].filter(
    (who) => only.length === 0 || who.file === 'recurra' || only.includes(who.file),
  );
  const results = {};
  const fail = (who, error) => {
    results[who.id] = { error };
    log(`  ${who.title} failed: ${error}`);
  };

  const ready = [];
  for (const who of wanted) {
    const reason = who.refuses(work) ?? (quick && who.isSlow(work) ? 'left out of a quick run' : undefined);
    if (reason !== undefined) {
      results[who.id] = { refuses: reason };
      continue;
    }
    try {
      const runner = await prepareRunner(who, work);
      ready.push({ runner, who, output: await runner.output() });
    } catch (error) {
      fail(who, error.message);
    }
  }

  const timed = [];
  for (const entry of agreeing(work, ready, fail)) {
    try {
      const once = await entry.runner.time(1);
      if (once > settings.maxCallMs) {
        results[entry.who.id] = { refuses: `one call took ${(once / 1e3).toFixed(1)} s` };
        continue;
      }
      await warmUp(entry.runner, settings.warm);
      timed.push(entry);
    } catch (error) {
      fail(entry.who, error.message);
    }
  }
  // Compilers work on in the background: a second, shorter look tells what a call takes now.
  const perCall = [];
  for (const { runner } of timed) {
    perCall.push(
      await warmUp(runner, { ...settings.warm, minMs: 0, maxMs: settings.warm.minMs }).catch(() => 1),
    );
  }
  const samples = await interleave(
    timed.map(({ runner }) => runner),
    perCall,
    { ...settings.rounds, pauseMs: threads > 1 ? PAUSE_MS : 0 },
  );
  timed.forEach(({ who, runner, difference }, i) => {
    if (samples[i].error !== undefined) fail(who, samples[i].error);
    else {
      const { version, warning } = runner;
      results[who.id] = { ...summarize(samples[i].samples), difference, version, warning };
    }
  });
  for (const { runner } of ready) await runner.close().catch(() => {});
  return results;
}

/** Those whose output is that of the first peer (of us, where there is none), with the largest difference. */
function agreeing(work, ready, fail) {
  const isWhole = ({ output }) => output.length === Math.max(...ready.map((r) => r.output.length));
  const reference = ready.find((r) => r.who.file !== 'recurra' && isWhole(r)) ?? ready.find(isWhole);
  return ready.filter((entry) => {
    entry.difference = largestDifference(work, entry, reference.output);
    const tolerance = entry.who.options.int8 ? INT8_TOLERANCE : work.tolerance;
    if (entry.difference <= tolerance) return true;
    fail(
      entry.who,
      `output differs from ${reference.who.title}'s by ${entry.difference}, allowed ${tolerance}`,
    );
    return false;
  });
}

function largestDifference(work, { who, output }, reference) {
  const expected = who.shown?.(work, reference) ?? reference;
  if (expected.length !== output.length) return Number.POSITIVE_INFINITY;
  let largest = 0;
  for (let i = 0; i < output.length; i++) {
    const difference = Math.abs(output[i] - expected[i]);
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}
