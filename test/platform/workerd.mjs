// The program as a Worker of workerd's, the runtime of Cloudflare Workers.
import * as recurra from 'recurra';
import { run } from './program.mjs';

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
