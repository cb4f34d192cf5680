/**
 * Bytes from text, in place: the first `end` bytes of memory are characters, and become the bytes that they
 * stand for. Text is written in 89 characters: printable ASCII without `"`, `$`, `'`, `<`, `\` and `` ` ``.
 * The place of a character among them says which value it is: from the third on, value = place - 2; the first
 * two begin a pair, value = 87 + 89 · place + place of the other. A byte is its value less 3, modulo 256.
 * It is a module of its own, which what loads the others brings in hexadecimal.
 *
 * @returns how many bytes there are
 */
export function decode(end: usize): usize {
  let to: usize = 0;
  let at: usize = 0;
  while (at < end) {
    let place = placeOf(at++);
    if (place < 2) place = 89 * (place + 1) + placeOf(at++);
    store<u8>(to++, place - 5);
  }
  return to;
}

// @ts-ignore: decorator
@inline
function placeOf(at: usize): u32 {
  const c = <u32>load<u8>(at);
  return c - 32 - u32(c > 34) - u32(c > 36) - u32(c > 39) - u32(c > 60) - u32(c > 92) - u32(c > 96);
}
