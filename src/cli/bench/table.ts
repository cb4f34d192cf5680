import type { BenchReport } from '../../bench/run.js';
import { textTable } from '../table.js';

const time = (us: number): string =>
  us >= 1000 ? `${(us / 1000).toPrecision(3)} ms` : `${us.toPrecision(3)} µs`;

const titleOf = ({ runtime, numerics }: BenchReport): string =>
  numerics === 'portable' ? runtime : `${runtime}, ${numerics}`;

/** One row a case: the time in each runtime, behind the first as a multiple of it. */
export function benchTable(reports: readonly BenchReport[]): string {
  const [first] = reports;
  const rows = first.rows.map(({ name, us }, i) => {
    const cells = reports.map((report, r): [string, string] => {
      const own = report.rows[i].us;
      if (own === null || us === null) return [titleOf(report), ''];
      return [titleOf(report), r === 0 ? time(own) : `${time(own)}  ${(own / us).toFixed(2)}×`];
    });
    return { case: name, ...Object.fromEntries(cells) };
  });
  const prints = reports.map((report): [string, string] => [
    titleOf(report),
    report.fingerprint.slice(0, 12),
  ]);
  return textTable([...rows, { case: 'fingerprint', ...Object.fromEntries(prints) }]);
}

/** The cases whose bits are not those of the first report, in words. */
export function differingCases([first, ...others]: readonly BenchReport[]): string[] {
  return others.flatMap((report) =>
    report.rows
      .filter(({ fingerprint }, i) => fingerprint !== first.rows[i].fingerprint)
      .map(({ name }) => `${titleOf(report)}: '${name}' has other bits than ${titleOf(first)}`),
  );
}
