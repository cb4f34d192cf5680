import { StateError } from '../errors.js';
import { compileNow } from './features.js';
import type { RunExports } from './generated/abi.js';
import { fill } from './generated/kernels.js';
import type { Family } from './kernel.js';
import { decodeText } from './text.js';

/** The kernels over one memory. */
export interface Instance {
  readonly exports: RunExports;
  /** Makes the kernels of a family ready to be called, and gives what their module exports. */
  bring(family: Family): WebAssembly.Exports;
}

/** The core: its bytes come with whatever calls a kernel. */
const CORE = fill.family;

/** Functions that a table of families has room for. */
const TABLE_SIZE = 128;

const compiled = new Map<Family, WebAssembly.Module>();

/** The module of a family, compiled at first use. */
function moduleOf(family: Family): WebAssembly.Module {
  let module = compiled.get(family);
  if (module === undefined) {
    const { bytes } = family;
    module = typeof bytes === 'object' ? bytes : compileText(typeof bytes === 'string' ? bytes : bytes());
    compiled.set(family, module);
  }
  return module;
}

function compileText(text: string): WebAssembly.Module {
  if (text !== '') return compileNow(decodeText(text));
  throw new StateError(
    'model: there are no portable kernels: call useKernels(module) with recurra/kernels/portable.wasm first',
  );
}

/** An instance of a build that has all families in one module. */
export function instantiateWhole(module: WebAssembly.Module, imports: WebAssembly.Imports): Instance {
  const { exports } = new WebAssembly.Instance(module, imports);
  return { exports: exports as unknown as RunExports, bring: () => exports };
}

/**
 * An instance of the portable build: the core now, other families as they are brought. They share the memory; the
 * core calls their `dispatch` through a table, and they call its products.
 */
export function instantiateFamilies(memory: WebAssembly.Memory): Instance {
  const table = new WebAssembly.Table({ element: 'anyfunc', initial: TABLE_SIZE });
  const env = { memory, table };
  const core = new WebAssembly.Instance(moduleOf(CORE), { env }).exports;
  const present = new Map<Family, WebAssembly.Exports>([[CORE, core]]);
  return {
    exports: core as unknown as RunExports,
    bring(family) {
      let exports = present.get(family);
      if (exports === undefined) {
        exports = new WebAssembly.Instance(moduleOf(family), { env, core }).exports;
        table.set(family.number, exports.dispatch as () => void);
        present.set(family, exports);
      }
      return exports;
    },
  };
}
