import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packed, run } from './packed.js';

const PROGRAM = `
import { RecurraError, tensor } from 'recurra';
const t = tensor([[1, 2], [3, 4]]);
try {
  tensor([1, 2, 3], [2, 2]);
} catch (error) {
  if (error instanceof RecurraError) console.log(error.name, t.shape.join('x'), t.data[3]);
}
`;

describe('the package as published', () => {
  const folder = mkdtempSync(join(tmpdir(), 'recurra-'));

  beforeAll(() => {
    writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
    run('npm', ['install', '--offline', packed().tarball], folder);
    writeFileSync(join(folder, 'main.js'), PROGRAM);
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('holds what is built and what explains it, no sources or tests', () => {
    const top = [...new Set(packed().files.map((path) => path.split('/')[0]))].sort();
    expect(top).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'dist', 'package.json']);
  });

  it('brings nothing along but what foreign formats unpack with, and runs without', () => {
    const { dependencies, optionalDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(dependencies).toBeUndefined();
    const modules = join(folder, 'node_modules');
    const others = readdirSync(modules).filter((name) => !name.startsWith('.') && name !== 'recurra');
    const optional = Object.keys(optionalDependencies).map((name) => name.split('/')[0]);
    expect(others.filter((name) => !optional.includes(name))).toEqual([]);
    for (const name of others) rmSync(join(modules, name), { recursive: true });
    expect(run(process.execPath, ['main.js'], folder)).toBe('ShapeError 2x2 4\n');
  });

  it('runs from an empty project', () => {
    expect(run(process.execPath, ['main.js'], folder)).toBe('ShapeError 2x2 4\n');
  });
});
