// A model behind Node's HTTP server: whole series, and sessions that stream.
import { readFileSync } from 'node:fs';
import { load, RecurraError } from 'recurra';
import { listen } from '../shared/listen.mjs';
import { AXES, LABELS } from '../shared/motion.mjs';
import { makeService } from '../shared/service.mjs';

const model = load(readFileSync(new URL('model.recurra', import.meta.url)));
await listen(makeService(model, { labels: LABELS, features: AXES, RecurraError }));
