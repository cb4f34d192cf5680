import { formatBytes } from '../allocate.js';
import { checkInteger, checkList } from '../check.js';
import { ShapeError } from '../errors.js';
import type { Graph } from '../model/graph.js';
import type { BufferUse, MemoryRow } from '../program/program.js';
import { formatShape, type Shape, shapeFits } from '../shape.js';
import type { Trainer } from './trainer.js';

export type { BufferUse, MemoryRow };

/** Bytes of one training step. */
export interface MemoryReport {
  /** Weights. */
  readonly parameters: number;
  /** One gradient for each trainable weight. */
  readonly gradients: number;
  /** What the optimizer keeps. */
  readonly slots: number;
  /** Weights in the order in which the kernels read them. */
  readonly packed: number;
  /** Activations, inputs and scratch, sharing space where their lives allow. */
  readonly workspace: number;
  /** Everything above. */
  readonly total: number;
  /** Inputs, targets, and activations that backward needs: what cannot be avoided at this batch size. */
  readonly saved: number;
  /** Total over parameters, gradients, slots and saved. */
  readonly overhead: number;
  /** The buffers of the workspace, largest first. */
  readonly buffers: readonly MemoryRow[];
  /** The report as a table. */
  toString(): string;
}

/**
 * Plans a training step and reads off what it takes.
 * @throws ValueError for a batch size that cannot be, ShapeError for shapes that are not those of the inputs
 */
export function trainingMemoryReport(
  trainer: Trainer,
  batchSize: number,
  inputShapes?: readonly Shape[],
): MemoryReport {
  const { network, memory, compiled } = trainer;
  checkInteger('memoryReport', 'batchSize', batchSize, { min: 1 });
  const program = trainer.plan(batchSize, checkShapes(network.graph, inputShapes));
  const buffers = program.memoryReport();
  const parameters = network.parameters.all.reduce((sum, p) => sum + p.bytes, 0);
  const gradients = 4 * memory.gradients.floats;
  const slots = gradients * compiled.optimizer.slots.length;
  const packed = network.arena.usage()['packed weights'] ?? 0;
  const workspace = program.workspaceBytes;
  const saved = buffers.filter((b) => b.use !== 'scratch').reduce((sum, b) => sum + b.bytes, 0);
  const total = parameters + gradients + slots + packed + workspace;
  const overhead = total / (parameters + gradients + slots + saved);
  const lines = { parameters, gradients, slots, packed, workspace, saved, total };
  return {
    ...lines,
    overhead,
    buffers,
    toString: () =>
      [
        ...Object.entries(lines).map(
          ([name, bytes]) => `${name.padEnd(12)}${formatBytes(bytes).padStart(12)}`,
        ),
        `${'overhead'.padEnd(12)}${overhead.toFixed(3).padStart(12)}`,
        ...buffers.map((b) => `  ${b.name.padEnd(32)}${formatBytes(b.bytes).padStart(12)}  ${b.use}`),
      ].join('\n'),
  };
}

function checkShapes(graph: Graph, given: readonly Shape[] | undefined): readonly Shape[] {
  const where = 'memoryReport';
  const list = given === undefined ? null : checkList(where, 'inputShapes', given);
  if (list !== null && list.length !== graph.inputs.length) {
    throw new ShapeError(`${where}: got ${list.length} inputShapes, expected ${graph.inputs.length}`);
  }
  return graph.inputs.map(({ shape }, i) => {
    const one = list === null ? shape : checkList(where, `inputShapes[${i}]`, list[i]);
    const sizes = one.map((size) => {
      if (size === null) {
        throw new ShapeError(`${where}: input '${graph.inputNames[i]}' has an open size: give inputShapes`);
      }
      return checkInteger(where, `a size in inputShapes[${i}]`, size, { min: 1 });
    });
    if (shapeFits(sizes, shape)) return sizes;
    throw new ShapeError(
      `${where}: inputShapes[${i}] is ${formatShape(sizes)}, expected ${formatShape(shape)}`,
    );
  });
}
