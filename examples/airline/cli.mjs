import { resolve } from 'node:path';
import { InputProblem, parseOptions, wholeNumber } from '../shared/cli.mjs';

export const HELP = `Forecasts the last rows of a time series from the rows before them.

  npm start                                    monthly airline passengers, 1949 to 1960
  npm start -- --csv FILE --column NAME --horizon N [--date NAME]

  --csv FILE      the series, one row per time step, with a line of names on top
  --column NAME   the column to forecast
  --horizon N     how many rows at the end to hold out and forecast (24)
  --date NAME     a column of dates, for the page and to check the order of the rows
  --period N      rows in a season, 1 for none (default: found in the rows that are not held out)
  --epochs N      passes over the training windows (30)
  --seed N        seed of the initial weights and of the order of the windows (0)
  --out FOLDER    where to write (build/forecast)
  --help          this text
`;

const OPTIONS = {
  csv: { type: 'string' },
  column: { type: 'string' },
  date: { type: 'string' },
  horizon: { type: 'string' },
  period: { type: 'string' },
  epochs: { type: 'string' },
  seed: { type: 'string' },
  out: { type: 'string' },
  help: { type: 'boolean' },
};

/** Options of the command line, checked. Paths are taken from where the command was typed. */
export function readOptions(args, env = process.env) {
  const values = parseOptions(args, OPTIONS);
  if (values.help) return { help: true };
  const from = env.npm_lifecycle_event === 'start' ? env.INIT_CWD : undefined;
  const path = (name) => resolve(from ?? '.', name);
  if (values.csv === undefined) {
    for (const name of ['column', 'date']) {
      if (values[name] !== undefined) throw new InputProblem(`--${name} needs --csv FILE`);
    }
  } else {
    for (const name of ['column', 'horizon']) {
      if (values[name] === undefined) throw new InputProblem(`--csv needs --${name}`);
    }
  }
  return {
    csv: values.csv === undefined ? undefined : path(values.csv),
    column: values.column,
    date: values.date,
    horizon: wholeNumber('horizon', values.horizon ?? '24', 1),
    period: values.period === undefined ? undefined : wholeNumber('period', values.period, 1),
    epochs: wholeNumber('epochs', values.epochs ?? '30', 1),
    seed: wholeNumber('seed', values.seed ?? '0', 0),
    out: values.out === undefined ? undefined : path(values.out),
  };
}
