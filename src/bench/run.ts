import { checkBoolean, checkInteger, checkWord } from '../check.js';
import { checkOptionNames, ValueError } from '../errors.js';
import { sha256Hex } from '../numeric/sha256.js';
import { prepare } from '../program/runtime.js';
import type { Numerics } from '../wasm/load.js';
import { type BenchWork, CASES } from './cases.js';
import { runtimeName } from './runtime.js';

/** Options of {@link runBench}. */
export interface BenchOptions {
  /** 'relaxed' times the build with fused multiply-adds, where the engine has it. Default 'portable'. */
  numerics?: Numerics;
  /** Samples of each case; their median counts. Default 9. */
  rounds?: number;
  /** Length of a sample in milliseconds. Default 25. */
  sampleMs?: number;
  /** Only the cases whose name holds this. Default all. */
  filter?: string;
  /** True leaves times out and gives fingerprints alone. Default false. */
  fingerprintsOnly?: boolean;
  /** Told before each case of a round is timed. */
  onProgress?: (done: number, of: number) => void;
}

/** What one case took. */
export interface BenchRow {
  /** The case. */
  readonly name: string;
  /** Median time of one call in microseconds; null where only fingerprints were asked for. */
  readonly us: number | null;
  /** Digest of the bits that it computes: the same in every engine under 'portable' numerics. */
  readonly fingerprint: string;
}

/** What a runtime did. */
export interface BenchReport {
  /** Name and version: 'Node 20.20.2'. */
  readonly runtime: string;
  /** The numerics that served. */
  readonly numerics: Numerics;
  /** One row a case. */
  readonly rows: readonly BenchRow[];
  /** Digest of all fingerprints. */
  readonly fingerprint: string;
}

/** How long a case runs before it is timed, so that the optimising tier of the engine is in. */
const WARM_MS = 120;

const now = (): number => (typeof performance === 'object' ? performance.now() : Date.now());

/** Lets the engine compile in the background, and a page breathe. */
const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** Mean time of a call over at least so many milliseconds. */
function timed({ run }: BenchWork, ms: number): number {
  let [calls, batch] = [0, 1];
  const start = now();
  for (;;) {
    for (let i = 0; i < batch; i++) run();
    calls += batch;
    const spent = now() - start;
    if (spent >= ms) return spent / calls;
    // A clock is read every millisecond or so: some engines make it coarse, and reading it costs.
    batch = Math.max(1, Math.ceil(calls / Math.max(spent, 0.1)));
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/**
 * Times recurra in the engine that runs it: steps of streams, sequences, a training step, loading. Cases are timed
 * in turn, round after round, so that a slow moment of the machine falls on all of them; medians count.
 *
 * @throws ValueError or UnknownNameError for options that do not exist or are out of range
 */
export async function runBench(options: BenchOptions = {}): Promise<BenchReport> {
  checkOptionNames('runBench', options, [
    'numerics',
    'rounds',
    'sampleMs',
    'filter',
    'fingerprintsOnly',
    'onProgress',
  ]);
  const { rounds = 9, sampleMs = 25, filter = '', onProgress = () => {} } = options;
  const asked = checkWord('runBench', 'numerics', options.numerics ?? 'portable', [
    'portable',
    'relaxed',
  ] as const);
  checkInteger('runBench', 'rounds', rounds, { min: 1 });
  checkInteger('runBench', 'sampleMs', sampleMs, { min: 1 });
  const only = checkBoolean('runBench', 'fingerprintsOnly', options.fingerprintsOnly ?? false);
  const cases = CASES.filter(({ name }) => name.includes(filter));
  if (cases.length === 0) {
    const known = CASES.map(({ name }) => `'${name}'`).join(', ');
    throw new ValueError(`runBench: filter '${filter}' is in the name of no case: ${known}`);
  }
  const { numerics } = await prepare({ numerics: asked, int8: asked === 'relaxed' });
  const works = cases.map(({ make }) => make(asked));
  const fingerprints = works.map((work) => work.fingerprint());
  const samples: number[][] = works.map(() => []);
  if (!only) {
    for (const work of works) timed(work, WARM_MS);
    await pause(200);
    for (let round = 0; round < rounds; round++) {
      for (const [i, work] of works.entries()) {
        onProgress(round * works.length + i, rounds * works.length);
        samples[i].push(timed(work, sampleMs));
        await pause(0);
      }
    }
  }
  return {
    runtime: runtimeName(),
    numerics,
    rows: cases.map(({ name }, i) => ({
      name,
      us: only ? null : 1e3 * median(samples[i]),
      fingerprint: fingerprints[i],
    })),
    fingerprint: sha256Hex(Uint8Array.from(fingerprints.join(''), (letter) => letter.charCodeAt(0))),
  };
}
