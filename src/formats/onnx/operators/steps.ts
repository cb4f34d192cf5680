import { FormatError } from '../../../errors.js';
import { learnedVector } from '../../../layers/arithmetic/index.js';
import { input } from '../../../layers/input.js';
import type { Layer } from '../../../layers/layer.js';
import type { SymbolicTensor } from '../../../layers/symbolic.js';
import { arrange } from '../arrange.js';
import type { NodeUse } from '../node.js';
import { type StepState, vectorised } from '../recognise/vectorise.js';
import {
  type Axis,
  axisIn,
  BATCH,
  type Constant,
  type Dim,
  dimOf,
  dimsOf,
  type Flow,
  flowOf,
  OPEN,
  type Turn,
  type Value,
} from '../values.js';

/** A sequence that the steps of a loop take apart. */
interface Taken {
  readonly sequence: SymbolicTensor;
  readonly backwards: boolean;
  readonly step: Flow;
}

/** Layers that give a step for each step that they take. */
const STEP_BY_STEP = ['activation', 'dense', 'dropout', 'embedding', 'layerNormalization', 'pointwise'];

/** What a sequence of open length was before layers that keep its length. */
function sourceOf(tensor: SymbolicTensor): SymbolicTensor {
  let at = tensor;
  while (at.node.layer !== null && STEP_BY_STEP.includes(at.node.layer.definition.type))
    [at] = at.node.inputs;
  return at;
}

/** Whether two sequences of open length are told to be as long as each other. */
export const areAsLong = (a: SymbolicTensor, b: SymbolicTensor | undefined): boolean =>
  b !== undefined && sourceOf(a) === sourceOf(b);

/** The vector of all axes beside the batch, and those that are given. */
const vectorOf = (node: NodeUse, flow: Flow, gone: readonly number[] = []): SymbolicTensor =>
  arrange(node.where, node.builder, flow, [
    ...gone.map((axis) => [axis]),
    flow.axes.flatMap((of, axis) => (of === BATCH || gone.includes(axis) ? [] : [axis])),
  ]);

/** A new vector that is read as a value with some axes. */
function vectorLike(dims: readonly Dim[], batch: number): Flow | null {
  const sizes: number[] = [];
  const axes = dims.map((d, axis): Axis => {
    if (axis === batch) return BATCH;
    if (typeof d === 'number' && d !== 1) sizes.push(d);
    return d === 1 ? [] : [sizes.length - 1];
  });
  if (dims.some((d, axis) => axis !== batch && typeof d !== 'number')) return null;
  const size = sizes.reduce((a, b) => a * b, 1);
  return {
    kind: 'flow',
    tensor: input({ shape: [size] }),
    factors: [sizes.length === 0 ? [1] : sizes],
    axes,
  };
}

/** A constant that states begin with: one row for all samples. */
function initialRow({ shape, data }: Constant): Float32Array | null {
  const [B, H] = shape;
  if (shape.length !== 2 || data.length === 0) return null;
  const row = Float32Array.from(data.subarray(0, H));
  for (let b = 1; b < B; b++) if (row.some((v, i) => v !== data[b * H + i])) return null;
  return row;
}

/** A loop whose steps are those of recurrent cells, with what goes in and out. */
export class StepLoop {
  private readonly taken: Taken[] = [];

  constructor(
    private readonly node: NodeUse,
    /** How many steps it takes. */
    private readonly length: Dim,
    /** Where that is open, whether a sequence is told to be as long. A scan's are, by what a scan is. */
    private readonly isAsLong: (sequence: SymbolicTensor) => boolean = () => true,
  ) {}

  /** One step of a value along an axis, which is gone; null where that cannot be told. */
  step(flow: Flow, given: number, backwards: boolean): Flow | null {
    const axis = axisIn(flow.axes.length, given);
    if (axis < 0 || flow.axes[axis] === BATCH || dimOf(flow, axis) !== this.length) return null;
    if (this.length === OPEN && !this.isAsLong(flow.tensor)) return null;
    const dims = dimsOf(flow).filter((_, i) => i !== axis);
    const step = vectorLike(dims, flow.axes.filter((_, i) => i !== axis).indexOf(BATCH));
    if (step === null) return null;
    const sequence = vectorOf(this.node, flow, [axis]);
    this.taken.push({ sequence, backwards, step });
    return step;
  }

  /** The number of a turn, with which a body takes steps. */
  turn(): Turn {
    const step = (flow: Flow, axis: number, { sign, offset }: Turn): Flow | null => {
      const last = typeof this.length === 'number' ? this.length - 1 : -1;
      if (sign === 1 ? offset !== 0 : offset !== -1 && offset !== last) return null;
      return this.step(flow, axis, sign === -1);
    };
    return { kind: 'turn', sign: 1, offset: 0, scalar: true, step };
  }

  /** A vector for a state, read as what it is at first. */
  state(value: Value): Flow | null {
    if (value.kind === 'flow') return vectorLike(dimsOf(value), value.axes.indexOf(BATCH));
    if (value.kind !== 'constant' || initialRow(value) === null) return null;
    return vectorLike([1, value.shape[1]], 0);
  }

  private initial(value: Value): SymbolicTensor | null {
    if (value.kind === 'flow') return vectorOf(this.node, value);
    const row = initialRow(value as Constant) as Float32Array;
    if (row.every((v) => v === 0)) return null;
    const units = row.length;
    const weights = { vector: { data: row, shape: [units] } };
    const make = (name: string): Layer => learnedVector({ units, name });
    const layer = this.node.builder.layer('initialState', null, make, weights);
    return layer.apply(this.taken[0].sequence);
  }

  /**
   * The last states, and the outputs with time as their first axis; null where the steps are those of no cell.
   *
   * @param states what each is at first, in the step, and behind it
   */
  result(
    states: readonly (readonly [Value, Flow, Value])[],
    outputs: readonly Value[],
  ): { states: Flow[]; outputs: Flow[] } | null {
    const { node, taken } = this;
    const backwards = taken.some((one) => one.backwards);
    if (taken.length === 0 || taken.some((one) => one.backwards !== backwards)) return null;
    const given: StepState[] = [];
    for (const [first, step, after] of states) {
      const same = after.kind === 'flow' && dimsOf(after).every((d, axis) => d === dimsOf(step)[axis]);
      if (!same || after.axes.length !== step.axes.length) return null;
      given.push({ before: step.tensor, after: vectorOf(node, after), initial: this.initial(first) });
    }
    if (outputs.some(({ kind }) => kind !== 'flow')) return null;
    const flows = outputs as readonly Flow[];
    const found = vectorised(node.builder, {
      inputs: new Map(taken.map(({ step, sequence }) => [step.tensor, sequence])),
      states: given,
      outputs: flows.map((flow) => vectorOf(node, flow)),
      backwards,
    });
    if (found === null) return null;
    return {
      states: found.states.map((tensor, i) => ({ ...states[i][1], tensor })),
      outputs: found.outputs.map((tensor, i): Flow => {
        const dims = dimsOf(flows[i]);
        const like = vectorLike(dims, flows[i].axes.indexOf(BATCH)) as Flow;
        const axes = like.axes.map((of): Axis => (of === BATCH ? BATCH : of.map((factor) => factor + 1)));
        return { ...flowOf(tensor, [[0], ...axes]), factors: [[tensor.shape[0]], ...like.factors] };
      }),
    };
  }
}

/** What steps give, or null where something in them cannot be read so. */
export function attempted<R>(steps: () => R | null): R | null {
  try {
    return steps();
  } catch (error) {
    if (error instanceof FormatError) return null;
    throw error;
  }
}
