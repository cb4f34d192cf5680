import { FormatError } from '../../../errors.js';
import type { LayerDefinition } from '../../../layers/layer.js';
import type { OpenShape } from '../../../shape.js';
import type { Tensor } from '../../../tensor.js';
import { DOMAIN, GraphWriter } from './writer.js';

/** Adds the state of a recurrent layer as an input of the graph, and gives what takes the state behind it. */
export interface StatePorts {
  input(name: string, size: number): string;
  output(name: string, value: string, size: number): void;
}

/** One use of a layer, as it is written. */
export interface LayerUse {
  /** Name of the layer in the model, with those of the layers around it: 'rnn.lstm'. */
  readonly name: string;
  readonly type: string;
  readonly config: unknown;
  readonly definition: LayerDefinition;
  /** Names of the values that go in, [batch, ...] each. */
  readonly inputs: readonly string[];
  /** Shapes of one sample. */
  readonly inputShapes: readonly OpenShape[];
  readonly outputShapes: readonly OpenShape[];
  readonly writer: GraphWriter;
  /** Names of the layer's weights, in order. */
  readonly weightNames: readonly string[];
  /** A weight's numbers. */
  tensor(weight: string): Tensor;
  /** A weight as a constant of the file. */
  weight(weight: string): string;
  /** Set where states go in and out of the graph. */
  readonly ports: StatePorts | null;
}

/** Writes a use of a layer. @returns names of its outputs. @throws FormatError for what ONNX cannot say */
export type Exporter = (use: LayerUse) => readonly string[];

/** @throws FormatError always */
export function refuse(use: Pick<LayerUse, 'name' | 'type'>, why: string): never {
  throw new FormatError(`exportOnnx: ${use.name} (${use.type}): ${why}`);
}

/** What is said of a function that stands for a layer of ours. */
export interface LayerNote {
  readonly type: string;
  readonly config: unknown;
  /** Values that go in before the weights. */
  readonly inputs: number;
  readonly weights: readonly string[];
}

/**
 * An exporter whose nodes become the body of an operator of the file's own: other runtimes run the body, and an
 * import here finds the layer that it is.
 */
export function asFunction(write: Exporter): Exporter {
  return (use) => {
    const { writer, type, config, weightNames, inputs } = use;
    const body = new GraphWriter(writer.opset, writer.functions, true);
    const given = inputs.map((_, i) => body.fresh(`x${i}`));
    for (const weight of weightNames) body.fresh(weight);
    const outputs = write({ ...use, writer: body, inputs: given, weight: (weight) => weight });
    const name = `${type}_${use.name.replace(/[^A-Za-z0-9_]/g, '_')}_${writer.functions.length}`;
    const note: LayerNote = { type, config, inputs: inputs.length, weights: weightNames };
    writer.functions.push({
      name,
      domain: DOMAIN,
      doc: JSON.stringify(note),
      inputs: [...given, ...weightNames],
      outputs: [...outputs],
      attributes: [],
      defaults: [],
      nodes: body.nodes,
    });
    const names = outputs.map(() => writer.fresh(use.name));
    const weights = weightNames.map((weight) => use.weight(weight));
    return writer.nodeOf(name, [...inputs, ...weights], { outputs: names, name: use.name, domain: DOMAIN });
  };
}
