import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readNpz, writeNpy } from '../../src/formats/numpy/index.js';
import { readTorch, stateDict } from '../../src/formats/pytorch/index.js';
import { readSafetensors } from '../../src/formats/safetensors/index.js';
import { dense, embedding, input, load, lstm, type Model, sequential, simpleRNN } from '../../src/index.js';
import onnx from '../golden/onnx_files.json' with { type: 'json' };
import { bytesOf } from '../harness/base64.js';
import { Folder } from './run.js';

const folder = new Folder();
const recurra = (...args: string[]) => folder.recurra(...args);

const make = (seed: number): Model =>
  sequential(
    [
      input({ shape: [null] }),
      embedding({ inputDim: 9, outputDim: 4 }),
      lstm({ units: 5 }),
      dense({ units: 2 }),
    ],
    { seed, name: 'words' },
  );

const model = make(1);

beforeAll(() => {
  model.compile({ optimizer: 'adam', loss: 'mse' });
  folder.write('words.recurra', model.save());
  folder.write('other.recurra', make(2).save());
  folder.write('array.npy', writeNpy([[1, 2, 3]]));
  folder.write('lstm.onnx', bytesOf(onnx.exports[0].file));
  folder.write('text.txt', new TextEncoder().encode('neither weights nor layers'));
  mkdirSync(join(folder.path, 'words'));
  folder.write('cut.recurra', model.save().slice(0, 500));
});

describe('recurra inspect', () => {
  it('tells what a model is', () => {
    const { stdout, status } = recurra('inspect', 'words.recurra');
    expect(status).toBe(0);
    expect(stdout).toContain('words.recurra: recurra model,');
    expect(stdout).toContain(model.summary());
    expect(stdout).toContain('outputs: dense [batch, 2]');
    expect(stdout).toContain('training: adam, meanSquaredError');
    expect(stdout).toContain('streams: yes');
    expect(stdout).toContain(`fingerprint: ${model.fingerprint()}`);
  });

  it('says the same as JSON', () => {
    const about = JSON.parse(recurra('inspect', 'words.recurra', '--json').stdout);
    expect(about).toMatchObject({ format: 'recurra', holds: 'model', parameters: model.parameterCount });
    expect(about.model.fingerprint).toBe(model.fingerprint());
    expect(about.model.layers.map(({ type }: { type: string }) => type)).toEqual([
      'embedding',
      'lstm',
      'dense',
    ]);
    expect(about.tensors).toEqual(
      Object.entries(model.getWeights()).map(([name, { shape }]) => ({ name, shape })),
    );
  });

  it('lists tensors with their range, and reads ONNX by its content', () => {
    const array = recurra('inspect', 'array.npy').stdout;
    expect(array).toMatch(/array +\[1, 3\] +3 +1\.000 to 3\.000/);
    expect(recurra('inspect', 'lstm.onnx').stdout).toContain('lstm.onnx: ONNX,');
  });

  it.each([
    ['text.txt', /text\.txt: these 26 bytes are of no format that is known: recurra model, safetensors/],
    ['cut.recurra', /load: the file is damaged or cut short/],
    ['missing.onnx', /'missing\.onnx' cannot be read: ENOENT/],
    ['.', /'\.' is no file/],
  ])('ends with 1 and says why it cannot read %s', (name, message) => {
    const { stderr, status } = recurra('inspect', name);
    expect(status).toBe(1);
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain('    at ');
  });
});

describe('recurra convert', () => {
  const converted = (...args: string[]): string => {
    const { stdout, stderr, status } = recurra('convert', ...args);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    return stdout;
  };

  it('writes what it was asked for and nothing beside it; files that belong together are counted together', () => {
    folder.write('alone.recurra', sequential([input({ shape: [3] }), dense({ units: 2 })]).save());
    const before = readdirSync(folder.path);
    expect(converted('alone.recurra', 'alone.json')).toMatch(/^alone\.json: .*, .* in 2 files$/m);
    const made = readdirSync(folder.path).filter((name) => !before.includes(name));
    expect(made).toEqual(['alone.json', 'group1-shard1of1.bin']);
    expect(recurra('inspect', 'alone.json').stdout).toMatch(/^alone\.json: .*, .* in 2 files$/m);
    for (const name of made) rmSync(join(folder.path, name));
  });

  it('writes a state dict of PyTorch, and gives the model back with its bits', () => {
    const said = converted('words.recurra', 'words.safetensors');
    expect(said).toContain('check: outputs on random input, weights read back: 6 numbers, the same bits');
    expect(readSafetensors(folder.read('words.safetensors')).tensors).toEqual(stateDict(model));
    converted('words.safetensors', 'again.recurra', '--model', 'other.recurra');
    expect(load(folder.read('again.recurra')).fingerprint()).toBe(model.fingerprint());
  });

  it('goes through every format of tensors and comes back with the same bits', () => {
    converted('words.recurra', 'words.pt', '--modules', 'embedding=words,lstm=rnn');
    const entries = Object.keys(readTorch(folder.read('words.pt')));
    expect(entries).toContain('words.weight');
    expect(entries).toContain('rnn.weight_ih_l0');
    converted('words.pt', 'words.npz');
    expect(Object.keys(readNpz(folder.read('words.npz')))).toEqual(entries);
    converted(
      'words.npz',
      'back.recurra',
      '--model',
      'other.recurra',
      '--modules',
      'embedding=words,lstm=rnn',
    );
    expect(load(folder.read('back.recurra')).fingerprint()).toBe(model.fingerprint());
  });

  it('writes weights under their own names where it is told to', () => {
    converted('words.recurra', 'own.safetensors', '--names', 'recurra');
    expect(readSafetensors(folder.read('own.safetensors')).tensors).toEqual(model.getWeights());
    converted('own.safetensors', 'own.recurra', '--model', 'other.recurra');
    expect(load(folder.read('own.recurra')).fingerprint()).toBe(model.fingerprint());
  });

  it('goes through the formats of Keras and TensorFlow.js and comes back with the same bits', () => {
    converted('words.recurra', 'words.keras');
    converted('words.keras', 'words.h5');
    converted('words.h5', 'words/model.json');
    expect(recurra('inspect', 'words/model.json').stdout).toContain('model.json: TensorFlow.js LayersModel,');
    converted('words/model.json', 'round.recurra');
    const again = load(folder.read('round.recurra'));
    expect(again.fingerprint()).toBe(model.fingerprint());
    expect(again.compiled?.optimizer.name).toBe('adam');
  });

  it('makes a model of ONNX, whose outputs are the same', () => {
    const said = converted('lstm.onnx', 'lstm.recurra');
    expect(said).toContain('the same bits');
    expect(load(folder.read('lstm.recurra')).parameterCount).toBeGreaterThan(0);
  });

  it.each([
    [['words.recurra', 'x.weights'], /'x\.weights' ends in none of \.recurra.*--to names the format/],
    [['words.recurra', 'x.bin', '--to', 'kears'], /unknown format 'kears'/],
    [['words.recurra', 'x.npy'], /a NumPy array is one tensor, there are 6/],
    [['array.npy', 'x.recurra'], /the file holds tensors alone and recurra model a model: --model names/],
    [['array.npy', 'x.recurra', '--model', 'array.npy'], /model: 'array\.npy' holds tensors alone/],
    [['array.npy', 'x.recurra', '--model', 'words.recurra'], /needs Embedding with weight \[9, 4\]/],
    [['words.recurra', 'x.pt', '--modules', 'lstm'], /modules: expected layer=module, \.\.\., got 'lstm'/],
    [['words.recurra', 'x.pt', '--names', 'keras'], /names must be one of recurra, pytorch, got 'keras'/],
    [['words.recurra', 'x.pt', '--tolerance', 'none'], /tolerance must be at least 0, got none/],
  ])('refuses %j, and writes nothing', (args, message) => {
    const { stderr, status } = recurra('convert', ...args);
    expect(status).toBe(1);
    expect(stderr).toMatch(message);
    expect(readdirSync(folder.path).filter((name) => name.startsWith('x.'))).toEqual([]);
  });

  it('keeps the file that was there when a conversion fails', () => {
    const own = sequential([input({ shape: [4, 2] }), simpleRNN({ units: 3 })]);
    folder.write('kept.recurra', own.save());
    expect(recurra('convert', 'cut.recurra', 'kept.recurra').status).toBe(1);
    expect(load(folder.read('kept.recurra')).fingerprint()).toBe(own.fingerprint());
    expect(existsSync(join(folder.path, 'kept.recurra'))).toBe(true);
  });

  it('ends with 2 for a command line that it does not understand', () => {
    expect(recurra('convert', 'words.recurra').status).toBe(2);
    expect(recurra('convrt').status).toBe(2);
    expect(recurra('convert', 'a', 'b', '--fast').status).toBe(2);
    expect(recurra('--help').status).toBe(0);
    expect(recurra('--version').stdout.trim()).toMatch(/^\d+\.\d+\.\d+$/);
  });
});
