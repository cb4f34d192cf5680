import { type EncoderDecoderOptions, encoderDecoderParts } from '../seq2seq/encoder-decoder.js';
import { type TransformerOptions, transformerParts } from '../seq2seq/transformer.js';
import type { Tensor } from '../tensor.js';
import { Model } from '../training/model.js';

/**
 * As `encoderDecoder` of `recurra`: a model that reads one sequence and then writes another.
 *
 * @throws ValueError, UnknownNameError for an option out of range, ShapeError when layers do not fit together
 */
export function encoderDecoder(options: EncoderDecoderOptions): Model<Tensor> {
  return new Model(...encoderDecoderParts(options));
}

/**
 * As `transformer` of `recurra`: the encoder-decoder of Vaswani et al. 2017 as one model.
 *
 * @throws ValueError, UnknownNameError for an option out of range
 */
export function transformer(options: TransformerOptions): Model<Tensor> {
  return new Model(...transformerParts(options));
}
