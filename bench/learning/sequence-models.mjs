import { encoderDecoder } from 'recurra';

/** What learns to turn sequences into others, with the updates and the learning rate that it is given. */
export const SEQUENCE_MODELS = [
  {
    name: 'LSTM with attention',
    make: ({ vocabulary, seed }) =>
      encoderDecoder({
        cell: 'lstm',
        units: 64,
        embeddingDim: 32,
        bidirectional: true,
        attention: 'general',
        sourceVocabularySize: vocabulary,
        targetVocabularySize: vocabulary,
        seed,
      }),
    updates: 1500,
    batch: 32,
    learningRate: 0.004,
  },
];
