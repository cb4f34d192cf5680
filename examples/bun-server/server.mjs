// The service of the motion model on Bun's HTTP server.
import { load, RecurraError } from 'recurra';
import { AXES, LABELS } from '../shared/motion.mjs';
import { makeService } from '../shared/service.mjs';

const model = load(await Bun.file(new URL('model.recurra', import.meta.url)).arrayBuffer());

const server = Bun.serve({
  hostname: process.env.HOST ?? '127.0.0.1',
  port: Number(process.env.PORT ?? 8080),
  fetch: makeService(model, { labels: LABELS, features: AXES, RecurraError }),
});
console.log(`Listening on http://${server.hostname}:${server.port}`);
