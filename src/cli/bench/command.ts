import type { Command } from 'commander';
import { type BenchOptions, type BenchReport, runBench } from '../../bench/run.js';
import { RecurraError, ValueError } from '../../errors.js';
import { writeFileAtomically } from '../../training/callbacks/write-file.js';
import type { Numerics } from '../../wasm/load.js';
import { reportPage } from './page.js';
import { findRuntime, RUNTIMES } from './runtimes.js';
import { servePage } from './server.js';
import { benchTable, differingCases } from './table.js';

interface BenchFlags {
  readonly all?: boolean;
  readonly json?: string;
  readonly html?: string;
  readonly serve?: string | true;
  readonly numerics: string;
  readonly rounds: string;
  readonly sampleMs: string;
  readonly filter?: string;
  readonly fingerprintsOnly?: boolean;
}

const wholeNumber = (name: string, text: string): number => {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new ValueError(`bench: ${name} must be a whole number, got '${text}'`);
};

async function runAll(options: BenchOptions): Promise<BenchReport[]> {
  const reports: BenchReport[] = [];
  for (const runtime of RUNTIMES) {
    const program = findRuntime(runtime);
    if (program === undefined) {
      console.error(`${runtime.id}: not installed`);
      continue;
    }
    console.error(`${runtime.id} ...`);
    try {
      reports.push(await runtime.run(program, options));
    } catch (error) {
      if (!(error instanceof RecurraError)) throw error;
      console.error(error.message);
    }
  }
  if (reports.length === 0) throw new RecurraError('bench: no runtime gave a result');
  return reports;
}

async function serve(port: string | true): Promise<void> {
  const { address } = await servePage(port === true ? 0 : wholeNumber('serve', port));
  console.log(`${address} runs the benchmark in the browser that opens it; Ctrl+C ends`);
  await new Promise(() => {});
}

async function run(flags: BenchFlags): Promise<void> {
  if (flags.serve !== undefined) return serve(flags.serve);
  const options: BenchOptions = {
    numerics: flags.numerics as Numerics,
    rounds: wholeNumber('rounds', flags.rounds),
    sampleMs: wholeNumber('sample-ms', flags.sampleMs),
    ...(flags.filter === undefined ? {} : { filter: flags.filter }),
    fingerprintsOnly: flags.fingerprintsOnly ?? false,
  };
  const reports = flags.all ? await runAll(options) : [await runBench(options)];
  const json = `${JSON.stringify(reports, null, 2)}\n`;
  if (flags.json === '-') console.log(json);
  else console.log(benchTable(reports));
  const write = (path: string, text: string): Promise<void> =>
    writeFileAtomically(new TextEncoder().encode(text), path, 'bench');
  if (flags.json !== undefined && flags.json !== '-') await write(flags.json, json);
  if (flags.html !== undefined) await write(flags.html, reportPage(reports));
  const differing = differingCases(reports);
  if (differing.length > 0 && flags.numerics === 'portable') throw new RecurraError(differing.join('\n'));
}

/** Adds `recurra bench`. */
export function addBench(program: Command): void {
  program
    .command('bench')
    .description('times recurra in this runtime, or with --all in every one that is installed')
    .option('--all', `in ${RUNTIMES.map(({ id }) => id).join(', ')}, as far as they are found`)
    .option('--json <file>', 'writes the reports as JSON; - prints them')
    .option('--html <file>', 'writes a page with table and chart')
    .option('--serve [port]', 'serves a page that runs the benchmark in a browser')
    .option('--numerics <name>', "'relaxed' for fused multiply-adds where there are any", 'portable')
    .option('--rounds <count>', 'samples of each case', '9')
    .option('--sample-ms <ms>', 'length of a sample', '25')
    .option('--filter <text>', 'only cases whose name holds this')
    .option('--fingerprints-only', 'no times: the bits alone')
    .action(run);
}
