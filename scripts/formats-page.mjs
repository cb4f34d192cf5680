// Writes the table of docs/formats.md: each layer through each format and back.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { root } from './files.mjs';

const outfile = join(root, 'build', 'formats-page.mjs');
const entryPoints = [join(root, 'test', 'harness', 'format-table', 'table.ts')];
await build({
  entryPoints,
  outfile,
  bundle: true,
  packages: 'external',
  format: 'esm',
  platform: 'node',
  target: 'node20',
});
const { formatTable, withTable } = await import(pathToFileURL(outfile).href);
const page = join(root, 'docs', 'formats.md');
writeFileSync(page, withTable(readFileSync(page, 'utf8'), await formatTable()));
