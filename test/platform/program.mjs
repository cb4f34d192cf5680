// The program that every engine runs: build, train 50 steps with dropout and shuffling, predict, stream, save,
// load, train on, 8-bit weights. It takes the library as an argument, imports nothing, and reads no clock: where it
// runs does not matter to it. What it gives are digests of bits.

const [SAMPLES, T, V, CLASSES] = [80, 20, 24, 4];

/** FNV-1a over the bytes, 64 bits, in hexadecimal. */
function digest({ buffer, byteOffset, byteLength }) {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new Uint8Array(buffer, byteOffset, byteLength)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return hash.toString(16).padStart(16, '0');
}

/** One digest of several results. */
function digestOf(results) {
  const text = JSON.stringify(results);
  return digest(Uint8Array.from(text, (letter) => letter.charCodeAt(0)));
}

/** Whole numbers below a limit, the same wherever they are made. */
function randomIntegers(count, limit, seed) {
  let state = seed;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) % limit;
  });
}

function data({ tensor }) {
  const ids = randomIntegers(SAMPLES * T, V, 1);
  const labels = Float32Array.from({ length: SAMPLES }, (_, s) => ids[s * T + 5] % CLASSES);
  return [tensor(ids, [SAMPLES, T]), tensor(labels, [SAMPLES])];
}

function build(recurra, options) {
  const { adam, dense, dropout, embedding, gru, input, layerNormalization, lstm, sequential } = recurra;
  const model = sequential(
    [
      input({ shape: [null] }),
      embedding({ inputDim: V, outputDim: 17 }),
      lstm({ units: 48, returnSequences: true, dropout: 0.1 }),
      layerNormalization(),
      gru({ units: 37, recurrentDropout: 0.2 }),
      dropout({ rate: 0.3 }),
      dense({ units: 33, activation: 'gelu' }),
      dense({ units: CLASSES, activation: 'softmax' }),
    ],
    { seed: 42, ...options },
  );
  model.compile({
    optimizer: adam({ learningRate: 0.01, globalClipNorm: 1 }),
    loss: 'sparseCategoricalCrossentropy',
    metrics: ['accuracy'],
  });
  return model;
}

/** Ten epochs of five steps, from the epoch given. */
function train(model, [x, y], from, to) {
  return model.fit(x, y, { initialEpoch: from, epochs: to, batchSize: 16, verbose: 0 });
}

/**
 * What a saved model gives without any training: all outputs, a stream of one sequence, and the same of its copy with
 * 8-bit weights. Synchronous, so that it also runs where nothing can be waited for.
 */
export function infer(recurra, saved, options = {}) {
  const [x] = data(recurra);
  const model = recurra.load(saved, options);
  const small = recurra.load(recurra.quantize(model).save(), options);
  const results = [model, small].flatMap((one) => {
    const stream = one.stream();
    const steps = Array.from(x.data.subarray(0, T), (id) => digest(stream.step([id])));
    return [one.fingerprint(), digest(one.predict(x).data), digest(one.save()), ...steps];
  });
  const found = digestOf(results);
  model.close();
  small.close();
  return found;
}

/** Whether multiply-adds of the relaxed build are fused here; '-' where the engine does not have it. */
async function relaxed(recurra) {
  const { numerics } = await recurra.prepare({ numerics: 'relaxed' });
  if (numerics !== 'relaxed') return '-';
  const [x] = data(recurra);
  const [portable, other] = ['portable', 'relaxed'].map((name) =>
    digest(build(recurra, { numerics: name }).predict(x).data),
  );
  return portable === other ? 'not fused' : 'fused';
}

/**
 * Everything, on as many threads as are asked for and can be had.
 * @returns digests of training and of inference, the saved model, and what the engine gave
 */
export async function run(recurra, threads = 1) {
  const { missing } = await recurra.prepare({ threads });
  const model = build(recurra, { threads });
  const served = model.threads;
  const { history } = await train(model, data(recurra), 0, 10);
  const saved = model.save();
  const runs = model.arena.threads?.runs ?? 0;

  const again = recurra.load(saved, { threads });
  await train(model, data(recurra), 10, 11);
  await train(again, data(recurra), 10, 11);
  if (again.fingerprint() !== model.fingerprint()) throw new Error('training did not resume bit for bit');
  const trained = digestOf([digest(saved), history.loss, history.accuracy, again.fingerprint()]);
  model.close();
  again.close();

  const inferred = infer(recurra, saved, { threads });
  const { int8 } = await recurra.prepare({ int8: true, threads });
  if (int8 && infer(recurra, saved, { threads }) !== inferred)
    throw new Error("int8's own build has other bits");
  return { trained, inferred, threads: served, runs, missing, relaxed: await relaxed(recurra), saved };
}
