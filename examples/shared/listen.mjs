// A service of Request and Response on Node's HTTP server.
import { createServer } from 'node:http';
import { Readable } from 'node:stream';

/** Milliseconds that a connection is kept for the next request. */
const KEEP_ALIVE_MS = 30_000;

function toRequest(incoming) {
  const { method, headers, url } = incoming;
  const hasBody = method !== 'GET' && method !== 'HEAD';
  return new Request(new URL(url, `http://${headers.host ?? 'localhost'}`), {
    method,
    headers: Object.entries(headers).map(([name, value]) => [name, String(value)]),
    ...(hasBody ? { body: Readable.toWeb(incoming), duplex: 'half' } : {}),
  });
}

async function respond(service, incoming, outgoing) {
  let response;
  try {
    response = await service(toRequest(incoming));
  } catch {
    response = new Response('{"error":"the request cannot be read"}', { status: 400 });
  }
  // What is left of a body that was not read would be taken for the next request.
  if (!incoming.readableEnded && incoming.headers['content-length'] !== '0') {
    if (incoming.method !== 'GET' && incoming.method !== 'HEAD') outgoing.setHeader('connection', 'close');
  }
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  outgoing.end(Buffer.from(await response.arrayBuffer()));
}

/** Serves on loopback, or on `HOST`, at `PORT` or 8080, until it is told to end. Prints where. */
export async function listen(service) {
  const server = createServer((incoming, outgoing) => {
    respond(service, incoming, outgoing).catch(() => outgoing.destroy());
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  const { HOST = '127.0.0.1', PORT = '8080' } = process.env;
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(Number(PORT), HOST, resolve);
  });
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => {
      server.close();
      server.closeAllConnections();
    });
  }
  console.log(`Listening on http://${HOST}:${server.address().port}`);
}
