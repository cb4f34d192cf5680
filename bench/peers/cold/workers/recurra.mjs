import { load } from 'recurra';
import frame from './frame.bin';
import bytes from './model.recurra.bin';

const model = load(bytes);

export default { fetch: () => Response.json([...model.stream().step(new Float32Array(frame))]) };
