// Forecasts the last rows of a series from the rows before them: `npm start -- --help`.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InputProblem, runExample } from '../shared/cli.mjs';
import { shown, writeWhole } from '../shared/files.mjs';
import { HELP, readOptions } from './cli.mjs';
import { readSeries } from './csv.mjs';
import { buildModel, compareWithSaved, train, UNITS } from './model.mjs';
import { renderPage } from './page.mjs';
import { passengerSeries } from './passengers.mjs';
import { baselines, scores, scoreTable, verdict } from './report.mjs';
import { chartData, csvText, forecastRows } from './results.mjs';
import { makeWindows } from './windows.mjs';

const OUT = fileURLToPath(new URL('../../build/forecast', import.meta.url));

async function main() {
  const begin = performance.now();
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    console.log(HELP);
    return;
  }
  const { horizon, out = OUT } = options;
  const series =
    options.csv === undefined ? passengerSeries() : readSeries(options.csv, options.column, options.date);
  if (horizon >= series.values.length) {
    throw new InputProblem(
      `a horizon of ${horizon} leaves nothing to learn from: the series has ${series.values.length} rows`,
    );
  }
  const known = series.values.slice(0, -horizon);
  const actual = series.values.slice(-horizon);
  const windows = makeWindows(known, horizon, options.period);
  const lines = describe(series, windows, horizon, options);
  console.log(`${lines.join('\n')}\n`);

  const model = buildModel(windows, options);
  const loss = await train(model, windows, options);
  const forecast = windows.decode(model.predict(windows.latest).data);

  const simple = baselines(known, horizon, windows.period);
  const table = scores(forecast, simple, actual);
  console.log(`\n${scoreTable(table, horizon)}\n${verdict(table)}\n`);

  const file = (name) => join(out, name);
  writeWhole(file('model.recurra'), model.save());
  const check = compareWithSaved(model, file('model.recurra'), windows);
  const rows = forecastRows(series, { actual, forecast, ...simple });
  writeWhole(file('forecast.csv'), csvText(rows));
  const title = `${series.source}: ${series.name}`;
  const charts = chartData(series, { known, actual, forecast, seasonal: simple.seasonal, loss });
  writeWhole(
    file('forecast.html'),
    renderPage({ title, lines: [...lines, verdict(table)], scores: table, rows, charts }),
  );

  console.log(`Saved ${shown(file('model.recurra'))} (${check.bytes} bytes) and loaded it again:`);
  console.log(`  weights ${check.fingerprint}, the same;`);
  console.log(`  forecast: ${check.same} of ${horizon} values have the same bits.`);
  console.log(`Wrote ${shown(file('forecast.html'))} and ${shown(file('forecast.csv'))}.`);
  console.log(`${((performance.now() - begin) / 1000).toFixed(1)} s in all.`);
}

/** What is forecast from what, in words. */
function describe(series, windows, horizon, options) {
  const { values, labels } = series;
  const label = (i) => labels?.[i] ?? `row ${i + 1}`;
  const from = values.length - horizon;
  const season =
    windows.period === 1
      ? 'No season: the seasonal naive forecast is not defined.'
      : `Season of ${windows.period} rows${
          options.period === undefined ? ` (autocorrelation ${windows.correlation.toFixed(2)})` : ''
        }.`;
  const count = windows.inputs.shape[0];
  const of = count < windows.all ? `the last ${count} of ${windows.all}` : `${count}`;
  return [
    `${values.length} rows, ${label(0)} to ${label(values.length - 1)}; the last ${horizon} are held out, from ${label(from)}.`,
    `${season} ${windows.logarithms ? 'Logarithms, because all values are positive. ' : ''}` +
      'Season, scale and differences come from the training rows alone.',
    `LSTM of ${UNITS} units on ${of} windows of ${windows.steps} rows. Direct forecast: all ${horizon} values in one ` +
      `pass at ${label(from - 1)}, none of them from a value held out.`,
  ];
}

runExample(main);
