// An imported graph beside the same model built by hand, in one process, in turn.
import { interleave, quantile, warmUp } from '../timing.mjs';
import { GRAPHS } from './graphs.mjs';

const TOLERANCE = 1e-4;

/** Turns in a round: many short ones, so that what else the machine does falls on both. */
const TURNS = 6;

/** The share of the samples below the time that counts: what else the machine does only ever adds to one. */
const QUIET = 0.2;

const settings = (rounds) => ({
  warm: { minMs: 100, maxMs: 1500, sampleMs: 10 },
  rounds: { rounds: TURNS * rounds, minRounds: TURNS * rounds, budgetMs: 0, sampleMs: 5 },
});

const runnerOf = (call) => ({
  time(calls) {
    const start = performance.now();
    for (let i = 0; i < calls; i++) call();
    return performance.now() - start;
  },
});

/** What both can do, by name; null where a model cannot. */
function works(recurra, { shape, batchOne = false }) {
  const filled = (count, scale) => Float32Array.from({ length: count }, (_, i) => Math.sin(scale * i));
  const one = shape.reduce((a, b) => a * b, 1);
  const batch = (B) => recurra.tensor(filled(B * one, 0.7), [B, ...shape]);
  const predict = (B) => (model) => {
    const x = batch(B);
    return () => model.predict(x);
  };
  return {
    'predict, B=1': predict(1),
    ...(!batchOne && { 'predict, B=32': predict(32) }),
    step(model) {
      if (model.graph.layers.some(({ layer }) => layer.definition.type === 'bidirectional')) return null;
      try {
        const stream = model.stream();
        const frame = filled(shape[1], 0.3);
        return () => stream.step(frame);
      } catch (error) {
        if (error instanceof recurra.ValueError) return null;
        throw error;
      }
    },
    'training step': (model) => {
      const x = batch(batchOne ? 1 : 32);
      const y = recurra.tensor(filled(model.predict(x).data.length, 1.3), model.predict(x).shape);
      model.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
      return () => model.trainOnBatch(x, y);
    },
  };
}

function checkSame(recurra, { title, shape }, models) {
  const x = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.cos(i));
  const [a, b] = models.map((model) => model.predict(recurra.tensor(x, [1, ...shape])).data);
  const worst = a.reduce((most, v, i) => Math.max(most, Math.abs(v - b[i])), 0);
  if (!(a.length === b.length && worst <= TOLERANCE)) throw new Error(`${title}: outputs differ by ${worst}`);
}

/** For each graph and what is done with it, the time of the imported one over that of the one by hand. */
export async function timeGraphs(recurra, { exportOnnx, importOnnx }, { rounds, ids }) {
  const { warm, rounds: turns } = settings(rounds);
  const rows = [];
  for (const id of ids) {
    const graph = GRAPHS[id];
    const hand = graph.make(recurra);
    const imported = importOnnx(graph.file(hand, exportOnnx)).model;
    checkSame(recurra, graph, [hand, imported]);
    for (const [work, prepare] of Object.entries(works(recurra, graph))) {
      const calls = [hand, imported].map(prepare);
      if (calls.includes(null)) continue;
      const runners = calls.map(runnerOf);
      const perCall = [];
      for (const runner of runners) perCall.push(await warmUp(runner, warm));
      const least = Math.min(...perCall);
      const samples = (await interleave(runners, [least, least], turns)).map(({ samples: own }) => own);
      const [byHand, other] = samples.map((own) => quantile(own, QUIET));
      const row = { id, graph: graph.title, work, hand: byHand, imported: other };
      rows.push({ ...row, ratio: other / byHand });
    }
  }
  return rows;
}
