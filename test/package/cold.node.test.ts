import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

it('the benchmark of cold starts runs, without peers in one round', () => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['bench/peers/cold.mjs', '--rounds=1', '--peers=', '--where=node', '--dry'],
    { encoding: 'utf8' },
  );
  expect(stderr).toBe('');
  expect(status).toBe(0);
  for (const name of ['recurra/streaming', 'recurra/inference', 'recurra']) {
    expect(stdout).toMatch(new RegExp(`^${name}( +[+-]\\d+\\.\\d){3}$`, 'm'));
  }
}, 300_000);
