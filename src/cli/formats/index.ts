import { FormatError, unknownName } from '../../errors.js';
import type { FileFormat, Source } from './format.js';
import { kerasFormat, kerasH5Format, tfjsFormat } from './keras.js';
import { onnxFormat, recurraFormat } from './models.js';
import { npyFormat, npzFormat, pytorchFormat, safetensorsFormat } from './tensors.js';

/** Every format of the command line, in the order in which a file is tried. */
export const FORMATS: readonly FileFormat[] = [
  recurraFormat,
  safetensorsFormat,
  pytorchFormat,
  npzFormat,
  npyFormat,
  kerasFormat,
  kerasH5Format,
  tfjsFormat,
  onnxFormat,
];

/**
 * The format of a file, by its content.
 * @throws FormatError when it is none that is known
 */
export function formatOf(source: Source): FileFormat {
  const found = FORMATS.find((format) => format.detect(source));
  if (found !== undefined) return found;
  const known = FORMATS.map(({ title }) => title).join(', ');
  throw new FormatError(
    `${source.path}: these ${source.bytes.length} bytes are of no format that is known: ${known}`,
  );
}

/** @throws UnknownNameError */
export function formatNamed(id: string): FileFormat {
  const found = FORMATS.find((format) => format.id === id);
  if (found !== undefined) return found;
  throw unknownName(
    'convert',
    'format',
    id,
    FORMATS.map((format) => format.id),
  );
}

/**
 * The format that a name's ending stands for.
 * @throws FormatError naming the endings there are
 */
export function formatForName(path: string): FileFormat {
  const lower = path.toLowerCase();
  const found = FORMATS.find(({ endings }) => endings.some((ending) => lower.endsWith(ending)));
  if (found !== undefined) return found;
  const known = FORMATS.flatMap(({ endings }) => endings).join(', ');
  throw new FormatError(`convert: '${path}' ends in none of ${known}; --to names the format`);
}
