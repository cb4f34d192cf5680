import { adam, cosineDecay, sequential } from 'recurra';
import { uniform } from '../../examples/shared/random.mjs';
import { spreadTimeScales } from './time-scales.mjs';

const SEEDS = { model: 1, gates: 2, training: 3, held: 4 };

/** Numbers in all weights of a model. */
function parameterCount(model) {
  return Object.values(model.getWeights()).reduce((sum, { data }) => sum + data.length, 0);
}

function assemble(task, model, units) {
  const layers = [...task.before(), ...model.layers(units, task.steps), ...task.after()];
  return sequential(layers, { seed: SEEDS.model });
}

/** The model with as many units as the task's number of parameters allows. */
export function fitted(task, model) {
  let [fits, tooMany] = [1, 2];
  const count = (units) => parameterCount(assemble(task, model, units));
  while (count(tooMany) <= task.parameters) [fits, tooMany] = [tooMany, 2 * tooMany];
  while (tooMany - fits > 1) {
    const middle = (fits + tooMany) >> 1;
    if (count(middle) <= task.parameters) fits = middle;
    else tooMany = middle;
  }
  const net = assemble(task, model, fits);
  if (model.gates && task.reach === 'long') {
    spreadTimeScales(net, fits, task.steps, model.gates, uniform(SEEDS.gates));
  }
  return { units: fits, net };
}

/** Trains a model on a task for a share of its updates and gives what it scored on data held out. */
export function trainRow(task, model, share = 1) {
  const { units, net } = fitted(task, model);
  const updates = Math.max(1, Math.round(share * task.updates));
  const learningRate = cosineDecay({
    initialLearningRate: (model.pace?.[task.reach] ?? 1) * task.learningRate,
    decaySteps: updates,
  });
  const { loss, metrics } = task;
  net.compile({ optimizer: adam({ learningRate, globalClipNorm: 1 }), loss, metrics });
  const batch = task.batches(uniform(SEEDS.training));
  const begin = performance.now();
  for (let update = 0; update < updates; update++) {
    net.trainOnBatch(...batch());
  }
  const seconds = (performance.now() - begin) / 1000;
  const score = task.score(net, uniform(SEEDS.held));
  return {
    task: task.name,
    model: model.name,
    units,
    parameters: parameterCount(net),
    updates,
    score,
    seconds,
  };
}
