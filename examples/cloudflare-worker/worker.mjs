// The service of the motion model as a Worker. Kernels are modules of the bundle: a Worker compiles no bytes.
import { dense, gru, load, RecurraError } from 'recurra/inference';
import { AXES, LABELS } from '../shared/motion.mjs';
import { makeService } from '../shared/service.mjs';
import bytes from './model.recurra';

const model = load(bytes, { layers: [gru, dense] });
const answer = makeService(model, { labels: LABELS, features: AXES, RecurraError, sessions: false });

export default { fetch: (request) => answer(request) };
