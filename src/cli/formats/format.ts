import type { Network } from '../../model/network.js';
import type { Tensor } from '../../tensor.js';
import type { Model } from '../../training/model.js';

/** A model of any number of outputs. */
export type AnyModel = Model<Tensor | Tensor[]>;

/** The same, as what both kinds of model share. */
export const networkOf = (model: AnyModel): Network => model as unknown as Network;

/** A file with its name, and the way to those that lie beside it. */
export interface Source {
  readonly path: string;
  readonly bytes: Uint8Array;
  /** Bytes of a file in the same folder. @throws FormatError when it is not there or lies elsewhere */
  beside(name: string): Uint8Array;
}

/** What a file holds: a model with its weights, or tensors by name. */
export type Contents =
  | { readonly kind: 'model'; readonly model: AnyModel; readonly notes: readonly string[] }
  | { readonly kind: 'tensors'; readonly tensors: Readonly<Record<string, Tensor>> };

/** What the user says of a file beside its name. */
export interface ReadOptions {
  /** Where the state dict is in a checkpoint of PyTorch that holds more. */
  readonly key?: string;
}

/** Files to write, by name; the first is the one that was asked for. */
export type Written = ReadonlyMap<string, Uint8Array>;

/** A file format: how it is told, read and written. */
export interface FileFormat {
  /** Its name on the command line: 'onnx'. */
  readonly id: string;
  /** Its name in what is printed: 'ONNX'. */
  readonly title: string;
  /** Endings of its files, in lower case, the usual one first. */
  readonly endings: readonly string[];
  /** Whether it holds models or tensors alone. */
  readonly holds: 'model' | 'tensors';
  /** Whether a file looks like one, by its content. */
  detect(source: Source): boolean;
  /** @throws RecurraError when it is not one, or holds what cannot be read */
  read(source: Source, options: ReadOptions): Promise<Contents>;
  /** Absent where the format is only read. @throws RecurraError naming what it cannot hold */
  readonly write?: (contents: Contents, name: string) => Promise<Written>;
}

/** What a writer of models is given. */
export type ModelContents = Extract<Contents, { kind: 'model' }>;
/** What a writer of tensors is given. */
export type TensorContents = Extract<Contents, { kind: 'tensors' }>;

/** The one file that most formats write. */
export const oneFile = (name: string, bytes: Uint8Array): Written => new Map([[name, bytes]]);

/** Whether bytes begin so. */
export const beginsWith = (bytes: Uint8Array, start: string, at = 0): boolean =>
  [...start].every((letter, i) => bytes[at + i] === letter.charCodeAt(0));
