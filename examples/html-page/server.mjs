// Serves the page, the package and the model as plain files.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { listen } from '../shared/listen.mjs';
import { makeStatic, RECURRA } from '../shared/static.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const shared = fileURLToPath(new URL('../shared', import.meta.url));
const [, importMap] = readFileSync(`${here}index.html`, 'utf8').match(
  /<script type="importmap">(.*?)<\/script>/s,
);

await listen(makeStatic({ '/': here, '/shared/': shared, '/recurra/': RECURRA }, { inline: [importMap] }));
