// The weights of a block of a Transformer, as the benches make them, for recurra.

/** Under the names of a `transformerEncoder` that is called `block`. */
export function blockWeights(weights) {
  const named = {};
  for (const part of ['query', 'key', 'value', 'output']) {
    for (const what of ['Kernel', 'Bias']) named[`selfAttention.${part}${what}`] = weights[`${part}${what}`];
  }
  for (const [name, from] of [
    ['Intermediate', 'wide'],
    ['Output', 'narrow'],
  ]) {
    named[`feedforward${name}.kernel`] = weights[`${from}Kernel`];
    named[`feedforward${name}.bias`] = weights[`${from}Bias`];
  }
  for (const [i, name] of ['selfAttention', 'feedforward'].entries()) {
    named[`${name}LayerNorm.gamma`] = weights[`gamma${i + 1}`];
    named[`${name}LayerNorm.beta`] = weights[`beta${i + 1}`];
  }
  return Object.fromEntries(Object.entries(named).map(([name, data]) => [`block.${name}`, data]));
}
