const [CELL, LEFT, TOP, MARGIN] = [22, 34, 34, 8];

const escaped = (text) =>
  text.replace(/[&<>]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[sign]).replace(/ /g, '␣');

const label = (x, y, text) => `<text x="${x}" y="${y}">${escaped(text)}</text>`;

/** What was looked at, as a drawing: a row for each character written, a column for each one read. */
export function drawMap({ from, to, attention }) {
  const width = LEFT + from.length * CELL + MARGIN;
  const height = TOP + to.length * CELL + MARGIN;
  const parts = [];
  for (let s = 0; s < from.length; s++) parts.push(label(LEFT + (s + 0.5) * CELL, TOP - 8, from[s]));
  attention.forEach((weights, t) => {
    parts.push(label(LEFT / 2, TOP + (t + 0.5) * CELL + 5, to[t]));
    for (let s = 0; s < from.length; s++) {
      const place = `x="${LEFT + s * CELL}" y="${TOP + t * CELL}" width="${CELL}" height="${CELL}"`;
      parts.push(`<rect ${place} fill="#1f5fa8" fill-opacity="${weights[s].toFixed(3)}"/>`);
    }
  });
  const frame = `x="${LEFT}" y="${TOP}" width="${from.length * CELL}" height="${to.length * CELL}"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"`,
    '  font-family="monospace" font-size="15" text-anchor="middle">',
    `<title>${escaped(from)} as ${escaped(to)}</title>`,
    '<rect width="100%" height="100%" fill="white"/>',
    ...parts,
    `<rect ${frame} fill="none" stroke="#888"/>`,
    '</svg>',
    '',
  ].join('\n');
}

/** A page with all drawings. */
export function drawPage(maps) {
  const figures = maps.map(({ from, to, svg }) => {
    return `<figure>${svg}<figcaption>${escaped(from)} → ${escaped(to)}</figcaption></figure>`;
  });
  return [
    '<!doctype html>',
    '<html lang="en"><meta charset="utf-8"><title>What the model looked at</title>',
    '<style>body{font-family:sans-serif}figure{display:inline-block;margin:1em;vertical-align:top}</style>',
    '<h1>What the model looked at</h1>',
    '<p>Columns are the characters read, rows those written. The darker, the more a character counted.</p>',
    ...figures,
    '</html>',
    '',
  ].join('\n');
}
