"""Writes convolution.json: outputs and gradients of PyTorch's convolutions and pools in f64.

Kernels in Keras's layout: [K, C / groups, O] where PyTorch has [O, C / groups, K], transposed ones [K, O, C] where
PyTorch has [C, O, K]. Sequences are batch first with channels last. Padding is written out as PyTorch pads.

Run: python3 test/golden/convolution.py
"""

import random

import torch
from keras_layout import draw, given, result, scalar, write
from torch.nn import functional as F


def case(rng, layer, options, C, T, run, weights, B=3, W=None):
    """
    Mean squared error against a drawn target, of what `run` makes of x [B, C, T] and the weights; of x [B, T, W, C]
    where there is a width.
    """
    drawn = {name: draw(rng, shape) for name, shape in weights.items()}
    x = draw(rng, (B, T, C) if W is None else (B, T, W, C))
    leaves = {name: w.clone().requires_grad_() for name, w in {"x": x, **drawn}.items()}
    y = run(leaves["x"], leaves) if W else run(leaves["x"].transpose(1, 2), leaves).transpose(1, 2)
    target = draw(rng, tuple(y.shape))
    loss = F.mse_loss(y, target)
    loss.backward()
    return {
        "layer": layer,
        "options": options,
        "sizes": {"B": B, "T": T, "C": C, **({} if W is None else {"W": W})},
        "weights": {name: given(w) for name, w in drawn.items()},
        "x": given(x),
        "target": given(target),
        "shape": list(y.shape),
        "y": result(y),
        "loss": scalar(loss),
        "gradients": {name: result(leaves[name].grad) for name in drawn},
        "dx": result(leaves["x"].grad),
    }


def conv(rng, C, T, pad=(0, 0), **options):
    K, O, groups = options["kernelSize"], options["filters"], options.get("groups", 1)

    def run(x, w):
        moves = {"stride": options.get("strides", 1), "dilation": options.get("dilationRate", 1)}
        return F.conv1d(F.pad(x, pad), w["kernel"].permute(2, 1, 0), w["bias"], groups=groups, **moves)

    return case(rng, "conv1d", options, C, T, run, {"kernel": (K, C // groups, O), "bias": (O,)})


def depthwise(rng, C, T, pad=(0, 0), **options):
    K, M = options["kernelSize"], options["depthMultiplier"]

    def run(x, w):
        kernel = w["kernel"].permute(1, 2, 0).reshape(C * M, 1, K)
        return F.conv1d(F.pad(x, pad), kernel, w["bias"], groups=C, stride=options.get("strides", 1))

    return case(rng, "depthwiseConv1d", options, C, T, run, {"kernel": (K, C, M), "bias": (C * M,)})


def separable(rng, C, T, pad=(0, 0), **options):
    K, M, O = options["kernelSize"], options["depthMultiplier"], options["filters"]

    def run(x, w):
        each = w["depthwiseKernel"].permute(1, 2, 0).reshape(C * M, 1, K)
        return F.conv1d(F.conv1d(F.pad(x, pad), each, groups=C), w["pointwiseKernel"].permute(2, 1, 0), w["bias"])

    weights = {"depthwiseKernel": (K, C, M), "pointwiseKernel": (1, C * M, O), "bias": (O,)}
    return case(rng, "separableConv1d", options, C, T, run, weights)


def transpose(rng, C, T, cut=0, added=0, **options):
    K, O = options["kernelSize"], options["filters"]

    def run(x, w):
        moves = {"stride": options.get("strides", 1), "dilation": options.get("dilationRate", 1)}
        kernel = w["kernel"].permute(2, 1, 0)
        return F.conv_transpose1d(x, kernel, w["bias"], padding=cut, output_padding=added, **moves)

    return case(rng, "conv1dTranspose", options, C, T, run, {"kernel": (K, O, C), "bias": (O,)})


def pool(rng, layer, C, T, run, **options):
    return case(rng, layer, options, C, T, lambda x, _: run(x), {})


def normalized(w, name):
    """g · v / ‖v‖ for each output, by PyTorch's own function, as F.conv1d takes it."""
    v = w[f"{name}.conv1d.kernel"].permute(2, 1, 0)
    return torch._weight_norm(v.contiguous(), w[f"{name}.gain"].reshape(-1, 1, 1), 0)


def tcn(rng, C, T, **options):
    K, O, dilations = options["kernelSize"], options["filters"], options["dilations"]
    weights = {}
    for i in range(len(dilations)):
        channels = C if i == 0 else O
        for n, width in ((1, channels), (2, O)):
            conv = f"block{i}.conv{n}"
            weights |= {f"{conv}.conv1d.kernel": (K, width, O), f"{conv}.gain": (O,), f"{conv}.conv1d.bias": (O,)}
        if channels != O:
            weights |= {f"block{i}.shortcut.kernel": (1, channels, O), f"block{i}.shortcut.bias": (O,)}

    def run(x, w):
        for i, d in enumerate(dilations):
            y = x
            for n in (1, 2):
                conv = f"block{i}.conv{n}"
                y = F.pad(y, ((K - 1) * d, 0))
                y = torch.relu(F.conv1d(y, normalized(w, conv), w[f"{conv}.conv1d.bias"], dilation=d))
            if f"block{i}.shortcut.kernel" in w:
                around = w[f"block{i}.shortcut.kernel"].permute(2, 1, 0)
                x = F.conv1d(x, around, w[f"block{i}.shortcut.bias"])
            x = torch.relu(y + x)
        return x

    return case(rng, "tcn", options, C, T, run, weights)


def recurrent(rng, layer, G, C, T, W, step, **options):
    """Steps of a cell along T: `step` makes the new states of z = W * x + b, what convolves a state, and the states."""
    K, O = options["kernelSize"], options["filters"]
    left, same = (K - 1) // 2, options.get("padding") == "same"
    P = W if same else W - K + 1
    weights = {"kernel": (K, C, G * O), "recurrentKernel": (K, O, G * O), "bias": (G * O,)}
    if options.get("peephole"):
        weights["peepholeKernel"] = (3, P, O)

    def along(x, kernel, pad, bias=None):
        return F.conv1d(F.pad(x, (left, K - 1 - left) if pad else (0, 0)), kernel.permute(2, 1, 0), bias)

    def run(x, w):
        states = [torch.zeros(x.shape[0], O, P)] * 2
        outputs = []
        for t in range(T):
            z = along(x[:, t].transpose(1, 2), w["kernel"], same, w["bias"])
            states = step(z, lambda h: along(h, w["recurrentKernel"], True), states, w)
            outputs.append(states[0].transpose(1, 2))
        return torch.stack(outputs, 1)

    return case(rng, layer, {**options, "returnSequences": True}, C, T, run, weights, W=W)


def rnn_step(z, convolve, states, w):
    return [torch.tanh(z + convolve(states[0]))]


def gru_step(z, convolve, states, w):
    (h, *_) = states
    gates, own = torch.sigmoid(z + convolve(h)), z.chunk(3, 1)[2]
    update, reset, _ = gates.chunk(3, 1)
    candidate = torch.tanh(own + convolve(reset * h).chunk(3, 1)[2])
    return [update * h + (1 - update) * candidate]


def lstm_step(z, convolve, states, w):
    h, c = states
    i, f, g, o = (z + convolve(h)).chunk(4, 1)
    p = w["peepholeKernel"].transpose(1, 2) if "peepholeKernel" in w else torch.zeros(3, 1, 1)
    c_new = torch.sigmoid(f + p[1] * c) * c + torch.sigmoid(i + p[0] * c) * torch.tanh(g)
    return [torch.sigmoid(o + p[2] * c_new) * torch.tanh(c_new), c_new]


def main():
    rng = random.Random(29)
    cases = {
        "valid": conv(rng, 3, 8, filters=4, kernelSize=3),
        "valid, strides": conv(rng, 3, 9, filters=2, kernelSize=4, strides=3),
        "valid, dilation": conv(rng, 2, 9, filters=3, kernelSize=3, dilationRate=2),
        "same, even kernel": conv(rng, 3, 7, (1, 2), filters=4, kernelSize=4, padding="same"),
        "same, strides": conv(rng, 3, 8, (1, 2), filters=2, kernelSize=5, strides=2, padding="same"),
        "same, dilation": conv(rng, 2, 8, (3, 3), filters=3, kernelSize=3, dilationRate=3, padding="same"),
        "causal, dilation": conv(rng, 3, 8, (6, 0), filters=4, kernelSize=4, dilationRate=2, padding="causal"),
        "causal, strides": conv(rng, 3, 8, (2, 0), filters=4, kernelSize=3, strides=2, padding="causal"),
        "groups": conv(rng, 6, 7, filters=4, kernelSize=3, groups=2),
        "depthwise": depthwise(rng, 3, 8, kernelSize=3, depthMultiplier=1),
        "depthwise, twice, strides": depthwise(rng, 3, 8, (0, 1), kernelSize=3, depthMultiplier=2, strides=2, padding="same"),
        "separable": separable(rng, 3, 7, (2, 0), kernelSize=3, depthMultiplier=2, filters=4, padding="causal"),
        "transpose, valid": transpose(rng, 3, 6, filters=4, kernelSize=3),
        "transpose, strides": transpose(rng, 3, 5, filters=2, kernelSize=4, strides=2),
        "transpose, past the kernel": transpose(rng, 2, 4, added=1, filters=3, kernelSize=2, strides=3),
        "transpose, outputPadding": transpose(rng, 3, 4, added=2, filters=2, kernelSize=4, strides=3, outputPadding=2),
        "transpose, dilation": transpose(rng, 3, 4, filters=2, kernelSize=3, dilationRate=2),
        "transpose, same": transpose(rng, 3, 6, cut=1, filters=2, kernelSize=3, padding="same"),
        "transpose, same, strides": transpose(rng, 3, 5, cut=1, filters=2, kernelSize=4, strides=2, padding="same"),
        "max": pool(rng, "maxPooling1d", 3, 8, lambda x: F.max_pool1d(x, 2)),
        "max, overlapping": pool(rng, "maxPooling1d", 3, 9, lambda x: F.max_pool1d(x, 3, 2, 1), poolSize=3, strides=2, padding="same"),
        "average": pool(rng, "averagePooling1d", 3, 9, lambda x: F.avg_pool1d(x, 3), poolSize=3),
        "average, same": pool(
            rng, "averagePooling1d", 3, 7, lambda x: F.avg_pool1d(x, 3, 2, 1, count_include_pad=False), poolSize=3, strides=2, padding="same"
        ),
        "global max": pool(rng, "globalMaxPooling1d", 4, 6, lambda x: F.adaptive_max_pool1d(x, 1), keepdims=True),
        "global average": pool(rng, "globalAveragePooling1d", 4, 6, lambda x: F.adaptive_avg_pool1d(x, 1), keepdims=True),
    }
    cases |= {
        "tcn": tcn(rng, 3, 6, filters=4, kernelSize=3, dilations=[1, 2], returnSequences=True),
        "convRnn1d": recurrent(rng, "convRnn1d", 1, 2, 4, 5, rnn_step, filters=3, kernelSize=3, padding="same"),
        "convGru1d": recurrent(rng, "convGru1d", 3, 2, 4, 5, gru_step, filters=3, kernelSize=2),
        "convLstm1d": recurrent(rng, "convLstm1d", 4, 3, 4, 5, lstm_step, filters=2, kernelSize=3, padding="same"),
        "convLstm1d, peephole": recurrent(rng, "convLstm1d", 4, 2, 4, 5, lstm_step, filters=2, kernelSize=4, peephole=True),
    }
    write(__file__, cases)


main()
