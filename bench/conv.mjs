// Convolution over time as a share of a bare micro-kernel, timed in the same run. `--relaxed` times that build.
import {
  compileAssembly,
  importTypeScript,
  instantiateBytes,
  interleave,
  loadKernels,
  printTable,
  writeJson,
} from './harness.mjs';

const target = process.argv.includes('--relaxed') ? 'relaxed' : 'portable';
const memory = new WebAssembly.Memory({ initial: 2048 });
const kernels = loadKernels(memory, target);
const bare = instantiateBytes(await compileAssembly('bare.ts', target), memory);
const { gemmTnScratch } = await importTypeScript('src/wasm/scratch.ts');

new Float32Array(memory.buffer).forEach((_, i, all) => {
  all[i] = ((Math.imul(i, 2654435761) >>> 8) / 2 ** 24) * 1e-2;
});
let top = 1 << 20;
function alloc(floats) {
  const at = top;
  top = (top + 4 * floats + 4095) & ~4095;
  return at;
}

const MAX = 1024 * 16 * 128;
const [y, x, w, scratch] = [MAX, MAX, 7 * 256 * 256, gemmTnScratch(256, 256)].map(alloc);

const REPEAT = 50;
const cases = [
  { name: 'bare 6x8 tile, L1', flops: 2 * 6 * 8 * 256 * REPEAT, run: () => bare.tile(y, x, w, 256, REPEAT) },
];

/** Forward, input gradient and weight gradient of C channels in and out of T steps in. */
function convolution({ C, K, T, B, stride = 1, dilation = 1, causal = false }) {
  const reach = (K - 1) * dilation;
  const out = causal ? T : Math.floor((T - reach - 1) / stride) + 1;
  const offset = causal ? -reach : 0;
  const name = `C=${C} K=${K} T=${T} B=${B}${stride > 1 ? ` stride ${stride}` : ''}${causal ? ` causal, dilation ${dilation}` : ''}`;
  const flops = 2 * out * B * C * C * K;
  const forward = [out, T, B, 1, C, C, K, stride, dilation, offset];
  const back =
    stride > 1
      ? ['conv1d_transpose', [T, out, B, 1, C, C, K, stride, dilation, offset]]
      : ['conv1d_forward', [T, out, B, 1, C, C, K, 1, -dilation, -offset]];
  cases.push(
    { name: `forward  ${name}`, flops, run: () => kernels.conv1d_forward(y, x, w, w, ...forward) },
    { name: `dx       ${name}`, flops, run: () => kernels[back[0]](y, x, w, 0, ...back[1]) },
    {
      name: `dW       ${name}`,
      flops,
      run: () =>
        kernels.conv1d_weights(w, x, y, scratch, ...[out, T, B, 1, C, C, C, C, K, stride, dilation, offset]),
    },
  );
}

convolution({ C: 128, K: 3, T: 256, B: 16 });
convolution({ C: 128, K: 3, T: 256, B: 16, causal: true, dilation: 8 });
convolution({ C: 128, K: 3, T: 256, B: 16, stride: 2 });
convolution({ C: 64, K: 5, T: 1024, B: 1 });
convolution({ C: 64, K: 5, T: 1024, B: 1, stride: 2 });

/** The loops over time of an LSTM with convolutions: W positions, H filters, K taps; the input's part is not in it. */
function convLstm({ W, H, K, T, B }) {
  const flops = 2 * T * B * W * K * H * 4 * H;
  const name = `W=${W} H=${H} K=${K} T=${T} B=${B}`;
  const S = B * W * H;
  const [state, cells, dState, dCells] = [(T + 1) * S, (T + 1) * S, S, S].map(alloc);
  const sizes = [T, B, B, W, H, K, 6, 7]; // tanh, sigmoid
  cases.push(
    {
      name: `convLstm1d loop      ${name}`,
      flops,
      run: () => kernels.conv_lstm_forward(state, cells, y, w, 0, 0, 0, 0, ...sizes),
    },
    {
      name: `convLstm1d loop back ${name}`,
      flops,
      run: () => kernels.conv_lstm_backward(x, dState, dCells, 0, y, cells, w, 0, 0, 0, 0, ...sizes),
    },
  );
}

convLstm({ W: 32, H: 32, K: 3, T: 16, B: 8 });
convLstm({ W: 8, H: 64, K: 3, T: 16, B: 16 });

const timed = await interleave(cases, { rounds: 9 });
const limit = timed[0];
const data = timed.map((t) => ({
  name: t.name,
  us: 1e3 * t.ms,
  gflops: t.flops / t.ms / 1e6,
  share: t.flops / t.ms / (limit.flops / limit.ms),
  bestShare: t.flops / t.best / (limit.flops / limit.best),
}));
const percent = (share) => `${(100 * share).toFixed(0)} %`;
printTable(
  data.map(({ name, us, gflops, share, bestShare }) => ({
    name,
    us: us.toFixed(1),
    'GFLOP/s': gflops.toFixed(1),
    'of bare': percent(share),
    'of bare, best': percent(bestShare),
  })),
);
writeJson(`conv-${target}`, data);
