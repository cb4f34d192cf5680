import { ShapeError } from '../errors.js';
import { formatBytes } from '../memory/arena.js';
import type { BufferUse, MemoryRow } from '../program/program.js';
import { formatShape, type Shape } from '../shape.js';
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

/** Plans a training step and reads off what it takes. */
export function trainingMemoryReport(
  trainer: Trainer,
  batchSize: number,
  inputShapes?: readonly Shape[],
): MemoryReport {
  const { network, memory, compiled } = trainer;
  const shapes =
    inputShapes ??
    network.graph.inputs.map(({ shape }) => {
      if (shape.includes(null)) {
        throw new ShapeError(
          `memoryReport: the input has an open size, ${formatShape(shape)}: give inputShapes`,
        );
      }
      return shape as Shape;
    });
  const { program } = trainer.plan(batchSize, shapes);
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
