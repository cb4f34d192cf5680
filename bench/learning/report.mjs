/** A score as text; shares as per cent. */
export const shown = ({ unit, digits }, score) => (unit === '%' ? 100 * score : score).toFixed(digits);

/** The rows of a table: models down, tasks across, and the seconds of each model's rows. */
export function table(models, tasks, rows) {
  return models.map((model) => {
    const own = rows.filter((row) => row.model === model.name);
    const scores = tasks.map((task) => [
      `${task.name}, ${task.unit}`,
      shown(task, own.find((row) => row.task === task.name).score),
    ]);
    const seconds = own.reduce((sum, row) => sum + row.seconds, 0);
    return { model: model.name, ...Object.fromEntries(scores), seconds: seconds.toFixed(0) };
  });
}

/** What each task was: sizes, numbers of parameters, updates, measure. */
export function notes(tasks, rows) {
  return tasks.map((task) => {
    const own = rows.filter((row) => row.task === task.name);
    const counts = own.map(({ parameters }) => parameters);
    return (
      `${task.name}: ${task.size}, ${Math.min(...counts)} to ${Math.max(...counts)} parameters, ` +
      `${own[0].updates} updates of ${task.batch} sequences of ${task.steps} steps; ` +
      `${task.measure}; a guess scores ${shown(task, task.guess)}`
    );
  });
}

/**
 * Where the rows do not show what the literature says: on a task with a mark, every layer with gates gets past it
 * in the updates given, and the plain RNN does not.
 */
export function surprises(models, tasks, rows) {
  const marked = tasks.filter(({ mark }) => mark !== undefined);
  return marked.flatMap((task) => {
    const past = (model) =>
      rows.find((row) => row.task === task.name && row.model === model.name).score < task.mark;
    return models
      .filter((model) => (model.gates ? !past(model) : model.name === 'RNN' && past(model)))
      .map(
        (model) =>
          `${task.name}: unlike the literature, ${model.name} ${past(model) ? 'solves it' : 'does not solve it'}`,
      );
  });
}
