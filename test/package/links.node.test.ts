import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const docs = readdirSync('docs', { recursive: true, encoding: 'utf8' })
  .map((name) => `docs/${name.replaceAll('\\', '/')}`)
  .filter((name) => name.endsWith('.md') && !name.startsWith('docs/api/'));
const examples = readdirSync('examples')
  .map((name) => `examples/${name}/README.md`)
  .filter((page) => existsSync(page));
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'assembly/README.md',
  ...docs.sort(),
  ...examples,
];

/** A heading as GitHub names it in links. */
const anchor = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');

const withoutCode = (page: string) => page.replace(/^```[\s\S]*?^```$/gm, '');

function anchorsOf(file: string): string[] {
  return [...withoutCode(readFileSync(file, 'utf8')).matchAll(/^#+ (.+)$/gm)].map(([, text]) => anchor(text));
}

/** Files named in backticks: `src/memory/plan.ts`. Folders that only a build makes are left out. */
const NAMED_FILE = /`((?:assembly|bench|docs|examples|scripts|src|test)\/[\w./-]*\w)`/g;

describe.each(pages)('%s', (page) => {
  const text = withoutCode(readFileSync(page, 'utf8'));

  it('links to pages and headings that exist', () => {
    const broken = [...text.matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)/g)]
      .map(([, path, heading]) => ({ file: path === '' ? page : join(dirname(page), path), heading }))
      .filter(
        ({ file, heading }) =>
          !existsSync(file) || (heading !== undefined && !anchorsOf(file).includes(heading)),
      );
    expect(broken).toEqual([]);
  });

  it('names files that exist', () => {
    const missing = [...text.matchAll(NAMED_FILE)]
      .map(([, file]) => file)
      .filter((file) => !existsSync(file) && !file.startsWith('docs/api') && !file.includes('generated/'));
    expect(missing).toEqual([]);
  });
});
