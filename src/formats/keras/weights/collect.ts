import { FormatError } from '../../../errors.js';
import { formatShape, sameShape, sizeOf } from '../../../shape.js';
import type { Tensor } from '../../../tensor.js';
import { fromCudnn } from './cudnn.js';
import type { PlacedSlot } from './slots.js';

/** The weights of a cell by the names that slots end in. */
interface CellParts {
  kernel?: number;
  recurrentKernel?: number;
  bias?: number;
}

/** Cells whose bias has both halves of cuDNN's layers, where ours has one or has them apart. */
function cudnnCells(slots: readonly PlacedSlot[], tensors: readonly Tensor[]): CellParts[] {
  const cells = new Map<string, CellParts>();
  slots.forEach(({ weight }, i) => {
    const dot = weight.lastIndexOf('.');
    const cell = cells.get(weight.slice(0, dot)) ?? {};
    cell[weight.slice(dot + 1) as keyof CellParts] = i;
    cells.set(weight.slice(0, dot), cell);
  });
  return [...cells.values()].filter(({ kernel, recurrentKernel, bias }) => {
    if (kernel === undefined || recurrentKernel === undefined || bias === undefined) return false;
    const { shape } = tensors[bias];
    const [, N] = slots[kernel].shape;
    const H = slots[recurrentKernel].shape[0];
    const parts = [kernel, recurrentKernel].every((i) => sameShape(tensors[i].shape, slots[i].shape));
    return (
      parts && shape.length === 1 && shape[0] === 2 * N && sizeOf(slots[bias].shape) <= 2 * N && N % H === 0
    );
  });
}

/**
 * The weights of a model from what a file has at their places.
 * @throws FormatError that names the weight whose shape is another
 */
export function collectWeights(
  where: string,
  slots: readonly PlacedSlot[],
  tensors: readonly Tensor[],
): Record<string, Tensor> {
  const found = [...tensors];
  for (const { kernel, recurrentKernel, bias } of cudnnCells(slots, tensors) as Required<CellParts>[]) {
    const made = fromCudnn(found[kernel], found[recurrentKernel], found[bias], slots[bias].shape);
    found[kernel] = made.kernel;
    found[recurrentKernel] = made.recurrentKernel;
    found[bias] = made.bias;
  }
  const weights: Record<string, Tensor> = {};
  slots.forEach(({ weight, shape }, i) => {
    if (!sameShape(found[i].shape, shape)) {
      const [got, expected] = [formatShape(found[i].shape), formatShape(shape)];
      throw new FormatError(
        `${where}: weight '${weight}' has shape ${got} in the file, expected ${expected}`,
      );
    }
    weights[weight] = found[i];
  });
  return weights;
}
