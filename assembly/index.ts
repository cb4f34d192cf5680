// The ABI: every kernel that TypeScript may call, and nothing else. A comment of one word is the heading of a
// family: what stands under it is one wasm module. A new heading is a new family. What only training calls
// stands under a heading of its own.
// core
export { log_softmax_forward } from "./layers/softmax";
export { extreme_forward } from "./layers/extreme";
export { fill } from "./linalg/fill";
export { pack_panels } from "./linalg/pack";
export { gemm } from "./linalg/gemm";
export { copy, add, mul, axpy, scale } from "./linalg/elementwise";
export { copy_columns, reverse_time, transpose_copy, repeat_copy } from "./linalg/layout";
export { activation_forward } from "./layers/activation";
export { softmax_forward } from "./layers/softmax";
export { embedding_forward } from "./layers/embedding";
export { mask_rows, choose_rows, mask_equal, mask_seen, mask_cuts } from "./layers/mask";
export { hold_rows, clear_rows } from "./cells/valid";
// rows
export { rows_combine, rows_affine, rows_settle, rows_activation } from "./linalg/rows";
// shapes
export { permute_copy } from "./linalg/layout";
export { last_forward } from "./layers/mask";
export { batch_dot_forward } from "./layers/batch_dot";
// math
export { philox_words } from "./random/philox";
export { erf_forward, exp_forward, log_forward } from "./math/arrays";
export { sigmoid_forward, softplus_forward, tanh_forward } from "./math/arrays";
export { sum, sum_squares, dot, sum_rows } from "./linalg/reduce";
// training
export { log_softmax_backward } from "./layers/softmax";
export { gemm_tn } from "./linalg/gemm_tn";
export { colsum } from "./linalg/colsum";
export { activation_backward } from "./layers/activation";
export { softmax_backward } from "./layers/softmax";
export { mask_weights, masked_mean } from "./losses/masked";
export { weighted_sum } from "./losses/weighted_sum";
export { mean_squared_error_loss } from "./losses/mean_squared_error";
export { clip_norm, global_norm_add, global_norm_clip } from "./optimizers/clip";
export { regularize } from "./optimizers/regularize";
export { adam_update } from "./optimizers/adam";
// crossentropy
export { binary_crossentropy_loss } from "./losses/binary_crossentropy";
export { binary_crossentropy_logits_loss } from "./losses/binary_crossentropy_logits";
export { categorical_crossentropy_loss } from "./losses/categorical_crossentropy";
export { categorical_crossentropy_logits_loss } from "./losses/categorical_crossentropy_logits";
export { sparse_categorical_crossentropy_loss } from "./losses/sparse_categorical_crossentropy";
export { sparse_categorical_crossentropy_logits_loss } from "./losses/sparse_categorical_crossentropy_logits";
// losses
export { cosine_similarity_loss } from "./losses/cosine_similarity";
export { hinge_loss } from "./losses/hinge";
export { huber_loss } from "./losses/huber";
export { kl_divergence_loss } from "./losses/kl_divergence";
export { log_cosh_loss } from "./losses/log_cosh";
export { mean_absolute_error_loss } from "./losses/mean_absolute_error";
export { poisson_loss } from "./losses/poisson";
// ctc
export { ctc_loss } from "./losses/ctc";
// crf
export { crf_viterbi } from "./crf/viterbi";
export { crf_boundary_forward } from "./crf/boundary";
// crf-training
export { crf_loss } from "./crf/loss";
export { crf_boundary_backward } from "./crf/boundary";
// sampled
export { sampled_softmax_loss } from "./sampled/softmax";
// adaptive
export { adaptive_classes, adaptive_join, adaptive_tail_loss } from "./sampled/adaptive";
// optimizers
export { sgd_update, sgd_momentum_update } from "./optimizers/sgd";
export { rmsprop_update } from "./optimizers/rmsprop";
export { adagrad_update } from "./optimizers/adagrad";
export { adadelta_update } from "./optimizers/adadelta";
export { adamax_update } from "./optimizers/adamax";
export { nadam_update } from "./optimizers/nadam";
// constraints
export { constrain_max_norm, constrain_unit_norm, constrain_non_neg } from "./optimizers/constrain";
// random
export { dropout_mask } from "./random/dropout";
export { mul_time } from "./linalg/elementwise";
// zoneout
export { zoneout_forward, zoneout_backward } from "./cells/zoneout";
// noise
export { normal_fill } from "./random/normal";
// shapes-training
export { rows_slope } from "./linalg/rows";
export { repeat_sum } from "./linalg/layout";
export { extreme_backward } from "./layers/extreme";
export { last_backward } from "./layers/mask";
export { batch_dot_backward } from "./layers/batch_dot";
// norm
export { norm_forward } from "./layers/norm";
export { batch_norm_forward } from "./layers/batch_norm";
export { weight_norm_forward } from "./layers/weight_norm";
// norm-training
export { norm_backward } from "./layers/norm";
export { column_moments, batch_norm_backward } from "./layers/batch_norm";
export { weight_norm_backward } from "./layers/weight_norm";
// convolution
export { conv1d_pack, conv1d_forward, conv1d_transpose } from "./layers/conv1d";
export { conv1d_step } from "./layers/conv1d_step";
export { depthwise_forward, depthwise_step } from "./layers/depthwise";
export { pool_max_forward, pool_mean_forward } from "./layers/pool";
export { pool_valid_forward } from "./layers/pool_valid";
// convolution-training
export { conv1d_weights } from "./layers/conv1d";
export { depthwise_transpose, depthwise_weights } from "./layers/depthwise";
export { pool_max_backward, pool_mean_backward } from "./layers/pool";
export { pool_valid_backward } from "./layers/pool_valid";
// operations
export { block_product } from "./linalg/block_product";
export { pointwise_forward } from "./layers/pointwise";
export { broadcast_forward } from "./layers/broadcast";
export { axis_reduce_forward } from "./layers/axis_reduce";
// operations-training
export { pointwise_backward } from "./layers/pointwise";
export { broadcast_backward } from "./layers/broadcast";
export { axis_reduce_backward } from "./layers/axis_reduce";
// attention
export { attention_forward } from "./attention/forward";
// attention-steps
export { attention_step, attention_advance } from "./attention/step";
// attention-scores
export { attention_scores } from "./attention/scores";
// positions
export { position_rows, position_advance, rotary_turn } from "./attention/positions";
// additive
export { additive_forward } from "./attention/additive";
// additive-training
export { additive_backward } from "./attention/additive";
// attention-training
export { position_gradient } from "./attention/positions";
export { attention_backward } from "./attention/backward";
// lstm
export { lstm_forward, lstm_step } from "./cells/lstm";
// lstm-training
export { lstm_backward } from "./cells/lstm_backward";
// lstm-variant
export { lstm_variant_forward, lstm_variant_step } from "./cells/lstm_variant";
// lstm-variant-training
export { lstm_variant_backward } from "./cells/lstm_variant_backward";
// gru
export { gru_forward, gru_step } from "./cells/gru";
// gru-training
export { gru_backward } from "./cells/gru_backward";
// rnn
export { rnn_forward, rnn_step } from "./cells/rnn";
// rnn-training
export { rnn_backward } from "./cells/rnn";
// norm-rows
export { norm_rows, norm_rows_backward } from "./cells/norm_rows";
// gru-norm
export { gru_norm_forward, gru_norm_step } from "./cells/gru_norm";
// gru-norm-training
export { gru_norm_backward } from "./cells/gru_norm_backward";
// gru-split
export { gru_split_forward, gru_split_step } from "./cells/gru_split";
// gru-split-training
export { gru_split_backward } from "./cells/gru_split_backward";
// mgu
export { mgu_forward, mgu_step } from "./cells/mgu";
// mgu-training
export { mgu_backward } from "./cells/mgu_backward";
// ind-rnn
export { ind_rnn_forward, ind_rnn_step } from "./cells/ind_rnn";
// ind-rnn-training
export { ind_rnn_backward } from "./cells/ind_rnn";
// scans
export { min_gru_forward } from "./cells/min_gru";
export { min_lstm_forward } from "./cells/min_lstm";
export { sru_forward } from "./cells/sru";
// scans-training
export { min_gru_backward } from "./cells/min_gru";
export { min_lstm_backward } from "./cells/min_lstm";
export { sru_backward } from "./cells/sru";
// conv-cells
export { conv_samples, conv_shifted } from "./cells/conv_state";
export { conv_rnn_forward, conv_rnn_step } from "./cells/conv_rnn";
export { conv_gru_forward, conv_gru_step } from "./cells/conv_gru";
export { conv_lstm_forward, conv_lstm_step } from "./cells/conv_lstm";
// conv-cells-training
export { conv_rnn_backward } from "./cells/conv_rnn";
export { conv_gru_backward } from "./cells/conv_gru";
export { conv_lstm_backward } from "./cells/conv_lstm";
export { conv_peephole_gradient } from "./cells/conv_peephole";
// int8
export { int8_pack } from "./int8/pack";
export { int8_gemm } from "./int8/gemm";
export { lstm_int8_forward, lstm_int8_step } from "./int8/lstm";
export { gru_int8_forward, gru_int8_step } from "./int8/gru";
export { rnn_int8_forward, rnn_int8_step } from "./int8/rnn";
export { embedding_int8_forward } from "./int8/embedding";
// products-training
export { colsum_mul } from "./linalg/colsum_mul";
// embedding-training
export { embedding_backward } from "./layers/embedding";
