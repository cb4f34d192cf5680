import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { expect, it } from 'vitest';
import { folderInside, packed, run } from './packed.js';

/** A name that each subpath has, as a value; none has more than its effect. */
const NAMES: Readonly<Record<string, string | null>> = {
  '.': 'lstm',
  './training': 'lstm',
  './inference': 'load',
  './streaming': 'load',
  './wasm': 'useKernels',
  './browser': 'lstm',
  './kernels/portable.wasm': 'default',
  './kernels/relaxed.wasm': 'default',
  './kernels/dot.wasm': 'default',
  './safetensors': 'readSafetensors',
  './pytorch': 'readTorch',
  './numpy': 'readNpy',
  './onnx': 'importOnnx',
  './keras': 'importKeras',
  './tfjs': 'importTfjs',
  './bench': 'runBench',
  './worklet': 'createModelNode',
  './worklet/processor': null,
};

const { exports } = JSON.parse(readFileSync('package.json', 'utf8'));
const paths = Object.keys(exports).filter((path) => path !== './package.json');
const bytes = () => new Uint8Array(readFileSync(packed().tarball));

it('publint has nothing to say, not even a suggestion', async () => {
  const { buffer } = bytes();
  const { messages, pkg } = await publint({ pack: { tarball: buffer }, strict: true });
  expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
});

it('Are The Types Wrong finds no problem of a package of ES modules', async () => {
  const result = await checkPackage(createPackageFromTarballData(bytes()));
  if (!result.types) throw new Error('no types');
  expect(Object.keys(result.entrypoints).sort()).toEqual(Object.keys(exports).sort());
  // The profile "esm-only": resolution as in Node 10 and `require` are not asked for.
  const asked = (problem: object) =>
    !['node10', 'node16-cjs'].includes((problem as { resolutionKind?: string }).resolutionKind ?? '');
  expect(result.problems.filter(asked)).toEqual([]);
});

it('every subpath is tried here', () => {
  expect(Object.keys(NAMES).sort()).toEqual([...paths].sort());
});

/** A page, a bundler and a server each read package.json in one of these ways. */
it.each([
  ['Node16', 'Node16'],
  ['NodeNext', 'NodeNext'],
  ['ESNext', 'Bundler'],
])('every subpath has types: module %s, resolution %s', (module, moduleResolution) => {
  const folder = folderInside('types');
  const lines = paths.map((path, i) => {
    const from = `'recurra${path.slice(1)}'`;
    const name = NAMES[path];
    // An unresolved name would be of type any, which is no error by itself.
    return name === null
      ? `import ${from};`
      : `import { ${name} as v${i} } from ${from};\nexport const s${i}: 0 extends 1 & typeof v${i} ? never : object = v${i};`;
  });
  writeFileSync(join(folder, 'main.ts'), `${lines.join('\n')}\n`);
  const compilerOptions = { target: 'ES2022', lib: ['ES2022', 'DOM'], strict: true, noEmit: true };
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: { ...compilerOptions, module, moduleResolution },
      include: ['main.ts'],
    }),
  );
  run(process.execPath, [resolve('node_modules', 'typescript', 'bin', 'tsc')], folder);
});
