"""Writes stacked.json: outputs, final states and gradients of PyTorch's recurrent layers with num_layers > 1.

Layouts: see keras_layout.py. The dropout between the layers is off.

Run: python3 test/golden/stacked.py
"""

import random
from types import SimpleNamespace

import torch
from keras_layout import draw, draw_cell, fill_cell, given, gradient, read_cell, result, scalar, write
from torch import nn
from torch.nn import functional as F

NAMES = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


def level(module, number):
    """One layer of a stack as a module of one layer."""
    return SimpleNamespace(**{f"{name}_l0": getattr(module, f"{name}_l{number}") for name in NAMES})


def case(rng, kind, layers, T, B=3, I=4, H=5):
    module = {"lstm": nn.LSTM, "gru": nn.GRU}[kind](I, H, num_layers=layers, batch_first=True)
    weights = [draw_cell(rng, kind, I if n == 0 else H, H) for n in range(layers)]
    for n, own in enumerate(weights):
        fill_cell(kind, level(module, n), own)
    x = draw(rng, (B, T, I))
    y, last = module(x)
    letters = "hc" if kind == "lstm" else "h"
    last = last if kind == "lstm" else (last,)
    # The states of the first layer, then those of the next.
    outputs = [y, *(last[s][n] for n in range(layers) for s in range(len(letters)))]
    targets = [draw(rng, tuple(o.shape)) for o in outputs]
    loss = sum(F.mse_loss(o, t) for o, t in zip(outputs, targets))
    loss.backward()
    return {
        "kind": kind,
        "sizes": {"T": T, "B": B, "I": I, "H": H},
        "weights": [{name: given(w) for name, w in own.items()} for own in weights],
        "x": given(x),
        "targets": [given(t) for t in targets],
        "outputs": [result(o) for o in outputs],
        "loss": scalar(loss),
        "gradients": [
            {name: result(g) for name, g in read_cell(kind, level(module, n), gradient).items()}
            for n in range(layers)
        ],
    }


def main():
    rng = random.Random(41)
    cases = {"lstm of 3": case(rng, "lstm", 3, 6), "gru of 2": case(rng, "gru", 2, 7)}
    write(__file__, cases)


main()
