/** Mean absolute error, root mean squared error, mean absolute percentage error (null where a value is 0). */
export function errors(forecast, actual) {
  const mean = (f) =>
    actual.reduce((sum, value, i) => sum + f(forecast[i] - value, value), 0) / actual.length;
  return {
    mae: mean(Math.abs),
    rmse: Math.sqrt(mean((e) => e * e)),
    mape: actual.includes(0) ? null : 100 * mean((e, value) => Math.abs(e / value)),
  };
}

/** What costs nothing: the last value, and the last season, each repeated. */
export function baselines(train, horizon, period) {
  const repeat = (m) => Array.from({ length: horizon }, (_, h) => train[train.length - m + (h % m)]);
  return { naive: repeat(1), seasonal: period === 1 ? null : repeat(period) };
}

/** Names and values of all forecasts, the model's first. */
export function scores(forecast, { naive, seasonal }, actual) {
  return [
    { name: 'LSTM', ...errors(forecast, actual) },
    ...(seasonal === null ? [] : [{ name: 'seasonal naive', ...errors(seasonal, actual) }]),
    { name: 'naive', ...errors(naive, actual) },
  ];
}

/** A number with as many decimals as its size asks for. */
export function figure(value) {
  if (value === null) return '-';
  const digits = Math.abs(value) >= 1000 ? 0 : Math.abs(value) >= 1 ? 2 : 4;
  return value.toFixed(digits);
}

/** The table of errors as text. */
export function scoreTable(rows, horizon) {
  const line = (name, cells) => name.padEnd(36) + cells.map((cell) => cell.padStart(10)).join('');
  return [
    line(`Error on the ${horizon} rows held out`, ['MAE', 'RMSE', 'MAPE %']),
    ...rows.map(({ name, mae, rmse, mape }) => line(name, [mae, rmse, mape].map(figure))),
  ].join('\n');
}

/** Says which baselines the model beats, by every measure. */
export function verdict([model, ...others]) {
  const better = (a, b) => b === null || a < b;
  const beaten = others.filter(
    (o) => better(model.mae, o.mae) && better(model.rmse, o.rmse) && better(model.mape, o.mape),
  );
  const names = (list) => list.map(({ name }) => name).join(' and ');
  if (beaten.length === others.length) return `The model beats ${names(others)} by every measure.`;
  const rest = others.filter((o) => !beaten.includes(o));
  return `The model does not beat ${names(rest)} by every measure: prefer that forecast for this series.`;
}
