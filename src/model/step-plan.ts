import type { Arena, MemoryView } from '../memory/arena.js';
import { Program } from '../program/program.js';
import type { Recorder } from '../program/recorder.js';
import { addressOf, at, type Ref } from '../program/region.js';
import { type Shape, sizeOf } from '../shape.js';
import { type BindingTarget, GraphBinder } from './binder.js';
import type { NetworkCore } from './network-core.js';
import type { StreamStates } from './stream-states.js';
import { type StreamSplit, streamShapes } from './streamable.js';

/** The program of a step, with the places of what goes in and comes out. */
export interface StepPlan {
  readonly step: Program;
  readonly input: MemoryView;
  readonly outputs: readonly MemoryView[];
  /** What has to be freed once the stream is out of reach. */
  readonly addresses: readonly number[];
}

/** What the programs of a stream are bound for; whole inputs come in shapes, with lengths or without. */
export function stepTarget(
  network: NetworkCore,
  split: StreamSplit,
  batch: number,
  states: StreamStates,
  lengths: readonly boolean[],
  wholeShapes: readonly Shape[],
): BindingTarget {
  return {
    // Whole layers begin from zero; those that step carry on.
    ...network.target(batch, streamShapes(network.graph, split, wholeShapes), lengths, (node, named, name) =>
      split.stepped.has(node) ? states.place(node, named, name) : null,
    ),
    maxSteps: split.maxSteps,
  };
}

/**
 * The plan of a stream of which nothing is given whole.
 * @throws MemoryError when there is no room; nothing has changed then
 */
export function planSteps(
  network: NetworkCore,
  split: StreamSplit,
  batch: number,
  states: StreamStates,
): StepPlan {
  const blocks = new Blocks(network.arena);
  try {
    const stepped = new GraphBinder(stepTarget(network, split, batch, states, [], []));
    const outputs = recordSteps(stepped);
    const step = blocks.program(stepped.recorder);
    step.link(blocks.allocate(step.workspaceBytes / 4));
    return { step, ...viewsOf(network, stepped, outputs), addresses: blocks.addresses };
  } catch (error) {
    blocks.release();
    throw error;
  }
}

/** Records a step, and gives the places of its outputs, which stay until the next. */
export function recordSteps(stepped: GraphBinder): Ref[] {
  const outputs = stepped.forward(true);
  for (const place of outputs) stepped.recorder.readAfter(place);
  return outputs;
}

/** The input of a step and its outputs, once its program is linked. */
export function viewsOf(
  { arena, graph }: NetworkCore,
  stepped: GraphBinder,
  outputs: readonly Ref[],
): Pick<StepPlan, 'input' | 'outputs'> {
  const [input] = stepped.inputs;
  const view = (place: Ref, floats: number): MemoryView => arena.view(addressOf(place), floats);
  const sizes = graph.outputs.map((value) => stepped.target.batch * sizeOf(stepped.shape(value)));
  return {
    input: view(at(input), input.floats),
    outputs: outputs.map((place, i) => view(place, sizes[i])),
  };
}

/** Memory of a stream, to be given back together. */
export class Blocks {
  readonly addresses: number[] = [];

  constructor(private readonly arena: Arena) {}

  /** Room for so many floats. @throws MemoryError */
  allocate(floats: number): number {
    const address = this.arena.allocate(4 * floats, 'streams');
    this.addresses.push(address);
    return address;
  }

  /** A program of recorded calls. */
  program(recorder: Recorder): Program {
    const program = new Program(this.arena, recorder);
    this.addresses.push(program.address);
    return program;
  }

  /** Gives all of it back. */
  release(): void {
    for (const address of this.addresses.splice(0)) this.arena.free(address);
  }
}
