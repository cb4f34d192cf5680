import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { formatTable, withTable } from '../harness/format-table/table.js';

it('has the table that layers make which go through each format and back; npm run docs:formats writes it', async () => {
  const page = readFileSync('docs/formats.md', 'utf8');
  expect(withTable(page, await formatTable())).toBe(page);
});
