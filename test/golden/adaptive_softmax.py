"""Adaptive softmax from PyTorch's AdaptiveLogSoftmaxWithLoss, in double precision on values that f32 holds exactly.

    python3 test/golden/adaptive_softmax.py > test/golden/adaptive_softmax.json      (made with PyTorch 1.13)

Each case: inputs [R, I], classes, weights turned to our layout (a column for each output), the loss, the probabilities
of all classes, and the gradients of the loss by inputs and weights.
"""

import json

import torch

torch.manual_seed(20250901)


def digits(values):
    return [float(f"{v:.12g}") for v in values.flatten().tolist()]


def exact(tensor):
    return (tensor * 64).round() / 64


def case(rows, features, classes, cutoffs, div_value, head_bias, targets):
    net = torch.nn.AdaptiveLogSoftmaxWithLoss(features, classes, cutoffs, div_value, head_bias).double()
    with torch.no_grad():
        for weight in net.parameters():
            weight.copy_(exact(torch.randn_like(weight)))
    x = exact(torch.randn(rows, features, dtype=torch.float64)).requires_grad_()
    loss = net(x, torch.tensor(targets)).loss
    loss.backward()
    names = {"headKernel": net.head.weight}
    if head_bias:
        names["headBias"] = net.head.bias
    for i, tail in enumerate(net.tail):
        names[f"tailProjection_{i}"] = tail[0].weight
        names[f"tailKernel_{i}"] = tail[1].weight
    turned = lambda t: t.T if t.dim() == 2 else t
    slope = lambda w: torch.zeros_like(w) if w.grad is None else w.grad
    return {
        "features": features,
        "options": {"units": classes, "cutoffs": cutoffs, "divValue": div_value, "headBias": head_bias},
        "x": digits(x.detach()),
        "targets": targets,
        "weights": {name: digits(turned(w.detach())) for name, w in names.items()},
        "loss": digits(loss.detach())[0],
        "probabilities": digits(net.log_prob(x).exp().detach()),
        "dx": digits(x.grad),
        "gradients": {name: digits(turned(slope(w))) for name, w in names.items()},
    }


def cases():
    yield case(7, 8, 13, [3, 7], 2.0, False, [0, 12, 4, 2, 7, 8, 6])
    yield case(5, 5, 9, [4], 4.0, True, [1, 3, 0, 2, 2])
    yield case(4, 16, 20, [2, 5, 11], 2.0, True, [19, 5, 3, 10])


print("[\n" + ",\n".join(json.dumps(c) for c in cases()) + "\n]")
