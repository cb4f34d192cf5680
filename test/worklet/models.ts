import { dense, gru, input, type Model, sequential } from '../../src/index.js';
import { giveWeights } from '../harness/bits.js';
import { testData } from '../harness/random.js';

/** A model from `window` samples to `outputs` numbers a step. */
export function soundModel(window: number, outputs: number, seed = 1, units = 8): Model {
  const model = sequential([
    input({ shape: [null, window] }),
    gru({ units, returnSequences: true }),
    dense({ units: outputs }),
  ]);
  giveWeights(model, seed);
  return model;
}

/** Sound of several channels, whole blocks of it. */
export const sound = (channels: number, blocks: number, quantum = 128): Float32Array[] =>
  Array.from({ length: channels }, (_, c) => testData(c + 1, blocks * quantum));

/** Options of {@link expectedSound}. */
export interface Cut {
  readonly window: number;
  readonly hop: number;
  readonly latency: number;
  readonly held?: boolean;
}

/**
 * What has to come out, channel by channel, told as plainly as it can be: whole frames cut from the whole sound, a
 * stream for each channel, outputs laid behind the latency.
 */
export function expectedSound(
  model: Model,
  input: readonly Float32Array[],
  { window, hop, latency, held = false }: Cut,
): Float32Array[] {
  return input.flatMap((samples) => {
    const stream = model.stream();
    const rows = held ? stream.outputSize : 1;
    const output = Array.from({ length: rows }, () => new Float32Array(samples.length));
    for (let k = 0; (k + 1) * hop <= samples.length; k++) {
      const frame = Float32Array.from({ length: window }, (_, i) => samples[(k + 1) * hop - window + i] ?? 0);
      const values = stream.step(frame);
      for (let i = 0; i < hop; i++) {
        const at = k * hop + latency + i;
        if (at >= samples.length) break;
        for (let r = 0; r < rows; r++) output[r][at] = held ? values[r] : values[i];
      }
    }
    return output;
  });
}
