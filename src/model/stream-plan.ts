import type { Layer } from '../layers/layer.js';
import { type Inside, scoped } from '../layers/scope.js';
import type { Node, SymbolicTensor } from '../layers/symbolic.js';
import type { MemoryView } from '../memory/arena.js';
import type { Program } from '../program/program.js';
import { addressOf, at, type Ref } from '../program/region.js';
import { sizeOf } from '../shape.js';
import * as kernels from '../wasm/generated/kernels.js';
import type { BatchPlaces } from './batch-data.js';
import { type BindingTarget, GraphBinder, type GraphPart } from './binder.js';
import type { Samples } from './inputs.js';
import type { Network } from './network.js';
import { Blocks, recordSteps, type StepPlan, stepTarget, viewsOf } from './step-plan.js';
import { type Kept, keep, type StreamStates } from './stream-states.js';
import type { StreamSplit } from './streamable.js';

/** What runs once at the start of a stream, and where the inputs go that are given whole. */
export interface StartProgram extends BatchPlaces {
  readonly program: Program;
}

/**
 * The programs of a stream for whole inputs of certain shapes: one for the start, one for a step. What a step reads of
 * the start is copied to places of its own, each sample as often as there are rows for it.
 *
 * ```text
 * whole inputs → whole layers → copy, once for each row → kept ─┐
 *                               calls at the start      → kept ─┼→ step
 *                               initial states        → states ─┘
 * ```
 */
export class StreamPlan implements StepPlan {
  /** Null where nothing is given whole. */
  readonly start: StartProgram | null;
  readonly step: Program;
  readonly input: MemoryView;
  readonly outputs: readonly MemoryView[];
  readonly kept: Kept[] = [];
  /** With attention: by what each row of the last step weighed each step of what was given whole, [batch, S]. */
  readonly sight: MemoryView | null;
  private readonly blocks: Blocks;

  /**
   * @param samples data of the whole inputs: only its shapes count, and which have lengths
   * @throws MemoryError when there is no room; nothing has changed then
   */
  constructor(
    private readonly network: Network,
    private readonly split: StreamSplit,
    private readonly batch: number,
    private readonly states: StreamStates,
    samples: readonly Samples[],
    attention: Node | null,
  ) {
    const { arena } = network;
    this.blocks = new Blocks(arena);
    try {
      const target = this.target(samples);
      const count = samples.length === 0 ? batch : samples[0].count;
      const whole = new GraphBinder({ ...target, batch: count, part: partOf(split.whole, null) });
      whole.record();
      const part = partOf(split.stepped, this.startOf(whole));
      for (const value of split.crossing) this.carryOver(whole, value, count, part);
      const stepped = new GraphBinder({ ...target, part });
      const outputs = recordSteps(stepped);
      const sight = attention && this.recordSight(stepped, attention);
      const start = split.wholeInputs.length === 0 ? null : this.blocks.program(whole.recorder);
      this.step = this.blocks.program(stepped.recorder);
      const programs = start === null ? [this.step] : [start, this.step];
      // They never run at the same time, and nothing in their workspaces outlives a run but the outputs.
      const floats = Math.max(...programs.map((program) => program.workspaceBytes / 4));
      const workspace = this.blocks.allocate(floats);
      for (const program of programs) program.link(workspace);
      this.start = start && { ...this.places(whole, samples), program: start };
      const views = viewsOf(network, stepped, outputs);
      this.input = views.input;
      this.outputs = views.outputs;
      this.sight = sight && arena.view(addressOf(sight.place), batch * sight.steps);
    } catch (error) {
      this.blocks.release();
      throw error;
    }
  }

  get addresses(): readonly number[] {
    return this.blocks.addresses;
  }

  private target(samples: readonly Samples[]): BindingTarget {
    const { network, split, states, batch } = this;
    const lengths = network.graph.inputs.map((_, i) => {
      const whole = split.wholeInputs.indexOf(i);
      return whole >= 0 && samples[whole].lengths !== null;
    });
    const wholeShapes = samples.map(({ shape }) => shape);
    return stepTarget(network, split, batch, states, lengths, wholeShapes);
  }

  /** Records a whole value, and its mask, copied to a place that keeps it. */
  private carryOver(whole: GraphBinder, value: SymbolicTensor, count: number, part: Part): void {
    const { recorder } = whole;
    const { graph } = this.network;
    recorder.owner = value.node.layer === null ? 'input' : graph.named(value.node).name;
    const shape = whole.shape(value);
    const timeMajor = shape.length > 1;
    const copy = (name: string, from: Ref, own: readonly number[], axis: 0 | 1): Ref => {
      const kept = this.keep(`${recorder.owner}.${name}`, own, axis);
      const blocks = count * (axis === 1 ? own[0] : 1);
      recorder.emit(
        kernels.repeat_copy,
        kept,
        from,
        blocks,
        this.batch / count,
        (count * sizeOf(own)) / blocks,
      );
      return at(kept);
    };
    part.places.set(value, copy('whole', whole.place(value), shape, timeMajor ? 1 : 0));
    const mask = whole.mask(value);
    if (mask !== null) part.masks.set(value, copy('wholeMask', mask, [shape[0]], 1));
  }

  /**
   * Records what an attention layer looks at: its own step on values of which step s is 1 at s and 0 elsewhere, so that
   * the mean of them is the weights.
   */
  private recordSight(stepped: GraphBinder, node: Node): { place: Ref; steps: number } {
    const { definition, config } = node.layer as Layer;
    const from = definition.looksAt?.(config, node.inputs.length) as Record<
      'query' | 'key' | 'value',
      number
    >;
    const [query, value, key] = [from.query, from.value, from.key].map((index) => node.inputs[index]);
    const [S] = stepped.shape(value);
    const { batch } = this;
    const ones = this.keep(`${this.network.graph.named(node).name}.ones`, [S, S], 1);
    const floats = this.network.arena.f32(ones.address as number, ones.floats);
    for (let s = 0; s < S; s++) for (let b = 0; b < batch; b++) floats[(s * batch + b) * S + s] = 1;
    const place = recordAgain(stepped, node, {
      prefix: 'sight',
      streams: 0,
      inputShapes: [stepped.shape(query), [S, S], stepped.shape(key)],
      outputShapes: [[S]],
      inputs: [stepped.place(query), at(ones), stepped.place(key)],
      masks: [stepped.mask(query), stepped.mask(value), stepped.mask(key)],
      whole: [false, true, true],
      output: () => at(stepped.recorder.region('sight', batch * S)),
    });
    stepped.recorder.readAfter(place);
    return { place, steps: S };
  }

  private startOf({ recorder }: GraphBinder): GraphPart['start'] {
    return {
      recorder,
      kept: (layer, { name, shape, batchAxis }) => this.keep(`${layer.name}.${name}`, shape, batchAxis),
    };
  }

  private keep(name: string, shape: readonly number[], batchAxis: 0 | 1 | null = 0) {
    const kept = keep(this.network.arena, name, { shape, batchAxis }, this.batch, (n) =>
      this.blocks.allocate(n),
    );
    this.kept.push(kept);
    return kept.region;
  }

  private places(whole: GraphBinder, samples: readonly Samples[]): BatchPlaces {
    return {
      batch: samples[0].count,
      inputs: whole.inputs,
      inputShapes: samples.map(({ shape }) => shape),
      inputMasks: whole.inputMasks,
      outputs: [],
      outputShapes: [],
      ends: [],
    };
  }
}

/** A part whose places are still to be filled in. */
interface Part extends GraphPart {
  readonly places: Map<SymbolicTensor, Ref>;
  readonly masks: Map<SymbolicTensor, Ref>;
}

function partOf(nodes: GraphPart['nodes'], start: GraphPart['start']): Part {
  return { nodes, places: new Map(), masks: new Map(), start };
}

/** Records the step of a layer once more, on other inputs and with its own weights; gives the place of its output. */
function recordAgain(stepped: GraphBinder, node: Node, inside: Inside): Ref {
  const { definition, config } = node.layer as Layer;
  const own = stepped.bind(node);
  stepped.recorder.owner = own.name;
  const places: Ref[] = [];
  const { parameter, prepared } = own;
  const other = { ...scoped(own, inside, places), parameter, prepared };
  if (typeof definition.step === 'function') definition.step(config, other);
  return places[0];
}
