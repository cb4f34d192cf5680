import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

function run(command: string, args: string[], cwd: string): string {
  const env = { ...process.env, npm_config_audit: 'false', npm_config_fund: 'false' };
  const result = spawnSync(command, args, {
    cwd,
    env,
    encoding: 'utf8',
    shell: process.platform === 'win32' && command === 'npm',
  });
  if (result.status !== 0) {
    throw new Error(`${command} ${args.join(' ')}\n${result.stdout}\n${result.stderr}`);
  }
  return result.stdout;
}

/** A page, a bundler and a server each read package.json in one of these ways. */
const RESOLUTIONS = [
  ['NodeNext', 'NodeNext'],
  ['ESNext', 'Bundler'],
];

const PROGRAM = `
import { RecurraError, type Tensor, tensor } from 'recurra';
const t: Tensor = tensor([[1, 2], [3, 4]]);
try {
  tensor([1, 2, 3], [2, 2]);
} catch (error) {
  if (error instanceof RecurraError) console.log(error.name, t.shape.join('x'), t.data[3]);
}
`;

describe('the package as published', () => {
  const folder = mkdtempSync(join(tmpdir(), 'recurra-'));
  const project = join(folder, 'project');
  let packed: string[];

  beforeAll(() => {
    const [{ filename, files }] = JSON.parse(
      run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], process.cwd()),
    );
    packed = files.map((file: { path: string }) => file.path);
    mkdirSync(project);
    writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }');
    run('npm', ['install', '--offline', join(folder, filename)], project);
    writeFileSync(join(project, 'main.ts'), PROGRAM);
    writeFileSync(join(project, 'main.js'), PROGRAM.replace(/type Tensor, |: Tensor/g, ''));
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('holds what is built and what explains it, no sources or tests', () => {
    const top = [...new Set(packed.map((path) => path.split('/')[0]))].sort();
    expect(top).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'dist', 'package.json']);
  });

  it('brings nothing along but what foreign formats unpack with, and runs without', () => {
    const { dependencies, optionalDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(dependencies).toBeUndefined();
    const modules = join(project, 'node_modules');
    const others = readdirSync(modules).filter((name) => !name.startsWith('.') && name !== 'recurra');
    const optional = Object.keys(optionalDependencies).map((name) => name.split('/')[0]);
    expect(others.filter((name) => !optional.includes(name))).toEqual([]);
    for (const name of others) rmSync(join(modules, name), { recursive: true });
    expect(run(process.execPath, ['main.js'], project)).toBe('ShapeError 2x2 4\n');
  });

  it('runs from an empty project', () => {
    expect(run(process.execPath, ['main.js'], project)).toBe('ShapeError 2x2 4\n');
  });

  for (const [module, moduleResolution] of RESOLUTIONS) {
    it(`has types that resolve with ${moduleResolution}`, () => {
      const tsc = resolve('node_modules', 'typescript', 'bin', 'tsc');
      const options = ['--module', module, '--moduleResolution', moduleResolution, '--lib', 'ES2022,DOM'];
      run(
        process.execPath,
        [tsc, '--noEmit', '--strict', '--target', 'ES2022', ...options, 'main.ts'],
        project,
      );
    });
  }
});
