import type { Network } from '../../../model/network.js';
import { formatShape, type Shape, sameShape, sizeOf } from '../../../shape.js';
import type { Tensor } from '../../../tensor.js';
import type { Trainer } from '../../../training/trainer.js';
import type { WrittenDataset } from '../../hdf5/index.js';
import { allSlots, type WeightNode } from '../weights/slots.js';

/**
 * Names of the variables that Keras 3's optimizers keep for each weight, by ours: those of one list for a weight one
 * after the other, then those of the next list. Nadam keeps a product beside them that its files leave out.
 *
 * Source: Keras 3, optimizers/*.py, build
 */
const VARIABLES: Readonly<Record<string, readonly (readonly string[])[]>> = {
  sgd: [['momentum']],
  adam: [['momentum', 'velocity'], ['velocityHat']],
  adamW: [['momentum', 'velocity'], ['velocityHat']],
  rmsprop: [['velocity'], ['momentum'], ['averageGradient']],
  adamax: [['momentum', 'norm']],
  adagrad: [['accumulator']],
  adadelta: [['accumulatedGradient', 'accumulatedDelta']],
};

/** A part of a slot: a weight's. */
interface Part {
  /** Number of the slot. */
  readonly slot: number;
  /** Where in the slot it begins. */
  readonly offset: number;
  readonly shape: Shape;
}

/** The parts in Keras's order, or null where Keras keeps something else. */
function partsOf(trainer: Trainer, node: WeightNode): Part[] | null {
  const { optimizer } = trainer.compiled;
  const order = VARIABLES[optimizer.name];
  if (order === undefined || optimizer.gradientAccumulationSteps > 1) return null;
  const network = trainer.network as Network;
  const byName = new Map(network.parameters.all.map((parameter) => [parameter.name, parameter]));
  const weights = allSlots(node).filter(({ trainable }) => trainable);
  const slotOf = (name: string): number => optimizer.slots.findIndex((slot) => slot.name === name);
  return order.flatMap((names) =>
    weights.flatMap(({ weight, shape }) =>
      names.flatMap((name): Part[] => {
        const slot = slotOf(name);
        return slot < 0 ? [] : [{ slot, offset: byName.get(weight)?.offset ?? 0, shape }];
      }),
    ),
  );
}

const placeOf = ({ network, memory }: Trainer, { slot, offset, shape }: Part): Float32Array =>
  network.arena.f32((memory.slots[slot].address as number) + 4 * offset, sizeOf(shape));

/** The variables of an optimizer as Keras 3 keeps them: iterations, learning rate, and one for each weight. */
export function writeSlots(trainer: Trainer, node: WeightNode): WrittenDataset[] {
  const parts = partsOf(trainer, node);
  if (parts === null) return [];
  const { memory, compiled } = trainer;
  const rate = compiled.optimizer.currentLearningRate(memory.state);
  return [
    { shape: [], data: BigInt64Array.of(BigInt(memory.state.iterations)) },
    { shape: [], data: Float32Array.of(rate) },
    ...parts.map((part) => ({ shape: part.shape, data: placeOf(trainer, part).slice() })),
  ];
}

/**
 * Puts variables of a file into an optimizer's slots. Where they are others than it has, they stay as they are.
 * @returns why they were not taken, or null
 */
export function readSlots(trainer: Trainer, node: WeightNode, variables: readonly Tensor[]): string | null {
  if (variables.length === 0) return null;
  const [iterations, , ...values] = variables;
  const [count] = iterations.data;
  if (values.length === 0 && count === 0) return null; // of a model that was never trained
  const parts = partsOf(trainer, node);
  const { name, gradientAccumulationSteps } = trainer.compiled.optimizer;
  if (parts === null) {
    const what = gradientAccumulationSteps > 1 ? 'gradients that wait for further batches' : name;
    return `those of ${what} are not read`;
  }
  if (values.length !== parts.length) {
    return `the file has ${variables.length}, ${name} for these weights has ${parts.length + 2}`;
  }
  const other = parts.findIndex(({ shape }, i) => !sameShape(values[i].shape, shape));
  if (other >= 0) {
    const [came, expected] = [values[other].shape, parts[other].shape].map(formatShape);
    return `number ${other + 2} has shape ${came}, expected ${expected}`;
  }
  if (!Number.isSafeInteger(count) || count < 0) return `the number of iterations is ${count}`;
  parts.forEach((part, i) => {
    placeOf(trainer, part).set(values[i].data);
  });
  trainer.memory.state.iterations = count;
  trainer.step = count;
  return null;
}
