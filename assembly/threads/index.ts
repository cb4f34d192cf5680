// What the builds for several threads have beside the ABI. A kernel that returns `bool` may stand in a
// program; false ends the run.
export { barrier } from "./barrier";
export { arrive } from "./barrier";

// Cells by units
export { lstm_forward_units, lstm_backward_units, lstm_step_units } from "./lstm";
export { gru_forward_units, gru_backward_units, gru_step_units } from "./gru";
export { rnn_forward_units, rnn_backward_units, rnn_step_units } from "./rnn";
