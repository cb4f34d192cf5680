// One step with either ONNX Runtime.
import { answer, file, frame } from './io.mjs';

/** Makes a session of the model and runs it once. */
export async function run(ort, options) {
  const session = await ort.InferenceSession.create(file('model.onnx'), options);
  const zeros = () => new ort.Tensor('float32', new Float32Array(64), [1, 1, 64]);
  const X = new ort.Tensor('float32', frame(), [1, 1, 64]);
  const { Y_h } = await session.run({ X, initial_h: zeros(), initial_c: zeros() });
  answer(Y_h.data);
}
