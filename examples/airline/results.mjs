/** The held-out rows as a table: label, actual value, forecasts. The first row names the columns. */
export function forecastRows({ labels, values }, { actual, forecast, seasonal, naive }) {
  const from = values.length - actual.length;
  const columns = { actual, forecast, ...(seasonal === null ? {} : { 'seasonal naive': seasonal }), naive };
  return [
    [labels === undefined ? 'row' : 'date', ...Object.keys(columns)],
    ...actual.map((_, h) => [
      labels?.[from + h] ?? String(from + h + 1),
      ...Object.values(columns).map((column) => column[h]),
    ]),
  ];
}

/** Rows as CSV. */
export function csvText(rows) {
  const cell = (value) => (/[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
  return rows.map((row) => `${row.map((value) => cell(String(value))).join(',')}\n`).join('');
}

/** What the page draws; null where a line has no point. */
export function chartData({ name, values, times }, { known, actual, forecast, seasonal, loss }) {
  const before = (list, count) => [...new Array(count).fill(null), ...list];
  return {
    time: times !== undefined,
    name,
    x: times ?? values.map((_, i) => i + 1),
    known: [...known, ...actual.map(() => null)],
    heldOut: before([known[known.length - 1], ...actual], known.length - 1),
    forecast: before(forecast, known.length),
    seasonal: seasonal && before(seasonal, known.length),
    loss,
  };
}
