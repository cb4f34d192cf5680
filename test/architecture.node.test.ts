import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * Folders of src/ from the bottom up; `.` is the files beside index.ts. A file imports from its own folder
 * and from those before it. index.ts may import anything, and nothing imports index.ts.
 */
const FOLDERS = [
  '.',
  'numeric',
  'random',
  'wasm',
  'memory',
  'program',
  'layers',
  'model',
  'decoding',
  'inference',
  'streaming',
  'training',
  'seq2seq',
  'quantize',
  'public',
  'by-value',
  'formats',
  'bench',
  'cli',
  'worklet',
];

const MAX_LINES = 400;

/** What leaves its last bits to the engine; `**` is Math.pow, exact where a whole power of two is written out. */
const ENGINE_DEPENDENT =
  /\bMath\.(?:a?(?:cos|sin|tan)h?|atan2|cbrt|expm?1?|hypot|log(?:2|10|1p)?|pow|random)\b|(?<!\b2 )\*\*|\*\*(?! -?\d)/g;

/** Files that may, each with the reason why it reaches no weight, mask or shuffle. */
const ALLOWED_MATH: Record<string, string> = {};

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name).replaceAll('\\', '/'))
    .filter((name) => name.endsWith('.ts') && !name.includes('/generated/'))
    .sort();
}

const read = (file: string) => readFileSync(join(root, file), 'utf8');

/** The code alone: comments and the insides of strings left out. */
function codeOf(source: string): string {
  return source.replace(
    /\/\*[\s\S]*?\*\/|\/\/.*$|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/gm,
    (part) => (part[0] === '`' ? part : part[0] === '/' ? '' : "''"),
  );
}

/** `layers` for src/layers/recurrent/lstm.ts, `.` for src/errors.ts, `index` for src/index.ts, `public` for src/public.ts. */
function folderOf(file: string): string {
  const parts = relative('src', file).replaceAll('\\', '/').split('/');
  if (parts.length > 1) return parts[0];
  return ['index.ts', 'public.ts'].includes(parts[0]) ? parts[0].slice(0, -'.ts'.length) : '.';
}

/** What a file imports or exports again, types included, as written; not what a type only asks after. */
function importedNames(file: string): string[] {
  const source = read(file).replace(/\btypeof import\([^)]*\)/g, 'unknown');
  return ts.preProcessFile(source).importedFiles.map(({ fileName }) => fileName);
}

/** The same as paths from the top, packages left out. */
function importsOf(file: string): string[] {
  return importedNames(file)
    .filter((name) => name.startsWith('.'))
    .map((name) => join(dirname(file), name.replace(/\.js$/, '.ts')).replaceAll('\\', '/'));
}

describe('src', () => {
  const files = sources('src');

  it('has every folder in its place from bottom to top', () => {
    expect(files.length).toBeGreaterThan(10);
    const unplaced = files.map(folderOf).filter((folder) => folder !== 'index' && !FOLDERS.includes(folder));
    expect([...new Set(unplaced)]).toEqual([]);
  });

  it('imports point down only', () => {
    const upward = files
      .filter((file) => folderOf(file) !== 'index')
      .flatMap((file) =>
        importsOf(file)
          .filter((target) => {
            const to = folderOf(target);
            return to === 'index' || FOLDERS.indexOf(to) > FOLDERS.indexOf(folderOf(file));
          })
          .map((target) => `${file} -> ${target}`),
      );
    expect(upward).toEqual([]);
  });

  /** `@scope/name` of `@scope/name/path`. */
  const packageOf = (name: string): string => /^(@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name;

  /** The renderer of the benchmark's pages is a script of its own, its chart library inside. */
  const BUNDLED: Record<string, string> = { 'src/bench/render.ts': 'uplot' };

  it('needs nothing but itself, and for foreign formats and the command line what package.json says', () => {
    const { optionalDependencies } = JSON.parse(read('package.json'));
    const may = (file: string, name: string): boolean =>
      BUNDLED[file] === name ||
      (folderOf(file) === 'cli' && name.startsWith('node:')) ||
      (['formats', 'cli'].includes(folderOf(file)) && packageOf(name) in optionalDependencies);
    const foreign = files.flatMap((file) =>
      importedNames(file)
        .filter((name) => !name.startsWith('.'))
        .filter((name) => !may(file, name))
        .map((name) => `${file} -> ${name}`),
    );
    expect(foreign).toEqual([]);
  });

  it('reaches no foreign format from its main entry', () => {
    const reached = new Set(['src/index.ts']);
    for (const file of reached) for (const next of importsOf(file)) reached.add(next);
    expect([...reached].filter((file) => folderOf(file) === 'formats')).toEqual([]);
  });

  it('uses no Math function whose bits depend on the engine', () => {
    const found = files
      .filter((file) => !(file in ALLOWED_MATH))
      .flatMap((file) =>
        [...codeOf(read(file)).matchAll(ENGINE_DEPENDENT)].map(([call]) => `${file}: ${call}`),
      );
    expect(found).toEqual([]);
  });

  it('allows no more than is needed', () => {
    const idle = Object.keys(ALLOWED_MATH).filter(
      (file) => !files.includes(file) || codeOf(read(file)).match(ENGINE_DEPENDENT) === null,
    );
    expect(idle).toEqual([]);
  });
});

describe('the kernels', () => {
  it('are all within assembly/ and import nothing else', () => {
    const outside = sources('assembly').flatMap((file) =>
      importedNames(file)
        .filter(
          (name) => !name.startsWith('.') || relative('assembly', join(dirname(file), name)).startsWith('..'),
        )
        .map((target) => `${file} -> ${target}`),
    );
    expect(outside).toEqual([]);
  });
});

describe('files', () => {
  it(`are at most ${MAX_LINES} lines long`, () => {
    const long = [...sources('src'), ...sources('assembly')]
      .map((file) => ({ file, lines: read(file).trimEnd().split('\n').length }))
      .filter(({ lines }) => lines > MAX_LINES);
    expect(long).toEqual([]);
  });
});
