import { packed_weights } from "./dot";
import { groups_of } from "./rows";
import { panel_bytes, PANEL_HEADER } from "./tile";

/**
 * Packs quantised weights for int8_gemm: panels of 8 columns, each with its sums over k and its scales.
 * out  packed [G][ceil(N/G/8)]: i32 sums [8], f32 scales [8], weights [groups][8 columns][4 k];
 *      what lies past the end of a group of columns, or of K, is zero
 * in   q [K, N]: bytes from -127 to 127, the N columns in G groups of N/G;  scales [N], one per column
 */
export function int8_pack(packed: usize, q: usize, scales: usize, K: i32, N: i32, G: i32): void {
  const columns = G > 0 ? N / G : 0;
  const groups = groups_of(K);
  for (let g = 0; g < G; g++) {
    for (let n = 0; n < columns; n += 8) {
      const from = <usize>(g * columns + n);
      const w = min(columns - n, 8);
      for (let j = 0; j < 8; j++) {
        const column = packed + (<usize>j << 2);
        store<f32>(column, j < w ? load<f32>(scales + ((from + j) << 2)) : 0, 32);
        pack_column(column, j < w ? q + from + j : 0, K, N, groups);
      }
      packed += panel_bytes(groups);
    }
  }
}

/** One column, whose sum goes to `column`; q 0 is a column of zeros. */
function pack_column(column: usize, q: usize, K: i32, N: i32, groups: i32): void {
  let sum = 0;
  let to = column + PANEL_HEADER;
  let k = 0;
  for (const end = groups << 2; k < end; k += 4) {
    let bytes = 0;
    const here = q ? min(K - k, 4) : 0;
    for (let i = 0; i < here; i++) {
      const value = <i32>load<i8>(q);
      sum += value;
      bytes |= (value & 0xff) << (i << 3);
      q += N;
    }
    store<i32>(to, packed_weights(bytes));
    to += 32;
  }
  store<i32>(column, sum);
}
