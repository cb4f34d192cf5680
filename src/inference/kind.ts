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
