"""PyTorch's recurrent cells with weights in Keras's layout, and numbers as the golden files write them.

Weights are given and read as Keras lays them out: kernel [I, G*H] where PyTorch has [G*H, I]; LSTM gates
i, f, c, o (PyTorch's i, f, g, o); GRU gates z, r, h (PyTorch's r, z, n) and its bias as [2, 3H] (b_ih, b_hh).
Simple RNN and LSTM have one bias here and two in PyTorch: b_hh stays zero and frozen, since two biases that
get the same gradient move their sum twice as fast. Sequences are batch first.
"""

import json
import math
import struct
from pathlib import Path

import torch
from torch import nn

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
GATES = {"simpleRNN": [0], "lstm": [0, 1, 2, 3], "gru": [1, 0, 2]}
"""Position of Keras's gates among PyTorch's. Each order is its own inverse."""


def short(tensor):
    """To four decimals, then to the nearest f32."""
    values = [round(v, 4) for v in tensor.flatten().tolist()]
    return torch.tensor([struct.unpack("f", struct.pack("f", v))[0] for v in values]).reshape(tensor.shape)


def draw(rng, shape, low=-0.9, high=1.1):
    return short(torch.tensor([rng.uniform(low, high) for _ in range(math.prod(shape))]).reshape(shape))


def given(tensor):
    """Data that was drawn: four decimals say it all."""
    return [float(f"{v:.4f}") for v in tensor.flatten().tolist()]


def result(tensor):
    return [float(f"{v:.8g}") for v in tensor.detach().flatten().tolist()]


def regate(kind, rows):
    """Rows [G*H, ...] with the gates in the other order."""
    order = GATES[kind]
    return rows.reshape(len(order), -1, *rows.shape[1:])[order].reshape(rows.shape)


def cell(kind, I, H, activation="tanh", both=False, projection=0):
    options = {"batch_first": True, "bidirectional": both}
    if projection > 0:
        options["proj_size"] = projection
    if kind == "simpleRNN":
        return nn.RNN(I, H, nonlinearity=activation, **options)
    return {"lstm": nn.LSTM, "gru": nn.GRU}[kind](I, H, **options)


def parameters(module, suffix):
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    return [getattr(module, f"{name}_l0{suffix}") for name in names]


def projector(module, suffix):
    """weight_hr [P, H] of a projected LSTM, projectionKernel [H, P] here; None where there is none."""
    return getattr(module, f"weight_hr_l0{suffix}", None)


def fill_cell(kind, module, weights, suffix=""):
    kernel, recurrent, b_ih, b_hh = parameters(module, suffix)
    with torch.no_grad():
        kernel.copy_(regate(kind, weights["kernel"].T))
        recurrent.copy_(regate(kind, weights["recurrentKernel"].T))
        if kind == "gru":
            b_ih.copy_(regate(kind, weights["bias"][0]))
            b_hh.copy_(regate(kind, weights["bias"][1]))
        else:
            b_ih.copy_(weights["bias"])
            b_hh.zero_().requires_grad_(False)
        if "projectionKernel" in weights:
            projector(module, suffix).copy_(weights["projectionKernel"].T)


def read_cell(kind, module, of, suffix=""):
    """Weights, or with `of` their gradients, in Keras's layout."""
    kernel, recurrent, b_ih, b_hh = parameters(module, suffix)
    bias = regate(kind, of(b_ih))
    if kind == "gru":
        bias = torch.stack([bias, regate(kind, of(b_hh))])
    projection = projector(module, suffix)
    return {
        "kernel": regate(kind, of(kernel)).T,
        "recurrentKernel": regate(kind, of(recurrent)).T,
        "bias": bias,
        **({} if projection is None else {"projectionKernel": of(projection).T}),
    }


def draw_cell(rng, kind, I, H, spread=0.6, projection=0):
    N = len(GATES[kind]) * H
    P = projection or H
    shapes = {"kernel": (I, N), "recurrentKernel": (P, N), "bias": (2, N) if kind == "gru" else (N,)}
    if projection > 0:
        shapes["projectionKernel"] = (H, P)
    return {name: draw(rng, shape, -spread, 1.2 * spread) for name, shape in shapes.items()}


def value(p):
    return p.detach()


def gradient(p):
    return p.grad


def scalar(tensor):
    return float(f"{tensor.item():.12g}")


def write(script, golden):
    """Writes the JSON beside its script."""
    text = json.dumps({"torch": torch.__version__, **golden}, separators=(",", ":"))
    Path(script).with_suffix(".json").write_text(text + "\n")
