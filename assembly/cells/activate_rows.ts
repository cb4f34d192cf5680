import { activate, SIGMOID, TANH } from "../math/activation";
import { sigmoid } from "../math/sigmoid";
import { tanh } from "../math/tanh";
import { load_tail, store_tail } from "../simd";

/**
 * z = f(z) in place for n columns of each of `rows` rows, ld bytes apart.
 * One loop per activation, tested at its end: only then does V8 keep the constants in registers, and one
 * vector's division overlaps with the next vector's polynomial.
 */
export function activate_rows(code: i32, z: usize, rows: i32, ld: usize, n: i32): void {
  const body = <usize>(n & ~3) << 2;
  const rest = n & 3;
  for (; rows > 0; rows--) {
    const end = z + body;
    let p = z;
    if (p < end) {
      if (code == SIGMOID) {
        do {
          v128.store(p, sigmoid(v128.load(p)));
          p += 16;
        } while (p < end);
      } else if (code == TANH) {
        do {
          v128.store(p, tanh(v128.load(p)));
          p += 16;
        } while (p < end);
      } else {
        do {
          v128.store(p, activate(code, v128.load(p)));
          p += 16;
        } while (p < end);
      }
    }
    if (rest) store_tail(p, activate(code, load_tail(p, rest)), rest);
    z += ld;
  }
}
