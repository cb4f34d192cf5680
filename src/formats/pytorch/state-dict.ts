import { describeValue } from '../../describe.js';
import { checkOptionNames, FormatError, unknownName, ValueError } from '../../errors.js';
import type { Network } from '../../model/network.js';
import type { Shape } from '../../shape.js';
import { type Tensor, type TensorLike, tensorOf } from '../../tensor.js';
import type { Mapping } from './mapping.js';
import { matchModules } from './match.js';
import { MAPPINGS } from './modules.js';

/** Options of {@link loadStateDict}. */
export interface LoadStateDictOptions {
  /** Module for a layer by its name: `{ lstm: 'encoder.rnn', dense: 'head.0' }`. */
  modules?: Readonly<Record<string, string>>;
  /** False leaves out what no layer takes. Default true: it is an error. */
  strict?: boolean;
}

/** Options of {@link stateDict}. */
export interface StateDictOptions {
  /** Module for a layer by its name; recurrent layers with the same module become its stack. */
  modules?: Readonly<Record<string, string>>;
}

/** A model of any number of outputs. */
export type AnyModel = Pick<Network, 'getWeights' | 'setWeights'>;

interface MappedLayer {
  readonly name: string;
  readonly weights: Readonly<Record<string, Tensor>>;
  mapping(level: number): Mapping;
}

/** The layers of a model that have weights. @throws FormatError where PyTorch has no module for one */
function mappedLayers(where: string, model: AnyModel): MappedLayer[] {
  const { graph, quantizedLayer } = model as Network;
  if (quantizedLayer) throw new FormatError(`${where}: ${quantizedLayer} keeps its weights in 8 bits`);
  const all = model.getWeights();
  return graph.layers.flatMap(({ layer, name }): MappedLayer[] => {
    const own = Object.entries(all).filter(([key]) => key.startsWith(`${name}.`));
    if (own.length === 0) return [];
    const weights = Object.fromEntries(own.map(([key, value]) => [key.slice(name.length + 1), value]));
    const shapes = Object.fromEntries(Object.entries(weights).map(([key, { shape }]) => [key, shape]));
    const of = MAPPINGS[layer.definition.type];
    const mapping = (level: number): Mapping => {
      const made = of?.(layer.config as never, shapes, level) ?? {
        refuses: `no PyTorch module holds the weights of ${layer.definition.type}`,
      };
      if ('refuses' in made) throw new FormatError(`${where}: ${name}: ${made.refuses}`);
      return made;
    };
    mapping(0);
    return [{ name, weights, mapping }];
  });
}

function checkModules(where: string, layers: readonly MappedLayer[], modules: unknown): void {
  if (typeof modules !== 'object' || modules === null) {
    throw new ValueError(`${where}: modules must be names by layer, got ${describeValue(modules)}`);
  }
  const known = layers.map(({ name }) => name);
  for (const [layer, module] of Object.entries(modules)) {
    if (!known.includes(layer)) throw unknownName(`${where}: modules`, 'layer with weights', layer, known);
    if (typeof module === 'string') continue;
    throw new ValueError(`${where}: modules.${layer} must be a name, got ${describeValue(module)}`);
  }
}

/**
 * Sets a model's weights from a PyTorch state dict (`Linear`, `RNN`, `LSTM`, `GRU`, `Embedding`, `LayerNorm`, ...).
 *
 * ```text
 * weight_ih [G·H, I] → kernel [I, G·H]     weight_hh [G·H, H] → recurrentKernel [H, G·H]
 * bias_ih + bias_hh → bias [G·H]           of a GRU: both → bias [2, 3H]; gates r, z, n → z, r, h
 * ```
 *
 * Each layer takes the module that `modules` names for it, else the one with the layer's name, else the only
 * one whose entries have its shapes. The layers of a PyTorch stack go to the model's layers in order.
 *
 * @param model the model as described here, of the same sizes
 * @param tensors the state dict, such as `readSafetensors(bytes).tensors`
 * @throws FormatError when a layer finds no module or modules are left over, UnknownNameError for a layer that
 *   is not in the model; no weight has changed then
 */
export function loadStateDict(
  model: AnyModel,
  tensors: Readonly<Record<string, TensorLike>>,
  options: LoadStateDictOptions = {},
): void {
  const where = 'loadStateDict';
  checkOptionNames(where, options, ['modules', 'strict']);
  const { modules = {}, strict = true } = options;
  const layers = mappedLayers(where, model);
  checkModules(where, layers, modules);
  const given = Object.fromEntries(
    Object.entries(tensors).map(([name, value]) => [name, tensorOf(`${where}: ${name}`, value)]),
  );
  const shapes = Object.fromEntries(Object.entries(given).map(([name, { shape }]) => [name, shape]));
  const wanted = layers.map(({ name, mapping }) => ({
    name,
    module: mapping(0).module,
    levels: mapping(0).levels ?? 1,
    entries: (level: number): Readonly<Record<string, Shape>> => mapping(level).entries,
  }));
  const slots = matchModules(wanted, shapes, modules, strict);
  const weights: Record<string, Tensor> = {};
  for (const { name, mapping } of layers) {
    const slot = slots.get(name);
    if (slot === undefined) continue;
    const { prefix, level } = slot;
    const before = prefix === '' ? '' : `${prefix}.`;
    const { entries, toLayer } = mapping(level);
    const own = Object.fromEntries(Object.keys(entries).map((key) => [key, given[before + key]]));
    for (const [key, value] of Object.entries(toLayer(own))) weights[`${name}.${key}`] = value;
  }
  model.setWeights(weights);
}

/**
 * A model's weights as PyTorch's modules hold them: what `load_state_dict` takes, once written with
 * `writeSafetensors`. A module has its layer's name; layers that `modules` gives the same name become its stack.
 *
 * An LSTM's or simple RNN's bias goes to `bias_ih`, and `bias_hh` is zero.
 *
 * @throws FormatError when PyTorch has no module for a layer; UnknownNameError for a layer that is not in the
 *   model
 */
export function stateDict(model: AnyModel, options: StateDictOptions = {}): Record<string, Tensor> {
  const where = 'stateDict';
  checkOptionNames(where, options, ['modules']);
  const { modules = {} } = options;
  const layers = mappedLayers(where, model);
  checkModules(where, layers, modules);
  const tensors: Record<string, Tensor> = {};
  const levels = new Map<string, number>();
  for (const { name, weights, mapping } of layers) {
    const prefix = modules[name] ?? name;
    const level = levels.get(prefix) ?? 0;
    const { levels: taken = 1, fromLayer } = mapping(level);
    levels.set(prefix, level + taken);
    for (const [key, value] of Object.entries(fromLayer(weights))) {
      const full = prefix === '' ? key : `${prefix}.${key}`;
      if (full in tensors) throw new FormatError(`${where}: two layers would write ${full}`);
      tensors[full] = { data: value.data.slice(), shape: [...value.shape] };
    }
  }
  return tensors;
}
