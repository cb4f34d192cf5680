import { attribute } from '../proto/write.js';
import { asFunction, type Exporter, type LayerUse } from './use.js';

interface AffineConfig {
  readonly epsilon: number;
  readonly gamma: object | null;
  readonly beta: object | null;
}

const lastOf = ({ inputShapes: [x] }: LayerUse): number => x[x.length - 1] as number;

/** A weight, or numbers that change nothing where the layer has none. */
function weightOr(use: LayerUse, weight: 'gamma' | 'beta', neutral: number): string {
  if ((use.config as AffineConfig)[weight] !== null) return use.weight(weight);
  const N = lastOf(use);
  return use.writer.floats(`${use.name}.${weight}`, { data: new Float32Array(N).fill(neutral), shape: [N] });
}

/** x scaled and shifted by the weights that the layer has. */
function affine(use: LayerUse, x: string): string {
  const { gamma, beta } = use.config as AffineConfig;
  const scaled = gamma === null ? x : use.writer.apply('Mul', [x, use.weight('gamma')], 'scaled');
  return beta === null ? scaled : use.writer.apply('Add', [scaled, use.weight('beta')], 'shifted');
}

/** Deviations of x from its mean over the last axis over their root mean square, or x over its own. */
function normalized({ writer }: LayerUse, x: string, epsilon: number, centred: boolean): string {
  const from = centred ? writer.apply('Sub', [x, writer.reduce('ReduceMean', x, -1, 'mean')], 'centred') : x;
  const square = writer.reduce('ReduceMean', writer.apply('Mul', [from, from], 'square'), -1, 'meanSquare');
  const root = writer.apply(
    'Sqrt',
    [writer.apply('Add', [square, writer.number(epsilon)], 'variance')],
    'root',
  );
  return writer.apply('Div', [from, root], 'normalized');
}

const layerByParts = asFunction((use) => [
  affine(use, normalized(use, use.inputs[0], (use.config as AffineConfig).epsilon, true)),
]);

const layer: Exporter = (use) => {
  const { writer, name, inputs } = use;
  if (writer.opset < 17) return layerByParts(use);
  const { epsilon, beta } = use.config as AffineConfig;
  const shift = beta === null ? '' : use.weight('beta');
  const attributes = [attribute.int('axis', -1), attribute.float('epsilon', epsilon)];
  return [
    writer.apply('LayerNormalization', [inputs[0], weightOr(use, 'gamma', 1), shift], name, attributes),
  ];
};

const rms = asFunction((use) => {
  const y = normalized(use, use.inputs[0], (use.config as AffineConfig).epsilon, false);
  return [use.writer.apply('Mul', [y, use.weight('scale')], 'scaled')];
});

/** [batch, time, channels] as [batch, groups, rest], where each group is normalised as an instance. */
const group = asFunction((use) => {
  const { writer, inputs, inputShapes } = use;
  const { epsilon, groups } = use.config as AffineConfig & { groups: number };
  const C = lastOf(use);
  const G = groups === -1 ? C : groups;
  const isSequence = inputShapes[0].length > 1;
  const first = isSequence ? writer.transpose(inputs[0], [0, 2, 1], 'channels') : inputs[0];
  const apart = writer.reshape(first, [0, G, -1], 'groups');
  const same = [1, 0].map((value) =>
    writer.floats(value === 1 ? 'ones' : 'zeros', { data: new Float32Array(G).fill(value), shape: [G] }),
  );
  const attributes = [attribute.float('epsilon', epsilon)];
  const y = writer.apply('InstanceNormalization', [apart, ...same], 'instance', attributes);
  if (!isSequence) return [affine(use, writer.reshape(y, [0, C], 'joined'))];
  return [affine(use, writer.transpose(writer.reshape(y, [0, C, -1], 'joined'), [0, 2, 1], 'steps'))];
});

const batch: Exporter = (use) => {
  const { writer, name, inputs, inputShapes } = use;
  const { epsilon } = use.config as AffineConfig;
  const weights = [weightOr(use, 'gamma', 1), weightOr(use, 'beta', 0)];
  const moving = [use.weight('movingMean'), use.weight('movingVariance')];
  const attributes = [
    attribute.float('epsilon', epsilon),
    attribute.float('momentum', (use.config as { momentum: number }).momentum),
  ];
  const turn = (x: string): string => (inputShapes[0].length > 1 ? writer.transpose(x, [0, 2, 1], name) : x);
  const y = writer.fresh(name);
  const given = [turn(inputs[0]), ...weights, ...moving];
  writer.nodeOf('BatchNormalization', given, { attributes, outputs: [y], name });
  return [turn(y)];
};

/** Normalisations. */
export const NORMALIZATION_EXPORTERS: Readonly<Record<string, Exporter>> = {
  layerNormalization: layer,
  rmsNormalization: rms,
  groupNormalization: group,
  batchNormalization: batch,
};
