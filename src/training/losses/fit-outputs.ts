import { ShapeError, ValueError } from '../../errors.js';
import type { SymbolicTensor } from '../../layers/symbolic.js';
import type { Graph } from '../../model/graph.js';
import { withBatch } from '../../shape.js';
import type { Loss } from './loss.js';

/**
 * Checks that losses can take the outputs of a graph, as far as it shows without data.
 * @throws ShapeError for an output of the wrong rank, ValueError for one that is not what the loss takes
 */
export function checkLosses(graph: Graph, losses: readonly Loss[], where = 'compile'): void {
  graph.outputs.forEach(({ shape }, i) => {
    const name = graph.outputNames[i];
    if (shape[shape.length - 1] === null) {
      throw new ShapeError(`${where}: output '${name}' has a last axis of open size`);
    }
    checkOwnLoss(graph, losses[i], i, where);
    if (losses[i].sequence !== null) checkSequence(graph, losses[i], i, where);
  });
  for (const node of graph.nodes) {
    const own = node.layer?.definition.ownLoss;
    if (own === undefined) continue;
    const [output] = node.outputs;
    const i = graph.outputs.indexOf(output);
    if (i >= 0 && losses[i].own && isUsedOnce(graph, output)) continue;
    throw new ValueError(
      `${where}: '${graph.named(node).name}' is trained with its own loss alone: it must be an output of the model ` +
        `and nothing else, with the loss '${own.name}'`,
    );
  }
}

/** Whether an output of the model goes nowhere else. */
function isUsedOnce({ nodes, outputs }: Graph, value: SymbolicTensor): boolean {
  const uses = outputs.filter((other) => other === value).length;
  return uses === 1 && nodes.every(({ inputs }) => !inputs.includes(value));
}

/** Outputs whose losses take the logits: those that the last layer gives by the loss's own activation alone. */
export function outputsByLogits(graph: Graph, losses: readonly Loss[]): Set<SymbolicTensor> {
  const taken = graph.outputs.filter((value, i) => {
    const { layer } = value.node;
    const { logits } = losses[i];
    if (layer === null || logits === null) return false;
    return layer.definition.logits?.(layer.config) === logits.activation && isUsedOnce(graph, value);
  });
  return new Set(taken);
}

/** A loss that a layer records is for that layer. */
function checkOwnLoss(graph: Graph, { name, own }: Loss, i: number, where: string): void {
  const layer = graph.outputs[i].node.layer;
  if (!own || layer?.definition.ownLoss?.name === name) return;
  throw new ValueError(
    `${where}: ${name}: output '${graph.outputNames[i]}' is not that of a layer that has this loss`,
  );
}

function checkSequence(graph: Graph, loss: Loss, i: number, where: string): void {
  const { shape, node } = graph.outputs[i];
  const output = `${where}: ${loss.name}: output '${graph.outputNames[i]}'`;
  const padding = loss.sequence?.padding ?? null;
  if (shape.length !== 2) {
    throw new ShapeError(`${output} has shape ${withBatch(shape)}, expected [batch, time, classes]`);
  }
  const classes = shape[1] as number;
  if (padding !== null && padding >= classes) {
    throw new ValueError(`${output} has ${classes} classes, so that maskIndex ${padding} is none of them`);
  }
  const activation = node.layer?.definition.logits?.(node.layer.config);
  if (loss.sequence?.takesProbabilities && activation !== undefined && activation !== 'softmax') {
    throw new ValueError(
      `${output} has activation '${activation}', which gives no probabilities: let it be 'softmax', or ` +
        `take ${loss.name}({ fromLogits: true })`,
    );
  }
}
