import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { livePage } from './page.js';

/** dist/, where this program lies. */
const DIST = new URL('../', import.meta.url);

/** Bytes of a result at most. */
const MOST = 1 << 20;

/** A server on loopback for the page, and what it posts back. */
export interface PageServer {
  readonly address: string;
  /** Told of what a page posts. */
  onResult(listener: (body: string) => void): void;
  close(): void;
}

/** Serves the live page at `/` and the package's modules; with headers that let memory be shared. */
export async function servePage(port = 0): Promise<PageServer> {
  let listener: (body: string) => void = () => {};
  const server: Server = createServer((request, response) => {
    response.setHeader('cross-origin-opener-policy', 'same-origin');
    response.setHeader('cross-origin-embedder-policy', 'require-corp');
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const end = (status: number, type: string, body: string | Uint8Array): void => {
      response.writeHead(status, { 'content-type': type });
      response.end(body);
    };
    if (request.method === 'POST' && pathname === '/result') {
      let body = '';
      request.on('data', (part) => {
        body += part;
        if (body.length > MOST) request.destroy();
      });
      request.on('end', () => {
        end(204, 'text/plain', '');
        listener(body);
      });
      return;
    }
    if (pathname === '/') return end(200, 'text/html', livePage());
    const file = /^\/dist\/((?:[\w-]+\/)*[\w.-]+\.(?:js|wasm))$/.exec(pathname)?.[1];
    if (file === undefined) return end(404, 'text/plain', 'not found');
    const type = file.endsWith('.js') ? 'text/javascript' : 'application/wasm';
    readFile(fileURLToPath(new URL(file, DIST))).then(
      (bytes) => end(200, type, bytes),
      () => end(404, 'text/plain', 'not found'),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    onResult(next) {
      listener = next;
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
