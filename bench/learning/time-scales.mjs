/**
 * Lets the gates of a model begin with time scales spread from 1 to `steps`, evenly in the logarithm: a gate that
 * keeps the share σ(b) of the state forgets in about 1 + exp(b) steps, so b is drawn from 0 to ln(steps), and the
 * gate that writes to the same unit begins at −b. After Tallec & Ollivier 2018, "Can recurrent neural networks warp
 * time?", who draw exp(b) evenly. Every gated layer begins so; the longest scale is the length of the task.
 */
export function spreadTimeScales(net, units, steps, { of, keep = [], write = [] }, next) {
  const weights = net.getWeights();
  const longest = Math.fround(Math.log(steps)); // rounded, so that no engine's last bit gets in
  const biases = Object.keys(weights).filter((name) => new RegExp(`^${of}(_\\d+)?\\.bias$`).test(name));
  for (const name of biases) {
    const { data } = weights[name];
    for (let j = 0; j < units; j++) {
      const b = next() * longest;
      for (const block of keep) data[block * units + j] = b;
      for (const block of write) data[block * units + j] = -b;
    }
  }
  net.setWeights(weights);
}
