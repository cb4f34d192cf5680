import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { exportOnnx } from '../../../src/formats/onnx/index.js';
import type { Model } from '../../../src/index.js';
import { EXPORT_CASES } from './export-cases.js';

const PYTHON = process.env.PYTHON ?? '/usr/bin/python3';

const hasOnnx = spawnSync(PYTHON, ['-c', 'import onnx']).status === 0;

it.skipIf(!hasOnnx)("is taken by ONNX's own checker and shape inference, strictly", () => {
  const folder = mkdtempSync(join(tmpdir(), 'recurra-onnx-'));
  try {
    const files = Object.values(EXPORT_CASES).flatMap(({ make }, i) =>
      [13, 17].map((opset) => {
        const file = join(folder, `${i}_${opset}.onnx`);
        writeFileSync(file, exportOnnx(make() as Model, { opset }));
        return file;
      }),
    );
    const { status, stderr } = spawnSync(PYTHON, ['test/golden/onnx_check.py', ...files], {
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(status).toBe(0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
