// ONNX Runtime Web with its WebAssembly handed to it as bytes.
import * as ort from 'onnxruntime-web/wasm';
import frame from './frame.bin';
import bytes from './model.onnx.bin';
import wasmBinary from './ort-wasm-simd-threaded.wasm.bin';

ort.env.wasm.numThreads = 1;
ort.env.wasm.wasmBinary = wasmBinary;

export default {
  async fetch() {
    try {
      const session = await ort.InferenceSession.create(bytes, { executionProviders: ['wasm'] });
      const zeros = () => new ort.Tensor('float32', new Float32Array(64), [1, 1, 64]);
      const X = new ort.Tensor('float32', new Float32Array(frame), [1, 1, 64]);
      const { Y_h } = await session.run({ X, initial_h: zeros(), initial_c: zeros() });
      return Response.json([...Y_h.data]);
    } catch (error) {
      return Response.json({ error: String(error) });
    }
  },
};
