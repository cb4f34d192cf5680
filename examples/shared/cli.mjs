import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

/** Something that the person at the keyboard can put right. Shown without a stack. */
export class InputProblem extends Error {}

/**
 * Options of a command line as `parseArgs` of node:util gives them.
 *
 * @throws InputProblem for what is no option
 */
export function parseOptions(args, options) {
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    throw new InputProblem(`${error.message} (--help lists the options)`);
  }
}

/** A whole number of at least `least`. @throws InputProblem */
export function wholeNumber(name, text, least) {
  const value = Number(text);
  if (text.trim() === '' || !Number.isSafeInteger(value) || value < least) {
    throw new InputProblem(`--${name} must be a whole number of at least ${least}, got '${text}'`);
  }
  return value;
}

/** A finite number above 0. @throws InputProblem */
export function positiveNumber(name, text) {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value <= 0) {
    throw new InputProblem(`--${name} must be a number above 0, got '${text}'`);
  }
  return value;
}

/**
 * The options of an example: `texts` gives the default of each as a text, `read` turns them into values. `help`
 * and `out` are there in any case, `out` as a whole path.
 */
export function readExample(args, texts, read) {
  const options = Object.fromEntries(
    [...Object.keys(texts), 'out'].map((name) => [name, { type: 'string' }]),
  );
  const values = parseOptions(args, { ...options, help: { type: 'boolean' } });
  if (values.help) return { help: true };
  const given = { ...texts, ...values };
  return { ...read(given), out: given.out === undefined ? undefined : resolve(given.out) };
}

/** Runs the program of an example; a problem of the reader's making becomes one line and exit code 1. */
export function runExample(main) {
  main().catch((error) => {
    if (!(error instanceof InputProblem)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  });
}
