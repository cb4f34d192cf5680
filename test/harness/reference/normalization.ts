import type { Value, Weights } from './network.js';

interface Affine {
  readonly epsilon: number;
  readonly groups: number;
}

/** Normalises the elements at each list of positions; `column` names the weight of a position. */
function overSets(
  x: Value,
  sets: Iterable<readonly number[]>,
  epsilon: number,
  centred: boolean,
  gamma: Float64Array | undefined,
  beta: Float64Array | undefined,
): Value[] {
  const C = x.shape[x.shape.length - 1];
  const y = new Float64Array(x.data.length);
  for (const set of sets) {
    const mean = centred ? set.reduce((sum, p) => sum + x.data[p], 0) / set.length : 0;
    const variance = set.reduce((sum, p) => sum + (x.data[p] - mean) ** 2, 0) / set.length;
    for (const p of set) {
      const hat = (x.data[p] - mean) / Math.sqrt(variance + epsilon);
      y[p] = (gamma?.[p % C] ?? 1) * hat + (beta?.[p % C] ?? 0);
    }
  }
  return [{ data: y, shape: x.shape }];
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** Positions of every row of features. */
function rows({ data, shape }: Value): number[][] {
  const C = shape[shape.length - 1];
  return upTo(data.length / C).map((r) => upTo(C).map((c) => r * C + c));
}

/** Positions of every group of channels of every sample. */
function groups({ data, shape }: Value, G: number): number[][] {
  const C = shape[shape.length - 1];
  const size = data.length / shape[0];
  return upTo(shape[0] * G).map((set) => {
    const [b, g] = [Math.floor(set / G), set % G];
    return upTo(size)
      .filter((p) => Math.floor((p % C) / (C / G)) === g)
      .map((p) => b * size + p);
  });
}

/** Positions of every feature over batch and time. */
function columns({ data, shape }: Value): number[][] {
  const C = shape[shape.length - 1];
  return upTo(C).map((c) => upTo(data.length / C).map((r) => r * C + c));
}

/** Batch normalisation with the statistics of the batch, as in training. */
export function batchNormalizationInTraining(x: Value, epsilon: number, w: Weights): Value {
  return overSets(x, columns(x), epsilon, true, w.gamma, w.beta)[0];
}

/** Equations of the normalisation layers in inference. */
export const REFERENCE_NORMALIZATION = {
  layerNormalization: ({ epsilon }: Affine, [x]: readonly Value[], w: Weights) =>
    overSets(x, rows(x), epsilon, true, w.gamma, w.beta),
  rmsNormalization: ({ epsilon }: Affine, [x]: readonly Value[], w: Weights) =>
    overSets(x, rows(x), epsilon, false, w.scale, undefined),
  groupNormalization(config: Affine, [x]: readonly Value[], w: Weights) {
    const C = x.shape[x.shape.length - 1];
    const G = config.groups === -1 ? C : config.groups;
    return overSets(x, groups(x, G), config.epsilon, true, w.gamma, w.beta);
  },
  batchNormalization({ epsilon }: Affine, [{ data, shape }]: readonly Value[], w: Weights) {
    const C = shape[shape.length - 1];
    const y = data.map((v, p) => {
      const c = p % C;
      const hat = (v - w.movingMean[c]) / Math.sqrt(w.movingVariance[c] + epsilon);
      return (w.gamma?.[c] ?? 1) * hat + (w.beta?.[c] ?? 0);
    });
    return [{ data: y, shape }];
  },
};
