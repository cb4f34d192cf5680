import { describeValue } from '../describe.js';
import { ShapeError, ValueError } from '../errors.js';
import { at, type Ref } from '../program/region.js';
import { type OpenShape, type Shape, sizeOf, withBatch } from '../shape.js';
import {
  type Binding,
  Layer,
  type LayerDefinition,
  type ParameterDeclaration,
  type StateDeclaration,
  seesPadding,
} from './layer.js';
import type { Resolve } from './restore.js';

/** A layer inside another, under the name that its weights carry there. In files it is plain data. */
export class InnerLayer {
  constructor(
    readonly definition: LayerDefinition,
    readonly config: object,
    readonly name: string,
    /** False keeps its weights as they are during training. */
    readonly trainable = true,
  ) {}

  /** Name of its kind. */
  get type(): string {
    return this.definition.type;
  }

  /** The same layer with some options changed. */
  with(changes: object): InnerLayer {
    return new InnerLayer(this.definition, { ...this.config, ...changes }, this.name, this.trainable);
  }

  /** The same layer under another name. */
  named(name: string): InnerLayer {
    return new InnerLayer(this.definition, this.config, name, this.trainable);
  }

  /** What files hold. */
  toJSON(): object {
    const { type, name, config, trainable } = this;
    return trainable ? { type, name, config } : { type, name, config, trainable };
  }

  /** Its weights under the names that they have in the layer around it. */
  parameters(inputs: readonly OpenShape[]): ParameterDeclaration[] {
    return this.definition.parameters(this.config, inputs).map((declaration) => ({
      ...declaration,
      name: `${this.name}.${declaration.name}`,
      trainable: this.trainable && declaration.trainable !== false,
    }));
  }

  /** What it carries from step to step, likewise. */
  states(inputs: readonly OpenShape[]): StateDeclaration[] {
    const states = this.definition.states?.(this.config, inputs) ?? [];
    return states.map((state) => ({ ...state, name: `${this.name}.${state.name}` }));
  }

  /** Whether its bits can depend on steps behind the last one that counts. */
  seesPadding(training: boolean): boolean {
    return seesPadding(this, training);
  }

  /** Records a pass over sequences, or one time step. */
  record(k: Binding, stepping: boolean): void {
    const { step } = this.definition;
    if (stepping && typeof step === 'function') step(this.config, k);
    else this.definition.forward(this.config, k);
  }

  /** Why it cannot stream, or undefined when it can. */
  refusal(inputs: readonly OpenShape[], whole?: readonly boolean[]): string | undefined {
    const { step, refusesStep } = this.definition;
    const reason = typeof step === 'object' ? step.refuses : refusesStep?.(this.config, inputs, whole);
    return reason && `${this.name}: ${reason}`;
  }
}

/** A layer that a user gives as an option. @throws ValueError for what is no layer */
export function innerLayer(where: string, option: string, layer: unknown): InnerLayer {
  if (layer instanceof Layer) {
    checkStandsInside(where, option, layer);
    return new InnerLayer(layer.definition, layer.config, layer.label, layer.trainable);
  }
  throw new ValueError(
    `${where}: ${option} must be a layer such as dense({ units }), got ${describeValue(layer)}`,
  );
}

/** Throws for a layer that cannot be inside another. */
export function checkStandsInside(where: string, option: string, { label, definition, tiedTo }: Layer): void {
  if (definition.ownLoss === undefined && tiedTo === null) return;
  const why = tiedTo === null ? 'is trained with a loss of its own' : `is tied to '${tiedTo.label}'`;
  throw new ValueError(`${where}: ${option} '${label}' ${why} and cannot be inside another layer`);
}

/** A layer inside another, from what a file holds in its place. @throws ValueError, UnknownNameError */
export function restoreInner(where: string, option: string, saved: unknown, resolve: Resolve): InnerLayer {
  if (saved instanceof InnerLayer) return saved; // of a graph that has not been through a file
  const { type, name, config, trainable } = (saved ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof type !== 'string' || typeof name !== 'string' || typeof config !== 'object' || config === null) {
    throw new ValueError(
      `${where}: ${option} must have a type, a name and a config, got ${describeValue(type)}`,
    );
  }
  const definition = resolve(type);
  const restored = definition.restore(config, `${where}.${name}`, resolve);
  return new InnerLayer(definition, restored, name, trainable !== false);
}

/** Whether a layer runs over time with a state that it carries. */
export function isRecurrent({ definition, config }: Pick<InnerLayer, 'definition' | 'config'>): boolean {
  return definition.states !== undefined && 'returnSequences' in config && 'goBackwards' in config;
}

/** The one output of a layer inside another. @throws ShapeError where it has several */
export function onlyOutput(inner: InnerLayer, input: OpenShape, where: string): OpenShape {
  const outputs = inner.definition.outputShapes(inner.config, [input], `${where}.${inner.name}`);
  if (outputs.length === 1) return outputs[0];
  throw new ShapeError(`${where}: ${inner.name} has ${outputs.length} outputs, expected one: no returnState`);
}

/**
 * Checks that what a layer gives differs from its input in the last axis at most.
 * @throws ShapeError that says what to change
 */
export function checkKeepsAxes(inner: InnerLayer, input: OpenShape, output: OpenShape, where: string): void {
  const axes = (shape: OpenShape): string => shape.slice(0, -1).join();
  if (input.length === output.length && axes(input) === axes(output)) return;
  const hint = isRecurrent(inner) ? '; give it returnSequences: true' : '';
  throw new ShapeError(
    `${where}: ${inner.name} makes ${withBatch(output)} of ${withBatch(input)}, expected the same axes but for the ` +
      `last${hint}`,
  );
}

/** A buffer of the layer around for a value of a shape. */
export function innerBuffer(k: Binding, name: string, shape: Shape): Ref {
  return at(k.buffer(name, k.batch * sizeOf(shape)));
}
