import * as kernels from '../../wasm/generated/kernels.js';
import { type EmbeddingConfig, embeddingDefinition, readIds, recordIdMask } from '../embedding.js';
import type { LayerDefinition } from '../layer.js';
import { EMBEDDING_WEIGHTS } from './forms.js';
import { int8Declarations, refuseTraining, scaleName } from './weights.js';

const float = embeddingDefinition as unknown as LayerDefinition<EmbeddingConfig>;
const TABLE = 'embeddings';

const definition: LayerDefinition<EmbeddingConfig> = {
  ...float,
  type: 'embeddingInt8',
  parameters: (config, inputs) => int8Declarations(float.parameters(config, inputs), EMBEDDING_WEIGHTS, {}),
  forward(config, k) {
    const { ids, R } = readIds(k);
    const table = k.parameter(TABLE);
    const scales = k.parameter(scaleName(TABLE));
    k.emit(
      kernels.embedding_int8_forward,
      k.output(),
      ids,
      table,
      scales,
      R,
      config.outputDim,
      config.inputDim,
    );
    recordIdMask(config, k, ids, R);
  },
  backward: refuseTraining,
  isQuantized: () => true,
};

/** Embeddings with the table in 8 bits, a scale for each of its rows. */
export const embeddingInt8Definition = definition as unknown as LayerDefinition;
