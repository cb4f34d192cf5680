import type { Lengths } from '../../src/model/lengths.js';
import type { Tensor } from '../../src/tensor.js';
import { resolveData } from '../../src/training/data.js';
import type { Model } from '../../src/training/model.js';
import { testRandom } from './random.js';
import { cutValue, maskedSquaredError } from './reference/masks.js';
import {
  differenceAlong,
  finiteDifferences,
  referenceForward,
  type Value,
  type Weights,
  weightsOf,
} from './reference/network.js';

/** A model's loss and gradients for one batch as its kernels compute them, without an update. */
export function kernelGradients(
  model: Model,
  x: Tensor | Tensor[],
  y: Tensor | Tensor[],
  lengths?: Lengths,
): { loss: number; gradients: Record<string, Float32Array> } {
  const trainer = model.compiledFor('test');
  const { losses } = trainer.compiled;
  const data = resolveData('test', model.graph, losses, x, y, { lengths, checkFinite: true });
  const bound = trainer.prepare(data, data.count, true);
  trainer.memory.putGradients(null);
  trainer.writeBatch(bound, data, null, 0);
  model.setRandomStep(0);
  bound.program.run(0, bound.acceptFrom);
  const gradients: Record<string, Float32Array> = {};
  for (const p of model.parameters.all) {
    const place = trainer.memory.gradient(p.name);
    if (place === null) continue;
    const address = (place.region.address as number) + 4 * place.offset;
    gradients[p.name] = model.arena.f32(address, p.size).slice();
  }
  const loss = trainer.memory.readLoss();
  trainer.memory.putGradients(null);
  return { loss, gradients };
}

const widen = ({ data, shape }: Tensor): Value => ({ data: Float64Array.from(data), shape });

/** Mean squared error of all outputs together, over the steps that count: the loss that {@link checkModel} compares. */
function squaredError(outputs: readonly Value[], targets: readonly Value[]): number {
  return outputs.reduce((sum, value, i) => sum + maskedSquaredError(value, targets[i].data), 0);
}

/** A sequence is 0 past its end in predictions, where its steps have stayed in place. */
function endingAt(value: Value, lengths: readonly number[]): Value {
  if (value.mask === undefined) return value;
  const cut = cutValue(value, lengths);
  return cut.mask?.every((v, i) => v === value.mask?.[i]) ? cut : value;
}

/** Largest differences between kernels and f64, relative to the scale of what is compared. */
export interface Differences {
  forward: number;
  loss: number;
  gradients: Record<string, number>;
}

/** |a − b| at most, over the largest |b| (at least `floor`). */
export function scaledDifference(a: ArrayLike<number>, b: ArrayLike<number>, floor = 1e-3): number {
  let difference = 0;
  let scale = floor;
  for (let i = 0; i < b.length; i++) {
    difference = Math.max(difference, Math.abs(a[i] - b[i]));
    scale = Math.max(scale, Math.abs(b[i]));
  }
  return difference / scale;
}

/**
 * Elements of a weight whose differences in f64 are computed one by one, first and last among them. The differences are the
 * same numbers in every engine and take most of the time, so a browser, which runs the same bytes of WebAssembly, has
 * fewer. Of larger weights all elements are compared at once besides, by the derivative along a random direction.
 */
const MOST_COMPARED = typeof document === 'undefined' ? 500 : 12;

function comparedPlaces(count: number): number[] {
  const places = Math.min(count, MOST_COMPARED);
  return Array.from({ length: places }, (_, i) => Math.floor((i * (count - 1)) / Math.max(1, places - 1)));
}

/**
 * Compares a compiled model (meanSquaredError on each output) with f64: predictions, loss, and the gradient
 * of every weight against central differences of the f64 forward pass. `lengths` are those of the first input.
 */
export function checkModel(
  model: Model,
  x: Tensor | Tensor[],
  y: Tensor | Tensor[],
  lengths?: readonly number[],
): Differences {
  const inputs = (Array.isArray(x) ? x : [x]).map(widen);
  if (lengths !== undefined) inputs[0] = cutValue(inputs[0], lengths);
  const given = lengths && (Array.isArray(x) ? { [model.graph.inputNames[0]]: lengths } : lengths);
  const targets = (Array.isArray(y) ? y : [y]).map(widen);
  const weights = weightsOf(model);
  const expected = referenceForward(model, weights, inputs);
  const found = model.predict(Array.isArray(x) ? x : [x][0], { lengths: given }) as Tensor | Tensor[];
  const predicted = Array.isArray(found) ? found : [found];
  const shown = expected.map((e) => (lengths === undefined ? e : endingAt(e, lengths)));
  const forward = Math.max(...shown.map((e, i) => scaledDifference(predicted[i].data, e.data)));
  const { loss, gradients } = kernelGradients(model, x, y, given);
  const lossOf = (w: Weights): number => squaredError(referenceForward(model, w, inputs), targets);
  const want = lossOf(weights);
  const differences: Differences = { forward, loss: Math.abs(loss - want) / want, gradients: {} };
  for (const name of Object.keys(gradients)) {
    const gradient = gradients[name];
    const places = comparedPlaces(gradient.length);
    const wanted = finiteDifferences(weights, name, lossOf, places);
    const chosen = places.map((i) => gradient[i]);
    if (places.length === gradient.length) {
      differences.gradients[name] = scaledDifference(chosen, wanted);
      continue;
    }
    const scale = gradient.reduce((most, v) => Math.max(most, Math.abs(v)), 1e-3);
    const direction = randomDirection(gradient.length);
    const along = gradient.reduce((sum, v, i) => sum + v * direction[i], 0);
    const wantedAlong = differenceAlong(weights, name, lossOf, direction);
    differences.gradients[name] = Math.max(
      scaledDifference(chosen, wanted, scale),
      Math.abs(along - wantedAlong) / scale,
    );
  }
  return differences;
}

/** Of length 1, each element as long as the others, up or down. An error in any element shows, and errors do not add up. */
export function randomDirection(count: number): Float64Array {
  const next = testRandom(count);
  return Float64Array.from({ length: count }, () => (next() < 0.5 ? -1 : 1) / Math.sqrt(count));
}
