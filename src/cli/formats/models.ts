import { load } from '../../training/named/load.js';
import { beginsWith, type Contents, type FileFormat, type ModelContents, oneFile } from './format.js';

/** What `model.save()` gives. */
export const recurraFormat: FileFormat = {
  id: 'recurra',
  title: 'recurra model',
  endings: ['.recurra', '.bin'],
  holds: 'model',
  detect: ({ bytes }) => beginsWith(bytes, 'recurra\0'),
  async read({ bytes }): Promise<Contents> {
    return { kind: 'model', model: load(bytes), notes: [] };
  },
  write: async (contents, name) => oneFile(name, (contents as ModelContents).model.save()),
};

/** A graph of ONNX. A protobuf has no signature: field 1 is the version of the format, a small number. */
export const onnxFormat: FileFormat = {
  id: 'onnx',
  title: 'ONNX',
  endings: ['.onnx'],
  holds: 'model',
  detect: ({ bytes }) => bytes[0] === 0x08 && bytes[1] > 0 && bytes[1] < 0x40,
  async read({ bytes }) {
    const { importOnnx } = await import('../../formats/onnx/index.js');
    const { model, inputs, outputs } = importOnnx(bytes);
    const axis = ({ name, batchAxis }: (typeof inputs)[number]): string =>
      `${name}${batchAxis === null ? '' : ` (batch is axis ${batchAxis})`}`;
    const notes = [
      `inputs in the file: ${inputs.map(axis).join(', ')}`,
      `outputs in the file: ${outputs.map(axis).join(', ')}`,
    ];
    return { kind: 'model', model, notes };
  },
  async write(contents, name) {
    const { exportOnnx } = await import('../../formats/onnx/index.js');
    return oneFile(name, exportOnnx((contents as ModelContents).model));
  },
};
