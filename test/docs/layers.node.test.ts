import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { LAYER_DEFINITIONS } from '../../src/layers/registry.js';
import { layersPage } from '../harness/layer-table/page.js';
import { rowsOf, SECTIONS } from '../harness/layer-table/rows.js';
import { ownGru } from '../harness/own-cells.js';

/** Layers of a cell of one's own have its type. */
const rows = Object.values(SECTIONS)
  .flat()
  .flatMap(rowsOf)
  .filter(({ layer }) => layer.definition.type !== ownGru.name);

it('has a row for every layer that the registry knows, under the name of its factory', () => {
  // The way back of a reversibleEmbedding has no factory of its own.
  const types = LAYER_DEFINITIONS.map(({ type }) => type).filter(
    (type) => !type.endsWith('Int8') && type !== 'reverseEmbedding',
  );
  expect([...new Set(rows.map(({ layer }) => layer.definition.type))].sort()).toEqual([...types].sort());
  const misnamed = rows.filter(({ text, layer }) => text.split(',')[0] !== layer.definition.type);
  expect(misnamed.map(({ text }) => text)).toEqual([]);
});

it('is the page that the declarations make; npm run docs:layers writes it', () => {
  expect(readFileSync('docs/layers.md', 'utf8')).toBe(layersPage());
});
