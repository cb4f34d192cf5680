// Builds the page with Vite as it comes, and serves what came out.
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { listen } from '../shared/listen.mjs';
import { makeStatic } from '../shared/static.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
await build({ root: here, logLevel: 'warn' });
await listen(makeStatic({ '/': `${here}dist` }));
