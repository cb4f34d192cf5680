import { at, type Ref } from '../program/region.js';
import { type OpenShape, type Shape, sizeOf } from '../shape.js';
import * as kernels from '../wasm/generated/kernels.js';
import { type InnerLayer, innerBuffer, innerLayer } from './inner.js';
import type { BackwardBinding, Binding, Layer, ParameterDeclaration, StateDeclaration } from './layer.js';
import { applyMaskRule, type MaskOutcome } from './mask-rule.js';
import { type Inside, scoped, scopedBackward } from './scope.js';

/** Random streams of one layer inside. */
const STREAMS = 8;

/** A value inside a block: its number, the inputs of the block first. */
export type Value = number;

/** A layer inside a block as others read it: with the shapes of what goes in and of what comes out. */
export interface WiredLayer {
  readonly layer: InnerLayer;
  readonly reads: readonly Value[];
  readonly makes: Value;
  readonly inputShapes: readonly OpenShape[];
  readonly outputShape: OpenShape;
}

/** A layer inside a block, with the values it reads and the one it makes. */
interface Wire {
  readonly layer: InnerLayer;
  readonly index: number;
  readonly reads: readonly Value[];
  readonly makes: Value;
}

/**
 * Layers inside a layer, wired in any way that leads forward: what a block is made of is said once, and its weights,
 * states, masks, gradients and steps follow. The last value made is the block's output.
 */
export class Wiring {
  private readonly wires: Wire[] = [];
  private readonly shapes: OpenShape[];
  private readonly inputs: number;

  /** @param where the block, as errors name it */
  constructor(
    private readonly where: string,
    inputs: readonly OpenShape[],
  ) {
    this.shapes = [...inputs];
    this.inputs = inputs.length;
  }

  /**
   * Puts a layer behind values that are there, and gives the value that it makes.
   * @throws ShapeError when they do not fit
   */
  put(name: string, layer: Layer, ...reads: readonly Value[]): Value {
    const inner = innerLayer(this.where, name, layer).named(name);
    const given = reads.map((value) => this.shapes[value]);
    const [shape] = inner.definition.outputShapes(inner.config, given, `${this.where}.${name}`);
    const makes = this.shapes.push(shape) - 1;
    this.wires.push({ layer: inner, index: this.wires.length, reads, makes });
    return makes;
  }

  /** Shape of the output. */
  get output(): OpenShape {
    return this.shapes[this.shapes.length - 1];
  }

  /** The layers, each behind those whose values it reads. */
  layers(): WiredLayer[] {
    return this.wires.map(({ layer, reads, makes }) => ({
      layer,
      reads,
      makes,
      inputShapes: reads.map((value) => this.shapes[value]),
      outputShape: this.shapes[makes],
    }));
  }

  /** Weights, in the order of the layers. */
  parameters(): ParameterDeclaration[] {
    return this.wires.flatMap(({ layer, reads }) =>
      layer.parameters(reads.map((value) => this.shapes[value])),
    );
  }

  /** What its layers carry from step to step. */
  states(): StateDeclaration[] {
    return this.wires.flatMap(({ layer, reads }) => layer.states(reads.map((value) => this.shapes[value])));
  }

  /** What becomes of the masks of the inputs. */
  masks(masked: readonly boolean[]): MaskOutcome {
    const found = [...masked];
    for (const { layer, reads, makes } of this.wires) {
      const { definition, config } = layer;
      const shapes = reads.map((value) => this.shapes[value]);
      const outcome = applyMaskRule(
        definition.masks,
        config,
        reads.map((value) => found[value]),
        shapes,
      );
      if ('refuses' in outcome) return outcome;
      found[makes] = outcome[0] === true;
    }
    return [found[found.length - 1]];
  }

  /**
   * Why it cannot take single steps, or undefined.
   * @param whole which inputs are given whole; layers read them beside what comes by steps
   */
  refusal(whole: readonly boolean[] = []): string | undefined {
    for (const { layer, reads } of this.wires) {
      const given = reads.map((value) => whole[value] ?? false);
      const shapes = reads.map((value) => this.shapes[value]);
      const refusal = layer.refusal(shapes, given);
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  }

  /** Whether its bits can depend on steps behind the last one that counts. */
  seesPadding(training: boolean): boolean {
    return this.wires.some(({ layer }) => layer.seesPadding(training));
  }

  /** Records all layers, over sequences or for one step. */
  record(k: Binding, stepping: boolean): void {
    const { values, masks } = this.begin(k);
    for (const wire of this.wires) {
      const { layer, reads, makes } = wire;
      const places = k.places(layer.name);
      const own = k.places(maskName(layer));
      const binding = scoped(k, this.inside(wire, k, values, masks, stepping), places);
      layer.record({ ...binding, setMask: (_index, place) => void own.splice(0, 1, place) }, stepping);
      values[makes] = places[0];
      masks[makes] = own[0] ?? this.maskOf(wire, masks, reads);
    }
    k.setOutput(0, values[values.length - 1]);
    const mask = masks[masks.length - 1];
    if (mask !== null && mask !== k.mask()) k.setMask(0, mask);
  }

  /** Records the way back. */
  recordBackward(k: BackwardBinding): void {
    const { values, masks } = this.begin(k);
    for (const wire of this.wires) {
      values[wire.makes] = k.places(wire.layer.name)[0];
      masks[wire.makes] = k.places(maskName(wire.layer))[0] ?? this.maskOf(wire, masks, wire.reads);
    }
    const flowing: Ref[][] = this.shapes.map(() => []);
    flowing[this.shapes.length - 1].push(k.outputGradient() as Ref);
    const wanted = (value: Value): boolean => value >= this.inputs || k.inputGradient(value) !== null;
    for (const wire of [...this.wires].reverse()) {
      const { layer, reads, makes } = wire;
      const dy = this.total(k, makes, flowing[makes]);
      if (dy === null) continue;
      const given: (Ref | null)[] = reads.map(() => null);
      const binding = scopedBackward(
        k,
        this.inside(wire, k, values, masks, false),
        k.places(layer.name),
        [dy],
        (index) => {
          const value = reads[index];
          if (wanted(value)) given[index] ??= this.buffer(k, `${layer.name}.dInput${index}`, value);
          return given[index];
        },
        (index, place) => {
          if (wanted(reads[index])) given[index] = place;
        },
      );
      layer.definition.backward(layer.config, binding);
      reads.forEach((value, i) => {
        const gradient = given[i];
        if (gradient !== null) flowing[value].push(gradient);
      });
    }
    for (let i = 0; i < this.inputs; i++) {
      const dx = wanted(i) ? this.total(k, i, flowing[i]) : null;
      if (dx !== null) k.setInputGradient(i, dx);
    }
  }

  private begin(k: Binding): { values: Ref[]; masks: (Ref | null)[] } {
    const inputs = Array.from({ length: this.inputs }, (_, i) => i);
    return { values: inputs.map((i) => k.input(i)), masks: inputs.map((i) => k.mask(i)) };
  }

  /** An output that has a mask has that of the first input. */
  private maskOf({ layer }: Wire, masks: readonly (Ref | null)[], reads: readonly Value[]): Ref | null {
    const { definition, config } = layer;
    const masked = reads.map((value) => masks[value] !== null);
    const shapes = reads.map((value) => this.shapes[value]);
    const outcome = applyMaskRule(definition.masks, config, masked, shapes);
    return 'refuses' in outcome || outcome[0] !== true ? null : masks[reads[0]];
  }

  private inside(
    { layer, index, reads, makes }: Wire,
    k: Binding,
    values: readonly Ref[],
    masks: readonly (Ref | null)[],
    stepping: boolean,
  ): Inside {
    const whole = (value: Value): boolean => value < this.inputs && k.whole(value);
    const bound = (value: Value): Shape => boundShape(this.shapes[value], stepping && !whole(value));
    return {
      prefix: layer.name,
      streams: STREAMS * index,
      inputShapes: reads.map(bound),
      outputShapes: [bound(makes)],
      inputs: reads.map((value) => values[value]),
      masks: reads.map((value) => masks[value]),
      whole: reads.map(whole),
      output: () => innerBuffer(k, `${layer.name}.output`, bound(makes)),
    };
  }

  private buffer(k: Binding, name: string, value: Value): Ref {
    return at(k.buffer(name, k.batch * sizeOf(this.shapes[value] as Shape)));
  }

  /** Sum of the gradients of a value that several layers read. */
  private total(k: Binding, value: Value, gradients: readonly Ref[]): Ref | null {
    if (gradients.length === 0) return null;
    const floats = k.batch * sizeOf(this.shapes[value] as Shape);
    return gradients.reduce((sum, other, i) => {
      const next = this.buffer(k, `dValue${value}.${i}`, value);
      k.emit(kernels.add, next, sum, other, floats);
      return next;
    });
  }
}

/** Where the place of a mask is kept that a layer makes. */
const maskName = ({ name }: InnerLayer): string => `${name}.mask`;

/** The shape in a program for whole sequences, or for one step, which has no time axis: a list of ids is one id then. */
function boundShape(shape: OpenShape, stepping: boolean): Shape {
  return (stepping && shape.length > 1 ? shape.slice(1) : shape) as Shape;
}

/** Shapes of the inputs of a block for its wiring: a frame is a sequence of one step. */
export function wiredShapes(k: Binding, stepping: boolean): OpenShape[] {
  return k.inputShapes.map((shape, i) => (stepping && !k.whole(i) ? [1, ...shape] : shape));
}
