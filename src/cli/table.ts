/** Rows with the same keys as an aligned table; the keys are the headings. Numbers stand to the right. */
export function textTable(rows: readonly Readonly<Record<string, string>>[]): string {
  const keys = Object.keys(rows[0] ?? {});
  const widths = keys.map((key) => Math.max(key.length, ...rows.map((row) => row[key].length)));
  const isNumeric = keys.map((key) =>
    rows.every((row) => /^$|^-?[\d.,]+( ?[%×x]| [µmn]?s)?$/.test(row[key])),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => (isNumeric[i] ? cell.padStart(widths[i]) : cell.padEnd(widths[i])))
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  return [line(keys), rule, ...rows.map((row) => line(keys.map((key) => row[key])))].join('\n');
}
