import { StateError } from '../errors.js';
import { hasRelaxedSimd } from './features.js';
import type { ThreadExports } from './generated/abi.js';
import { type Instance, instantiateFamilies, instantiateWhole } from './instance.js';
import { decodeText } from './text.js';

/**
 * How multiply-adds round. 'portable': twice, with the same bits on every engine. 'relaxed': once where the
 * engine fuses them, which is faster; bits may differ between engines.
 */
export type Numerics = 'portable' | 'relaxed';

/**
 * A compilation of the kernels. 'dot' computes what 'portable' does, bit for bit, with the engine's dot
 * product of 8-bit integers.
 */
export type Build = Numerics | 'dot';

/** Builds that are loaded, or null where the portable one serves in their place. */
const modules = new Map<Build, WebAssembly.Module | null>();
const threadModules = new Map<Build, WebAssembly.Module>();

/** An instance of a build for threads. */
export interface ThreadInstance extends Instance {
  readonly exports: ThreadExports;
}

/** Has a module serve a build, whatever served it before. */
export function serveWith(build: Build, module: WebAssembly.Module): void {
  modules.set(build, module);
}

/** Whether a build, or what serves in its place, has been loaded. */
export function isLoaded(build: Build): boolean {
  return build === 'portable' || modules.has(build);
}

/**
 * The build that serves a model. Quantised models have the same bits under any numerics: they are served by
 * 'dot' where it has been loaded, else by 'portable'.
 */
export function buildFor(numerics: Numerics, quantized: boolean): Build {
  if (!quantized) return numerics;
  return isLoaded('dot') ? 'dot' : 'portable';
}

/** The same for a model with threads. */
export function threadBuildFor(numerics: Numerics, quantized: boolean): Build {
  if (!quantized) return numerics;
  return threadModules.has('dot') ? 'dot' : 'portable';
}

/**
 * Loads the relaxed build where the engine takes it; elsewhere the portable build serves in its place.
 * @returns undefined, or why the portable build serves
 */
export async function loadRelaxed(): Promise<string | undefined> {
  const reason = await bring('relaxed', () => import('./generated/relaxed.js'));
  if (reason !== undefined) modules.set('relaxed', null);
  return reason;
}

/**
 * Loads the build with the dot product of 8-bit integers where the engine takes it.
 * @returns undefined, or why it does not serve
 */
export function loadDot(): Promise<string | undefined> {
  return bring('dot', () => import('./generated/dot.js'));
}

/** Service workers may import nothing later, a chunk may be gone from its server: the portable build is there. */
async function bring(
  build: Build,
  chunk: () => Promise<{ readonly BYTES: string }>,
): Promise<string | undefined> {
  if (!hasRelaxedSimd()) return 'relaxed SIMD: the portable build serves (Node 20 has it behind a flag)';
  if (modules.get(build)) return undefined;
  try {
    modules.set(build, await WebAssembly.compile(decodeText((await chunk()).BYTES)));
    return undefined;
  } catch (error) {
    return `${build} build: it could not be loaded (${String(error)}); the portable build serves`;
  }
}

/**
 * A fresh instance of the kernels over the given memory. Synchronous.
 * @throws StateError when the build has not been loaded
 */
export function instantiate(memory: WebAssembly.Memory, build: Build = 'portable'): Instance {
  if (!isLoaded(build)) {
    const option = build === 'dot' ? 'int8: true' : `numerics: '${build}'`;
    throw new StateError(`model: the ${build} build is not loaded: call await prepare({ ${option} }) first`);
  }
  const module = modules.get(build);
  return module ? instantiateWhole(module, { env: { memory } }) : instantiateFamilies(memory);
}

/** Brings a build for threads where the engine takes it, elsewhere the portable one. */
function importThreads(build: Build): Promise<{ readonly BYTES: string }> {
  if (build === 'portable' || !hasRelaxedSimd()) return import('./generated/portable-threads.js');
  return build === 'relaxed'
    ? import('./generated/relaxed-threads.js')
    : import('./generated/dot-threads.js');
}

/**
 * Loads a build for threads, after the same build for one.
 * @throws CompileError where the engine knows no atomic instructions
 */
export async function loadThreads(build: Build): Promise<void> {
  if (threadModules.has(build)) return;
  const { BYTES: text } = await importThreads(build);
  threadModules.set(build, await WebAssembly.compile(decodeText(text)));
}

/** The module of a build for threads. */
export function threadModuleFor(build: Build): WebAssembly.Module {
  const module = threadModules.get(build);
  if (module === undefined) {
    throw new StateError(
      `model: threads with numerics '${build}' are not loaded: call await prepare({ numerics: '${build}', ` +
        'threads: ... }) first',
    );
  }
  return module;
}

/** A fresh instance of the kernels for threads over shared memory. Synchronous. */
export function instantiateThreads(memory: WebAssembly.Memory, module: WebAssembly.Module): ThreadInstance {
  const now = (): number => performance.now();
  return instantiateWhole(module, { env: { memory, now } }) as ThreadInstance;
}
