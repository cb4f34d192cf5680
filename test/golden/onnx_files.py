"""Small ONNX files: recurrent operators over their attributes, with outputs by the equations of
https://onnx.ai/onnx/operators in double precision; and models that PyTorch exports, with its outputs.

    /usr/bin/python3 test/golden/onnx_files.py > test/golden/onnx_files.json
"""
import base64
import io
import json
import warnings

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

ALPHA = {"Affine": 1.0, "LeakyRelu": 0.01, "ThresholdedRelu": 1.0, "ScaledTanh": 1.0, "HardSigmoid": 0.2, "Elu": 1.0}
BETA = {"Affine": 0.0, "ScaledTanh": 1.0, "HardSigmoid": 0.5}
GATES = {"RNN": 1, "GRU": 3, "LSTM": 4}
DEFAULT = {"RNN": ["Tanh"], "GRU": ["Sigmoid", "Tanh"], "LSTM": ["Sigmoid", "Tanh", "Tanh"]}


def function(name, a, b):
    return {
        "Tanh": np.tanh,
        "Sigmoid": lambda x: 1 / (1 + np.exp(-x)),
        "Relu": lambda x: np.maximum(x, 0),
        "Softsign": lambda x: x / (1 + abs(x)),
        "Softplus": lambda x: np.log1p(np.exp(x)),
        "Affine": lambda x: a * x + b,
        "LeakyRelu": lambda x: np.where(x >= 0, x, a * x),
        "ThresholdedRelu": lambda x: np.where(x > a, x, 0),
        "ScaledTanh": lambda x: a * np.tanh(b * x),
        "HardSigmoid": lambda x: np.clip(a * x + b, 0, 1),
        "Elu": lambda x: np.where(x >= 0, x, a * (np.exp(x) - 1)),
    }[name]


def functions(names, alphas, betas, bound):
    """`bound` is clip: it holds for the argument of every activation, that of h included."""
    alphas, betas = list(alphas), list(betas)
    result = []
    for name in names:
        a = (alphas.pop(0) if alphas else ALPHA[name]) if name in ALPHA else 0
        b = (betas.pop(0) if betas else BETA[name]) if name in BETA else 0
        act = function(name, a, b)
        result.append(act if bound is None else lambda x, act=act: act(np.clip(x, -bound, bound)))
    return result


def one_way(op, x, w, r, b, p, h, c, acts, lengths, attributes):
    """x [T, B, I] in the order of reading; gives y [T, B, H], and the last h and c."""
    hidden = r.shape[-1]
    wb, rb = np.split(b, 2)
    ys = []
    for t in range(len(x)):
        on = (t < lengths)[:, None]
        if op == "RNN":
            new_h, new_c = acts[0](x[t] @ w.T + h @ r.T + wb + rb), c
        elif op == "GRU":
            wz, wr, wh = np.split(x[t] @ w.T + wb, 3, axis=1)
            rz, rr, rh = np.split(r, 3)
            bz, br, bh = np.split(rb, 3)
            z = acts[0](wz + h @ rz.T + bz)
            reset = acts[0](wr + h @ rr.T + br)
            if attributes.get("linear_before_reset"):
                new = acts[1](wh + reset * (h @ rh.T + bh))
            else:
                new = acts[1](wh + (reset * h) @ rh.T + bh)
            new_h, new_c = (1 - z) * new + z * h, c
        else:
            i, o, f, g = np.split(x[t] @ w.T + h @ r.T + wb + rb, 4, axis=1)
            pi, po, pf = np.split(p, 3)
            i = acts[0](i + pi * c)
            f = 1 - i if attributes.get("input_forget") else acts[0](f + pf * c)
            new_c = f * c + i * acts[1](g)
            new_h = acts[0](o + po * new_c) * acts[2](new_c)
        h, c = np.where(on, new_h, h), np.where(on, new_c, c)
        ys.append(np.where(on, h, 0))
    return np.stack(ys), h, c


def turned(x, lengths):
    """Each sequence of x [T, B, ...] read from its end; what lies behind the end stays there."""
    result = x.copy()
    for n, length in enumerate(lengths):
        result[:length, n] = x[:length, n][::-1]
    return result


def reference(op, values, attributes):
    layout = attributes.get("layout", 0)
    x = values["X"].astype(float)
    x = x.swapaxes(0, 1) if layout else x
    steps, batch, _ = x.shape
    hidden = attributes["hidden_size"]
    direction = attributes.get("direction", "forward")
    ways = 2 if direction == "bidirectional" else 1
    lengths = values.get("sequence_lens", np.full(batch, steps))
    names = attributes.get("activations", DEFAULT[op] * ways)
    acts = functions(names, attributes.get("activation_alpha", []), attributes.get("activation_beta", []),
                     attributes.get("clip"))
    outputs = []
    for d in range(ways):
        def own(name, shape):
            return values[name][d].astype(float) if name in values else np.zeros(shape)

        def state(name):
            if name not in values:
                return np.zeros((batch, hidden))
            given = values[name].astype(float)
            return given[:, d] if layout else given[d]

        backwards = direction == "reverse" or d == 1
        y, h, c = one_way(
            op, turned(x, lengths) if backwards else x, own("W", 0), own("R", 0),
            own("B", 2 * GATES[op] * hidden), own("P", 3 * hidden), state("initial_h"), state("initial_c"),
            acts[d * len(DEFAULT[op]):(d + 1) * len(DEFAULT[op])], lengths, attributes)
        outputs.append((turned(y, lengths) if backwards else y, h, c))
    y, h, c = (np.stack(list(part)) for part in zip(*outputs))
    y = y.transpose(2, 1, 0, 3) if layout else y.transpose(1, 0, 2, 3)
    return [y] + [s.swapaxes(0, 1) if layout else s for s in (h, c)][: 2 if op == "LSTM" else 1]


CASES = [
    ("RNN", {"direction": "reverse"}, ["B"]),
    ("RNN", {"direction": "bidirectional", "activations": ["Relu", "Softsign"]}, ["B", "initial_h"]),
    ("RNN", {"activations": ["Affine"], "activation_alpha": [0.5], "activation_beta": [0.25]}, []),
    ("RNN", {"activations": ["ScaledTanh"], "activation_alpha": [1.0], "activation_beta": [0.75], "layout": 1},
     ["initial_h"]),
    ("GRU", {}, ["B"]),
    ("GRU", {"linear_before_reset": 1}, ["B", "initial_h"]),
    ("GRU", {"linear_before_reset": 1, "direction": "reverse", "layout": 1}, []),
    ("GRU", {"direction": "bidirectional", "activations": ["HardSigmoid", "Softsign", "Sigmoid", "Relu"]}, ["B"]),
    ("GRU", {"linear_before_reset": 1, "activations": ["HardSigmoid", "Affine"], "activation_alpha": [0.3, 0.5],
             "activation_beta": [0.4, 0.1]}, ["B"]),
    ("GRU", {"direction": "bidirectional"}, ["B", "sequence_lens"]),
    ("LSTM", {}, ["B"]),
    ("LSTM", {"direction": "reverse"}, ["B", "initial_h", "initial_c", "P"]),
    ("LSTM", {"input_forget": 1}, ["B", "initial_c"]),
    ("LSTM", {"input_forget": 1, "direction": "bidirectional", "layout": 1}, ["P", "initial_h"]),
    ("LSTM", {"direction": "bidirectional", "activations": ["HardSigmoid", "Tanh", "Tanh", "Sigmoid", "Relu", "Relu"],
              "activation_alpha": [0.25]}, ["B", "P"]),
    ("LSTM", {"activations": ["Sigmoid", "Softsign", "Softsign"]}, ["B", "sequence_lens", "initial_h", "initial_c"]),
    ("LSTM", {"direction": "reverse"}, ["B", "sequence_lens"]),
    ("RNN", {"clip": 0.5}, ["B"]),
    ("RNN", {"activations": ["ThresholdedRelu"], "activation_alpha": [0.3], "direction": "reverse"}, ["B", "initial_h"]),
    ("GRU", {"clip": 0.4, "direction": "bidirectional", "linear_before_reset": 1}, ["B", "sequence_lens"]),
    ("GRU", {"activations": ["HardSigmoid", "LeakyRelu"], "activation_alpha": [0.3, 0.1], "activation_beta": [0.4]},
     ["B", "initial_h"]),
    ("LSTM", {"clip": 0.3, "direction": "bidirectional"}, ["B", "P", "initial_h", "initial_c"]),
    ("LSTM", {"activations": ["Softsign", "Elu", "ScaledTanh"], "activation_alpha": [0.8, 0.9], "activation_beta": [0.7],
              "input_forget": 1, "layout": 1}, ["P", "sequence_lens"]),
]


def values_of(rng, op, attributes, inputs):
    steps, batch, features, hidden = 5, 3, 3, 4
    ways = 2 if attributes.get("direction") == "bidirectional" else 1
    rows = GATES[op] * hidden
    swap = bool(attributes.get("layout"))
    state = (batch, ways, hidden) if swap else (ways, batch, hidden)
    shapes = {
        "X": (batch, steps, features) if swap else (steps, batch, features),
        "W": (ways, rows, features), "R": (ways, rows, hidden), "B": (ways, 2 * rows),
        "initial_h": state, "initial_c": state, "P": (ways, 3 * hidden),
    }
    values = {}
    for name in ["X", "W", "R"] + inputs:
        if name == "sequence_lens":
            values[name] = np.array([5, 2, 4], np.int32)
        else:
            values[name] = (rng.normal(size=shapes[name]) * (1 if name == "X" else 0.6)).astype(np.float32)
    return values


def recurrent_case(seed, op, attributes, inputs):
    values = values_of(np.random.default_rng(seed), op, attributes, inputs)
    attributes = {"hidden_size": 4, **attributes}
    order = ["X", "W", "R", "B", "sequence_lens", "initial_h"] + (["initial_c", "P"] if op == "LSTM" else [])
    names = [name if name in values else "" for name in order]
    while names[-1] == "":
        names.pop()
    outputs = ["Y", "Y_h"] + (["Y_c"] if op == "LSTM" else [])
    fed = [n for n in ["X", "sequence_lens", "initial_h", "initial_c"] if n in values]
    infos = [helper.make_tensor_value_info(
        n, TensorProto.INT32 if n == "sequence_lens" else TensorProto.FLOAT, list(values[n].shape)) for n in fed]
    constants = [numpy_helper.from_array(values[n], n) for n in values if n not in fed]
    node = helper.make_node(op, names, outputs, name="cell", **attributes)
    ends = [helper.make_tensor_value_info(n, TensorProto.FLOAT, None) for n in outputs]
    graph = helper.make_graph([node], "recurrent", infos, ends, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)])
    expected = dict(zip(outputs, reference(op, values, attributes)))
    return {
        "name": " ".join([op, *(f"{k}={v}" for k, v in attributes.items() if k != "hidden_size"), *inputs]),
        "file": base64.b64encode(model.SerializeToString()).decode(),
        "inputs": {n: tensor(values[n]) for n in fed},
        "outputs": {n: tensor(v) for n, v in expected.items()},
    }


def tensor(array):
    return {"data": [round(float(v), 9) for v in array.ravel()], "shape": list(array.shape)}


class Last(torch.nn.Module):
    """The last output of an LSTM, batch first, through a dense layer."""

    def __init__(self):
        super().__init__()
        self.rnn = torch.nn.LSTM(3, 4, batch_first=True)
        self.head = torch.nn.Linear(4, 2)

    def forward(self, x):
        return torch.softmax(self.head(self.rnn(x)[0][:, -1]), dim=-1)


class Stack(torch.nn.Module):
    """Two bidirectional GRU layers, normalised, with a dense layer at every step."""

    def __init__(self):
        super().__init__()
        self.rnn = torch.nn.GRU(3, 4, num_layers=2, bidirectional=True)
        self.first, self.second = torch.nn.Linear(8, 5), torch.nn.Linear(5, 8)

    def forward(self, x):
        y, _ = self.rnn(x)
        return y + self.second(torch.tanh(self.first(y)))


class Words(torch.nn.Module):
    """An embedding in front of an RNN, whose last states of both directions are joined."""

    def __init__(self):
        super().__init__()
        self.words = torch.nn.Embedding(7, 3)
        self.rnn = torch.nn.RNN(3, 4, batch_first=True, bidirectional=True)
        self.head = torch.nn.Linear(8, 1)

    def forward(self, ids):
        _, h = self.rnn(self.words(ids))
        return torch.sigmoid(self.head(torch.cat([h[0], h[1]], dim=1)))


class States(torch.nn.Module):
    """An LSTM with its states going in and out."""

    def __init__(self):
        super().__init__()
        self.rnn = torch.nn.LSTM(3, 4)

    def forward(self, x, h, c):
        y, (h, c) = self.rnn(x, (h, c))
        return y, h, c


class Perceptron(torch.nn.Module):
    """Dense layers on flattened sequences."""

    def __init__(self):
        super().__init__()
        self.net = torch.nn.Sequential(
            torch.nn.Flatten(), torch.nn.Linear(15, 6), torch.nn.ReLU(), torch.nn.Dropout(0.5), torch.nn.Linear(6, 2))

    def forward(self, x):
        return self.net(x)


class Convolved(torch.nn.Module):
    """Convolutions, pooled and normalised, with an average over time."""

    def __init__(self):
        super().__init__()
        self.net = torch.nn.Sequential(
            torch.nn.Conv1d(3, 4, 3, padding=1), torch.nn.ReLU(), torch.nn.BatchNorm1d(4), torch.nn.MaxPool1d(2),
            torch.nn.Conv1d(4, 6, 2, dilation=2, groups=2, bias=False), torch.nn.Tanh(), torch.nn.AvgPool1d(2, 1),
            torch.nn.AdaptiveAvgPool1d(1), torch.nn.Flatten(), torch.nn.Linear(6, 2))
        norm = self.net[2]
        norm.running_mean += torch.randn(4)
        norm.running_var += torch.rand(4)

    def forward(self, x):
        return self.net(x)


def exported(seed, module, inputs, names, outputs, axes):
    torch.manual_seed(seed)
    net = module().eval()
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(net, tuple(inputs), file, input_names=names, output_names=outputs, dynamic_axes=axes,
                          opset_version=14)
    with torch.no_grad():
        given = net(*inputs)
    given = given if isinstance(given, tuple) else (given,)
    return {
        "name": module.__doc__,
        "file": base64.b64encode(file.getvalue()).decode(),
        "inputs": {n: tensor(v.numpy()) for n, v in zip(names, inputs)},
        "outputs": {n: tensor(v.numpy()) for n, v in zip(outputs, given)},
    }


def exports():
    torch.manual_seed(3)
    x = torch.randn(5, 3, 3)
    ids = torch.randint(0, 7, (2, 5))
    h, c = torch.randn(1, 3, 4), torch.randn(1, 3, 4)
    both = {0: "batch", 1: "time"}
    return [
        exported(1, Last, [x], ["x"], ["y"], {"x": both, "y": {0: "batch"}}),
        exported(2, Last, [x[:1]], ["x"], ["y"], None),
        exported(3, Stack, [x], ["x"], ["y"], {"x": {0: "time", 1: "batch"}}),
        exported(4, Words, [ids], ["ids"], ["y"], {"ids": both}),
        exported(5, States, [x, h, c], ["x", "h", "c"], ["y", "h_n", "c_n"], {"x": {0: "time", 1: "batch"}}),
        exported(7, Convolved, [torch.randn(3, 3, 14)], ["x"], ["y"], {"x": {0: "batch"}}),
        exported(6, Perceptron, [torch.randn(3, 5, 3)], ["x"], ["y"], {"x": {0: "batch"}}),
    ]


recurrent = [recurrent_case(i, *case) for i, case in enumerate(CASES)]
print(json.dumps({"recurrent": recurrent, "exports": exports()}, separators=(",", ":")))
