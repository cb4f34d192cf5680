"""Writes pytorch_written.json: files of state dicts that recurra wrote, and what PyTorch's modules make of them.

Each network is made with seed 1 by `node`, written by `recurra convert`, read by torch.load (and its safetensors by
their published layout), and taken by load_state_dict without a name missing or left over.

Run after a build: python3 test/golden/pytorch_written.py
"""

import base64
import json
import struct
import subprocess
import tempfile
from pathlib import Path

import torch
from torch import nn

ROOT = Path(__file__).resolve().parents[2]
B, T, I = 2, 5, 4

MAKE = """
import { writeFileSync } from 'node:fs';
import * as r from './dist/index.js';
const layers = { %s };
const model = r.sequential([r.input({ shape: [null, %d] }), ...layers.made, r.dense({ units: 2 })], { seed: 1 });
writeFileSync(process.argv[1], model.save());
"""


class Net(nn.Module):
    def __init__(self, name, inner, width):
        super().__init__()
        self.add_module(name, inner)
        self.inner = [inner]
        self.dense = nn.Linear(width, 2)

    def forward(self, x):
        inner = self.inner[0]
        y = inner(x, x, x)[0] if isinstance(inner, nn.MultiheadAttention) else inner(x)[0]
        return self.dense(y)


def safetensors(path):
    """8 bytes of length, a header in JSON, the data."""
    data = path.read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + size])
    header.pop("__metadata__", None)
    read = lambda e: torch.frombuffer(bytearray(data[8 + size + e["data_offsets"][0]:8 + size + e["data_offsets"][1]]),
                                      dtype=torch.float32).reshape(e["shape"])
    return {name: read(entry) for name, entry in header.items()}


def case(name, made, module, folder):
    model = folder / "model.recurra"
    subprocess.run(["node", "--input-type=module", "-e", MAKE % (f"made: [{made}]", I), model], cwd=ROOT, check=True)
    for ending in ["pt", "safetensors"]:
        command = ["node", "dist/cli/index.js", "convert", model, folder / f"net.{ending}"]
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    module.load_state_dict(torch.load(folder / "net.pt"), strict=True)
    x = torch.randn(B, T, I)
    y = module(x)
    module.load_state_dict(safetensors(folder / "net.safetensors"), strict=True)
    assert torch.equal(module(x), y)
    number = lambda t: [round(v, 9) for v in t.detach().flatten().tolist()]
    return {
        "name": name,
        "model": base64.b64encode(model.read_bytes()).decode(),
        "pt": base64.b64encode((folder / "net.pt").read_bytes()).decode(),
        "x": {"data": number(x), "shape": list(x.shape)},
        "y": {"data": number(y), "shape": list(y.shape)},
    }


def main():
    torch.manual_seed(5)
    options = "units: 3, returnSequences: true"
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        cases = [
            case("LSTM", f"r.lstm({{ {options} }})", Net("lstm", nn.LSTM(I, 3, batch_first=True), 3), folder),
            case("GRU", f"r.gru({{ {options}, useBias: true }})", Net("gru", nn.GRU(I, 3, batch_first=True), 3), folder),
            case("both directions", f"r.bidirectional({{ layer: r.lstm({{ {options} }}) }})",
                 Net("bidirectional", nn.LSTM(I, 3, batch_first=True, bidirectional=True), 6), folder),
            case("attention", "r.multiHeadAttention({ numHeads: 2, keyDim: 2 })",
                 Net("multiHeadAttention", nn.MultiheadAttention(I, 2, batch_first=True), I), folder),
        ]
    path = Path(__file__).with_suffix(".json")
    path.write_text(json.dumps({"cases": cases}, separators=(",", ":")) + "\n")


main()
