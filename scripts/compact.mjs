// Short names and no white space, for an engine that reads a whole file to use a part of it; bundlers still see what has no
// side effects.
import { transform } from 'esbuild';

const PURE = '/* @__PURE__ */ ';
/** A term in front of what is pure: esbuild drops the comment, and prints the term as it stands. */
const MARK = 'recurraPure';

/** A module in half its length. */
export async function compact(code) {
  const { code: short } = await transform(code.replaceAll(PURE, `${MARK}+`), {
    format: 'esm',
    target: 'es2022',
    minifyWhitespace: true,
    minifyIdentifiers: true,
  });
  return short.replaceAll(`${MARK}+`, PURE.trim());
}
