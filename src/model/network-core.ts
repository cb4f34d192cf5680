import { checkInteger, checkText, checkWord } from '../check.js';
import type { SymbolicTensor } from '../layers/symbolic.js';
import { Arena } from '../memory/arena.js';
import { at, Region } from '../program/region.js';
import type { Shape } from '../shape.js';
import { buildFor, type Numerics, threadBuildFor } from '../wasm/load.js';
import { MAX_THREADS } from '../wasm/threads/pool.js';
import type { BindingTarget } from './binder.js';
import { Graph } from './graph.js';
import { Parameters } from './parameters.js';
import { PreparedWeights } from './prepared.js';

/** Options of a model. */
export interface ModelOptions {
  /** Seed of everything random: initial weights, dropout, shuffling. A whole number from 0 to 2^53. Default 0. */
  seed?: number;
  /** Name in summaries. Default 'model'. */
  name?: string;
  /**
   * 'portable' (the default): the same bits on every engine. 'relaxed': faster where the engine fuses
   * multiply-adds; needs `await prepare({ numerics: 'relaxed' })` first.
   */
  numerics?: Numerics;
  /**
   * Threads for `predict`, `evaluate` and training, the calling one included. Default 1; more need
   * `await prepare({ threads })` first, and where that could not bring them there is one. Bits do not depend
   * on them. The others are ended by `close()`.
   */
  threads?: number;
}

/** What a model is made of, beside its options. */
export interface Wiring {
  readonly inputs: readonly SymbolicTensor[];
  readonly outputs: readonly SymbolicTensor[];
}

/** Address block for what changes from step to step: the random key and the like. */
const CONTROL_WORDS = 64;

/** A graph of layers with its weights in one linear memory: what programs are bound for. */
export class NetworkCore {
  /** Name in summaries, and in front of its layers' names where it is a layer of another model. */
  readonly name: string;
  /** @internal Whether the user gave the name. */
  readonly isNamed: boolean;
  /** False keeps its weights as they are in the models that are made of it from then on, as in Keras. */
  trainable = true;
  /** Seed of everything random. */
  readonly seed: number;
  /** The numerics asked for. */
  readonly numerics: Numerics;
  /** @internal */
  readonly graph: Graph;
  /** @internal */
  readonly arena: Arena;
  /** @internal */
  readonly parameters: Parameters;
  /** @internal */
  readonly prepared: PreparedWeights;
  /** @internal Address of the control block: words 0 to 3 are the random key. */
  readonly control: Region;

  /** @internal */
  constructor(wiring: Wiring, options: ModelOptions) {
    const { seed = 0, name = 'model', numerics = 'portable', threads = 1 } = checkModelOptions(options);
    this.name = name;
    this.isNamed = options.name !== undefined;
    this.seed = seed;
    this.numerics = numerics;
    this.graph = new Graph(wiring.inputs, wiring.outputs);
    const quantized = this.isQuantized;
    this.arena = new Arena(buildFor(numerics, quantized), threads, threadBuildFor(numerics, quantized));
    this.control = new Region('control', CONTROL_WORDS, this.arena.allocate(4 * CONTROL_WORDS, 'control'));
    this.parameters = new Parameters(this.arena, this.graph);
    this.prepared = new PreparedWeights(this.arena);
    this.setRandomStep(0);
  }

  /** Threads that serve this model: 1 after `close()`, after a thread was lost, or where there are no others. */
  get threads(): number {
    return this.arena.threads?.threads ?? 1;
  }

  /** Whether the model was made by `quantize`. Its results have the same bits under any numerics. */
  get isQuantized(): boolean {
    return this.quantizedLayer !== null;
  }

  /** @internal Name of the first layer that keeps weights in 8 bits, or null. */
  get quantizedLayer(): string | null {
    const found = this.graph.layers.find(
      ({ layer }) => layer.definition.isQuantized?.(layer.config) === true,
    );
    return found?.name ?? null;
  }

  /** Total number of weights. */
  get parameterCount(): number {
    return this.parameters.all.reduce((sum, p) => sum + p.size, 0);
  }

  /** @internal Sets the step that keys random masks. */
  setRandomStep(step: number): void {
    const words = this.arena.u32(this.control.address as number, 4);
    words[0] = this.seed >>> 0;
    words[1] = Math.floor(this.seed / 2 ** 32);
    words[2] = step >>> 0;
    words[3] = Math.floor(step / 2 ** 32);
  }

  /** @internal What a binder needs to know of this model, to predict with it. */
  target(
    batch: number,
    shapes: ReadonlyMap<SymbolicTensor, Shape>,
    lengths: readonly boolean[],
    state: BindingTarget['state'],
  ): BindingTarget {
    return {
      graph: this.graph,
      parameters: this.parameters,
      prepared: this.prepared,
      batch,
      shapes,
      training: false,
      masked: this.graph.maskedWith(lengths),
      rng: at(this.control),
      state,
    };
  }
}

/** The options of a model, checked. @throws ValueError, UnknownNameError */
function checkModelOptions(options: ModelOptions): ModelOptions {
  const { seed, name, numerics, threads } = options;
  const where = name === undefined ? 'model' : checkText('model', 'name', name);
  if (seed !== undefined) checkInteger(where, 'seed', seed, { min: 0 });
  if (numerics !== undefined) checkWord(where, 'numerics', numerics, ['portable', 'relaxed'] as const);
  if (threads !== undefined) checkInteger(where, 'threads', threads, { min: 1, max: MAX_THREADS });
  return options;
}
