import type { Tensor } from '../../../tensor.js';
import { type LayerUse, refuse } from './use.js';

/** Where the rows of one of ONNX's gates come from among ours, and their sign; null for rows of zeros. */
export type Source = { readonly from: number; readonly sign: 1 | -1 } | null;

const from = (gate: number, sign: 1 | -1 = 1): Source => ({ from: gate, sign });

/** What the writer needs to know of a cell. */
export interface CellForm {
  readonly op: 'RNN' | 'GRU' | 'LSTM';
  /** ONNX's gates by ours. */
  readonly gates: readonly Source[];
  /** Gates of ours. */
  readonly own: number;
  /** f, g and h by our names. */
  readonly activations: readonly string[];
  readonly states: number;
  readonly units: number;
  readonly useBias: boolean;
  /** ONNX's peepholes i, o, f by our rows; null for none. */
  readonly peepholes: readonly Source[] | null;
  readonly inputForget: boolean;
  readonly linearBeforeReset: boolean;
}

interface AnyConfig {
  readonly units: number;
  readonly useBias: boolean;
  readonly activation: string;
  readonly recurrentActivation: string;
  readonly zoneout: number | { readonly hidden: number; readonly cell: number };
  readonly layerNormalization?: boolean;
  readonly form?: string;
  readonly updateGate?: string;
  readonly peephole?: boolean;
  readonly coupled?: boolean;
  readonly projection?: number | null;
  readonly cellClip?: number | null;
}

/** a(−x) = 1 − a(x): the gate 1 − a is that of the negative argument. */
const MIRRORED = ['sigmoid', 'hardSigmoid', 'hardSigmoid02'];

function checkMirrored(use: LayerUse, activation: string, option: string): void {
  if (!MIRRORED.includes(activation)) refuse(use, `${option} with recurrentActivation '${activation}'`);
}

function gruForm(use: LayerUse, config: AnyConfig): Partial<CellForm> {
  const { form, updateGate, recurrentActivation } = config;
  if (form !== 'resetAfter' && form !== 'resetBefore') refuse(use, `ONNX's GRU has no form '${form}'`);
  const mirrored = updateGate === 'candidate';
  if (mirrored) checkMirrored(use, recurrentActivation, `updateGate 'candidate'`);
  return {
    op: 'GRU',
    gates: [from(0, mirrored ? -1 : 1), from(1), from(2)],
    activations: [recurrentActivation, config.activation],
    linearBeforeReset: form === 'resetAfter',
  };
}

/** Ours i, f, c, o, or coupled f, c, o, whose i = 1 − f: ONNX has f = 1 − i. */
function lstmForm(use: LayerUse, config: AnyConfig): Partial<CellForm> {
  const { peephole, coupled, recurrentActivation, activation } = config;
  if (config.projection) refuse(use, "ONNX's LSTM has no projection");
  if (config.cellClip)
    refuse(use, "ONNX's LSTM has no cellClip: its clip bounds the arguments of activations");
  if (coupled) checkMirrored(use, recurrentActivation, 'coupled');
  const holes = coupled ? [from(0, -1), from(1), null] : [from(0), from(2), from(1)];
  return {
    op: 'LSTM',
    gates: coupled ? [from(0, -1), from(2), null, from(1)] : [from(0), from(3), from(1), from(2)],
    activations: [recurrentActivation, activation, activation],
    peepholes: peephole ? holes : null,
    inputForget: coupled === true,
    states: 2,
  };
}

/** @throws FormatError for options that ONNX cannot say */
export function formOf(use: LayerUse): CellForm {
  const config = use.config as AnyConfig;
  const { zoneout } = config;
  const holds = typeof zoneout === 'number' ? zoneout !== 0 : zoneout.hidden !== 0 || zoneout.cell !== 0;
  if (holds) refuse(use, 'ONNX has no zoneout, which acts in inference too');
  if (config.layerNormalization) refuse(use, 'ONNX has no layerNormalization inside a cell');
  const plain: CellForm = {
    op: 'RNN',
    gates: [from(0)],
    own: 1,
    activations: [config.activation],
    states: 1,
    units: config.units,
    useBias: config.useBias,
    peepholes: null,
    inputForget: false,
    linearBeforeReset: false,
  };
  const special =
    use.type === 'gru' ? gruForm(use, config) : use.type === 'lstm' ? lstmForm(use, config) : {};
  const form = { ...plain, ...special };
  return { ...form, own: form.gates.filter((source) => source !== null).length };
}

/** Ours [K, own·H] as ONNX's [G·H, K]. */
export function rowsOf({ data, shape }: Tensor, H: number, gates: readonly Source[]): Float32Array {
  const [K, N] = shape;
  const rows = new Float32Array(gates.length * H * K);
  gates.forEach((source, g) => {
    if (source === null) return;
    for (let h = 0; h < H; h++) {
      for (let k = 0; k < K; k++) {
        rows[(g * H + h) * K + k] = source.sign * data[k * N + source.from * H + h];
      }
    }
  });
  return rows;
}

/** Ours [own·H] as ONNX's [G·H]. */
export const listOf = (data: ArrayLike<number>, H: number, gates: readonly Source[]): Float32Array =>
  rowsOf({ data: Float32Array.from(data), shape: [1, data.length] }, H, gates);

/** Wb and Rb, one after the other. */
export function biasOf(use: LayerUse, form: CellForm): Float32Array {
  const { units: H, gates, own } = form;
  const both = new Float32Array(2 * gates.length * H);
  const { data } = use.tensor('bias');
  both.set(listOf(data.subarray(0, own * H), H, gates));
  if (data.length > own * H) both.set(listOf(data.subarray(own * H), H, gates), gates.length * H);
  return both;
}
