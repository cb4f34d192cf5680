"""Small ONNX files in which recurrent cells are spelled gate by gate: modules of PyTorch with a loop in Python, exported
step after step; scripted loops, exported as Loop; and bodies of Scan and Loop put together by hand. The outputs are
PyTorch's.

    /usr/bin/python3 test/golden/onnx_cells.py > test/golden/onnx_cells.json
"""
import io
import json
import warnings
from typing import List

import torch
import torch.nn.functional as F
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from onnx_case import case

I, H, T, B = 3, 4, 3, 2


class Cells(nn.Module):
    """A cell in a loop of Python, whose outputs are stacked, batch first, with a dense layer behind."""

    def __init__(self, cell, **options):
        super().__init__()
        self.cell = cell(I, H, **options)
        self.head = nn.Linear(H, 2)

    def forward(self, x):
        state, outputs = None, []
        for t in range(x.shape[1]):
            state = self.cell(x[:, t], state)
            outputs.append(state[0] if isinstance(state, tuple) else state)
        return self.head(torch.stack(outputs, 1))


class Backwards(nn.Module):
    """The same from the last step to the first."""

    def __init__(self, cell):
        super().__init__()
        self.cell = cell(I, H)

    def forward(self, x):
        state, outputs = None, []
        for t in reversed(range(x.shape[0])):
            state = self.cell(x[t], state)
            outputs.append(state[0] if isinstance(state, tuple) else state)
        return torch.stack(outputs[::-1])


class Stack(nn.Module):
    """Two cells above one another, with states going in and out."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.LSTMCell(I, H), nn.LSTMCell(H, H)

    def forward(self, x, h1, c1, h2, c2):
        outputs = []
        for t in range(x.shape[0]):
            h1, c1 = self.first(x[t], (h1, c1))
            h2, c2 = self.second(h1, (h2, c2))
            outputs.append(h2)
        return torch.stack(outputs), h1, c1, h2, c2


class One(nn.Module):
    """One step, whose states go in and out."""

    def __init__(self, cell):
        super().__init__()
        self.cell, self.head = cell(I, H), nn.Linear(H, 2)

    def forward(self, x, *states):
        state = self.cell(x, states if len(states) > 1 else states[0])
        h = state[0] if isinstance(state, tuple) else state
        return (self.head(h), *state) if isinstance(state, tuple) else (self.head(h), h)


class Decoder(nn.Module):
    """A cell that takes what it gave at the step before."""

    def __init__(self):
        super().__init__()
        self.cell, self.head = nn.LSTMCell(2, H), nn.Linear(H, 2)

    def forward(self, x, h, c):
        outputs = []
        for _ in range(T):
            h, c = self.cell(x, (h, c))
            x = torch.tanh(self.head(h))
            outputs.append(x)
        return torch.stack(outputs, 1)


class Gates(nn.Module):
    """A cell of one's own: gates of [x, h] in one product, in another order, or each by itself."""

    def __init__(self, kind):
        super().__init__()
        self.kind = kind
        gates = {"lstm": 4, "hard": 4, "coupled": 3, "peephole": 4, "before": 2, "mirrored": 3}[kind]
        self.joint = nn.Linear(I + H, gates * H)
        self.single = nn.Linear(I, H)
        self.state = nn.Linear(H, H, bias=False)
        self.p = nn.Parameter(torch.randn(3, H))

    def step(self, x, h, c):
        if self.kind == "before":
            z, r = torch.sigmoid(self.joint(torch.cat([x, h], 1))).chunk(2, 1)
            n = torch.tanh(self.single(x) + self.state(r * h))
            return (1 - z) * n + z * h, c
        parts = self.joint(torch.cat([x, h], 1))
        if self.kind == "mirrored":
            r, z, _ = parts.chunk(3, 1)
            z, r = torch.sigmoid(z), torch.sigmoid(r)
            n = torch.relu(self.single(x) + self.state(h) * r)
            return z * n + (1 - z) * h, c
        if self.kind == "coupled":
            o, g, f = parts.chunk(3, 1)
            f = torch.sigmoid(f)
            c = f * c + (1 - f) * torch.tanh(g)
            return torch.tanh(c) * torch.sigmoid(o), c
        o, g, f, i = parts.chunk(4, 1)
        if self.kind == "peephole":
            i, f = torch.sigmoid(i + self.p[0] * c), torch.sigmoid(f + c * self.p[1])
            c = torch.tanh(g) * i + c * f
            return torch.sigmoid(o + self.p[2] * c) * torch.tanh(c), c
        gate = (lambda v: torch.clamp(0.2 * v + 0.5, 0, 1)) if self.kind == "hard" else torch.sigmoid
        c = torch.tanh(g) * gate(i) + c * gate(f)
        return gate(o) * torch.tanh(c), c

    def forward(self, x, h, c=None):
        outputs = []
        for t in range(x.shape[1]):
            h, c = self.step(x[:, t], h, c)
            outputs.append(h)
        return torch.stack(outputs, 1)


class ScriptedCell(nn.Module):
    """A loop over open time around a cell, as a script."""

    def __init__(self):
        super().__init__()
        self.cell, self.head = nn.LSTMCell(I, H), nn.Linear(H, 2)

    def forward(self, x, h, c):
        for t in range(x.size(0)):
            h, c = self.cell(x[t], (h, c))
        return self.head(h), h, c


class ScriptedGates(nn.Module):
    """A loop over open time around the gates of a GRU, as a script that collects outputs in a list."""

    def __init__(self):
        super().__init__()
        self.w, self.u = nn.Parameter(torch.randn(3 * H, I)), nn.Parameter(torch.randn(3 * H, H))
        self.b, self.c = nn.Parameter(torch.randn(3 * H)), nn.Parameter(torch.randn(3 * H))

    def forward(self, x, h):
        outputs = torch.jit.annotate(List[torch.Tensor], [])
        for t in range(x.size(0)):
            ri, zi, ni = F.linear(x[t], self.w, self.b).chunk(3, 1)
            rh, zh, nh = F.linear(h, self.u, self.c).chunk(3, 1)
            z = torch.sigmoid(zi + zh)
            n = torch.tanh(ni + torch.sigmoid(ri + rh) * nh)
            h = n + z * (h - n)
            outputs.append(h)
        return torch.stack(outputs, 0), h


class ScriptedBatchFirst(nn.Module):
    """A loop over the open time of [batch, time, features], around two layers and a dense one."""

    def __init__(self):
        super().__init__()
        self.first, self.second, self.head = nn.Linear(I + H, 4 * H), nn.Linear(2 * H, 4 * H), nn.Linear(H, 2)

    def forward(self, x, h1, c1, h2, c2):
        outputs = torch.jit.annotate(List[torch.Tensor], [])
        for t in range(x.size(1)):
            i, f, g, o = self.first(torch.cat([x[:, t], h1], 1)).chunk(4, 1)
            c1 = torch.sigmoid(f) * c1 + torch.sigmoid(i) * torch.tanh(g)
            h1 = torch.sigmoid(o) * torch.tanh(c1)
            i, f, g, o = self.second(torch.cat([h1, h2], 1)).chunk(4, 1)
            c2 = torch.sigmoid(f) * c2 + torch.sigmoid(i) * torch.tanh(g)
            h2 = torch.sigmoid(o) * torch.tanh(c2)
            outputs.append(torch.tanh(self.head(h2)))
        return torch.stack(outputs, 1), h1, c1, h2, c2


class Near(nn.Module):
    """Gates that are those of no cell: the output gate is multiplied once more."""

    def __init__(self):
        super().__init__()
        self.joint = nn.Linear(I + H, 4 * H)

    def forward(self, x, h, c):
        for t in range(x.shape[1]):
            i, f, g, o = self.joint(torch.cat([x[:, t], h], 1)).chunk(4, 1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.sigmoid(o) * torch.tanh(c)
        return h


def exported(seed, name, net, inputs, names, outputs, axes, kinds, opset=14, script=False):
    net = net.eval()
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(torch.jit.script(net) if script else net, tuple(inputs), file, input_names=names,
                          output_names=outputs, dynamic_axes=axes, opset_version=opset)
    with torch.no_grad():
        given = net(*inputs)
    return case(name, file.getvalue(), dict(zip(names, inputs)),
                dict(zip(outputs, given if isinstance(given, tuple) else (given,))), kinds)


def info(name, *shape):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape))


def scanned(name, backwards, batch_first, kind):
    """A Scan around the gates of a cell."""
    G = {"lstm": 4, "gru": 3, "rnn": 1}[kind]
    w, u, b = torch.randn(I, G * H), torch.randn(H, G * H), torch.randn(G * H)
    x = torch.randn(B, T, I) if batch_first else torch.randn(T, B, I)
    node = helper.make_node
    nodes = [node("MatMul", ["x_t", "w"], ["xw"]), node("MatMul", ["h_in", "u"], ["hu"]),
             node("Add", ["xw", "b"], ["xb"])]
    states = ["h", "c"] if kind == "lstm" else ["h"]
    constants = [numpy_helper.from_array(w.numpy(), "w"), numpy_helper.from_array(u.numpy(), "u"),
                 numpy_helper.from_array(b.numpy(), "b")]
    if kind == "rnn":
        nodes += [node("Add", ["hu", "xb"], ["a"]), node("Tanh", ["a"], ["h_out"])]
    elif kind == "gru":
        nodes += [
            node("Split", ["xb"], ["zx", "rx", "nx"], axis=1), node("Split", ["hu"], ["zh", "rh", "nh"], axis=1),
            node("Add", ["zx", "zh"], ["za"]), node("Sigmoid", ["za"], ["z"]),
            node("Add", ["rh", "rx"], ["ra"]), node("Sigmoid", ["ra"], ["r"]),
            node("Mul", ["r", "nh"], ["rn"]), node("Add", ["nx", "rn"], ["na"]), node("Tanh", ["na"], ["n"]),
            node("Sub", ["one", "z"], ["y"]), node("Mul", ["y", "n"], ["yn"]), node("Mul", ["z", "h_in"], ["zh_"]),
            node("Add", ["yn", "zh_"], ["h_out"])]
        constants.append(numpy_helper.from_array(torch.ones(1).numpy(), "one"))
    else:
        nodes += [
            node("Add", ["hu", "xb"], ["a"]), node("Split", ["a"], ["fa", "ia", "oa", "ga"], axis=1),
            node("Sigmoid", ["fa"], ["f"]), node("Sigmoid", ["ia"], ["i"]), node("Sigmoid", ["oa"], ["o"]),
            node("Tanh", ["ga"], ["g"]), node("Mul", ["g", "i"], ["gi"]), node("Mul", ["c_in", "f"], ["cf"]),
            node("Add", ["gi", "cf"], ["c_out"]), node("Tanh", ["c_out"], ["tc"]), node("Mul", ["tc", "o"], ["h_out"])]
    nodes.append(node("Identity", ["h_out"], ["y_t"]))
    body = helper.make_graph(nodes, "body", [info(f"{s}_in", "batch", H) for s in states] + [info("x_t", "batch", I)],
                             [info(f"{s}_out", "batch", H) for s in states] + [info("y_t", "batch", H)])
    axis = 1 if batch_first else 0
    scan = node("Scan", [f"{s}0" for s in states] + ["x"], [f"{s}_n" for s in states] + ["y"], body=body,
                num_scan_inputs=1, scan_input_axes=[axis], scan_output_axes=[axis],
                scan_input_directions=[int(backwards)], scan_output_directions=[int(backwards)])
    shape = ["batch", "time", I] if batch_first else ["time", "batch", I]
    graph = helper.make_graph([scan], "scan", [info("x", *shape)] + [info(f"{s}0", "batch", H) for s in states],
                              [info("y")] + [info(f"{s}_n") for s in states], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)])
    given = {s: torch.randn(B, H) for s in states}
    h, c = given["h"], given.get("c")
    steps = x.unbind(axis)
    ys = []
    for x_t in reversed(steps) if backwards else steps:
        if kind == "rnn":
            h = torch.tanh(x_t @ w + b + h @ u)
        elif kind == "gru":
            (zx, rx, nx), (zh, rh, nh) = (x_t @ w + b).chunk(3, 1), (h @ u).chunk(3, 1)
            z, r = torch.sigmoid(zx + zh), torch.sigmoid(rx + rh)
            h = (1 - z) * torch.tanh(nx + r * nh) + z * h
        else:
            f, i, o, g = (x_t @ w + b + h @ u).chunk(4, 1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
        ys.append(h)
    y = torch.stack(ys[::-1] if backwards else ys, axis)
    outputs = {"y": y, "h_n": h, **({"c_n": c} if kind == "lstm" else {})}
    kinds = [{"rnn": "simpleRNN"}.get(kind, kind)] + (["reverse"] if backwards else [])
    return case(name, model.SerializeToString(), {"x": x, **{f"{s}0": v for s, v in given.items()}}, outputs, kinds)


def cases():
    torch.manual_seed(11)
    x, turned = torch.randn(B, T, I), torch.randn(T, B, I)
    h, c = torch.randn(B, H), torch.randn(B, H)
    batch, state = {0: "batch"}, {"h": {0: "batch"}, "c": {0: "batch"}}
    states = {f"{s}{k}": {0: "batch"} for k in (1, 2) for s in "hc"}
    four = ["h1", "c1", "h2", "c2"]
    result = []
    for seed, (cell, kind, options) in enumerate([
            (nn.LSTMCell, "lstm", {}), (nn.GRUCell, "gru", {}), (nn.RNNCell, "simpleRNN", {}),
            (nn.RNNCell, "simpleRNN", {"nonlinearity": "relu"}), (nn.LSTMCell, "lstm", {"bias": False}),
            (nn.GRUCell, "gru", {"bias": False})]):
        torch.manual_seed(20 + seed)
        name = f"{cell.__name__} step by step {options}"
        result.append(exported(seed, name, Cells(cell, **options), [x], ["x"], ["y"], {"x": batch}, [kind, "dense"]))
    torch.manual_seed(30)
    result.append(exported(0, "LSTMCell step by step, a batch of one size", Cells(nn.LSTMCell), [x], ["x"], ["y"], None,
                           ["lstm", "dense"]))
    for cell, kind in [(nn.LSTMCell, "lstm"), (nn.GRUCell, "gru")]:
        result.append(exported(0, f"{cell.__name__} backwards", Backwards(cell), [turned], ["x"], ["y"],
                               {"x": {1: "batch"}}, [kind, "reverse"]))
    result.append(exported(0, "two LSTMCells with states in and out", Stack(), [turned, h, c, 2 * h, -c],
                           ["x", *four], ["y", "p", "q", "r", "s"], {"x": {1: "batch"}, **states}, ["lstm", "lstm"]))
    for cell, kind, given in [(nn.LSTMCell, "lstm", ["h", "c"]), (nn.GRUCell, "gru", ["h"])]:
        result.append(exported(0, f"one step of {cell.__name__}", One(cell), [x[:, 0], h, c][: 1 + len(given)],
                               ["x", *given], ["y", *[f"{s}_n" for s in given]], {"x": batch, **state}, [kind, "dense"]))
    result.append(exported(0, "an LSTMCell that takes its own output", Decoder(), [x[:, 0, :2], h, c], ["x", "h", "c"],
                           ["y"], {"x": batch, **state}, ["lstm", "dense"]))
    for kind, found in [("lstm", "lstm"), ("hard", "lstm"), ("coupled", "lstm"), ("peephole", "lstm"), ("before", "gru"),
                        ("mirrored", "gru")]:
        given = [x, h, c] if found == "lstm" else [x, h]
        result.append(exported(0, f"gates of one's own: {kind}", Gates(kind), given, ["x", "h", "c"][:len(given)], ["y"],
                               {"x": batch, **state}, [found]))
    result.append(exported(0, "gates of no cell", Near(), [x, h, c], ["x", "h", "c"], ["y"], {"x": batch, **state}, []))
    time = {"x": {0: "time", 1: "batch"}, **state}
    result.append(exported(0, "a Loop around an LSTMCell", ScriptedCell(), [turned, h, c], ["x", "h", "c"],
                           ["y", "h_n", "c_n"], time, ["lstm", "dense"], script=True))
    for opset in (11, 14):
        result.append(exported(0, f"a Loop around gates, opset {opset}", ScriptedGates(), [turned, h], ["x", "h"],
                               ["y", "h_n"], time, ["gru"], opset=opset, script=True))
    result.append(exported(0, "a Loop around two layers", ScriptedBatchFirst(), [x, h, c, -h, 2 * c], ["x", *four],
                           ["y", "p", "q", "r", "s"], {"x": {0: "batch", 1: "time"}, **states},
                           ["lstm", "lstm", "dense"], script=True))
    for kind in ["lstm", "gru", "rnn"]:
        for backwards in (False, True):
            for first in (False, True):
                name = f"a Scan around {kind}{', backwards' if backwards else ''}{', batch first' if first else ''}"
                result.append(scanned(name, backwards, first, kind))
    return result


print(json.dumps({"cases": cases()}, separators=(",", ":")))
