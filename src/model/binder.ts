import type { Binding, StateDeclaration } from '../layers/layer.js';
import type { Node, SymbolicTensor } from '../layers/symbolic.js';
import { Recorder } from '../program/recorder.js';
import { at, type Ref, type Region } from '../program/region.js';
import { type Shape, sizeOf } from '../shape.js';
import type { Graph, NamedLayer } from './graph.js';
import type { MaskedValues } from './masks.js';
import type { Parameters } from './parameters.js';
import type { Preparation, PreparedWeights } from './prepared.js';

/** What a program is bound for. */
export interface BindingTarget {
  readonly graph: Graph;
  readonly parameters: Parameters;
  readonly prepared: PreparedWeights;
  readonly batch: number;
  /** Concrete shape of one sample (of one step, when streaming) of every value. */
  readonly shapes: ReadonlyMap<SymbolicTensor, Shape>;
  readonly training: boolean;
  /** The values that have a mask. */
  readonly masked: MaskedValues;
  readonly rng: Ref;
  /** In a stream, how many steps it has room for. */
  readonly maxSteps?: number | null;
  /** Place of a carried state of a node, or null for a start from zero. */
  state(node: Node, layer: NamedLayer, name: string): Ref | null;
  /** What the program runs of the graph. Default: all. */
  readonly part?: GraphPart;
}

/** A part of a graph, run by a program of its own. */
export interface GraphPart {
  readonly nodes: ReadonlySet<Node>;
  /** Values, and masks, that another program leaves at fixed places. */
  readonly places: ReadonlyMap<SymbolicTensor, Ref>;
  readonly masks: ReadonlyMap<SymbolicTensor, Ref>;
  /** What runs before the first step; null where no steps are recorded. */
  readonly start: StreamStart | null;
}

/** The start of a stream, as its steps see it. */
export interface StreamStart {
  /** Takes the calls that run once. */
  readonly recorder: Recorder;
  /** A place for what a layer keeps from step to step. */
  kept(layer: NamedLayer, declaration: StateDeclaration): Region;
}

/** The first stream numbers of a layer lie side by side; further ones, of layers inside it, far behind. */
const STREAMS_PER_NODE = 8;
const FURTHER = 2 ** 20;

/** Number that tells the masks of a model apart, as long as it has fewer than 2^17 layers. */
export function streamNumber(position: number, stream: number): number {
  const near = stream % STREAMS_PER_NODE;
  return position * STREAMS_PER_NODE + near + FURTHER * ((stream - near) / STREAMS_PER_NODE);
}

/** Records a graph's layers, forward or by steps, into one program. */
export class GraphBinder<Target extends BindingTarget = BindingTarget> {
  readonly recorder = new Recorder();
  /** Where the data of each input of this program is to be written, time-major. */
  readonly inputs: Region[];
  /** Where the mask of each input that has one is to be written, [T, B]; null for the others. */
  readonly inputMasks: (Region | null)[];
  private readonly places = new Map<SymbolicTensor, Ref>();
  private readonly maskPlaces = new Map<SymbolicTensor, Ref>();
  private readonly buffers = new Map<Node, Map<string, Region>>();
  private readonly innerPlaces = new Map<Node, Map<string, Ref[]>>();
  protected readonly usedPreparations = new Map<Region, Preparation>();

  constructor(readonly target: Target) {
    const { graph, part } = target;
    this.recorder.owner = 'input';
    for (const [value, place] of part?.places ?? []) this.places.set(value, place);
    for (const [value, place] of part?.masks ?? []) this.maskPlaces.set(value, place);
    const own = graph.inputs.filter(({ node }) => part?.nodes.has(node) ?? true);
    const nameOf = (value: SymbolicTensor): string => graph.inputNames[graph.inputs.indexOf(value)];
    this.inputs = own.map((value) => {
      const floats = target.batch * sizeOf(this.shape(value));
      const region = this.recorder.region(nameOf(value), floats);
      this.recorder.writtenBefore(region);
      this.places.set(value, at(region));
      return region;
    });
    this.inputMasks = own.map((value) => {
      if (!target.masked.has(value)) return null;
      const region = this.recorder.region(`${nameOf(value)}.mask`, this.maskFloats(value));
      this.recorder.writtenBefore(region);
      this.maskPlaces.set(value, at(region));
      return region;
    });
  }

  /** Records every layer's forward pass (or step). */
  record(step = false): void {
    const { graph, part } = this.target;
    this.recorder.phase = 'forward';
    for (const node of graph.nodes) {
      if (node.layer === null || part?.nodes.has(node) === false) continue;
      const { definition, config } = node.layer;
      this.recorder.owner = graph.named(node).name;
      const binding = this.bind(node);
      if (step && typeof definition.step === 'function') definition.step(config, binding);
      else definition.forward(config, binding);
    }
  }

  /** Records every layer's forward pass (or step) and gives the places of the model's outputs. */
  forward(step = false): Ref[] {
    this.record(step);
    return this.target.graph.outputs.map((value) => this.place(value));
  }

  /** Keeps the first input of a layer, or one of its buffers, until after the last call. */
  keep(node: Node, buffer?: string): { place: Ref; floats: number } {
    if (buffer === undefined) {
      const [input] = node.inputs;
      const place = this.place(input);
      this.recorder.readAfter(place);
      return { place, floats: this.target.batch * sizeOf(this.shape(input)) };
    }
    const region = this.buffers.get(node)?.get(buffer);
    if (region === undefined) throw new Error(`no buffer ${buffer}`);
    this.recorder.readAfter(region);
    return { place: at(region), floats: region.floats };
  }

  /** Concrete shape of one sample of a value. */
  shape(value: SymbolicTensor): Shape {
    return this.target.shapes.get(value) as Shape;
  }

  /** Place of the mask of a value, or null where all its steps count. */
  mask(value: SymbolicTensor): Ref | null {
    if (!this.target.masked.has(value)) return null;
    return this.maskPlaces.get(value) ?? this.mask(value.node.inputs[0]);
  }

  /** A mask has one number for each step of each sample. */
  private maskFloats(value: SymbolicTensor): number {
    return this.target.batch * this.shape(value)[0];
  }

  /** Where a value lies. */
  place(value: SymbolicTensor): Ref {
    let place = this.places.get(value);
    if (place === undefined) {
      const name = value.index === 0 ? 'output' : `output_${value.index}`;
      place = at(this.recorder.region(name, this.target.batch * sizeOf(this.shape(value))));
      this.places.set(value, place);
    }
    return place;
  }

  /** How a layer sees its values, weights and buffers. */
  bind(node: Node): Binding {
    const { target, recorder } = this;
    const named = target.graph.named(node);
    const position = target.graph.nodes.indexOf(node);
    return {
      name: named.name,
      batch: target.batch,
      training: target.training,
      trainable: named.trainable,
      inputShapes: node.inputs.map((value) => this.shape(value)),
      outputShapes: node.outputs.map((value) => this.shape(value)),
      rng: target.rng,
      randomStream: (stream) => streamNumber(position, stream),
      input: (index = 0) => this.place(node.inputs[index]),
      output: (index = 0) => this.place(node.outputs[index]),
      setOutput: (index, place) => {
        this.places.set(node.outputs[index], place);
      },
      mask: (index = 0) => this.mask(node.inputs[index]),
      setMask: (index, place) => {
        this.maskPlaces.set(node.outputs[index], place);
      },
      parameter: (name) => at(target.parameters.get(this.weightName(named, name)).region),
      gradient: () => null,
      prepared: (name, floats, record) => {
        const region = target.prepared.region(`${named.name}.${name}`, floats, record);
        this.usedPreparations.set(region, record);
        return region;
      },
      constant: (name, floats, write) => target.prepared.constant(`${named.name}.${name}`, floats, write),
      maxSteps: target.maxSteps ?? null,
      buffer: (name, floats) => this.buffer(node, name, floats),
      places: (name) =>
        keyed(
          keyed(this.innerPlaces, node, () => new Map<string, Ref[]>()),
          name,
          () => [],
        ),
      state: (name) => target.state(node, named, name),
      whole: (index = 0) => target.part?.places.has(node.inputs[index]) ?? false,
      atStart: (record) => {
        const { recorder: start } = startOf(target);
        start.owner = named.name;
        record(start.emit.bind(start));
      },
      kept: (declaration) => startOf(target).kept(named, declaration),
      penalty: null,
      whenAccepted: () => {},
      givesLogits: false,
      outputWanted: true,
      setLogits: () => {},
      emit: recorder.emit.bind(recorder),
      loop: recorder.loop.bind(recorder),
    };
  }

  /** The name of a weight that a layer has, or that it is tied to. */
  protected weightName(named: NamedLayer, name: string): string {
    const { graph, parameters } = this.target;
    const names = graph.weightOwners(named).map((owner) => `${owner}.${name}`);
    return names.find((full) => parameters.has(full)) ?? names[0];
  }

  private buffer(node: Node, name: string, floats: number): Region {
    const buffers = keyed(this.buffers, node, () => new Map<string, Region>());
    return keyed(buffers, name, () => this.recorder.region(name, floats));
  }
}

function startOf({ part }: BindingTarget): StreamStart {
  if (!part?.start) throw new Error('only the steps of a stream have a start');
  return part.start;
}

/** The value of a key, made on first request. */
function keyed<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
