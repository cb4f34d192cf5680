import { checkList } from '../check.js';
import { describeValue } from '../describe.js';
import { UnknownNameError, ValueError } from '../errors.js';
import type { LayerDefinition } from '../layers/layer.js';
import type { Resolve } from '../layers/restore.js';

/** A kind of layer that a loaded model may have. `load` is given those that a model needs, so that others stay away. */
export interface LayerKind {
  /** Its name, as saved models and `summary` give it. */
  readonly type: string;
  /** @internal How it works; `resolve` finds the layers inside it. */
  readonly define: (resolve: Resolve) => LayerDefinition;
}

/** The kind of a definition. */
export function kindOf(definition: LayerDefinition): LayerKind {
  return { type: definition.type, define: () => definition };
}

/** The kind of a type among definitions that belong together. */
export function kindIn(definitions: readonly LayerDefinition[], type: string): LayerKind {
  return kindOf(definitions.find((definition) => definition.type === type) as LayerDefinition);
}

/**
 * Finds layers among the kinds that were given, and keeps the errors for those that were not.
 *
 * @param example how a kind is written, for errors
 */
export function resolverOf(
  given: unknown,
  example: string,
): { resolve: Resolve; missing: UnknownNameError[] } {
  const kinds = checkList('load', 'layers', given).map((kind) => {
    if (typeof (kind as LayerKind | null)?.define === 'function') return kind as LayerKind;
    throw new ValueError(
      `load: layers must be kinds of layers, such as ${example}, got ${describeValue(kind)}`,
    );
  });
  const prefix = example.slice(0, example.lastIndexOf('.') + 1);
  const missing: UnknownNameError[] = [];
  const found = new Map<string, LayerDefinition>();
  const resolve: Resolve = (type) => {
    const known = found.get(type);
    if (known !== undefined) return known;
    const kind = kinds.find((candidate) => candidate.type === type);
    if (kind === undefined) {
      const names = [...kinds.map((candidate) => candidate.type), type].map((name) => prefix + name);
      const error = new UnknownNameError(
        `load: the model has a layer of type '${type}', which is not among layers: pass ` +
          `{ layers: [${names.join(', ')}] }`,
      );
      missing.push(error);
      throw error;
    }
    const definition = kind.define(resolve);
    found.set(type, definition);
    return definition;
  };
  return { resolve, missing };
}
