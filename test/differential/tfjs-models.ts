import type { Draw } from '../formats/fuzz/mutate.js';

const ACTIVATIONS = [
  'linear',
  'relu',
  'elu',
  'selu',
  'tanh',
  'sigmoid',
  'hardSigmoid',
  'softplus',
  'softsign',
];
const GATES = ['hardSigmoid', 'sigmoid', 'tanh', 'linear'];
const ROWS = [...ACTIVATIONS, 'softmax', 'swish'];
const MERGES = ['concat', 'sum', 'mul', 'ave'];
const INITIALIZERS = [
  'glorotUniform',
  'heNormal',
  'leCunUniform',
  'randomUniform',
  'truncatedNormal',
  'zeros',
];

/** A random model of tfjs: some layers over a sequence, then one vector. */
// biome-ignore lint/suspicious/noExplicitAny: its types need the whole of its package
export function randomTfjs(tf: any, draw: Draw): { text: string; make: () => unknown } {
  const L = tf.layers;
  const pick = <T>(list: readonly T[]): T => list[draw(list.length)];
  const said: string[] = [];
  const recurrent = (returnSequences: boolean) => {
    const kind = pick(['lstm', 'gru', 'simpleRNN']);
    const options = {
      units: 1 + draw(6),
      activation: pick(ACTIVATIONS.filter((name) => name !== 'linear')),
      ...(kind !== 'simpleRNN' && { recurrentActivation: pick(GATES) }),
      ...(kind === 'gru' && { resetAfter: false }),
      ...(kind === 'lstm' && { unitForgetBias: draw(2) === 0 }),
      useBias: draw(4) > 0,
      kernelInitializer: pick(INITIALIZERS),
      ...(draw(3) === 0 && { kernelRegularizer: tf.regularizers.l1l2({ l1: 0.01, l2: 0.02 }) }),
      ...(draw(3) === 0 && { recurrentConstraint: 'maxNorm' }),
      dropout: draw(2) === 0 ? 0 : 0.25,
      returnSequences,
    };
    return { kind, options };
  };
  const layerOf = (kind: string, options: object) => L[kind](options);
  const steps: ((first: object) => unknown)[] = [];
  const add = (text: string, make: (first: object) => unknown): void => {
    said.push(text);
    steps.push(make);
  };
  for (let i = 1 + draw(3); i > 0; i--) {
    const kind = draw(9);
    if (kind < 3) {
      const own = recurrent(true);
      const goBackwards = draw(3) === 0;
      add(`${own.kind} ${JSON.stringify(own.options)} ${goBackwards}`, (first) =>
        layerOf(own.kind, { ...own.options, goBackwards, ...first }),
      );
    } else if (kind === 3) {
      const own = recurrent(true);
      const mergeMode = pick(MERGES);
      add(`bidirectional ${mergeMode} of ${own.kind} ${JSON.stringify(own.options)}`, (first) =>
        L.bidirectional({ layer: layerOf(own.kind, own.options), mergeMode, ...first }),
      );
    } else if (kind === 4) {
      const units = [1 + draw(4), 1 + draw(4)];
      const ract = pick(GATES);
      add(`rnn of lstm ${units[0]} and gru ${units[1]} ${ract}`, (first) =>
        L.rnn({
          cell: [
            L.lstmCell({ units: units[0], recurrentActivation: ract }),
            L.gruCell({ units: units[1], resetAfter: false }),
          ],
          returnSequences: true,
          ...first,
        }),
      );
    } else if (kind === 5) {
      const options = {
        filters: 1 + draw(5),
        kernelSize: 1 + draw(3),
        padding: pick(['valid', 'same']),
        activation: pick(ROWS),
        useBias: draw(3) > 0,
      };
      add(`conv1d ${JSON.stringify(options)}`, (first) => L.conv1d({ ...options, ...first }));
    } else if (kind === 6) {
      const normal = pick(['batchNormalization', 'layerNormalization']);
      const options = { epsilon: pick([1e-3, 1e-5]), center: draw(2) === 0, scale: draw(2) === 0 };
      add(`${normal} ${JSON.stringify(options)}`, (first) => L[normal]({ ...options, ...first }));
    } else if (kind === 7) {
      const options = { units: 1 + draw(6), activation: pick(ROWS) };
      add(`timeDistributed ${JSON.stringify(options)}`, (first) =>
        L.timeDistributed({ layer: L.dense(options), ...first }),
      );
    } else {
      const options = { poolSize: 2, strides: 1 + draw(2), padding: pick(['valid', 'same']) };
      const pool = pick(['maxPooling1d', 'averagePooling1d']);
      add(`${pool} ${JSON.stringify(options)}`, (first) => L[pool]({ ...options, ...first }));
    }
  }
  const end = draw(3);
  if (end === 0) {
    const own = recurrent(false);
    add(`${own.kind} ${JSON.stringify(own.options)}`, (first) =>
      layerOf(own.kind, { ...own.options, ...first }),
    );
  } else
    add(end === 1 ? 'globalMaxPooling1d' : 'flatten', (first) =>
      end === 1 ? L.globalMaxPooling1d(first) : L.flatten(first),
    );
  const units = 1 + draw(5);
  const activation = pick(ROWS);
  add(`dense ${units} ${activation}`, () => L.dense({ units, activation }));
  const inputShape = [8, 1 + draw(5)];
  return {
    text: `${JSON.stringify(inputShape)}: ${said.join(', ')}`,
    make: () => tf.sequential({ layers: steps.map((make, i) => make(i === 0 ? { inputShape } : {})) }),
  };
}
