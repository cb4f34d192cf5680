import { SIGMOID, TANH } from "../math/activation";
import { sigmoid } from "../math/sigmoid";
import { tanh } from "../math/tanh";
import { activate_units, load_units, store_units, units_left } from "./units";

/**
 * z = f(z) in place for n columns of each of `rows` rows, ld bytes apart.
 * One loop per activation, tested at its end: only then does V8 keep the constants in registers, and one
 * vector's division overlaps with the next vector's polynomial.
 */
export function activate_rows(code: i32, z: usize, rows: i32, ld: usize, n: i32): void {
  const row = <usize>n << 2;
  const body = row & ~15;
  for (; rows > 0; rows--) {
    let j: usize = 0;
    if (body) {
      if (code == SIGMOID) {
        do {
          v128.store(z + j, sigmoid(v128.load(z + j)));
          j += 16;
        } while (j < body);
      } else if (code == TANH) {
        do {
          v128.store(z + j, tanh(v128.load(z + j)));
          j += 16;
        } while (j < body);
      }
    }
    for (; j < row; j += 16) {
      const w = units_left(row, j);
      store_units(z + j, activate_units(code, load_units(z + j, w), 0), w);
    }
    z += ld;
  }
}
