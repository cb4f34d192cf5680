"""Small ONNX files with attention spelled by products and softmax, as PyTorch exports it, and as operators, put together by
hand; with layer normalization and GELU spelled out, and with transposed convolutions. The outputs are PyTorch's.

    /usr/bin/python3 test/golden/onnx_attention.py > test/golden/onnx_attention.json
"""
import io
import json
import math
import warnings

import torch
import torch.nn.functional as F
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from onnx_case import case

B, T, S, E, N = 2, 4, 3, 8, 2


def exported(name, net, inputs, names, axes, kinds, opset=14):
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(net, tuple(inputs), file, input_names=names, output_names=["y"], dynamic_axes=axes,
                          opset_version=opset, training=torch.onnx.TrainingMode.PRESERVE)
    with torch.no_grad():
        y = net(*inputs)
    return case(name, file.getvalue(), dict(zip(names, inputs)), {"y": y}, kinds)


class Single(nn.Module):
    """One head, of inputs as they come."""

    def forward(self, q, k, v):
        return torch.softmax(q @ k.transpose(-2, -1) / math.sqrt(E), -1) @ v


class Heads(nn.Module):
    """Self-attention of several heads, with a mask of ones above the diagonal or without."""

    def __init__(self, causal, joint=False):
        super().__init__()
        self.causal, self.joint = causal, joint
        self.all = nn.Linear(E, 3 * E)
        self.q, self.k, self.v, self.out = nn.Linear(E, E), nn.Linear(E, E), nn.Linear(E, E), nn.Linear(E, E)

    def forward(self, x):
        def heads(v):
            return v.view(v.shape[0], v.shape[1], N, E // N).transpose(1, 2)

        parts = self.all(x).split(E, -1) if self.joint else (self.q(x), self.k(x), self.v(x))
        q, k, v = (heads(part) for part in parts)
        scores = q @ k.transpose(-2, -1) * (1 / math.sqrt(E // N))
        if self.causal:
            scores = scores + torch.full((x.shape[1], x.shape[1]), -math.inf).triu(1)
        y = torch.softmax(scores, -1) @ v
        return self.out(y.transpose(1, 2).reshape(x.shape[0], x.shape[1], E))


class Module(nn.Module):
    """A module of PyTorch on one input."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        y = self.inner(x, x, x) if isinstance(self.inner, nn.MultiheadAttention) else self.inner(x)
        return y[0] if isinstance(y, tuple) else y


def info(name, *shape, kind=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, kind, list(shape))


def operator(name, op, attributes, inputs, shapes, constants, y, kinds, domain="", types=None):
    """A file of one operator; shapes of inputs are as the file says them."""
    names = list(inputs) + list(constants)
    node = helper.make_node(op, names, ["y"], domain=domain, **attributes)
    infos = [info(n, *shape, kind=(types or {}).get(n, TensorProto.FLOAT)) for n, shape in shapes.items()]
    graph = helper.make_graph([node], "g", infos, [info("y")],
                              [numpy_helper.from_array(v.numpy(), n) for n, v in constants.items()])
    opsets = [helper.make_opsetid("", 23)] + ([helper.make_opsetid(domain, 1)] if domain else [])
    model = helper.make_model(graph, opset_imports=opsets)
    return case(name, model.SerializeToString(), inputs, {"y": y}, kinds)


def attend(q, k, v, scale=None, mask=None):
    """Heads apart: [B, N, T, D]; keys of fewer heads are shared."""
    k, v = (part.repeat_interleave(q.shape[1] // part.shape[1], 1) for part in (k, v))
    scores = q @ k.transpose(-2, -1) * (scale or 1 / math.sqrt(q.shape[-1]))
    return torch.softmax(scores if mask is None else scores + mask, -1) @ v


def split(x, n):
    return x.view(x.shape[0], x.shape[1], n, -1).transpose(1, 2)


def joined(x):
    return x.transpose(1, 2).reshape(x.shape[0], x.shape[2], -1)


def operators():
    q, k, v = torch.randn(B, T, E), torch.randn(B, S, E), torch.randn(B, S, E)
    flat = {"q": ["batch", "time", E], "k": ["batch", "keys", E], "v": ["batch", "keys", E]}
    known = {"q": ["batch", T, E], "k": ["batch", S, E], "v": ["batch", S, E]}
    apart = {n: ["batch", N, shape[1], E // N] for n, shape in known.items()}
    given = {"q": q, "k": k, "v": v}
    heads = {"q_num_heads": N, "kv_num_heads": N}
    y = joined(attend(*(split(part, N) for part in (q, k, v))))
    yield operator("Attention, 3 axes", "Attention", heads, given, flat, {}, y, ["attention"])
    yield operator("Attention, 4 axes, a scale", "Attention", {"scale": 0.3},
                   {n: split(part, N).contiguous() for n, part in given.items()}, apart, {},
                   attend(*(split(part, N) for part in (q, k, v)), scale=0.3), ["pointwise", "attention"])
    wide = torch.randn(B, T, 2 * E)
    yield operator("Attention, shared keys", "Attention", {"q_num_heads": 2 * N, "kv_num_heads": N}, {**given, "q": wide},
                   {**flat, "q": ["batch", "time", 2 * E]}, {},
                   joined(attend(split(wide, 2 * N), split(k, N), split(v, N))), ["attention"])
    above = torch.full((T, T), -math.inf).triu(1)
    own = {"q": q, "k": q * 0.5, "v": q - 1}
    yield operator("Attention, causal", "Attention", {**heads, "is_causal": 1}, own,
                   {n: ["batch", "time", E] for n in "qkv"}, {},
                   joined(attend(*(split(part, N) for part in own.values()), mask=above)), ["attention"])
    seen = torch.tensor([[1, 0, 1], [0, 1, 1], [1, 1, 1], [1, 0, 0]], dtype=torch.bool)
    hidden = torch.where(seen, 0.0, -math.inf)
    masked = joined(attend(*(split(part, N) for part in (q, k, v)), mask=hidden))
    yield operator("Attention, a mask of booleans", "Attention", heads, given, known, {"mask": seen}, masked, ["attention"])
    yield operator("Attention, a mask of infinities", "Attention", heads, given, known, {"mask": hidden}, masked,
                   ["attention"])
    each = torch.stack([seen, ~seen | torch.eye(T, S, dtype=torch.bool)])[:, None]
    yield operator("Attention, a mask that goes in", "Attention", heads, {**given, "mask": each.float()},
                   {**known, "mask": ["batch", 1, T, S]}, {},
                   joined(attend(*(split(part, N) for part in (q, k, v)), mask=torch.where(each, 0.0, -math.inf))),
                   ["attention"], types={"mask": TensorProto.BOOL})
    bias = torch.randn(T, S)
    yield operator("Attention, a mask that weighs", "Attention", heads, given, known, {"mask": bias},
                   joined(attend(*(split(part, N) for part in (q, k, v)), mask=bias)), [])
    w, b = torch.randn(E, 3 * E), torch.randn(3 * E)
    parts = (q @ w + b).split(E, -1)
    ms = "com.microsoft"
    yield operator("Attention of com.microsoft", "Attention", {"num_heads": N}, {"x": q}, {"x": flat["q"]},
                   {"w": w, "b": b}, joined(attend(*(split(part, N) for part in parts))), ["attention"], ms)
    yield operator("Attention of com.microsoft, causal", "Attention", {"num_heads": N, "unidirectional": 1}, {"x": q},
                   {"x": flat["q"]}, {"w": w, "b": b},
                   joined(attend(*(split(part, N) for part in parts), mask=above)), ["attention"], ms)
    biased = [part + own for part, own in zip((q, k, v), b.split(E))]
    yield operator("MultiHeadAttention of com.microsoft", "MultiHeadAttention", {"num_heads": N}, given, flat, {"b": b},
                   joined(attend(*(split(part, N) for part in biased))), ["attention"], ms)
    gamma, beta = torch.randn(E), torch.randn(E)
    yield operator("SkipLayerNormalization", "SkipLayerNormalization", {"epsilon": 1e-4}, {"x": q, "skip": q * q},
                   {"x": flat["q"], "skip": flat["q"]}, {"g": gamma, "beta": beta, "bias": b[:E].clone()},
                   F.layer_norm(q + q * q + b[:E], (E,), gamma, beta, 1e-4), ["add", "layerNormalization"], ms)
    yield operator("BiasGelu", "BiasGelu", {}, {"x": q}, {"x": flat["q"]}, {"b": gamma}, F.gelu(q + gamma),
                   ["activation"], ms)
    yield operator("FastGelu", "FastGelu", {}, {"x": q}, {"x": flat["q"]}, {"b": gamma},
                   F.gelu(q + gamma, approximate="tanh"), ["pointwise"], ms)


def cases():
    torch.manual_seed(17)
    x, z = torch.randn(B, T, E), torch.randn(T, B, E)
    k, v = torch.randn(B, S, E), torch.randn(B, S, E)
    both = {"x": {0: "batch", 1: "time"}}
    three = {n: {0: "batch", 1: "time" if n == "q" else "keys"} for n in "qkv"}
    result = [exported("one head", Single(), [x, k, v], ["q", "k", "v"], three, ["attention"])]
    for causal in (False, True):
        for joint in (False, True):
            for axes, what in ((both, "of open length"), ({"x": {0: "batch"}}, "of known length")):
                name = f"heads {what}{', causal' if causal else ''}{', of one product' if joint else ''}"
                result.append(exported(name, Heads(causal, joint), [x], ["x"], axes, ["multiHeadAttention"]))
    turned = {"x": {0: "time", 1: "batch"}}
    mha = nn.MultiheadAttention(E, N)
    result.append(exported("MultiheadAttention", Module(mha), [z], ["x"], turned, ["multiHeadAttention"]))
    result.append(exported("MultiheadAttention, batch first", Module(nn.MultiheadAttention(E, N, batch_first=True)), [x],
                           ["x"], both, ["multiHeadAttention"]))
    for first in (False, True):
        for act in ("relu", "gelu"):
            layer = nn.TransformerEncoderLayer(E, N, 12, dropout=0.0, activation=act, batch_first=True, norm_first=first)
            result.append(exported(f"TransformerEncoderLayer, {act}{', norm first' if first else ''}", Module(layer), [x],
                                   ["x"], both, ["multiHeadAttention", "layerNormalization"]))
    result.append(exported("LayerNorm and GELU", nn.Sequential(nn.LayerNorm(E), nn.Linear(E, 6), nn.GELU()), [x], ["x"],
                           both, ["layerNormalization", "dense"]))
    for name, options in [("plain", {}), ("strides and padding", {"stride": 2, "padding": 1}),
                          ("dilation", {"dilation": 2, "padding": 2, "bias": False}),
                          ("output padding", {"stride": 3, "padding": 1, "output_padding": 2}),
                          ("groups", {"groups": 2, "stride": 2})]:
        net = nn.ConvTranspose1d(4, 6, 3, **options)
        result.append(exported(f"ConvTranspose1d, {name}", net, [torch.randn(B, 4, 5)], ["x"],
                               {"x": {0: "batch"}},
                               ["conv1dTranspose"]))
    return result + list(operators())


print(json.dumps({"cases": cases()}, separators=(",", ":")))
