// The ABI: every kernel that TypeScript may call, and nothing else.
// linalg
export { fill } from "./linalg/fill";
export { pack_panels } from "./linalg/pack";
export { gemm } from "./linalg/gemm";
export { gemm_tn } from "./linalg/gemm_tn";
export { copy, add, mul, mul_time, axpy, scale } from "./linalg/elementwise";
export { copy_columns, reverse_time, transpose_copy } from "./linalg/layout";
export { permute_copy, repeat_copy, repeat_sum } from "./linalg/layout";
export { rows_combine, rows_affine, rows_settle, rows_activation, rows_slope } from "./linalg/rows";
export { block_product } from "./linalg/block_product";
export { colsum } from "./linalg/colsum";
export { colsum_mul } from "./linalg/colsum_mul";
export { sum, sum_squares, dot, sum_rows } from "./linalg/reduce";
// math
export { erf_forward, exp_forward, log_forward } from "./math/arrays";
export { sigmoid_forward, softplus_forward, tanh_forward } from "./math/arrays";
// losses
export { binary_crossentropy_loss } from "./losses/binary_crossentropy";
export { binary_crossentropy_logits_loss } from "./losses/binary_crossentropy_logits";
export { categorical_crossentropy_loss } from "./losses/categorical_crossentropy";
export { categorical_crossentropy_logits_loss } from "./losses/categorical_crossentropy_logits";
export { cosine_similarity_loss } from "./losses/cosine_similarity";
export { hinge_loss } from "./losses/hinge";
export { huber_loss } from "./losses/huber";
export { kl_divergence_loss } from "./losses/kl_divergence";
export { log_cosh_loss } from "./losses/log_cosh";
export { mean_absolute_error_loss } from "./losses/mean_absolute_error";
export { mean_squared_error_loss } from "./losses/mean_squared_error";
export { poisson_loss } from "./losses/poisson";
export { sparse_categorical_crossentropy_loss } from "./losses/sparse_categorical_crossentropy";
export { sparse_categorical_crossentropy_logits_loss } from "./losses/sparse_categorical_crossentropy_logits";
export { mask_weights, masked_mean } from "./losses/masked";
export { weighted_sum } from "./losses/weighted_sum";
// random
export { philox_words } from "./random/philox";
export { dropout_mask } from "./random/dropout";
export { normal_fill } from "./random/normal";
// layers
export { activation_forward, activation_backward } from "./layers/activation";
export { softmax_forward, softmax_backward } from "./layers/softmax";
export { log_softmax_forward, log_softmax_backward } from "./layers/softmax";
export { embedding_forward, embedding_backward } from "./layers/embedding";
export { norm_forward, norm_backward } from "./layers/norm";
export { column_moments, batch_norm_forward, batch_norm_backward } from "./layers/batch_norm";
export { extreme_forward, extreme_backward } from "./layers/extreme";
export { mask_rows, choose_rows, mask_equal, mask_seen, mask_cuts } from "./layers/mask";
export { last_forward, last_backward } from "./layers/mask";
export { batch_dot_forward, batch_dot_backward } from "./layers/batch_dot";
export { conv1d_pack, conv1d_forward, conv1d_transpose, conv1d_weights } from "./layers/conv1d";
export { conv1d_step } from "./layers/conv1d_step";
export { depthwise_forward, depthwise_transpose } from "./layers/depthwise";
export { depthwise_weights, depthwise_step } from "./layers/depthwise";
export { weight_norm_forward, weight_norm_backward } from "./layers/weight_norm";
export { pool_max_forward, pool_max_backward } from "./layers/pool";
export { pool_mean_forward, pool_mean_backward } from "./layers/pool";
export { pool_valid_forward, pool_valid_backward } from "./layers/pool_valid";
export { pointwise_forward, pointwise_backward } from "./layers/pointwise";
export { broadcast_forward, broadcast_backward } from "./layers/broadcast";
export { axis_reduce_forward, axis_reduce_backward } from "./layers/axis_reduce";
// attention
export { attention_forward } from "./attention/forward";
export { attention_backward } from "./attention/backward";
// optimizers
export { sgd_update, sgd_momentum_update } from "./optimizers/sgd";
export { adam_update } from "./optimizers/adam";
export { rmsprop_update } from "./optimizers/rmsprop";
export { adagrad_update } from "./optimizers/adagrad";
export { adadelta_update } from "./optimizers/adadelta";
export { adamax_update } from "./optimizers/adamax";
export { nadam_update } from "./optimizers/nadam";
export { clip_norm, global_norm_add, global_norm_clip } from "./optimizers/clip";
export { regularize } from "./optimizers/regularize";
export { constrain_max_norm, constrain_unit_norm, constrain_non_neg } from "./optimizers/constrain";
// cells
export { hold_rows, clear_rows } from "./cells/valid";
export { conv_samples, conv_shifted } from "./cells/conv_state";
export { conv_rnn_forward, conv_rnn_backward, conv_rnn_step } from "./cells/conv_rnn";
export { conv_gru_forward, conv_gru_backward, conv_gru_step } from "./cells/conv_gru";
export { conv_lstm_forward, conv_lstm_backward, conv_lstm_step } from "./cells/conv_lstm";
export { conv_peephole_gradient } from "./cells/conv_peephole";
export { lstm_forward, lstm_step } from "./cells/lstm";
export { lstm_backward } from "./cells/lstm_backward";
export { lstm_variant_forward, lstm_variant_step } from "./cells/lstm_variant";
export { lstm_variant_backward } from "./cells/lstm_variant_backward";
export { norm_rows, norm_rows_backward } from "./cells/norm_rows";
export { gru_norm_forward, gru_norm_step } from "./cells/gru_norm";
export { gru_norm_backward } from "./cells/gru_norm_backward";
export { gru_forward, gru_step } from "./cells/gru";
export { gru_backward } from "./cells/gru_backward";
export { rnn_forward, rnn_backward, rnn_step } from "./cells/rnn";
export { gru_split_forward, gru_split_step } from "./cells/gru_split";
export { gru_split_backward } from "./cells/gru_split_backward";
export { mgu_forward, mgu_step } from "./cells/mgu";
export { mgu_backward } from "./cells/mgu_backward";
export { zoneout_forward, zoneout_backward } from "./cells/zoneout";
export { ind_rnn_forward, ind_rnn_backward, ind_rnn_step } from "./cells/ind_rnn";
export { min_gru_forward, min_gru_backward } from "./cells/min_gru";
export { min_lstm_forward, min_lstm_backward } from "./cells/min_lstm";
export { sru_forward, sru_backward } from "./cells/sru";
// int8
export { int8_pack } from "./int8/pack";
export { int8_gemm } from "./int8/gemm";
export { lstm_int8_forward, lstm_int8_step } from "./int8/lstm";
export { gru_int8_forward, gru_int8_step } from "./int8/gru";
export { rnn_int8_forward, rnn_int8_step } from "./int8/rnn";
export { embedding_int8_forward } from "./int8/embedding";
