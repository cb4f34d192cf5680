import { checkList } from '../check.js';
import { describeValue } from '../describe.js';
import { checkOptionNames, ValueError } from '../errors.js';
import type { Recorder } from '../program/recorder.js';
import type { Ref, Region } from '../program/region.js';
import type { OpenShape, Shape } from '../shape.js';
import type { ActivationName } from './activations.js';
import type { Constraint } from './constraints.js';
import type { Initializer } from './initializers/index.js';
import type { MaskRule } from './mask-rule.js';
import type { Regularizer } from './regularizers.js';
import type { Restore } from './restore.js';
import { type CallOptions, Node, SymbolicTensor } from './symbolic.js';
import type { WiredLayer } from './wiring.js';

/** A weight that a layer owns. */
export interface ParameterDeclaration {
  /** Its name inside the layer, in Keras's words: 'kernel', 'recurrentKernel', 'bias'. */
  readonly name: string;
  readonly shape: Shape;
  readonly initializer: Initializer;
  readonly regularizer?: Regularizer | null;
  readonly constraint?: Constraint | null;
  /** False for what training does not touch by gradient. Default true. */
  readonly trainable?: boolean;
  /** 'int8' for whole numbers from -127 to 127, kept in one byte each. Default 'float32'. */
  readonly dtype?: DType;
}

/** How a weight is kept in memory and in files. */
export type DType = 'float32' | 'int8';

/** What a layer carries from one time step to the next: a name and the sizes for one sample. */
export interface StateDeclaration {
  readonly name: string;
  readonly shape: Shape;
  /** Axis of the batch in memory: 0 for [B, ...], the default, 1 for [P, B, ...]; null: one for all samples. */
  readonly batchAxis?: BatchAxis;
  /** Of a state whose numbers count the steps taken: how many it has room for. */
  readonly limit?: number;
}

/** Where the batch stands among the axes of what is kept from step to step. */
export type BatchAxis = 0 | 1 | null;

/** What every layer can be told. */
export interface BaseOptions {
  /** Name in summaries, weights and errors. Default: the type with a number. */
  name?: string;
  /** False keeps the weights as they are during training. Default true. */
  trainable?: boolean;
}

/**
 * What a layer's kernels are bound against, in a program for one batch size and one sequence length.
 *
 * Sequences are time-major in memory: [T, B, ...]. Shapes given here are those of one sample, concrete; in a
 * streaming program the time axis is gone from them.
 */
export interface Binding {
  /** Name for messages. */
  readonly name: string;
  /** Samples in the batch. */
  readonly batch: number;
  /** True while training: dropout acts and what backward needs is kept. */
  readonly training: boolean;
  /** False where the user froze the layer. */
  readonly trainable: boolean;
  /** Shapes of one sample of each input, and how many inputs there are. */
  readonly inputShapes: readonly Shape[];
  /** Shapes of one sample of each output. */
  readonly outputShapes: readonly Shape[];
  /** Address of the random key: seed low, seed high, step low, step high (u32 each). */
  readonly rng: Ref;
  /** Number of this layer for the random generator; `stream` tells its masks apart. */
  randomStream(stream: number): number;
  input(index?: number): Ref;
  /** The buffer of an output, made on first use. */
  output(index?: number): Ref;
  /** Says that an output lies at a place that exists already. */
  setOutput(index: number, place: Ref): void;
  /** Mask of an input, [T, B] of 1 where a step counts and 0 where not ([B] in a streaming program); or null. */
  mask(index?: number): Ref | null;
  /** Says where the mask of an output lies that is not the mask of the first input. */
  setMask(index: number, place: Ref): void;
  /** A weight. */
  parameter(name: string): Ref;
  /** The gradient to add to, or null when the weight is frozen. */
  gradient(name: string): Ref | null;
  /** Something computed from weights alone (a packing): made when weights have changed, kept otherwise. */
  prepared(name: string, floats: number, record: (emit: Recorder['emit'], place: Region) => void): Region;
  /** Something that depends on neither weights nor data: a table, written once. A later request may be for more. */
  constant(name: string, floats: number, write: (table: Float32Array) => void): Region;
  /** In a streaming program, how many steps it has room for; null without bound. */
  readonly maxSteps: number | null;
  /** A workspace buffer. The same name gives the same buffer in forward and backward: that keeps it. */
  buffer(name: string, floats: number): Region;
  /** A list for the places of what a layer inside this one gives; backward finds it again under the same name. */
  places(name: string): Ref[];
  /** The carried state [B, ...], or null where the program starts each sequence from zero. */
  state(name: string): Ref | null;
  /**
   * Whether an input of a step lies there whole, with all its steps: what is given at the start of a stream, and
   * what is made of that alone. Its shape and mask are those of a whole sequence. False outside of streams.
   */
  whole(index?: number): boolean;
  /** Records calls that run once at each start of a stream, before the first step, from whole inputs. */
  atStart(record: (emit: Recorder['emit']) => void): void;
  /** A place whose content stays from step to step: what {@link atStart} makes of whole inputs. */
  kept(declaration: StateDeclaration): Region;
  /** Where penalties are added to the loss, [1]; null in programs that have no loss. */
  readonly penalty: Ref | null;
  /**
   * Defers calls until the loss of a training batch has proved finite: what training writes into weights beside
   * the optimizer. They run once per batch, before the update.
   */
  whenAccepted(record: () => void): void;
  /**
   * Whether a loss takes what the output's activation is applied to in place of the output. The layer says with
   * setLogits where that lies, and finds its gradient in the place of the output's.
   */
  readonly givesLogits: boolean;
  setLogits(place: Ref): void;
  /** False in a program that needs the layer's own loss alone: the output can be left as it is. */
  readonly outputWanted: boolean;
  /** Records a kernel call. */
  readonly emit: Recorder['emit'];
  /** Records calls that run several times over. */
  readonly loop: Recorder['loop'];
}

/** What a layer that has a loss of its own is given to record it. */
export interface OwnLossCall {
  /** Where the losses go: one for each row, or for each sample where the loss is over sequences. */
  readonly losses: Region;
  readonly target: Region;
  /** Which steps count, [T, B], for losses over sequences; null where all do or where the weights say it. */
  readonly mask: Ref | null;
  /** Weights of what has a loss, or null for ones. */
  readonly weights: Region | null;
  readonly scale: number;
}

/** A loss that a layer computes from more than its output. */
export interface OwnLoss<C> {
  /** Its name, which compile is given. */
  readonly name: string;
  /**
   * Records the losses and, in training, the gradient of scale · Σ weights · losses.
   * @returns what `outputGradient` gives in backward, of a shape that is the layer's own affair; null when not training
   */
  record(config: C, k: Binding, call: OwnLossCall): Ref | null;
}

/** A binding while recording backward. */
export interface BackwardBinding extends Binding {
  /** Gradient of an output, read only, or null where none flows. */
  outputGradient(index?: number): Ref | null;
  /** Where to write the gradient of an input, or null when nobody needs it. */
  inputGradient(index?: number): Ref | null;
  /** Says that the gradient of an input lies at a place that exists already. */
  setInputGradient(index: number, place: Ref): void;
}

/**
 * The one declaration of a layer. Memory, gradients, optimizer slots, summary rows, checkpoint names, tests
 * and tables are derived from it.
 */
export interface LayerDefinition<C extends object = object> {
  /** Name in saved files, and stem of default names: 'lstm'. */
  readonly type: string;
  /**
   * The config that a file holds, checked as the options of a new layer are: {@link restoreWith} does it.
   * @throws ValueError, UnknownNameError
   */
  readonly restore: Restore<C>;
  /** Checks the inputs' shapes (of one sample) and gives the outputs'. Throws ShapeError. */
  outputShapes(config: C, inputs: readonly OpenShape[], name: string): OpenShape[];
  /** Weights, in Keras's order. */
  parameters(config: C, inputs: readonly OpenShape[]): ParameterDeclaration[];
  /** The weight that a layer with this configuration uses of the one it is tied to; null for none. */
  tiedWeight?(config: C): { readonly name: string; readonly shape: Shape } | null;
  /** What the values of the first input must be, where the layer cannot take any number. */
  inputRange?(config: C): { readonly integersBelow: number } | undefined;
  /** What becomes of the masks of the inputs. */
  readonly masks: MaskRule<C>;
  /** The number of which a step of its first input consists throughout that does not count; null for none. */
  padding?(config: C): number | null;
  /**
   * Whether bits can depend on the steps behind the last one that counts, by their number or by what is carried on
   * from them. Default: for a layer that is stateful.
   */
  seesPadding?(config: C, training: boolean): boolean;
  /** How many inputs a use can have, initial states included. Default 1. */
  readonly maxInputs?: number;
  /** The activation whose value the output is, of a layer that heeds {@link Binding.givesLogits}. */
  logits?(config: C): ActivationName;
  /** The loss that this layer is trained with and no other: no gradient passes through its output. */
  readonly ownLoss?: OwnLoss<C>;
  /** What is carried from step to step; in a stream the time axis of the inputs is how many steps it has room for. */
  states?(config: C, inputs: readonly OpenShape[]): StateDeclaration[];
  /** True when the state also survives from batch to batch. */
  stateful?(config: C): boolean;
  forward(config: C, k: Binding): void;
  backward(config: C, k: BackwardBinding): void;
  /** Records one time step. 'forward' when a step is forward on one frame; a text says why it cannot stream. */
  readonly step: 'forward' | ((config: C, k: Binding) => void) | { readonly refuses: string };
  /**
   * Which inputs are query, value and key, of a layer of inputs in this order whose output is a mean of the steps of the
   * value: with the value replaced, the weights of that mean can be read off.
   */
  looksAt?(
    config: C,
    inputs: number,
  ): { readonly query: number; readonly value: number; readonly key: number };
  /** True where a step can have whole inputs beside those that come by steps: {@link Binding.whole}. */
  readonly takesWhole?: true;
  /**
   * Why a layer with this configuration, on inputs of these shapes, cannot stream; undefined when it can.
   * @param whole which inputs are whole; some are where the layer {@link takesWhole}
   */
  refusesStep?(config: C, inputs: readonly OpenShape[], whole?: readonly boolean[]): string | undefined;
  /** The layers that it is made of, where it is nothing else: for what goes through them one by one. */
  wiredLayers?(config: C, inputs: readonly OpenShape[], name: string): readonly WiredLayer[];
  /** True when weights are kept in 8 bits: the layer cannot be trained then. */
  isQuantized?(config: C): boolean;
}

/** What {@link LayerDefinition.seesPadding} says, or what holds where it says nothing. */
export function seesPadding(
  { definition, config }: Pick<Layer, 'definition' | 'config'>,
  training: boolean,
): boolean {
  return definition.seesPadding?.(config, training) ?? definition.stateful?.(config) === true;
}

/** A layer with its options. Holds no memory: the weights belong to the models it is used in. */
export class Layer<C extends object = object> {
  /** @internal The layer whose weights this one uses beside its own, where it is tied to one. */
  tiedTo: Layer | null = null;

  /** @internal Made by `lstm`, `dense` and so on. */
  constructor(
    /** @internal How this kind of layer works. */
    readonly definition: LayerDefinition<C>,
    /** Its options, complete and JSON-serialisable. */
    readonly config: C,
    /** Name given by the user. */
    readonly givenName: string | undefined = undefined,
    /** False keeps the weights as they are during training. */
    readonly trainable: boolean = true,
  ) {}

  /** Name for messages before a model has named the layer. */
  get label(): string {
    return this.givenName ?? this.definition.type;
  }

  /**
   * Applies the layer to symbolic tensors, as Keras's `layer(x)`.
   *
   * @returns its first output; {@link applyAll} gives the states of `returnState` as well
   * @throws ValueError for what is no symbolic tensor or too many of them, ShapeError when shapes do not fit
   */
  apply(inputs: SymbolicTensor | readonly SymbolicTensor[], options: CallOptions = {}): SymbolicTensor {
    return this.applyAll(inputs, options)[0];
  }

  /** Like {@link apply}, for layers with several outputs: `const [y, h, c] = lstm({ ... }).applyAll(x)`. */
  applyAll(inputs: SymbolicTensor | readonly SymbolicTensor[], options: CallOptions = {}): SymbolicTensor[] {
    const list = this.inputList(inputs, options);
    const shapes = this.definition.outputShapes(
      this.config,
      list.map((value) => value.shape),
      this.label,
    );
    const node = new Node(this as unknown as Layer, list);
    node.outputs = shapes.map((shape, index) => new SymbolicTensor(shape, node, index));
    return node.outputs;
  }

  /** The inputs and initial states of a use, checked for what they are and how many. */
  private inputList(inputs: unknown, options: CallOptions): SymbolicTensor[] {
    const { label } = this;
    checkOptionNames(`${label}.apply`, options, ['initialState']);
    const list = inputs instanceof SymbolicTensor ? [inputs] : checkList(label, 'inputs', inputs);
    const states = options.initialState ?? [];
    const given = [...list, ...checkList(label, 'initialState', states)];
    const most = this.definition.maxInputs ?? 1;
    if (list.length === 0 || given.length > most) {
      const expected = most === 1 ? 'one' : 'one, and those of the initial state';
      throw new ValueError(`${label}: applied to ${given.length} inputs, expected ${expected}`);
    }
    return given.map((value) => {
      if (value instanceof SymbolicTensor) return value;
      throw new ValueError(
        `${label}: expected what input({ shape }) or layer.apply(...) gives, got ${describeValue(value)}`,
      );
    });
  }
}
