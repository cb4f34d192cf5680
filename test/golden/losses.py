"""Losses and their gradients from PyTorch, in double precision on values that f32 holds exactly.

    python3 test/golden/losses.py > test/golden/losses.json      (made with PyTorch 1.13)

Each case: rows of predictions and targets, row weights and a scale; the loss of each row, and the
gradient of scale * sum(weights * losses) with respect to the predictions. Where PyTorch has the loss
its own function is used; elsewhere torch operations, differentiated by autograd.
"""

import json
import random
import struct

import torch
import torch.nn.functional as F

draw = random.Random(20240611)


def f32(x):
    return struct.unpack("f", struct.pack("f", x))[0]


EPSILON = f32(1e-7)
UPPER = f32(1 - 1e-7)


def uniform(rows, columns, low, high):
    """Multiples of 1/64, which f32 holds exactly and which print short."""
    return [[round(draw.uniform(low, high) * 64) / 64 for _ in range(columns)] for _ in range(rows)]


def choices(rows, columns, values):
    return [[float(draw.choice(values)) for _ in range(columns)] for _ in range(rows)]


def distributions(rows, columns):
    table = []
    for row in uniform(rows, columns, 0.02, 1):
        total = sum(row)
        table.append([round(v / total * 256) / 256 for v in row])
    return table


def one_hot(rows, columns):
    classes = [draw.randrange(columns) for _ in range(rows)]
    return [[1.0 if j == k else 0.0 for j in range(columns)] for k in classes]


def probability(p):
    return p.clamp(EPSILON, UPPER)


def smoothed(t, s, classes):
    return t * (1 - s) + s / classes


def mean_none(function, **options):
    return lambda p, t: function(p, t, reduction="none", **options).mean(-1)


def binary(s):
    return lambda p, t: F.binary_cross_entropy(
        probability(p), smoothed(t, s, 2), reduction="none"
    ).mean(-1)


def binary_logits(s):
    return lambda p, t: F.binary_cross_entropy_with_logits(
        p, smoothed(t, s, 2), reduction="none"
    ).mean(-1)


def categorical(s):
    def loss(p, t):
        log_p = probability(p / p.sum(-1, keepdim=True)).log()
        return -(smoothed(t, s, t.shape[-1]) * log_p).sum(-1)

    return loss


def categorical_logits(s):
    return lambda p, t: F.cross_entropy(p, t, reduction="none", label_smoothing=s)


def sparse(p, t):
    log_p = probability(p / p.sum(-1, keepdim=True)).log()
    return F.nll_loss(log_p, t[:, 0].long(), reduction="none")


def sparse_logits(ignore):
    return lambda p, t: F.cross_entropy(p, t[:, 0].long(), reduction="none", ignore_index=ignore)


def divergence(p, t):
    return F.kl_div(p.clamp(EPSILON, 1).log(), t.clamp(EPSILON, 1), reduction="none").sum(-1)


def log_cosh(p, t):
    return (p - t).cosh().log().mean(-1)


def hinge(p, t):
    return F.relu(1 - torch.where(t == 0, -torch.ones_like(t), t) * p).mean(-1)


def poisson(p, t):
    return F.poisson_nll_loss(p, t, log_input=False, eps=EPSILON, reduction="none").mean(-1)


R = 4


def digits(values):
    return [float(f"{v:.12g}") for v in values.tolist()]


def case(name, config, function, pred, target):
    p = torch.tensor(pred, dtype=torch.float64, requires_grad=True)
    t = torch.tensor(target, dtype=torch.float64)
    weights = [0.5, 2.0, 1.25, 0.75]
    scale = 0.25
    losses = function(p, t)
    (scale * (losses * torch.tensor(weights, dtype=torch.float64)).sum()).backward()
    return {
        "name": name,
        "config": config,
        "outputs": len(pred[0]),
        "weights": weights,
        "scale": scale,
        "pred": sum(pred, []),
        "target": sum(target, []),
        "losses": digits(losses),
        "dpred": digits(p.grad.flatten()),
    }


def smoothing_config(s, from_logits):
    return {"fromLogits": from_logits, "labelSmoothing": s}


def with_bounds(rows):
    """Probabilities of exactly 0 and 1 in the first row, where clipping acts."""
    rows[0][0], rows[0][1] = 0.0, 1.0
    return rows


def cases():
    numbers = lambda columns: uniform(R, columns, -3, 4)
    yield case("meanSquaredError", {}, mean_none(F.mse_loss), numbers(5), numbers(5))
    yield case("meanAbsoluteError", {}, mean_none(F.l1_loss), numbers(5), numbers(5))
    for delta in (1.0, 0.5):
        yield case("huber", {"delta": delta}, mean_none(F.huber_loss, delta=delta), numbers(5), numbers(5))
    yield case("logCosh", {}, log_cosh, numbers(6), numbers(6))
    for s in (0.0, 0.125):
        table = with_bounds(uniform(R, 5, 0.02, 0.97))
        yield case("binaryCrossentropy", smoothing_config(s, False), binary(s), table, choices(R, 5, (0, 1)))
        yield case(
            "binaryCrossentropy", smoothing_config(s, True), binary_logits(s), uniform(R, 5, -6, 9),
            choices(R, 5, (0, 1)),
        )
        yield case(
            "categoricalCrossentropy", smoothing_config(s, False), categorical(s),
            uniform(R, 5, 0.02, 0.97), one_hot(R, 5),
        )
        yield case(
            "categoricalCrossentropy", smoothing_config(s, True), categorical_logits(s),
            uniform(R, 5, -6, 9), distributions(R, 5),
        )
    classes = [[2.0], [0.0], [4.0], [1.0]]
    yield case(
        "sparseCategoricalCrossentropy", {"fromLogits": False, "ignoreClass": None}, sparse,
        uniform(R, 5, 0.02, 0.97), classes,
    )
    yield case(
        "sparseCategoricalCrossentropy", {"fromLogits": True, "ignoreClass": None}, sparse_logits(-100),
        uniform(R, 5, -6, 9), classes,
    )
    yield case(
        "sparseCategoricalCrossentropy", {"fromLogits": True, "ignoreClass": 4}, sparse_logits(4),
        uniform(R, 5, -6, 9), classes,
    )
    yield case("klDivergence", {}, divergence, distributions(R, 5), with_bounds(distributions(R, 5)))
    yield case("poisson", {}, poisson, uniform(R, 5, 0.05, 5), choices(R, 5, (0, 1, 2, 4)))
    yield case("hinge", {}, hinge, uniform(R, 5, -2, 2.5), choices(R, 5, (0, 1)))
    yield case("hinge", {}, hinge, uniform(R, 5, -2, 2.5), choices(R, 5, (-1, 1)))
    yield case(
        "cosineSimilarity", {}, lambda p, t: -F.cosine_similarity(p, t, dim=-1, eps=EPSILON),
        numbers(5), numbers(5),
    )


print("[\n" + ",\n".join(json.dumps(c) for c in cases()) + "\n]")
