import { RecurraError } from '../errors.js';
import { type Shape, sameShape } from '../shape.js';
import type { Graph } from './graph.js';
import type { Samples } from './inputs.js';

// No time is spent on steps past the longest sequence of a batch: the program of such a batch is for fewer steps.

/** Shapes of the inputs of a batch. */
export interface BatchShapes {
  readonly inputShapes: readonly Shape[];
  /** Per input, whether lengths are given. */
  readonly lengths: readonly boolean[];
}

/** Tells programs apart. */
export function keyOf({ inputShapes, lengths }: BatchShapes): string {
  return inputShapes.map((shape, i) => `${shape.join('x')}${lengths[i] ? 'm' : ''}`).join(',');
}

/** Batches of whole data, of which all steps count. */
export function wholeShapes(inputShapes: readonly Shape[]): BatchShapes {
  return { inputShapes, lengths: inputShapes.map(() => false) };
}

/** The batch of `count` samples from place `from` of an order, cut to its longest sequence where that may be. */
export function shapesOfBatch(
  graph: Graph,
  samples: readonly Samples[],
  order: Uint32Array | null,
  from: number,
  count: number,
): BatchShapes {
  const lengths = samples.map((s) => s.lengths !== null);
  const whole = samples.map((s) => s.shape);
  if (!lengths.includes(true)) return { inputShapes: whole, lengths };
  const longest = new Map<number, number>();
  for (const { lengths: list, shape } of samples) {
    if (list === null) continue;
    let most = longest.get(shape[0]) ?? 1;
    for (let b = from; b < from + count; b++) most = Math.max(most, list[order === null ? b : order[b]]);
    longest.set(shape[0], most); // inputs of equal length may be merged
  }
  const cut = samples.map(({ lengths: list, shape }) =>
    list === null ? shape : [longest.get(shape[0]) as number, ...shape.slice(1)],
  );
  const isWhole = cut.every((shape, i) => sameShape(shape, whole[i]));
  return { inputShapes: isWhole || canCut(graph, whole, lengths) ? cut : whole, lengths };
}

/** Whether the first steps of a batch are computed alike without the others: asked with one step less. */
function canCut(graph: Graph, whole: readonly Shape[], lengths: readonly boolean[]): boolean {
  const key = keyOf({ inputShapes: whole, lengths });
  let answer = graph.cuts.get(key);
  if (answer === undefined) {
    answer = stepsStayInPlace(graph, whole, lengths);
    graph.cuts.set(key, answer);
  }
  return answer;
}

function stepsStayInPlace(graph: Graph, whole: readonly Shape[], lengths: readonly boolean[]): boolean {
  const less = whole.map((shape, i) => (lengths[i] ? [Math.max(1, shape[0] - 1), ...shape.slice(1)] : shape));
  try {
    const [before, after] = [graph.shapesFor(whole), graph.shapesFor(less)];
    const masked = graph.maskedWith(lengths);
    return [...before].every(([value, shape]) => {
      const cut = after.get(value) as Shape;
      if (sameShape(cut, shape)) return masked.get(value)?.aligned !== false;
      return masked.get(value)?.aligned === true && sameShape(cut.slice(1), shape.slice(1));
    });
  } catch (error) {
    if (error instanceof RecurraError) return false;
    throw error;
  }
}
