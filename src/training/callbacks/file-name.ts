import { unknownName, ValueError } from '../../errors.js';

const PLACEHOLDER = /\{([^{}:]*)(?::([^{}]*))?\}/g;
const FORMAT = /^(0?)(\d*)(?:\.(\d+))?([df])$/;

/**
 * Fills `{name}` and `{name:format}` in a file name. Formats are Python's for numbers: `02d` (whole, at least
 * two digits), `.3f` (three decimals), `8.3f` (at least eight characters).
 *
 * @throws UnknownNameError when a name is not among the values; ValueError when a format is none of these
 */
export function fillFileName(template: string, values: Record<string, number>, where: string): string {
  return template.replace(PLACEHOLDER, (_, name: string, format: string | undefined) => {
    if (!Object.hasOwn(values, name)) throw unknownName(where, 'placeholder', name, Object.keys(values));
    return format === undefined ? String(values[name]) : formatNumber(values[name], format, where);
  });
}

function formatNumber(value: number, format: string, where: string): string {
  const parts = FORMAT.exec(format);
  if (parts === null) {
    throw new ValueError(`${where}: format '${format}' is not known, expected such as 02d or .3f`);
  }
  const [, zero, width, decimals, kind] = parts;
  const digits = kind === 'd' ? 0 : Number(decimals ?? 6);
  return value.toFixed(digits).padStart(Number(width), zero === '0' ? '0' : ' ');
}
