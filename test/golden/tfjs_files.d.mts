/** Types of tfjs_files.mjs, for the tests that share its models. */

// biome-ignore lint/suspicious/noExplicitAny: the types of tfjs need the whole of its package
type Any = any;

interface Listed {
  readonly shape: number[];
  readonly data: Float32Array;
}

export function fillWeights(tf: Any, model: Any, seed: number, scale?: number): void;
export function inputsFor(model: Any, seed: number, vocabulary?: number): Listed[];
export function outputsOf(tf: Any, model: Any, inputs: readonly Listed[]): Listed[];
export function savedFiles(tf: Any, model: Any): Promise<Record<string, Uint8Array>>;
export function loadedModel(tf: Any, files: Readonly<Record<string, Uint8Array>>): Promise<Any>;
export function modelsOf(tf: Any): Record<string, () => unknown>;
