// Runs in the page: draws the charts from the data beside it.
const { time, name, x, known, heldOut, forecast, seasonal, loss } = JSON.parse(
  document.getElementById('data').textContent,
);
const dark = matchMedia('(prefers-color-scheme: dark)').matches;
const ink = dark ? '#cbd5e1' : '#334155';
const grid = { stroke: dark ? '#334155' : '#e2e8f0', width: 1 };
const axis = { stroke: ink, grid, ticks: grid };

function draw(id, height, options, data) {
  const place = document.getElementById(id);
  const size = () => ({ width: place.clientWidth, height });
  const chart = new uPlot({ ...size(), ...options }, data, place);
  addEventListener('resize', () => chart.setSize(size()));
}

const round = (_, value) => (value == null ? '-' : Number(value.toPrecision(5)).toString());
const line = (label, stroke, more) => ({ label, stroke, width: 2, value: round, ...more });

const lines = [
  [known, line(name, ink, { width: 1.5 })],
  [heldOut, line('held out', dark ? '#38bdf8' : '#0369a1')],
  [forecast, line('LSTM forecast', dark ? '#fb7185' : '#e11d48')],
  ...(seasonal ? [[seasonal, line('seasonal naive', '#94a3b8', { width: 1.5, dash: [5, 4] })]] : []),
];
const first = time ? {} : { label: 'row' };
draw(
  'series',
  420,
  {
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC'),
    scales: { x: { time } },
    axes: [axis, { ...axis, size: 70 }],
    series: [first, ...lines.map(([, series]) => series)],
  },
  [x, ...lines.map(([values]) => values)],
);

draw(
  'loss',
  240,
  {
    scales: { x: { time: false }, y: { range: (_, _min, max) => [0, max * 1.05] } },
    axes: [axis, { ...axis, size: 70 }],
    series: [{ label: 'epoch' }, line('mean squared error of the scaled changes', ink)],
  },
  [loss.map((_, i) => i + 1), loss],
);
