import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PAGE = fileURLToPath(new URL('../../docs/learning.md', import.meta.url));

/** Puts a table, times left out, and its notes into docs/learning.md, where the place for those of a command is. */
export function writePage(rows, notes, command = 'npm run bench:learning -- --write') {
  const block = new RegExp(`(<!-- written by ${command} -->\\n)[\\s\\S]*?(<!-- end -->)`);
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
  if (!block.test(page)) throw new Error(`${PAGE} has no place for the table`);
  writeFileSync(
    PAGE,
    page.replace(block, (_, begin, end) => `${begin}\n${lines.join('\n')}\n\n${end}`),
  );
}
