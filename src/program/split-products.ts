import { gemmTnScratch } from '../wasm/scratch.js';
import type { Argument } from './recorder.js';
import { behind, type SplitRule } from './split-rule.js';

/** Columns of a panel of packed weights, and rows of the largest tile of gemm. */
const PANEL = 8;
const TILE = 6;
/** Rows that each thread needs for the rows to be shared out; with fewer it is the columns. */
export const ENOUGH_ROWS = 12;
/** From so many panels on it is the columns whatever the rows: each thread has weights of its own in its cache. */
const MANY_PANELS = 32;
/** Panels that fill a cache line of a row of C. */
const LINE_PANELS = 2;
/** Rough times in nanoseconds of a multiply-add, and of a float moved. */
const MADD = 0.025;
const MOVED = 0.3;

/** Neighbouring columns that are packed alike: G groups of `columns / G` each, or part of one group. */
interface Block {
  readonly column: number;
  readonly columns: number;
  readonly groups: number;
  /** Panels in front. */
  readonly panel: number;
}

/**
 * Panels `from` to `from + count` of a matrix of N columns packed in G groups, as at most three blocks: the
 * end of a group, whole groups, the start of a group.
 */
export function panelBlocks(N: number, G: number, from: number, count: number): Block[] {
  const width = N / G;
  const panels = Math.ceil(width / PANEL);
  const blocks: Block[] = [];
  const end = from + count;
  for (let panel = from; panel < end; ) {
    const group = Math.floor(panel / panels);
    const inside = panel - group * panels;
    const whole = inside === 0 ? Math.floor((end - panel) / panels) : 0;
    const column = group * width + inside * PANEL;
    if (whole > 0) {
      blocks.push({ column, columns: whole * width, groups: whole, panel });
      panel += whole * panels;
    } else {
      const last = Math.min(end - group * panels, panels);
      const columns = Math.min(last * PANEL, width) - inside * PANEL;
      blocks.push({ column, columns, groups: 1, panel });
      panel += last - inside;
    }
  }
  return blocks;
}

/** Number of panels, and G = 1 where groups have no padding: then they are one matrix. */
export function panelsOf(N: number, G: number): { panels: number; groups: number } {
  const groups = (N / G) % PANEL === 0 ? 1 : G;
  return { panels: groups * Math.ceil(N / groups / PANEL), groups };
}

/** By panels. */
export const packPanels: SplitRule = ([packed, b], [K, N, G, ldk, ldn]) => {
  const { panels, groups } = panelsOf(N, G);
  return {
    units: panels,
    grain: 1,
    cost: K * N * MOVED,
    part: (from, count) =>
      panelBlocks(N, groups, from, count).map((block) => [
        behind(packed, block.panel * K * PANEL),
        behind(b, block.column * ldn),
        K,
        block.columns,
        block.groups,
        ldk,
        ldn,
      ]),
  };
};

/**
 * By rows, or by panels where these are many or rows are few. One row takes four panels at a time, others take
 * two: a cache line of C.
 * Measured, two threads, [3200, 256] · [256, 1024]: 1.92 times as fast by rows, 2.00 by panels. The weights
 * are 1 MB: by rows each of the two caches holds all of them.
 */
export const gemm: SplitRule = ([c, a, packed, bias], [M, N, K, G, lda, ldc, accumulate]) => {
  const cost = M * N * K * MADD;
  const { panels, groups } = panelsOf(N, G);
  if (M >= 2 * ENOUGH_ROWS && panels < MANY_PANELS) {
    const row = (from: number, count: number): Argument[] => [
      behind(c, from * ldc),
      behind(a, from * lda),
      packed,
      bias,
      count,
      N,
      K,
      G,
      lda,
      ldc,
      accumulate,
    ];
    const grain = M >= 16 * ENOUGH_ROWS ? TILE : 1;
    return { units: M, grain, cost, part: (from, count) => [row(from, count)] };
  }
  return {
    units: panels,
    grain: groups === 1 ? (M === 1 ? 2 * LINE_PANELS : LINE_PANELS) : 1,
    cost,
    part: (from, count) =>
      panelBlocks(N, groups, from, count).map((block) => [
        behind(c, block.column),
        a,
        behind(packed, block.panel * K * PANEL),
        behind(bias, block.column),
        M,
        block.columns,
        K,
        block.groups,
        lda,
        ldc,
        accumulate,
      ]),
  };
};

/** By columns or by rows, whichever are more: what belongs to the other side is packed by every thread. */
export const gemmTn: SplitRule = ([c, a, b, scratch], [M, N, K, lda, ldb, ldc]) => {
  const cost = M * N * K * MADD;
  const own = (from: number, rows: number, columns: number, make: (floats: number) => Argument): Argument =>
    from === 0 ? scratch : make(gemmTnScratch(rows, columns));
  if (N >= M) {
    return {
      units: N,
      grain: PANEL,
      cost,
      part: (from, count, make) => [
        [
          ...[behind(c, from), a, behind(b, from), own(from, M, count, make)],
          ...[M, count, K, lda, ldb, ldc],
        ],
      ],
    };
  }
  return {
    units: M,
    grain: M >= 16 * ENOUGH_ROWS ? TILE : 1,
    cost,
    part: (from, count, make) => [
      [
        ...[behind(c, from * ldc), behind(a, from), b, own(from, count, N, make)],
        ...[count, N, K, lda, ldb, ldc],
      ],
    ],
  };
};
