"""CTC losses and gradients from PyTorch's CTCLoss, in double precision on values that f32 holds exactly.

    python3 test/golden/ctc.py > test/golden/ctc.json      (made with PyTorch 1.13)

Each case: logits [T, B, O], labels by sample, lengths of the sequences; the loss of each sample, the reductions, and
the gradient of each reduction with respect to the logits. An infinite loss is written null; the reductions are then
those of the samples that are finite alone.
"""

import json
import random

import torch

draw = random.Random(20250812)


def digits(values):
    return [float(f"{v:.12g}") for v in values.flatten().tolist()]


def case(T, O, blank, labels, lengths, zero_infinity):
    B = len(labels)
    logits = [[[round(draw.uniform(-3, 4) * 64) / 64 for _ in range(O)] for _ in range(B)] for _ in range(T)]
    x = torch.tensor(logits, dtype=torch.float64, requires_grad=True)
    longest = max(len(label) for label in labels)
    y = torch.full((B, longest), blank, dtype=torch.long)
    for b, label in enumerate(labels):
        y[b, : len(label)] = torch.tensor(label)
    sizes = torch.tensor([len(label) for label in labels])
    steps = torch.tensor(lengths)

    def loss(reduction):
        made = torch.nn.CTCLoss(blank=blank, reduction=reduction, zero_infinity=zero_infinity)
        return made(x.log_softmax(-1), y, steps, sizes)

    each = loss("none")
    finite = torch.isfinite(each)
    answer = {
        "time": T,
        "outputs": O,
        "blank": blank,
        "labels": labels,
        "lengths": lengths,
        "zeroInfinity": zero_infinity,
        "logits": digits(torch.tensor(logits)),
        "losses": [v if ok else None for v, ok in zip(digits(each.detach()), finite.tolist())],
    }
    if bool(finite.all()):
        for reduction in ("sum", "mean"):
            x.grad = None
            value = loss(reduction)
            value.backward()
            answer[reduction] = {"loss": digits(value.detach())[0], "gradient": digits(x.grad)}
    return answer


def cases():
    labels = [[1, 2, 2, 4], [3], [2, 2]]
    yield case(7, 5, 0, labels, [7, 5, 6], False)
    yield case(6, 4, 3, [[0, 1, 2], [], [2, 0]], [6, 4, 5], False)
    impossible = [[1, 1, 2], [2, 1], [1, 2, 1, 2, 1, 2]]
    yield case(5, 3, 0, impossible, [5, 3, 5], False)
    yield case(5, 3, 0, impossible, [5, 3, 5], True)


print("[\n" + ",\n".join(json.dumps(c) for c in cases()) + "\n]")
