import { attribute } from '../proto/write.js';
import { reversed } from './recurrent.js';
import { asFunction, type Exporter, type LayerUse, refuse } from './use.js';

/** An axis counted as Keras does, from the front, the batch being 0. */
export const fromFront = (axis: number, use: LayerUse): number =>
  axis < 0 ? use.inputShapes[0].length + 1 + axis : axis;

/** Beyond every axis. */
const END = 2 ** 31 - 1;

const permute: Exporter = (use) => {
  const { dims } = use.config as { dims: readonly number[] };
  return [use.writer.apply('Transpose', [use.inputs[0]], use.name, [attribute.ints('perm', [0, ...dims])])];
};

/** To sizes that are known, the batch in front. */
const toShape: Exporter = (use) => {
  const sizes = use.outputShapes[0].map((size) => size ?? refuse(use, 'a time of open length'));
  return [use.writer.apply('Reshape', [use.inputs[0], use.writer.ints([-1, ...sizes])], use.name)];
};

const slice: Exporter = (use) => {
  const { start, size, axis } = use.config as { start: number; size: number; axis: number };
  const end = size === -1 ? END : start + size;
  return [use.writer.slice(use.inputs[0], fromFront(axis, use), start, end, use.writer.fresh(use.name))];
};

const ends = (use: LayerUse): readonly [number, number] =>
  (use.config as { ends: readonly [number, number] }).ends;

const cropping: Exporter = (use) => {
  const [start, end] = ends(use);
  return [use.writer.slice(use.inputs[0], 1, start, end === 0 ? END : -end, use.writer.fresh(use.name))];
};

const padding: Exporter = (use) => {
  const [start, end] = ends(use);
  return [use.writer.apply('Pad', [use.inputs[0], use.writer.ints([0, start, 0, 0, end, 0])], use.name)];
};

/** Each step n times: [batch, time, 1, features] repeated and joined. */
const upSampling = asFunction((use) => {
  const { writer, inputs } = use;
  const { n } = use.config as { n: number };
  const wide = writer.unsqueeze(inputs[0], 2, 'x');
  const tiled = writer.apply('Tile', [wide, writer.ints([1, 1, n, 1])], 'tiled');
  return [writer.reshape(tiled, [0, -1, use.inputShapes[0][1] as number], 'y')];
});

const repeatVector = asFunction((use) => {
  const { writer, inputs } = use;
  const { n } = use.config as { n: number };
  return [writer.apply('Tile', [writer.unsqueeze(inputs[0], 1, 'x'), writer.ints([1, n, 1])], 'y')];
});

const lastStep: Exporter = (use) => [
  use.writer.apply('Gather', [use.inputs[0], use.writer.ints(-1)], use.name, [attribute.int('axis', 1)]),
];

/** Layers that move values. */
export const MOVE_EXPORTERS: Readonly<Record<string, Exporter>> = {
  permute,
  reshape: toShape,
  flatten: toShape,
  slice,
  cropping1d: cropping,
  zeroPadding1d: padding,
  upSampling1d: upSampling,
  repeatVector,
  reverse: (use) => [reversed(use, use.inputs[0])],
  lastStep,
};
