/**
 * Digests of the program's bits, the same in every engine. Where bits change on purpose, `npm run test:platforms` prints
 * the new ones; they go here, and the change into CHANGELOG.md.
 */
export const EXPECTED = { trained: 'e886f734fbf6b8f3', inferred: 'ea70dd5ba1c11f3a' };
