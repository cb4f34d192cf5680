import { exp } from '../numeric/exp.js';
import type { GenerateConfig } from './options.js';
import type { RowScores } from './scores.js';

/**
 * Draws a token: softmax(log p / temperature) over the `topK` likeliest, then over the fewest of them that together
 * have `topP`. In this order, as Hugging Face has it.
 *
 * @param uniform a random number in [0, 1)
 */
export function drawFrom(
  scores: RowScores,
  {
    temperature,
    topK,
    topP,
    suppressed,
  }: Pick<GenerateConfig, 'temperature' | 'topK' | 'topP' | 'suppressed'>,
  uniform: number,
): number {
  const cuts = topK < scores.vocabulary || topP < 1;
  const tokens = cuts ? scores.best(topK, suppressed) : scores.open(suppressed);
  const logits = tokens.map((token) => scores.logProbability(token) / temperature);
  const most = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const weights = logits.map((logit) => (logit === most ? 1 : exp(logit - most)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let count = 0;
  let sum = 0;
  while (count < weights.length && (count === 0 || sum < topP * total)) sum += weights[count++];
  let left = uniform * sum;
  for (let i = 0; i < count; i++) {
    left -= weights[i];
    if (left < 0) return tokens[i];
  }
  return tokens[logits.indexOf(most)];
}
