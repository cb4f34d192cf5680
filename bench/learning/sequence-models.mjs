import { encoderDecoder, transformer } from 'recurra';

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
  {
    name: 'Transformer, 2 blocks',
    make: ({ vocabulary, seed }) =>
      transformer({
        hiddenDim: 64,
        intermediateDim: 128,
        numHeads: 4,
        layers: 2,
        dropout: 0,
        normalizeFirst: true,
        sourceVocabularySize: vocabulary,
        targetVocabularySize: vocabulary,
        seed,
      }),
    updates: 2500,
    batch: 32,
    learningRate: 0.002,
  },
];
