"""Writes pytorch_files.json: state dicts as files, what each network gives, and what ten further steps make of it.

A case holds the file in base64 (safetensors, and the .pt archive that torch.save writes), an input, the
output, and the output after STEPS steps of gradient descent on the mean squared error to a target.

Run: python3 test/golden/pytorch_files.py
"""

import base64
import io
import json
import struct
from pathlib import Path

import torch
from torch import nn

STEPS = 10
RATE = 0.05
B, T, I, H, O = 3, 5, 4, 3, 2


def safetensors(tensors):
    """8 bytes of length, a header in JSON, the data: https://github.com/huggingface/safetensors#format"""
    names = {torch.float32: "F32", torch.float64: "F64", torch.float16: "F16", torch.bfloat16: "BF16",
             torch.int64: "I64", torch.int32: "I32"}
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for name, tensor in tensors.items():
        raw = tensor.contiguous()
        raw = raw.view(torch.int16) if raw.dtype == torch.bfloat16 else raw
        raw = raw.numpy().tobytes()
        header[name] = {"dtype": names[tensor.dtype], "shape": list(tensor.shape),
                        "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data


class Recurrent(nn.Module):
    """A recurrent module under the name `rnn` and a Linear under `head`."""

    def __init__(self, kind, every_step, **options):
        super().__init__()
        self.rnn = kind(I, H, batch_first=True, **options)
        width = options.get("proj_size", H) * (2 if options.get("bidirectional") else 1)
        self.head = nn.Linear(width, O)
        self.every_step = every_step

    def forward(self, x):
        y = self.rnn(x)[0]
        return self.head(y if self.every_step else y[:, -1])


class Words(nn.Module):
    """Embedding, GRU without biases, LayerNorm, Linear."""

    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(7, I)
        self.encoder = nn.ModuleDict({"gru": nn.GRU(I, H, batch_first=True, bias=False)})
        self.norm = nn.LayerNorm(H, eps=1e-3)
        self.head = nn.Linear(H, O)

    def forward(self, x):
        return self.head(self.norm(self.encoder["gru"](self.words(x))[0]))


class Normalised(nn.Module):
    """Linear, BatchNorm1d, Linear; in evaluation mode."""

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(I, H)
        self.norm = nn.BatchNorm1d(H, eps=1e-3)
        self.second = nn.Linear(H, O)

    def forward(self, x):
        return self.second(self.norm(self.first(x)))


class Convolutions(nn.Module):
    """Grouped, depthwise and transposed convolutions over time, then a Linear; features last."""

    def __init__(self):
        super().__init__()
        self.grouped = nn.Conv1d(I, 6, 3, padding=2, dilation=2, groups=2)
        self.depthwise = nn.Conv1d(6, 12, 2, groups=6)
        self.up = nn.ConvTranspose1d(12, 5, 3, stride=2)
        self.head = nn.Linear(5, O)

    def forward(self, x):
        return self.head(self.up(self.depthwise(self.grouped(x.transpose(1, 2)))).transpose(1, 2))


def case(name, module, x):
    module.eval()
    with torch.no_grad():
        for buffer in module.buffers():
            if buffer.is_floating_point():
                buffer.uniform_(0.5, 1.5)
    state = {k: v.clone() for k, v in module.state_dict().items()}
    archive = saved(module.state_dict())
    before = module(x)
    target = torch.randn_like(before)
    optimizer = torch.optim.SGD(module.parameters(), lr=RATE)
    for _ in range(STEPS):
        optimizer.zero_grad()
        ((module(x) - target) ** 2).mean().backward()
        optimizer.step()
    after = module(x)
    number = lambda t: [round(v, 9) for v in t.detach().flatten().tolist()]
    return {
        "name": name,
        "safetensors": base64.b64encode(safetensors(state)).decode(),
        "pt": archive,
        "entries": {k: list(v.shape) for k, v in state.items()},
        "x": {"data": number(x.float()), "shape": list(x.shape)},
        "y": {"data": number(before), "shape": list(before.shape)},
        "target": {"data": number(target), "shape": list(target.shape)},
        "after": {"data": number(after), "shape": list(after.shape)},
    }


def saved(value):
    archive = io.BytesIO()
    torch.save(value, archive)
    return base64.b64encode(archive.getvalue()).decode()


class Evil:
    """A pickle that would run a command when it is loaded."""

    def __reduce__(self):
        import os

        return os.system, ("echo loaded",)


def checkpoint():
    """A state dict two keys deep, with tensors that are views: turned, cut, and two of one storage."""
    weight = torch.randn(2, 3)
    table = torch.randn(4, 5)
    model = {"turned": weight.T, "cut": table[1:, ::2], "shared": table[0], "scale": nn.Parameter(table[0])}
    return {
        "pt": saved({"epoch": 3, "rate": 0.5, "net": {"model": model, "names": ["a", ("b", None, True)]}}),
        "weight": weight.flatten().tolist(),
        "cut": table[1:, ::2].flatten().tolist(),
        "shared": table[0].tolist(),
    }


def main():
    torch.manual_seed(7)
    series = lambda: torch.randn(B, T, I)
    types = {
        "f16": torch.tensor([[1.5, -2.25], [6e-8, 65504.0]]).half(),
        "bf16": torch.tensor([3.0, -1e30, 0.0078125]).bfloat16(),
        "f64": torch.tensor([0.1, -1e-3], dtype=torch.float64),
        "i64": torch.tensor([-3, 5, 16777216]),
        "i32": torch.tensor([7], dtype=torch.int32),
    }
    content = {
        "steps": STEPS,
        "rate": RATE,
        "types": {
            "safetensors": base64.b64encode(safetensors(types)).decode(),
            "values": {k: v.double().flatten().tolist() for k, v in types.items()},
        },
        "cases": [
            case("stacked LSTM", Recurrent(nn.LSTM, True, num_layers=2), series()),
            case("bidirectional GRU", Recurrent(nn.GRU, True, bidirectional=True), series()),
            case("bidirectional stacked LSTM", Recurrent(nn.LSTM, True, num_layers=2, bidirectional=True), series()),
            case("projected LSTM", Recurrent(nn.LSTM, True, num_layers=2, proj_size=2), series()),
            case("convolutions", Convolutions(), series()),
            case("RNN", Recurrent(nn.RNN, False), series()),
            case("Embedding, GRU, LayerNorm", Words(), torch.randint(0, 7, (B, T))),
            case("BatchNorm1d", Normalised(), torch.randn(B, I)),
        ],
        "checkpoint": checkpoint(),
        "evil": saved({"w": torch.zeros(1), "x": Evil()}),
    }
    path = Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(content, separators=(",", ":")) + "\n")


main()
