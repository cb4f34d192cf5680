import type { Layer } from '../../../layers/layer.js';
import type { OpenShape } from '../../../shape.js';
import { attribute } from '../proto/write.js';
import { inside, RECURRENT_EXPORTERS } from './recurrent.js';
import { asFunction, type Exporter, type LayerUse, refuse } from './use.js';

interface Inner {
  readonly name: string;
  readonly type: string;
  readonly config: object;
  readonly definition: Layer['definition'];
}

/** Finds the exporter of a layer inside another. */
type Find = (use: LayerUse) => Exporter;

interface StackConfig {
  readonly cells: readonly Inner[];
  readonly dropout: number;
  readonly returnSequences: boolean;
  readonly returnState: boolean;
  readonly goBackwards: boolean;
  readonly stateful: boolean;
}

/** Recurrent layers one behind the other. */
const stack: Exporter = (use) => {
  const { cells, dropout, ...flags } = use.config as StackConfig;
  const [first, ...initial] = use.inputs;
  let x = first;
  let shape: OpenShape = use.inputShapes[0];
  const states: string[] = [];
  let used = 0;
  cells.forEach((cell, i) => {
    const last = i === cells.length - 1;
    const config = {
      ...cell.config,
      returnSequences: flags.returnSequences || !last,
      returnState: flags.returnState,
      goBackwards: flags.goBackwards && i === 0,
      stateful: flags.stateful,
    };
    const exporter = RECURRENT_EXPORTERS[cell.type] ?? refuse(use, `a stack of ${cell.type} is not exported`);
    const count = cell.definition.states?.(config, [shape]).length ?? 0;
    const own = initial.slice(used, used + count);
    used += count;
    const level: LayerUse = { ...inside(use, cell.name, { type: cell.type, config }), inputs: [x, ...own] };
    const [y, ...further] = exporter(level);
    x = y;
    states.push(...further);
    [shape] = cell.definition.outputShapes(config, [shape], use.name);
    if (dropout > 0 && !last) {
      x = use.writer.apply('Dropout', [x, use.writer.number(dropout)], `${level.name}.dropout`);
    }
  });
  return [x, ...states];
};

/** y = scale · f(x) + x, or + x·P */
const residual =
  (find: Find): Exporter =>
  (use) => {
    const { writer, name } = use;
    const { layer, scale, projection } = use.config as {
      layer: Inner;
      scale: number;
      projection: object | null;
    };
    const inner = inside(use, layer.name, layer);
    const [f] = find(inner)({ ...inner, inputs: [use.inputs[0]] });
    const x =
      projection === null
        ? use.inputs[0]
        : writer.apply('MatMul', [use.inputs[0], use.weight('projection')], `${name}.projection`);
    const scaled = scale === 1 ? f : writer.apply('Mul', [f, writer.number(scale)], `${name}.scaled`);
    return [writer.apply('Add', [x, scaled], name)];
  };

/** y = x + σ(x·W + b) ⊙ (f(x) − x) */
const highway =
  (find: Find): Exporter =>
  (use) => {
    const { writer, name } = use;
    const [x] = use.inputs;
    const { layer } = use.config as { layer: Inner };
    const inner = inside(use, layer.name, layer);
    const [f] = find(inner)({ ...inner, inputs: [x] });
    const product = writer.apply('MatMul', [x, use.weight('gateKernel')], `${name}.product`);
    const sum = writer.apply('Add', [product, use.weight('gateBias')], `${name}.sum`);
    const gate = writer.apply('Sigmoid', [sum], `${name}.gate`);
    const way = writer.apply('Mul', [gate, writer.apply('Sub', [f, x], `${name}.difference`)], `${name}.way`);
    return [writer.apply('Add', [way, x], name)];
  };

/** Types that work on the last axis alone: at every step of a sequence anyway. */
const EACH_STEP = ['dense', 'activation', 'dropout', 'layerNormalization', 'rmsNormalization', 'pointwise'];

/** All steps of all samples as one batch, and back. */
const timeDistributed =
  (find: Find): Exporter =>
  (use) => {
    const { layer } = use.config as { layer: { type: string; config: object } };
    const inner: LayerUse = { ...use, type: layer.type, config: layer.config };
    if (EACH_STEP.includes(layer.type)) return find(inner)(inner);
    return asFunction((body) => everyStep(find, body, layer))(use);
  };

function everyStep(find: Find, use: LayerUse, layer: { type: string; config: object }): readonly string[] {
  const { writer, name } = use;
  const inner: LayerUse = { ...use, type: layer.type, config: layer.config };
  const [time, ...sizes] = use.inputShapes[0];
  const known = sizes.map((size) => size ?? refuse(use, 'sizes of open length'));
  const [outTime, ...out] = use.outputShapes[0];
  const steps = writer.reshape(use.inputs[0], [-1, ...known], name);
  const shapes = { inputShapes: [sizes], outputShapes: [out] };
  const [y] = find(inner)({ ...inner, ...shapes, inputs: [steps] });
  const given = writer.apply('Shape', [use.inputs[0]], `${name}.shape`);
  const front = writer.slice(given, 0, 0, 2, writer.fresh(`${name}.front`));
  const target = writer.concat([front, writer.ints(out as number[])], 0, writer.fresh(`${name}.target`));
  if (time !== null && outTime !== null)
    return [writer.reshape(y, [-1, outTime, ...(out as number[])], name)];
  return [writer.apply('Reshape', [y, target], `${name}.steps`, [attribute.int('allowzero', 0)])];
}

/** The layers of a block of a Transformer, one after the other. */
const block =
  (find: Find): Exporter =>
  (use) => {
    const { definition } = use;
    if ((use.config as { maskZero?: boolean }).maskZero) refuse(use, 'ONNX has no masks: maskZero is true');
    const layers = definition.wiredLayers?.(use.config as object, use.inputShapes, use.name) ?? [];
    return asFunction((body) => {
      const values = [...body.inputs];
      for (const { layer, reads, makes, inputShapes, outputShape } of layers) {
        const part: LayerUse = {
          ...inside(body, layer.name, layer),
          definition: layer.definition,
          inputs: reads.map((value) => values[value]),
          inputShapes,
          outputShapes: [outputShape],
        };
        [values[makes]] = find(part)(part);
      }
      return [values[values.length - 1]];
    })(use);
  };

/** Layers around layers. */
export const aroundExporters = (find: Find): Readonly<Record<string, Exporter>> => ({
  rnn: stack,
  residual: residual(find),
  highway: highway(find),
  timeDistributed: timeDistributed(find),
  transformerEncoder: block(find),
  transformerDecoder: block(find),
  tokenAndPositionEmbedding: block(find),
});
