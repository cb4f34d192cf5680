import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

it('the benchmark of imports runs, without peers in one round', () => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['bench/peers/import.mjs', '--rounds=1', '--no-peers', '--graphs=lstm,cnn', '--dry'],
    { encoding: 'utf8' },
  );
  expect(stderr).toBe('');
  expect(status).toBe(0);
  for (const name of ['ONNX', '\\.keras', '\\.h5', 'tfjs LayersModel', 'safetensors', '\\.pt', '\\.npz']) {
    expect(stdout).toMatch(new RegExp(`^${name} +recurra.*( +\\d+\\.\\d+){4}$`, 'm'));
  }
  for (const work of ['predict, B=1', 'predict, B=32', 'step', 'training step']) {
    expect(stdout).toMatch(new RegExp(`^LSTM 128 +${work}( +\\d+\\.\\d+){3}$`, 'm'));
  }
}, 300_000);
