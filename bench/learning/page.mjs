import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PAGE = fileURLToPath(new URL('../../docs/learning.md', import.meta.url));
const BLOCK = /(<!-- written by npm run bench:learning -- --write -->\n)[\s\S]*?(<!-- end -->)/;

/** Puts a table, times left out, and its notes into docs/learning.md. */
export function writePage(rows, notes) {
  const keys = Object.keys(rows[0]).filter((key) => key !== 'seconds');
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const lines = [
    line(keys),
    `|---|${'---:|'.repeat(keys.length - 1)}`,
    ...rows.map((row) => line(keys.map((key) => row[key]))),
    '',
    ...notes.map((note) => `- ${note}`),
  ];
  const page = readFileSync(PAGE, 'utf8');
  if (!BLOCK.test(page)) throw new Error(`${PAGE} has no place for the table`);
  writeFileSync(
    PAGE,
    page.replace(BLOCK, (_, begin, end) => `${begin}\n${lines.join('\n')}\n\n${end}`),
  );
}
