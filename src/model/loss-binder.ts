import type { BackwardBinding, Binding, Layer, OwnLossCall } from '../layers/layer.js';
import type { Node, SymbolicTensor } from '../layers/symbolic.js';
import { Recorder } from '../program/recorder.js';
import { at, type Ref } from '../program/region.js';
import { sizeOf } from '../shape.js';
import * as kernels from '../wasm/generated/kernels.js';
import { type BindingTarget, GraphBinder } from './binder.js';

/** What a program with losses is bound for. */
export interface LossTarget extends BindingTarget {
  /** Place of the sum of the penalties. */
  readonly penalty: Ref | null;
  /** Outputs of the model of which a loss takes the logits. */
  readonly logits: ReadonlySet<SymbolicTensor>;
  /** Outputs of the model that nobody reads, since their layer has a loss of its own. */
  readonly unread: ReadonlySet<SymbolicTensor>;
  /** Place of the gradient of a weight, or null when frozen or not training. */
  gradient(name: string): Ref | null;
}

/** Records a graph's layers, forward and backward, into one program with its losses. */
export class LossBinder extends GraphBinder<LossTarget> {
  private readonly logitPlaces = new Map<SymbolicTensor, Ref>();
  private readonly differentiable = new Set<Node>();
  private readonly deferred: { readonly owner: string; readonly record: () => void }[] = [];

  constructor(target: LossTarget) {
    super(target);
    for (const node of target.graph.nodes) if (this.needsBackward(node)) this.differentiable.add(node);
  }

  /** Records every layer's backward pass from the gradients of the model's outputs. */
  backward(outputGradients: readonly (Ref | null)[]): void {
    const { graph } = this.target;
    const flowing = new Map<SymbolicTensor, Ref[]>();
    const add = (value: SymbolicTensor, gradient: Ref): void => {
      flowing.set(value, [...(flowing.get(value) ?? []), gradient]);
    };
    graph.outputs.forEach((value, i) => {
      const gradient = outputGradients[i];
      if (gradient !== null) add(value, gradient);
    });
    this.recorder.phase = 'backward';
    for (const node of [...graph.nodes].reverse()) {
      if (node.layer === null || !this.differentiable.has(node)) continue;
      const { definition, config } = node.layer;
      this.recorder.owner = graph.named(node).name;
      const incoming = node.outputs.map((value) => this.total(value, flowing.get(value) ?? []));
      if (incoming.every((gradient) => gradient === null)) continue;
      const given: (Ref | undefined)[] = [];
      definition.backward(config, this.bindBackward(node, incoming, given));
      node.inputs.forEach((value, i) => {
        const gradient = given[i];
        if (gradient !== undefined) add(value, gradient);
      });
    }
  }

  /** Records what layers deferred until the loss has proved finite. */
  accepted(): void {
    this.recorder.phase = 'accept';
    for (const { owner, record } of this.deferred) {
      this.recorder.owner = owner;
      record();
    }
  }

  /** Records, in front of everything else, how the derived weights in use are computed. */
  preparations(): Recorder {
    const recorder = new Recorder();
    recorder.phase = 'prepare';
    recorder.owner = 'prepare';
    for (const [region, record] of this.usedPreparations) record(recorder.emit.bind(recorder), region);
    return recorder;
  }

  /** Place of the logits of an output of the model, or null where no loss takes them. */
  logits(value: SymbolicTensor): Ref | null {
    return this.logitPlaces.get(value) ?? null;
  }

  /** Records the loss of its own that the layer of an output has, and gives the place of its gradient. */
  ownLoss({ node }: SymbolicTensor, call: OwnLossCall): Ref | null {
    const { definition, config } = node.layer as Layer;
    return definition.ownLoss?.record(config, this.bind(node), call) ?? null;
  }

  private needsBackward(node: Node): boolean {
    if (node.layer === null) return false;
    if (node.inputs.some((value) => this.differentiable.has(value.node))) return true;
    const { graph, parameters } = this.target;
    const owners = graph.weightOwners(graph.named(node));
    return parameters.all.some((p) => owners.includes(p.layer) && p.trainable);
  }

  /** Sum of the gradients that reach a value through its several uses. */
  private total(value: SymbolicTensor, gradients: readonly Ref[]): Ref | null {
    if (gradients.length === 0) return null;
    let sum = gradients[0];
    const floats = this.target.batch * sizeOf(this.shape(value));
    for (const other of gradients.slice(1)) {
      const next = at(this.recorder.region('gradientSum', floats));
      this.recorder.emit(kernels.add, next, sum, other, floats);
      sum = next;
    }
    return sum;
  }

  override bind(node: Node): Binding {
    const { target } = this;
    const named = target.graph.named(node);
    return {
      ...super.bind(node),
      gradient: (name) => target.gradient(this.weightName(named, name)),
      penalty: target.penalty,
      whenAccepted: (record) => {
        this.deferred.push({ owner: named.name, record });
      },
      givesLogits: target.logits.has(node.outputs[0]),
      outputWanted: !target.unread.has(node.outputs[0]),
      setLogits: (place) => {
        this.logitPlaces.set(node.outputs[0], place);
      },
    };
  }

  private bindBackward(
    node: Node,
    incoming: readonly (Ref | null)[],
    given: (Ref | undefined)[],
  ): BackwardBinding {
    const wanted = (index: number): boolean => this.differentiable.has(node.inputs[index].node);
    return {
      ...this.bind(node),
      outputGradient: (index = 0) => incoming[index],
      inputGradient: (index = 0) => {
        if (!wanted(index)) return null;
        const floats = this.target.batch * sizeOf(this.shape(node.inputs[index]));
        given[index] ??= at(this.recorder.region(`inputGradient_${index}`, floats));
        return given[index] ?? null;
      },
      setInputGradient: (index, place) => {
        if (wanted(index)) given[index] = place;
      },
    };
  }
}
