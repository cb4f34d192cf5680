/** Kernels that are one wasm module in the portable build, so that a program brings only those it calls. */
export interface Family {
  readonly name: string;
  /** Its place in the table of functions; 1 for the core, which every program has. */
  readonly number: number;
  /**
   * The module, as text; or compiled, where the platform compiles what is imported. In the package the text is
   * what a function gives, so that an engine passes over the texts of families that nobody calls.
   */
  readonly bytes: string | (() => string) | WebAssembly.Module;
}

/** A kernel as programs name it; `F` is its signature. Generated from the sources: `wasm/generated/kernels.ts`. */
export interface Kernel<F extends (...args: never[]) => unknown = (...args: never[]) => unknown> {
  readonly name: string;
  readonly family: Family;
  /** What stands for it in a program: 256 times the number of its family, plus its place there. */
  readonly opcode: number;
  /** Its argument words: p = address, i = integer, f = 32-bit float. */
  readonly args: string;
  /** Only a type: kernels of other signatures are not the same. */
  readonly signature?: F;
}
