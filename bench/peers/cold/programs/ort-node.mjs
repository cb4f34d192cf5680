import * as ort from 'onnxruntime-node';
import { run } from '../ort.mjs';

await run(ort, { intraOpNumThreads: 1 });
