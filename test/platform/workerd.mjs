// The program as a Worker of workerd's, the runtime of Cloudflare Workers. Kernels are compiled while it starts, since a
// request may compile none: what it will use is used once before.
import * as recurra from './node_modules/recurra/dist/index.js';
import { run, warm } from './program.mjs';

warm(recurra);

export default {
  async fetch() {
    try {
      const { saved, ...result } = await run(recurra);
      return Response.json(result);
    } catch (error) {
      return Response.json({ error: `${error} ${error?.stack}` });
    }
  },
};
