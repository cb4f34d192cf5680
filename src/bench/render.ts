import uPlot from 'uplot';
import type { BenchReport } from './run.js';

/** Strokes of the runtimes, in turn: told apart in light and dark and by those who see few colours. */
const STROKES = ['#4269d0', '#efb118', '#ff725c', '#6cc5b0', '#9c6b4e', '#a463f2', '#97bbf5', '#3ca951'];

const HEIGHT = 420;

const microseconds = (us: number): string =>
  us >= 1000 ? `${(us / 1000).toPrecision(3)} ms` : `${us.toPrecision(3)} µs`;

function element(name: string, text: string, place: Element): HTMLElement {
  const made = document.createElement(name);
  made.textContent = text;
  place.append(made);
  return made;
}

function drawTable(reports: readonly BenchReport[], place: HTMLElement): void {
  const table = element('table', '', place);
  const head = element('tr', '', element('thead', '', table));
  element('th', 'time of one call', head);
  for (const { runtime, numerics } of reports) {
    element('th', numerics === 'portable' ? runtime : `${runtime}, ${numerics}`, head);
  }
  const body = element('tbody', '', table);
  reports[0].rows.forEach(({ name }, i) => {
    const row = element('tr', '', body);
    element('th', name, row);
    for (const { rows } of reports) {
      const { us } = rows[i];
      element('td', us === null ? '' : microseconds(us), row);
    }
  });
  const last = element('tr', '', body);
  element('th', 'fingerprint of all bits', last);
  for (const { fingerprint } of reports) element('td', fingerprint.slice(0, 12), last);
}

/** One dot a runtime and case: times as multiples of the fastest runtime's in that case. */
function drawChart(reports: readonly BenchReport[], place: HTMLElement): void {
  const names = reports[0].rows.map(({ name }) => name);
  const dark = matchMedia('(prefers-color-scheme: dark)').matches;
  const stroke = dark ? '#cbd5e1' : '#334155';
  const grid = { stroke: dark ? '#334155' : '#e2e8f0', width: 1 };
  const times = reports.map(({ rows }) => rows.map(({ us }) => us ?? Number.NaN));
  const least = names.map((_, i) => Math.min(...times.map((own) => own[i])));
  const data = times.map((own) => own.map((us, i) => us / least[i]));
  const options: uPlot.Options = {
    width: place.clientWidth || 900,
    height: HEIGHT,
    scales: {
      x: { time: false, range: [-0.5, names.length - 0.5] },
      y: { range: (_u, _min, max) => [0.9, Math.max(1.5, max * 1.1)] },
    },
    axes: [
      {
        stroke,
        grid,
        splits: names.map((_, i) => i),
        values: (_u, splits) => splits.map((i) => names[i] ?? ''),
        rotate: -35,
        size: 170,
      },
      { stroke, grid, values: (_u, splits) => splits.map((v) => `${v}×`) },
    ],
    series: [
      { label: 'case', value: (_u, i) => names[i] ?? '' },
      ...reports.map(({ runtime, numerics }, i) => ({
        label: `${runtime}${numerics === 'portable' ? '' : `, ${numerics}`}`,
        stroke: STROKES[i % STROKES.length],
        paths: () => null,
        points: { show: true, size: 10, fill: STROKES[i % STROKES.length] },
        value: (_u: uPlot, v: number | null) => (v === null ? '' : `${v.toFixed(2)}×`),
      })),
    ],
  };
  new uPlot(options, [names.map((_, i) => i), ...data], place);
}

/** A link that offers the reports as a file. */
function offerJson(reports: readonly BenchReport[], place: HTMLElement): void {
  const link = element('a', 'Download as JSON', place) as HTMLAnchorElement;
  const blob = new Blob([JSON.stringify(reports, null, 2)], { type: 'application/json' });
  link.href = URL.createObjectURL(blob);
  link.download = 'recurra-bench.json';
}

/**
 * Shows reports of runtimes in a page: a table, a chart of times relative to the fastest, the JSON to take along.
 * The reports must be of the same cases.
 */
export function render(reports: readonly BenchReport[], place: HTMLElement): void {
  place.replaceChildren();
  drawTable(reports, place);
  const isTimed = reports.every(({ rows }) => rows.every(({ us }) => us !== null));
  if (isTimed) {
    element('h2', 'Times as multiples of the fastest runtime', place);
    drawChart(reports, element('section', '', place));
  }
  offerJson(reports, element('p', '', place));
}
