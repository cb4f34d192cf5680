import type { Shape } from '../shape.js';
import { type ConstraintSpec, constraintFrom } from './constraints.js';
import { type InitializerSpec, initializerFrom } from './initializers/index.js';
import type { ParameterDeclaration } from './layer.js';
import { type Saved, savedConstraint, savedInitializer, savedRegularizer } from './options.js';
import { type RegularizerSpec, regularizerFrom } from './regularizers.js';

/** How one weight starts, and what keeps it in bounds. */
export interface WeightConfig {
  readonly initializer: Saved;
  readonly regularizer: Saved | null;
  readonly constraint: Saved | null;
}

/** Options of one weight, as users give them. */
export interface WeightOptions {
  readonly initializer: InitializerSpec;
  readonly regularizer?: RegularizerSpec | null;
  readonly constraint?: ConstraintSpec | null;
}

/** Checks the options of one weight and makes them plain data. */
export function weightConfig(where: string, options: WeightOptions): WeightConfig {
  return {
    initializer: savedInitializer(where, options.initializer),
    regularizer: savedRegularizer(where, options.regularizer),
    constraint: savedConstraint(where, options.constraint),
  };
}

/** The declaration of a weight from its plain data. */
export function declareWeight(name: string, shape: Shape, config: WeightConfig): ParameterDeclaration {
  return {
    name,
    shape,
    initializer: initializerFrom(config.initializer as InitializerSpec),
    regularizer: config.regularizer && regularizerFrom(config.regularizer as RegularizerSpec),
    constraint: config.constraint && constraintFrom(config.constraint as ConstraintSpec),
  };
}
