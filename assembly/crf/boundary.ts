import { block_size, load_block, store_block } from "../losses/rows";

/** The first step of a sample that counts, or −1. */
function first_step(mask: usize, T: i32, BS: i32): i32 {
  if (mask == 0) return T > 0 ? 0 : -1;
  for (let t = 0; t < T; t++) if (load<f32>(mask + (<usize>(t * BS) << 2)) != 0) return t;
  return -1;
}

/** The last one. */
function last_step(mask: usize, T: i32, BS: i32): i32 {
  if (mask == 0) return T - 1;
  for (let t = T - 1; t >= 0; t--) if (load<f32>(mask + (<usize>(t * BS) << 2)) != 0) return t;
  return -1;
}

/** y_j += x_j over N */
function add_row(y: usize, x: usize, N: i32): void {
  for (let j = 0; j < N; j += 4) {
    const count = block_size(N, j);
    const at = <usize>j << 2;
    store_block(y + at, f32x4.add(load_block(y + at, count), load_block(x + at, count)), count);
  }
}

/**
 * Adds what the ends of a sequence give to its first and its last step that count.
 * out  u [T, B, N], added to
 * in   left [N], right [N], mask [T, B] or 0
 */
export function crf_boundary_forward(
  u: usize, left: usize, right: usize, mask: usize, T: i32, B: i32, BS: i32, N: i32,
): void {
  for (let b = 0; b < B; b++) {
    const m = mask ? mask + (<usize>b << 2) : 0;
    const first = first_step(m, T, BS);
    if (first < 0) continue;
    const last = last_step(m, T, BS);
    add_row(u + (<usize>((first * BS + b) * N) << 2), left, N);
    add_row(u + (<usize>((last * BS + b) * N) << 2), right, N);
  }
}

/**
 * dleft += du of first steps, dright += du of last ones, by rising sample
 * out  dleft [N], dright [N], each 0 where it is not wanted
 * in   du [T, B, N], mask [T, B] or 0
 */
export function crf_boundary_backward(
  dleft: usize, dright: usize, du: usize, mask: usize, T: i32, B: i32, N: i32,
): void {
  for (let b = 0; b < B; b++) {
    const m = mask ? mask + (<usize>b << 2) : 0;
    const first = first_step(m, T, B);
    if (first < 0) continue;
    const last = last_step(m, T, B);
    if (dleft) add_row(dleft, du + (<usize>((first * B + b) * N) << 2), N);
    if (dright) add_row(dright, du + (<usize>((last * B + b) * N) << 2), N);
  }
}
