import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Command } from 'commander';
import { RecurraError, ValueError } from '../errors.js';
import { addBench } from './bench/command.js';
import { type ConvertOptions, convert, NAMINGS } from './convert.js';
import { openSource, writeFiles } from './files.js';
import type { AnyModel, ReadOptions, Source } from './formats/format.js';
import { FORMATS, formatForName, formatNamed, formatOf } from './formats/index.js';
import { headline, inspection, inspectionText } from './inspect.js';

/** How much outputs may differ after a conversion, relative to the largest. */
const TOLERANCE = 1e-5;

/** What the program ends with. */
const EXIT = { done: 0, failed: 1, usage: 2 } as const;

async function open(path: string, options: ReadOptions = {}) {
  const source = openSource(path);
  const format = formatOf(source);
  const size = { bytes: source.bytes.length, files: 1 };
  const counted: Source = {
    ...source,
    beside(name) {
      const bytes = source.beside(name);
      size.bytes += bytes.length;
      size.files++;
      return bytes;
    },
  };
  return { format, contents: await format.read(counted, options), size };
}

async function runInspect(path: string, options: ReadOptions & { json?: boolean }): Promise<void> {
  const { format, contents, size } = await open(path, options);
  const about = [path, size, format, contents] as const;
  console.log(options.json ? JSON.stringify(inspection(...about), null, 2) : inspectionText(...about));
}

interface ConvertFlags extends ReadOptions {
  readonly to?: string;
  readonly names?: ConvertOptions['names'];
  readonly modules?: string;
  readonly model?: string;
  readonly tolerance: string;
}

/** `lstm=rnn,dense=head` */
function parseModules(text: string): Record<string, string> {
  const pairs = text.split(',').map((part) => part.split('='));
  const bad = pairs.find((pair) => pair.length !== 2 || pair[0] === '');
  if (bad) {
    throw new ValueError(`convert: modules: expected layer=module, ..., got '${bad.join('=')}'`);
  }
  return Object.fromEntries(pairs);
}

async function modelFrom(path: string | undefined): Promise<AnyModel | null> {
  if (path === undefined) return null;
  const { contents } = await open(path);
  if (contents.kind === 'model') return contents.model;
  throw new ValueError(`convert: model: '${path}' holds tensors alone, expected a model`);
}

async function runConvert(from: string, to: string, flags: ConvertFlags): Promise<void> {
  const tolerance = Number(flags.tolerance);
  if (!(tolerance >= 0))
    throw new ValueError(`convert: tolerance must be at least 0, got ${flags.tolerance}`);
  if (flags.names !== undefined && !NAMINGS.includes(flags.names)) {
    throw new ValueError(`convert: names must be one of ${NAMINGS.join(', ')}, got '${flags.names}'`);
  }
  const target = flags.to === undefined ? formatForName(to) : formatNamed(flags.to);
  const { format, contents, size } = await open(from, flags);
  console.log(headline(from, size, format));
  if (contents.kind === 'model')
    console.log(['', contents.model.summary(), '', ...contents.notes].join('\n'));
  const { files, difference, compared } = await convert(contents, target, basename(to), {
    names: flags.names,
    modules: flags.modules === undefined ? {} : parseModules(flags.modules),
    model: await modelFrom(flags.model),
  });
  const { count, largest, relative } = difference;
  const found = largest === 0 ? 'the same bits' : `largest difference ${largest.toPrecision(3)}`;
  console.log(`check: ${compared}: ${count} numbers, ${found}`);
  if (!(relative <= tolerance)) {
    throw new ValueError(
      `convert: what was written would differ by ${relative.toPrecision(3)} of the largest number, ` +
        `${tolerance} is allowed (--tolerance); nothing was written`,
    );
  }
  await writeFiles(to, files);
  const bytes = [...files.values()].reduce((sum, { length }) => sum + length, 0);
  console.log(headline(to, { bytes, files: files.size }, target));
}

const version = (): string =>
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version;

const KEY = ['--key <path>', "where the state dict is in a checkpoint of PyTorch: 'model'"] as const;

/** Fills in the commands. */
function describe(program: Command): Command {
  const formats = FORMATS.map(
    ({ id, endings, write }) => `${id} (${endings.join(', ')})${write ? '' : ', read only'}`,
  );
  program
    .name('recurra')
    .description('Recurrent networks: looks into model files, converts them, compares runtimes.')
    .version(version())
    .showHelpAfterError();
  program
    .command('inspect')
    .description('what a file of any format holds: layers, weights, shapes, sizes')
    .argument('<file>')
    .option('--json', 'as JSON')
    .option(...KEY)
    .action(runInspect);
  program
    .command('convert')
    .description('a file of any format as one of another, with a check of its outputs')
    .argument('<in>')
    .argument('<out>')
    .option('--to <format>', 'the format, where the ending of <out> does not say it')
    .option('--names <names>', `names of weights in files of tensors: ${NAMINGS.join(' or ')}`)
    .option('--modules <pairs>', "PyTorch's modules by layer: lstm=rnn,dense=head")
    .option(...KEY)
    .option('--model <file>', 'a model with the layers of the weights in <in>')
    .option(
      '--tolerance <share>',
      'largest difference of outputs, relative to the largest',
      String(TOLERANCE),
    )
    .addHelpText('after', `\nFormats:\n  ${formats.join('\n  ')}`)
    .action(runConvert);
  addBench(program);
  return program;
}

async function importCommander(): Promise<typeof import('commander')> {
  try {
    return await import('commander');
  } catch {
    throw new RecurraError(
      'recurra: the command line needs commander, an optional dependency that is not installed: npm install commander',
    );
  }
}

/** Runs a command line, and gives what the program ends with. */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    const { Command } = await importCommander();
    const program = describe(new Command());
    program.exitOverride();
    for (const command of program.commands) command.exitOverride();
    await program.parseAsync([...argv]);
    return EXIT.done;
  } catch (error) {
    if (error instanceof RecurraError) {
      console.error(error.message);
      return EXIT.failed;
    }
    const { code, exitCode } = error as { code?: unknown; exitCode?: number };
    if (typeof code !== 'string' || !code.startsWith('commander.')) throw error;
    return exitCode === 0 ? EXIT.done : EXIT.usage;
  }
}
