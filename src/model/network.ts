import { allocateFloats } from '../allocate.js';
import { checkInteger } from '../check.js';
import { checkOptionNames } from '../errors.js';
import type { SymbolicTensor } from '../layers/symbolic.js';
import { sha256Hex } from '../numeric/sha256.js';
import { Program } from '../program/program.js';
import { type Shape, sizeOf } from '../shape.js';
import type { Tensor, TensorLike } from '../tensor.js';
import { type BatchPlaces, endsOf, readOutputs, writeInputs } from './batch-data.js';
import { type BindingTarget, GraphBinder } from './binder.js';
import { CarriedStates } from './carried.js';
import { type ModelInputs, resolveInputs, type Samples } from './inputs.js';
import type { Lengths } from './lengths.js';
import { applyGraph } from './nested.js';
import { type ModelOptions, NetworkCore, type Wiring } from './network-core.js';
import { type BatchShapes, keyOf, shapesOfBatch } from './steps.js';
import { Stream, type StreamOptions } from './stream.js';
import { summarize } from './summary.js';
import { readWeights, writeWeights } from './weights.js';
import { type Tenant, Workspace } from './workspace.js';

export type { ModelOptions, Wiring } from './network-core.js';

/** Options of `predict`. */
export interface PredictOptions {
  /** Samples per pass. Default 32. Does not change the bits of any result. */
  batchSize?: number;
  /** Steps of each sample that count, one number a sample; by name of input where there are several. */
  lengths?: Lengths;
}

/** A program for one batch size and one set of input shapes, with the places of its data. */
export interface BoundProgram extends Tenant, BatchPlaces {}

/**
 * A graph of layers with its weights in one linear memory: predicts, streams, gives and takes weights.
 *
 * `Out` is {@link Tensor} for a model with one output, `Tensor[]` with several.
 */
export class Network<Out extends Tensor | Tensor[] = Tensor> extends NetworkCore {
  /** @internal */
  readonly workspace: Workspace<BoundProgram>;
  /** @internal What stateful layers carry from batch to batch. */
  readonly carried: CarriedStates;

  /** @internal */
  constructor(wiring: Wiring, options: ModelOptions = {}) {
    super(wiring, options);
    this.workspace = new Workspace(this.arena);
    this.carried = new CarriedStates(this.arena, this.graph, () => this.workspace.forget(''));
  }

  /**
   * Lets go of the other threads; with the last model that used them they end. The model works on with one,
   * and gives the same bits. Without other threads it does nothing.
   */
  close(): void {
    this.arena.closeThreads();
  }

  /**
   * Runs the model on data, `batchSize` samples at a time. Synchronous.
   *
   * @param inputs data of one input `[samples, ...]`, or of several in a list or by name
   * @returns outputs `[samples, ...]`: one tensor, or a list where the model has several outputs. With `lengths` a
   *   sequence in the output is 0 past its end
   * @throws ShapeError or DataError when the data does not fit, MaskError when a layer cannot take sequences of
   *   unequal length, MemoryError when a batch does not fit
   */
  predict(inputs: ModelInputs, options: PredictOptions = {}): Out {
    checkOptionNames('predict', options, ['batchSize', 'lengths']);
    const { batchSize = 32, lengths } = options;
    checkInteger('predict', 'batchSize', batchSize, { min: 1 });
    const samples = resolveInputs('predict', this.graph, inputs, lengths);
    this.carried.checkBatches('predict', [samples[0].count], batchSize);
    const outputs = this.predictSamples(samples, batchSize);
    return (this.graph.outputs.length === 1 ? outputs[0] : outputs) as Out;
  }

  /** @internal Predictions for data that has been checked. */
  predictSamples(samples: readonly Samples[], batchSize: number): Tensor[] {
    const count = samples[0].count;
    const shapes = this.graph.shapesFor(samples.map((s) => s.shape));
    const outputs = this.graph.outputs.map((value) => {
      const shape = [count, ...(shapes.get(value) as Shape)];
      return { data: allocateFloats('predict', sizeOf(shape)), shape };
    });
    for (let from = 0; from < count; from += batchSize) {
      const batch = Math.min(batchSize, count - from);
      const bound = this.inferenceProgram(
        batch,
        shapesOfBatch(this.graph, samples, { order: null, from, count: batch }, 'predict'),
      );
      writeInputs(this.arena, bound, samples, null, from);
      this.runInference(bound);
      readOutputs(this.arena, bound, samples, outputs, from);
    }
    return outputs;
  }

  /**
   * A session that takes one time step at a time and keeps the state in linear memory. Of a model with several
   * inputs `stepInput` comes by steps, and the others whole, at the start.
   *
   * @throws ValueError when a layer needs more than the past (its name is in the message), UnknownNameError
   */
  stream(options: StreamOptions = {}): Stream<Out> {
    return new Stream<Out>(this as unknown as Network, options);
  }

  /**
   * Applies the model to symbolic tensors, as a layer of another model. Weights are shared: what either model
   * learns, the other knows. Names of its layers follow its own: `encoder.lstm.kernel`.
   *
   * @returns its first output; {@link applyAll} gives all
   * @throws ValueError for another number of inputs, ShapeError when shapes do not fit
   */
  apply(inputs: SymbolicTensor | readonly SymbolicTensor[]): SymbolicTensor {
    return this.applyAll(inputs)[0];
  }

  /** Like {@link apply}, for models with several outputs. */
  applyAll(inputs: SymbolicTensor | readonly SymbolicTensor[]): SymbolicTensor[] {
    return applyGraph(this, this.graph, inputs);
  }

  /** Copies of all weights by name, in Keras's order and shapes: `lstm.kernel`, `dense.bias`, ... */
  getWeights(): Record<string, Tensor> {
    return readWeights(this.parameters);
  }

  /**
   * Sets the weights named; others stay as they are.
   *
   * @throws UnknownNameError or ShapeError; no weight has changed then
   */
  setWeights(weights: Readonly<Record<string, TensorLike>>): void {
    writeWeights(this.parameters, weights);
  }

  /** SHA-256 over the bits of all weights in order, as 64 hex digits. */
  fingerprint(): string {
    this.parameters.refresh();
    const views = this.parameters.all.map((p) => this.parameters.view(p));
    const joined = new Uint8Array(views.reduce((sum, v) => sum + v.byteLength, 0));
    let offset = 0;
    for (const v of views) {
      joined.set(new Uint8Array(v.buffer, v.byteOffset, v.byteLength), offset);
      offset += v.byteLength;
    }
    return sha256Hex(joined);
  }

  /** A table of layers, output shapes and weights. */
  summary(): string {
    return summarize(this as unknown as Network);
  }

  /** Forgets what stateful layers carry: the next batch starts from zero, and may be of another size. */
  resetStates(): void {
    this.carried.reset();
  }

  /** @internal What a binder needs to know of this model. */
  bindingTarget(batch: number, { inputShapes, lengths }: BatchShapes): BindingTarget {
    const shapes = this.graph.shapesFor(inputShapes);
    return this.target(batch, shapes, lengths, (node, layer, name) =>
      this.carried.place(node, layer, name, batch),
    );
  }

  /** @internal The inference program for a batch size and input shapes; `watch` keeps further places. */
  inferenceProgram(
    batch: number,
    shapes: BatchShapes,
    watch: { readonly key: string; keep(binder: GraphBinder): unknown } = { key: 'infer', keep: () => {} },
  ): BoundProgram {
    const key = `${watch.key}:${batch}:${keyOf(shapes)}`;
    return this.workspace.get(key, batch, () => {
      const target = this.bindingTarget(batch, shapes);
      const binder = new GraphBinder(target);
      const outputs = binder.forward();
      for (const place of outputs) binder.recorder.readAfter(place);
      watch.keep(binder);
      return {
        program: new Program(this.arena, binder.recorder),
        ...this.batchPlaces(binder, shapes),
        outputs,
      };
    });
  }

  /** @internal What a program has to say of its data, but for its outputs. */
  batchPlaces(binder: GraphBinder, { inputShapes }: BatchShapes): Omit<BatchPlaces, 'outputs'> {
    const { batch, masked } = binder.target;
    return {
      batch,
      inputs: binder.inputs,
      inputShapes,
      inputMasks: binder.inputMasks,
      outputShapes: this.graph.outputs.map((value) => binder.shape(value)),
      ends: endsOf(this.graph, masked),
    };
  }

  /**
   * @internal
   * @throws ThreadError when a thread is lost; what stateful layers carry is as it was
   */
  runInference(bound: BoundProgram): void {
    this.prepared.refresh(this.parameters.version);
    const carried = this.threads > 1 ? this.carried.read() : null;
    this.carried.markUsed();
    try {
      bound.program.run();
    } catch (error) {
      if (carried !== null) this.carried.write(carried);
      throw error;
    }
  }
}
