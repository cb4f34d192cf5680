// The table: a row for each piece of work and each peer that did it, beside the targets; then what could not run.
import { printTable } from '../harness.mjs';
import { CASES, HEAP_STEPS } from './cases.mjs';
import { PEER_TITLES } from './participants.mjs';

const NUMERICS = ['portable', 'relaxed'];
const BARE_WORTH_SAYING = 1.05;

/** The row's peer for each of the two numerics, where that is recurra itself, and what it is compared with. */
const SELF = [
  { target: 'f32', peer: 'recurra, f32', base: (n) => n, ours: (n) => `${n}, int8`, note: 'int8' },
  { target: 'one-thread', peer: 'recurra, one thread', base: (n) => `${n}, one thread`, ours: (n) => n },
];

function formatMs(ms) {
  if (ms === undefined) return '';
  const [value, unit] = ms < 1 ? [1e3 * ms, 'µs'] : [ms, 'ms'];
  return `${value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : value.toFixed(0)} ${unit}`;
}

const worst = (entries) => Math.max(0, ...entries.filter((e) => e?.ms).map((e) => e.spread));

/**
 * Rows of comparisons: { work, threads, peer, theirs: [ms, ms], ours: [ms, ms], ratios, targets, spread }, where
 * the pairs are portable and relaxed. What has a target and failed is a row too, with `undefined` in it.
 */
export function comparisons(results) {
  const rows = [];
  const order = ({ caseId, threads }) => 100 * threads + CASES.findIndex(({ id }) => id === caseId);
  for (const { caseId, threads, participants: p } of [...results].sort((a, b) => order(a) - order(b))) {
    const { title, targets } = CASES.find(({ id }) => id === caseId);
    const work = threads > 1 ? `${title}, ${threads} threads` : title;
    const add = (peer, theirs, ours, goal) => {
      const both = theirs.some((e) => e?.ms) && ours.some((e) => e?.ms);
      const failed = [...theirs, ...ours].some((e) => e?.error !== undefined);
      if (!both && !(failed && goal !== undefined)) return;
      const ratios = ours.map((e, i) => (e?.ms && theirs[i]?.ms ? theirs[i].ms / e.ms : undefined));
      rows.push({
        work,
        threads,
        peer,
        theirs: theirs.map((e) => e?.ms),
        ours: ours.map((e) => e?.ms),
        ratios,
        targets: goal ?? [],
        spread: worst([...theirs, ...ours]),
      });
    };
    const ours = NUMERICS.map((n) => p[n]);
    for (const [id, peer] of Object.entries(PEER_TITLES)) {
      add(peer, [p[id], p[id]], ours, threads === 1 ? targets[id] : undefined);
    }
    for (const { target, peer, base, ours: name, note } of SELF) {
      const [theirs, mine] = [NUMERICS.map((n) => p[base(n)]), NUMERICS.map((n) => p[name(n)])];
      add(note ? `${peer} (ours: ${note})` : peer, theirs, mine, targets[target]);
    }
  }
  return rows;
}

function ratioCell(ratio, target) {
  if (ratio === undefined) return target === undefined ? '' : `none < ${target}`;
  const value = ratio.toFixed(2);
  if (target === undefined) return value;
  return `${value} ${ratio >= target ? '≥' : '<'} ${target}`;
}

function theirsCell([a, b]) {
  return a === b ? formatMs(a) : `${formatMs(a)}, ${formatMs(b)}`;
}

/** Prints the table. Times are medians; a ratio is the peer's time over ours, beside its target. */
export function printComparisons(rows, heap) {
  const lines = rows.map(({ work, peer, theirs, ours, ratios, targets, spread }, i) => ({
    work: work === rows[i - 1]?.work ? '' : work,
    peer,
    theirs: theirsCell(theirs),
    portable: formatMs(ours[0]),
    ratio: ratioCell(ratios[0], targets[0]),
    relaxed: formatMs(ours[1]),
    'ratio ': ratioCell(ratios[1], targets[1]),
    spread: `${(100 * spread).toFixed(0)} %`,
  }));
  const grown = (n) => (heap?.[n] === undefined ? '' : `${heap[n]} B`);
  if (heap !== undefined) {
    const work = `${HEAP_STEPS.toLocaleString('en')} steps of a 128-unit LSTM: heap growth`;
    lines.push({
      work,
      peer: '',
      theirs: 'target 0',
      portable: grown('portable'),
      relaxed: grown('relaxed'),
    });
  }
  console.log();
  if (lines.length > 0) printTable(lines);
  const aimed = rows.flatMap(({ ratios, targets }) => targets.map((t, i) => ratios[i] >= t));
  aimed.push(...Object.values(heap ?? {}).map((bytes) => bytes === 0));
  if (aimed.length > 0) console.log(`\n${aimed.filter(Boolean).length} of ${aimed.length} targets reached.`);
}

/** Prints what `predict` adds to the program it runs, where that was timed; best samples, as both are short. */
export function printBare(results) {
  for (const { caseId, participants: p } of results) {
    for (const n of NUMERICS) {
      const [whole, bare] = [p[n]?.samples, p[`${n}, bare program`]?.samples];
      if (!whole || !bare) continue;
      const [wholeMs, bareMs] = [Math.min(...whole), Math.min(...bare)];
      if (wholeMs / bareMs < BARE_WORTH_SAYING) continue;
      const share = (100 * (wholeMs / bareMs - 1)).toFixed(0);
      console.log(`${caseId}, ${n}: predict() takes ${share} % more than its program (${formatMs(bareMs)}).`);
    }
  }
}

/** Prints who failed and where, whose figures need a word, and who cannot do what. */
export function printAbsent(results) {
  const refusals = new Map();
  const warnings = new Set();
  for (const { caseId, threads, participants } of results) {
    for (const [id, { error, refuses, warning }] of Object.entries(participants)) {
      const who = PEER_TITLES[id] ?? `recurra ${id}`;
      if (warning !== undefined) warnings.add(`WARNING ${who} ${warning}`);
      if (error !== undefined) {
        console.log(`FAILED  ${caseId}, ${threads} thread(s), ${who}: ${error}`);
      } else if (refuses !== undefined) {
        const key = `${who}: ${refuses}`;
        refusals.set(key, [...(refusals.get(key) ?? []), caseId]);
      }
    }
  }
  for (const warning of warnings) console.log(warning);
  for (const [key, cases] of refusals) console.log(`cannot  ${key} (${cases.join(', ')})`);
}
