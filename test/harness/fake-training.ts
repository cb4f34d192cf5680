import type { Tensor } from '../../src/tensor.js';
import type {
  Callback,
  CallbackContext,
  Logs,
  TrainableModel,
  TrainingParams,
} from '../../src/training/callbacks/callback.js';
import { CallbackList } from '../../src/training/callbacks/list.js';

/** A model whose one weight is the number of the epoch that set it, from 1. */
export class FakeModel implements TrainableModel {
  stopTraining = false;
  learningRate = 1;
  weight = 0;

  constructor(readonly metrics: TrainableModel['metrics'] = undefined) {}

  getWeights(): Record<string, Tensor> {
    return { kernel: { data: Float32Array.of(this.weight), shape: [1] } };
  }

  setWeights(weights: Record<string, Tensor>): void {
    this.weight = weights.kernel.data[0];
  }

  save(): Uint8Array {
    return Uint8Array.of(0xa5, this.weight);
  }
}

/** What came of {@link runTraining}. */
export interface FakeRun {
  /** Epochs that were run. */
  readonly epochs: number;
  /** Learning rate in each epoch. */
  readonly rates: number[];
  /** Logs of each epoch after the callbacks. */
  readonly history: Logs[];
  readonly model: FakeModel;
}

interface FakeOptions {
  model?: FakeModel;
  params?: Partial<TrainingParams>;
  initialEpoch?: number;
  /** Loss after each batch of an epoch, the last one left out. */
  batchLosses?: (epoch: number) => number[];
}

/** Runs callbacks through epochs with the given logs, as fit does, until one of them stops it. */
export async function runTraining(
  callbacks: Callback[],
  logs: readonly Logs[],
  options: FakeOptions = {},
): Promise<FakeRun> {
  const { model = new FakeModel(), initialEpoch = 0, batchLosses = () => [0.5] } = options;
  const params = {
    epochs: initialEpoch + logs.length,
    batches: 1,
    samples: 8,
    verbose: 0,
    ...options.params,
  };
  const context: CallbackContext = { model, params: params as TrainingParams };
  const list = new CallbackList(callbacks, context);
  const rates: number[] = [];
  const history: Logs[] = [];
  model.stopTraining = false;
  await list.trainBegin();
  for (let i = 0; i < logs.length && !model.stopTraining; i++) {
    const epoch = initialEpoch + i;
    await list.epochBegin(epoch);
    rates.push(model.learningRate);
    const losses = batchLosses(epoch);
    for (let batch = 0; batch < losses.length && !model.stopTraining; batch++) {
      await list.batchEnd(batch, { loss: losses[batch] });
    }
    model.weight = epoch + 1;
    const record = { ...logs[i] };
    await list.epochEnd(epoch, record);
    history.push(record);
  }
  await list.trainEnd(history[history.length - 1] ?? {});
  return { epochs: history.length, rates, history, model };
}

/** Logs of epochs that hold only a validation loss. */
export function valLosses(...values: number[]): Logs[] {
  return values.map((valLoss) => ({ loss: 9, valLoss }));
}
