import type { Tensor } from '../tensor.js';
import type { Network } from './network.js';
import { putWeights } from './put-weights.js';
import type { Parts } from './saved.js';

/** Puts weights and what stateful layers carry into a model that has been made of the wiring. */
export function pasteTensors(model: Network | Network<Tensor[]>, { weights, states }: Parts): void {
  putWeights(model.parameters, Object.entries(weights));
  model.carried.write(states);
}
