import type { Layer } from '../../../layers/layer.js';
import {
  batchNormalization,
  groupNormalization,
  layerNormalization,
  rmsNormalization,
} from '../../../layers/normalization/index.js';
import type { SymbolicTensor } from '../../../layers/symbolic.js';
import type { Tensor } from '../../../tensor.js';
import { arrange } from '../arrange.js';
import type { NodeUse, Operator } from '../node.js';
import { BATCH, dimOf, type Flow, flowOf } from '../values.js';
import { CHANNELS_FIRST, sequence } from './convolution.js';
import { along } from './rows.js';

/** A list of a size at an input; null where it is left out. */
function listAt(node: NodeUse, index: number, what: string, size: number): Tensor | null {
  const given = node.optionalConstant(index, what);
  if (given === null) return null;
  if (given.data.length !== size) node.refuse(`${what} has ${given.data.length} numbers, expected ${size}`);
  return { data: Float32Array.from(given.data), shape: [size] };
}

const layer: Operator = (node) => {
  if (node.reads(1) || node.reads(2)) node.refuse('its mean and deviation are read');
  const { x, size, result } = along(node, node.flow(0), node.int('axis', -1), true);
  const [gamma, beta] = [listAt(node, 1, 'Scale', size), listAt(node, 2, 'B', size)];
  const options = { epsilon: node.float('epsilon', 1e-5), scale: gamma !== null, center: beta !== null };
  const weights = { ...(gamma && { gamma }), ...(beta && { beta }) };
  const make = (name: string): Layer => layerNormalization({ ...options, name });
  return [result(node.builder.layer('layerNormalization', node.proto, make, weights).apply(x))];
};

const rms: Operator = (node) => {
  if (node.reads(1)) node.refuse('its deviation is read');
  const { x, size, result } = along(node, node.flow(0), node.int('axis', -1), true);
  const scale = listAt(node, 1, 'scale', size) ?? node.refuse('has no scale');
  const make = (name: string): Layer => rmsNormalization({ epsilon: node.float('epsilon', 1e-5), name });
  return [result(node.builder.layer('rmsNormalization', node.proto, make, { scale }).apply(x))];
};

/** [batch, channels] or [batch, channels, time]. */
function channelsOf(node: NodeUse, flow: Flow): { x: SymbolicTensor; C: number; isFlat: boolean } {
  const isFlat = flow.axes.length === 2 && flow.axes[0] === BATCH;
  const x = isFlat ? arrange(node.where, node.builder, flow, [[1]]) : sequence(node, flow);
  const C = dimOf(flow, 1);
  return { x, C: typeof C === 'number' ? C : node.refuse('its channels are of open number'), isFlat };
}

const flowOfChannels = (tensor: SymbolicTensor, isFlat: boolean): Flow =>
  flowOf(tensor, isFlat ? [BATCH, [0]] : CHANNELS_FIRST);

const batch: Operator = (node) => {
  const { x, C, isFlat } = channelsOf(node, node.flow(0));
  if (node.int('training_mode', 0) !== 0) node.refuse('training_mode is not imported');
  const names = ['gamma', 'beta', 'movingMean', 'movingVariance'];
  const weights = Object.fromEntries(
    names.map((name, i) => [name, listAt(node, 1 + i, name, C) ?? node.refuse(`has no ${name}`)]),
  );
  const options = { epsilon: node.float('epsilon', 1e-5), momentum: node.float('momentum', 0.9) };
  const make = (name: string): Layer => batchNormalization({ ...options, name });
  const tensor = node.builder.layer('batchNormalization', node.proto, make, weights).apply(x);
  return [flowOfChannels(tensor, isFlat)];
};

/** Each number n times in a row. */
const spread = ({ data }: Tensor, n: number): Tensor => ({
  data: Float32Array.from({ length: data.length * n }, (_, i) => data[Math.floor(i / n)]),
  shape: [data.length * n],
});

function grouped(node: NodeUse, groups: (C: number) => number, perGroup: boolean): ReturnType<Operator> {
  const { x, C, isFlat } = channelsOf(node, node.flow(0));
  const G = groups(C);
  if (!Number.isSafeInteger(G) || G < 1 || C % G !== 0) node.refuse(`num_groups is ${G} for ${C} channels`);
  const [gamma, beta] = ['scale', 'bias'].map((what, i) => {
    const own = listAt(node, 1 + i, what, perGroup ? G : C) ?? node.refuse(`has no ${what}`);
    return perGroup ? spread(own, C / G) : own;
  });
  const epsilon = node.float('epsilon', 1e-5);
  const make = (name: string): Layer => groupNormalization({ groups: G, epsilon, name });
  const tensor = node.builder.layer('groupNormalization', node.proto, make, { gamma, beta }).apply(x);
  return [flowOfChannels(tensor, isFlat)];
}

/** Scale and bias are of groups up to opset 20, of channels from 21 on. */
const group: Operator = (node) => grouped(node, () => node.int('num_groups', 0), node.opset < 21);

const instance: Operator = (node) => grouped(node, (C) => C, false);

/** Normalisations. */
export const NORMALIZATION_OPERATORS: Readonly<Record<string, Operator>> = {
  LayerNormalization: layer,
  RMSNormalization: rms,
  SimplifiedLayerNormalization: rms,
  BatchNormalization: batch,
  GroupNormalization: group,
  InstanceNormalization: instance,
};
