// Files as a service of Request and Response.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { extname, join, normalize, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};

const digest = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** No script but the page's own files, WebAssembly, and the inline scripts given. */
const policy = (inline) =>
  `default-src 'self'; script-src 'self' 'wasm-unsafe-eval' ${inline.map(digest).join(' ')}; base-uri 'none'`;

/** Where the package's files lie, for the address `/recurra/`. */
export const RECURRA = fileURLToPath(new URL('.', import.meta.resolve('recurra')));

/**
 * Serves folders: address prefix to folder, the longest that fits first. A page is `index.html` of its folder.
 * `inline` are the texts of scripts inside the pages, an import map for example.
 */
export function makeStatic(folders, { inline = [] } = {}) {
  const headers = { 'content-security-policy': policy(inline) };
  const prefixes = Object.keys(folders).sort((a, b) => b.length - a.length);
  return async (request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return new Response('not allowed\n', { status: 405, headers: { allow: 'GET, HEAD' } });
    }
    const path = decodeURIComponent(new URL(request.url).pathname);
    const prefix = prefixes.find((one) => path.startsWith(one));
    const folder = join(folders[prefix], sep);
    const file = join(folder, normalize(`/${path.slice(prefix.length)}`));
    const found = file.endsWith(sep) ? join(file, 'index.html') : file;
    if (!found.startsWith(folder)) return new Response('not found\n', { status: 404 });
    try {
      const content = request.method === 'HEAD' ? null : await readFile(found);
      const type = TYPES[extname(found)] ?? 'application/octet-stream';
      return new Response(content, { headers: { 'content-type': type, ...headers } });
    } catch {
      return new Response('not found\n', { status: 404 });
    }
  };
}
