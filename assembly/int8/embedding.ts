import { row_of } from "../layers/embedding";

/**
 * embedding_forward with a table in 8 bits:   y_r = scales[ids_r] · table[ids_r]
 * out  y [R, O]
 * in   ids [R], whole numbers 0 … V − 1 as floats
 * weights  table [V, O]: bytes from -127 to 127;  scales [V], one per row
 * An id outside the table reads nothing: its row is zero.
 */
export function embedding_int8_forward(
  y: usize, ids: usize, table: usize, scales: usize, R: i32, O: i32, V: i32,
): void {
  for (const end = ids + (<usize>R << 2); ids < end; ids += 4) {
    const row = row_of(load<f32>(ids), V);
    const scale: f32 = row < 0 ? 0 : load<f32>(scales + (<usize>row << 2));
    let q = table + <usize>max(row, 0) * <usize>O;
    const factor = f32x4.splat(scale);
    const stop = y + (<usize>O << 2);
    for (; y + 16 <= stop; y += 16, q += 4) {
      const words = i16x8.extend_low_i8x16_s(v128.load32_zero(q));
      v128.store(y, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(words)), factor));
    }
    for (; y < stop; y += 4, q++) store<f32>(y, <f32>load<i8>(q) * scale);
  }
}
