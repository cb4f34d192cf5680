import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { CsvError, parse } from 'csv-parse/sync';
import { InputProblem } from '../shared/cli.mjs';
import { nearest } from './nearest.mjs';

/**
 * One column of a CSV file as a series. The separator is whichever of comma, semicolon and tab the first
 * line has most of.
 *
 * @throws InputProblem that names the file and the line
 */
export function readSeries(file, column, dateColumn) {
  const text = readText(file);
  const { names, rows } = readTable(file, text);
  const valueAt = columnIndex(file, names, column, 'column');
  const dateAt = dateColumn === undefined ? -1 : columnIndex(file, names, dateColumn, 'date');
  const place = (line, name) => `${file}, line ${line}: ${name}`;
  const values = rows.map(({ cells, line }) => numberFrom(place(line, column), cells[valueAt]));
  const labels = dateAt < 0 ? undefined : rows.map(({ cells }) => cells[dateAt].trim());
  const times = labels?.map((label, i) => timeFrom(place(rows[i].line, dateColumn), label));
  times?.forEach((time, i) => {
    if (i === 0 || time > times[i - 1]) return;
    throw new InputProblem(
      `${place(rows[i].line, dateColumn)} is ${labels[i]}, which is not after ${labels[i - 1]} in the row before; ` +
        'sort the rows by date',
    );
  });
  return { name: column, source: basename(file), values, labels, times };
}

function readText(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const reason = { ENOENT: 'there is no such file', EISDIR: 'that is a folder' }[error.code];
    throw new InputProblem(`${file}: ${reason ?? error.message}`);
  }
}

function readTable(file, text) {
  const firstLine = text.slice(0, text.search(/[\r\n]|$/));
  const unquoted = firstLine.replace(/"[^"]*"/g, '');
  const count = (mark) => unquoted.split(mark).length;
  const delimiter = [',', ';', '\t'].reduce((best, mark) => (count(mark) > count(best) ? mark : best));
  try {
    const records = parse(text, { bom: true, delimiter, info: true, skip_empty_lines: true });
    if (records.length === 0) throw new InputProblem(`${file}: the file is empty`);
    const [header, ...rows] = records;
    const names = header.record.map((name) => name.trim());
    return { names, rows: rows.map(({ record, info }) => ({ cells: record, line: info.lines })) };
  } catch (error) {
    if (error instanceof CsvError) throw new InputProblem(`${file}: ${error.message}`);
    throw error;
  }
}

function columnIndex(file, names, wanted, option) {
  const index = names.indexOf(wanted);
  if (index >= 0) return index;
  throw new InputProblem(
    `${file}: --${option} ${wanted}: no such column; did you mean '${nearest(wanted, names)}'? ` +
      `Columns: ${names.join(', ')}`,
  );
}

function numberFrom(where, cell) {
  const text = cell.trim();
  const value = Number(text);
  if (text === '' || !Number.isFinite(value)) {
    throw new InputProblem(`${where} is '${cell}', expected a number`);
  }
  return value;
}

/** Seconds since 1970, UTC where the text does not say otherwise. */
function timeFrom(where, text) {
  const utc = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?$/.test(text)
    ? `${text.replace(' ', 'T')}Z`
    : text;
  const time = Date.parse(utc);
  if (Number.isNaN(time)) throw new InputProblem(`${where} is '${text}', expected a date such as 2024-01-31`);
  return time / 1000;
}
