// All cases in turn. What is done is kept in bench/results, so that an interrupted run can go on.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { writeJson } from '../harness.mjs';
import { CASES, HEAP_STEPS } from './cases.mjs';
import { writeChart } from './chart.mjs';
import { endParticipants, oursFor, prepareRunner } from './participants.mjs';
import { runCase } from './session.mjs';
import { comparisons, printAbsent, printBare, printComparisons } from './table.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const RESULTS = `${root}bench/results`;
const PROGRESS = `${RESULTS}/peers-progress.json`;

/** A quick run starts no further case after this, so as to end within five minutes. */
const QUICK_MINUTES = 3.5;

const progressKey = ({ quick, peers }) => {
  const build = createHash('sha256')
    .update(readFileSync(`${root}dist/index.js`))
    .digest('hex');
  return `${process.version} ${build} ${quick} ${peers}`;
};

/** Rough number of operations: a quick run begins with the smallest. */
const sizeOf = ({ kind, T, B, I, H }) => T * B * (I + H) * H * (kind === 'train' ? 3 : 1);

function loadProgress(options) {
  const key = progressKey(options);
  if (options.resume && existsSync(PROGRESS)) {
    const saved = JSON.parse(readFileSync(PROGRESS, 'utf8'));
    if (saved.key === key) return saved;
    console.log('--resume: the last run was of another build, Node or choice; starting afresh.');
  }
  return { key, results: [], heap: undefined };
}

function saveProgress(progress) {
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(PROGRESS, JSON.stringify(progress));
}

/** Heap growth in bytes over a million steps, by numerics. */
async function heapGrowth() {
  const work = CASES.find(({ id }) => id === 'lstm-step-128');
  const growth = {};
  for (const who of oursFor(work, 1, true)) {
    try {
      const runner = await prepareRunner(who, work);
      growth[who.id] = await runner.heap(HEAP_STEPS);
      await runner.close();
    } catch (error) {
      console.log(`  ${who.title} failed: ${error.message}`);
    }
  }
  return growth;
}

/** Runs, prints, writes. Options as run.mjs reads them. */
export async function bench(options) {
  const { quick, cases, peers, threads } = options;
  const progress = loadProgress(options);
  const plan = CASES.flatMap((work) => {
    const counts = quick ? (work.quickThreads ?? [1]) : work.threads;
    return counts.filter((n) => threads.includes(n)).map((n) => ({ work, n }));
  }).filter(({ work }) => cases.test(work.id));
  if (quick) plan.sort((a, b) => sizeOf(a.work) - sizeOf(b.work));
  const isDone = ({ work, n }) => progress.results.some((r) => r.caseId === work.id && r.threads === n);
  const started = performance.now();
  for (const [i, { work, n }] of plan.entries()) {
    if (isDone({ work, n })) continue;
    const minutes = (performance.now() - started) / 6e4;
    if (quick && minutes > QUICK_MINUTES) {
      console.log(
        `Left out, the machine being slow: ${plan
          .slice(i)
          .map(({ work: w }) => w.id)
          .join(', ')}`,
      );
      break;
    }
    console.log(`[${i + 1}/${plan.length}, ${minutes.toFixed(1)} min] ${work.title}, ${n} thread(s)`);
    const participants = await runCase(work, n, { quick, only: peers, log: console.log });
    progress.results.push({ caseId: work.id, threads: n, participants });
    saveProgress(progress);
  }
  if (progress.heap === undefined && cases.test('heap')) {
    progress.heap = await heapGrowth();
    saveProgress(progress);
  }
  await endParticipants();

  const rows = comparisons(progress.results);
  printComparisons(rows, progress.heap);
  printBare(progress.results);
  printAbsent(progress.results);
  const name = 'peers';
  writeJson(name, { quick, rows, heap: progress.heap, results: progress.results });
  const where = `${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.versions.node}, one thread`;
  writeChart(`${RESULTS}/${name}.svg`, rows, where);
  rmSync(PROGRESS, { force: true });
  console.log(`\nWritten: bench/results/${name}.json, bench/results/${name}.svg`);
}
