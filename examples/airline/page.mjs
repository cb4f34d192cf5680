import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { figure } from './report.mjs';

const { resolve } = createRequire(import.meta.url);
const library = (name) => readFileSync(resolve(`uplot/dist/${name}`), 'utf8');
const own = (name) => readFileSync(new URL(name, import.meta.url), 'utf8');

/** Nothing may be fetched, whatever ends up in the page. */
const POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'";

/**
 * One HTML page with everything inside: the charting library, the styles and the data.
 *
 * @param page title, lines of text, scores and rows as `index.mjs` puts them together
 */
export function renderPage({ title, lines, scores, rows, charts }) {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${library('uPlot.min.css')}${own('page.css')}</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
${lines.map((line) => `<p>${escapeHtml(line)}</p>`).join('\n')}
<section id="series" aria-label="Series and forecast"></section>
${scoreTable(scores)}
<h2>Loss while training</h2>
<section id="loss" aria-label="Loss by epoch"></section>
<details><summary>The rows held out, in figures</summary>
${rowTable(rows)}
</details>
<script type="application/json" id="data">${inScript(JSON.stringify(charts))}</script>
<script>${inScript(library('uPlot.iife.min.js'))}</script>
<script>${inScript(own('page-script.js'))}</script>
</body>
</html>
`;
}

function scoreTable(scores) {
  const cells = ({ mae, rmse, mape }) =>
    [mae, rmse, mape].map((value) => `<td>${figure(value)}</td>`).join('');
  return `<table>
<thead><tr><th>Error on the rows held out</th><th>MAE</th><th>RMSE</th><th>MAPE %</th></tr></thead>
<tbody>
${scores.map((row) => `<tr><th>${escapeHtml(row.name)}</th>${cells(row)}</tr>`).join('\n')}
</tbody>
</table>`;
}

function rowTable([header, ...rows]) {
  const cell = (value) =>
    typeof value === 'number' ? `<td>${figure(value)}</td>` : `<th>${escapeHtml(value)}</th>`;
  return `<table>
<thead><tr>${header.map((name) => `<th>${escapeHtml(name)}</th>`).join('')}</tr></thead>
<tbody>
${rows.map((row) => `<tr>${row.map(cell).join('')}</tr>`).join('\n')}
</tbody>
</table>`;
}

function escapeHtml(text) {
  const entities = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replace(/[&<>"]/g, (mark) => entities[mark]);
}

/** Keeps `</script>` and `<!--` inside a script from ending it. */
function inScript(text) {
  return text.replace(/<(?=\/script|!--)/gi, '\\u003c');
}
