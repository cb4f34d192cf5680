import {
  dense,
  type EncoderDecoderOptions,
  embedding,
  encoderDecoder,
  gru,
  input,
  type Model,
  model,
  tensor,
} from '../../src/index.js';
import { giveWeights } from '../harness/bits.js';
import { testData } from '../harness/random.js';

/** An encoder-decoder over `V` tokens with weights of every kind. */
export function translator(V: number, options: Partial<EncoderDecoderOptions> = {}): Model {
  const net = encoderDecoder({
    cell: 'gru',
    units: 6,
    sourceVocabularySize: 7,
    targetVocabularySize: V,
    attention: 'dot',
    ...options,
  });
  giveWeights(net, 4);
  for (const name of ['sourceEmbedding.embeddings', 'targetEmbedding.embeddings', 'output.kernel'])
    sharpen(net, name);
  return net;
}

/** A language model over `V` tokens with logits for outputs, or what another activation makes of them. */
export function speaker(V: number, activation: 'softmax' | 'linear' | 'logSoftmax' = 'softmax'): Model {
  const x = input({ shape: [null] });
  const h = gru({ units: 6, returnSequences: true }).apply(
    embedding({ inputDim: V, outputDim: 5, name: 'table' }).apply(x),
  );
  const outputs = dense({ units: V, activation, name: 'output' }).apply(h);
  const net = model({ inputs: x, outputs }) as unknown as Model;
  giveWeights(net, 6);
  sharpen(net, 'output.kernel');
  return net;
}

/** Larger weights, so that distributions are far from even. */
function sharpen(net: Model, name: string): void {
  const { data, shape } = net.getWeights()[name];
  net.setWeights({
    [name]: tensor(
      data.map((w) => 3 * w),
      shape,
    ),
  });
}

/** `count` sources of `steps` ids below 7, none of them 0. */
export function sources(count: number, steps: number, seed = 1) {
  const data = Float32Array.from(testData(seed, count * steps, 0, 1), (v) => 1 + Math.floor(6 * v));
  return tensor(data, [count, steps]);
}
