import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/** Pages outside the generated reference. */
const pages = readdirSync('docs', { recursive: true, encoding: 'utf8' })
  .map((name) => `docs/${name.replaceAll('\\', '/')}`)
  .filter((name) => name.endsWith('.md') && !name.startsWith('docs/api/'));

/** A fence whose info string ends with a path: ```typescript src/index.ts */
const QUOTE = /^```\w+ ([\w./-]+\.\w+)\n([\s\S]*?)^```$/gm;

const quotes = pages.flatMap((page) =>
  [...readFileSync(page, 'utf8').matchAll(QUOTE)].map(([, file, code]) => ({ page, file, code })),
);

/** The first part of a quote that does not stand in the file behind the parts before it, or null. */
function misquoted(code: string, text: string): string | null {
  let from = 0;
  for (const part of code.split(/^\.\.\.\n/m)) {
    const at = text.indexOf(part, from);
    if (at < 0) return part;
    from = at + part.length;
  }
  return null;
}

describe('code quoted from a file', () => {
  it('is found', () => {
    expect(quotes.length).toBeGreaterThan(10);
  });

  it.each(quotes)('$page quotes $file as it is', ({ file, code }) => {
    expect(existsSync(file)).toBe(true);
    expect(misquoted(code, readFileSync(file, 'utf8'))).toBeNull();
  });
});

describe('misquoted', () => {
  it('takes parts in their order, and names the first that is not there', () => {
    const text = 'a\nb\nc\nd\n';
    expect(misquoted('a\n...\nc\n', text)).toBeNull();
    expect(misquoted('c\n...\na\n', text)).toBe('a\n');
    expect(misquoted('b\nd\n', text)).toBe('b\nd\n');
  });
});
