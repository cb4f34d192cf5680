// Trains the model where there is none yet, then serves the page, the package and the model as plain files.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { writeWhole } from '../shared/files.mjs';
import { listen } from '../shared/listen.mjs';
import { makeStatic, RECURRA } from '../shared/static.mjs';
import { trainDenoiser } from './model.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const shared = fileURLToPath(new URL('../shared', import.meta.url));

if (!existsSync(`${here}model.recurra`)) writeWhole(`${here}model.recurra`, (await trainDenoiser()).save());

const [, importMap] = readFileSync(`${here}index.html`, 'utf8').match(
  /<script type="importmap">(.*?)<\/script>/s,
);
const folders = { '/denoise/': here, '/shared/': shared, '/recurra/': RECURRA };
const files = makeStatic(folders, { inline: [importMap] });

await listen((request) =>
  new URL(request.url).pathname === '/'
    ? new Response(null, { status: 302, headers: { location: '/denoise/' } })
    : files(request),
);
