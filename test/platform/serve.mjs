// The project's files on loopback, under the headers of a careful page, and a place where pages leave their results.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';

/** What a page needs so that memory can be shared among threads. */
export const ISOLATION = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/** Nothing but files of this server's own, WebAssembly among them: no text is run as code, nothing is fetched elsewhere. */
export const POLICY = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; img-src 'self'",
};

const TYPES = { '.html': 'text/html; charset=utf-8', '.mjs': 'text/javascript', '.js': 'text/javascript' };

/** Milliseconds within which a page must answer. */
const PATIENCE = 60_000;

/**
 * @param folder what is served
 * @param extra further files: path to bytes
 * @param headers of every answer
 */
export async function serve(folder, { extra = {}, headers = { ...ISOLATION, ...POLICY } } = {}) {
  const waiting = new Map();
  let next = 1;

  function answerPost(id, request, response) {
    let body = '';
    request.on('data', (part) => {
      body += part;
    });
    request.on('end', () => {
      response.writeHead(204, headers).end();
      waiting.get(id)?.(JSON.parse(body));
    });
  }

  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://localhost');
    if (request.method === 'POST') {
      answerPost(searchParams.get('id'), request, response);
      return;
    }
    try {
      const content = extra[pathname] ?? readFileSync(join(folder, normalize(pathname)));
      const type = TYPES[extname(pathname)] ?? 'application/octet-stream';
      response.writeHead(200, { 'Content-Type': type, ...headers }).end(content);
    } catch {
      response.writeHead(404, headers).end();
    }
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));

  return {
    origin: `http://127.0.0.1:${server.address().port}`,

    /** Has `open` open a page that runs the program in a place, and gives what the page sends back. */
    async result(place, threads, open) {
      const id = String(next++);
      const query = new URLSearchParams({ place, threads, id });
      let timer;
      const answer = new Promise((resolve, reject) => {
        waiting.set(id, resolve);
        timer = setTimeout(
          () => reject(new Error(`${place}: no answer within ${PATIENCE / 1000} s`)),
          PATIENCE,
        );
      });
      try {
        const [result] = await Promise.all([answer, open(`${this.origin}/pages/page.html?${query}`)]);
        if (result.error !== undefined) throw new Error(`${place}: ${result.error}`);
        return result;
      } finally {
        clearTimeout(timer);
        waiting.delete(id);
      }
    },

    close: () => new Promise((done) => server.close(done)).then(server.closeAllConnections()),
  };
}
