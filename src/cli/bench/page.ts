import { readFileSync } from 'node:fs';
import type { BenchReport } from '../../bench/run.js';

/** The renderer with its chart library, and the styles: made beside the program when the package is built. */
const beside = (name: string): string => readFileSync(new URL(`../bench/${name}`, import.meta.url), 'utf8');

/** Keeps `</script>` and `<!--` inside a script from ending it. */
const inScript = (text: string): string => text.replace(/<(?=\/script|!--)/gi, '\\u003c');

function pageWith(body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>recurra: runtimes compared</title>
<style>${beside('chart.css')}</style>
</head>
<body>
<h1>recurra: runtimes compared</h1>
<main id="report">Timing ...</main>
<script>${inScript(beside('chart.js'))}</script>
${body}
</body>
</html>
`;
}

/** One file that shows reports and needs nothing beside it. */
export function reportPage(reports: readonly BenchReport[]): string {
  return pageWith(`<script type="application/json" id="data">${inScript(JSON.stringify(reports))}</script>
<script>
recurraChart.render(JSON.parse(document.getElementById('data').textContent), document.getElementById('report'));
</script>`);
}

/**
 * The page that runs the benchmark where it is opened, shows what came out and, when it is asked to in its address
 * (`?post`), posts it back. Options stand in the address too.
 */
export function livePage(): string {
  return pageWith(`<script type="module">
import { runBench } from '/dist/bench/index.js';
const place = document.getElementById('report');
const address = new URLSearchParams(location.search);
const options = JSON.parse(address.get('options') ?? '{}');
const post = (body) => address.has('post') && fetch('/result', { method: 'POST', body: JSON.stringify(body) });
try {
  const onProgress = (done, of) => { place.textContent = 'Timing ... ' + Math.round((100 * done) / of) + ' %'; };
  const report = await runBench({ ...options, onProgress });
  await post(report);
  recurraChart.render([report], place);
} catch (error) {
  place.textContent = String(error);
  await post({ error: String(error) });
}
</script>`);
}
