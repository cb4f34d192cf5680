import { rowsOf, SECTIONS } from '../layer-table/rows.js';
import { cellOf } from './cells.js';
import { FORMATS } from './columns.js';

/** Comments around the table in docs/formats.md. */
export const BEGIN = '<!-- written by npm run docs:formats -->';
export const END = '<!-- end -->';

const code = (text: string): string => text.replace(/^\w+/, (name) => `\`${name}\``);

/** Values under a key, gathered. */
function gather<V>(map: Map<string, V[]>, key: string, value: V): void {
  map.set(key, [...(map.get(key) ?? []), value]);
}

/** The part of docs/formats.md between the comments. */
export async function formatTable(): Promise<string> {
  /** Rows by reason and, of one row, formats by reason. */
  const reasons = new Map<string, string[]>();
  const lines = [
    `| layer | ${FORMATS.map(({ name }) => name).join(' | ')} |`,
    `|${'---|'.repeat(FORMATS.length + 1)}`,
  ];
  for (const row of Object.values(SECTIONS).flat().flatMap(rowsOf)) {
    const cells: string[] = [];
    const own = new Map<string, string[]>();
    for (const column of FORMATS) {
      const { text, reason } = await cellOf(row, column);
      cells.push(text);
      if (reason !== undefined) gather(own, reason, column.name);
    }
    for (const [reason, formats] of own) gather(reasons, `${formats.join(', ')}. ${reason}`, code(row.text));
    lines.push(`| ${[code(row.text), ...cells].join(' | ')} |`);
  }
  const why = [...reasons].map(([reason, rows]) => `- ${reason}: ${rows.join('; ')}`).sort();
  return ['', ...lines, '', 'Why not:', '', ...why, ''].join('\n');
}

/** A page with the table put in its place. @throws Error when the page has no such place */
export function withTable(page: string, table: string): string {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (from < 0 || to < from) throw new Error('docs/formats.md has no place for the table');
  return `${page.slice(0, from + BEGIN.length)}\n${table}\n${page.slice(to)}`;
}
