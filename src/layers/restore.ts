import { checkOptionNames } from '../errors.js';
import type { Layer, LayerDefinition } from './layer.js';

/** Finds the definition of a layer type. @throws UnknownNameError */
export type Resolve = (type: string) => LayerDefinition;

/**
 * Makes a layer's config from what a file holds in its place, or throws as the layer's factory does; `resolve`
 * finds the layers inside it.
 */
export type Restore<C> = (saved: object, where: string, resolve: Resolve) => C;

/**
 * Restores a config by the layer's own factory, so that a file is held to what a user is held to.
 *
 * @param options the factory's options for a saved config, where they differ from {@link weightOptions}
 */
export function restoreWith<C>(
  make: (options: never) => Layer,
  options: (saved: Readonly<Record<string, unknown>>) => object = weightOptions,
): Restore<C> {
  return (saved, where) => {
    const given = options(saved as Readonly<Record<string, unknown>>);
    return make({ ...given, name: where } as never).config as C;
  };
}

/** For layers without a config. */
export const restoreNone: Restore<Readonly<Record<string, never>>> = (saved, where) => {
  checkOptionNames(where, saved, []);
  return {};
};

/** Where a weight's options do not begin with its name: Keras says recurrentInitializer. */
const STEMS: Readonly<Record<string, string>> = {
  recurrentKernel: 'recurrent',
  peepholeKernel: 'peephole',
  projectionKernel: 'projection',
};

const PARTS = ['initializer', 'regularizer', 'constraint'] as const;

/**
 * A config as options: those of each weight, which a config keeps together, become one option each
 * (`kernel.initializer` is kernelInitializer). What is not of this form stays as it is, for the factory to judge.
 */
export function weightOptions(saved: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const options: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(saved)) {
    if (typeof value !== 'object' || value === null || !('initializer' in value)) {
      options[key] = value;
      continue;
    }
    const stem = STEMS[key] ?? key;
    for (const part of PARTS) {
      const given = (value as Record<string, unknown>)[part];
      if (given !== null && given !== undefined)
        options[`${stem}${part[0].toUpperCase()}${part.slice(1)}`] = given;
    }
  }
  return options;
}
