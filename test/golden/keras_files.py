"""Writes keras_files.json: files as Keras 3 and tf.keras 2 write them, and what their models give.

Keras is not needed: files are put together by h5py and zipfile as Keras does it (keras/src/saving/saving_lib.py,
keras/src/legacy/saving/legacy_h5_format.py, TensorFlow 2.x hdf5_format.py). Outputs are reckoned in double precision
by the functions below, written from the equations in Keras's documentation.

Run: python3 test/golden/keras_files.py
"""

import base64
import io
import json
import zipfile
import zlib
from pathlib import Path

import h5py
import numpy as np

rng = np.random.default_rng(20240229)


def draw(*shape):
    """Asymmetric weights that are floats of 32 bits."""
    return rng.uniform(-0.6, 0.8, shape).astype(np.float32)


# --- equations -------------------------------------------------------------------------------------------------


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def hard_sigmoid_2(x):
    return np.clip(0.2 * x + 0.5, 0, 1)


def hard_sigmoid_3(x):
    return np.clip(x / 6 + 0.5, 0, 1)


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def lstm(x, w, mask=None, state=None, act=np.tanh, gate=sigmoid, backwards=False):
    """All outputs in the order of reading, and the last h and c. Gates i, f, c, o."""
    W, U, b = w
    n, T, _ = x.shape
    H = U.shape[0]
    h, c = state if state is not None else (np.zeros((n, H)), np.zeros((n, H)))
    ys = []
    for t in (range(T - 1, -1, -1) if backwards else range(T)):
        z = x[:, t] @ W + h @ U + b
        i, f, g, o = gate(z[:, :H]), gate(z[:, H:2 * H]), act(z[:, 2 * H:3 * H]), gate(z[:, 3 * H:])
        c2 = f * c + i * g
        h2 = o * act(c2)
        keep = np.ones((n, 1)) if mask is None else mask[:, t:t + 1].astype(float)
        h, c = keep * h2 + (1 - keep) * h, keep * c2 + (1 - keep) * c
        ys.append(h)
    return np.stack(ys, 1), h, c


def gru(x, w, reset_after=True, act=np.tanh, gate=sigmoid, backwards=False):
    """Gates z, r, h."""
    W, U, b = w
    n, T, _ = x.shape
    H = U.shape[0]
    bi, br = (b[0], b[1]) if reset_after else (b, np.zeros_like(b))
    h = np.zeros((n, H))
    ys = []
    for t in (range(T - 1, -1, -1) if backwards else range(T)):
        xz = x[:, t] @ W + bi
        z = gate(xz[:, :H] + h @ U[:, :H] + br[:H])
        r = gate(xz[:, H:2 * H] + h @ U[:, H:2 * H] + br[H:2 * H])
        if reset_after:
            g = act(xz[:, 2 * H:] + r * (h @ U[:, 2 * H:] + br[2 * H:]))
        else:
            g = act(xz[:, 2 * H:] + (r * h) @ U[:, 2 * H:])
        h = z * h + (1 - z) * g
        ys.append(h)
    return np.stack(ys, 1), h


def simple_rnn(x, w, act=np.tanh):
    W, U, b = w
    h = np.zeros((x.shape[0], U.shape[0]))
    ys = []
    for t in range(x.shape[1]):
        h = act(x[:, t] @ W + h @ U + b)
        ys.append(h)
    return np.stack(ys, 1), h


def layer_norm(x, gamma, beta, eps):
    m, v = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
    return gamma * (x - m) / np.sqrt(v + eps) + beta


def conv1d(x, w, b, padding="valid", dilation=1):
    K = w.shape[0]
    reach = (K - 1) * dilation
    before = {"valid": 0, "same": reach // 2, "causal": reach}[padding]
    after = {"valid": 0, "same": reach - reach // 2, "causal": 0}[padding]
    x = np.pad(x, ((0, 0), (before, after), (0, 0)))
    T = x.shape[1] - reach
    return sum(x[:, k * dilation:k * dilation + T] @ w[k] for k in range(K)) + b


def attend(q, k, v, causal=False, scale=1.0):
    s = np.einsum("bthd,bshd->bhts", q, k) * scale
    if causal:
        s = np.where(np.tril(np.ones(s.shape[-2:], bool)), s, -1e30)
    return np.einsum("bhts,bshd->bthd", softmax(s), v)


def multi_head(q, k, v, w, causal=False):
    Wq, bq, Wk, bk, Wv, bv, Wo, bo = w
    project = lambda x, W, b: np.einsum("bti,ind->btnd", x, W) + b
    y = attend(project(q, Wq, bq), project(k, Wk, bk), project(v, Wv, bv), causal, Wq.shape[2] ** -0.5)
    return np.einsum("btnd,ndo->bto", y, Wo) + bo


# --- files -----------------------------------------------------------------------------------------------------


def h5_bytes(fill):
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as f:
        fill(f)
    return buffer.getvalue()


def store_bytes(variables, folders=()):
    """H5IOStore: each layer a group with a group 'vars' of variables '0', '1', ..."""

    def fill(f):
        for folder in folders:
            f.create_group(f"{folder}/vars" if folder else "vars")
        for folder, arrays in variables.items():
            group = f.require_group(f"{folder}/vars" if folder else "vars")
            for i, array in enumerate(arrays):
                group[str(i)] = array

    return h5_bytes(fill)


def keras_bytes(config, variables, version="3.8.0", folders=(), level=zipfile.ZIP_STORED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", level) as z:
        z.writestr("metadata.json", json.dumps({"keras_version": version, "date_saved": "2024-02-29@12:00:00"}))
        z.writestr("config.json", json.dumps(config))
        z.writestr("model.weights.h5", store_bytes(variables, folders))
    return buffer.getvalue()


def fill_weights(group, layers, version):
    group.attrs["layer_names"] = [name.encode() for name, _ in layers]
    group.attrs["backend"] = b"tensorflow"
    group.attrs["keras_version"] = version.encode()
    for name, weights in sorted(layers, key=lambda entry: entry[0]):
        own = group.create_group(name)
        own.attrs["weight_names"] = [title.encode() for title, _ in weights]
        for title, array in weights:
            own.create_dataset(title, array.shape, dtype=array.dtype)[...] = array


def legacy_bytes(config, layers, version="2.15.0", training=None):
    def fill(f):
        f.attrs["keras_version"] = version.encode()
        f.attrs["backend"] = b"tensorflow"
        f.attrs["model_config"] = json.dumps(config).encode()
        if training is not None:
            f.attrs["training_config"] = json.dumps(training).encode()
        fill_weights(f.create_group("model_weights"), layers, version)

    return h5_bytes(fill)


def k3(class_name, config, module="keras.layers", **more):
    return {"module": module, "class_name": class_name, "config": config, "registered_name": None, **more}


POLICY = k3("DTypePolicy", {"name": "float32"}, "keras")


def init3(name, **config):
    return k3(name, {"seed": None, **config} if name not in ("Zeros", "Ones") else {}, "keras.initializers")


def common3(name):
    return {"name": name, "trainable": True, "dtype": POLICY}


WEIGHTS3 = {
    "kernel_initializer": init3("GlorotUniform"), "bias_initializer": init3("Zeros"), "kernel_regularizer": None,
    "bias_regularizer": None, "kernel_constraint": None, "bias_constraint": None,
}


def dense3(name, units, activation="linear", **more):
    return k3("Dense", {**common3(name), "units": units, "activation": activation, "use_bias": True, **WEIGHTS3,
                        **more})


def recurrent3(class_name, name, units, **more):
    config = {
        **common3(name), "return_sequences": False, "return_state": False, "go_backwards": False, "stateful": False,
        "unroll": False, "zero_output_for_mask": False, "units": units, "activation": "tanh", "use_bias": True,
        **WEIGHTS3, "recurrent_initializer": init3("OrthogonalInitializer", gain=1.0), "recurrent_regularizer": None,
        "recurrent_constraint": None, "activity_regularizer": None, "dropout": 0.0, "recurrent_dropout": 0.0,
        "seed": None,
    }
    if class_name in ("LSTM", "GRU"):
        config["recurrent_activation"] = "sigmoid"
    if class_name == "LSTM":
        config["unit_forget_bias"] = True
    if class_name == "GRU":
        config["reset_after"] = True
    return k3(class_name, {**config, **more})


def cell3(class_name, name, units, **more):
    layer = recurrent3(class_name, name, units)["config"]
    for key in ("return_sequences", "return_state", "go_backwards", "stateful", "unroll", "zero_output_for_mask",
                "activity_regularizer"):
        del layer[key]
    return k3(class_name + "Cell", {**layer, **more})


def input3(name, shape, dtype="float32"):
    return k3("InputLayer", {"batch_shape": [None, *shape], "dtype": dtype, "sparse": False, "ragged": False,
                             "name": name})


def sequential3(name, layers):
    return k3("Sequential", {"name": name, "trainable": True, "dtype": POLICY, "layers": layers}, "keras")


def tensor3(name, shape, node=0, index=0, dtype="float32"):
    return {"class_name": "__keras_tensor__",
            "config": {"shape": [None, *shape], "dtype": dtype, "keras_history": [name, node, index]}}


def used(layer, *uses):
    """A layer in a functional model; uses are (args, kwargs)."""
    return {**layer, "name": layer["config"]["name"],
            "inbound_nodes": [{"args": list(args), "kwargs": kwargs} for args, kwargs in uses]}


def functional3(name, layers, inputs, outputs):
    return k3("Functional", {"name": name, "trainable": True, "layers": layers, "input_layers": inputs,
                             "output_layers": outputs}, "keras.src.models.functional")


def recurrent_weights(I, H, gates, bias=None):
    return [draw(I, gates * H), draw(H, gates * H), draw(*(bias or (gates * H,)))]


CASES = []


def packed(file):
    """HDF5 files are zeros for the most part."""
    return base64.b64encode(zlib.compress(file, 9)).decode()


def case(name, file, inputs, outputs, kind="model"):
    listed = lambda array: {"shape": list(array.shape), "data": [float(v) for v in np.float32(array).ravel()]}
    CASES.append({"name": name, "kind": kind, "file": packed(file),
                  "inputs": [listed(x) for x in inputs], "outputs": [listed(y) for y in outputs]})


def d(arrays):
    return [a.astype(np.float64) for a in arrays]


# --- Keras 3 ---------------------------------------------------------------------------------------------------

ids = np.array([[1, 2, 3, 0, 0], [3, 3, 1, 2, 0], [2, 1, 1, 3, 2]])
table = draw(4, 3)
w1, w2 = recurrent_weights(3, 4, 4), recurrent_weights(4, 3, 3, (2, 9))
wd, bd = draw(3, 2), draw(2)


def masked_gru(x, w, mask):
    """Steps that do not count at the end only: the state after each sample's last step."""
    return np.concatenate([gru(x[i:i + 1, :int(mask[i].sum())], w)[1] for i in range(len(x))])


y1, _, _ = lstm(table.astype(float)[ids], d(w1), ids != 0, gate=hard_sigmoid_3)
out1 = softmax(masked_gru(y1, d(w2), ids != 0) @ wd + bd)
embedding3 = k3("Embedding", {**common3("embedding"), "input_dim": 4, "output_dim": 3,
                              "embeddings_initializer": init3("RandomUniform", minval=-0.05, maxval=0.05),
                              "embeddings_regularizer": None, "activity_regularizer": None,
                              "embeddings_constraint": None, "mask_zero": True})
layers1 = [input3("input_layer", [5], "int32"), embedding3,
           recurrent3("LSTM", "lstm", 4, return_sequences=True, recurrent_activation="hard_sigmoid"),
           k3("Dropout", {**common3("dropout"), "rate": 0.5, "seed": None, "noise_shape": None}),
           recurrent3("GRU", "gru", 3),
           dense3("dense", 2, "softmax", kernel_regularizer=k3("L2", {"l2": 0.01}, "keras.regularizers"))]
model1 = sequential3("sequential", layers1)
vars1 = {"layers/embedding": [table], "layers/lstm/cell": w1, "layers/gru/cell": w2, "layers/dense": [wd, bd],
         "optimizer": [np.int64(3), np.float32(0.001)], "layers/dropout/seed_generator": [np.array([1, 2], "uint32")]}
case("Keras 3, Sequential: ids, masks, hard_sigmoid", keras_bytes(model1, vars1, folders=["", "layers/dropout"]),
     [ids.astype(np.float32)], [out1])
case("Keras 3, packed", keras_bytes(model1, vars1, level=zipfile.ZIP_DEFLATED), [ids.astype(np.float32)], [out1])
case("Keras 3, weights alone", store_bytes(vars1), [ids.astype(np.float32)], [out1], "weights")

# Wrappers, cells, convolutions, normalisations
x2 = draw(2, 7, 3)
wf, wb = recurrent_weights(3, 3, 3, (2, 9)), recurrent_weights(3, 3, 3, (2, 9))
wc, wg = recurrent_weights(6, 2, 4), recurrent_weights(2, 4, 3, (12,))
wt, bt = draw(4, 5), draw(5)
kc, bc = draw(3, 5, 4), draw(4)
gb, bb, mm, mv = draw(4), draw(4), draw(4), np.abs(draw(4)) + np.float32(0.3)
gl, bl = draw(4), draw(4)
f, _ = gru(x2, d(wf))
b, _ = gru(x2, d(wb), backwards=True)
h = np.concatenate([f, b[:, ::-1]], -1)
h, _, _ = lstm(h, d(wc))
h, _ = gru(h, d(wg), reset_after=False)
h = h @ wt + bt
h = np.where(h > 0, h, 0.3 * h)
h = conv1d(h, kc.astype(float), bc, "causal", 2)
h = gb * (h - mm) / np.sqrt(mv.astype(float) + 1e-3) + bb
h = layer_norm(h, gl, bl, 1e-6)
h = h[:, :6].reshape(2, 3, 2, 4).max(2)
out2 = np.clip(h.mean(1), 0, 0.5)
affine3 = {"gamma_initializer": init3("Ones"), "beta_initializer": init3("Zeros"), "center": True, "scale": True,
           "gamma_regularizer": None, "beta_regularizer": None, "gamma_constraint": None, "beta_constraint": None}
stacked = k3("StackedRNNCells", {"name": "stacked_rnn_cells", "trainable": True, "dtype": POLICY, "cells": [
    cell3("LSTM", "lstm_cell", 2), cell3("GRU", "gru_cell", 4, reset_after=False)]})
layers2 = [
    input3("input_layer_1", [None, 3]),
    k3("Bidirectional", {**common3("bidirectional"), "merge_mode": "concat",
                         "layer": recurrent3("GRU", "forward_gru", 3, return_sequences=True),
                         "backward_layer": recurrent3("GRU", "backward_gru", 3, return_sequences=True,
                                                      go_backwards=True)}),
    k3("RNN", {**common3("rnn"), "return_sequences": True, "return_state": False, "go_backwards": False,
               "stateful": False, "unroll": False, "zero_output_for_mask": False, "cell": stacked}),
    k3("TimeDistributed", {**common3("time_distributed"), "layer": dense3("dense_1", 5)}),
    k3("LeakyReLU", {**common3("leaky_re_lu"), "negative_slope": 0.3}),
    k3("Conv1D", {**common3("conv1d"), "filters": 4, "kernel_size": [3], "strides": [1], "padding": "causal",
                  "data_format": "channels_last", "dilation_rate": [2], "groups": 1, "activation": "linear",
                  "use_bias": True, **WEIGHTS3, "activity_regularizer": None}),
    k3("BatchNormalization", {**common3("batch_normalization"), "axis": -1, "momentum": 0.9, "epsilon": 0.001,
                              **affine3, "moving_mean_initializer": init3("Zeros"),
                              "moving_variance_initializer": init3("Ones"), "synchronized": False}),
    k3("LayerNormalization", {**common3("layer_normalization"), "axis": [2], "epsilon": 1e-6, **affine3,
                              "rms_scaling": False}),
    k3("MaxPooling1D", {**common3("max_pooling1d"), "pool_size": [2], "padding": "valid", "strides": [2],
                        "data_format": "channels_last"}),
    k3("GlobalAveragePooling1D", {**common3("global_average_pooling1d"), "data_format": "channels_last",
                                  "keepdims": False}),
    k3("ReLU", {**common3("re_lu"), "max_value": 0.5, "negative_slope": 0.0, "threshold": 0.0}),
]
vars2 = {
    "layers/bidirectional/forward_layer/cell": wf, "layers/bidirectional/backward_layer/cell": wb,
    "layers/rnn/cell/cells/lstm_cell": wc, "layers/rnn/cell/cells/gru_cell": wg,
    "layers/time_distributed/layer": [wt, bt], "layers/conv1d": [kc, bc],
    "layers/batch_normalization": [gb, bb, mm, mv], "layers/layer_normalization": [gl, bl],
}
case("Keras 3, Sequential: wrappers, cells, convolution, normalisation",
     keras_bytes(sequential3("sequential_1", layers2), vars2), [x2], [out2])

# Functional: states, shared layers, attention, a model inside, masks by operations
x3, s3 = draw(2, 4, 3), draw(2, 5)
wa, wl = recurrent_weights(3, 5, 4), recurrent_weights(3, 5, 4)
ws, bs = draw(5, 5), draw(5)
wm = [draw(5, 2, 3), draw(2, 3), draw(5, 2, 3), draw(2, 3), draw(5, 2, 3), draw(2, 3), draw(2, 3, 5), draw(5)]
wi, bi = draw(5, 2), draw(2)
emb3 = draw(4, 3)
id3 = np.array([[1, 2, 3, 0], [3, 1, 0, 0]])
e = emb3.astype(float)[id3]
ya, ha, ca = lstm(x3, d(wa))
ss = np.tanh(s3 @ ws.astype(float) + bs)
yl, hl, _ = lstm(e, d(wl), id3 != 0, (ss, ca))
m = multi_head(ya, ya, ya, d(wm), causal=True)
t = attend(m[:, :, None], ya[:, :, None], ya[:, :, None])[:, :, 0]
added = m + t
inner = lambda v: np.maximum(v @ wi.astype(float) + bi, 0)
out_a = inner(added[:, -1] * 0 + hl)
out_b = np.concatenate([ha, np.tanh(hl @ ws.astype(float) + bs)], -1)
out_c = inner(added.mean(1))
inner_model = functional3("head", [
    used(input3("head_in", [5])),
    used(dense3("head_dense", 2, "relu"), ([tensor3("head_in", [5])], {})),
], ["head_in", 0, 0], ["head_dense", 0, 0])
mask_t = tensor3("not_equal", [4], dtype="bool")
layers3 = [
    used(input3("frames", [4, 3])), used(input3("start", [5])), used(input3("words", [4], "int32")),
    used(recurrent3("LSTM", "lstm_a", 5, return_sequences=True, return_state=True),
         ([tensor3("frames", [4, 3])], {})),
    used(dense3("shared", 5, "tanh"), ([tensor3("start", [5])], {}), ([tensor3("lstm_b", [5])], {})),
    used(k3("Embedding", {**embedding3["config"], "name": "embedding_1"}), ([tensor3("words", [4])], {})),
    {"module": "keras.src.ops.numpy", "class_name": "NotEqual", "config": {"name": "not_equal"},
     "registered_name": "NotEqual", "name": "not_equal",
     "inbound_nodes": [{"args": [tensor3("words", [4], dtype="int32"), 0], "kwargs": {}}]},
    used(k3("MultiHeadAttention", {**common3("mha"), "num_heads": 2, "key_dim": 3, "value_dim": 3, "dropout": 0.0,
                                   "use_bias": True, "output_shape": None, "attention_axes": None, **WEIGHTS3,
                                   "seed": None, "query_shape": [None, 4, 5]}),
         ([tensor3("lstm_a", [4, 5])] * 2, {"use_causal_mask": True, "query_mask": None})),
    used(recurrent3("LSTM", "lstm_b", 5),
         ([tensor3("embedding_1", [4, 3])], {"initial_state": [tensor3("shared", [5]), tensor3("lstm_a", [5], 0, 2)],
                                             "mask": mask_t})),
    used(k3("Attention", {**common3("attention"), "score_mode": "dot", "use_scale": False, "dropout": 0.0,
                          "seed": None}), ([[tensor3("mha", [4, 5]), tensor3("lstm_a", [4, 5])]], {})),
    used(k3("Add", common3("add")), ([[tensor3("mha", [4, 5]), tensor3("attention", [4, 5])]], {})),
    used(k3("GlobalAveragePooling1D", {**common3("mean"), "data_format": "channels_last", "keepdims": False}),
         ([tensor3("add", [4, 5])], {})),
    {**inner_model, "name": "head", "inbound_nodes": [
        {"args": [tensor3("lstm_b", [5])], "kwargs": {"mask": None}},
        {"args": [tensor3("mean", [5])], "kwargs": {"mask": None}}]},
    used(k3("Concatenate", {**common3("concatenate"), "axis": -1}),
         ([[tensor3("lstm_a", [5], 0, 1), tensor3("shared", [5], 1)]], {})),
]
model3 = functional3("functional", layers3, [["frames", 0, 0], ["start", 0, 0], ["words", 0, 0]],
                     {"a": ["head", 1, 0], "b": ["concatenate", 0, 0], "c": ["head", 2, 0]})
vars3 = {
    "layers/lstm/cell": wa, "layers/dense": [ws, bs], "layers/embedding": [emb3],
    "layers/multi_head_attention/query_dense": wm[0:2], "layers/multi_head_attention/key_dense": wm[2:4],
    "layers/multi_head_attention/_value_dense": wm[4:6], "layers/multi_head_attention/output_dense": wm[6:8],
    "layers/lstm_1/cell": wl, "layers/functional/layers/dense": [wi, bi],
}
case("Keras 3, Functional: states, shared layers, attention, a model inside",
     keras_bytes(model3, vars3), [x3, s3, id3.astype(np.float32)], [out_a, out_b, out_c])

# --- Keras 2 ---------------------------------------------------------------------------------------------------


def k2(class_name, config):
    return {"class_name": class_name, "config": config}


def plain(value):
    """A Keras 3 config in the words of Keras 2."""
    if isinstance(value, dict):
        if value.get("class_name") == "DTypePolicy":
            return "float32"
        return {key: plain(v) for key, v in value.items() if key not in ("module", "registered_name", "seed")}
    return [plain(v) for v in value] if isinstance(value, list) else value


x4 = draw(3, 5, 2)
w4, g4 = recurrent_weights(2, 3, 4), recurrent_weights(3, 2, 3, (6,))
gb4, bb4, mm4, mv4 = draw(2), draw(2), draw(2), np.abs(draw(2)) + np.float32(0.2)
w4d, b4d = draw(2, 2), draw(2)
y4, _, _ = lstm(x4, d(w4), gate=hard_sigmoid_2)
_, h4 = gru(y4, d(g4), reset_after=False, gate=hard_sigmoid_2, backwards=True)
out4 = (gb4 * (h4 - mm4) / np.sqrt(mv4.astype(float) + 1e-3) + bb4) @ w4d + b4d
layers4 = [plain(layer) for layer in [
    recurrent3("LSTM", "lstm", 3, return_sequences=True, recurrent_activation="hard_sigmoid", implementation=2,
               time_major=False),
    recurrent3("GRU", "gru", 2, recurrent_activation="hard_sigmoid", reset_after=False, go_backwards=True,
               implementation=1),
    k3("BatchNormalization", {"name": "bn", "trainable": True, "dtype": "float32", "axis": [1], "momentum": 0.99,
                              "epsilon": 0.001, **affine3, "moving_mean_initializer": init3("Zeros"),
                              "moving_variance_initializer": init3("Ones")}),
    dense3("dense", 2),
]]
layers4[0]["config"]["batch_input_shape"] = [None, 5, 2]
model4 = k2("Sequential", {"name": "sequential", "layers": [
    k2("InputLayer", {"batch_input_shape": [None, 5, 2], "dtype": "float32", "sparse": False, "ragged": False,
                      "name": "lstm_input"}), *layers4]})
titled = lambda folder, names, arrays: [(f"{folder}/{name}:0", a) for name, a in zip(names, arrays)]
CELL = ["kernel", "recurrent_kernel", "bias"]
weights4 = [("lstm", titled("lstm/lstm_cell", CELL, w4)), ("gru", titled("gru/gru_cell", CELL, g4)),
            ("bn", titled("bn", ["gamma", "beta", "moving_mean", "moving_variance"], [gb4, bb4, mm4, mv4])),
            ("dense", titled("dense", ["kernel", "bias"], [w4d, b4d]))]
training4 = {"loss": "mse", "metrics": ["mae"], "weighted_metrics": None, "loss_weights": None, "optimizer_config": {
    "class_name": "Adam", "config": {"name": "Adam", "learning_rate": 0.002, "decay": 0.0, "beta_1": 0.9,
                                     "beta_2": 0.999, "epsilon": 1e-07, "amsgrad": False}}}
case("tf.keras 2, .h5: hard_sigmoid, reset_after False, go_backwards",
     legacy_bytes(model4, weights4, training=training4), [x4], [out4])
case("Keras 2, .h5: no InputLayer, a list of layers",
     legacy_bytes(k2("Sequential", layers4), weights4, "2.1.6"), [x4], [out4])


def weights_only(f):
    fill_weights(f, weights4, "2.15.0")


case("tf.keras 2, weights alone", h5_bytes(weights_only), [x4], [out4], "weights")
case("tf.keras 2.13, .keras", keras_bytes(plain(model4), {
    "_layer_checkpoint_dependencies/lstm/cell": w4, "_layer_checkpoint_dependencies/gru/cell": g4,
    "_layer_checkpoint_dependencies/batch_normalization": [gb4, bb4, mm4, mv4],
    "_layer_checkpoint_dependencies/dense": [w4d, b4d]}, "2.13.1"), [x4], [out4])

# Layers of cuDNN: their weights as Keras 2 turns those of LSTM and GRU into them
x5 = draw(2, 4, 3)
w5, g5 = recurrent_weights(3, 2, 4), recurrent_weights(2, 3, 3, (2, 9))
y5, _, _ = lstm(x5, d(w5))
_, out5 = gru(y5, d(g5))


def gates(matrix, n, turn):
    return np.hstack([turn(part) for part in np.hsplit(matrix, n)])


def to_cudnn(kernel):
    return kernel.T.reshape(kernel.shape, order="C")


cu_lstm = [gates(w5[0], 4, to_cudnn), gates(w5[1], 4, lambda k: k.T), np.tile(0.5 * w5[2], 2)]
cu_gru = [gates(g5[0], 3, to_cudnn), gates(g5[1], 3, lambda k: k.T), g5[2].reshape(-1)]
drop = ("activation", "recurrent_activation", "use_bias", "dropout", "recurrent_dropout", "implementation", "unroll",
        "reset_after", "zero_output_for_mask")


def cudnn(class_name, layer):
    return k2(class_name, {k: v for k, v in plain(layer)["config"].items() if k not in drop})


layers5 = [cudnn("CuDNNLSTM", recurrent3("LSTM", "cu_dnnlstm", 2, return_sequences=True)),
           cudnn("CuDNNGRU", recurrent3("GRU", "cu_dnngru", 3))]
layers5[0]["config"]["batch_input_shape"] = [None, None, 3]
case("Keras 2, .h5: CuDNNLSTM and CuDNNGRU",
     legacy_bytes(k2("Sequential", {"name": "cudnn", "layers": layers5}),
                  [("cu_dnnlstm", titled("cu_dnnlstm", CELL, cu_lstm)),
                   ("cu_dnngru", titled("cu_dnngru", CELL, cu_gru))], "2.2.4"), [x5], [out5])

# Functional of tf.keras 2: attention by keyword, states as inputs, a model inside counted from 1, BN frozen last
x6, h6 = draw(2, 3, 4), draw(2, 4)
w6 = recurrent_weights(4, 4, 1)
m6 = [draw(4, 2, 2), draw(2, 2), draw(4, 2, 2), draw(2, 2), draw(4, 2, 2), draw(2, 2), draw(2, 2, 4), draw(4)]
i6 = [draw(4), draw(4), draw(4), np.abs(draw(4)) + np.float32(0.2)]
k6, b6 = draw(4, 2), draw(2)


def rnn_from(x, w, h0):
    W, U, b = w
    h = h0
    for t in range(x.shape[1]):
        h = np.tanh(x[:, t] @ W + h @ U + b)
    return h


a6 = multi_head(x6, x6, x6, d(m6))
r6 = rnn_from(a6, d(w6), h6)
out6 = (i6[0] * (r6 - i6[2]) / np.sqrt(i6[3].astype(float) + 1e-3) + i6[1]) @ k6.astype(float) + b6
in2 = lambda name, shape: {**k2("InputLayer", {"batch_input_shape": [None, *shape], "dtype": "float32", "sparse": False,
                                               "ragged": False, "name": name}), "name": name, "inbound_nodes": []}
inside6 = k2("Sequential", {"name": "tail", "layers": [
    plain(k3("BatchNormalization", {**layers4[2]["config"], "name": "bn", "batch_input_shape": [None, 4]})),
    plain(dense3("out", 2))]})
model6 = k2("Functional", {"name": "model", "layers": [
    in2("x", [3, 4]), in2("h", [4]),
    {**plain(k3("MultiHeadAttention", {"name": "mha", "trainable": True, "dtype": "float32", "num_heads": 2,
                                       "key_dim": 2, "value_dim": 2, "dropout": 0.0, "use_bias": True,
                                       "output_shape": None, "attention_axes": [1], "query_shape": [None, 3, 4],
                                       **WEIGHTS3})), "name": "mha",
     "inbound_nodes": [[["x", 0, 0, {"value": ["x", 0, 0]}]]]},
    {**plain(recurrent3("SimpleRNN", "rnn", 4)), "name": "rnn", "inbound_nodes": [[["mha", 0, 0, {}], ["h", 0, 0, {}]]]},
    {**inside6, "name": "tail", "inbound_nodes": [[["rnn", 0, 0, {}]]]},
], "input_layers": [["x", 0, 0], ["h", 0, 0]], "output_layers": [["tail", 1, 0]]})
names6 = [f"mha/{p}/{n}" for p in ("query", "key", "value", "attention_output") for n in ("kernel", "bias")]
tail6 = [("bn/gamma:0", i6[0]), ("bn/beta:0", i6[1]), ("out/kernel:0", k6), ("out/bias:0", b6),
         ("bn/moving_mean:0", i6[2]), ("bn/moving_variance:0", i6[3])]
case("tf.keras 2, .h5: Functional with attention, states and a model inside",
     legacy_bytes(model6, [("x", []), ("h", []), ("mha", [(f"{n}:0", a) for n, a in zip(names6, m6)]),
                           ("rnn", titled("rnn/simple_rnn_cell", CELL, w6)), ("tail", tail6)]),
     [x6, h6], [out6])

# --- training ----------------------------------------------------------------------------------------------------

# A compiled model in the middle of training: the next step of Keras 3's Adam, in double precision
x7, t7 = draw(4, 3), draw(4, 2)
p7 = [draw(3, 2), draw(2)]
m7 = [0.1 * draw(3, 2), 0.1 * draw(2)]
v7 = [np.abs(0.1 * draw(3, 2)), np.abs(0.1 * draw(2))]
config7 = {**sequential3("sequential_7", [input3("input_7", [3]), dense3("dense_7", 2)]), "compile_config": {
    "optimizer": k3("Adam", {
        "name": "adam", "learning_rate": 0.01, "weight_decay": None, "clipnorm": None, "global_clipnorm": None,
        "clipvalue": None, "use_ema": False, "ema_momentum": 0.99, "ema_overwrite_frequency": None,
        "loss_scale_factor": None, "gradient_accumulation_steps": None, "beta_1": 0.8, "beta_2": 0.99,
        "epsilon": 1e-07, "amsgrad": False}, "keras.optimizers"),
    "loss": "mse", "loss_weights": None, "metrics": ["mae"], "weighted_metrics": None, "run_eagerly": False,
    "steps_per_execution": 1, "jit_compile": True}}
error7 = x7.astype(float) @ p7[0] + p7[1] - t7
grad7 = [x7.astype(float).T @ error7 * 2 / error7.size, error7.sum(0) * 2 / error7.size]
alpha7 = 0.01 * np.sqrt(1 - 0.99**4) / (1 - 0.8**4)
next7 = []
for p, m, v, g in zip(p7, m7, v7, grad7):
    m2, v2 = 0.8 * m.astype(float) + 0.2 * g, 0.99 * v.astype(float) + 0.01 * g * g
    next7.append(p - alpha7 * m2 / (np.sqrt(v2) + 1e-7))
state7 = [np.int64(3), np.float32(0.01), m7[0], v7[0], m7[1], v7[1]]
TRAINING = {
    "file": packed(keras_bytes(config7, {"layers/dense": p7, "optimizer": state7})),
    "x": x7.tolist(), "y": t7.tolist(), "loss": float((error7**2).mean()), "mae": float(np.abs(error7).mean()),
    "kernel": next7[0].ravel().tolist(), "bias": next7[1].tolist(),
}

# --- refused ---------------------------------------------------------------------------------------------------

REFUSED = []


def refused(name, layer, message):
    config = sequential3("sequential", [input3("input", [5, 3]), layer])
    REFUSED.append({"name": name, "message": message,
                    "file": packed(keras_bytes(config, {}))})


refused("a Lambda", k3("Lambda", {"name": "lambda", "function": {"class_name": "__lambda__"}}),
        "lambda: a Lambda layer holds code of Python's")
refused("a class of one's own", {**k3("Mine", {"name": "mine"}, None), "registered_name": "package>Mine"},
        "unknown layer 'package>Mine'")
refused("a layer that there is not", k3("Conv2D", {"name": "conv2d", "filters": 3}), "unknown layer 'Conv2D'")
refused("an option with a value that we have not", recurrent3("LSTM", "lstm", 3, time_major=True),
        "lstm (LSTM): time_major is true; read is false alone")
refused("an option that is not known", recurrent3("LSTM", "lstm", 3, zoneouts=0.5),
        "lstm (LSTM): the option zoneouts (0.5) is not known")
refused("an activation that we have not", dense3("dense", 3, "mish"), "unknown activation 'mish'")
refused("an initializer that we have not",
        dense3("dense", 3, kernel_initializer=k3("Mine", {}, "package")), "unknown initializer 'Mine'")

target = Path(__file__).with_name("keras_files.json")
target.write_text(json.dumps({"cases": CASES, "training": TRAINING, "refused": REFUSED}, separators=(",", ":")) + "\n")
print(target.stat().st_size, [c["name"] for c in CASES])
