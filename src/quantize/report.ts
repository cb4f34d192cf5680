import { formatBytes } from '../allocate.js';
import { checkInteger } from '../check.js';
import { checkOptionNames, ShapeError, ValueError } from '../errors.js';
import type { ModelInputs } from '../model/inputs.js';
import type { Network } from '../model/network.js';
import type { Tensor } from '../tensor.js';
import { type ModelTargets, resolveData } from '../training/data.js';
import { Model } from '../training/model.js';
import { compareOutput, fromZeroStates, measure, type OutputDifference } from './compare.js';
import { planLayers } from './plan.js';

/** What became of one layer. */
export interface QuantizedLayerReport {
  /** Name of the layer. */
  readonly name: string;
  /** Type of the layer in the quantised model. */
  readonly type: string;
  /** How its weights are kept; 'none' when it has none. */
  readonly weights: 'int8' | 'float32' | 'none';
  /** Why weights stayed in f32; empty where they did not. */
  readonly reason: string;
  /** Bytes of its weights in f32. */
  readonly before: number;
  /** Bytes of its weights in the quantised model, scales included. */
  readonly after: number;
}

/** One number of both models. */
export interface BeforeAndAfter {
  /** Of the model in f32. */
  readonly before: number;
  /** Of the quantised model. */
  readonly after: number;
}

/** What quantisation cost and gained; printed as a table by `String(report)`. */
export interface QuantizationReport {
  /** What became of each layer. */
  readonly layers: readonly QuantizedLayerReport[];
  /** Bytes of all weights in f32. */
  readonly before: number;
  /** Bytes of all weights of the quantised model, scales included. */
  readonly after: number;
  /** How far each output is from f32 over the data given. */
  readonly outputs: readonly OutputDifference[];
  /** Loss, without penalties on weights, and metrics of both models; null without targets. */
  readonly metrics: Readonly<Record<string, BeforeAndAfter>> | null;
  /** The report as a table. */
  toString(): string;
}

/** Options of {@link quantizationReport}. */
export interface QuantizationReportOptions {
  /** Samples per pass. Default 32. */
  batchSize?: number;
}

/**
 * Compares a quantised model with the model it was made from, over data: bytes layer by layer, outputs, and
 * with targets also loss and metrics. Stateful layers start from zero, and carry on afterwards what they
 * carried before.
 *
 * @param x inputs, `[samples, ...]` each
 * @param y targets, for the loss and metrics that both models were compiled with
 * @throws ValueError when the models do not belong together, StateError with targets before compile, ShapeError
 *   or DataError for data that does not fit
 */
export function quantizationReport<Out extends Tensor | Tensor[]>(
  model: Model<Out>,
  quantized: Model<Out>,
  x: ModelInputs,
  y?: ModelTargets,
  options: QuantizationReportOptions = {},
): QuantizationReport {
  const where = 'quantizationReport';
  checkOptionNames(where, options, ['batchSize']);
  const { batchSize = 32 } = options;
  checkInteger(where, 'batchSize', batchSize, { min: 1 });
  checkPair(model, quantized);
  const layers = compareLayers(model as unknown as Network, quantized as unknown as Network);
  const [exact, rounded] = [model, quantized].map((one) => {
    const outputs = fromZeroStates(one as unknown as Network, () => one.predict(x, { batchSize }));
    return Array.isArray(outputs) ? outputs : [outputs as Tensor];
  });
  if (exact[0].shape[0] === 0) throw new ShapeError(`${where}: the data has no samples`);
  const outputs = model.graph.outputNames.map((name, i) => compareOutput(name, exact[i], rounded[i]));
  const metrics = y === undefined ? null : compareMetrics(model, quantized, x, y, batchSize);
  const total = (of: 'before' | 'after'): number => layers.reduce((sum, layer) => sum + layer[of], 0);
  const report = { layers, before: total('before'), after: total('after'), outputs, metrics };
  return { ...report, toString: () => print(report) };
}

function checkPair<Out extends Tensor | Tensor[]>(model: Model<Out>, quantized: Model<Out>): void {
  if (!(model instanceof Model) || !(quantized instanceof Model)) {
    throw new ValueError('quantizationReport: expected a model and what quantize made of it');
  }
  const names = ({ graph }: Model<Out>): string => graph.layers.map(({ name }) => name).join(', ');
  if (model.isQuantized || !quantized.isQuantized || names(model) !== names(quantized)) {
    throw new ValueError(
      `quantizationReport: expected a model and what quantize made of it, got layers ${names(model)} ` +
        `(${model.isQuantized ? 'quantised' : 'in f32'}) and ${names(quantized)} ` +
        `(${quantized.isQuantized ? 'quantised' : 'in f32'})`,
    );
  }
}

function compareLayers(model: Network, quantized: Network): QuantizedLayerReport[] {
  const bytes = ({ parameters }: Network, name: string): number =>
    parameters.all.filter((p) => p.layer === name).reduce((sum, p) => sum + p.bytes, 0);
  const plans = planLayers(model.graph, model.parameters, [], false);
  return quantized.graph.layers.map(({ name, layer }, i) => {
    const { type, isQuantized } = layer.definition;
    const [before, after] = [bytes(model, name), bytes(quantized, name)];
    const rounded = isQuantized?.(layer.config) === true;
    const weights = rounded ? 'int8' : before > 0 ? 'float32' : 'none';
    const reason = weights === 'float32' ? plans[i].reason || 'named in keep' : '';
    return { name, type, weights, reason, before, after };
  });
}

function compareMetrics<Out extends Tensor | Tensor[]>(
  model: Model<Out>,
  quantized: Model<Out>,
  x: ModelInputs,
  y: ModelTargets,
  batchSize: number,
): QuantizationReport['metrics'] {
  const [before, after] = [model, quantized].map((one) => {
    const trainer = one.compiledFor('quantizationReport');
    const { losses } = trainer.compiled;
    const data = resolveData('quantizationReport', one.graph, losses, x, y, { checkFinite: true });
    return fromZeroStates(one as unknown as Network, () => measure(trainer, data, batchSize));
  });
  return Object.fromEntries(
    Object.entries(before).map(([name, value]) => [name, { before: value, after: after[name] }]),
  );
}

function print({ layers, before, after, outputs, metrics }: Omit<QuantizationReport, 'toString'>): string {
  const size = (bytes: number): string => (bytes === 0 ? '-' : formatBytes(bytes));
  const rows = [
    ['Layer (type)', 'Weights', 'Before', 'After', ''],
    ...layers.map((layer) => [
      `${layer.name} (${layer.type})`,
      layer.weights,
      size(layer.before),
      size(layer.after),
      layer.reason,
    ]),
    ['Total', '', size(before), size(after), `${((100 * after) / before).toFixed(1)} %`],
  ];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column].length)));
  const lines = rows.map((row) =>
    row
      .map((cell, i) => (i < 2 ? cell.padEnd(widths[i]) : i < 4 ? cell.padStart(widths[i]) : cell))
      .join('  ')
      .trimEnd(),
  );
  const rule = '-'.repeat(Math.max(...lines.map((line) => line.length)));
  const [heading, ...body] = lines;
  return [
    heading,
    rule,
    ...body,
    rule,
    ...outputs.map(printOutput),
    ...Object.entries(metrics ?? {}).map(
      ([name, value]) =>
        `${name}: ${value.before.toPrecision(5)} before, ${value.after.toPrecision(5)} after`,
    ),
  ].join('\n');
}

function printOutput({ name, largest, mean, size, sameClass }: OutputDifference): string {
  const same = sameClass === null ? '' : `; same class for ${(100 * sameClass).toFixed(2)} % of rows`;
  return (
    `Output ${name}: differs by ${largest.toPrecision(3)} at most, ${mean.toPrecision(3)} in the mean; ` +
    `outputs reach ${size.toPrecision(3)}${same}`
  );
}
