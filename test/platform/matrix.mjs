// Every engine, place and number of threads: what each run gave, and what is wrong with it.
import { EXPECTED } from './expected.mjs';

/** Where workers can be started, and so threads be had. */
const WITH_THREADS = ['process', 'page', 'worker'];

/** What is wrong with the result of a run, or undefined. */
export function complaint(result, place, threads) {
  const { trained, inferred } = result;
  const digests = place === 'worklet' ? { inferred } : { trained, inferred };
  for (const [what, found] of Object.entries(digests)) {
    if (found !== EXPECTED[what]) return `${what}: ${found} instead of ${EXPECTED[what]}`;
  }
  if (result.threads !== threads) return `${result.threads} threads: ${result.missing.join('; ')}`;
  if (threads > 1 && !(result.runs > 0)) return 'the threads were never used';
  if (result.refused?.length > 0) return `refused by the Content-Security-Policy: ${result.refused}`;
  return undefined;
}

/**
 * Runs one engine everywhere it can, and gives a row for each run.
 * @param open starts it and gives { version, places, run(place, threads), close() }, and `threads`, where it has others
 *   than one and two
 */
export async function runEngine(name, open) {
  const rows = [];
  let engine;
  try {
    engine = await open();
  } catch (error) {
    return [{ name, version: '', place: '', threads: '', problem: `did not start: ${firstLine(error)}` }];
  }
  try {
    for (const place of engine.places) {
      const counts = WITH_THREADS.includes(place) ? (engine.threads ?? [1, 2]) : [1];
      for (const threads of counts) rows.push(await runOnce(name, engine, place, threads));
    }
  } finally {
    await engine.close();
  }
  return rows;
}

async function runOnce(name, engine, place, threads) {
  const row = { name, version: engine.version, place, threads };
  try {
    const result = await engine.run(place, threads);
    return { ...row, ...result, problem: complaint(result, place, threads) };
  } catch (error) {
    return { ...row, problem: firstLine(error) };
  }
}

const firstLine = (error) => String(error?.message ?? error).split('\n')[0];
