// The table as a picture: for each piece of work, how many times longer each peer takes than recurra (relaxed).
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { init } from 'echarts';

const WIDTH = 980;
const ROW = 26;
const MARGIN = { top: 84, right: 40, bottom: 56, left: 280 };
const COLOURS = ['#4269d0', '#6cc5b0', '#efb118', '#ff725c', '#9c6b4e', '#a463f2'];

/** Writes an SVG of rows from `comparisons`, one thread, peers alone. */
export function writeChart(path, rows, subtitle) {
  const isShown = ({ threads, peer, ratios }) =>
    threads === 1 && !peer.startsWith('recurra') && ratios.some((r) => r !== undefined);
  const shown = rows.filter(isShown);
  const works = [...new Set(shown.map(({ work }) => work))];
  const peers = [...new Set(shown.map(({ peer }) => peer))];
  const point = ({ work, ours, theirs }) => [theirs[0] / (ours[1] ?? ours[0]), work];
  const portable = works.flatMap((work) => {
    const { ours } = shown.find((row) => row.work === work);
    return ours[0] && ours[1] ? [[ours[0] / ours[1], work]] : [];
  });
  const series = (name, data, more) => ({ name, type: 'scatter', symbolSize: 11, data, ...more });
  const ratios = [...shown.map(point), ...portable].map(([ratio]) => ratio);
  const least = 2 ** Math.floor(Math.log2(Math.min(0.5, ...ratios)));
  const one = {
    silent: true,
    symbol: 'none',
    label: { formatter: 'recurra relaxed', position: 'start', distance: 6 },
    lineStyle: { color: '#000', type: 'solid' },
    data: [{ xAxis: 1 }],
  };
  const height = MARGIN.top + MARGIN.bottom + ROW * works.length;
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
  chart.setOption({
    animation: false,
    backgroundColor: '#fff',
    color: COLOURS,
    title: {
      text: 'Time per call, recurra (relaxed) = 1; further right is slower',
      subtext: subtitle,
      left: 16,
      textStyle: { fontSize: 16 },
    },
    legend: { bottom: 8, itemWidth: 12, itemHeight: 12 },
    grid: { ...MARGIN, containLabel: false },
    xAxis: {
      type: 'log',
      min: least,
      axisLabel: { formatter: '{value}×' },
      splitLine: { show: true },
      minorSplitLine: { show: true, lineStyle: { color: '#f4f4f4' } },
    },
    yAxis: {
      type: 'category',
      data: works,
      inverse: true,
      axisTick: { show: false },
      splitLine: { show: true, lineStyle: { color: '#eee' } },
    },
    series: [
      series('recurra portable', portable, {
        symbol: 'diamond',
        itemStyle: { color: '#000' },
        markLine: one,
      }),
      ...peers.map((peer) => series(peer, shown.filter((row) => row.peer === peer).map(point))),
    ],
  });
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, chart.renderToSVGString());
  chart.dispose();
}
