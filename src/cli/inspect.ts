import { formatBytes } from '../allocate.js';
import { RecurraError } from '../errors.js';
import { formatShape, withBatch } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { type AnyModel, type Contents, type FileFormat, networkOf } from './formats/format.js';
import { textTable } from './table.js';

/** What `recurra inspect --json` prints. */
export interface Inspection {
  readonly file: string;
  readonly format: string;
  readonly bytes: number;
  readonly holds: 'model' | 'tensors';
  readonly parameters: number;
  readonly tensors: readonly { readonly name: string; readonly shape: readonly number[] }[];
  readonly model: {
    readonly inputs: readonly string[];
    readonly outputs: readonly string[];
    readonly layers: readonly { readonly name: string; readonly type: string }[];
    readonly fingerprint: string;
    readonly training: string;
    readonly streams: string;
    readonly notes: readonly string[];
  } | null;
}

/** Bytes of a file and of those beside it that belong to it, and how many these are. */
export interface FileSize {
  readonly bytes: number;
  readonly files: number;
}

const sizeOfAll = (tensors: Readonly<Record<string, Tensor>>): number =>
  Object.values(tensors).reduce((sum, { data }) => sum + data.length, 0);

/** 'yes', or what a stream says when it is refused. */
function streaming(model: AnyModel): string {
  try {
    model.stream();
    return 'yes';
  } catch (error) {
    if (!(error instanceof RecurraError)) throw error;
    return `no: ${error.message.replace(/^stream: /, '')}`;
  }
}

function training({ compiled }: AnyModel): string {
  if (compiled === null) return 'not compiled';
  return `${compiled.optimizer.name}, ${compiled.losses.map(({ name }) => name).join(', ')}`;
}

function ofModel(model: AnyModel, notes: readonly string[]): Inspection['model'] {
  const { graph } = networkOf(model);
  return {
    inputs: graph.inputs.map(({ shape }, i) => `${graph.inputNames[i]} ${withBatch(shape)}`),
    outputs: graph.outputs.map(({ shape }, i) => `${graph.outputNames[i]} ${withBatch(shape)}`),
    layers: graph.layers.map(({ name, layer }) => ({ name, type: layer.definition.type })),
    fingerprint: model.fingerprint(),
    training: training(model),
    streams: streaming(model),
    notes,
  };
}

/** What there is to know of a file. */
export function inspection(path: string, size: FileSize, format: FileFormat, contents: Contents): Inspection {
  const tensors = contents.kind === 'model' ? contents.model.getWeights() : contents.tensors;
  return {
    file: path,
    format: format.id,
    bytes: size.bytes,
    holds: contents.kind,
    parameters: sizeOfAll(tensors),
    tensors: Object.entries(tensors).map(([name, { shape }]) => ({ name, shape })),
    model: contents.kind === 'model' ? ofModel(contents.model, contents.notes) : null,
  };
}

/** Least and largest number, and how many are none. */
function range({ data }: Tensor): string {
  let [least, largest, broken] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (const value of data) {
    if (!Number.isFinite(value)) broken++;
    else [least, largest] = [Math.min(least, value), Math.max(largest, value)];
  }
  const between = least <= largest ? `${least.toPrecision(4)} to ${largest.toPrecision(4)}` : '';
  return broken === 0 ? between : `${between} ${broken} not finite`.trim();
}

/** `lstm.recurra: recurra model, 12.3 KiB` */
export function headline(path: string, { bytes, files }: FileSize, { title }: FileFormat): string {
  return `${path}: ${title}, ${formatBytes(bytes)}${files > 1 ? ` in ${files} files` : ''}`;
}

/** The same as text. */
export function inspectionText(path: string, size: FileSize, format: FileFormat, contents: Contents): string {
  const head = headline(path, size, format);
  if (contents.kind === 'tensors') {
    const rows = Object.entries(contents.tensors).map(([name, tensor]) => ({
      tensor: name,
      shape: formatShape(tensor.shape),
      numbers: tensor.data.length.toLocaleString('en-US'),
      values: range(tensor),
    }));
    const total = sizeOfAll(contents.tensors).toLocaleString('en-US');
    return [head, '', textTable(rows), '', `${rows.length} tensors, ${total} numbers`].join('\n');
  }
  const { model, notes } = contents;
  const about = inspection(path, size, format, contents).model as NonNullable<Inspection['model']>;
  return [
    head,
    '',
    model.summary(),
    '',
    `inputs: ${about.inputs.join(', ')}`,
    `outputs: ${about.outputs.join(', ')}`,
    ...notes,
    `training: ${about.training}`,
    `streams: ${about.streams}`,
    `fingerprint: ${about.fingerprint}`,
  ].join('\n');
}
