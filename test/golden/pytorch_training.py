"""Writes pytorch_training.json: networks trained for STEPS steps, as torch.save writes them, and after STEPS more.

A case holds the archive after STEPS steps, an input and a target, and every weight after 2·STEPS steps. `sgd` goes
on as it was; for `adam` the second half begins with a new optimizer, since a state dict holds weights alone.

Run: python3 test/golden/pytorch_training.py
"""

import base64
import io
import json
from pathlib import Path

import torch
from torch import nn

STEPS = 10
RATES = {"sgd": 0.05, "adam": 0.01}
# Keras adds it to the root before the bias is corrected, PyTorch behind: so small, it does not matter where.
EPSILON = 1e-12
B, T, I, H, O = 3, 5, 4, 3, 2


class Recurrent(nn.Module):
    """A recurrent module and a Linear. Of two biases that are only ever added, the second stays as it is."""

    def __init__(self, kind, frozen):
        super().__init__()
        self.rnn = kind(I, H, batch_first=True)
        self.head = nn.Linear(H, O)
        if frozen:
            for name, parameter in self.rnn.named_parameters():
                if name.startswith("bias_hh"):
                    nn.init.zeros_(parameter)
                    parameter.requires_grad_(False)

    def forward(self, x):
        return self.head(self.rnn(x)[0])


class Attending(nn.Module):
    """Self-attention of two heads, then a Linear."""

    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(I, 2, batch_first=True)
        self.head = nn.Linear(I, O)
        nn.init.normal_(self.attention.in_proj_bias)

    def forward(self, x):
        return self.head(self.attention(x, x, x, need_weights=False)[0])


class Crossing(nn.Module):
    """Attention from a sequence to a wider one, without biases."""

    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(I, 2, batch_first=True, kdim=H, vdim=H, bias=False)
        self.head = nn.Linear(I, O)

    def forward(self, x):
        other = x[..., :H]
        return self.head(self.attention(x, other, other, need_weights=False)[0])


class Encoding(nn.Module):
    """Two encoder layers of a Transformer, the norm first, then a Linear."""

    def __init__(self):
        super().__init__()
        layer = nn.TransformerEncoderLayer(I, 2, 6, dropout=0.0, batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        for parameter in self.encoder.parameters():
            nn.init.normal_(parameter, std=0.4)
        self.head = nn.Linear(I, O)

    def forward(self, x):
        return self.head(self.encoder(x))


class Decoding(nn.Module):
    """A decoder layer of a Transformer over its own input, then a Linear."""

    def __init__(self):
        super().__init__()
        self.decoder = nn.TransformerDecoderLayer(I, 2, 6, dropout=0.0, batch_first=True, activation="gelu")
        for parameter in self.decoder.parameters():
            nn.init.normal_(parameter, std=0.4)
        self.head = nn.Linear(I, O)

    def forward(self, x):
        seen = torch.full((T, T), float("-inf")).triu(1)
        return self.head(self.decoder(x, x.flip(1), tgt_mask=seen))


def train(module, optimizer, x, target):
    for _ in range(STEPS):
        optimizer.zero_grad()
        ((module(x) - target) ** 2).mean().backward()
        optimizer.step()


def case(name, module, kind):
    number = lambda t: [round(v, 9) for v in t.detach().flatten().tolist()]
    x = torch.randn(B, T, I)
    target = torch.randn(B, T, O)
    make = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}[kind]
    trained = [p for p in module.parameters() if p.requires_grad]
    options = {"eps": EPSILON} if kind == "adam" else {}
    optimizer = make(trained, lr=RATES[kind], **options)
    train(module, optimizer, x, target)
    archive = io.BytesIO()
    torch.save(module.state_dict(), archive)
    if kind == "adam":
        optimizer = make(trained, lr=RATES[kind], **options)
    train(module, optimizer, x, target)
    return {
        "name": name,
        "optimizer": kind,
        "rate": RATES[kind],
        "pt": base64.b64encode(archive.getvalue()).decode(),
        "x": {"data": number(x), "shape": list(x.shape)},
        "target": {"data": number(target), "shape": list(target.shape)},
        "after": {k: {"data": number(v), "shape": list(v.shape)} for k, v in module.state_dict().items()},
    }


def main():
    torch.manual_seed(11)
    cases = [
        case("GRU", Recurrent(nn.GRU, False), "sgd"),
        case("GRU", Recurrent(nn.GRU, False), "adam"),
        case("LSTM", Recurrent(nn.LSTM, True), "sgd"),
        case("LSTM", Recurrent(nn.LSTM, True), "adam"),
        case("RNN", Recurrent(nn.RNN, True), "sgd"),
        case("MultiheadAttention", Attending(), "sgd"),
        case("MultiheadAttention of two widths", Crossing(), "sgd"),
        case("TransformerEncoder of two layers", Encoding(), "sgd"),
        case("TransformerDecoderLayer", Decoding(), "sgd"),
    ]
    path = Path(__file__).with_suffix(".json")
    path.write_text(json.dumps({"steps": STEPS, "epsilon": EPSILON, "cases": cases}, separators=(",", ":")) + "\n")


main()
