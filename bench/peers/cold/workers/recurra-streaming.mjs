import { load, lstm } from 'recurra/streaming';
import frame from './frame.bin';
import bytes from './model.recurra.bin';

const model = load(bytes, { layers: [lstm] });

export default { fetch: () => Response.json([...model.stream().step(new Float32Array(frame))]) };
