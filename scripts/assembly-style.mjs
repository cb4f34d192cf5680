// Style of the AssemblyScript sources, whose decorators no TypeScript formatter reads: what biome.json
// asks of the rest, as far as lines show it. `--write` mends what has one answer.
import { readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { filesUnder, root } from './files.mjs';

const MAX_COLUMNS = 110;

/** Each rule gives the complaint about a line, or nothing. `code` is the line without comments. */
const RULES = [
  ({ line }) => line.length > MAX_COLUMNS && `${line.length} columns, at most ${MAX_COLUMNS}`,
  ({ line }) => line.includes('\t') && 'a tab',
  ({ line }) => /\s$/.test(line) && 'space at the end',
  ({ line }) => /^( {2})* (?! |\*)/.test(line) && 'indented by an odd number of spaces',
  ({ code }) => code.includes("'") && 'single quotes',
  ({ code }) => /\b(if|for|while|switch)\(|\)\{/.test(code) && 'no space around the parentheses',
];

/** The source with comments blanked out, line by line. */
function withoutComments(source) {
  return source
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '))
    .replace(/\/\/.*$/gm, '')
    .split('\n');
}

const mend = (source) => `${source.replace(/[ \t\r]+$/gm, '').trimEnd()}\n`;

const complaints = [];
for (const file of filesUnder(join(root, 'assembly')).filter((name) => name.endsWith('.ts'))) {
  const found = readFileSync(file, 'utf8');
  const mended = mend(found);
  if (process.argv.includes('--write') && mended !== found) writeFileSync(file, mended);
  const source = process.argv.includes('--write') ? mended : found;
  const at = (index) => `${relative(root, file)}:${index + 1}`;
  if (!source.endsWith('\n') || source.endsWith('\n\n')) complaints.push(`${at(0)}: one newline at the end`);
  const code = withoutComments(source);
  source.split('\n').forEach((line, i) => {
    for (const rule of RULES) {
      const complaint = rule({ line, code: code[i] });
      if (complaint) complaints.push(`${at(i)}: ${complaint}`);
    }
  });
}
for (const complaint of complaints) console.error(complaint);
process.exit(complaints.length > 0 ? 1 : 0);
