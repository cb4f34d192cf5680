import { RecurraError } from '../errors.js';
import { seesPadding } from '../layers/layer.js';
import type { SymbolicTensor } from '../layers/symbolic.js';
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

/** What a batch is for. Where outputs are given, all their steps are; losses and metrics leave out masked ones. */
export type Purpose = 'predict' | 'evaluate' | 'train';

/** Samples `from` to `from + count` of an order, or of the data where it is null. */
export interface BatchRange {
  readonly order: Uint32Array | null;
  readonly from: number;
  readonly count: number;
}

/**
 * A batch, cut to its longest sequence where that may be: by the masks that begin at its inputs as well as by
 * lengths, or by lengths alone.
 */
export function shapesOfBatch(
  graph: Graph,
  samples: readonly Samples[],
  range: BatchRange,
  purpose: Purpose,
): BatchShapes {
  const lengths = samples.map((s) => s.lengths !== null);
  const whole = samples.map((s) => s.shape);
  const counted = samples.map((s) => s.counted !== null);
  if (counted.includes(true)) {
    const lists = samples.map((s) => s.counted ?? s.lengths);
    const inputShapes = cutTo(lists, whole, range);
    if (canCutMasked(graph, { whole, inputShapes, lengths, counted }, purpose))
      return { inputShapes, lengths };
  }
  if (!lengths.includes(true)) return { inputShapes: whole, lengths };
  const lists = samples.map((s) => s.lengths);
  const cut = cutTo(lists, whole, range);
  const isWhole = cut.every((shape, i) => sameShape(shape, whole[i]));
  return { inputShapes: isWhole || canCut(graph, whole, lengths) ? cut : whole, lengths };
}

/** Shapes with as many steps as the longest sample of a batch has, by a list for each input or null; at least 1. */
function cutTo(
  lists: readonly (Uint32Array | null)[],
  whole: readonly Shape[],
  { order, from, count }: BatchRange,
): Shape[] {
  const longest = new Map<number, number>();
  lists.forEach((list, i) => {
    if (list === null) return;
    const [T] = whole[i];
    let most = longest.get(T) ?? 1;
    for (let b = from; b < from + count; b++) most = Math.max(most, list[order === null ? b : order[b]]);
    longest.set(T, most); // inputs of equal length may be merged
  });
  return whole.map((shape, i) =>
    lists[i] === null ? shape : [longest.get(shape[0]) as number, ...shape.slice(1)],
  );
}

/** A cut by masks, some of which begin at the inputs that are `counted`. */
interface MaskedCut {
  readonly whole: readonly Shape[];
  readonly inputShapes: readonly Shape[];
  readonly lengths: readonly boolean[];
  readonly counted: readonly boolean[];
}

/** Whether a batch gives the same bits with the steps of a cut as with all. */
function canCutMasked(graph: Graph, cut: MaskedCut, purpose: Purpose): boolean {
  const { whole, inputShapes, lengths, counted } = cut;
  if (inputShapes.every((shape, i) => sameShape(shape, whole[i]))) return false;
  const shapes = [whole, inputShapes].map((list) => keyOf({ inputShapes: list, lengths })).join('>');
  const key = `${purpose}:${counted.map(Number).join('')}:${shapes}`;
  let answer = graph.cuts.get(key);
  if (answer === undefined) {
    answer = paddingIsUnseen(graph, cut, purpose);
    graph.cuts.set(key, answer);
  }
  return answer;
}

function paddingIsUnseen(graph: Graph, cut: MaskedCut, purpose: Purpose): boolean {
  const { whole, inputShapes, lengths, counted } = cut;
  if (graph.layers.some(({ layer }) => seesPadding(layer, purpose === 'train'))) return false;
  const begun = new Set(graph.inputs.filter((_, i) => counted[i]));
  const given = purpose === 'predict' ? new Set(graph.outputs) : new Set<SymbolicTensor>();
  return stepsStayInPlace(graph, whole, inputShapes, lengths, (value) =>
    given.has(value) ? 'whole' : begun.has(value) ? 'free' : 'masked',
  );
}

/** Whether the first steps of a batch are computed alike without the others: asked with one step less. */
function canCut(graph: Graph, whole: readonly Shape[], lengths: readonly boolean[]): boolean {
  const key = keyOf({ inputShapes: whole, lengths });
  let answer = graph.cuts.get(key);
  if (answer === undefined) {
    const less = whole.map((shape, i) =>
      lengths[i] ? [Math.max(1, shape[0] - 1), ...shape.slice(1)] : shape,
    );
    answer = stepsStayInPlace(graph, whole, less, lengths);
    graph.cuts.set(key, answer);
  }
  return answer;
}

/** What is asked of a value with fewer steps: a mask in step with the inputs, nothing, or that there is none. */
type Demand = 'masked' | 'free' | 'whole';

function stepsStayInPlace(
  graph: Graph,
  whole: readonly Shape[],
  less: readonly Shape[],
  lengths: readonly boolean[],
  demand: (value: SymbolicTensor) => Demand = () => 'masked',
): boolean {
  try {
    const [before, after] = [graph.shapesFor(whole), graph.shapesFor(less)];
    const masked = graph.maskedWith(lengths);
    return [...before].every(([value, shape]) => {
      const cut = after.get(value) as Shape;
      if (sameShape(cut, shape)) return masked.get(value)?.aligned !== false;
      if (demand(value) === 'whole' || !sameShape(cut.slice(1), shape.slice(1))) return false;
      return demand(value) === 'free' || masked.get(value)?.aligned === true;
    });
  } catch (error) {
    if (error instanceof RecurraError) return false;
    throw error;
  }
}
