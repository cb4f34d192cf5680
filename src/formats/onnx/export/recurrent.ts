import type { AttributeProto } from '../proto/messages.js';
import { attribute } from '../proto/write.js';
import { biasOf, type CellForm, formOf, listOf, rowsOf } from './recurrent-weights.js';
import { type Exporter, type LayerUse, refuse } from './use.js';

/** ONNX's names of activations with alpha and beta, by ours. */
const NAMES: Readonly<Record<string, readonly [string, number?, number?]>> = {
  linear: ['Affine', 1, 0],
  relu: ['Relu'],
  leakyRelu: ['LeakyRelu', 0.2],
  elu: ['Elu', 1],
  tanh: ['Tanh'],
  sigmoid: ['Sigmoid'],
  hardSigmoid: ['HardSigmoid', 1 / 6, 0.5],
  hardSigmoid02: ['HardSigmoid', 0.2, 0.5],
  softplus: ['Softplus'],
  softsign: ['Softsign'],
};

const DEFAULTS = { RNN: 'tanh', GRU: 'sigmoid,tanh', LSTM: 'sigmoid,tanh,tanh' } as const;

function activationAttributes(uses: readonly LayerUse[], forms: readonly CellForm[]): AttributeProto[] {
  if (forms.every(({ op, activations }) => activations.join() === DEFAULTS[op])) return [];
  const all = forms.flatMap(({ activations }, i) =>
    activations.map(
      (name) => NAMES[name] ?? refuse(uses[i], `ONNX's ${forms[i].op} has no activation '${name}'`),
    ),
  );
  const numbers = (index: 1 | 2): number[] => all.flatMap((known) => known[index] ?? []);
  return [
    attribute.texts(
      'activations',
      all.map(([name]) => name),
    ),
    ...(numbers(1).length > 0 ? [attribute.floats('activation_alpha', numbers(1))] : []),
    ...(numbers(2).length > 0 ? [attribute.floats('activation_beta', numbers(2))] : []),
  ];
}

/** What a recurrent operator gives: Y [time, directions, batch, units], and states [directions, batch, units]. */
interface Given {
  readonly sequence: string;
  readonly states: readonly string[];
}

/** Joins parts of the directions along a first axis. */
function joined(parts: readonly Float32Array[]): Float32Array {
  const size = parts[0].length;
  const all = new Float32Array(parts.length * size);
  parts.forEach((part, i) => {
    all.set(part, i * size);
  });
  return all;
}

/** Writes the operator for one direction or two, reading x [batch, time, features]. */
function writeOperator(
  use: LayerUse,
  directions: readonly LayerUse[],
  direction: string,
  x: string,
  initial: readonly (readonly string[])[],
  wanted: { readonly sequence: boolean },
): Given {
  const { writer, name } = use;
  const forms = directions.map(formOf);
  const [form] = forms;
  if (
    forms.some(
      ({ op, units, linearBeforeReset, inputForget, useBias, peepholes }) =>
        op !== form.op ||
        units !== form.units ||
        linearBeforeReset !== form.linearBeforeReset ||
        inputForget !== form.inputForget ||
        useBias !== form.useBias ||
        (peepholes === null) !== (form.peepholes === null),
    )
  ) {
    refuse(use, 'both directions must be of one kind, size and form');
  }
  const { op, units: H, gates, states } = form;
  const D = directions.length;
  const N = gates.length * H;
  const constant = (
    label: string,
    shape: readonly number[],
    of: (own: LayerUse, i: number) => Float32Array,
  ) => writer.floats(`${name}.${label}`, { data: joined(directions.map(of)), shape });
  const I = directions[0].tensor('kernel').shape[0];
  const W = constant('W', [D, N, I], (own, i) => rowsOf(own.tensor('kernel'), H, forms[i].gates));
  const R = constant('R', [D, N, H], (own, i) => rowsOf(own.tensor('recurrentKernel'), H, forms[i].gates));
  const B = form.useBias ? constant('B', [D, 2 * N], (own, i) => biasOf(own, forms[i])) : '';
  const P =
    form.peepholes === null
      ? ''
      : constant('P', [D, 3 * H], (own, i) =>
          listOf(own.tensor('peepholeKernel').data, H, forms[i].peepholes ?? []),
        );
  const starts = Array.from({ length: states }, (_, s) => {
    if (initial[0].length === 0) return '';
    const parts = initial.map((own) => writer.unsqueeze(own[s], 0, `${name}.initial`));
    return D === 1 ? parts[0] : writer.concat(parts, 0, writer.fresh(`${name}.initial`));
  });
  const attributes = [
    attribute.int('hidden_size', H),
    ...(direction === 'forward' ? [] : [attribute.text('direction', direction)]),
    ...(form.linearBeforeReset ? [attribute.int('linear_before_reset', 1)] : []),
    ...(form.inputForget ? [attribute.int('input_forget', 1)] : []),
    ...activationAttributes(directions, forms),
  ];
  const sequence = wanted.sequence ? writer.fresh(`${name}.Y`) : '';
  const last = ['h', 'c'].slice(0, states).map((state) => writer.fresh(`${name}.Y_${state}`));
  const inputs = [writer.transpose(x, [1, 0, 2], name), W, R, B, '', ...starts, P];
  writer.nodeOf(op, inputs, { attributes, outputs: [sequence, ...last], name });
  return { sequence, states: last };
}

interface SequenceFlags {
  readonly returnSequences: boolean;
  readonly returnState: boolean;
  readonly goBackwards: boolean;
  readonly stateful: boolean;
}

/** The initial states of a layer: those of its use, or inputs of the graph where states go in and out. */
function statesIn(use: LayerUse, states: number, units: number): readonly string[] {
  const given = use.inputs.slice(1);
  if (use.ports === null || given.length > 0) return given;
  return ['h', 'c']
    .slice(0, states)
    .map((state) => (use.ports as NonNullable<typeof use.ports>).input(`${use.name}.${state}`, units));
}

const simple: Exporter = (use) => {
  const { writer, name, ports } = use;
  const flags = use.config as SequenceFlags;
  const { states: count, units } = formOf(use);
  if (flags.stateful && ports === null) {
    refuse(use, 'stateful: { states: true } makes its states inputs and outputs');
  }
  if (flags.goBackwards && ports !== null)
    refuse(use, 'goBackwards: states cannot go on from piece to piece');
  const initial = statesIn(use, count, units);
  const direction = flags.goBackwards ? 'reverse' : 'forward';
  const { sequence, states } = writeOperator(use, [use], direction, use.inputs[0], [initial], {
    sequence: flags.returnSequences,
  });
  const last = states.map((state) => writer.squeeze(state, 0, name));
  if (ports !== null && use.inputs.length === 1) {
    last.forEach((state, s) => {
      ports.output(`${name}.${['h', 'c'][s]}`, state, units);
    });
  }
  const outputs = flags.returnState ? last : [];
  if (!flags.returnSequences) return [last[0], ...outputs];
  const inTime = writer.transpose(writer.squeeze(sequence, 1, name), [1, 0, 2], name);
  // ONNX has outputs in the order of time, goBackwards in that of reading.
  const y = flags.goBackwards ? reversed(use, inTime) : inTime;
  return [y, ...outputs];
};

/** The steps of [batch, time, ...] from the last to the first. */
export function reversed(use: LayerUse, x: string): string {
  return use.writer.slice(x, 1, -1, -(2 ** 31) + 1, use.writer.fresh(`${use.name}.reversed`), -1);
}

interface Inner {
  readonly config: object;
  readonly type: string;
}

const MERGES: Readonly<Record<string, string>> = { sum: 'Add', mul: 'Mul', ave: 'Mean' };

const bidirectional: Exporter = (use) => {
  const { writer, name } = use;
  const config = use.config as { forward: Inner; backward: Inner; mergeMode: string };
  if (use.ports !== null) refuse(use, 'it reads backwards: states cannot go on from piece to piece');
  const sides = (['forward', 'backward'] as const).map((side) => inside(use, side, config[side]));
  for (const side of sides)
    if (!Object.hasOwn(RECURRENT_EXPORTERS, side.type)) refuse(use, `of ${side.type}`);
  const flags = config.forward.config as SequenceFlags;
  const { states: count } = formOf(sides[0]);
  const given = use.inputs.slice(1);
  const initial = [given.slice(0, count), given.slice(count)];
  const { sequence, states } = writeOperator(use, sides, 'bidirectional', use.inputs[0], initial, {
    sequence: flags.returnSequences,
  });
  const part = (state: string, d: number): string =>
    writer.squeeze(writer.slice(state, 0, d, d + 1, writer.fresh(`${name}.part`)), 0, name);
  const further = flags.returnState ? [0, 1].flatMap((d) => states.map((state) => part(state, d))) : [];
  if (config.mergeMode === 'concat') {
    const y = flags.returnSequences
      ? writer.reshape(writer.transpose(sequence, [2, 0, 1, 3], name), [0, 0, -1], name)
      : writer.reshape(writer.transpose(states[0], [1, 0, 2], name), [0, -1], name);
    return [y, ...further];
  }
  const halves = [0, 1].map((d) => {
    if (!flags.returnSequences) return part(states[0], d);
    const own = writer.slice(sequence, 1, d, d + 1, writer.fresh(`${name}.part`));
    return writer.transpose(writer.squeeze(own, 1, name), [1, 0, 2], name);
  });
  if (config.mergeMode === 'none') return [...halves, ...further];
  return [writer.apply(MERGES[config.mergeMode], halves, `${name}.merged`), ...further];
};

/** The use of a layer inside another, whose weights carry its name in front. */
export function inside(use: LayerUse, part: string, { type, config }: Inner): LayerUse {
  const prefix = `${part}.`;
  return {
    ...use,
    name: `${use.name}.${part}`,
    type,
    config,
    weightNames: use.weightNames
      .filter((weight) => weight.startsWith(prefix))
      .map((weight) => weight.slice(prefix.length)),
    tensor: (weight) => use.tensor(prefix + weight),
    weight: (weight) => use.weight(prefix + weight),
  };
}

/** Recurrent layers by type. */
export const RECURRENT_EXPORTERS: Readonly<Record<string, Exporter>> = {
  simpleRNN: simple,
  gru: simple,
  lstm: simple,
};

/** `bidirectional` of these. */
export const BIDIRECTIONAL_EXPORTERS: Readonly<Record<string, Exporter>> = { bidirectional };
