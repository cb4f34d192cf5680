import { describeValue } from '../../describe.js';
import { ValueError } from '../../errors.js';
import type { Kernel } from '../../wasm/kernel.js';
import type { SequenceLoss } from './sequence.js';

/** A target that a loss cannot be computed from. */
export interface TargetFault {
  /** Row: the sample, or sample and time step flattened. */
  readonly row: number;
  /** Column of the target, 0 for class ids. */
  readonly column: number;
  /** The target found there. */
  readonly value: number;
  /** What the loss takes, to follow "expected". */
  readonly expected: string;
}

/** Options of a loss as JSON keeps them: every option with its value, defaults included. */
export type LossConfig = Readonly<Record<string, number | boolean | null>>;

/**
 * A loss, declared: what its kernel is and what its targets must be. Made by `meanSquaredError()` and so on.
 *
 * The kernel of a loss over rows is called as
 * `kernel(losses, dpred, pred, target, weights, R, O, scale, ...params)` (see assembly/losses/rows.ts).
 */
export interface Loss {
  /** Name of its factory, such as `meanSquaredError`. */
  readonly name: string;
  /** Its options. */
  readonly config: LossConfig;
  /** @internal What computes it and its gradient; of a layer's own loss, what adds it up. */
  readonly kernel: Kernel;
  /** @internal Scalars after `scale`. */
  readonly params: readonly number[];
  /**
   * @internal The kernel for a model whose last layer ends in this activation: it takes what the activation is applied
   * to. Null where the loss is the same for every layer.
   */
  readonly logits: { readonly activation: 'sigmoid' | 'softmax'; readonly kernel: Kernel } | null;
  /** @internal True for the loss of its own that a layer has under this name: the layer records it. */
  readonly own: boolean;
  /** @internal What a loss over whole sequences has beside; null where each row has a loss of its own. */
  readonly sequence: SequenceLoss | null;
  /** Class id whose rows count for nothing, or null. */
  readonly ignoreClass: number | null;
  /** Columns of the target for a model with this many outputs: `outputs`, or 1 for class ids. */
  targetColumns(outputs: number): number;
  /** @internal First target in row order that the loss cannot take, or null. */
  check(targets: Float32Array, rows: number, outputs: number): TargetFault | null;
}

/** What a factory writes down; the rest has one usual value. */
type LossDeclaration = Pick<Loss, 'name' | 'kernel' | 'check'> & Partial<Loss>;

const declared = new WeakSet<object>();

/** Whether a value was made by a loss's factory. */
export function isLoss(value: unknown): value is Loss {
  return typeof value === 'object' && value !== null && declared.has(value);
}

/** A loss that must be one. @throws ValueError */
export function checkLoss(where: string, loss: unknown): Loss {
  if (isLoss(loss)) return loss;
  throw new ValueError(
    `${where}: loss must be a name such as 'meanSquaredError' or a loss such as huber(), got ${describeValue(loss)}`,
  );
}

/** Completes a declaration: no options, a loss for each row, one target per output, no ignored class. */
export function declareLoss(declaration: LossDeclaration): Loss {
  const loss = Object.freeze({
    config: {},
    params: [],
    logits: null,
    own: false,
    sequence: null,
    ignoreClass: null,
    targetColumns: (outputs: number) => outputs,
    ...declaration,
  });
  declared.add(loss);
  return loss;
}
