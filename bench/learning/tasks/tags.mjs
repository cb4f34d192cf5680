import { buildModel, tagsOf } from '../../../examples/tagger/model.mjs';
import { score } from '../../../examples/tagger/report.mjs';
import { sentences } from '../../../examples/tagger/sentences.mjs';

const BATCH = 16;
const KNOWN = 300;
const PASSES = 10;

/** Names in sentences, whose tags follow rules; learned from 300 sentences. Scored by sentences that are right whole. */
export const tags = {
  name: 'tags with rules',
  unit: 'sentences with a wrong tag, %',
  size: `${KNOWN} sentences of 6 to 19 words to learn from`,
  updates: PASSES * Math.ceil(KNOWN / BATCH),
  batch: BATCH,
  held: 1000,
  models: ['BiLSTM, softmax', 'BiLSTM, crf'],
  wanted: (scores) => scores['BiLSTM, crf'] < scores['BiLSTM, softmax'],
  make(name, updates, seed) {
    const kind = name.endsWith('crf') ? 'crf' : 'softmax';
    return buildModel(kind, { train: BATCH, epochs: updates, seed });
  },
  batches(next) {
    const known = sentences(KNOWN, next);
    return (update) => {
      const from = (update * BATCH) % KNOWN;
      return [known.words.slice(from, from + BATCH), known.tags.slice(from, from + BATCH)];
    };
  },
  score(net, next) {
    const held = sentences(1000, next);
    return 1 - score(tagsOf(net, held), held).sentences;
  },
};
