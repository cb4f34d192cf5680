import * as ort from 'onnxruntime-web';
import { run } from '../ort.mjs';

ort.env.wasm.numThreads = 1;
await run(ort, { executionProviders: ['wasm'] });
