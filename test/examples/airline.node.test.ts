import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { afterAll, describe, expect, it } from 'vitest';
import { load, tensor } from '../../src/index.js';
import { testData } from '../harness/random.js';

const folder = mkdtempSync(join(tmpdir(), 'recurra-airline-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const out = join(folder, 'out');
  return spawnSync(process.execPath, ['examples/airline/index.mjs', '--out', out, ...args], {
    encoding: 'utf8',
  });
}

const written = (name: string) => readFileSync(join(folder, 'out', name), 'utf8');

/** Columns of forecast.csv by name. */
function forecasts(): Record<string, number[]> {
  const [header, ...rows] = written('forecast.csv')
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','));
  return Object.fromEntries(header.map((name, i) => [name, rows.map((row) => Number(row[i]))]));
}

const meanError = (forecast: number[], actual: number[]) =>
  forecast.reduce((sum, value, i) => sum + Math.abs(value - actual[i]), 0) / actual.length;

function writeCsv(name: string, lines: readonly string[]): string {
  const file = join(folder, name);
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

const WEEKDAYS = [0.7, 0.95, 1, 1.02, 1.1, 1.4, 1.3];
const dateOf = (day: number) => new Date(Date.UTC(2023, 0, 1 + day)).toISOString().slice(0, 10);

/** Sales that grow by a third of a percent a day, with weekends. The last `changed` rows are nonsense. */
function salesCsv(name: string, changed = 0): string {
  const noise = testData(5, 150);
  const rows = Array.from({ length: 150 }, (_, day) => {
    const sales =
      day < 150 - changed ? 200 * 1.0033 ** day * WEEKDAYS[day % 7] * (1 + 0.02 * noise[day]) : day;
    return `${dateOf(day)},${sales.toFixed(3)},n/a`;
  });
  return writeCsv(name, ['day,Net sales,remark', ...rows]);
}

describe('npm start', () => {
  it('forecasts 24 months of airline passengers better than both baselines, from any seed', () => {
    for (const seed of [0, 1, 2, 3]) {
      const { status, stdout, stderr } = run('--seed', String(seed), '--epochs', '15');
      expect([status, stderr]).toEqual([0, '']);
      const { actual, forecast, 'seasonal naive': seasonal, naive } = forecasts();
      expect([actual[0], actual[23], seasonal[0], seasonal[23], naive[7]]).toEqual([360, 432, 340, 337, 337]);
      expect(meanError(forecast, actual)).toBeLessThan(meanError(seasonal, actual));
      expect(meanError(seasonal, actual)).toBeLessThan(meanError(naive, actual));
      expect(stdout).toContain('The model beats seasonal naive and naive by every measure.');
      expect(stdout).toContain('forecast: 24 of 24 values have the same bits.');
      expect(stdout).toMatch(/Epoch 15\/15 .* loss: 0\.\d+/);
    }
  });

  it('prints the errors of the forecast that it writes, and the same bits every time', () => {
    const first = run('--epochs', '3').stdout;
    const { actual, forecast } = forecasts();
    expect(first).toMatch(new RegExp(`^LSTM +${meanError(forecast, actual).toFixed(2)} `, 'm'));
    const page = written('forecast.html');
    const weights = (output: string) => output.match(/weights \w{64}/)?.[0];
    expect(weights(first)).toBeDefined();
    expect(weights(run('--epochs', '3').stdout)).toBe(weights(first));
    expect(written('forecast.html')).toBe(page);
  });

  it('saves a model that forecasts what was written', () => {
    const { stdout } = run('--epochs', '3');
    const model = load(readFileSync(join(folder, 'out', 'model.recurra')));
    expect(stdout).toContain(model.fingerprint());
    expect(model.predict(tensor(testData(1, 24), [1, 24, 1])).shape).toEqual([1, 24]);
  });

  it('writes a page that needs nothing from outside and whose scripts parse', () => {
    run('--epochs', '3');
    const page = written('forecast.html');
    expect(page).toContain("default-src 'none'");
    expect(page.replace(/<script[\s\S]*?<\/script>/g, '')).not.toMatch(/<link|\ssrc=|\shref=|@import|url\(/);
    const scripts = [...page.matchAll(/<script([^>]*)>([\s\S]*?)<\/script>/g)];
    expect(scripts.map(([, attributes]) => attributes)).toEqual([
      ' type="application/json" id="data"',
      '',
      '',
    ]);
    const [[, , data], ...code] = scripts;
    for (const [, , source] of code) new Script(source);
    const charts = JSON.parse(data);
    for (const line of ['known', 'heldOut', 'forecast', 'seasonal']) expect(charts[line]).toHaveLength(144);
    expect(charts.x[0]).toBe(Date.UTC(1949, 0) / 1000);
    expect(charts.forecast.slice(120)).toEqual(forecasts().forecast);
    expect(charts.forecast.slice(0, 120).every((value: unknown) => value === null)).toBe(true);
    expect(charts.loss).toHaveLength(3);
  });
});

describe('npm start -- --csv', () => {
  it('finds the season of a file, beats the baselines, and dates the forecast', () => {
    const args = [
      '--csv',
      salesCsv('sales.csv'),
      '--column',
      'Net sales',
      '--date',
      'day',
      '--horizon',
      '21',
    ];
    const { status, stdout, stderr } = run(...args);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain('Season of 7 rows');
    expect(stdout).toContain('The model beats seasonal naive and naive by every measure.');
    expect(written('forecast.csv')).toMatch(new RegExp(`^date,.*\\n${dateOf(129)},`));
  });

  it('forecasts without looking at the rows held out', () => {
    const args = ['--column', 'Net sales', '--horizon', '14', '--epochs', '2'];
    run('--csv', salesCsv('sales.csv'), ...args);
    const honest = forecasts();
    run('--csv', salesCsv('nonsense.csv', 14), ...args);
    const changed = forecasts();
    expect(changed.actual).not.toEqual(honest.actual);
    expect(changed.forecast).toEqual(honest.forecast);
  });

  it('says where a seasonal forecast is not defined, and takes negative values', () => {
    const noise = testData(9, 120);
    const rows = Array.from(noise, (value, i) => `${(i / 4 - 12 + value).toFixed(4)}`);
    const file = writeCsv('drift.csv', ['level', ...rows]);
    const { status, stdout } = run('--csv', file, '--column', 'level', '--horizon', '8', '--epochs', '5');
    expect(status).toBe(0);
    expect(stdout).toContain('No season: the seasonal naive forecast is not defined.');
    expect(stdout).not.toContain('Logarithms');
    expect(Object.keys(forecasts())).toEqual(['row', 'actual', 'forecast', 'naive']);
    expect(forecasts().row[0]).toBe(113);
  });

  it('takes the period it is given', () => {
    const args = [
      '--csv',
      salesCsv('sales.csv'),
      '--column',
      'Net sales',
      '--horizon',
      '10',
      '--epochs',
      '1',
    ];
    expect(run(...args, '--period', '14').stdout).toContain('Season of 14 rows.');
    expect(run(...args, '--period', '1').stdout).toContain('No season');
  });

  it('reads other separators, quotes and a byte order mark; text from the file stays text in the page', () => {
    const rows = Array.from({ length: 80 }, (_, i) => `"${100 + i + 9 * (i % 4)}";x`);
    const file = writeCsv('odd.csv', ['\uFEFF"a <b> </script>, ""c""";note', ...rows]);
    const { status } = run(
      '--csv',
      file,
      '--column',
      'a <b> </script>, "c"',
      '--horizon',
      '5',
      '--epochs',
      '1',
    );
    expect(status).toBe(0);
    const page = written('forecast.html');
    expect(page).toContain('odd.csv: a &lt;b&gt; &lt;/script&gt;, &quot;c&quot;</h1>');
    expect(page.match(/<\/script>/g)).toHaveLength(3);
  });
});

describe('bad input to npm start', () => {
  const sales = ['--column', 'Net sales', '--horizon', '20'];
  const short = Array.from({ length: 40 }, (_, i) => `${dateOf(i)},${i}`);
  const broken = (line: number, text: string) => [
    't,v',
    ...short.map((row, i) => (i === line - 2 ? text : row)),
  ];
  const cases: [what: string, args: () => string[], message: RegExp][] = [
    [
      'a missing file',
      () => ['--csv', join(folder, 'none.csv'), ...sales],
      /none\.csv: there is no such file$/,
    ],
    ['a folder', () => ['--csv', folder, ...sales], /that is a folder$/],
    ['an empty file', () => ['--csv', writeCsv('empty.csv', []), ...sales], /empty\.csv: the file is empty$/],
    [
      'an unknown column',
      () => ['--csv', salesCsv('s.csv'), '--column', 'netsales', '--horizon', '20'],
      /--column netsales: no such column; did you mean 'Net sales'\? Columns: day, Net sales, remark$/,
    ],
    [
      'an unknown date column',
      () => ['--csv', salesCsv('s.csv'), ...sales, '--date', 'dya'],
      /--date dya: no such column; did you mean 'day'/,
    ],
    [
      'text among numbers',
      () => ['--csv', writeCsv('b.csv', broken(9, '2023-01-08,many')), '--column', 'v', '--horizon', '2'],
      /b\.csv, line 9: v is 'many', expected a number$/,
    ],
    [
      'an empty cell',
      () => ['--csv', writeCsv('b.csv', broken(5, '2023-01-04,')), '--column', 'v', '--horizon', '2'],
      /b\.csv, line 5: v is '', expected a number$/,
    ],
    [
      'a row of another length',
      () => ['--csv', writeCsv('b.csv', broken(6, '1,2,3')), '--column', 'v', '--horizon', '2'],
      /b\.csv: Invalid Record Length: .* on line 6$/,
    ],
    [
      'something that is no date',
      () => [
        '--csv',
        writeCsv('b.csv', broken(4, 'soon,1')),
        '--column',
        'v',
        '--horizon',
        '2',
        '--date',
        't',
      ],
      /line 4: t is 'soon', expected a date such as 2024-01-31$/,
    ],
    [
      'dates out of order',
      () => [
        '--csv',
        writeCsv('b.csv', broken(4, '2022-01-01,1')),
        '--column',
        'v',
        '--horizon',
        '2',
        '--date',
        't',
      ],
      /line 4: t is 2022-01-01, which is not after 2023-01-02 in the row before; sort the rows by date$/,
    ],
    [
      'too few rows',
      () => ['--csv', writeCsv('b.csv', ['t,v', ...short]), '--column', 'v', '--horizon', '12'],
      /a horizon of 12 needs 46 rows, 12 of them to hold out; the series has 40\. A smaller --horizon needs fewer$/,
    ],
    [
      'a horizon beyond the rows',
      () => ['--csv', writeCsv('b.csv', ['t,v', ...short]), '--column', 'v', '--horizon', '40'],
      /a horizon of 40 leaves nothing to learn from: the series has 40 rows$/,
    ],
    [
      'a season too long',
      () => ['--period', '60'],
      /a season of 60 needs .* A smaller --horizon or --period/,
    ],
    ['a horizon of 0', () => ['--horizon', '0'], /--horizon must be a whole number of at least 1, got '0'$/],
    [
      'half a period',
      () => ['--period', '1.5'],
      /--period must be a whole number of at least 1, got '1\.5'$/,
    ],
    ['a column without a file', () => ['--column', 'v'], /--column needs --csv FILE$/],
    ['a file without a column', () => ['--csv', 'x.csv', '--horizon', '2'], /--csv needs --column$/],
    ['an unknown option', () => ['--horzion', '3'], /'--horzion'.*--help lists the options/],
  ];

  for (const [what, args, message] of cases) {
    it(`${what}: one clear line, no stack, status 1`, () => {
      const { status, stdout, stderr } = run(...args());
      expect(stderr.trimEnd()).toMatch(message);
      expect(stderr.trimEnd()).not.toContain('\n');
      expect([status, stdout]).toEqual([1, '']);
    });
  }
});
