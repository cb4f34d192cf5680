/** A score as text; shares as per cent. */
export const shown = ({ unit, digits }, score) => (unit === '%' ? 100 * score : score).toFixed(digits);

/**
 * Where the rows do not show what the literature says: on a task with a mark, every layer with gates gets past it
 * in the updates given, and the plain RNN does not.
 */
export function surprises(models, tasks, find) {
  const marked = tasks.filter(({ mark }) => mark !== undefined);
  return marked.flatMap((task) => {
    const past = (model) => find(task, model).score < task.mark;
    return models
      .filter((model) => (model.gates ? !past(model) : model.name === 'RNN' && past(model)))
      .map(
        (model) =>
          `${task.name}: unlike the literature, ${model.name} ${past(model) ? 'solves it' : 'does not solve it'}`,
      );
  });
}
