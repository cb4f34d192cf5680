import { input, type Layer, type Model, model, RecurraError, type Tensor } from '../../../src/index.js';
import { sizeOf } from '../../../src/shape.js';
import type { LayerRow } from '../layer-table/rows.js';
import { testData } from '../random.js';
import type { FormatColumn } from './columns.js';
import { lost, withAllOptions } from './perturbed.js';

/** What a format makes of a layer. */
export interface FormatCell {
  readonly text: string;
  /** Why it does not take it. */
  readonly reason?: string;
}

/** Outputs that differ by less, relative to the largest, are of the same function. */
const SAME_FUNCTION = 1e-5;

/** Samples of random input. */
const SAMPLES = 2;

/** A model of the one layer, with the weights that `fill` gives by number and name. */
function modelOf(
  { inputs }: LayerRow,
  layer: Layer,
  fill: (i: number, name: string, count: number) => Float32Array,
): Model {
  const places = inputs.map((shape) => input({ shape: [...shape] }));
  const net = model({ inputs: places, outputs: layer.apply(places), seed: 1 }) as Model;
  for (const [i, [name, { data, shape }]] of Object.entries(net.getWeights()).entries()) {
    net.setWeights({ [name]: { data: fill(i, name, data.length), shape } });
  }
  return net;
}

/** Numbers of either sign; variances are positive. */
const someWeights = (i: number, name: string, count: number): Float32Array =>
  testData(i + 1, count, /variance$/i.test(name) ? 0.2 : -0.7, 0.8);

const noWeights = (_i: number, _name: string, count: number): Float32Array => new Float32Array(count);

function inputsOf(net: Model): Tensor[] {
  const { graph } = net;
  return graph.inputs.map(({ shape }, i) => {
    const sizes = [SAMPLES, ...(shape as readonly number[])];
    const limit = graph.ranges.find((range) => range.input === i)?.limit;
    const data = testData(50 + i, sizeOf(sizes), 0, 1);
    const value = (v: number): number => (limit === undefined ? 2 * v - 1 : Math.floor(v * limit));
    return { data: data.map(value), shape: sizes };
  });
}

/** How far apart the outputs of two models are, relative to the largest number: 0 for the same bits. */
function difference(before: Model, after: Model): number {
  const inputs = inputsOf(before);
  const [a, b] = [before, after].map((net): Float32Array => {
    const outputs = net.predict(inputs.length === 1 ? inputs[0] : inputs) as Tensor | Tensor[];
    return (Array.isArray(outputs) ? outputs[0] : outputs).data;
  });
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  const largest = a.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  const furthest = a.reduce(
    (most, v, i) => (Object.is(v, b[i]) ? most : Math.max(most, Math.abs(v - b[i]))),
    0,
  );
  return furthest / largest;
}

const typesOf = (net: Model): string[] => net.graph.layers.map(({ layer }) => layer.definition.type);

const english = (words: readonly string[]): string => words.join(', ');

/** `exportOnnx: tcn (tcn): ONNX has no such layer; exported are ...` without function, layer and list. */
const shortReason = (message: string): string =>
  message
    .replace(/^\w+: (?:\w+(?: \(\w+\))?: )?/, '')
    .replace(/; .*$/, '')
    .replace(/^again \(\w+\): /, '')
    .replace(/^no PyTorch module holds the weights of .*$/, 'no module holds its weights')
    .replace(
      /^Keras has no layer for .*$|^(?:tfjs|ONNX) has no (?:such layer|layer \w+)$/,
      'there is no such layer',
    );

/** What became of a layer: kept, kept without some options, other layers in its place, or refused. */
export async function cellOf(row: LayerRow, column: FormatColumn): Promise<FormatCell> {
  const layer = withAllOptions(row.layer, row.inputs);
  const net = modelOf(row, layer, someWeights);
  if (!column.holdsLayers && Object.keys(net.getWeights()).length === 0) return { text: '' };
  let after: Model;
  try {
    after = await column.roundTrip(net, modelOf(row, layer, noWeights));
  } catch (error) {
    if (!(error instanceof RecurraError)) throw error;
    return { text: 'no', reason: shortReason(error.message) };
  }
  const far = difference(net, after);
  if (!(far <= SAME_FUNCTION)) throw new Error(`${column.name}: ${row.text}: outputs differ by ${far}`);
  const bits = far === 0 ? 'same bits' : 'same function';
  if (!column.holdsLayers) return { text: bits };
  const [own, theirs] = [typesOf(net), typesOf(after)];
  if (english(own) !== english(theirs)) return { text: `${bits}, as ${english(theirs)}` };
  const [before, now] = [net, after].map(({ graph }) => graph.layers[0].layer.config);
  const without = lost(before, now);
  return { text: without.length === 0 ? bits : `${bits}; loses ${english(without)}` };
}
