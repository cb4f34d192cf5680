/** A value as error messages name it: `'adam'`, `NaN`, `null`, `an array of 3`, `an object with rate`. */
export function describeValue(value: unknown): string {
  if (typeof value === 'string') return `'${value.length > 60 ? `${value.slice(0, 57)}...` : value}'`;
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (ArrayBuffer.isView(value)) return describeView(value);
  const keys = Object.keys(value);
  if (keys.length === 0) return 'an empty object';
  return `an object with ${keys.slice(0, 5).join(', ')}${keys.length > 5 ? ', ...' : ''}`;
}

function describeView(view: ArrayBufferView): string {
  const { length } = view as { length?: number };
  const kind = Object.prototype.toString.call(view).slice(8, -1);
  return length === undefined ? `a ${kind}` : `a ${kind} of ${length}`;
}
