// Writes docs/layers.md from the declarations of the layers.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { root } from './files.mjs';

const outfile = join(root, 'build', 'layers-page.mjs');
const entryPoints = [join(root, 'test', 'harness', 'layer-table', 'page.ts')];
await build({ entryPoints, outfile, bundle: true, format: 'esm', platform: 'node', target: 'node20' });
const { layersPage } = await import(pathToFileURL(outfile).href);
writeFileSync(join(root, 'docs', 'layers.md'), layersPage());
