"""Writes layers.json: outputs and gradients of PyTorch's layers in f64, one layer at a time.

Layouts: see keras_layout.py.

Run: python3 test/golden/layers.py
"""

import random

import torch
from keras_layout import cell, draw_cell, fill_cell, gradient, read_cell
from keras_layout import draw, given, result, scalar, short, write
from torch import nn
from torch.nn import functional as F


def recurrent_case(rng, kind, T, B=3, I=4, H=5, activation="tanh", backwards=False, both=False, projection=0):
    """One layer with all outputs and final states in the loss: the sum of mean squared errors."""
    module = cell(kind, I, H, activation, both, projection)
    sides = {"forward": "", "backward": "_reverse"} if both else {"": ""}
    weights = {side: draw_cell(rng, kind, I, H, projection=projection) for side in sides}
    for side, suffix in sides.items():
        fill_cell(kind, module, weights[side], suffix)
    x = draw(rng, (B, T, I))
    # A state's name says whose it is: h, c, or forward_h, forward_c, backward_h, backward_c.
    letters = "hc" if kind == "lstm" else "h"
    owned = [f"{side}_{s}".lstrip("_") for side in sides for s in letters]
    width = {"h": projection or H, "c": H}
    start = {name: draw(rng, (B, width[name[-1]])) for name in owned}
    leaves = [t.clone().requires_grad_() for t in (x, *start.values())]
    by_name = dict(zip(start, leaves[1:]))
    states = [torch.stack([by_name[name] for name in owned if name[-1] == s]) for s in letters]
    read = leaves[0].flip(1) if backwards else leaves[0]
    y, last = module(read, tuple(states) if kind == "lstm" else states[0])
    last = last if kind == "lstm" else (last,)
    final = {name: last[letters.index(name[-1])][1 if "backward" in name else 0] for name in owned}
    outputs = {"y": y, **final}
    targets = {name: draw(rng, tuple(o.shape)) for name, o in outputs.items()}
    loss = sum(F.mse_loss(outputs[name], targets[name]) for name in outputs)
    loss.backward()

    def joined(tables):
        return {f"{side}.{n}".lstrip("."): t for side, table in tables.items() for n, t in table.items()}

    gradients = joined({side: read_cell(kind, module, gradient, suffix) for side, suffix in sides.items()})
    return {
        "kind": kind,
        "activation": activation,
        "goBackwards": backwards,
        "both": both,
        "sizes": {"T": T, "B": B, "I": I, "H": H, **({"P": projection} if projection > 0 else {})},
        "weights": {name: given(w) for name, w in joined(weights).items()},
        "x": given(x),
        "start": {name: given(s) for name, s in start.items()},
        "targets": {name: given(t) for name, t in targets.items()},
        "outputs": {name: result(o) for name, o in outputs.items()},
        "loss": scalar(loss),
        "gradients": {name: result(g) for name, g in gradients.items()},
        "dx": result(leaves[0].grad),
        "dStart": {name: result(leaf.grad) for name, leaf in by_name.items()},
    }


ACTIVATIONS = {
    "linear": lambda z: z,
    "relu": torch.relu,
    "leakyRelu": lambda z: F.leaky_relu(z, 0.2),
    "elu": F.elu,
    "selu": F.selu,
    "gelu": F.gelu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "hardSigmoid": F.hardsigmoid,
    "softplus": F.softplus,
    "softsign": F.softsign,
    "silu": F.silu,
    "softmax": lambda z: torch.softmax(z, -1),
    "logSoftmax": lambda z: torch.log_softmax(z, -1),
    "exponential": torch.exp,
}


def dense_cases(rng, B=5, I=4, O=6):
    kernel, bias, x = draw(rng, (I, O), -1.4, 1.8), draw(rng, (O,)), draw(rng, (B, I), -1.2, 1.7)
    target = draw(rng, (B, O))
    cases = {}
    for name, act in ACTIVATIONS.items():
        module = nn.Linear(I, O)
        with torch.no_grad():
            module.weight.copy_(kernel.T)
            module.bias.copy_(bias)
        leaf = x.clone().requires_grad_()
        y = act(module(leaf))
        loss = F.mse_loss(y, target)
        loss.backward()
        cases[name] = {
            "y": result(y),
            "loss": scalar(loss),
            "gradients": {
                "kernel": result(module.weight.grad.T),
                "bias": result(module.bias.grad),
                "x": result(leaf.grad),
            },
        }
    return {
        "sizes": {"B": B, "I": I, "O": O},
        "weights": {"kernel": given(kernel), "bias": given(bias)},
        "x": given(x),
        "target": given(target),
        "activations": cases,
    }


def embedding_case(rng, V=6, D=5, B=4, T=3):
    module = nn.Embedding(V, D)
    table, target = draw(rng, (V, D)), draw(rng, (B, T, D))
    ids = [[rng.randrange(V - 1) for _ in range(T)] for _ in range(B)]
    with torch.no_grad():
        module.weight.copy_(table)
    y = module(torch.tensor(ids))
    loss = F.mse_loss(y, target)
    loss.backward()
    return {
        "sizes": {"V": V, "D": D, "B": B, "T": T},
        "table": given(table),
        "ids": [i for row in ids for i in row],
        "target": given(target),
        "y": result(y),
        "loss": scalar(loss),
        "gradient": result(module.weight.grad),
    }


def long_case(rng, kind, T=500, B=2, V=9, I=3, H=5):
    """A loss on step T alone. Id 0 stands at step 1 only: row 0 of the table's gradient is dL/dx there."""
    table = draw(rng, (V, I))
    weights = draw_cell(rng, kind, I, H, 0.3)
    # Gates that keep the state: forget near 1 and input near 0 in LSTM, update near 1 in GRU.
    bias = weights["bias"].view(-1)
    if kind == "lstm":
        bias[:H] -= 4
        bias[H : 2 * H] += 7
    else:
        bias[:H] += 6
    weights["bias"] = short(weights["bias"])
    target = draw(rng, (B, H))
    ids = [[0] + [rng.randrange(1, V) for _ in range(T - 1)] for _ in range(B)]
    module, embedding = cell(kind, I, H), nn.Embedding(V, I)
    fill_cell(kind, module, weights)
    with torch.no_grad():
        embedding.weight.copy_(table)
    y = module(embedding(torch.tensor(ids)))[0][:, -1]
    loss = F.mse_loss(y, target)
    loss.backward()
    return {
        "kind": kind,
        "sizes": {"T": T, "B": B, "V": V, "I": I, "H": H},
        "table": given(table),
        "weights": {name: given(w) for name, w in weights.items()},
        "ids": "".join(str(i) for row in ids for i in row),
        "target": given(target),
        "y": result(y),
        "loss": scalar(loss),
        "gradients": {name: result(g) for name, g in read_cell(kind, module, gradient).items()},
        "dTable": result(embedding.weight.grad),
    }


def main():
    rng = random.Random(23)
    recurrent = {
        "simpleRNN tanh": recurrent_case(rng, "simpleRNN", 6),
        "simpleRNN relu": recurrent_case(rng, "simpleRNN", 5, activation="relu"),
        "lstm": recurrent_case(rng, "lstm", 7),
        "lstm goBackwards": recurrent_case(rng, "lstm", 5, backwards=True),
        "gru": recurrent_case(rng, "gru", 7),
        "gru goBackwards": recurrent_case(rng, "gru", 5, backwards=True),
    }
    dense, embedding = dense_cases(rng), embedding_case(rng)
    long = {kind: long_case(rng, kind) for kind in ("lstm", "gru")}
    recurrent["bidirectional lstm"] = recurrent_case(rng, "lstm", 6, both=True)
    recurrent["bidirectional gru"] = recurrent_case(rng, "gru", 5, both=True)
    recurrent["lstm projection"] = recurrent_case(rng, "lstm", 6, projection=3)
    recurrent["lstm projection goBackwards"] = recurrent_case(rng, "lstm", 5, projection=2, backwards=True)
    recurrent["bidirectional lstm projection"] = recurrent_case(rng, "lstm", 5, projection=3, both=True)
    write(__file__, {"recurrent": recurrent, "dense": dense, "embedding": embedding, "long": long})


main()
