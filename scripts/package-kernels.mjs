// The kernels in dist/kernels: the families as text in three files of JavaScript, as modules for platforms that compile
// what is imported and no bytes, and whole builds as files.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { encodeText } from './bytes-text.mjs';
import { root } from './files.mjs';
import { bytesName, STEPS_CORE } from './kernel-sources.mjs';
import { textOf } from './package-sources.mjs';

/** What follows the name of a `.wasm` file that is imported. */
const QUERY = { workerd: '', 'edge-light': '?module' };

/** Builds that exist as files. */
const WHOLE = ['portable', 'relaxed', 'dot'];

/** What a program sees that imports such a file where imports are compiled, as `useKernels` takes it. */
const TYPES = 'declare const kernels: WebAssembly.Module;\nexport default kernels;\n';

/** Writes dist/kernels. */
export function writeKernels() {
  const out = join(root, 'dist', 'kernels');
  const from = join(root, 'build', 'portable');
  mkdirSync(out, { recursive: true });
  const texts = { forward: [], training: [], steps: [] };
  const sources = readFileSync(join(root, 'src', 'wasm', 'generated', 'kernels.ts'), 'utf8');
  const families = readdirSync(from)
    .filter((file) => file.endsWith('.wasm'))
    .map((file) => basename(file, '.wasm'))
    .filter((family) => family === STEPS_CORE || sources.includes(`'./portable/${family}.js'`));
  for (const family of families) {
    const bytes = readFileSync(join(from, `${family}.wasm`));
    const name = bytesName(family);
    texts[textOf(family)].push(`export function ${name}() { return '${encodeText(bytes)}'; }\n`);
    copyFileSync(join(from, `${family}.wasm`), join(out, `family-${family}.wasm`));
    for (const [platform, query] of Object.entries(QUERY)) {
      mkdirSync(join(out, platform), { recursive: true });
      writeFileSync(
        join(out, platform, `${family}.js`),
        `import module from '../family-${family}.wasm${query}';\nexport const ${name} = module;\n`,
      );
    }
  }
  for (const [name, lines] of Object.entries(texts)) writeFileSync(join(out, `${name}.js`), lines.join(''));
  for (const name of WHOLE) {
    copyFileSync(join(root, 'build', `${name}.wasm`), join(out, `${name}.wasm`));
    writeFileSync(join(out, `${name}.wasm.d.ts`), TYPES);
  }
}
