"""Runs PyTorch for the benchmark: answers commands on standard input.

A command is one line of JSON, followed by the raw f32 of the arrays it lists. An answer likewise.
  {"op": "open", "threads": n}            -> {"version": ..., "blas": [file names]}
  {"op": "prepare", "work": ..., arrays}  -> {"id": n}
  {"op": "output", "id": n}               -> {arrays: output}
  {"op": "time", "id": n, "calls": k}     -> {"ms": milliseconds for all calls}
  {"op": "close", "id": n}                -> {}
Gates come in PyTorch's order. Sequences are time-major, [T, B, I].
"""

import json
import os
import sys
import time

import torch
from torch import nn


def load(parameter, array):
    with torch.no_grad():
        parameter.copy_(array.reshape(parameter.shape))


def recurrent(make, arrays, suffix):
    layer = make()
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    for name in names:
        load(getattr(layer, name + suffix), arrays[name])
    return layer


class Stream:
    def __init__(self, work, arrays):
        self.is_lstm = work["cell"] == "lstm"
        make = nn.LSTMCell if self.is_lstm else nn.GRUCell
        self.cell = recurrent(lambda: make(work["I"], work["H"]), arrays, "").eval()
        self.frames = arrays["frames"].reshape(-1, 1, work["I"])
        self.state = None

    def step(self, frame):
        self.state = self.cell(frame, self.state)
        return self.state[0] if self.is_lstm else self.state

    def output(self):
        self.state = None
        with torch.no_grad():
            return torch.cat([self.step(frame) for frame in self.frames])

    def time(self, calls):
        frames = list(self.frames)
        with torch.no_grad():
            start = time.perf_counter()
            for i in range(calls):
                self.step(frames[i % len(frames)])
            return time.perf_counter() - start


class Sequence:
    def __init__(self, work, arrays):
        make = nn.LSTM if work["cell"] == "lstm" else nn.GRU
        self.layer = recurrent(lambda: make(work["I"], work["H"]), arrays, "_l0").eval()
        self.x = arrays["x"].reshape(work["T"], work["B"], work["I"])

    def output(self):
        with torch.no_grad():
            return self.layer(self.x)[0]

    def time(self, calls):
        with torch.no_grad():
            start = time.perf_counter()
            for _ in range(calls):
                self.layer(self.x)
            return time.perf_counter() - start


class Classifier(nn.Module):
    def __init__(self, work, arrays, rate):
        super().__init__()
        self.lstm = recurrent(lambda: nn.LSTM(work["I"], work["H"]), arrays, "_l0")
        self.lstm.bias_hh_l0.requires_grad = False  # one trained bias, as in Keras
        self.dense1 = nn.Linear(work["H"], work["D"])
        self.dropout = nn.Dropout(rate)
        self.dense2 = nn.Linear(work["D"], 1)
        for name in ("dense1", "dense2"):
            load(getattr(self, name).weight, arrays[name + "_weight"])
            load(getattr(self, name).bias, arrays[name + "_bias"])

    def forward(self, x):
        last = self.lstm(x)[1][0][0]
        return torch.sigmoid(self.dense2(self.dropout(torch.relu(self.dense1(last)))))


class Training:
    def __init__(self, work, arrays):
        self.work, self.arrays = work, arrays
        self.x = arrays["x"].reshape(work["T"], work["B"], work["I"])
        self.y = arrays["y"].reshape(work["B"], 1)
        self.model, self.step = self.start(work["dropout"])

    def start(self, rate):
        model = Classifier(self.work, self.arrays, rate)
        trained = [p for p in model.parameters() if p.requires_grad]
        optimizer = torch.optim.Adam(trained, lr=self.work["learningRate"], eps=self.work["epsilon"])
        criterion = nn.BCELoss()

        def step():
            optimizer.zero_grad()
            loss = criterion(model(self.x), self.y)
            loss.backward()
            optimizer.step()
            return loss.item()

        return model, step

    def output(self):
        model, step = self.start(0)
        losses = torch.tensor([step() for _ in range(self.work["checkSteps"])])
        with torch.no_grad():
            return torch.cat([losses, model(self.x).flatten()])

    def time(self, calls):
        start = time.perf_counter()
        for _ in range(calls):
            self.step()
        return time.perf_counter() - start


def loaded_blas():
    """File names of the BLAS libraries in this process; Debian's slow one is libblas.so.3.x."""
    if not os.path.exists("/proc/self/maps"):
        return []
    with open("/proc/self/maps") as maps:
        paths = {line.split()[-1] for line in maps if "blas" in line or "libmkl" in line}
    return sorted(os.path.basename(path) for path in paths)


KINDS = {"step": Stream, "sequence": Sequence, "train": Training}


def receive(stream, command):
    arrays = {}
    for name, length in command.get("arrays", []):
        raw = bytearray(stream.read(4 * length))
        arrays[name] = torch.frombuffer(raw, dtype=torch.float32).clone()
    return arrays


def answer(command, arrays, runners):
    op = command["op"]
    if op == "open":
        torch.set_num_threads(command["threads"])
        torch.ones(64, 64) @ torch.ones(64, 64)
        return {"version": torch.__version__, "blas": loaded_blas()}, None
    if op == "prepare":
        runners.append(KINDS[command["work"]["kind"]](command["work"], arrays))
        return {"id": len(runners) - 1}, None
    runner = runners[command["id"]]
    if op == "output":
        return {}, runner.output().contiguous().flatten()
    if op == "time":
        return {"ms": 1e3 * runner.time(command["calls"])}, None
    runners[command["id"]] = None
    return {}, None


def main():
    stream, out = sys.stdin.buffer, sys.stdout.buffer
    runners = []
    while True:
        line = stream.readline()
        if not line:
            return
        command = json.loads(line)
        arrays = receive(stream, command)
        output = None
        try:
            reply, output = answer(command, arrays, runners)
        except Exception as error:  # told to the benchmark, which goes on without PyTorch
            reply = {"error": f"{type(error).__name__}: {error}"}
        if output is not None:
            reply["length"] = output.numel()
        out.write(json.dumps(reply).encode() + b"\n")
        if output is not None:
            out.write(bytes(memoryview(output.numpy()).cast("B")))
        out.flush()


main()
