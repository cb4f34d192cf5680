import { constantFrom } from '../../../src/formats/onnx/constants.js';
import { readTensor } from '../../../src/formats/onnx/proto/messages.js';
import type { Tensor } from '../../../src/index.js';

/** The name and numbers of a file with one TensorProto. */
export function tensorFile(bytes: Uint8Array): { name: string; tensor: Tensor } {
  const proto = readTensor(bytes);
  const { data, shape } = constantFrom('test data', proto);
  return { name: proto.name, tensor: { data: Float32Array.from(data), shape } };
}
