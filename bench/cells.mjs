// Recurrent cells as a share of the bare loops that bound them, timed in the same run: a gemv over the same
// weights for one sample, a 6x8 tile for batches; variants of the LSTM as a share of the plain one. `--relaxed` times that build.
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
const only = process.argv.slice(2).find((arg) => !arg.startsWith('--'));
const memory = new WebAssembly.Memory({ initial: 3072 });
const k = loadKernels(memory, target);
const bare = instantiateBytes(await compileAssembly('bare.ts', target), memory);
const { gruBackwardScratch, gruStepScratch, lstmStepScratch, lstmVariantBackwardScratch } =
  await importTypeScript('src/wasm/scratch.ts');
const TANH = 6;
const SIGMOID = 7;
const STANDARD = [TANH, SIGMOID];

new Float32Array(memory.buffer).forEach((_, i, all) => {
  all[i] = ((Math.imul(i, 2654435761) >>> 8) / 2 ** 24 - 0.5) * 0.1;
});

/** Every case takes its buffers from the same start: only one runs at a time. */
function region() {
  let top = 1 << 20;
  return (floats) => {
    const at = top;
    top = (top + 4 * floats + 127) & ~127;
    if (top > memory.buffer.byteLength) throw new Error('bench: memory is full');
    return at;
  };
}

const REPEAT = 50;
const TILE = 'bare 6x8 tile, L1';
const cases = [];
{
  const alloc = region();
  const [c, a, b] = [48, 6 * 256, 8 * 256].map(alloc);
  cases.push({ name: TILE, flops: 2 * 6 * 8 * 256 * REPEAT, run: () => bare.tile(c, a, b, 256, REPEAT) });
}

/** The bare gemv over K·N weights, added once; gives its name. */
function gemv(K, N) {
  const name = `bare gemv [${K},${N}]`;
  if (!cases.some((c) => c.name === name)) {
    const alloc = region();
    const [c, a, b] = [N, K, K * N].map(alloc);
    cases.push({ name, flops: 2 * K * N, run: () => bare.gemv(c, a, b, N, K) });
  }
  return name;
}

function lstmStep(H) {
  const alloc = region();
  const [h, c, x] = [H, H, H].map(alloc);
  const [w, u] = [4 * H * H, 4 * H * H].map(alloc);
  const [bias, scratch] = [4 * H, lstmStepScratch(1, H)].map(alloc);
  cases.push({
    against: gemv(2 * H, 4 * H),
    name: `lstm step I=H=${H}`,
    flops: 16 * H * H,
    run: () => k.lstm_step(h, c, x, w, u, bias, scratch, 1, H, H, ...STANDARD),
  });
}

function gruStep(H) {
  const alloc = region();
  const [h, x] = [H, H].map(alloc);
  const [w, u] = [3 * H * H, 3 * H * H].map(alloc);
  const [bias, rbias, scratch] = [3 * H, 3 * H, gruStepScratch(1, H)].map(alloc);
  cases.push({
    against: gemv(2 * H, 3 * H),
    name: `gru step I=H=${H}`,
    flops: 12 * H * H,
    run: () => k.gru_step(h, x, w, u, bias, rbias, scratch, 1, H, H, ...STANDARD, 1, 0),
  });
}

function rnnStep(H) {
  const alloc = region();
  const [h, x, w, u, bias, scratch] = [H, H, H * H, H * H, H, H].map(alloc);
  cases.push({
    against: gemv(2 * H, H),
    name: `rnn step I=H=${H}`,
    flops: 4 * H * H,
    run: () => k.rnn_step(h, x, w, u, bias, scratch, 1, H, H, TANH),
  });
}

/** Forward and backward over T steps; the flops are those of the recurrent product. */
function sequence(cell, G, T, B, H) {
  const alloc = region();
  const n = T * B * H;
  const [h, c, q, dq, dy] = [n + B * H, n + B * H, n, n, n].map(alloc);
  const [gates, dz] = [G * n, G * n].map(alloc);
  const [u, ut] = [G * H * H, G * H * H].map(alloc);
  const [dh, dc, rbias, scratch] = [B * H, B * H, G * H, gruBackwardScratch(B, H)].map(alloc);
  const forward = {
    lstm: () => k.lstm_forward(h, c, gates, u, 0, 0, 0, T, B, B, H, ...STANDARD),
    gru: () => k.gru_forward(h, gates, q, u, rbias, 0, 0, 0, T, B, B, H, ...STANDARD, 1, 0),
    rnn: () => k.rnn_forward(h, u, 0, 0, 0, T, B, B, H, TANH),
  };
  const backward = {
    lstm: () => k.lstm_backward(dz, dh, dc, dy, gates, c, ut, 0, 0, 0, T, B, B, H, ...STANDARD),
    gru: () =>
      k.gru_backward(dz, dq, dh, dy, gates, q, h, 0, ut, 0, 0, scratch, T, B, B, H, ...STANDARD, 1, 0),
    rnn: () => k.rnn_backward(dz, dh, dy, h, ut, 0, 0, 0, T, B, B, H, TANH),
  };
  const against = (K, N) => (B === 1 ? gemv(K, N) : TILE);
  const flops = 2 * G * H * n;
  const of = `T=${T} B=${B} H=${H}`;
  cases.push({ against: against(H, G * H), name: `${cell} forward ${of}`, flops, run: forward[cell] });
  cases.push({ against: against(G * H, H), name: `${cell} backward ${of}`, flops, run: backward[cell] });
}

/** Variants of the LSTM, against the plain one over the same steps: 100 % is its time, 200 % half of it. */
function lstmVariant(T, B, H, [variant, P, peephole, norm]) {
  const alloc = region();
  const n = T * B * H;
  const N = 4 * H;
  const [h, c, m, chat, dn, dhs, dy, dh, dc] = [...new Array(7).fill(n + B * H), B * H, B * H].map(alloc);
  const [gates, dz, rhat, e] = [4 * n, 4 * n, 4 * n, 4 * n].map(alloc);
  const [u, ut, v, vt] = [P * N, P * N, P * H, P * H].map(alloc);
  const [p, rgain, cgain, cbias, inv] = [3 * H, N, H, H, 2 * T * B].map(alloc);
  const scratch = alloc(lstmVariantBackwardScratch(B, H, P));
  const norms = (...places) => places.map((place) => (norm ? place : 0));
  const projected = (place) => (P === H ? 0 : place);
  const peepholes = peephole ? p : 0;
  const of = `T=${T} B=${B} H=${H}`;
  const flops = 2 * N * n;
  const sizes = [T, B, B, H, P, 4, ...STANDARD, 0];
  const gains = norms(rgain, cgain, cbias);
  const kept = norms(rhat, chat, inv);
  const weights = [u, peepholes, projected(v), ...gains];
  const back = [ut, peepholes, projected(vt), ...gains];
  const saved = [dy, gates, c, ...kept];
  cases.push({
    against: `lstm forward ${of}`,
    name: `lstm ${variant} forward ${of}`,
    flops,
    run: () =>
      k.lstm_variant_forward(h, c, gates, projected(m), ...kept, ...weights, 0, 0, 0, ...sizes, 1e-3),
  });
  cases.push({
    against: `lstm backward ${of}`,
    name: `lstm ${variant} backward ${of}`,
    flops,
    run: () =>
      k.lstm_variant_backward(
        ...[dz, dh, dc, projected(dhs), ...norms(e, dn), ...saved, ...back, 0, 0, scratch, ...sizes],
      ),
  });
}

for (const H of [64, 128, 256, 512]) lstmStep(H);
for (const H of [128, 384, 512]) gruStep(H);
rnnStep(128);
for (const B of [1, 2, 3, 5, 7, 32]) sequence('lstm', 4, 100, B, 128);
for (const B of [1, 32]) {
  lstmVariant(100, B, 128, ['peephole', 128, true, false]);
  lstmVariant(100, B, 128, ['projection 64', 64, false, false]);
  lstmVariant(100, B, 128, ['layerNormalization', 128, false, true]);
}
for (const B of [1, 32]) sequence('lstm', 4, 100, B, 256);
for (const B of [1, 32]) sequence('gru', 3, 100, B, 128);
for (const B of [1, 32]) sequence('rnn', 1, 100, B, 128);

const chosen = cases.filter((c) => !only || c.name.startsWith('bare') || c.name.includes(only));
const timed = await interleave(chosen);
const speed = new Map(timed.map((t) => [t.name, t.flops / t.ms / 1e6]));
const best = new Map(timed.map((t) => [t.name, t.flops / t.best / 1e6]));
const data = timed.map(({ name, ms, against }) => ({
  name,
  us: 1e3 * ms,
  gflops: speed.get(name),
  best: best.get(name),
  share: against ? speed.get(name) / speed.get(against) : null,
  bestShare: against ? best.get(name) / best.get(against) : null,
}));
const percent = (share) => (share === null ? '' : `${(100 * share).toFixed(0)} %`);
printTable(
  data.map((d) => ({
    name: d.name,
    us: d.us.toFixed(d.us < 100 ? 2 : 0),
    'GFLOP/s': d.gflops.toFixed(1),
    best: d.best.toFixed(1),
    share: percent(d.share),
    'at best': percent(d.bestShare),
  })),
);
writeJson(`cells-${target}`, data);
