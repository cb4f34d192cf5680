// jax-js with its WebAssembly backend (one thread in Node). It has no recurrent layers and no scan: a cell is a
// jitted function, a sequence one jitted function with its steps unrolled, as is the gradient. Arrays are
// reference-counted: what is passed on is given away unless it is passed as `.ref`.
import { concat } from '../data.mjs';
import { versionOf } from '../install.mjs';

export const id = 'jax';
export const title = 'jax-js';

const BETA1 = 0.9;
const BETA2 = 0.999;

export const refuses = ({ kind }) => (kind === 'encoder' ? 'not written here' : undefined);

/** Unrolling and tracing 100 steps and their gradient takes ten seconds and more. */
export const isSlow = ({ kind }) => kind === 'train';

export async function open() {
  const jax = await import('@jax-js/jax');
  await jax.init('wasm');
  jax.defaultDevice('wasm');
  const makers = { step: streamRunner, sequence: sequenceRunner, train: trainRunner };
  return {
    version: versionOf('@jax-js/jax'),
    prepare: async (work, { weights, inputs }) => makers[work.kind](jax, work, weights, inputs),
  };
}

const array = ({ numpy: np }, data, shape) => np.array(data).reshape(shape);

/** (z [B, 4H], c) to [h, c], gates i, f, c, o. */
function lstmCell({ numpy: np, nn }, z, c) {
  const [i, f, g, o] = np.split(z, 4, 1);
  const next = nn
    .sigmoid(f)
    .mul(c)
    .add(nn.sigmoid(i).mul(np.tanh(g)));
  return [nn.sigmoid(o).mul(np.tanh(next.ref)), next];
}

/** (input part [B, 3H], weights, h) to h, gates z, r, h. */
function gruCell({ numpy: np, nn }, { H, resetAfter = true }, z, U, rb, h) {
  const [zu, zr, zh] = np.split(z, 3, 1);
  const mix = (update, candidate) => update.ref.mul(h).add(np.subtract(1, update).mul(candidate));
  if (resetAfter) {
    const [ru, rr, rh] = np.split(np.dot(h.ref, U).add(rb), 3, 1);
    return mix(nn.sigmoid(zu.add(ru)), np.tanh(zh.add(nn.sigmoid(zr.add(rr)).mul(rh))));
  }
  rb.dispose();
  const [Ugates, Ucandidate] = np.split(U, [2 * H], 1);
  const [ru, rr] = np.split(np.dot(h.ref, Ugates), 2, 1);
  const reset = nn.sigmoid(zr.add(rr)).mul(h.ref);
  return mix(nn.sigmoid(zu.add(ru)), np.tanh(zh.add(np.dot(reset, Ucandidate))));
}

function recurrentParameters(jax, { cell, I, H }, { kernel, recurrentKernel, bias }) {
  const N = (cell === 'lstm' ? 4 : 3) * H;
  return {
    W: array(jax, kernel, [I, N]),
    U: array(jax, recurrentKernel, [H, N]),
    b: array(jax, bias.subarray(0, N), [N]),
    rb: array(jax, bias.length > N ? bias.subarray(N) : new Float32Array(N), [N]),
  };
}

/** One step from [h] or [h, c] and the projected input; gives the weights away. */
function advance(jax, work, { U, rb }, state, z) {
  if (work.cell === 'gru') return [gruCell(jax, work, z, U, rb, state[0])];
  rb.dispose();
  return lstmCell(jax, z.add(jax.numpy.dot(state[0], U)), state[1]);
}

function zeroState({ numpy: np }, { cell, B, H }) {
  return cell === 'lstm' ? [np.zeros([B, H]), np.zeros([B, H])] : [np.zeros([B, H])];
}

/** All outputs h, a list over time, of x [T·B, I]. The last state is given away, the parameters too. */
function unrolled(jax, work, { W, U, b, rb }, x) {
  const { numpy: np } = jax;
  const { T, B } = work;
  const N = b.shape[0];
  const projected = np.dot(x, W).add(b).reshape([T, B, N]);
  let state = zeroState(jax, work);
  const outputs = np.split(projected, T, 0).map((z) => {
    state = advance(jax, work, { U: U.ref, rb: rb.ref }, state, z.reshape([B, N]));
    return state[0].ref;
  });
  for (const part of [...state, U, rb]) part.dispose();
  return outputs;
}

function streamRunner(jax, work, weights, { frames }) {
  const { numpy: np, jit, tree } = jax;
  const parameters = recurrentParameters(jax, work, weights);
  const jitted = jit(({ W, U, b, rb }, x, state) =>
    advance(jax, work, { U, rb }, state, np.dot(x, W).add(b)),
  );
  let state = zeroState(jax, work);
  const step = (frame) => {
    state = jitted(tree.ref(parameters), array(jax, frame, [1, work.I]), state);
    return state[0].ref.dataSync();
  };
  return {
    output() {
      tree.dispose(state);
      state = zeroState(jax, work);
      return concat(frames.map((frame) => Float32Array.from(step(frame))));
    },
    time: (calls) => timed(calls, (i) => step(frames[i % frames.length])),
  };
}

/** x is copied in and turned time-major inside. */
function sequenceRunner(jax, work, weights, { x }) {
  const { numpy: np, jit, tree } = jax;
  const { T, B, I } = work;
  const parameters = recurrentParameters(jax, work, weights);
  const forward = jit((given, input) => {
    const rows = np.transpose(input, [1, 0, 2]).reshape([T * B, I]);
    return np.stack(unrolled(jax, work, given, rows), 1);
  });
  const run = () => forward(tree.ref(parameters), array(jax, x, [B, T, I])).dataSync();
  return { output: () => Float32Array.from(run()), time: (calls) => timed(calls, run) };
}

function trainRunner(jax, work, weights, inputs) {
  const { numpy: np } = jax;
  const { T, B, I, H, D } = work;
  const x = np.transpose(array(jax, inputs.x, [B, T, I]), [1, 0, 2]).reshape([T * B, I]);
  const y = np.array(inputs.y);
  const start = (rate) => {
    const { rb, ...recurrent } = recurrentParameters(jax, work, weights);
    rb.dispose();
    return adamLoop(jax, work, rate, {
      ...recurrent,
      W1: array(jax, weights.kernel1, [H, D]),
      b1: np.array(weights.bias1),
      W2: array(jax, weights.kernel2, [D, 1]),
      b2: np.array(weights.bias2),
    });
  };
  const training = start(work.dropout);
  return {
    output() {
      const plain = start(0);
      const losses = Array.from({ length: work.checkSteps }, () => plain.step(x.ref, y.ref));
      return concat([losses, plain.predict(x.ref)]);
    },
    time: (calls) => timed(calls, () => training.step(x.ref, y.ref)),
  };
}

function adamLoop(jax, work, rate, initial) {
  const { numpy: np, nn, jit, random, tree, valueAndGrad } = jax;
  const { B, H, D, learningRate, epsilon } = work;
  const classify = ({ W1, b1, W2, b2, ...recurrent }, x, mask) => {
    const hs = unrolled(jax, work, { ...recurrent, rb: np.zeros([4 * H]) }, x);
    const last = hs.pop();
    for (const h of hs) h.dispose();
    const hidden = nn.relu(np.dot(last, W1).add(b1)).mul(mask);
    return nn.sigmoid(np.dot(hidden, W2).add(b2)).reshape([B]);
  };
  const loss = (p, x, y, mask) => {
    const q = classify(p, x, mask);
    const right = y.ref.mul(np.log(q.ref));
    return np.mean(right.add(np.subtract(1, y).mul(np.log(np.subtract(1, q))))).neg();
  };
  const drawMask = (key) =>
    random
      .bernoulli(key, 1 - rate, [B, D])
      .astype(np.float32)
      .mul(1 / (1 - rate));
  const update = jit(({ p, m, v }, scale1, scale2, key, x, y) => {
    const mask = rate > 0 ? drawMask(key) : np.ones([B, D]);
    if (rate === 0) key.dispose();
    const [value, gradient] = valueAndGrad(loss)(tree.ref(p), x, y, mask);
    const next = { p: {}, m: {}, v: {} };
    for (const name of Object.keys(p)) {
      const g = gradient[name];
      next.m[name] = m[name].mul(BETA1).add(g.ref.mul(1 - BETA1));
      next.v[name] = v[name].mul(BETA2).add(np.square(g).mul(1 - BETA2));
      const spread = np.sqrt(next.v[name].ref.mul(scale2.ref)).add(epsilon);
      next.p[name] = p[name].sub(next.m[name].ref.mul(scale1.ref).mul(learningRate).div(spread));
    }
    scale1.dispose();
    scale2.dispose();
    return [value, next];
  });
  const zeros = () => tree.map((a) => np.zeros(a.shape), initial);
  let state = { p: initial, m: zeros(), v: zeros() };
  let t = 0;
  return {
    step(x, y) {
      t++;
      const [scale1, scale2] = [1 / (1 - BETA1 ** t), 1 / (1 - BETA2 ** t)].map((s) => np.array(s));
      const [value, next] = update(state, scale1, scale2, random.key(t), x, y);
      state = next;
      return value.dataSync()[0];
    },
    predict: (x) => jit(classify)(tree.ref(state.p), x, np.ones([B, D])).dataSync(),
  };
}

function timed(calls, run) {
  const start = performance.now();
  for (let i = 0; i < calls; i++) run(i);
  return performance.now() - start;
}
