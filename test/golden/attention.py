"""Writes attention.json: outputs and gradients of nn.MultiheadAttention in f64.

Weights are given and read in Keras's shapes: kernels of query, key and value [features, N, D], of the output
[N, D, features], where PyTorch has [N*D, features] and [features, N*D]. Biases likewise. In the cases with
padding the first `lengths` steps of each sample count, in the query and in the loss too.

Run: python3 test/golden/attention.py
"""

import random

import torch
from keras_layout import draw, given, gradient, result, scalar, write
from torch import nn


def attention(rng, T, N, O, S=None, keys=None, values=None, B=3, causal=False, lengths=None, bias=True):
    """Self attention without S; else keys and values of S steps with as many features as given."""
    D = O // N
    alone = S is None
    S, keys, values = (T, O, O) if alone else (S, keys, values)
    module = nn.MultiheadAttention(O, N, bias=bias, kdim=keys, vdim=values, batch_first=True)
    split = {"query": O, "key": keys, "value": values}
    kernels = {name: draw(rng, (features, N * D)) for name, features in split.items()}
    biases = {name: draw(rng, (N * D,)) for name in split}
    kernels["output"], biases["output"] = draw(rng, (N * D, O)), draw(rng, (O,))
    together = module.in_proj_weight is not None
    with torch.no_grad():
        if together:
            module.in_proj_weight.copy_(torch.cat([kernels[name].T for name in split]))
        else:
            for name in split:
                getattr(module, f"{name[0]}_proj_weight").copy_(kernels[name].T)
        module.out_proj.weight.copy_(kernels["output"].T)
        if bias:
            module.in_proj_bias.copy_(torch.cat([biases[name] for name in split]))
            module.out_proj.bias.copy_(biases["output"])
    query = draw(rng, (B, T, O))
    others = {} if alone else {"value": draw(rng, (B, S, values)), "key": draw(rng, (B, S, keys))}
    leaves = [t.clone().requires_grad_() for t in (query, *others.values())]
    q, v, k = leaves * 3 if alone else leaves
    counts = torch.tensor(lengths or [T] * B)
    past = torch.arange(T)[None, :] >= counts[:, None]
    unseen = torch.triu(torch.ones(T, S, dtype=torch.bool), 1) if causal else None
    y, _ = module(q, k, v, key_padding_mask=past if lengths else None, attn_mask=unseen)
    y = y * ~past[:, :, None]
    target = draw(rng, (B, T, O))
    loss = ((y - target)[~past] ** 2).mean()
    loss.backward()

    def weights(kernel, bias_of):
        table = {}
        for name in (*split, "output"):
            table[f"{name}Kernel"] = kernel(name)
            if bias:
                table[f"{name}Bias"] = bias_of(name)
        return table

    def kernel_gradient(name):
        if name == "output":
            return gradient(module.out_proj.weight).T
        if together:
            return gradient(module.in_proj_weight).chunk(3)[[*split].index(name)].T
        return gradient(getattr(module, f"{name[0]}_proj_weight")).T

    def bias_gradient(name):
        if name == "output":
            return gradient(module.out_proj.bias)
        return gradient(module.in_proj_bias).chunk(3)[[*split].index(name)]

    inputs = {"query": query, **others}
    return {
        "options": {"numHeads": N, "keyDim": D, "useBias": bias, "useCausalMask": causal},
        "lengths": lengths,
        "weights": {name: given(w) for name, w in weights(kernels.get, biases.get).items()},
        "inputs": {name: {"shape": list(x.shape), "data": given(x)} for name, x in inputs.items()},
        "target": given(target),
        "y": result(y),
        "loss": scalar(loss),
        "gradients": {name: result(g) for name, g in weights(kernel_gradient, bias_gradient).items()},
        "dInputs": {name: result(leaf.grad) for name, leaf in zip(inputs, leaves)},
    }


def main():
    rng = random.Random(41)
    cases = {
        "self": attention(rng, 5, 2, 6),
        "self, causal": attention(rng, 6, 3, 6, causal=True),
        "self, padded": attention(rng, 6, 2, 4, lengths=[6, 2, 4]),
        "self, causal, padded": attention(rng, 5, 1, 4, causal=True, lengths=[1, 5, 3]),
        "self, without bias": attention(rng, 4, 2, 4, bias=False),
        "cross": attention(rng, 4, 2, 6, S=7, keys=3, values=5),
        "cross, causal": attention(rng, 5, 2, 4, S=3, keys=2, values=5, causal=True),
    }
    write(__file__, cases)


main()
