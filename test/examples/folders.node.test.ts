import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { makeFolder } from './run.js';

const folder = makeFolder('commands');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const names = readdirSync('examples').filter((name) => name !== 'shared');
const readme = readFileSync('README.md', 'utf8');

describe.each(names)('examples/%s', (name) => {
  it('has one command, which works from the top of the repository', () => {
    const page = readFileSync(`examples/${name}/README.md`, 'utf8');
    const commands = [...page.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, lines]) => lines.trim());
    expect(commands).toHaveLength(1);
    expect(commands[0]).toMatch(new RegExp(`^node examples/${name}/index\\.mjs( |$)`));
    const [, ...words] = commands[0].split(' ');
    const { status, stderr, stdout } = spawnSync(
      process.execPath,
      [...words, '--epochs', '1', '--out', `${folder}/${name}`],
      { encoding: 'utf8' },
    );
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/Epoch 1\/1 .*loss: \d/);
  });

  it('stands in README', () => {
    expect(readme).toContain(`(examples/${name})`);
  });
});
