/** Mean absolute error of the load in kW, and the share of days whose peak was foretold rightly. */
export function scores(predicted, actual) {
  const count = actual.load.data.length;
  const mean = (f) => actual.load.data.reduce((sum, _, i) => sum + f(i), 0) / count;
  return {
    error: mean((i) => Math.abs(predicted.load.data[i] - actual.load.data[i])),
    right: mean((i) => (predicted.exceeds.data[i] > 0.5 === actual.exceeds.data[i] > 0.5 ? 1 : 0)),
  };
}

/** Rows of name and scores as text. */
export function scoreTable(rows) {
  const line = (name, ...cells) => name.padEnd(26) + cells.map((cell) => cell.padStart(18)).join('');
  return [
    line('', 'load, error in kW', 'peaks foretold, %'),
    ...rows.map(({ name, error, right }) => line(name, error.toFixed(3), (100 * right).toFixed(1))),
  ].join('\n');
}
