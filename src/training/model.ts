import { checkBoolean, checkInteger } from '../check.js';
import { checkOptionNames, NonFiniteLossError, StateError } from '../errors.js';
import type { SymbolicTensor } from '../layers/symbolic.js';
import { initializeWeights } from '../model/initialize.js';
import type { ModelInputs } from '../model/inputs.js';
import type { Lengths } from '../model/lengths.js';
import { loansOf } from '../model/nested.js';
import { Network } from '../model/network.js';
import type { ModelOptions, Wiring } from '../model/network-core.js';
import type { Tensor, TensorLike } from '../tensor.js';
import type { Logs } from './callbacks/callback.js';
import type { ClassWeight } from './class-weight.js';
import { type Compiled, type CompileOptions, resolveCompile, type ValueCompileOptions } from './compiled.js';
import { type ModelTargets, resolveData, withClassWeight } from './data.js';
import { evaluateDataset } from './evaluate.js';
import { type History, runFit } from './fit.js';
import type { FitOptions } from './fit-plan.js';
import { type MemoryReport, trainingMemoryReport } from './memory-report.js';
import type { Metric } from './metrics/index.js';
import { type Names, NO_NAMES } from './names.js';
import { saveModel } from './save.js';
import { Trainer } from './trainer.js';

export type { ModelInputs } from '../model/inputs.js';

/** Options of `evaluate`. */
export interface EvaluateOptions {
  /** Samples per pass. Default 32. */
  batchSize?: number;
  /** Weight of each sample, or of each time step, in the loss. */
  sampleWeight?: TensorLike;
  /** Steps of each sample that count, one number a sample; by name of input where there are several. */
  lengths?: Lengths;
  /** False skips the search for NaN and Infinity in the data. Default true. */
  checkFinite?: boolean;
}

/** Options of `trainOnBatch`. */
export interface TrainOnBatchOptions {
  /** Weight of each sample, or of each time step, in the loss. */
  sampleWeight?: TensorLike;
  /** Steps of each sample that count, one number a sample; by name of input where there are several. */
  lengths?: Lengths;
  /** Weight of each class in the loss. */
  classWeight?: ClassWeight;
  /** True looks for NaN and Infinity in the data first. Default false. */
  checkFinite?: boolean;
}

/** A model that can be trained: what it is compiled with are values, such as `adam()`. */
export class Model<Out extends Tensor | Tensor[] = Tensor> extends Network<Out> {
  /** Set by a callback to end `fit` after the current batch. */
  stopTraining = false;
  private trainer: Trainer | null = null;
  private isFitting = false;

  /** @internal Made by `sequential`, `model` and `load`. */
  constructor(wiring: Wiring, options: ModelOptions = {}, initialize = true) {
    super(wiring, options);
    if (initialize) initializeWeights(this.parameters, this.seed);
    for (const [lender, names] of loansOf(this.graph)) this.parameters.borrow(lender.parameters, names);
  }

  /**
   * Chooses optimizer, loss and metrics. Starts the optimizer afresh; the weights stay.
   *
   * @throws UnknownNameError for a name, ValueError or ShapeError, StateError while `fit` runs; an earlier compile stays in
   *   force then
   */
  compile(options: ValueCompileOptions): void {
    this.compileWith(options);
  }

  /** @internal */
  protected compileWith(options: CompileOptions): void {
    this.refuseWhileFitting('compile');
    this.useCompiled(resolveCompile(this.graph, options, this.names));
  }

  /** @internal What names stand for in `compile`. */
  protected get names(): Names {
    return NO_NAMES;
  }

  /**
   * Trains for a number of epochs, and gives the event loop a turn every few milliseconds.
   *
   * @param x inputs, `[samples, ...]` each
   * @param y targets, `[samples, ...]` each
   * @throws StateError before compile or while another fit runs, ShapeError or DataError for data that does not
   *   fit, MemoryError for a batch that does not, NonFiniteLossError when the loss is no number any more (the model
   *   then is as it was at the end of the last epoch)
   */
  async fit(x: ModelInputs, y: ModelTargets, options: FitOptions = {}): Promise<History> {
    this.refuseTraining('fit');
    const trainer = this.compiledFor('fit');
    this.refuseWhileFitting('fit');
    this.isFitting = true;
    try {
      return await runFit(this as unknown as Model, trainer, x, y, options);
    } finally {
      this.isFitting = false;
    }
  }

  /**
   * Mean loss and metrics over data, as in inference.
   *
   * @throws StateError before compile, ShapeError or DataError for data that does not fit
   */
  evaluate(x: ModelInputs, y: ModelTargets, options: EvaluateOptions = {}): Logs {
    checkOptionNames('evaluate', options, ['batchSize', 'sampleWeight', 'lengths', 'checkFinite']);
    const { batchSize = 32, sampleWeight, lengths } = options;
    checkInteger('evaluate', 'batchSize', batchSize, { min: 1 });
    const checkFinite = checkBoolean('evaluate', 'checkFinite', options.checkFinite ?? true);
    const trainer = this.compiledFor('evaluate');
    const { losses } = trainer.compiled;
    const data = resolveData('evaluate', this.graph, losses, x, y, { sampleWeight, lengths, checkFinite });
    this.carried.checkBatches('evaluate', [data.count], batchSize);
    return evaluateDataset(trainer, data, batchSize);
  }

  /**
   * One step on one batch: forward, backward, update.
   *
   * @returns loss and metrics of this batch, before the update
   * @throws as `fit`; when the loss or its gradient is not finite nothing has been updated
   */
  trainOnBatch(x: ModelInputs, y: ModelTargets, options: TrainOnBatchOptions = {}): Logs {
    checkOptionNames('trainOnBatch', options, ['sampleWeight', 'lengths', 'classWeight', 'checkFinite']);
    const { sampleWeight, lengths, classWeight } = options;
    const checkFinite = checkBoolean('trainOnBatch', 'checkFinite', options.checkFinite ?? false);
    this.refuseTraining('trainOnBatch');
    const trainer = this.compiledFor('trainOnBatch');
    this.refuseWhileFitting('trainOnBatch');
    const { losses } = trainer.compiled;
    const given = resolveData('trainOnBatch', this.graph, losses, x, y, {
      sampleWeight,
      lengths,
      checkFinite,
    });
    const data = withClassWeight('trainOnBatch', given, classWeight);
    this.carried.checkBatches('trainOnBatch', [data.count], data.count);
    trainer.resetMetrics(true);
    const { loss, broken, reason } = trainer.trainBatch(data, null, 0, data.count);
    if (broken !== null) {
      const fault = broken === 'loss' ? `the loss is ${loss}${reason}` : 'the gradient holds NaN or Infinity';
      throw new NonFiniteLossError(`trainOnBatch: ${fault}; nothing was updated`);
    }
    trainer.updateMetrics(data.count, true);
    return { loss, ...trainer.metricResults(true) };
  }

  /** Metrics in use, once compiled. */
  get metrics(): readonly Metric[] {
    return this.trainer?.compiled.metrics.flat() ?? [];
  }

  /** The learning rate of the next update. Setting it replaces a schedule. */
  get learningRate(): number {
    const { compiled, memory } = this.compiledFor('learningRate');
    return compiled.optimizer.currentLearningRate(memory.state);
  }

  /** Takes the place of a schedule. */
  set learningRate(value: number) {
    this.compiledFor('learningRate').compiled.optimizer.learningRate = value;
  }

  /**
   * The model as bytes: architecture, weights, and once compiled also optimizer, counters and random state,
   * so that training goes on bit for bit where it stopped.
   */
  save(): Uint8Array {
    return saveModel(this as unknown as Model, this.trainer);
  }

  /** What one training step at a batch size keeps in memory, part by part. */
  memoryReport(batchSize: number, inputShapes?: readonly (readonly number[])[]): MemoryReport {
    this.refuseTraining('memoryReport');
    return trainingMemoryReport(this.compiledFor('memoryReport'), batchSize, inputShapes);
  }

  private refuseTraining(method: string): void {
    const name = this.quantizedLayer;
    if (name !== null) {
      throw new StateError(
        `${method}: ${name} is quantised to 8 bits and cannot be trained: train the model it was made from, ` +
          'then call quantize again',
      );
    }
  }

  /** @internal */
  useCompiled(compiled: Compiled): Trainer {
    const previous = this.trainer;
    const next = new Trainer(this as unknown as Network, compiled);
    next.step = previous?.step ?? 0;
    next.epoch = previous?.epoch ?? 0;
    this.workspace.forget('train:');
    this.workspace.forget('evaluate:');
    previous?.memory.release();
    this.trainer = next;
    return next;
  }

  private refuseWhileFitting(method: string): void {
    if (this.isFitting) {
      throw new StateError(`${method}: fit is running on this model; await it first`);
    }
  }

  /** @internal What compile settled, or null before it. */
  get compiled(): Compiled | null {
    return this.trainer?.compiled ?? null;
  }

  /** @internal The trainer, or an error that says to compile first. */
  compiledFor(method: string): Trainer {
    if (this.trainer === null) {
      throw new StateError(`${method}: the model is not compiled: call compile({ optimizer, loss }) first`);
    }
    return this.trainer;
  }
}

/** What {@link model} is made from. */
export interface FunctionalOptions<O> extends ModelOptions {
  /** Values made by `input`. */
  inputs: SymbolicTensor | readonly SymbolicTensor[];
  /** Values made by `layer.apply`. */
  outputs: O;
}

/** What `predict` gives for the outputs of a functional model. */
export type OutputOf<O> = O extends SymbolicTensor ? Tensor : Tensor[];
