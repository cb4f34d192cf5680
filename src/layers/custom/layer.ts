import { describeValue } from '../../describe.js';
import { checkOptionNames, ValueError } from '../../errors.js';
import { type BaseOptions, type Binding, Layer, type LayerDefinition } from '../layer.js';
import { dropRate, flag, layerLabel, positiveInteger } from '../options.js';
import type { RecurrentCell } from '../recurrent/cell.js';
import { recurrentLayer } from '../recurrent/layer.js';
import type { SequenceConfig } from '../recurrent/options.js';
import { recordBackward } from './backward.js';
import { Cell } from './define.js';
import { recordForward, recordStep } from './forward.js';
import type { Trace } from './trace.js';

/** Options of a layer of a cell of one's own. */
export interface CustomOptions<O = Readonly<Record<string, unknown>>> extends BaseOptions {
  /** What `defineCell` gives. */
  cell: Cell<O>;
  /** Size of the output. */
  units: number;
  /** What the cell's functions are given as `options`: plain data, kept in saved files. Default {}. */
  options?: O;
  /** Share of inputs dropped in training, the same ones at every step of a sequence. Default 0. */
  dropout?: number;
  /** True gives the output of every step, false that of the last. Default false. */
  returnSequences?: boolean;
  /** True gives the last states as further outputs (use `applyAll`). Default false. */
  returnState?: boolean;
  /** True reads the sequence from its end; outputs stay in that order. Default false. */
  goBackwards?: boolean;
  /** True starts each batch from the state in which the last one ended. Default false. */
  stateful?: boolean;
  /** Gradients flow back through at most this many steps, counted from the end. Default: through all. */
  truncate?: number | null;
  /** True keeps only some states for training, and computes the rest again on the way back. Default false. */
  recompute?: boolean;
}

interface CustomConfig<O> {
  readonly units: number;
  readonly options: O;
  readonly dropout: number;
  readonly returnSequences: boolean;
  readonly returnState: boolean;
  readonly goBackwards: boolean;
  readonly stateful: boolean;
  readonly truncate: number | null;
  readonly recompute: boolean;
}

const NAMES: readonly (keyof CustomOptions)[] = [
  'cell',
  'units',
  'options',
  'dropout',
  'returnSequences',
  'returnState',
  'goBackwards',
  'stateful',
  'truncate',
  'recompute',
  'name',
  'trainable',
];

function traceOf<O>(cell: Cell<O>, config: CustomConfig<O>, features: number): Trace {
  const { units, options } = config;
  return cell.trace(config, { features, units, options });
}

const traceFor = <O>(cell: Cell<O>, config: CustomConfig<O>, k: Binding): Trace => {
  const [shape] = k.inputShapes;
  return traceOf(cell, config, shape[shape.length - 1]);
};

const definitions = new WeakMap<object, LayerDefinition>();

/** The definition of the layers of a cell, one for each cell. */
export function definitionOfCell<O>(cell: Cell<O>): LayerDefinition {
  let definition = definitions.get(cell);
  if (definition === undefined) {
    const recurrent: RecurrentCell<CustomConfig<O> & SequenceConfig> = {
      type: cell.name,
      restore: (saved, where) => customConfig(where, { ...saved, cell } as CustomOptions<O>),
      gates: () => 0,
      passesInput: () => true,
      states: cell.states,
      stateSizes: ({ units, options }) => cell.stateSizes(units, options),
      parameters(config, [x]) {
        const features = x[x.length - 1] as number;
        traceOf(cell, config, features);
        return cell.parameters({ features, units: config.units, options: config.options });
      },
      forward: (config, k, span) => recordForward(k, traceFor(cell, config, k), span),
      backward(config, k, span) {
        recordBackward(k, traceFor(cell, config, k), span);
        return null;
      },
      step: (config, k, states) => recordStep(k, traceFor(cell, config, k), states),
    };
    definition = recurrentLayer(recurrent) as unknown as LayerDefinition;
    definitions.set(cell, definition);
  }
  return definition;
}

/** What goes through a file unchanged. */
function plainData<O>(where: string, value: O): O {
  const text: string | undefined =
    typeof value === 'object' && value !== null ? JSON.stringify(value) : undefined;
  if (text === undefined)
    throw new ValueError(`${where}: options must be an object, got ${describeValue(value)}`);
  return JSON.parse(text) as O;
}

function customConfig<O>(where: string, given: CustomOptions<O>): CustomConfig<O> & SequenceConfig {
  checkOptionNames(where, given, NAMES);
  const { cell } = given;
  const units = positiveInteger(where, 'units', given.units);
  const options = plainData(where, given.options ?? ({} as O));
  const config: CustomConfig<O> = {
    units,
    options,
    dropout: dropRate(where, 'dropout', given.dropout ?? 0),
    returnSequences: flag(where, 'returnSequences', given.returnSequences ?? false),
    returnState: flag(where, 'returnState', given.returnState ?? false),
    goBackwards: flag(where, 'goBackwards', given.goBackwards ?? false),
    stateful: flag(where, 'stateful', given.stateful ?? false),
    truncate: (given.truncate ?? null) === null ? null : positiveInteger(where, 'truncate', given.truncate),
    recompute: flag(where, 'recompute', given.recompute ?? false),
  };
  const [output] = cell.stateSizes(units, options);
  if (output !== units) {
    throw new ValueError(
      `${where}: the first state of ${cell.name} is its output: ${output} numbers, expected ${units}`,
    );
  }
  // Of the weights of a built-in cell a cell of one's own has none: it declares its own.
  return config as CustomConfig<O> & SequenceConfig;
}

/** A layer of a cell of one's own. */
export function customLayer<O>(options: CustomOptions<O>): Layer {
  const { cell } = options;
  if (!(cell instanceof Cell)) {
    throw new ValueError(`rnn: cell must be what defineCell gives, got ${describeValue(cell)}`);
  }
  const config = customConfig(layerLabel(cell.name, options), options);
  return new Layer(definitionOfCell(cell), config, options.name, options.trainable) as unknown as Layer;
}
