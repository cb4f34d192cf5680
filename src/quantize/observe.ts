import { DataError, ShapeError } from '../errors.js';
import type { Int8Weight } from '../layers/int8/weights.js';
import { writeInputs } from '../model/batch-data.js';
import type { GraphBinder } from '../model/binder.js';
import { type ModelInputs, resolveInputs } from '../model/inputs.js';
import type { Network } from '../model/network.js';
import { wholeShapes } from '../model/steps.js';
import { addressOf, type Ref } from '../program/region.js';
import type { LayerPlan } from './plan.js';

/** What the values that meet the rows of a weight were, row by row. */
export interface OperandRange {
  readonly low: Float64Array;
  readonly high: Float64Array;
  readonly mean: Float64Array;
}

/** A product whose operand is watched: the weight's name, and its depth. */
interface Watched {
  readonly label: string;
  readonly depth: number;
  readonly place: Ref;
  readonly floats: number;
}

interface Sums extends OperandRange {
  rows: number;
}

const BATCH = 32;
const KEY = 'calibrate';

/**
 * Runs a model in f32 on data and notes the range and mean of every operand of the products that are to be in
 * 8 bits. What stateful layers carry is as it was before.
 *
 * @returns ranges by the names of the weights
 * @throws ShapeError when the data does not fit or has no samples, DataError when a value is not finite
 */
export function observeOperands(
  model: Network,
  plans: readonly LayerPlan[],
  data: ModelInputs,
): Map<string, OperandRange> {
  const where = 'quantize: calibration';
  const samples = resolveInputs(where, model.graph, data);
  const [{ count }] = samples;
  if (count === 0) throw new ShapeError(`${where}: the data has no samples`);
  const shapes = wholeShapes(samples.map((s) => s.shape));
  const found = new Map<string, Sums>();
  const watched = new Map<number, Watched[]>();
  const carried = model.carried.read();
  try {
    for (let from = 0; from < count; from += BATCH) {
      const batch = Math.min(BATCH, count - from);
      model.resetStates();
      const bound = model.inferenceProgram(batch, shapes, {
        key: KEY,
        keep: (binder) => watched.set(batch, watchOperands(model, plans, binder)),
      });
      writeInputs(model.arena, bound, samples, null, from);
      model.runInference(bound);
      for (const one of watched.get(batch) ?? []) note(model, one, found);
    }
  } finally {
    model.workspace.forget(KEY);
    model.carried.write(carried);
  }
  for (const [label, { low, high, mean, rows }] of found) {
    const bad = low.findIndex((v, k) => !Number.isFinite(v + high[k]));
    if (bad >= 0) throw new DataError(`${where}: what ${label} is multiplied with is not finite at ${bad}`);
    for (let k = 0; k < mean.length; k++) mean[k] /= rows;
  }
  return found;
}

/** Every operand of every use of a layer, kept where the program leaves it. */
function watchOperands(model: Network, plans: readonly LayerPlan[], binder: GraphBinder): Watched[] {
  const { graph, parameters } = model;
  return graph.nodes.flatMap((node) => {
    if (node.layer === null) return [];
    const { name, index } = graph.named(node);
    const weights: readonly Int8Weight[] = plans[index].form?.weights ?? [];
    return weights.flatMap(({ name: weight, operand }) => {
      if (operand === undefined) return [];
      const label = `${name}.${weight}`;
      const [depth] = parameters.get(label).declaration.shape;
      return [{ label, depth, ...binder.keep(node, operand === 'input' ? undefined : operand.buffer) }];
    });
  });
}

function note(model: Network, { label, depth, place, floats }: Watched, found: Map<string, Sums>): void {
  let sums = found.get(label);
  if (sums === undefined) {
    sums = {
      low: new Float64Array(depth).fill(Number.POSITIVE_INFINITY),
      high: new Float64Array(depth).fill(Number.NEGATIVE_INFINITY),
      mean: new Float64Array(depth),
      rows: 0,
    };
    found.set(label, sums);
  }
  const { low, high, mean } = sums;
  model.arena.f32(addressOf(place), floats).forEach((v, i) => {
    const k = i % depth;
    low[k] = Math.min(low[k], v);
    high[k] = Math.max(high[k], v);
    mean[k] += v;
  });
  sums.rows += floats / depth;
}
