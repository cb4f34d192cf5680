"""Writes models.json: PyTorch's two-layer classifiers in f64: predictions, gradients, ten optimizer steps.

Layouts: see keras_layout.py. PyTorch puts epsilon outside the root and the bias correction, Keras within: at
1e-30 neither shows.

Run: python3 test/golden/models.py
"""

import math
import random

import torch
from keras_layout import cell, draw, draw_cell, fill_cell, given, read_cell, result, scalar, value, write
from torch import nn
from torch.nn import functional as F

TINY = 1e-30
STEPS = 10


class Classifier(nn.Module):
    """Two recurrent layers and a dense one: a class for each sequence, or one for each step."""

    def __init__(self, kind, sizes, every_step):
        super().__init__()
        V, I, H1, H2, O = (sizes[s] for s in ("V", "I", "H1", "H2", "O"))
        self.kind, self.every_step = kind, every_step
        self.embedding = None if every_step else nn.Embedding(V, I)
        self.first, self.second, self.head = cell(kind, I, H1), cell(kind, H1, H2), nn.Linear(H2, O)

    def forward(self, x):
        y = self.second(self.first(x if self.every_step else self.embedding(x))[0])[0]
        return self.head(y if self.every_step else y[:, -1])

    def fill(self, weights):
        own = lambda name: {k.split(".")[1]: w for k, w in weights.items() if k.split(".")[0] == name}
        fill_cell(self.kind, self.first, own(self.kind))
        fill_cell(self.kind, self.second, own(f"{self.kind}_1"))
        with torch.no_grad():
            if self.embedding is not None:
                self.embedding.weight.copy_(weights["embedding.embeddings"])
            self.head.weight.copy_(weights["dense.kernel"].T)
            self.head.bias.copy_(weights["dense.bias"])

    def read(self, of=value):
        tables = {} if self.embedding is None else {"embedding.embeddings": of(self.embedding.weight)}
        for name, module in ((self.kind, self.first), (f"{self.kind}_1", self.second)):
            tables.update({f"{name}.{k}": w for k, w in read_cell(self.kind, module, of).items()})
        return {**tables, "dense.kernel": of(self.head.weight).T, "dense.bias": of(self.head.bias)}


GLOBAL_NORM = 0.02
OPTIMIZERS = {
    "sgd": (lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9), None),
    "adam": (lambda p: torch.optim.Adam(p, lr=0.01, eps=TINY), None),
    "adam globalClipNorm": (lambda p: torch.optim.Adam(p, lr=0.01, eps=TINY), GLOBAL_NORM),
    "adamW": (lambda p: torch.optim.AdamW(p, lr=0.01, eps=TINY, weight_decay=0.05), None),
    "rmsprop": (lambda p: torch.optim.RMSprop(p, lr=0.005, alpha=0.9, eps=TINY), None),
    "adagrad": (lambda p: torch.optim.Adagrad(p, lr=0.05, initial_accumulator_value=0.1, eps=TINY), None),
}


def clip_global(params, limit):
    """As clip_grad_norm_, without the 1e-6 that it adds to the norm."""
    norm = math.sqrt(sum((p.grad**2).sum().item() for p in params))
    assert norm > limit, "the limit must be felt at every step"
    for p in params:
        p.grad.mul_(limit / norm)


def classifier_case(rng, kind, every_step):
    sizes = {"T": 6, "B": 7, "V": 8, "I": 3, "H1": 4, "H2": 3, "O": 3}
    T, B, V, I, H1, H2, O = sizes.values()
    weights = {} if every_step else {"embedding.embeddings": draw(rng, (V, I))}
    for name, inputs, units in ((kind, I, H1), (f"{kind}_1", H1, H2)):
        drawn = draw_cell(rng, kind, inputs, units)
        weights.update({f"{name}.{k}": w for k, w in drawn.items()})
    weights.update({"dense.kernel": draw(rng, (H2, O)), "dense.bias": draw(rng, (O,), -0.2, 0.3)})
    ids = torch.tensor([rng.randrange(V) for _ in range(B * T)]).reshape(B, T)
    x = draw(rng, (B, T, I)) if every_step else ids
    labels = torch.tensor([rng.randrange(O) for _ in range(B * T if every_step else B)])
    runs = {}
    for name, (make, limit) in OPTIMIZERS.items():
        net = Classifier(kind, sizes, every_step)
        net.fill(weights)
        params = [p for p in net.parameters() if p.requires_grad]
        optimizer = make(params)
        losses, steps = [], {}
        for step in range(1, STEPS + 1):
            optimizer.zero_grad()
            logits = net(x)
            loss = F.cross_entropy(logits.reshape(-1, O), labels)
            loss.backward()
            if step == 1:
                first = logits, net.read(lambda p: p.grad.clone())
            if limit is not None:
                clip_global(params, limit)
            optimizer.step()
            losses.append(scalar(loss))
            if step in (1, STEPS):
                steps[str(step)] = {k: result(w) for k, w in net.read().items()}
        runs[name] = {"losses": losses, "steps": steps}
    logits, gradients = first
    return {
        "kind": kind,
        "everyStep": every_step,
        "sizes": sizes,
        "weights": {k: given(w) for k, w in weights.items()},
        "x": given(x) if every_step else x.flatten().tolist(),
        "labels": labels.tolist(),
        "predictions": result(logits if every_step else torch.softmax(logits, -1)),
        "gradients": {k: result(g) for k, g in gradients.items()},
        "runs": runs,
    }


def main():
    rng = random.Random(29)
    cases = {
        f"{kind} {'every step' if every_step else 'last step'}": classifier_case(rng, kind, every_step)
        for kind in ("lstm", "gru")
        for every_step in (False, True)
    }
    write(__file__, {"classifiers": cases})


main()
