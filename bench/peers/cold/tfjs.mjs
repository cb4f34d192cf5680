// One step with TensorFlow.js: the LayersModel over a sequence of one frame.
import { answer, file, frame } from './io.mjs';

/** Loads the model on a backend and predicts once. */
export async function run(tf, backend) {
  console.warn = () => {}; // an advertisement for tfjs-node
  await tf.setBackend(backend);
  const { modelTopology, weightsManifest } = JSON.parse(file('tfjs/model.json'));
  const [{ paths, weights: weightSpecs }] = weightsManifest;
  const { buffer, byteOffset, byteLength } = file(`tfjs/${paths[0]}`);
  const weightData = buffer.slice(byteOffset, byteOffset + byteLength);
  const model = await tf.loadLayersModel(tf.io.fromMemory({ modelTopology, weightSpecs, weightData }));
  answer(model.predict(tf.tensor3d(frame(), [1, 1, 64])).dataSync());
}
