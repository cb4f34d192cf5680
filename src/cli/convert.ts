import { FormatError, ValueError } from '../errors.js';
import { loadStateDict, stateDict } from '../formats/pytorch/state-dict.js';
import type { Tensor } from '../tensor.js';
import { load } from '../training/named/load.js';
import { compareModels, type Difference, differenceOf } from './compare.js';
import { writtenSource } from './files.js';
import type { AnyModel, Contents, FileFormat, Written } from './formats/format.js';

/** Names of tensors in files that hold nothing else: those of `getWeights()`, or of PyTorch's modules. */
export const NAMINGS = ['recurra', 'pytorch'] as const;

/** What the user says beside the two files. */
export interface ConvertOptions {
  /** Names to write weights under, or those that are read. Default: 'pytorch' for safetensors and PyTorch's own files, else 'recurra'. */
  readonly names?: (typeof NAMINGS)[number];
  /** PyTorch's module for a layer. */
  readonly modules: Readonly<Record<string, string>>;
  /** The model whose weights are in a file that holds tensors alone. */
  readonly model: AnyModel | null;
}

/** What {@link convert} made, and how far its outputs are from those of what came. */
export interface Conversion {
  readonly files: Written;
  readonly difference: Difference;
  /** What was compared, in words. */
  readonly compared: string;
}

type Tensors = Readonly<Record<string, Tensor>>;

function namingFor(target: FileFormat, { names }: ConvertOptions): (typeof NAMINGS)[number] {
  return names ?? (['safetensors', 'pytorch'].includes(target.id) ? 'pytorch' : 'recurra');
}

/** A model with the same layers, and weights that are all 0. */
function emptied(model: AnyModel): AnyModel {
  const copy = load(model.save()) as unknown as AnyModel;
  const zeros = Object.entries(copy.getWeights()).map(([name, { data, shape }]): [string, Tensor] => [
    name,
    { data: new Float32Array(data.length), shape },
  ]);
  copy.setWeights(Object.fromEntries(zeros));
  return copy;
}

/** A copy of a model with the weights of a file; whether they have our names is told by themselves. */
export function withWeights(model: AnyModel, tensors: Tensors, modules: ConvertOptions['modules']): AnyModel {
  const copy = emptied(model);
  const own = Object.keys(copy.getWeights());
  const isOurs = own.length > 0 && own.every((name) => name in tensors);
  if (isOurs) copy.setWeights(tensors);
  else loadStateDict(copy, tensors, { modules });
  return copy;
}

function tensorsOf(model: AnyModel, target: FileFormat, options: ConvertOptions): Tensors {
  if (namingFor(target, options) === 'recurra') return model.getWeights();
  try {
    return stateDict(model, { modules: options.modules });
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new FormatError(`${error.message}; --names recurra writes weights under their own names`);
  }
}

/** What the target is to hold, made of what the source holds. */
function contentsFor(target: FileFormat, contents: Contents, options: ConvertOptions): Contents {
  if (target.holds === 'tensors') {
    if (contents.kind === 'tensors') return contents;
    return { kind: 'tensors', tensors: tensorsOf(contents.model, target, options) };
  }
  if (contents.kind === 'model') return contents;
  if (options.model === null) {
    throw new ValueError(
      `convert: the file holds tensors alone and ${target.title} a model: --model names a file with its layers`,
    );
  }
  const model = withWeights(options.model, contents.tensors, options.modules);
  return { kind: 'model', model, notes: [] };
}

/** What was written, compared with what came. */
function compared(given: Contents, read: Contents, options: ConvertOptions): Omit<Conversion, 'files'> {
  const outputs = 'outputs on random input';
  if (given.kind === 'model' && read.kind === 'model') {
    return { difference: compareModels(given.model, read.model), compared: outputs };
  }
  if (given.kind === 'model' && read.kind === 'tensors') {
    const again = withWeights(given.model, read.tensors, options.modules);
    return { difference: compareModels(given.model, again), compared: `${outputs}, weights read back` };
  }
  const [before, after] = [given, read].map((side) =>
    side.kind === 'tensors' ? side.tensors : side.model.getWeights(),
  );
  const names = Object.keys(before);
  const isOne = names.length === 1 && Object.keys(after).length === 1; // an array of NumPy has no name
  const missing = names.find((name) => !isOne && !(name in after));
  if (missing !== undefined) throw new FormatError(`convert: '${missing}' is not in what was written`);
  const [all, again] = isOne
    ? [Object.values(before), Object.values(after)]
    : [before, after].map((tensors) => names.map((name) => tensors[name]));
  return { difference: differenceOf(all, again), compared: 'all numbers' };
}

/**
 * Makes the files of another format, reads them again and compares what they give.
 *
 * @param name what the first file is called: others may be named after it
 * @throws RecurraError when the target cannot hold what is there; it says what
 */
export async function convert(
  contents: Contents,
  target: FileFormat,
  name: string,
  options: ConvertOptions,
): Promise<Conversion> {
  if (target.write === undefined) throw new ValueError(`convert: ${target.title} is read, not written`);
  const made = contentsFor(target, contents, options);
  const files = await target.write(made, name);
  const read = await target.read(writtenSource(name, files), {});
  const given = contents.kind === 'tensors' && made.kind === 'model' ? made : contents;
  return { files, ...compared(given, read, options) };
}
