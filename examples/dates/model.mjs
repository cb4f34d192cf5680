import { adam, cosineDecay, encoderDecoder, generate, padTokens, teacherForcing } from 'recurra';
import { decode, encode, START, STOP, sizeOf } from './alphabet.mjs';

const BATCH = 32;

/** Reads a date from both ends, and looks back at its characters while it writes. */
export function buildModel({ source, target }, { units, seed }) {
  return encoderDecoder({
    cell: 'gru',
    units,
    embeddingDim: 32,
    bidirectional: true,
    attention: 'general',
    sourceVocabularySize: sizeOf(source),
    targetVocabularySize: sizeOf(target),
    seed,
  });
}

/** Trains on pairs: at each step the model is told the right character before. */
export async function train(model, pairs, { source, target }, { epochs }) {
  const decaySteps = epochs * Math.ceil(pairs.length / BATCH);
  model.compile({
    optimizer: adam({
      learningRate: cosineDecay({ initialLearningRate: 0.005, decaySteps }),
      globalClipNorm: 1,
    }),
    loss: 'sparseCategoricalCrossentropy',
    metrics: ['accuracy'],
  });
  const sources = pairs.map(({ from }) => encode(from, source));
  const answers = pairs.map(({ to }) => encode(to, target));
  await model.fit(...teacherForcing(sources, answers, { startToken: START, stopToken: STOP }), {
    epochs,
    batchSize: BATCH,
  });
}

/** What the model writes for texts, and what it looked at for each character. */
export function translate(model, texts, { source, target }, numBeams) {
  const written = generate(
    model,
    { source: padTokens(texts.map((text) => encode(text, source))) },
    {
      maxLength: 16,
      startToken: START,
      stopToken: STOP,
      strategy: 'beam',
      numBeams,
      returnAttention: true,
    },
  );
  return written.map(({ tokens, attention, score }, i) => ({
    from: texts[i],
    to: decode(tokens, target),
    score,
    attention: attention.slice(0, tokens.length).map((weights) => weights.subarray(0, texts[i].length)),
  }));
}
