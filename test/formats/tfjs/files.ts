import { fileOf } from '../keras/files.js';

/** The files of a golden case. */
export const filesOf = (packed: Readonly<Record<string, string>>): Record<string, Uint8Array> =>
  Object.fromEntries(Object.entries(packed).map(([name, file]) => [name, fileOf(file)]));

/** A model.json changed, with the files beside it. */
export function changed(
  files: Readonly<Record<string, Uint8Array>>,
  // biome-ignore lint/suspicious/noExplicitAny: JSON of any form
  change: (json: any) => void,
): Record<string, Uint8Array> {
  const json = JSON.parse(new TextDecoder().decode(files['model.json']));
  change(json);
  return { ...files, 'model.json': new TextEncoder().encode(JSON.stringify(json)) };
}
