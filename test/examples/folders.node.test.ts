import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { makeFolder } from './run.js';
import { commandOf } from './served.js';

const folder = makeFolder('commands');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const names = readdirSync('examples').filter((name) => name !== 'shared');
const readme = readFileSync('README.md', 'utf8');

/** An example that serves has packages of its own, and a test that starts it. */
const serves = (name: string) => existsSync(`examples/${name}/package.json`);

describe.each(names.filter(serves))('examples/%s', (name) => {
  it('has one command, started by a test', () => {
    expect(commandOf(name)).toBe(`npm start --prefix examples/${name}`);
    const tests = [`test/examples/${name}.node.test.ts`, `test/deploy/${name}.deploy.ts`].filter(existsSync);
    expect(tests).toHaveLength(1);
    expect(readFileSync(tests[0], 'utf8')).toContain(`serveExample('${name}'`);
  });

  it('asks for exact versions, of packages that it needs', () => {
    const { dependencies, scripts, ...rest } = JSON.parse(
      readFileSync(`examples/${name}/package.json`, 'utf8'),
    );
    expect(rest).toEqual({ name: `recurra-example-${name}`, private: true, type: 'module' });
    expect(dependencies.recurra).toBe('file:../..');
    expect(scripts.prestart).toMatch(/^node \.\.\/shared\/setup\.mjs/);
    const versions = Object.values<string>(dependencies).filter((version) => version !== 'file:../..');
    expect(versions.filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });
});

describe.each(names.filter((name) => !serves(name)))('examples/%s', (name) => {
  it('has one command, which works from the top of the repository', () => {
    const command = commandOf(name);
    expect(command).toMatch(new RegExp(`^node examples/${name}/index\\.mjs( |$)`));
    const [, ...words] = command.split(' ');
    const { status, stderr, stdout } = spawnSync(
      process.execPath,
      [...words, '--epochs', '1', '--out', `${folder}/${name}`],
      { encoding: 'utf8' },
    );
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/Epoch 1\/1 .*loss: \d/);
  });
});

it.each(names)('examples/%s stands in README', (name) => {
  expect(readme).toContain(`(examples/${name})`);
});
