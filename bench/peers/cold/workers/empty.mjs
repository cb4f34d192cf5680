// A Worker that does nothing: what the others are compared with. It has the model among its modules too.
import './model.recurra.bin';

export default { fetch: () => Response.json([0]) };
