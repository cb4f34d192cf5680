"""Writes optimizers.json: ten steps of PyTorch's optimizers in f64 on given gradients.

PyTorch adds epsilon outside the root and at other places than Keras does, so epsilon is 1e-30 where the two
differ: then it is lost in rounding on both sides. NAdam takes momentum_decay=1, which is Keras's 0.96^t, and
foreach=True: the other path of 1.13 counts mu twice in the product of the next step.
clip_grad_norm_ divides by norm + 1e-6, Keras by the norm: a relative difference of 1e-6 / norm.

Run: python3 test/golden/optimizers.py
"""

import json
import random
import struct
from pathlib import Path

import torch

torch.set_default_dtype(torch.float64)
SIZES = [5, 12]
STEPS = 10
TINY = 1e-30


def f32(x):
    return struct.unpack("f", struct.pack("f", x))[0]


def draw(rng, low, high):
    return [f32(round(rng.uniform(low, high), 6)) for _ in range(sum(SIZES))]


CASES = {
    "sgd": (torch.optim.SGD, {"lr": 0.05}, None),
    "sgd momentum": (torch.optim.SGD, {"lr": 0.05, "momentum": 0.9}, None),
    "sgd nesterov": (torch.optim.SGD, {"lr": 0.05, "momentum": 0.8, "nesterov": True}, None),
    "adam": (torch.optim.Adam, {"lr": 0.02, "eps": TINY}, None),
    "adam amsgrad": (torch.optim.Adam, {"lr": 0.02, "betas": (0.7, 0.8), "eps": TINY, "amsgrad": True}, None),
    "adamW": (torch.optim.AdamW, {"lr": 0.02, "eps": TINY, "weight_decay": 0.3}, None),
    "rmsprop": (torch.optim.RMSprop, {"lr": 0.02, "alpha": 0.9, "eps": TINY}, None),
    "rmsprop momentum": (torch.optim.RMSprop, {"lr": 0.02, "alpha": 0.9, "eps": TINY, "momentum": 0.7}, None),
    "rmsprop centered": (
        torch.optim.RMSprop,
        {"lr": 0.02, "alpha": 0.9, "eps": TINY, "momentum": 0.7, "centered": True},
        None,
    ),
    "adagrad": (torch.optim.Adagrad, {"lr": 0.1, "initial_accumulator_value": 0.1, "eps": TINY}, None),
    "adadelta": (torch.optim.Adadelta, {"lr": 1.0, "rho": 0.95, "eps": 1e-3}, None),
    "adamax": (torch.optim.Adamax, {"lr": 0.02, "eps": TINY}, None),
    "nadam": (torch.optim.NAdam, {"lr": 0.02, "eps": TINY, "momentum_decay": 1.0, "foreach": True}, None),
    "sgd clipValue": (torch.optim.SGD, {"lr": 0.05}, ("value", 0.4)),
    "sgd clipNorm": (torch.optim.SGD, {"lr": 0.05}, ("norm", 0.8)),
    "adam globalClipNorm": (torch.optim.Adam, {"lr": 0.02, "eps": TINY}, ("global", 1.2)),
}


def clip(kind, limit, params):
    if kind == "value":
        torch.nn.utils.clip_grad_value_(params, limit)
    elif kind == "global":
        torch.nn.utils.clip_grad_norm_(params, limit)
    else:
        for p in params:
            torch.nn.utils.clip_grad_norm_([p], limit)


def run(make, options, clipping, start, gradients):
    params = [torch.nn.Parameter(t.clone()) for t in torch.tensor(start).split(SIZES)]
    optimizer = make(params, **options)
    trace = []
    for gradient in gradients:
        for p, g in zip(params, torch.tensor(gradient).split(SIZES)):
            p.grad = g.clone()
        if clipping:
            clip(*clipping, params)
        optimizer.step()
        trace.append([float(f"{x:.14g}") for x in torch.cat([p.detach() for p in params]).tolist()])
    return {"1": trace[0], "3": trace[2], "10": trace[9]}


def main():
    rng = random.Random(11)
    start = draw(rng, -0.9, 1.1)
    gradients = [draw(rng, -0.7, 1.0) for _ in range(STEPS)]
    golden = {
        "torch": torch.__version__,
        "sizes": SIZES,
        "start": start,
        "gradients": gradients,
        "steps": {name: run(*case, start, gradients) for name, case in CASES.items()},
    }
    Path(__file__).with_suffix(".json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")


main()
