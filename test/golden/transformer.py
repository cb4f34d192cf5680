"""Writes transformer.json: outputs and gradients of nn.TransformerEncoderLayer and DecoderLayer in f64.

Weights are given and read under the names and in the shapes of recurra's blocks: kernels of attention
[features, N, D] and [N, D, features], of dense layers [features, units]. In the cases with padding the first
`lengths` steps of each sample count, in the loss too; in a decoder these are the steps of the encoder's output.

Run: python3 test/golden/transformer.py
"""

import random

import torch
from keras_layout import draw, given, gradient, result, scalar, value, write
from torch import nn

HALF = ("query", "key", "value")


def attention_table(prefix, module, of):
    """Weights or gradients of one attention by name."""
    kernels = of(module.in_proj_weight).chunk(3)
    biases = of(module.in_proj_bias).chunk(3)
    table = {}
    for name, kernel, bias in zip(HALF, kernels, biases):
        table[f"{prefix}.{name}Kernel"] = kernel.T
        table[f"{prefix}.{name}Bias"] = bias
    table[f"{prefix}.outputKernel"] = of(module.out_proj.weight).T
    table[f"{prefix}.outputBias"] = of(module.out_proj.bias)
    return table


def block_table(module, of):
    table = attention_table("selfAttention", module.self_attn, of)
    norms = ["selfAttention", "feedforward"]
    if isinstance(module, nn.TransformerDecoderLayer):
        table.update(attention_table("crossAttention", module.multihead_attn, of))
        norms.insert(1, "crossAttention")
    for i, name in enumerate(norms):
        norm = getattr(module, f"norm{i + 1}")
        table[f"{name}LayerNorm.gamma"] = of(norm.weight)
        table[f"{name}LayerNorm.beta"] = of(norm.bias)
    for name, linear in (("Intermediate", module.linear1), ("Output", module.linear2)):
        table[f"feedforward{name}.kernel"] = of(linear.weight).T
        table[f"feedforward{name}.bias"] = of(linear.bias)
    return table


def block(rng, T, N, O, units, S=None, first=False, activation="relu", causal=False, lengths=None, B=2):
    """An encoder's block without S; else a decoder's, with an encoder's output of S steps."""
    kind = nn.TransformerEncoderLayer if S is None else nn.TransformerDecoderLayer
    module = kind(O, N, units, 0.0, activation, 1e-5, batch_first=True, norm_first=first)
    with torch.no_grad():
        for p in module.parameters():
            p.copy_(draw(rng, tuple(p.shape), -0.5, 0.6))
    x = draw(rng, (B, T, O))
    encoded = None if S is None else draw(rng, (B, S, O))
    leaves = [t.clone().requires_grad_() for t in (x, encoded) if t is not None]
    unseen = torch.triu(torch.ones(T, T, dtype=torch.bool), 1) if causal else None
    counts = torch.tensor(lengths or [S or T] * B)
    past = torch.arange(S or T)[None, :] >= counts[:, None]
    if S is None:
        y = module(leaves[0], src_mask=unseen, src_key_padding_mask=past if lengths else None)
        kept = ~past
    else:
        y = module(*leaves, tgt_mask=unseen, memory_key_padding_mask=past if lengths else None)
        kept = torch.ones(B, T, dtype=torch.bool)
    y = y * kept[:, :, None]
    target = draw(rng, (B, T, O))
    loss = ((y - target)[kept] ** 2).mean()
    loss.backward()
    options = {"numHeads": N, "intermediateDim": units, "activation": activation, "normalizeFirst": first}
    return {
        "options": {**options, "useCausalMask": causal},
        "lengths": lengths,
        "weights": {name: given(w) for name, w in block_table(module, value).items()},
        "inputs": [{"shape": list(leaf.shape), "data": given(leaf.detach())} for leaf in leaves],
        "target": given(target),
        "y": result(y),
        "loss": scalar(loss),
        "gradients": {name: result(g) for name, g in block_table(module, gradient).items()},
        "dInputs": [result(leaf.grad) for leaf in leaves],
    }


def main():
    rng = random.Random(43)
    cases = {
        "encoder": block(rng, 5, 2, 6, 7),
        "encoder, norm first, gelu": block(rng, 4, 2, 6, 5, first=True, activation="gelu"),
        "encoder, causal, gelu": block(rng, 6, 3, 6, 4, activation="gelu", causal=True),
        "encoder, norm first, causal": block(rng, 5, 1, 4, 9, first=True, causal=True),
        "encoder, padded": block(rng, 6, 2, 4, 5, lengths=[2, 6]),
        "encoder, norm first, padded": block(rng, 5, 2, 4, 5, first=True, lengths=[5, 3]),
        "decoder": block(rng, 4, 2, 6, 7, S=5, causal=True),
        "decoder, norm first, gelu": block(rng, 5, 2, 4, 6, S=3, first=True, activation="gelu", causal=True),
        "decoder, padded": block(rng, 3, 2, 4, 5, S=6, causal=True, lengths=[6, 2]),
        "decoder, sees ahead": block(rng, 4, 2, 4, 5, S=4),
    }
    write(__file__, cases)


main()
