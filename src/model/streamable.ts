import { checkInteger, checkWord } from '../check.js';
import { ValueError } from '../errors.js';
import type { Layer } from '../layers/layer.js';
import type { Node, SymbolicTensor } from '../layers/symbolic.js';
import { type OpenShape, type Shape, withBatch } from '../shape.js';
import type { Graph } from './graph.js';

/** A graph as a stream runs it: what does not depend on the input that comes by steps runs whole, at the start. */
export interface StreamSplit {
  /** Position of the input that comes by steps. */
  readonly input: number;
  /** Positions of the inputs that are given whole. */
  readonly wholeInputs: readonly number[];
  readonly stepped: ReadonlySet<Node>;
  readonly whole: ReadonlySet<Node>;
  /** Whole values that steps read. */
  readonly crossing: readonly SymbolicTensor[];
  /** How many steps layers have room for that keep what they see; null where there is no saying. */
  readonly maxSteps: number | null;
}

/** The sizes among the options of a stream, checked. @throws ValueError */
export function checkStreamSizes({ batchSize = 1, maxSteps }: { batchSize?: number; maxSteps?: number }): {
  batchSize: number;
  maxSteps: number | undefined;
} {
  checkInteger('stream', 'batchSize', batchSize, { min: 1 });
  if (maxSteps !== undefined) checkInteger('stream', 'maxSteps', maxSteps, { min: 1 });
  return { batchSize, maxSteps };
}

/**
 * Splits a graph into what runs once and what runs at every step.
 *
 * @param stepInput name of the input that comes by steps; may be left out where there is one
 * @param maxSteps steps that there is to be room for; by default the length of that input
 * @throws UnknownNameError, ValueError that says what cannot stream and why
 */
export function splitForStream(graph: Graph, stepInput?: string, maxSteps?: number): StreamSplit {
  const { inputs, inputNames, nodes, outputs } = graph;
  const named = inputs.length === 1 ? (stepInput ?? inputNames[0]) : stepInput;
  const input = inputNames.indexOf(checkWord('stream', 'stepInput', named, inputNames));
  const { shape } = inputs[input];
  if (shape.length === 1 && !graph.ranges.some((range) => range.input === input)) {
    throw new ValueError(`stream: needs an input with a time axis, got ${withBatch(shape)}`);
  }
  const stepped = new Set<Node>([inputs[input].node]);
  for (const node of nodes) if (node.inputs.some((value) => stepped.has(value.node))) stepped.add(node);
  const still = outputs.findIndex((value) => !stepped.has(value.node));
  if (still >= 0) {
    throw new ValueError(
      `stream: output '${graph.outputNames[still]}' does not depend on input '${inputNames[input]}', which comes ` +
        'by steps',
    );
  }
  const crossing = new Set<SymbolicTensor>();
  for (const node of stepped) {
    for (const value of node.inputs) if (!stepped.has(value.node)) crossing.add(value);
  }
  const split: StreamSplit = {
    input,
    wholeInputs: inputs.map((_, i) => i).filter((i) => i !== input),
    stepped,
    whole: new Set(nodes.filter((node) => !stepped.has(node))),
    crossing: [...crossing],
    maxSteps: maxSteps ?? shape[0],
  };
  for (const node of stepped) {
    const refusal = node.layer === null ? undefined : whyNotStream(graph, split, node, node.layer);
    if (refusal !== undefined) {
      throw new ValueError(`stream: ${graph.named(node).name} cannot stream: ${refusal}`);
    }
  }
  return split;
}

function whyNotStream(
  graph: Graph,
  split: StreamSplit,
  node: Node,
  { definition, config }: Layer,
): string | undefined {
  if (typeof definition.step === 'object') return definition.step.refuses;
  const whole = node.inputs.map((value) => !split.stepped.has(value.node));
  if (whole.includes(true) && definition.takesWhole !== true) {
    return 'some of its inputs are given whole, others by steps';
  }
  const used = graph.nodes.flatMap((other) => other.inputs).concat(graph.outputs);
  if (used.some((value) => value.node === node && value.index > 0) && definition.states !== undefined) {
    return 'a returned state belongs to a whole sequence; use getState';
  }
  if (definition.inputRange?.(config) !== undefined && node.inputs[0].shape.length > 1) {
    return 'frames of ids must be one id each';
  }
  return definition.refusesStep?.(config, roomyShapes(node, split), whole);
}

/** Shapes of the inputs of a node, with the steps that there is room for in place of the time of what comes by steps. */
export function roomyShapes({ inputs }: Node, { stepped, maxSteps }: StreamSplit): OpenShape[] {
  return inputs.map(({ shape, node }) => {
    const isSequence = stepped.has(node) && (shape.length > 1 || node.layer === null);
    return isSequence ? [maxSteps, ...shape.slice(1)] : shape;
  });
}

/**
 * The last use of an attention layer that looks at values given whole, by steps of the query.
 * @throws ValueError where there is none
 */
export function attentionOf(graph: Graph, { stepped }: StreamSplit): Node {
  const looks = (node: Node): boolean => {
    const { layer, inputs } = node;
    const from = layer?.definition.looksAt?.(layer.config, inputs.length);
    if (from === undefined || !stepped.has(node)) return false;
    return stepped.has(inputs[from.query].node) && !stepped.has(inputs[from.value].node);
  };
  const found = graph.nodes.filter(looks).pop();
  if (found !== undefined) return found;
  throw new ValueError('stream: attention: no attention layer of the model looks at an input given whole');
}

/** Shape of a frame of the input that comes by steps: one id of a list of ids [time], else what lies behind time. */
export function stepFrame({ shape }: SymbolicTensor): Shape {
  return shape.length === 1 ? [1] : (shape.slice(1) as Shape);
}

/**
 * Concrete shapes of all values: whole ones as the inputs have them; of those that come by steps the time axis, first
 * of two or more, is gone. A list of ids [time] becomes one id.
 *
 * @param wholeShapes shapes of the inputs that are given whole
 */
export function streamShapes(
  graph: Graph,
  split: StreamSplit,
  wholeShapes: readonly Shape[],
): Map<SymbolicTensor, Shape> {
  const given = graph.inputs.map((value, i) => {
    const whole = split.wholeInputs.indexOf(i);
    return whole < 0 ? (value.shape.map((size) => size ?? 1) as Shape) : wholeShapes[whole];
  });
  const concrete = wholeShapes.length === 0 ? null : graph.shapesFor(given);
  const shapes = new Map<SymbolicTensor, Shape>();
  for (const node of graph.nodes) {
    for (const value of node.outputs) {
      const whole = concrete?.get(value);
      const { shape } = value;
      if (split.whole.has(node)) shapes.set(value, whole as Shape);
      else if (value === graph.inputs[split.input]) shapes.set(value, stepFrame(value));
      else {
        const frame = shape.length > 1 ? shape.slice(1) : shape;
        const own = frame.includes(null) && whole ? (shape.length > 1 ? whole.slice(1) : whole) : frame;
        shapes.set(value, own as Shape);
      }
    }
  }
  return shapes;
}
