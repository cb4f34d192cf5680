import type { Model, Tensor } from '../../src/index.js';
import { addressOf } from '../../src/program/region.js';
import { resolveData } from '../../src/training/data.js';
import { KernelBench } from './kernels.js';

/** Outputs of one training batch, time-major, the masks of training step 0 in play. */
export function trainingOutputs(model: Model, x: Tensor, y: Tensor): Float32Array {
  const trainer = model.compiledFor('test');
  const data = resolveData('test', model.graph, trainer.compiled.losses, x, y, { checkFinite: true });
  const bound = trainer.prepare(data, data.count, true);
  trainer.memory.putGradients(null);
  trainer.writeBatch(bound, data, null, 0);
  model.setRandomStep(0);
  bound.program.run(0, bound.acceptFrom);
  const [place] = bound.outputs;
  trainer.memory.putGradients(null);
  return model.arena.f32(addressOf(place), y.data.length).slice();
}

/** `count` elements of the mask that a layer draws at training step 0, by the number of its random stream. */
export function drawnMask(seed: number, stream: number, count: number, rate: number): Float32Array {
  const bench = new KernelBench(1);
  const rng = bench.alloc(4);
  new Uint32Array(bench.memory.buffer, rng, 4).set([seed >>> 0, 0, 0, 0]);
  const mask = bench.alloc(count);
  bench.kernels.dropout_mask(mask, rng, 0, count, stream, rate);
  return bench.read(mask, count);
}
