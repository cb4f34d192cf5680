/**
 * The class of row r, or −1 where the row counts for nothing: its id is `ignore`, or not an integer in
 * [0, O). An `ignore` of NaN ignores none.
 */
// @ts-ignore: decorator
@inline
export function class_of(target: usize, r: i32, O: i32, ignore: f32): i32 {
  const id = load<f32>(target + (<usize>r << 2));
  if (id == ignore || !(id >= 0 && id < <f32>O) || floor<f32>(id) != id) return -1;
  return <i32>id;
}
