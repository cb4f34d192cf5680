import { bidirectional, input, Layer, model, ValueError } from '../../../src/index.js';
import { int8Form } from '../../../src/layers/int8/forms.js';
import { applyMaskRule } from '../../../src/layers/mask-rule.js';
import { SPLITS } from '../../../src/program/split-rules.js';
import type { Shape } from '../../../src/shape.js';
import type { KernelName } from '../../../src/wasm/generated/abi.js';
import type { LayerRow } from './rows.js';

/** What a column says of a layer, and why where it says no. */
export interface Cell {
  readonly text: string;
  readonly reason?: string;
}

const YES: Cell = { text: 'yes' };

/** Whether it has weights to train, or only lets gradients through. */
function trains({ layer, inputs }: LayerRow): Cell {
  const { definition, config } = layer;
  if (definition.isQuantized?.(config) === true) return { text: 'no' };
  const weights = definition.parameters(config, inputs).filter(({ trainable }) => trainable !== false);
  return weights.length > 0 ? YES : { text: 'gradients pass' };
}

function streams({ layer: { definition, config }, inputs }: LayerRow): Cell {
  const reason =
    typeof definition.step === 'object' ? definition.step.refuses : definition.refusesStep?.(config, inputs);
  return reason === undefined ? YES : { text: 'no', reason };
}

function masks({ layer: { definition, config }, inputs }: LayerRow): Cell {
  const outcome = (masked: boolean): Cell => {
    const found = applyMaskRule(
      definition.masks,
      config,
      inputs.map(() => masked),
      inputs,
    );
    if ('refuses' in found) return { text: 'no', reason: found.refuses };
    return { text: found[0] === 'moved' ? 'moved' : found[0] === true ? 'pass' : 'end' };
  };
  return outcome(false).text === 'pass' ? { text: 'begin' } : outcome(true);
}

function twoDirections({ layer }: LayerRow): Cell {
  try {
    bidirectional({ layer });
    return YES;
  } catch (error) {
    if (error instanceof ValueError) return { text: '' };
    throw error;
  }
}

/** Whether `quantize` has a form for it; empty where there are no weights. */
function eightBit({ layer: { definition, config }, inputs }: LayerRow): Cell {
  if (definition.parameters(config, inputs).length === 0) return { text: '' };
  return { text: typeof int8Form(definition.type, config, false) === 'string' ? 'no' : 'yes' };
}

/** Whether its kernels, when it predicts, have a rule by which threads share them out. */
function threads(row: LayerRow): Cell {
  const used = kernelsOf(row);
  const shared = used.filter(
    (kernel) => kernel === 'loop' || SPLITS[kernel.name as KernelName] !== undefined,
  );
  if (used.length === 0) return { text: '' };
  return { text: shared.length === used.length ? 'yes' : shared.length > 0 ? 'in part' : 'no' };
}

/** The kernels that a layer calls in a forward pass. */
function kernelsOf({ layer, inputs }: LayerRow) {
  const places = inputs.map((shape) => input({ shape: [...shape] }));
  const used = new Layer(layer.definition, layer.config, 'shown');
  const net = model({ inputs: places, outputs: used.apply(places) });
  const { program } = net.inferenceProgram(2, {
    inputShapes: inputs as Shape[],
    lengths: inputs.map(() => false),
  });
  return [...new Set(program.calls.filter(({ owner }) => owner === 'shown').map(({ kernel }) => kernel))];
}

/** The columns that follow from a layer's declaration. */
export const COLUMNS: Readonly<Record<string, (row: LayerRow) => Cell>> = {
  trains,
  streams,
  masks,
  bidirectional: twoDirections,
  '8-bit': eightBit,
  threads,
};
