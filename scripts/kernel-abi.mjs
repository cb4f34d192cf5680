// Reads the kernel ABI from the sources: assembly/index.ts names the exports under the headings of their
// families, each source file holds the signature.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** How a word of each type is written in a record: p = address, i = integer, f = 32-bit float. */
export const WORD_TYPES = { usize: 'p', i32: 'i', u32: 'i', f32: 'f' };

/** Kernels that a family has room for: an opcode is 256 · number of the family + place in it. */
const FAMILY_ROOM = 256;

const HEADING_OR_EXPORT = /^\/\/ ([a-z][a-z0-9-]*)$|^export\s*\{([^}]*)\}\s*from\s*['"]([^'"]+)['"]/gm;

/** Every name that an index re-exports, with the file it comes from and the heading it stands under. */
function reexports(indexFile) {
  const found = [];
  let family;
  for (const [, heading, names, from] of readFileSync(indexFile, 'utf8').matchAll(HEADING_OR_EXPORT)) {
    if (heading !== undefined) {
      family = heading;
      continue;
    }
    const file = `${join(dirname(indexFile), from)}.ts`;
    for (const name of names
      .split(',')
      .map((n) => n.trim())
      .filter(Boolean)) {
      found.push({ name, file, family });
    }
  }
  return found;
}

function stripComments(source) {
  return source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '');
}

/** `{ name, file, family, args: [{ name, type }], returns }` for every exported kernel, in index order. */
export function readAbi(indexFile) {
  const sources = new Map();
  return reexports(indexFile).map(({ name, file, family }) => {
    if (!sources.has(file)) sources.set(file, stripComments(readFileSync(file, 'utf8')));
    const match = sources
      .get(file)
      .match(new RegExp(`export\\s+function\\s+${name}\\s*\\(([^)]*)\\)\\s*:\\s*(\\w+)`));
    if (!match) throw new Error(`${file}: no exported function ${name} with a declared return type`);
    const args = match[1]
      .split(',')
      .map((a) => a.trim())
      .filter(Boolean)
      .map((a) => {
        const [argName, type] = a.split(':').map((s) => s.trim());
        if (!(type in WORD_TYPES) && match[2] === 'void') {
          throw new Error(
            `${file}: ${name}: argument ${argName} has type ${type}; a kernel takes ${Object.keys(WORD_TYPES).join(', ')}`,
          );
        }
        return { name: argName, type };
      });
    return { name, file, family, args, returns: match[2] };
  });
}

/**
 * The families of the kernels that a program may call, in the order of their headings:
 * `{ name, number, kernels }`. Number 0 belongs to loops, 1 to the core, which comes first.
 */
export function familiesOf(abi) {
  const families = [];
  for (const kernel of abi) {
    if (kernel.family === undefined) throw new Error(`${kernel.name} stands under no heading of a family`);
    let family = families.find(({ name }) => name === kernel.family);
    if (family === undefined) {
      family = { name: kernel.family, number: families.length + 1, kernels: [] };
      families.push(family);
    }
    family.kernels.push(kernel);
  }
  if (families[0].name !== 'core') throw new Error('the first family must be the core');
  const crowded = families.find(({ kernels }) => kernels.length > FAMILY_ROOM);
  if (crowded !== undefined) throw new Error(`family ${crowded.name} has more than ${FAMILY_ROOM} kernels`);
  return families;
}

/** A number that differs where names, arguments or opcodes do: what a module says to tell which ABI it has. */
export function abiDigest(families) {
  const text = families.map(
    (f) => `${f.name}:${f.kernels.map((k) => `${k.name}(${k.args.map((a) => a.type)})`)}`,
  );
  return createHash('sha256').update(text.join('\n')).digest().readInt32LE();
}

/** The opcode of a family's kernel at a place. */
export const opcodeOf = (family, place) => FAMILY_ROOM * family.number + place;
