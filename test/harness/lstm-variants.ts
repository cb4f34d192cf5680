import type { LSTMOptions } from '../../src/index.js';

export type LSTMVariant = Partial<LSTMOptions>;

/** Each option alone, and what meets in one kernel: peepholes of coupled gates, all with all. */
export const LSTM_VARIANTS: Record<string, LSTMVariant> = {
  peephole: { peephole: true },
  coupled: { coupled: true },
  'peephole, coupled': { peephole: true, coupled: true },
  projection: { projection: 3 },
  cellClip: { cellClip: 0.3 },
  layerNormalization: { layerNormalization: true },
  all: { peephole: true, projection: 2, cellClip: 0.4, layerNormalization: true },
  'all, coupled': { peephole: true, coupled: true, projection: 7, cellClip: 0.4, layerNormalization: true },
};
