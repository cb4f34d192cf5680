import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

it('every public name is documented, as typedoc sees it', { timeout: 300_000 }, () => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['node_modules/typedoc/bin/typedoc', '--emit', 'none', '--treatWarningsAsErrors'],
    { encoding: 'utf8' },
  );
  expect(`${stdout}${stderr}`).not.toMatch(/warning|error/i);
  expect(status).toBe(0);
});
