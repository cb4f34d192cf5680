import { checkInteger, checkNumber } from '../check.js';
import { ShapeError, ValueError } from '../errors.js';
import { formatShape, type Shape, sizeOf } from '../shape.js';
import type { Tensor } from '../tensor.js';

/** A run of `count` consecutive places in the order of samples, starting at `from`. */
export interface Batch {
  /** Place of the first. */
  readonly from: number;
  /** How many. */
  readonly count: number;
}

/**
 * Cuts `samples` into batches of `batchSize`; the last one is shorter when they do not divide.
 *
 * @throws ValueError unless both are whole numbers and the batch size is at least 1
 */
export function planBatches(samples: number, batchSize: number, where = 'fit'): Batch[] {
  checkInteger(where, 'batchSize', batchSize, { min: 1 });
  checkInteger(where, 'number of samples', samples, { min: 0 });
  const batches: Batch[] = [];
  for (let from = 0; from < samples; from += batchSize) {
    batches.push({ from, count: Math.min(batchSize, samples - from) });
  }
  return batches;
}

/** The order 0, 1, ..., samples - 1. */
export function naturalOrder(samples: number): Uint32Array {
  const order = new Uint32Array(samples);
  for (let i = 0; i < samples; i++) order[i] = i;
  return order;
}

/**
 * Index of the first validation sample, floor(samples · (1 − fraction)): validation takes the last
 * samples as they were given, before any shuffling. Rounds as Keras does, in f64.
 *
 * @throws ValueError when the fraction is outside (0, 1) or leaves either side without samples
 */
export function validationSplitAt(samples: number, fraction: number, where = 'fit'): number {
  checkNumber(where, 'validationSplit', fraction, { above: 0, below: 1 });
  const at = Math.floor(samples * (1 - fraction));
  if (at === 0 || at === samples) {
    const side = at === 0 ? 'training' : 'validation';
    throw new ValueError(
      `${where}: validationSplit ${fraction} of ${samples} samples leaves none for ${side}; ` +
        'give more samples or another fraction',
    );
  }
  return at;
}

/** Samples `from` (included) to `to` (excluded) along the first axis: a view, nothing is copied. */
export function sliceSamples(source: Tensor, from: number, to: number): Tensor {
  const [samples, ...rest] = source.shape;
  if (samples === undefined || !(from >= 0 && from <= to && to <= samples)) {
    throw new ShapeError(`sliceSamples: ${from} to ${to} of shape ${formatShape(source.shape)}`);
  }
  const width = sizeOf(rest);
  return { data: source.data.subarray(from * width, to * width), shape: [to - from, ...rest] };
}

/** A number that is NaN or infinite, and where it stands. */
export interface NonFinite {
  /** Index of the sample. */
  readonly sample: number;
  /** Time step; only for data of rank 3 and above, `[samples, time, ...]`. */
  readonly step?: number;
  /** Index over the axes that remain, flattened. */
  readonly feature: number;
  /** NaN, Infinity or −Infinity. */
  readonly value: number;
}

const EXPONENT = 0x7f800000;

/** The first NaN or infinity of `data`, shape `[samples, ...]`, or null. */
export function findNonFinite(data: Float32Array, shape: Shape): NonFinite | null {
  // An exponent of all ones is exactly NaN or infinity; on integers the scan costs half (measured).
  const bits = new Uint32Array(data.buffer, data.byteOffset, data.length);
  let at = 0;
  while (at < bits.length && (bits[at] & EXPONENT) !== EXPONENT) at++;
  if (at === bits.length) return null;
  const value = data[at];
  const perSample = sizeOf(shape.slice(1));
  const sample = Math.floor(at / perSample);
  const within = at % perSample;
  if (shape.length < 3) return { sample, feature: within, value };
  const perStep = sizeOf(shape.slice(2));
  return { sample, step: Math.floor(within / perStep), feature: within % perStep, value };
}
