// The service of the motion model on Deno's HTTP server.
import { load, RecurraError } from 'recurra';
import { AXES, LABELS } from '../shared/motion.mjs';
import { makeService } from '../shared/service.mjs';

const model = load(Deno.readFileSync(new URL('model.recurra', import.meta.url)));

Deno.serve(
  {
    hostname: Deno.env.get('HOST') ?? '127.0.0.1',
    port: Number(Deno.env.get('PORT') ?? 8080),
    onListen: ({ hostname, port }) => console.log(`Listening on http://${hostname}:${port}`),
  },
  makeService(model, { labels: LABELS, features: AXES, RecurraError }),
);
