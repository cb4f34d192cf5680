"""Writes packed.json: recurrent layers of PyTorch in f64 over packed sequences, with outputs and gradients.

The loss is the mean squared error of the outputs at the steps that there are, plus that of the final states.
Layouts: see keras_layout.py.

Run: python3 test/golden/packed.py
"""

import random

import torch
from keras_layout import cell, draw_cell, fill_cell, gradient, read_cell
from keras_layout import draw, given, result, scalar, write
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

LENGTHS = [4, 6, 1, 3]


def packed_case(rng, kind, both, T=6, B=4, I=3, H=5):
    module = cell(kind, I, H, both=both)
    sides = {"forward": "", "backward": "_reverse"} if both else {"": ""}
    weights = {side: draw_cell(rng, kind, I, H) for side in sides}
    for side, suffix in sides.items():
        fill_cell(kind, module, weights[side], suffix)
    x = draw(rng, (B, T, I))
    packed = pack_padded_sequence(x, LENGTHS, batch_first=True, enforce_sorted=False)
    y, last = module(packed)
    y, _ = pad_packed_sequence(y, batch_first=True, total_length=T)
    states = last if kind == "lstm" else (last,)
    final = [state[d] for d in range(len(sides)) for state in states]
    targets = [draw(rng, tuple(t.shape)) for t in (y, *final)]
    steps = torch.tensor([[t < n for t in range(T)] for n in LENGTHS])
    loss = F.mse_loss(y[steps], targets[0][steps]) + sum(F.mse_loss(s, t) for s, t in zip(final, targets[1:]))
    loss.backward()

    def joined(tables):
        return {f"{side}.{n}".lstrip("."): t for side, table in tables.items() for n, t in table.items()}

    gradients = joined({side: read_cell(kind, module, gradient, suffix) for side, suffix in sides.items()})
    return {
        "kind": kind,
        "both": both,
        "sizes": {"T": T, "B": B, "I": I, "H": H},
        "lengths": LENGTHS,
        "weights": {name: given(w) for name, w in joined(weights).items()},
        "x": given(x),
        "targets": [given(t) for t in targets],
        "outputs": [result(t) for t in (y, *final)],
        "loss": scalar(loss),
        "gradients": {name: result(g) for name, g in gradients.items()},
    }


def main():
    rng = random.Random(11)
    cases = {
        f"{kind}{', both directions' if both else ''}": packed_case(rng, kind, both)
        for kind in ("simpleRNN", "lstm", "gru")
        for both in (False, True)
    }
    write(__file__, {"cases": cases})


if __name__ == "__main__":
    main()
