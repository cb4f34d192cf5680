import { describeValue } from '../../describe.js';
import { unknownName, ValueError } from '../../errors.js';
import { constant, identity, ones, zeros } from './constant.js';
import type { Initializer } from './initializer.js';
import { orthogonal } from './orthogonal.js';
import { randomNormal, randomUniform, truncatedNormal } from './random.js';
import {
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  lecunNormal,
  lecunUniform,
  varianceScaling,
} from './variance-scaling.js';

const FACTORIES = {
  zeros,
  ones,
  constant,
  identity,
  randomNormal,
  randomUniform,
  truncatedNormal,
  varianceScaling,
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  lecunNormal,
  lecunUniform,
  orthogonal,
  // Keras's short names
  normal: randomNormal,
  uniform: randomUniform,
} as const satisfies Record<string, (options?: never) => Initializer>;

/** Names that an option takes for an initializer with its default options. */
export type InitializerName = keyof typeof FACTORIES;

/** An initializer as options take it: a name, one that exists, or the JSON of one. */
export type InitializerLike = InitializerName | Initializer | SavedInitializer;

/** An initializer as JSON. */
export interface SavedInitializer {
  /** Its name. */
  readonly name: InitializerName;
  /** Its options. Default: the factory's. */
  readonly config?: Readonly<Record<string, unknown>>;
}

const NAMES = Object.keys(FACTORIES);

/**
 * Reads a layer's option; `where` names layer and option in errors.
 * @throws UnknownNameError, ValueError
 */
export function initializerFrom(
  where: string,
  spec: InitializerLike | string | { name: string; config?: Readonly<Record<string, unknown>> },
): Initializer {
  if (typeof spec === 'object' && spec !== null && 'fill' in spec && typeof spec.fill === 'function')
    return spec;
  const name: unknown = typeof spec === 'string' ? spec : spec?.name;
  if (typeof name !== 'string')
    throw new ValueError(
      `${where} must be a name such as 'glorotUniform' or an initializer such as constant({ value: 1 }), got ${describeValue(spec)}`,
    );
  if (!Object.hasOwn(FACTORIES, name)) throw unknownName(where, 'initializer', name, NAMES);
  const make = FACTORIES[name as InitializerName] as (options: object) => Initializer;
  return make((typeof spec === 'object' && spec.config) || {});
}
