import * as tf from '@tensorflow/tfjs';
import frame from './frame.bin';
import specification from './model.json';
import weightData from './weights.bin';

const { modelTopology, weightsManifest } = specification;
const [{ weights: weightSpecs }] = weightsManifest;
let model;

export default {
  async fetch() {
    try {
      await tf.setBackend('cpu');
      model ??= await tf.loadLayersModel(tf.io.fromMemory({ modelTopology, weightSpecs, weightData }));
      return Response.json([...model.predict(tf.tensor3d(new Float32Array(frame), [1, 1, 64])).dataSync()]);
    } catch (error) {
      return Response.json({ error: String(error) });
    }
  },
};
