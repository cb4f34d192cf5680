import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { modelCheckpoint } from '../../../src/training/callbacks/index.js';
import { runTraining, valLosses } from '../../harness/fake-training.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'recurra-checkpoint-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe('modelCheckpoint in a file system', () => {
  it('makes folders, writes whole files and leaves nothing beside them', async () => {
    const callback = modelCheckpoint({ filepath: join(folder, 'a', 'b-{epoch:02d}', 'model') });
    await runTraining([callback], valLosses(1, 2));
    expect(await readdir(join(folder, 'a'))).toEqual(['b-01', 'b-02']);
    expect(await readdir(join(folder, 'a', 'b-02'))).toEqual(['model']);
    expect(Array.from(await readFile(join(folder, 'a', 'b-02', 'model')))).toEqual([0xa5, 2]);
  });

  it('puts the new model in the place of the old', async () => {
    const filepath = join(folder, 'best');
    await runTraining([modelCheckpoint({ filepath, saveBestOnly: true })], valLosses(3, 2, 4));
    expect(await readdir(folder)).toEqual(['best']);
    expect(Array.from(await readFile(filepath))).toEqual([0xa5, 2]);
  });

  it('keeps the old file and cleans up when the new one cannot take its place', async () => {
    const filepath = join(folder, 'taken');
    await mkdir(join(filepath, 'inside'), { recursive: true });
    await expect(runTraining([modelCheckpoint({ filepath })], valLosses(1))).rejects.toThrow();
    expect(await readdir(folder)).toEqual(['taken']);
    expect(await readdir(filepath)).toEqual(['inside']);
  });
});
