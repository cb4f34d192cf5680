import { checkOptionNames, ShapeError } from '../../errors.js';
import { at, type Ref } from '../../program/region.js';
import { formatShape, sizeOf } from '../../shape.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { type BaseOptions, type Binding, Layer, type LayerDefinition } from '../layer.js';
import { layerLabel } from '../options.js';
import { restoreNone } from '../restore.js';

/** Options of {@link matmul}. */
export interface MatmulOptions extends BaseOptions {}

/** A block for each sample and, of three axes, for each position of the first. */
interface Blocks {
  readonly O: number;
  readonly M: number;
  readonly N: number;
  readonly K: number;
  /** From block to block and from row to row of a matrix of so many rows and columns. */
  readonly strides: (rows: number, columns: number) => readonly [number, number];
}

/** The rows of a matrix lie apart in memory as [M, B, K], and together as [heads, B, M, K]. */
function blocksOf(k: Binding): Blocks {
  const [a, b] = k.inputShapes;
  const rank = a.length;
  const [M, K] = a.slice(-2);
  const N = b[b.length - 1];
  return {
    O: k.batch * sizeOf(a.slice(0, -2)),
    M,
    N,
    K,
    strides: (rows, columns) => (rank === 2 ? [columns, k.batch * columns] : [rows * columns, columns]),
  };
}

function forward(k: Binding): void {
  const { O, M, N, K, strides } = blocksOf(k);
  const [yo, yr] = strides(M, N);
  const [ao, ar] = strides(M, K);
  const [bo, br] = strides(K, N);
  k.emit(kernels.block_product, k.output(), k.input(0), k.input(1), O, M, N, K, yo, yr, ao, ar, 1, bo, br);
}

const definition: LayerDefinition = {
  type: 'matmul',
  restore: restoreNone,
  maxInputs: 2,
  outputShapes(_config, shapes, name) {
    const came = shapes.map((shape) => formatShape([null, ...shape])).join(' and ');
    const [a, b] = shapes;
    const good =
      shapes.length === 2 &&
      a.length === b.length &&
      (a.length === 2 || (a.length === 3 && a[0] === b[0])) &&
      a[a.length - 1] === b[b.length - 2];
    if (!good) {
      throw new ShapeError(`${name}: inputs have shapes ${came}, expected [batch, M, K] and [batch, K, N]`);
    }
    return [[...a.slice(0, -1), b[b.length - 1]]];
  },
  parameters: () => [],
  forward: (_config, k) => forward(k),
  backward(_config, k) {
    const { O, M, N, K, strides } = blocksOf(k);
    const dy = k.outputGradient() as Ref;
    const [yo, yr] = strides(M, N);
    const [ao, ar] = strides(M, K);
    const [bo, br] = strides(K, N);
    const [da, db] = [k.inputGradient(0), k.inputGradient(1)];
    if (da !== null) {
      const turned = at(k.buffer('turned', O * K * N)); // [O, N, K]
      k.emit(kernels.permute_copy, turned, k.input(1), 1, O, N, K, 0, bo, 1, br);
      k.emit(kernels.block_product, da, dy, turned, O, M, K, N, ao, ar, yo, yr, 1, N * K, K);
    }
    if (db !== null) k.emit(kernels.block_product, db, k.input(0), dy, O, K, N, M, bo, br, ao, 1, ar, yo, yr);
  },
  masks: { refuses: 'every step of one input meets every step of the other' },
  step: { refuses: 'every step of one input meets every step of the other' },
};

/** How these layers are saved and rebuilt. */
export const matmulDefinition = definition as unknown as LayerDefinition;

/**
 * Products of the matrices of two inputs, sample by sample: `matmul().apply([a, b])`.
 *
 * ```text
 * a [B, M, K], b [B, K, N]              y [B, M, N]       y_mn = Σ_k a_mk · b_kn
 * a [B, heads, M, K], b [B, heads, K, N]                  the same for each head
 * ```
 *
 * @throws UnknownNameError for an option that does not exist
 */
export function matmul(options: MatmulOptions = {}): Layer {
  checkOptionNames(layerLabel(definition.type, options), options, ['name', 'trainable']);
  return new Layer(definition, {}, options.name, options.trainable);
}
