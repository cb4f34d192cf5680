import type { Shape } from '../shape.js';
import { type Constraint, type ConstraintLike, constraintFrom } from './constraints.js';
import { type InitializerLike, initializerFrom } from './initializers/index.js';
import type { ParameterDeclaration } from './layer.js';
import { type Regularizer, type RegularizerLike, regularizerFrom } from './regularizers.js';

/** How one weight starts, and what keeps it in bounds. Plain data: it belongs into saved files. */
export interface WeightConfig {
  readonly initializer: { readonly name: string; readonly config: Readonly<Record<string, unknown>> };
  readonly regularizer: Regularizer | null;
  readonly constraint: Constraint | null;
}

/** Options of one weight, as users give them. */
export interface WeightOptions {
  readonly initializer: InitializerLike;
  readonly regularizer?: RegularizerLike | null;
  readonly constraint?: ConstraintLike | null;
}

/** Checks the options of one weight and makes them plain data. `where` names layer and weight. */
export function weightConfig(where: string, options: WeightOptions): WeightConfig {
  const option = `${where}Initializer`;
  const { name, config } = initializerFrom(option, options.initializer);
  initializerFrom(option, { name, config }); // name and config are all that is kept
  return {
    initializer: { name, config },
    regularizer: regularizerFrom(`${where}Regularizer`, options.regularizer),
    constraint: constraintFrom(`${where}Constraint`, options.constraint),
  };
}

/** The declaration of a weight from its plain data. */
export function declareWeight(name: string, shape: Shape, config: WeightConfig): ParameterDeclaration {
  return {
    name,
    shape,
    initializer: initializerFrom(name, config.initializer),
    regularizer: config.regularizer,
    constraint: config.constraint,
  };
}
