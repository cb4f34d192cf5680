import { load_tail, store_tail } from "../simd";
import { erf } from "./erf";
import { exp } from "./exp";
import { log } from "./log";
import { sigmoid } from "./sigmoid";
import { softplus } from "./softplus";
import { tanh } from "./tanh";

// y_j = f(x_j)
// out  y [n];  in  x [n].   y may be x. Errors: see the file of each function.

/** y = e^x */
export function exp_forward(y: usize, x: usize, n: i32): void {
  const end = x + (<usize>(n & ~3) << 2);
  for (; x < end; x += 16, y += 16) v128.store(y, exp(v128.load(x)));
  if (n & 3) store_tail(y, exp(load_tail(x, n & 3)), n & 3);
}

/** y = ln x */
export function log_forward(y: usize, x: usize, n: i32): void {
  const end = x + (<usize>(n & ~3) << 2);
  for (; x < end; x += 16, y += 16) v128.store(y, log(v128.load(x)));
  if (n & 3) store_tail(y, log(load_tail(x, n & 3)), n & 3);
}

/** y = tanh x */
export function tanh_forward(y: usize, x: usize, n: i32): void {
  const end = x + (<usize>(n & ~3) << 2);
  for (; x < end; x += 16, y += 16) v128.store(y, tanh(v128.load(x)));
  if (n & 3) store_tail(y, tanh(load_tail(x, n & 3)), n & 3);
}

/** y = 1 / (1 + e^−x) */
export function sigmoid_forward(y: usize, x: usize, n: i32): void {
  const end = x + (<usize>(n & ~3) << 2);
  for (; x < end; x += 16, y += 16) v128.store(y, sigmoid(v128.load(x)));
  if (n & 3) store_tail(y, sigmoid(load_tail(x, n & 3)), n & 3);
}

/** y = erf x */
export function erf_forward(y: usize, x: usize, n: i32): void {
  const end = x + (<usize>(n & ~3) << 2);
  for (; x < end; x += 16, y += 16) v128.store(y, erf(v128.load(x)));
  if (n & 3) store_tail(y, erf(load_tail(x, n & 3)), n & 3);
}

/** y = ln(1 + e^x) */
export function softplus_forward(y: usize, x: usize, n: i32): void {
  const end = x + (<usize>(n & ~3) << 2);
  for (; x < end; x += 16, y += 16) v128.store(y, softplus(v128.load(x)));
  if (n & 3) store_tail(y, softplus(load_tail(x, n & 3)), n & 3);
}
