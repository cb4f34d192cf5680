// The rows of a matrix as a table of text.

const COLUMNS = [
  ['engine', ({ name }) => name],
  ['version', ({ version }) => version],
  ['where', ({ place }) => place],
  ['threads', ({ threads }) => String(threads)],
  ['relaxed SIMD', ({ relaxed = '' }) => relaxed],
  ['training', ({ trained, place }) => trained ?? (place === 'worklet' ? '-' : '')],
  ['inference', ({ inferred = '' }) => inferred],
  ['ms', ({ ms }) => (ms === undefined ? '' : ms.toFixed(0))],
];

/** A table for people and for Markdown; a row with a problem is marked, and says it. */
export function formatTable(rows) {
  const cells = [COLUMNS.map(([title]) => title), ...rows.map((row) => COLUMNS.map(([, show]) => show(row)))];
  const widths = COLUMNS.map((_, c) => Math.max(...cells.map((line) => line[c].length)));
  const line = (texts) => `| ${texts.map((text, c) => text.padEnd(widths[c])).join(' | ')} |`;
  const [head, ...body] = cells.map(line);
  const rule = line(widths.map((width) => '-'.repeat(width)));
  const marked = body.map((text, i) => text + (rows[i].problem === undefined ? '' : `  ${rows[i].problem}`));
  return [head, rule, ...marked].join('\n');
}
