import { unknownName, ValueError } from '../errors.js';
import { type Int8Form, int8Form } from '../layers/int8/forms.js';
import type { Graph } from '../model/graph.js';
import type { Parameters } from '../model/parameters.js';
import { MAX_DEPTH } from './weights.js';

/** What becomes of one layer. */
export interface LayerPlan {
  readonly name: string;
  /** Its 8-bit form, or null where it stays as it is. */
  readonly form: Int8Form | null;
  /** Why it stays in f32; empty where it does not, or has no weights. */
  readonly reason: string;
}

/**
 * Decides layer by layer.
 * @throws UnknownNameError for a name in `keep` that no layer has, ValueError when no layer would change
 */
export function planLayers(
  graph: Graph,
  parameters: Parameters,
  keep: readonly string[],
  calibrated: boolean,
): LayerPlan[] {
  const names = graph.layers.map(({ name }) => name);
  const unknown = keep.find((name) => !names.includes(name));
  if (unknown !== undefined) throw unknownName('quantize: keep', 'layer', unknown, names);
  const plans = graph.layers.map(({ name, layer }): LayerPlan => {
    const stays = (reason: string): LayerPlan => ({ name, form: null, reason });
    if (!parameters.all.some((p) => p.layer === name)) return stays('');
    const form = int8Form(layer.definition.type, layer.config, calibrated);
    if (typeof form === 'string') return stays(form);
    if (keep.includes(name)) return stays('named in keep');
    const deep = form.weights.find(
      (weight) =>
        weight.scales === 'columns' &&
        parameters.get(`${name}.${weight.name}`).declaration.shape[0] > MAX_DEPTH,
    );
    if (deep !== undefined) return stays(`${deep.name} has more than ${MAX_DEPTH} rows`);
    return { name, form, reason: '' };
  });
  if (plans.every(({ form }) => form === null)) {
    const why = plans.filter(({ reason }) => reason !== '').map(({ name, reason }) => `${name}: ${reason}`);
    throw new ValueError(`quantize: no layer can be quantised (${why.join('; ') || 'none has weights'})`);
  }
  return plans;
}
