import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from 'esbuild';
import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Snippet, snippetsOf } from './snippets.js';

/** Inside the repository, where 'recurra' is this package. */
const FOLDER = join('build', 'snippets');

const isPage = (name: string) => name.endsWith('.md');

/** README and every page under docs/ but the generated ones and the records of decisions. */
function pages(): string[] {
  const guides = readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .map((name) => `docs/${name.replaceAll('\\', '/')}`)
    .filter((name) => isPage(name) && !name.startsWith('docs/api/') && !name.startsWith('docs/decisions/'));
  return [...(existsSync('README.md') ? ['README.md'] : []), ...guides.sort()];
}

const snippets: Snippet[] = pages().flatMap((file) => snippetsOf(file, readFileSync(file, 'utf8')));

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  moduleDetection: ts.ModuleDetectionKind.Force,
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  types: ['node'],
};

describe('the code in README and the guides', () => {
  const path = (snippet: Snippet, ending: string) => join(FOLDER, snippet.name + ending);
  let complaints: Map<string, string[]>;

  beforeAll(() => {
    rmSync(FOLDER, { recursive: true, force: true });
    mkdirSync(FOLDER, { recursive: true });
    for (const snippet of snippets) {
      writeFileSync(path(snippet, '.ts'), snippet.code);
      const { code } = transformSync(snippet.code, { loader: 'ts', format: 'esm', target: 'es2022' });
      writeFileSync(path(snippet, '.js'), code);
    }
    const program = ts.createProgram(
      snippets.map((snippet) => path(snippet, '.ts')),
      OPTIONS,
    );
    complaints = new Map(
      snippets.map((snippet) => [
        snippet.name,
        ts
          .getPreEmitDiagnostics(program, program.getSourceFile(path(snippet, '.ts')))
          .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')),
      ]),
    );
  });

  it('is told apart by page and heading', () => {
    const names = snippets.map((snippet) => snippet.name);
    expect(names).toEqual([...new Set(names)]);
  });

  for (const snippet of snippets) {
    it(`${snippet.title}: has the right types and runs`, () => {
      expect(complaints.get(snippet.name)).toEqual([]);
      const { status, stderr } = spawnSync(process.execPath, [`${snippet.name}.js`], {
        cwd: FOLDER,
        encoding: 'utf8',
        timeout: 50_000,
      });
      expect(stderr).toBe('');
      expect(status).toBe(0);
    });
  }
});

describe('snippetsOf', () => {
  const page = [
    '# Top',
    '```ts',
    'const a = 1;',
    '```',
    'text',
    '```sh',
    'npm start',
    '```',
    '```ts',
    'const b = a;',
    '```',
    '## Next',
    '```ts continued',
    'const c = b;',
    '```',
    '### Deeper',
    '<!-- ts',
    'const hidden = c;',
    '-->',
    '## Apart',
    '```ts',
    'const a = 2;',
    '```',
    '',
  ].join('\n');

  it('makes one program of a section, and goes on from the one before where asked', () => {
    expect(snippetsOf('docs/a.md', page)).toEqual([
      { name: 'docs-a-top', title: 'docs/a.md, Top', code: 'const a = 1;\nconst b = a;\n' },
      {
        name: 'docs-a-next',
        title: 'docs/a.md, Next',
        code: 'const a = 1;\nconst b = a;\nconst c = b;\nconst hidden = c;\n',
      },
      { name: 'docs-a-apart', title: 'docs/a.md, Apart', code: 'const a = 2;\n' },
    ]);
  });

  it('refuses to go on from nothing', () => {
    expect(() => snippetsOf('a.md', '## A\n```ts continued\n1;\n```\n')).toThrow('nothing comes before');
  });
});
