import {
  type Cell,
  type CellOperand,
  type CellOperations,
  type CellParameter,
  type CellSetting,
  type CellValue,
  type CellWeight,
  defineCell,
  type StepArguments,
} from '../../../layers/custom/index.js';
import { applyActivation, type GeneralActivation } from './general-activations.js';

/** What a cell of this file can be told: plain data, kept in saved files. */
export interface GeneralOptions {
  /** f, g and h as far as the operator has them. */
  readonly activations: readonly GeneralActivation[];
  /** Bound on the arguments of activations; 0 for none. */
  readonly clip: number;
  readonly useBias: boolean;
  /** Of a GRU: linear_before_reset. */
  readonly resetAfter?: boolean;
  /** Of an LSTM: f = 1 − i, and whether gates see the state of the cell. */
  readonly coupled?: boolean;
  readonly peephole?: boolean;
}

type Given = StepArguments<GeneralOptions>;

function weights(gates: number, { features, units, options }: CellSetting<GeneralOptions>) {
  const width = gates * units;
  const parameters: Record<string, CellParameter> = {
    kernel: { shape: [features, width] },
    recurrentKernel: { shape: [units, width], initializer: 'orthogonal' },
  };
  if (options.useBias) parameters.bias = { shape: [width] };
  return parameters;
}

/** Columns of gate number `gate`. */
function gateOf<W extends CellValue | CellWeight>(
  ops: CellOperations,
  of: W,
  units: number,
  gate: number,
): W {
  return ops.slice(of, gate * units, (gate + 1) * units);
}

/** The activation of a number on an argument. */
const activated = ({ ops, options }: Given, index: number, value: CellValue): CellValue =>
  applyActivation(ops, options.activations[index], value, options.clip);

/** x·W (+ b) of all gates: needs no state, so that all steps are done at once. */
function projected({ x, weights: w, ops }: Given): CellValue {
  const product = ops.matmul(x, w.kernel);
  return w.bias === undefined ? product : ops.add(product, w.bias);
}

const rnnCell: Cell<GeneralOptions> = defineCell<GeneralOptions>({
  name: 'onnxRnn',
  parameters: (setting) => weights(1, setting),
  step(given) {
    const { states, weights: w, ops } = given;
    return {
      states: { h: activated(given, 0, ops.add(projected(given), ops.matmul(states.h, w.recurrentKernel))) },
    };
  },
});

/** Gates z, r, h. h_t = (1 − z) ⊙ h̃ + z ⊙ h_{t−1} */
const gruCell: Cell<GeneralOptions> = defineCell<GeneralOptions>({
  name: 'onnxGru',
  parameters(setting) {
    const own = weights(3, setting);
    const { options, units } = setting;
    return options.useBias && options.resetAfter ? { ...own, recurrentBias: { shape: [3 * units] } } : own;
  },
  step(given) {
    const { states, weights: w, ops, units, options } = given;
    const { h } = states;
    const x = projected(given);
    const part = (gate: number): CellValue => gateOf(ops, x, units, gate);
    const recurrent = (gate: number, value: CellValue): CellValue => {
      const product = ops.matmul(value, gateOf(ops, w.recurrentKernel, units, gate));
      return w.recurrentBias === undefined
        ? product
        : ops.add(product, gateOf(ops, w.recurrentBias, units, gate));
    };
    const z = activated(given, 0, ops.add(part(0), recurrent(0, h)));
    const r = activated(given, 0, ops.add(part(1), recurrent(1, h)));
    const inner = options.resetAfter ? ops.mul(r, recurrent(2, h)) : recurrent(2, ops.mul(r, h));
    const candidate = activated(given, 1, ops.add(part(2), inner));
    return { states: { h: ops.add(ops.mul(ops.oneMinus(z), candidate), ops.mul(z, h)) } };
  },
});

/** Gates i, o, f, c. C_t = f ⊙ C_{t−1} + i ⊙ c,   h_t = o ⊙ h(C_t); peepholes i, o, f */
const lstmCell: Cell<GeneralOptions> = defineCell<GeneralOptions>({
  name: 'onnxLstm',
  states: ['h', 'c'],
  parameters(setting) {
    const own = weights(4, setting);
    return setting.options.peephole ? { ...own, peepholeKernel: { shape: [3 * setting.units] } } : own;
  },
  step(given) {
    const { states, weights: w, ops, units, options } = given;
    const sums = ops.add(projected(given), ops.matmul(states.h, w.recurrentKernel));
    const argument = (gate: number, cell: CellValue | null): CellValue => {
      const sum = gateOf(ops, sums, units, gate);
      if (cell === null || !options.peephole) return sum;
      const seen: CellOperand = gateOf(ops, w.peepholeKernel, units, gate);
      return ops.add(sum, ops.mul(cell, seen));
    };
    const i = activated(given, 0, argument(0, states.c));
    const f = options.coupled ? ops.oneMinus(i) : activated(given, 0, argument(2, states.c));
    const candidate = activated(given, 1, argument(3, null));
    const c = ops.add(ops.mul(f, states.c), ops.mul(i, candidate));
    const o = activated(given, 0, argument(1, c));
    return { states: { h: ops.mul(o, activated(given, 2, c)), c } };
  },
});

/** By the types of the layers that do not suffice. */
export const GENERAL_CELLS = { simpleRNN: rnnCell, gru: gruCell, lstm: lstmCell } as const;

/**
 * Cells that imported models may have beside the layers of the library: those with `clip`, and with activations that
 * `simpleRNN`, `gru` and `lstm` do not have. A saved model that has one is loaded with
 * `load(bytes, { cells: onnxCells })`.
 */
export const onnxCells: readonly Cell[] = Object.values(GENERAL_CELLS) as unknown as readonly Cell[];
