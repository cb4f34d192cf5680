import { quantize } from '../../src/index.js';
import { cosPi } from '../../src/numeric/cos.js';
import { exp } from '../../src/numeric/exp.js';
import { log } from '../../src/numeric/log.js';
import { pow } from '../../src/numeric/pow.js';
import { permutation } from '../../src/random/shuffle.js';
import { INT8_MODELS } from '../harness/int8-models.js';
import { KernelBench } from '../harness/kernels.js';
import { testData } from '../harness/random.js';

/** Work whose every bit counts: what it gives is digested and compared with a committed constant. */
export type Workload = () => ArrayBufferView;

/** Floats of every magnitude and both signs, the infinities among them. No NaN: its bits are the engine's. */
function everyMagnitude(count: number): Float32Array {
  const bits = Uint32Array.from({ length: count }, (_, i) => Math.imul(i, 0x9e3779b1) >>> 0);
  return new Float32Array(bits.buffer).map((x) => (Number.isNaN(x) ? Number.POSITIVE_INFINITY : x));
}

/** A function of one array, over all magnitudes and, closer, over those where gates live. */
function mapped(kernel: 'exp_forward' | 'sigmoid_forward' | 'tanh_forward'): Workload {
  return () => {
    const x = Float32Array.of(...everyMagnitude(4099), ...testData(1, 4099, -9, 11));
    const bench = new KernelBench(2);
    const y = bench.alloc(x.length);
    bench.kernels[kernel](y, bench.put(x), x.length);
    return bench.read(y, x.length);
  };
}

/** C [33, 29] = bias + A [33, 37] · B [37, 29]: neither dimension a multiple of a tile. */
function product(): ArrayBufferView {
  const [M, N, K] = [33, 29, 37];
  const bench = new KernelBench(2);
  const packed = bench.alloc(Math.ceil(N / 8) * 8 * K);
  bench.kernels.pack_panels(packed, bench.put(testData(2, K * N)), K, N, 1, N, 1);
  const c = bench.alloc(M * N);
  bench.kernels.gemm(
    c,
    bench.put(testData(3, M * K)),
    packed,
    bench.put(testData(4, N)),
    M,
    N,
    K,
    1,
    K,
    N,
    0,
  );
  return bench.read(c, M * N);
}

function mask(): ArrayBufferView {
  const bench = new KernelBench(2);
  const rng = bench.put([0, 0, 0, 0]);
  new Uint32Array(bench.memory.buffer, rng, 4).set([42, 7, 3, 1]);
  const out = bench.alloc(1009);
  bench.kernels.dropout_mask(out, rng, 0, 1009, 2, 0.3);
  return bench.read(out, 1009);
}

/** The functions in f64 behind initial weights and learning rates. */
function numeric(): ArrayBufferView {
  const x = testData(5, 1009, 0.001, 40);
  return Float64Array.from(
    [...x].flatMap((v) => [exp(v), exp(-v), log(v), cosPi(v), pow(v, 0.37), pow(0.97, v)]),
  );
}

/** Predictions of quantised models. */
function quantised(): ArrayBufferView {
  return Float32Array.from(
    INT8_MODELS.flatMap(({ make, data }) => [...quantize(make()).predict(data(9)).data]),
  );
}

export const WORKLOADS: Readonly<Record<string, Workload>> = {
  exp: mapped('exp_forward'),
  sigmoid: mapped('sigmoid_forward'),
  tanh: mapped('tanh_forward'),
  gemm: product,
  'dropout mask': mask,
  'shuffle of an epoch': () => permutation(1009, 42, 3),
  'quantised models': quantised,
  'f64 functions': numeric,
};
